package dmptest

import (
	"bytes"
	"slices"
	"time"
)

// sampleBoot is when the invented machines started.
var sampleBoot = sampleTime.Add(-sampleUptime)

// Addresses of the systems in the samples.
const (
	kernelStop   = 0x1F20 // where the kernel stopped, from its base on
	kernelCaller = 0x1A55 // and where it returns to

	stackTop   = 0xFFFFF5825DE0F000 // of the current thread: the header's SP is below
	stackTop32 = 0x8B91C000
	driver32   = 0x8C410000

	userImage   = 0x7FF612340000 // of the current process
	userImage32 = 0x00400000
)

// code returns n bytes of padding as linkers leave it, with instructions at an offset.
func code(n, off int, instructions string) []byte {
	b := bytes.Repeat([]byte{0xCC}, n)
	copy(b[off:], instructions)
	return b
}

// sampleImage is the image of a module, with a version and the name of its PDB. Its code, if any, begins with page 1.
func sampleImage(stamp, sum uint32, version [4]uint16, pdb string, text []byte) *PE {
	guid := [16]byte{0xC0, 0x27, 0x05, 0x0A, byte(stamp), byte(stamp >> 8), byte(stamp >> 16), byte(stamp >> 24)}
	p := &PE{TimeDateStamp: stamp, CheckSum: sum, CodeView: RSDS(guid, 1, pdb), Version: VersionInfo(version, version)}
	if text != nil {
		p.EntryPoint = 0x1010
		p.Sections = []PESection{{Name: ".text", Data: text, Characteristics: 0x68000020}}
	}
	return p
}

// kernelModules are the modules of sampleModules with images, smaller than those, and all but the HAL in memory. The code of
// example.sys has so many pages; driverIP is in the third one.
func kernelModules(version [4]uint16, pages int) []SystemModule {
	stop := code(PageSize, kernelStop-0x1000, "\x48\x89\x4C\x24\x08\x48\x89\x54\x24\x10")
	fault := code(3*PageSize, driverIP-driverBase-0x1000, "\x8B\x41\x20")[:pages*PageSize]
	return []SystemModule{
		{Name: "ntoskrnl.exe", Base: kernelBase, Image: sampleImage(0x0D8333E6, 0xA5938C, version, "ntkrnlmp.pdb", stop)},
		{Name: "hal.dll", Base: kernelBase - 0x6000, Size: 0x6000, TimeDateStamp: 0x1A7BE8E9, CheckSum: 0xCE9F},
		{Name: "ndis.sys", Base: driverBase - 0x20000, Image: sampleImage(0x5F9A3C11, 0x17A2B0, version, "ndis.pdb", nil)},
		{
			Name: "example.sys", Base: driverBase,
			Image: sampleImage(0x65A1B2C3, 0x2F0D1, [4]uint16{1, 7, 0, 42}, `C:\Contoso\example\example.pdb`, fault),
		},
	}
}

// kernelModules32 are those of a 32-bit system.
func kernelModules32() []SystemModule {
	version := [4]uint16{6, 1, 7601, 17514}
	stop := code(PageSize, kernelStop-0x1000, "\x8B\xFF\x55\x8B\xEC\x5D")
	fault := code(3*PageSize, 0x234C, "\x8B\x41\x20")
	return []SystemModule{
		{Name: "ntkrnlpa.exe", Base: 0x828A0000, Image: sampleImage(0x4CE78A09, 0x3D0BA1, version, "ntkrpamp.pdb", stop)},
		{Name: "halmacpi.dll", Base: 0x82C55000, Size: 0x37000, TimeDateStamp: 0x4CE788D2, CheckSum: 0x2EB26},
		{
			Name: "example.sys", Base: driver32,
			Image: sampleImage(0x65A1B2C3, 0x12D0C, [4]uint16{1, 7, 0, 42}, `C:\Contoso\example\example.pdb`, fault),
		},
	}
}

// kernelUnloaded are the drivers of sampleUnloaded, soon after the start.
func kernelUnloaded() []UnloadedDriver {
	var list []UnloadedDriver
	for i, u := range sampleUnloaded() {
		list = append(list, UnloadedDriver{u.Name, u.Start, u.End, sampleBoot.Add(time.Duration(11+26*i) * time.Second)})
	}
	return list
}

