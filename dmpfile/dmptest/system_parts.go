package dmptest

import (
	"encoding/binary"
	"time"
)

func le64(b []byte) uint64 { return binary.LittleEndian.Uint64(b) }

// systemWriter writes the parts of a system to its memory.
type systemWriter struct {
	System
	sp *Space
}

// image returns the image of a module that lies at its base, and whether it is in memory.
func (w systemWriter) image(module int) (image PE, ok bool) {
	m := w.Modules[module]
	switch {
	case module == 0:
		image, _ = w.kernelImage()
	case m.Image != nil:
		image = *m.Image
	default:
		return PE{}, false
	}
	image.Machine = orElse(image.Machine, w.Build.Machine)
	image.ImageBase = orElse(image.ImageBase, w.BaseAt(module))
	return image, m.Image != nil
}

func (w systemWriter) images() {
	write := w.sp.Map
	if w.Large {
		write = w.sp.MapLarge
	}
	for i, m := range w.Modules {
		if image, ok := w.image(i); m.Mapped != nil {
			write(w.BaseAt(i), m.Mapped)
		} else if ok {
			write(w.BaseAt(i), image.Mapped().Data())
		}
	}
	if len(w.Modules) == 0 || w.Modules[0].Image == nil && w.Modules[0].Mapped == nil {
		write(w.variable(0), make([]byte, 0x6000+w.pointer()*len(w.Processors)))
	}
}

