package dmptest

import (
	"time"
	"unicode/utf16"
)

// Sample is a small dump with a name.
type Sample struct {
	Name string
	Data []byte
}

// Samples returns one small dump of each kind. Their bytes never change from call to call.
func Samples() []Sample {
	return []Sample{
		{"task-manager-live.dmp", taskManagerLive().Data()},
		{"powershell-live.dmp", powerShellLive().Data()},
		{"live-ndis.dmp", liveNDIS().Data()},
		{"dumpit-full.dmp", dumpItFull().Data()},
		{"full-x86-pae.dmp", fullX86PAE().Data()},
		{"header-only.dmp", headerOnly().Data()},
		{"summary.dmp", summary().Data()},
		{"summary-x86.dmp", summaryX86().Data()},
		{"bitmap-full.dmp", bitmapFull().Data()},
		{"active.dmp", activeMemory().Data()},
		{"truncated.dmp", truncated().Data()},
		{"range.dmp", rangeDump().Data()},
		{"triage-amd64.dmp", triageAMD64().Data()},
		{"triage-amd64-kernel.dmp", triageAMD64Kernel().Data()},
		{"triage-arm64.dmp", triageARM64().Data()},
		{"triage-x86.dmp", triageX86().Data()},
		{"triage-machine.dmp", triageMachine().Data()},
		{"encrypted.dmp", encryptedLive().Data()},
		{"offline-raw.dmp", offlineRaw().Data()},
		{"user-minidump.dmp", userMinidump().Data()},
	}
}

// Addresses of the invented machines. All 64-bit kernels are loaded at kernelBase.
const (
	kernelBase  = 0xFFFFF80312400000
	moduleHead  = kernelBase + 0xC2A7A0
	processHead = kernelBase + 0xC1E200
	kdbgBlock   = kernelBase + 0xC00B20
	bugData     = kernelBase + 0xC2A9C0
	buildLab    = kernelBase + 0xC0F120
	processors  = kernelBase + 0xD10C80
	driverBase  = kernelBase + 0xF0B0000
	driverEntry = driverBase + 0x1D010
	driverIP    = driverBase + 0x334C

	prcb    = 0xFFFFF80310A2F180
	thread  = 0xFFFFA18C41E8B080
	process = 0xFFFFA18C39C92040
)

var sampleTime = time.Date(2025, 3, 14, 9, 26, 53, 589793200, time.UTC)

// crashTime is that of the crash that there are logs of: a day after the live dump that Task Manager made.
var crashTime = sampleTime.Add(24 * time.Hour)

const sampleUptime = 26*time.Hour + 5*time.Minute + 3141592600

// header64 has what all 64-bit samples share.
func header64(build uint32, code uint32) Header {
	return Header{
		Build: build, Processors: 16, Code: &code,
		DirectoryTableBase: 0x1AD002, PsLoadedModuleList: moduleHead, PsActiveProcessHead: processHead,
		KdDebuggerDataBlock: kdbgBlock, PfnDataBase: kernelBase + 0xCFC500,
		ProductType: new(uint32(1)), SuiteMask: new(uint32(0x110)),
		Time: sampleTime, Uptime: sampleUptime,
		Context:   &Context{IP: kernelBase + 0x4B1F20, SP: 0xFFFFF5825DE0E558, FP: 0xFFFFF5825DE0E770},
		Exception: BreakpointException(kernelBase + 0x4B1F20),
	}
}

// header26100 is a header as the kernel itself writes it.
func header26100(code uint32) Header {
	h := header64(26100, code)
	h.PfnDataBase = 0xFFFF980000000000
	h.BootID = new(uint32(42))
	h.SecondaryDataState = new(uint32(0))
	h.VersionUser = make([]byte, 32)
	h.Runs = []Run{{0x1, 0x9F}, {0x100, 0x7E00}}
	return h
}

func diagnostics() *Diagnostics {
	return &Diagnostics{LastLine: "Dump completed successfully.", Revision: 4946}
}

func machineBlobs() []Blob {
	smbios := SMBIOS{
		BIOSVendor: "Contoso Firmware", BIOSVersion: "1.07", BIOSDate: "02/14/2025",
		Manufacturer: "Contoso", Product: "Workbench 16", Version: "Rev A", Serial: "CW16-0A3F", SKU: "WB16",
		Family: "Workbench", CPUManufacturer: "Contoso", CPU: "Contoso C1 16-Core Processor",
	}
	return []Blob{
		smbios.Blob(),
		CPURegistry("Contoso C1 16-Core Processor", "ContosoCPU00", "AMD64 Family 25 Model 33 Stepping 2", 3700),
	}
}