// sampleSystem is a system with so many processors, of which the first one runs a thread of the process with the index current, and
// the others are idle.
func sampleSystem(b *Build, lab string, processors, current int, processes []Process) System {
	s := System{
		Build: b, BuildLab: lab, Processes: processes, Unloaded: kernelUnloaded(),
		Shared: &SharedData{
			InterruptTime: sampleUptime, SystemTime: sampleTime, ProductType: 1, SuiteMask: 0x110, ActiveConsole: 1, QpcFrequency: 10000000,
			PhysicalPages: 0x1F9E,
		},
	}
	p := SystemProcessor{
		Process: current, Processor: Processor{Mhz: 3700, Vendor: "ContosoCPU00"},
		Thread: Thread{TID: 0x1F4, Created: sampleTime.Add(-time.Hour), StackBase: stackTop},
	}
	if b.Machine == X86 {
		s.Modules = kernelModules32()
		s.Unloaded = []UnloadedDriver{{"crashdmp.sys", 0x8C300000, 0x8C30D000, sampleBoot.Add(11 * time.Second)}}
		s.FirstFrame = 0x185
		s.Shared.Major, s.Shared.Minor = 6, 1
		p.Thread.StackBase = stackTop32
	} else {
		s.Modules = kernelModules([4]uint16{10, 0, uint16(b.Number), 4946}, 3)
	}
	stack := &Image{}
	stack.PutPtr(0, b.pointer(), s.BaseAt(0)+kernelCaller, 0, s.BaseAt(len(s.Modules)-1)+0x1040)
	p.Stack = stack.Data()
	s.Processors = []SystemProcessor{p}
	for range processors - 1 {
		s.Processors = append(s.Processors, SystemProcessor{Idle: true, Embedded: true, Processor: p.Processor})
	}
	return s
}

// dumped gives a system the header of a sample. Of the kernel it says what is in memory; what else it has it keeps.
func (s System) dumped(h Header) System {
	tag := uint64(0)
	if h.Build > 17134 { // which PCID the tables have: the kernel's
		tag = 2
	}
	s.Processors = slices.Clone(s.Processors)
	c := &s.Processors[0].Context
	c.IP, c.SP, c.FP = s.BaseAt(0)+kernelStop, h.Context.SP, h.Context.FP
	h.Context = new(s.Registers(0))
	h.Exception = BreakpointException(c.IP)
	h.Processors, h.PsLoadedModuleList, h.PsActiveProcessHead, h.KdDebuggerDataBlock = 0, 0, 0, 0
	s.FirstFrame = orElse(s.FirstFrame, 0x1AD)
	s.Processes = slices.Clone(s.Processes)
	for i := range s.Processes { // the first frames are the top tables
		s.Processes[i].DirectoryTableBase = (s.FirstFrame+uint64(i))<<12 | tag
	}
	h.DirectoryTableBase = s.Processes[s.Processors[0].Process].DirectoryTableBase
	if h.Runs != nil {
		s.Shared.PhysicalPages = uint32(pageCount(h.Runs))
	}
	s.Header = h
	return s
}

// user returns a process with a user mode, which began so long after the machine.
func user(pid, parent uint64, name string, after time.Duration) Process {
	return Process{PID: pid, ParentPID: parent, Name: name, Created: sampleBoot.Add(after), Peb: 0x2C9A3F000 + pid<<20}
}

// crashProcesses are those of a machine that crashed. The last one is the invented program.
func crashProcesses() []Process {
	return []Process{
		{PID: 4, Created: sampleBoot},
		user(0x1B0, 4, "smss.exe", 620*time.Millisecond),
		user(0x260, 0x258, "csrss.exe", 4170*time.Millisecond),
		user(0x1A90, 0x10C8, "example.exe", 24*time.Hour),
	}
}

// system26100 is a running machine.
func system26100(processors, current int, processes []Process) System {
	s := sampleSystem(Build26100, "26100.1.amd64fre.ge_release.240331-1435", processors, current, processes)
	s.Modules = kernelModules([4]uint16{10, 0, 26100, 4946}, 1)
	s.Processors[0].Thread.TID = s.Processes[current].PID + 0x30
	s.Shared.BootID = 42
	return s
}

// mapUser gives the current process three pages of memory that are not in the dump.
func mapUser(sp *Space, va uint64) {
	sp.Map(va, make([]byte, 3*PageSize))
	sp.Drop(va, 3*PageSize)
}

// live returns a live dump. Of ndis.sys nothing but the headers is in memory.
func (s System) live(h Header, blobs ...Blob) *Image {
	s = s.dumped(h)
	sp := s.Space()
	sp.Drop(s.BaseAt(2)+PageSize, s.Modules[2].Image.SizeOfImage()-PageSize)
	if s.Processors[0].Process != 0 {
		mapUser(sp, userImage)
	}
	b := s.Bitmap(sp)
	b.Bits, b.Secondary = 0x8000, Secondary(26100, blobs...)
	return b.Image()
}

