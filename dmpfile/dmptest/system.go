package dmptest

import (
	"math/bits"
	"slices"
	"time"
)

// System is a Windows kernel as it lies in memory: the debugger data block, modules with their images, processors with their
// threads, processes, KUSER_SHARED_DATA, and the list of unloaded drivers.
//
// What is zero in its parts, as in the Header, is filled in where Windows would have a value: addresses, links, sizes, identifiers.
// Objects and most variables have pages of their own, so that Space.Drop can take one away alone. The methods whose names end in At
// say where things are, and Space.PutPtr can break a link there.
type System struct {
	Build      *Build // nil is Build19041
	Mode       Mode   // zero: that of the machine; X86 is with PAE then
	Header     Header
	KDBG       KDBG
	Large      bool // the images of modules are on large pages
	Encoded    bool // the debugger data block is encoded, as a 64-bit kernel keeps it without a debugger
	NoKDBG     bool // the header does not say where the block is, and it is not there
	BuildLab   string
	Modules    []SystemModule // the kernel, the HAL, drivers
	Unloaded   []UnloadedDriver
	Processors []SystemProcessor
	Processes  []Process   // System, then others
	Shared     *SharedData // nil: there is no such page
	StackPages int         // how many pages at the top of a stack in use are mapped; 0 is 1
	FirstFrame uint64      // 0 is 0x1AD
}

// SystemModule is a loaded module. What its entry of the list says is taken from the image where it is zero here.
type SystemModule struct {
	Name          string
	Path          string // empty: where Windows has such modules
	Base          uint64
	EntryPoint    uint64
	Size          uint32
	TimeDateStamp uint32
	CheckSum      uint32
	Flags         uint32
	Image         *PE    // nil: it is not in memory
	Mapped        []byte // instead of Image, an image as it is in memory; the kernel's has a section ALMOSTRO
}

// UnloadedDriver is an entry of the list of unloaded drivers. Names have at most 64 characters.
type UnloadedDriver struct {
	Name       string
	Start, End uint64
	Time       time.Time
}

// SystemProcessor is a processor and the thread that it runs.
type SystemProcessor struct {
	Processor Processor
	Thread    Thread
	Process   int     // index of the thread's process
	Idle      bool    // it runs its idle thread
	Context   Context // IP 0 is in the kernel, SP 0 in the thread's stack
	Embedded  bool    // the registers are in the KPRCB itself, and it has no pointer to them
	NoContext bool    // the registers are nowhere
	Stack     []byte  // at SP
}

// The variables by which a kernel encodes its debugger data block. They are in memory behind each other, at System.EncodingAt.
const (
	KiWaitNever  = 0x9C5D3A1E8F4B6B27
	KiWaitAlways = 0x4E1B7F90A6D2C835
)

// systemPlaces are the addresses at which things begin. Each process, thread and so on has a page of its own.
type systemPlaces struct {
	modules, step, pcr, pool, stacks, shared uint64
}

var (
	places64 = systemPlaces{kernelBase, 0x1000000, 0xFFFFF80310A2F000, 0xFFFFA18C39000000, 0xFFFFF5825DE00000, 0xFFFFF78000000000}
	places32 = systemPlaces{0x82800000, 0x400000, 0xB0000000, 0xA0000000, 0xB8000000, 0xFFDF0000}
)

func (s System) build() *Build { return orElse(s.Build, Build19041) }

func (s System) pointer() int { return s.build().pointer() }

func (s System) mode() Mode {
	switch m := s.build().Machine; {
	case m == ARM64:
		return ModeARM64
	case m == X86 && s.Mode != ModeX86:
		return ModeX86PAE
	}
	return s.Mode
}

func (s System) places() systemPlaces {
	if s.pointer() == 4 {
		return places32
	}
	return places64
}

func (s System) pool(area, page int) uint64 {
	return s.places().pool + uint64(area)<<24 + uint64(page)<<12
}

// BaseAt is the base of a module's image.
func (s System) BaseAt(module int) uint64 {
	p := s.places()
	base := p.modules + p.step*uint64(module)
	if module < len(s.Modules) {
		base = orElse(s.Modules[module].Base, base)
	}
	return base
}

// EntryAt is the address of a module's entry of the list, and of its links.
func (s System) EntryAt(module int) uint64 { return s.pool(0, module) + 0x10 }