// header32 is a header of a 32-bit Windows 7.
func header32(code uint32) Header {
	return Header{
		Machine: X86, Build: 7601, Processors: 2, Code: &code, PAE: new(uint8(1)),
		DirectoryTableBase: 0x185000, PsLoadedModuleList: 0x82995850, PsActiveProcessHead: 0x8298DF18,
		KdDebuggerDataBlock: 0x82975C28, PfnDataBase: 0x8299B700,
		ProductType: new(uint32(1)), SuiteMask: new(uint32(0x110)),
		Time: sampleTime, Uptime: sampleUptime,
		Context:   &Context{IP: 0x828C5F20, SP: 0x8B91BA5C, FP: 0x8B91BA74},
		Exception: BreakpointException(0x828C5F20),
	}
}

func headerOnly() *Image {
	h := header64(19041, 0x9F)
	h.Params = [4]uint64{0x3, 0xFFFFA18C38D10060, 0xFFFFF5825DE0E680, 0xFFFFA18C44B5C010}
	return HeaderOnly(h)
}

func offlineRaw() *Image {
	return OfflineRaw(
		OfflineSection{Type: OfflineDDRRange, Name: "DDR0", Data: PageBytes(0x80000)},
		OfflineSection{Type: OfflineCPUContext, Name: "CPU0", Data: Context{IP: kernelBase + 0x1000}.Bytes(ARM64)},
		OfflineSection{Type: OfflineReason, Name: "REASON", Data: make([]byte, 8)},
	)
}

func userMinidump() *Image {
	const image = 0x7FF612340000
	return Minidump{
		Build: 26100, Processors: 8, Time: sampleTime, ThreadID: 4242,
		Module: Module{
			Path: `C:\Program Files\Contoso\example.exe`, Base: image, Size: 0x54000, TimeDateStamp: 0x67C00000, CheckSum: 0x5A3F1,
		},
		Exception: Exception{Code: 0xC0000005, Address: image + 0x1234, Info: []uint64{0, 0x10}},
		Context:   &Context{Flags: 0x10001F, IP: image + 0x1234, SP: 0x14F2AFF8B0},
	}.Image()
}

func sampleModules() []Module {
	return []Module{
		{`\SystemRoot\system32\ntoskrnl.exe`, kernelBase, kernelBase + 0x9BD010, 0x1046000, 0x0D8333E6, 0xA5938C},
		{`\SystemRoot\system32\hal.dll`, kernelBase - 0x6000, 0, 0x6000, 0x1A7BE8E9, 0xCE9F},
		{`\SystemRoot\System32\drivers\ndis.sys`, driverBase - 0x200000, driverBase - 0x9AFF0, 0x170000, 0x5F9A3C11, 0x17A2B0},
		{`\SystemRoot\System32\drivers\example.sys`, driverBase, driverEntry, 0x21000, 0x65A1B2C3, 0x2F0D1},
	}
}

func sampleUnloaded() []Unloaded {
	return []Unloaded{
		{"dam.sys", driverBase + 0x100000, driverBase + 0x11C000},
		{"hwpolicy.sys", driverBase + 0x200000, driverBase + 0x211000},
	}
}

// sampleKDBG points at what triageBlocks holds.
func sampleKDBG(b *Build) *KDBG {
	return &KDBG{
		Build: b, Self: kdbgBlock, KernBase: kernelBase, PsLoadedModuleList: moduleHead, PsActiveProcessHead: processHead,
		KiBugcheckData: bugData, NtBuildLab: buildLab, KiProcessorBlock: processors,
		MmPfnDatabase: kernelBase + 0xCFC500, PteBase: 0xFFFFF68000000000,
	}
}

// triageBlocks is memory as small dumps have it: the bug check's data, the build's name, the processors' addresses, the
// crashing one's context, and code.
func triageBlocks(h Header, lab string, contextVA uint64) []Block {
	var bug, blocks Image
	bug.PutU64(0x0, uint64(*h.Code&0xFFFFFFF))
	bug.PutU64(0x8, h.Params[:]...)
	blocks.PutU64(0x0, prcb, prcb+0x10000000)
	return []Block{
		{bugData, bug.Data()},
		{buildLab, []byte(lab + "\x00")},
		{processors, blocks.Data()},
		{contextVA, h.Context.Bytes(h.machine())},
		{driverIP &^ 0xFFF, PageBytes(driverIP >> 12 & 0xFFFFF)},
	}
}