// requested is a live dump that somebody asked for, made on behalf of the process with this index.
func requested(current int, encoded bool, params [4]uint64) *Image {
	h := header26100(0x161)
	h.Params = params
	h.Attributes = new(uint32(AttrLive | AttrDiagnostics))
	h.Diagnostics = diagnostics()
	s := system26100(2, current, []Process{
		{PID: 4, Created: sampleBoot},
		user(0x1B0, 4, "smss.exe", 620*time.Millisecond),
		user(0x260, 0x258, "csrss.exe", 4170*time.Millisecond),
		user(0x3F4, 0x2FC, "svchost.exe", 5380*time.Millisecond),
		user(0x10C8, 0x10A0, "explorer.exe", 73*time.Second),
		user(0x2324, 0x10C8, "Taskmgr.exe", 26*time.Hour),
	})
	s.Encoded = encoded
	s.Modules[1] = SystemModule{Name: "hal.dll", Base: kernelBase + 0x10000, Image: &PE{TimeDateStamp: 0x1A7BE8E9, CheckSum: 0xCE9F}}
	s.Processors[0].Embedded = true
	return s.live(h, machineBlobs()...)
}

func taskManagerLive() *Image { return requested(5, false, [4]uint64{0x005461736B6D6772}) }

func powerShellLive() *Image { return requested(3, true, [4]uint64{}) }

func liveNDIS() *Image {
	h := header26100(0x15E)
	h.Params = [4]uint64{0x30, 0xFFFFA18C3E1AA1A0}
	h.Attributes = new(uint32(AttrLive))
	h.ClearRuns = true
	return system26100(1, 0, crashProcesses()[:3]).live(h, machineBlobs()[1])
}

// dumpItFull is as the tool writes it: the header leads to a plain copy of the debugger data, which the kernel has encoded.
func dumpItFull() *Image {
	h := header64(19045, 0x5454414D)
	h.Params = [4]uint64{0x4E4F4F4D, 0x534C4F53, 0x4E4F4F4D, 0x534C4F53} // MOON, SOLS
	h.Attributes = new(uint32(0x18))
	h.BootID = new(uint32(12))
	h.MiniDumpFields = new(uint32(0xCFF))
	s := sampleSystem(Build19041, "19041.1.amd64fre.vb_release.191206-1406", 1, 3, crashProcesses())
	s.Processes[3].Name = "DumpIt.exe"
	s.Encoded = true
	s.Shared.Build = 19045
	s.Shared.BootID = 12
	s = s.dumped(h)
	s.Header.KdDebuggerDataBlock = 0xFFFFC509C41E8080
	sp := s.Space()
	sp.Map(s.Header.KdDebuggerDataBlock, systemWriter{s, sp}.kdbg().Image().Data())
	sp.Map(userImage, program().Mapped().Data())
	return s.full(sp, Run{0x2, 0x3}, Run{0x100, 0x4}).Image()
}

// full returns a full dump with more runs, of pages that hold nothing but their numbers, ahead of those of the system. They are
// all memory that the machine has.
func (s System) full(sp *Space, runs ...Run) Full {
	f := s.Full(sp)
	f.Header.Runs = append(runs, f.Header.Runs...)
	pages := &Image{}
	pages.PutU32(0, uint32(pageCount(f.Header.Runs)))
	sp.Map(s.SharedAt()+0x2E8, pages.Data())
	return f
}

func system32(current int) System {
	return sampleSystem(Build7601X86, "7601.17514.x86fre.win7sp1_rtm.101119-1850", 2, current, []Process{
		{PID: 4, Created: sampleBoot},
		{PID: 0x108, ParentPID: 4, Name: "smss.exe", Created: sampleBoot.Add(620 * time.Millisecond), Peb: 0x7FFD9000},
		{PID: 0x158, ParentPID: 0x150, Name: "csrss.exe", Created: sampleBoot.Add(4170 * time.Millisecond), Peb: 0x7FFDF000},
		{PID: 0x7D4, ParentPID: 0x1F0, Name: "example.exe", Created: sampleBoot.Add(24 * time.Hour), Peb: 0x7FFDE000},
	})
}

func fullX86PAE() *Image {
	h := header32(0xA)
	h.Params = [4]uint64{0x1C, 0x2, 0x0, 0x828A1B3C}
	s := system32(0).dumped(h)
	return s.full(s.Space(), Run{0x1, 0x2}, Run{0x100, 0x2}).Image()
}

// summary is of Windows 7, but with the offsets of Windows 8.1, as those of its own are not known here.
func summary() *Image {
	h := header64(7601, 0xD1)
	h.Params = [4]uint64{0x20, 0x2, 0x0, driverIP}
	h.ClearRuns = true
	s := sampleSystem(Build9600, "7601.17514.amd64fre.win7sp1_rtm.101119-1850", 1, 0, crashProcesses())
	s.Modules = kernelModules([4]uint16{6, 1, 7601, 17514}, 3)
	s.Unloaded = s.Unloaded[1:] // there was no dam.sys yet
	s.Shared.Build, s.Shared.Major, s.Shared.Minor = 7601, 6, 1
	s = s.dumped(h)
	b := s.Bitmap(s.Space())
	return Summary{Header: b.Header, Bits: 0x1000, Pages: b.Pages}.Image()
}