// NameAt is the address of the full name of a module.
func (s System) NameAt(module int) uint64 { return s.pool(1, module) }

// BaseNameAt is the address of the base name of a module.
func (s System) BaseNameAt(module int) uint64 { return s.pool(1, module) + 0xC00 }

// ProcessAt is the address of a process.
func (s System) ProcessAt(process int) uint64 { return s.pool(2, process) + 0x40 }

// ProcessLinksAt is the address of the links of a process.
func (s System) ProcessLinksAt(process int) uint64 {
	return s.ProcessAt(process) + uint64(s.build().Process.PID+s.pointer())
}

// IdleProcessAt is the address of the process of idle threads.
func (s System) IdleProcessAt() uint64 { return s.pool(3, 0) + 0x40 }

// ThreadAt is the address of the thread that a processor runs, if that is not its idle thread.
func (s System) ThreadAt(processor int) uint64 { return s.pool(4, 2*processor) + 0x80 }

// IdleThreadAt is the address of the idle thread of a processor.
func (s System) IdleThreadAt(processor int) uint64 { return s.pool(4, 2*processor+1) + 0x80 }

// IdleStackAt is where the stack of the idle thread of a processor begins, its highest address.
func (s System) IdleStackAt(processor int) uint64 { return s.stack(2*processor + 1) }

// StackAt is the base of the stack that a processor uses: the end of its memory.
func (s System) StackAt(processor int) uint64 {
	p := s.Processors[processor]
	if p.Idle {
		return s.stack(2*processor + 1)
	}
	return orElse(p.Thread.StackBase, s.stack(2*processor))
}

func (s System) stack(slot int) uint64 { return s.places().stacks + 0x10000*uint64(slot) + 0x7000 }

// ContextAt is the address of a processor's CONTEXT.
func (s System) ContextAt(processor int) uint64 { return s.pool(5, processor) }

// Registers returns those that a processor has: its Context with what is filled in. The header of a dump has them too, where it
// comes from that processor.
func (s System) Registers(processor int) Context {
	p := s.Processors[processor]
	c := p.Context
	c.IP = orElse(c.IP, s.BaseAt(0)+0x1100)
	c.SP = orElse(c.SP, s.StackAt(processor)-0x200-uint64(roundUp(len(p.Stack), 0x10)))
	return c
}

// PrcbAt is the address of a processor's KPRCB.
func (s System) PrcbAt(processor int) uint64 {
	return s.places().pcr + 0x20000*uint64(processor) + uint64(s.build().PcrContained)
}

// UnloadedAt is the address of the array of unloaded drivers.
func (s System) UnloadedAt() uint64 { return s.pool(6, 0) }

// UnloadedNamesAt is the address of the names of unloaded drivers.
func (s System) UnloadedNamesAt() uint64 { return s.pool(6, 1) }

// SharedAt is the address of KUSER_SHARED_DATA.
func (s System) SharedAt() uint64 { return s.places().shared }

// The kernel's variables are in a section of its image.
const kernelSection = "ALMOSTRO"

// kernelImage returns the kernel's image, if it is not Mapped, and the address of its variables.
func (s System) kernelImage() (image PE, variables uint64) {
	if len(s.Modules) != 0 && s.Modules[0].Mapped != nil {
		return PE{}, s.BaseAt(0) + uint64(mappedSection(s.Modules[0].Mapped, kernelSection))
	}
	if len(s.Modules) != 0 && s.Modules[0].Image != nil {
		image = *s.Modules[0].Image
	}
	size := roundUp(0x6000+len(s.Processors)*s.pointer(), PageSize)
	section := PESection{Name: kernelSection, Size: uint32(size), Characteristics: 0xC8000040}
	image.Machine = orElse(image.Machine, s.build().Machine)
	image.Sections = append(slices.Clip(image.Sections), section)
	rva, _ := image.Section(kernelSection)
	return image, s.BaseAt(0) + uint64(rva)
}

func (s System) variable(off uint64) uint64 {
	_, at := s.kernelImage()
	return at + off
}

// KdbgAt is the address of the debugger data block.
func (s System) KdbgAt() uint64 { return s.variable(0xB20) }

// ModuleHeadAt is the address of PsLoadedModuleList.
func (s System) ModuleHeadAt() uint64 { return s.variable(0x17A0) }