// withCode puts code into the page of the driver, which is the last block: an instruction that faults, in a function that returns then, and
// behind the call of it one that returns too.
func withCode(blocks []Block, faulting ...byte) []Block {
	page := Load(blocks[len(blocks)-1].Data)
	for _, before := range []int{driverIP & 0xFFF, 0x47B} {
		for off := before - 60; off < before; off += 3 {
			page.PutBytes(off, []byte{0x48, 0x89, 0xC9}) // mov rcx, rcx
		}
	}
	page.PutBytes(driverIP&0xFFF, append(faulting, 0x48, 0x83, 0xC4, 0x28, 0xC3))            // add rsp, 28h; ret
	page.PutBytes(0x47B, []byte{0xE8, 0x90, 0xFE, 0xFF, 0xFF, 0x48, 0x83, 0xC4, 0x38, 0xC3}) // call; add rsp, 38h; ret
	blocks[len(blocks)-1].Data = page.Data()
	return blocks
}

// stack returns size bytes of stack at va, with values at offsets in it, and records at their addresses.
func stack(va uint64, size, pointer int, values map[int]uint64, records ...Block) Block {
	var m Image
	m.Grow(size)
	for off, v := range values {
		m.PutPtr(off, pointer, v)
	}
	for _, r := range records {
		m.PutBytes(int(r.VA-va), r.Data)
	}
	return Block{va, m.Data()}
}

func triageAMD64() *Image {
	const rsp, stackBase, contextVA, recordVA = 0xFFFFF5825DE0EA00, 0xFFFFF5825DE10000, 0xFFFFF5825DE0EC00, 0xFFFFF5825DE0F2E8
	h := header64(19041, 0x1000007E)
	h.Time = crashTime
	h.Params = [4]uint64{0xFFFFFFFFC0000005, driverIP, recordVA, contextVA}
	h.Context = &Context{
		Flags: 0x10001F, IP: driverIP, SP: rsp + 0xB00, FP: stackBase - 0x100,
		Regs: map[string]uint64{"rcx": 0x20, "rax": 0, "rbx": thread, "eflags": 0x10246},
	}
	h.Exception = BreakpointException(kernelBase + 0x3F5A80)
	fault := Exception{Code: 0xC0000005, Address: driverIP, Info: []uint64{0, 0x20}}
	b := Build19041
	return Triage{
		Header: h, Modules: sampleModules(), Unloaded: sampleUnloaded(), BrokenDriver: "example.sys",
		Stack: stack(rsp, stackBase-rsp, 8, map[int]uint64{
			0x0: kernelBase + 0x3F5A80, 0xB28: driverBase + 0x3480, 0xB68: driverBase + 0x1234, 0xC08: kernelBase + 0x2A1C55,
		}, Block{contextVA, h.Context.Bytes(AMD64)}, Block{recordVA, fault.Bytes(8)}),
		KDBG: sampleKDBG(b),
		Processor: &Processor{
			Build: b, CurrentThread: thread, IdleThread: kernelBase + 0xD27600, DpcStack: 0xFFFFF80317C89FB0,
			IsrStack: 0xFFFFF80317C92FB0, Context: contextVA, Mhz: 3700, Vendor: "AuthenticAMD",
		},
		Process: &Process{
			Build: b, PID: 4, Name: "System", DirectoryTableBase: 0x1AD002, Next: process + 0x448, Previous: processHead,
			Created: crashTime.Add(-sampleUptime),
		},
		Thread: &Thread{
			Build: b, Self: thread, PID: 4, TID: 0x1F4, Process: process, StackLimit: stackBase - 0x6000, StackBase: stackBase,
			KernelStack: rsp + 0x800, Created: crashTime.Add(-time.Hour),
		},
		Blocks:    withCode(triageBlocks(h, "19041.1.amd64fre.vb_release.191206-1406", contextVA), 0x8B, 0x01), // mov eax, [rcx]
		Secondary: Secondary(19041, PadBlobs(machineBlobs()...)...),
	}.Image()
}