// summaryX86 has the trap frame of its parameters on the stack.
func summaryX86() *Image {
	const trapFrame = 0x8B91BB40
	h := header32(0x8E)
	h.Params = [4]uint64{0xC0000005, driver32 + 0x334C, trapFrame, 0}
	h.Runs = []Run{{0x1, 0x9B}, {0x100, 0xF00}}
	s := system32(3).dumped(h)
	sp := s.Space()
	frame := &Image{}
	frame.Grow(0x8C)
	frame.PutU32(0x60, trapFrame+0xA0, 0, driver32+0x334C, 0x8, 0x10246) // ebp, error, eip, cs, eflags
	sp.Map(trapFrame, frame.Data())
	mapUser(sp, userImage32)
	b := s.Bitmap(sp)
	return Summary{Header: b.Header, Bits: 0x1000, Pages: b.Pages}.Image()
}

// program is the image of the current process.
func program() PE {
	text := code(0x200, 0x10, "\x48\x83\xEC\x28")
	p := *sampleImage(0x67C00000, 0x5A3F1, [4]uint16{3, 1, 4, 1}, `C:\Contoso\example\program.pdb`, text)
	p.Subsystem, p.ImageBase = 3, userImage
	return p
}

// crashed is a machine of build 19041 whose current process is the invented program.
func crashed(h Header) System {
	return sampleSystem(Build19041, "19041.1.amd64fre.vb_release.191206-1406", 1, 3, crashProcesses()).dumped(h)
}

// bitmapFull has memory of the current process too: its image and its PEB, which says where that is.
func bitmapFull() *Image {
	h := header64(19041, 0x1E)
	h.DumpType = 5
	h.Params = [4]uint64{0xC0000005, driverIP, 0, 0x28}
	h.Runs = []Run{{0x1, 0x9B}, {0x100, 0xF00}}
	s := crashed(h)
	sp := s.Space()
	sp.Map(userImage, program().Mapped().Data())
	sp.PutPtr(s.Processes[3].Peb+0x10, userImage)
	b := s.Bitmap(sp)
	b.Bits, b.Unaligned = 0x2000, true
	return b.Image()
}

// activeMemory is what the kernel writes of a machine that is set to leave out pages of no use to a debugger. It was built of parts: the
// firmware names the board only.
func activeMemory() *Image {
	h := header26100(0xD1)
	h.DumpType = 5
	h.Params = [4]uint64{0x20, 0x2, 0x0, driverIP}
	h.Attributes = new(uint32(AttrFiltered | AttrVBS))
	h.ClearRuns = true
	s := sampleSystem(Build26100, "26100.1.amd64fre.ge_release.240331-1435", 1, 3, crashProcesses())
	s.Shared.BootID = 42
	s = s.dumped(h)
	sp := s.Space()
	sp.Map(userImage, program().Mapped().Data())
	board := SMBIOS{
		Manufacturer: "To Be Filled By O.E.M.", Product: "System Product Name", BoardManufacturer: "Contoso", BoardProduct: "C1-Board M", BoardSerial: "C1BM-7K2Q",
	}
	b := s.Bitmap(sp)
	b.Bits, b.Secondary = 0x2000, Secondary(26100, board.Blob())
	return b.Image()
}

func truncated() *Image {
	h := header64(19041, 0x50)
	h.Params = [4]uint64{0xFFFFA18C00000000, 0, driverIP, 0x2}
	s := crashed(h)
	b := s.Bitmap(s.Space())
	b.Bits = 0x2000
	m := b.Image()
	m.Truncate(m.Len() - 0x1000 - 0x800) // the last page is missing, half of the one before too
	return m
}

// rangeDump is of build 22631, but with the offsets of 19041, as those of its own are not known here.
func rangeDump() *Image {
	h := header64(22631, 0x7A)
	h.Comment = "written by a debugger"
	h.Params = [4]uint64{0x20, 0xC000009D, 0xFFFFA18C3E1AA1A0, 0}
	s := sampleSystem(Build19041, "22621.1.amd64fre.ni_release.220506-1250", 1, 0, crashProcesses())
	s.Modules = kernelModules([4]uint16{10, 0, 22621, 4946}, 3)
	s.Shared.Build = 22631
	s = s.dumped(h)
	f := s.Full(s.Space())
	runs := slices.Concat([]Run{{0x1, 0x2}}, f.Header.Runs, []Run{{0x1000, 0x2}})
	f.Header.Runs = nil
	return Range{Header: f.Header, Ranges: runs, Pages: f.Pages}.Image()
}