// modules writes the list of modules.
func (w systemWriter) modules() {
	address := func(i int) uint64 {
		if i < 0 || i == len(w.Modules) {
			return w.ModuleHeadAt()
		}
		return w.EntryAt(i)
	}
	w.sp.PutPtr(w.ModuleHeadAt(), address(0), address(len(w.Modules)-1))
	for i, m := range w.Modules {
		if m.Mapped != nil {
			m.Size, m.TimeDateStamp, m.CheckSum = mappedFacts(m.Mapped)
		} else if image, ok := w.image(i); ok || i == 0 {
			m.Size = orElse(m.Size, uint32(image.SizeOfImage()))
			m.TimeDateStamp = orElse(m.TimeDateStamp, image.TimeDateStamp)
			m.CheckSum = orElse(m.CheckSum, image.CheckSum)
			if image.EntryPoint != 0 {
				m.EntryPoint = orElse(m.EntryPoint, w.BaseAt(i)+uint64(image.EntryPoint))
			}
		}
		if m.Path == "" {
			m.Path = `\SystemRoot\System32\drivers\` + m.Name
			if i < 2 {
				m.Path = `\SystemRoot\system32\` + m.Name
			}
		}
		m.Flags = orElse(m.Flags, 0x49104000)
		e := &Image{}
		e.PutPtr(0x0, w.pointer(), address(i+1), address(i-1))
		w.text(e, [2]int{0x48, 0x24}, m.Path, w.NameAt(i))
		w.text(e, [2]int{0x58, 0x2C}, m.Name, w.BaseNameAt(i))
		if w.pointer() == 8 {
			e.PutU64(0x30, w.BaseAt(i), m.EntryPoint)
			e.PutU32(0x40, m.Size)
			e.PutU32(0x68, m.Flags)
			e.PutU16(0x6C, 1)
			e.PutU32(0x78, m.CheckSum)
			e.PutU32(0x98, m.Size, m.TimeDateStamp)
		} else {
			e.PutU32(0x18, uint32(w.BaseAt(i)), uint32(m.EntryPoint), m.Size)
			e.PutU32(0x34, m.Flags)
			e.PutU16(0x38, 1)
			e.PutU32(0x40, m.CheckSum)
			e.PutU32(0x58, m.TimeDateStamp)
		}
		w.sp.Map(w.EntryAt(i), e.Data())
	}
}

// text writes a UNICODE_STRING at an offset, for each width, and its text to memory.
func (w systemWriter) text(m *Image, offs [2]int, s string, va uint64) {
	off := offs[0]
	if w.pointer() == 4 {
		off = offs[1]
	}
	w.sp.text(m, off, s, va)
}

// text writes a UNICODE_STRING at an offset, and its text to memory.
func (s *Space) text(m *Image, off int, text string, va uint64) {
	b := utf16Z(text)
	m.PutPtr(off, s.pointer(), 0, va)
	m.PutU16(off, uint16(len(b)-2), uint16(len(b)))
	s.Map(va, b)
}

// processes writes the list of processes, and the one of idle threads, which is in no list.
func (w systemWriter) processes() {
	address := func(i int) uint64 {
		if i < 0 || i == len(w.Processes) {
			return w.ProcessHeadAt()
		}
		return w.ProcessLinksAt(i)
	}
	w.sp.PutPtr(w.ProcessHeadAt(), address(0), address(len(w.Processes)-1))
	for i, p := range w.Processes {
		p.Build = w.Build
		p.Name = w.processName(i)
		p.PID = w.pid(i)
		p.Next = orElse(p.Next, address(i+1))
		p.Previous = orElse(p.Previous, address(i-1))
		p.DirectoryTableBase = w.directory(i)
		w.sp.Map(w.ProcessAt(i), p.Image().Data())
	}
	if len(w.Processors) != 0 {
		idle := Process{Build: w.Build, Name: "Idle", DirectoryTableBase: w.directory(0)}
		w.sp.Map(w.IdleProcessAt(), idle.Image().Data())
	}
}

func (w systemWriter) processName(i int) string {
	if i == 0 {
		return orElse(w.Processes[i].Name, "System")
	}
	return w.Processes[i].Name
}

func (w systemWriter) pid(i int) uint64 {
	if i >= len(w.Processes) {
		return 4
	}
	return orElse(w.Processes[i].PID, 4+0x100*uint64(i))
}

func (w systemWriter) directory(i int) uint64 {
	if i >= len(w.Processes) {
		return w.sp.Root()
	}
	return orElse(w.Processes[i].DirectoryTableBase, w.sp.Processes[i].Root())
}

// attached is the process whose address space a processor uses.
func (w systemWriter) attached(processor int) int {
	if p := w.Processors[processor]; !p.Idle {
		return p.Process
	}
	return 0
}

// processors writes each processor, its registers and threads, and the stack that it uses.
func (w systemWriter) processors() {
	for i, p := range w.Processors {
		c := w.Registers(i)
		registers := c.Bytes(w.Build.Machine)

		k := p.Processor
		k.Build = w.Build
		k.Number = orElse(k.Number, uint32(i))
		k.CurrentThread = orElse(k.CurrentThread, w.ThreadAt(i))
		if p.Idle {
			k.CurrentThread = orElse(p.Processor.CurrentThread, w.IdleThreadAt(i))
		}
		k.IdleThread = orElse(k.IdleThread, w.IdleThreadAt(i))
		k.Cr0 = orElse(k.Cr0, 0x80050033)
		k.Cr3 = orElse(k.Cr3, w.directory(w.attached(i)))
		k.Cr4 = orElse(k.Cr4, w.cr4())
		switch {
		case p.NoContext:
		case p.Embedded:
			k.Frame = registers
		default:
			k.Context = orElse(k.Context, w.ContextAt(i))
			w.sp.Map(w.ContextAt(i), registers)
		}
		w.sp.Map(w.PrcbAt(i), k.Image().Data())
		w.controlRegion(w.PrcbAt(i))
		w.sp.PutPtr(w.ProcessorsAt()+uint64(w.pointer()*i), w.PrcbAt(i))

		w.threads(i, c.SP)
		pages := PageSize * orElse(w.StackPages, 1)
		w.sp.Map(w.StackAt(i)-uint64(pages), make([]byte, pages))
		w.sp.Map(c.SP, p.Stack)
	}
}

// controlRegion writes what the KPCR around a KPRCB says of both.
func (w systemWriter) controlRegion(prcb uint64) {
	pcr := prcb - uint64(w.Build.PcrContained)
	w.sp.PutPtr(pcr+uint64(w.Build.PcrSelf), pcr)
	if w.Build.PcrPrcb != 0 {
		w.sp.PutPtr(pcr+uint64(w.Build.PcrPrcb), prcb)
	}
}

func (w systemWriter) cr4() uint64 {
	switch w.mode() {
	case ModeX86:
		return 0x6D9
	case ModeAMD64Level5:
		return 0x3516F8
	}
	return 0x3506F8
}

// threads writes the thread of a processor and its idle thread. The one that runs has its stack up to sp in use.
func (w systemWriter) threads(i int, sp uint64) {
	p := w.Processors[i]
	idle := Thread{
		Self: w.IdleThreadAt(i), Process: w.IdleProcessAt(), Attached: w.ProcessAt(0),
		StackBase: w.stack(2*i + 1), StackLimit: w.stack(2*i+1) - 0x6000,
	}
	idle.KernelStack = idle.StackBase - 0x80
	if !p.Idle {
		t := p.Thread
		t.Self = orElse(t.Self, w.ThreadAt(i))
		t.PID = orElse(t.PID, w.pid(p.Process))
		t.TID = orElse(t.TID, 0x1000+4*uint64(i))
		t.Process = orElse(t.Process, w.ProcessAt(p.Process))
		t.StackBase = orElse(t.StackBase, w.StackAt(i))
		t.StackLimit = orElse(t.StackLimit, w.StackAt(i)-0x6000)
		t.KernelStack = orElse(t.KernelStack, sp)
		w.thread(w.ThreadAt(i), t)
	} else {
		idle.KernelStack = sp
	}
	w.thread(w.IdleThreadAt(i), idle)
}

func (w systemWriter) thread(va uint64, t Thread) {
	t.Build = w.Build
	w.sp.Map(va, t.Image().Data())
}

// unloaded writes the array of 50 unloaded drivers, in which the newest take the place of the oldest.
func (w systemWriter) unloaded() {
	if len(w.Unloaded) == 0 {
		w.sp.PutPtr(w.UnloadedVariablesAt(), 0)
		return
	}
	stride, start := 0x28, 0x10
	if w.pointer() == 4 {
		stride, start = 0x18, 0x8
	}
	m := &Image{}
	m.Grow(50 * stride)
	for i, u := range w.Unloaded {
		if len(utf16Bytes(u.Name)) > 0x80 {
			panic("dmptest: the name of an unloaded driver is too long")
		}
		off := i % 50 * stride
		w.text(m, [2]int{off, off}, u.Name, w.UnloadedNamesAt()+0x100*uint64(i%50))
		m.PutPtr(off+start, w.pointer(), u.Start, u.End)
		if !u.Time.IsZero() {
			m.PutU64(off+start+2*w.pointer(), FileTime(u.Time))
		}
	}
	w.sp.Map(w.UnloadedAt(), m.Data())
	w.sp.PutPtr(w.UnloadedVariablesAt(), w.UnloadedAt())
	w.sp.PutPtr(w.UnloadedVariablesAt()+8, uint64(len(w.Unloaded)%50))
}

// variables writes the debugger data block and what it leads to.
func (w systemWriter) variables() {
	if w.BuildLab != "" {
		w.sp.Map(w.BuildLabAt(), []byte(w.BuildLab+"\x00"))
	}
	if w.Header.Code != nil {
		w.sp.PutPtr(w.BugCheckAt(), append([]uint64{uint64(*w.Header.Code)}, w.Header.Params[:]...)...)
	}
	if w.NoKDBG {
		return
	}
	block := w.kdbg().Image().Data()
	if w.Encoded {
		at := w.EncodingAt()
		w.sp.PutPtr(at, KiWaitNever, KiWaitAlways)
		w.sp.Map(at+0x10, []byte{1})
		block = EncodeKDBG(block, KiWaitNever, KiWaitAlways, at+0x10)
	}
	w.sp.Map(w.KdbgAt(), block)
}

func (w systemWriter) kdbg() KDBG {
	k := w.KDBG
	k.Build = orElse(k.Build, w.levels())
	k.Self = orElse(k.Self, w.KdbgAt())
	k.KernBase = orElse(k.KernBase, w.BaseAt(0))
	k.PsLoadedModuleList = orElse(k.PsLoadedModuleList, w.ModuleHeadAt())
	k.PsActiveProcessHead = orElse(k.PsActiveProcessHead, w.ProcessHeadAt())
	k.KiBugcheckData = orElse(k.KiBugcheckData, w.BugCheckAt())
	k.MmPfnDatabase = orElse(k.MmPfnDatabase, w.Header.PfnDataBase)
	if w.BuildLab != "" {
		k.NtBuildLab = orElse(k.NtBuildLab, w.BuildLabAt())
	}
	k.KiProcessorBlock = orElse(k.KiProcessorBlock, w.ProcessorsAt())
	k.MmUnloadedDrivers = orElse(k.MmUnloadedDrivers, w.UnloadedVariablesAt())
	k.MmLastUnloadedDriver = orElse(k.MmLastUnloadedDriver, w.UnloadedVariablesAt()+8)
	k.PAE = k.PAE || w.mode() == ModeX86PAE
	switch w.mode() {
	case ModeAMD64, ModeARM64:
		k.PteBase = orElse(k.PteBase, 0xFFFFF68000000000)
	case ModeAMD64Level5:
		k.PteBase = orElse(k.PteBase, 0xFFED000000000000)
	}
	return k
}

// levels returns the build with the number of paging levels that the mode has, where the build says how many.
func (w systemWriter) levels() *Build {
	if w.mode() != ModeAMD64Level5 || w.Build.PagingLevels == 0 {
		return w.Build
	}
	b := *w.Build
	b.PagingLevels = 5
	return &b
}

// SharedData is KUSER_SHARED_DATA.
type SharedData struct {
	InterruptTime   time.Duration
	SystemTime      time.Time
	SystemRoot      string // empty is C:\Windows
	Build           uint32 // 0 is that of the system
	ProductType     uint32 // 0: it is marked as not valid
	Major, Minor    uint32 // 0 is 10.0
	BootID          uint32
	SuiteMask       uint32
	DebuggerEnabled uint8
	ActiveConsole   uint32
	PhysicalPages   uint32
	SafeBootMode    uint8
	QpcFrequency    uint64
	ActiveCount     uint32 // of processors; 0: as many as the system has
}

func (d SharedData) image(s System) *Image {
	m := &Image{}
	m.Grow(PageSize)
	kernelTime := func(off int, t uint64) {
		m.PutU64(off, t)
		m.PutU32(off+8, uint32(t>>32))
	}
	kernelTime(0x08, uint64(d.InterruptTime/100))
	if !d.SystemTime.IsZero() {
		kernelTime(0x14, FileTime(d.SystemTime))
	}
	m.PutUTF16(0x30, orElse(d.SystemRoot, `C:\Windows`))
	m.PutU32(0x260, 0xF0000000|orElse(d.Build, s.build().Number), d.ProductType)
	if d.ProductType != 0 {
		m.PutU8(0x268, 1)
	}
	m.PutU16(0x26A, map[uint16]uint16{AMD64: 9, ARM64: 0xC, X86: 0}[s.build().Machine])
	if d.Major == 0 {
		d.Major, d.Minor = 10, 0
	}
	m.PutU32(0x26C, d.Major, d.Minor)
	m.PutU32(0x2C4, d.BootID)
	m.PutU32(0x2D0, d.SuiteMask)
	m.PutU8(0x2D4, d.DebuggerEnabled)
	m.PutU32(0x2D8, d.ActiveConsole)
	m.PutU32(0x2E8, d.PhysicalPages)
	m.PutU8(0x2EC, d.SafeBootMode)
	m.PutU64(0x300, d.QpcFrequency)
	m.PutU32(0x3C0, orElse(d.ActiveCount, uint32(len(s.Processors))))
	return m
}

// PutModules makes the list of modules one of n entries without names, all with the kernel's base, of a kernel of 64 bits.
func (s System) PutModules(sp *Space, n int) {
	const first, stride = uint64(0xFFFFA00000000000), 0xA0
	b := &Image{}
	b.Grow(stride * n)
	for i := range n {
		at := first + uint64(i)*stride
		b.PutU64(i*stride, at+stride)
		b.PutU64(i*stride+8, at-stride)
		b.PutU64(i*stride+0x30, s.BaseAt(0))
		b.PutU32(i*stride+0x40, 0x1000)
	}
	b.PutU64(8, s.ModuleHeadAt())
	b.PutU64((n-1)*stride, s.ModuleHeadAt())
	sp.Map(first, b.Data())
	sp.PutPtr(s.ModuleHeadAt(), first)
	sp.PutPtr(s.ModuleHeadAt()+8, first+uint64(n-1)*stride)
}
