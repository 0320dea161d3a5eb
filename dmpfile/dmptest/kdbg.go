package dmptest

// KDBG is the kernel's debugger data block (KDDEBUGGER_DATA64), in plain form. Addresses are the kernel's; those of a
// 32-bit one are sign-extended.
type KDBG struct {
	Build                *Build
	Self                 uint64 // address of the block, for its own list links
	KernBase             uint64
	PsLoadedModuleList   uint64
	PsActiveProcessHead  uint64
	KiBugcheckData       uint64
	MmPfnDatabase        uint64
	NtBuildLab           uint64
	KiProcessorBlock     uint64
	MmUnloadedDrivers    uint64
	MmLastUnloadedDriver uint64
	MmPhysicalMemoryBlock,
	KeLoaderBlock uint64
	PteBase         uint64
	PointerAuthMask uint64
	PAE             bool // implied by AMD64
}

// Image returns the block, as long as its build has it.
func (k KDBG) Image() *Image {
	b := k.Build
	m := &Image{}
	ptr := func(off int, v uint64) {
		if b.pointer() == 4 {
			v = uint64(int64(int32(v)))
		}
		m.PutU64(off, v)
	}
	offsets := func(off int, v ...int) {
		for i, x := range v {
			m.PutU16(off+2*i, uint16(x))
		}
	}
	m.Grow(0x3A0)
	ptr(0x0, k.Self)
	ptr(0x8, k.Self)
	m.PutASCII(0x10, "KDBG")
	m.PutU32(0x14, uint32(b.KDBGSize))
	ptr(0x18, k.KernBase)
	flags := b.PagingLevels << 2
	if k.PAE || b.Machine == AMD64 {
		flags |= 1
	}
	m.PutU16(0x36, flags)
	ptr(0x48, k.PsLoadedModuleList)
	ptr(0x50, k.PsActiveProcessHead)
	ptr(0x88, k.KiBugcheckData)
	ptr(0xC0, k.MmPfnDatabase)
	m.PutU64(0x138, PageSize)
	ptr(0x208, k.NtBuildLab)
	ptr(0x218, k.KiProcessorBlock)
	ptr(0x220, k.MmUnloadedDrivers)
	ptr(0x228, k.MmLastUnloadedDriver)
	ptr(0x270, k.MmPhysicalMemoryBlock)

	t, p, c := b.Thread, b.Process, b.Processor
	offsets(0x298, t.NextProcessor, t.Teb, t.KernelStack, t.InitialStack, t.ApcProcess, t.State)
	offsets(0x2A8, p.Size, p.Peb, p.ParentPID, p.DirectoryTableBase)
	offsets(0x2B0, c.Size, c.DpcRoutine, c.CurrentThread, c.Mhz, c.CPUType, c.Vendor, c.StateContext, c.Number, t.Size)
	ptr(0x2D8, k.KeLoaderBlock)
	offsets(0x2E0, b.PcrSize, b.PcrSelf, b.PcrPrcb, b.PcrContained)
	offsets(0x2F2, c.SpecialRegisters)
	s := b.Selectors
	offsets(0x2F4, s.R0Code, s.R0Data, s.R0Pcr, s.R3Code, s.R3Data, s.R3Teb, s.Ldt, s.Tss, s.CmCode, s.CmTeb)

	offsets(0x338, c.Context)
	m.PutU32(0x340, uint32(t.StackLimit), uint32(t.StackBase), uint32(t.QueueListEntry), uint32(t.IrpList))
	offsets(0x350, c.IdleThread, c.NormalDPCState, c.DpcStack, c.IsrStack, c.DPCStackFrame, 0, t.WaitReason)
	ptr(0x360, k.PteBase)
	m.PutU64(0x390, k.PointerAuthMask)
	m.Truncate(b.KDBGSize)
	return m
}

// Build holds the offsets and sizes that one build of Windows has. Zero means that the build or the reference has none.
type Build struct {
	Number                                  uint32
	Machine                                 uint16
	KDBGSize                                int
	PagingLevels                            uint16 // as in the block; 0 is not given
	PcrSize, PcrSelf, PcrPrcb, PcrContained int

	Processor ProcessorOffsets
	Process   ProcessOffsets
	Thread    ThreadOffsets
	Selectors Selectors
}

// ProcessorOffsets belong to a KPRCB.
type ProcessorOffsets struct {
	Size, CurrentThread, IdleThread, Number, Mhz, CPUType, Vendor, StateContext, SpecialRegisters, Context int
	DpcStack, IsrStack, DpcRoutine, NormalDPCState, DPCStackFrame                                          int
}