// ProcessHeadAt is the address of PsActiveProcessHead.
func (s System) ProcessHeadAt() uint64 { return s.variable(0x2200) }

// UnloadedVariablesAt is the address of MmUnloadedDrivers; 8 bytes behind it is MmLastUnloadedDriver.
func (s System) UnloadedVariablesAt() uint64 { return s.variable(0x3A30) }

// BuildLabAt is the address of NtBuildLab.
func (s System) BuildLabAt() uint64 { return s.variable(0x4120) }

// EncodingAt is the address of KiWaitNever; KiWaitAlways follows, and then KdpDataBlockEncoded, whose address is part of the code.
func (s System) EncodingAt() uint64 { return s.variable(0x5100) }

// BugCheckAt is the address of KiBugCheckData.
func (s System) BugCheckAt() uint64 { return s.variable(0x59C0) }

// ProcessorsAt is the address of KiProcessorBlock.
func (s System) ProcessorsAt() uint64 { return s.variable(0x6000) }

// EncodeKDBG returns the debugger data block as a kernel keeps it without a debugger: address is that of KdpDataBlockEncoded.
func EncodeKDBG(block []byte, never, always, address uint64) []byte {
	var plain, m Image
	plain.PutBytes(0, block)
	plain.Align(8)
	for off := 0; off < plain.Len(); off += 8 {
		x := bits.ReverseBytes64(le64(plain.Data()[off:])^always) ^ address
		m.PutU64(off, bits.RotateLeft64(x, -int(never&0xFF))^never)
	}
	return m.Data()
}

// Space builds everything. The space is that of the process which the first processor runs, or else of the first process. The
// caller may change it: write over things, leave them out, add more.
func (s System) Space() *Space {
	sp := NewSpace(s.mode(), orElse(s.FirstFrame, 0x1AD))
	s.Build = s.build()
	sp.Processes = append(sp.Processes, sp)
	for range max(len(s.Processes)-1, 0) {
		sp.Processes = append(sp.Processes, sp.Fork())
	}
	w := systemWriter{s, sp}
	w.images()
	w.modules()
	w.processes()
	w.processors()
	w.unloaded()
	w.variables()
	if s.Shared != nil {
		sp.Map(s.SharedAt(), s.Shared.image(s).Data())
	}
	current := sp
	if len(s.Processors) != 0 && len(s.Processes) != 0 {
		current = sp.Processes[w.attached(0)]
	}
	for _, p := range sp.Processes {
		p.Processes = sp.Processes
	}
	return current
}

// Bitmap returns a dump of type 6 with the pages of a space.
func (s System) Bitmap(sp *Space) Bitmap {
	return Bitmap{Header: s.header(sp), Pages: sp.Pages()}
}

// Full returns a dump of type 1 with the pages of a space, in as many runs as they need.
func (s System) Full(sp *Space) Full {
	f := Full{Header: s.header(sp), Pages: sp.Pages()}
	f.Header.Runs = nil
	for _, pfn := range f.Pages.numbers() {
		n := len(f.Header.Runs)
		if n != 0 && f.Header.Runs[n-1].Base+f.Header.Runs[n-1].Count == pfn {
			f.Header.Runs[n-1].Count++
		} else {
			f.Header.Runs = append(f.Header.Runs, Run{pfn, 1})
		}
	}
	return f
}

func (s System) header(sp *Space) Header {
	h := s.Header
	h.Machine = orElse(h.Machine, s.build().Machine)
	h.Build = orElse(h.Build, s.build().Number)
	h.Processors = orElse(h.Processors, uint32(len(s.Processors)))
	h.DirectoryTableBase = orElse(h.DirectoryTableBase, sp.Root())
	h.PsLoadedModuleList = orElse(h.PsLoadedModuleList, s.ModuleHeadAt())
	h.PsActiveProcessHead = orElse(h.PsActiveProcessHead, s.ProcessHeadAt())
	if !s.NoKDBG {
		h.KdDebuggerDataBlock = orElse(h.KdDebuggerDataBlock, s.KdbgAt())
	}
	if m := s.mode(); h.PAE == nil && s.pointer() == 4 {
		h.PAE = new(uint8(0))
		if m == ModeX86PAE {
			h.PAE = new(uint8(1))
		}
	}
	return h
}