// triageAMD64Kernel crashed on the stack for deferred calls: its process and thread were only interrupted.
func triageAMD64Kernel() *Image {
	const dpcStack, contextVA = 0xFFFFF80317C89FB0, 0xFFFFF80310A2F8C0
	const rsp, faultSP = dpcStack - 0x7A8, dpcStack - 0x4A0
	h := header26100(0xD1)
	h.Params = [4]uint64{0x20, 0x2, 0x1, driverIP}
	h.Attributes = new(uint32(0x20000 | AttrDiagnostics | AttrKernelTriage))
	h.Diagnostics = diagnostics()
	h.Diagnostics.BuildText = "26100"
	h.Context = &Context{
		IP: kernelBase + 0x4B1F20, SP: rsp, FP: rsp + 0x200, Regs: map[string]uint64{"rcx": 0xA, "rdx": 0x20, "r8": 0x2, "r9": 0x1},
	}
	b := Build26100
	k := sampleKDBG(b)
	k.MmPfnDatabase = kernelBase + 0xC4C38
	return Triage{
		Header: h, Kernel: true, Modules: sampleModules(), Unloaded: sampleUnloaded(),
		// The call of KeBugCheckEx, the trap frame of the fault behind the handler's, and the stack of the driver.
		Stack: stack(rsp, dpcStack-rsp, 8, map[int]uint64{
			0x0: kernelBase + 0x4C8069, 0x8: 0xA, 0x10: 0x20, 0x18: 0x2, 0x20: 0x1, 0x28: driverIP,
			0x140: kernelBase + 0x4D0E23, 0x218: 0x20, 0x2A0: faultSP + 0x200, 0x2A8: 0x2, 0x2B0: driverIP, 0x2B8: 0x10, 0x2C0: 0x10246, 0x2C8: faultSP, 0x2D0: 0x18,
			0x330: driverBase + 0x3480, 0x370: driverBase - 0x200000 + 0x1A2C, 0x3D0: kernelBase + 0x2A1C55,
		}),
		KDBG: k,
		Processor: &Processor{
			Build: b, CurrentThread: thread, IdleThread: kernelBase + 0xD27600, DpcStack: dpcStack,
			IsrStack: dpcStack + 0x9000, Context: contextVA, Mhz: 3700, Vendor: "AuthenticAMD",
		},
		Process: &Process{
			Build: b, PID: 0x1A90, ParentPID: 0x10C8, Name: "example-service.exe", DirectoryTableBase: 0x21AB0C000,
			Next: processHead, Previous: processHead, Created: sampleTime.Add(-2 * time.Hour), Peb: 0x2C9A3F000,
		},
		Thread: &Thread{
			Build: b, Self: thread, PID: 0x1A90, TID: 0x2B4C, Process: process, StackLimit: 0xFFFFF5825DE0A000,
			StackBase: 0xFFFFF5825DE10000, KernelStack: 0xFFFFF5825DE0F3B0, TrapFrame: 0xFFFFF5825DE0FA80, Teb: 0x2C9A42000,
			Created: sampleTime.Add(-time.Hour),
		},
		Blocks: withCode(triageBlocks(h, "26100.1.amd64fre.ge_release.240331-1435", contextVA), 0x89, 0x41, 0x20), // mov [rcx+20h], eax
		Secondary: Secondary(26100, append(machineBlobs(),
			Blob{Tag: TagNull}, Blob{Tag: TagETW, Data: []byte{0x5A, 0x62, 0x02, 0x00, 0xF4, 0x65, 0x00}})...),
		Reserve: 0xC00, Stale: true,
	}.Image()
}

func triageARM64() *Image {
	const sp, stackBase, contextVA = 0xFFFFE00E0E4BC4A0, 0xFFFFE00E0E4BD000, 0xFFFFF803EFD00CE0
	h := header64(22000, 0x1C8)
	h.Machine = ARM64
	h.Processors = 8
	h.DirectoryTableBase = 0x946AA000
	h.Params = [4]uint64{0x1B58, kernelBase + 0xC20860}
	h.Context = &Context{
		IP: kernelBase + 0x4DE014, SP: sp, FP: sp, Regs: map[string]uint64{"x0": 1, "x19": kernelBase + 0xC57180, "lr": kernelBase + 0x26F258},
	}
	h.Exception = BreakpointException(h.Context.IP)
	b := Build22000ARM64
	k := sampleKDBG(b)
	k.PteBase = 0xFFFFF68000000000
	return Triage{
		Header: h, Modules: sampleModules(), Unloaded: sampleUnloaded(),
		Stack: stack(sp, stackBase-sp, 8, map[int]uint64{0x0: sp + 0x80, 0x8: kernelBase + 0x26F258, 0x88: driverIP}),
		KDBG:  k,
		Processor: &Processor{
			Build: b, CurrentThread: thread, IdleThread: kernelBase + 0xD33480, Context: contextVA, Mhz: 2956, Vendor: "ContosoARM",
		},
		Process: &Process{
			Build: b, PID: 4, Name: "System", DirectoryTableBase: 0x946AA000, Next: process + 0x400, Previous: processHead,
			Created: sampleTime.Add(-sampleUptime),
		},
		Thread: &Thread{
			Build: b, Self: thread, PID: 4, TID: 0x64, Process: process, StackLimit: stackBase - 0x6000, StackBase: stackBase,
			KernelStack: sp - 0x40, Created: sampleTime.Add(-sampleUptime),
		},
		Blocks:    triageBlocks(h, "22000.1.arm64fre.co_release.210604-1628", contextVA),
		Secondary: Secondary(22000, PadBlobs(machineBlobs()[0], Blob{Tag: TagNull}, winlogon())...),
	}.Image()
}