// ProcessOffsets belong to an EPROCESS.
type ProcessOffsets struct {
	Size, PID, ImageName, CreateTime, DirectoryTableBase, Peb, ParentPID, ThreadListHead int
}

// ThreadOffsets belong to an ETHREAD.
type ThreadOffsets struct {
	Size, InitialStack, StackLimit, StackBase, KernelStack, TrapFrame, ApcProcess, Process, State, WaitReason, Teb int
	Cid, CreateTime, ListEntry, NextProcessor, QueueListEntry, IrpList                                             int
}

// Selectors are those of a processor's descriptor table.
type Selectors struct {
	R0Code, R0Data, R0Pcr, R3Code, R3Data, R3Teb, Ldt, Tss, CmCode, CmTeb int
}

func (b *Build) pointer() int {
	return Header{Machine: b.Machine}.pointerSize()
}

// The builds that dumps are made for.
var (
	Build9600 = &Build{
		Number: 9600, Machine: AMD64, KDBGSize: 0x360,
		PcrSize: 0x5F00, PcrSelf: 0x18, PcrPrcb: 0x20, PcrContained: 0x180,
		Processor: ProcessorOffsets{
			Size: 0x5D80, CurrentThread: 0x8, Number: 0x24, Mhz: 0x5F4, CPUType: 0x5F0, Vendor: 0x5958,
			StateContext: 0x120, SpecialRegisters: 0x40, Context: 0x5980,
		},
		Process: ProcessOffsets{
			Size: 0x6F0, PID: 0x2E0, ImageName: 0x438, CreateTime: 0x2D0, DirectoryTableBase: 0x28, Peb: 0x3E8,
			ParentPID: 0x3D0, ThreadListHead: 0x470,
		},
		Thread: ThreadOffsets{
			Size: 0x778, InitialStack: 0x28, StackLimit: 0x30, StackBase: 0x38, KernelStack: 0x58, TrapFrame: 0x90,
			ApcProcess: 0xB8, Process: 0x220, State: 0x184, Teb: 0xF0, Cid: 0x620, CreateTime: 0x5D0, ListEntry: 0x688,
			NextProcessor: 0x218, QueueListEntry: 0x208, IrpList: 0x658,
		},
		Selectors: selectorsBefore11,
	}
	Build19041 = &Build{
		Number: 19041, Machine: AMD64, KDBGSize: 0x380,
		PcrSize: 0xB080, PcrSelf: 0x18, PcrPrcb: 0x20, PcrContained: 0x180,
		Processor: ProcessorOffsets{
			Size: 0xAF00, CurrentThread: 0x8, IdleThread: 0x18, Number: 0x24, Mhz: 0x44, CPUType: 0x40, Vendor: 0x8590,
			StateContext: 0x1F0, SpecialRegisters: 0x100, Context: 0x85C0, DpcStack: 0x3110, IsrStack: 0x85D8,
			DpcRoutine: 0x312A, NormalDPCState: 0x312C, DPCStackFrame: 0x50,
		},
		Process: ProcessOffsets{
			Size: 0xA40, PID: 0x440, ImageName: 0x5A8, CreateTime: 0x468, DirectoryTableBase: 0x28, Peb: 0x550,
			ParentPID: 0x540, ThreadListHead: 0x5E0,
		},
		Thread: ThreadOffsets{
			Size: 0x898, InitialStack: 0x28, StackLimit: 0x30, StackBase: 0x38, KernelStack: 0x58, TrapFrame: 0x90,
			ApcProcess: 0xB8, Process: 0x220, State: 0x184, WaitReason: 0x283, Teb: 0xF0, Cid: 0x478, CreateTime: 0x430,
			ListEntry: 0x4E8, NextProcessor: 0x218, QueueListEntry: 0x208, IrpList: 0x4B0,
		},
		Selectors: selectorsBefore11,
	}
	Build26100 = &Build{
		Number: 26100, Machine: AMD64, KDBGSize: 0x3A0, PagingLevels: 4,
		PcrSize: 0xD080, PcrSelf: 0x18, PcrPrcb: 0x20, PcrContained: 0x180,
		Processor: ProcessorOffsets{
			Size: 0xCF00, CurrentThread: 0x8, IdleThread: 0x18, Number: 0x24, Mhz: 0x44, CPUType: 0x40, Vendor: 0x8F90,
			StateContext: 0x1F0, SpecialRegisters: 0x100, Context: 0x8FC0, DpcStack: 0x38A0, IsrStack: 0x8FD8,
			DpcRoutine: 0x38BA, NormalDPCState: 0x38BC, DPCStackFrame: 0x50,
		},
		Process: ProcessOffsets{
			Size: 0x840, PID: 0x1D0, ImageName: 0x338, CreateTime: 0x1F8, DirectoryTableBase: 0x28, Peb: 0x2E0,
			ParentPID: 0x2D0, ThreadListHead: 0x370,
		},
		Thread: ThreadOffsets{
			Size: 0x788, InitialStack: 0x28, StackLimit: 0x30, StackBase: 0x38, KernelStack: 0x58, TrapFrame: 0x90,
			ApcProcess: 0xB8, Process: 0x220, State: 0x184, WaitReason: 0x283, Teb: 0xF0, Cid: 0x508, CreateTime: 0x4C0,
			ListEntry: 0x578, NextProcessor: 0x218, QueueListEntry: 0x208, IrpList: 0x540,
		},
		Selectors: Selectors{
			R0Code: 0x10, R0Data: 0x18, R3Code: 0x30, R3Data: 0x28, Tss: 0x40, CmCode: 0x20, CmTeb: 0x50,
		},
	}
	Build22000ARM64 = &Build{
		Number: 22000, Machine: ARM64, KDBGSize: 0x380, PagingLevels: 4,
		PcrSize: 0xA000, PcrSelf: 0x18, PcrContained: 0x980,
		Processor: ProcessorOffsets{
			Size: 0x9680, CurrentThread: 0x8, IdleThread: 0x18, Number: 0x24, Mhz: 0x6F4, CPUType: 0x6F0, Vendor: 0x890,
			StateContext: 0x360, SpecialRegisters: 0x40, Context: 0x8A0, DpcStack: 0xAF8, IsrStack: 0x18E0,
			DpcRoutine: 0xB1A, NormalDPCState: 0xB1C, DPCStackFrame: 0x10,
		},
		Process: ProcessOffsets{
			Size: 0xC80, PID: 0x3F8, ImageName: 0x560, CreateTime: 0x420, DirectoryTableBase: 0x28, Peb: 0x508,
			ParentPID: 0x4F8,
		},
		Thread: ThreadOffsets{
			Size: 0x910, InitialStack: 0x28, StackLimit: 0x30, StackBase: 0x38, KernelStack: 0x58, ApcProcess: 0xB0,
			Process: 0x240, State: 0x17C, WaitReason: 0x2A3, Teb: 0xE8, Cid: 0x4E8, CreateTime: 0x4A0,
			NextProcessor: 0x238, QueueListEntry: 0x200, IrpList: 0x520,
		},
	}
	// Build7601X86 is made up as far as the reference has no values for it; the EPROCESS is the reference's.
	Build7601X86 = &Build{
		Number: 7601, Machine: X86, KDBGSize: 0x340,
		PcrSize: 0x3748, PcrSelf: 0x1C, PcrPrcb: 0x20, PcrContained: 0x120,
		Processor: ProcessorOffsets{
			Size: 0x3628, CurrentThread: 0x4, IdleThread: 0xC, Number: 0x3CC, Mhz: 0x3C4, CPUType: 0x14, Vendor: 0x3380,
			StateContext: 0x18, SpecialRegisters: 0x2E4, Context: 0x3620,
		},
		Process: ProcessOffsets{
			Size: 0x2C0, PID: 0xB4, ImageName: 0x16C, CreateTime: 0xA0, DirectoryTableBase: 0x18, Peb: 0x1A8,
			ParentPID: 0x140, ThreadListHead: 0x188,
		},
		Thread: ThreadOffsets{
			Size: 0x2B8, InitialStack: 0x28, StackLimit: 0x2C, StackBase: 0x190, KernelStack: 0x30, ApcProcess: 0x50,
			State: 0x68, Teb: 0x88, Cid: 0x22C, CreateTime: 0x200,
		},
		Selectors: Selectors{R0Code: 0x8, R0Data: 0x10, R0Pcr: 0x30, R3Code: 0x1B, R3Data: 0x23, R3Teb: 0x3B, Tss: 0x28},
	}

	selectorsBefore11 = Selectors{
		R0Code: 0x10, R0Data: 0x18, R3Code: 0x33, R3Data: 0x2B, Tss: 0x40, CmCode: 0x23, CmTeb: 0x53,
	}
)