// winlogon is the black box of the logon process: version, size, a flag, a name.
func winlogon() Blob {
	var m Image
	name := utf16.Encode([]rune("ShellRestart\x00"))
	m.PutU32(0x0, 1, uint32(0xC+2*len(name)), 1)
	m.PutU16(0xC, name...)
	return Blob{Tag: "80cc79cf-a719-4af1-bf97-fe29ff76ebc1", Data: m.Data()}
}

func triageX86() *Image {
	const esp, stackBase, driver = 0x8B91BA5C, 0x8B91C000, 0x8C410000
	const base, prcb, thread, process = 0x82843000, 0x82979D20, 0x85C1D030, 0x84B3A8D0
	h := header32(0x1000008E)
	h.Params = [4]uint64{0xC0000005, driver + 0x334C, 0x8B91BB40, 0}
	h.Context = &Context{IP: driver + 0x334C, SP: esp + 0x20, FP: esp + 0x40, Regs: map[string]uint64{"eax": 0, "ecx": 0x20}}
	h.Exception = BreakpointException(base + 0x82F20)
	b := Build7601X86
	var processorList Image
	processorList.PutU32(0, prcb)
	return Triage{
		Header: h,
		Modules: []Module{
			{`\SystemRoot\system32\ntkrnlpa.exe`, base, base + 0x115000, 0x412000, 0x4CE78A09, 0x3D0BA1},
			{`\SystemRoot\system32\halmacpi.dll`, base + 0x412000, base + 0x43A000, 0x37000, 0x4CE788D2, 0x2EB26},
			{`\SystemRoot\system32\drivers\example.sys`, driver, driver + 0x8010, 0xB000, 0x65A1B2C3, 0x12D0C},
		},
		Unloaded: []Unloaded{{"crashdmp.sys", 0x8C300000, 0x8C30D000}},
		Stack:    stack(esp, stackBase-esp, 4, map[int]uint64{0x0: base + 0x82F20, 0x44: driver + 0x1234, 0x60: base + 0x3F4A1}),
		KDBG: &KDBG{
			Build: b, Self: h.KdDebuggerDataBlock, KernBase: base, PsLoadedModuleList: h.PsLoadedModuleList,
			PsActiveProcessHead: h.PsActiveProcessHead, NtBuildLab: base + 0x1234A0, KiProcessorBlock: base + 0x16F900, PAE: true,
		},
		Processor: &Processor{Build: b, CurrentThread: thread, IdleThread: base + 0x135380, Mhz: 2400, Vendor: "GenuineIntel"},
		Process: &Process{
			Build: b, PID: 0x7D4, ParentPID: 0x1F0, Name: "example.exe", DirectoryTableBase: 0x7EC8A3C0, Next: h.PsActiveProcessHead,
			Previous: h.PsActiveProcessHead, Created: sampleTime.Add(-time.Hour), Peb: 0x7FFDF000,
		},
		Thread: &Thread{
			Build: b, Self: thread, PID: 0x7D4, TID: 0x8A8, Process: process, StackLimit: stackBase - 0x3000, StackBase: stackBase,
			KernelStack: esp - 0x40, Created: sampleTime.Add(-time.Hour),
		},
		Blocks: []Block{
			{base + 0x1234A0, []byte("7601.17514.x86fre.win7sp1_rtm.101119-1850\x00")},
			{base + 0x16F900, processorList.Data()},
			{driver + 0x3000, PageBytes(0x8C413)},
		},
		Secondary: Secondary(7601, PadBlobs(machineBlobs()[1])...),
	}.Image()
}

func encryptedLive() *Image {
	h := header26100(0x161)
	h.Attributes = new(uint32(AttrLive))
	return Encrypted(h, 0x1000)
}
