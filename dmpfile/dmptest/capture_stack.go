package dmptest

import "maps"

// A call is a function of one of the images, at the place where it calls the next one. Offsets and sizes are those of the code, which
// llvm-objdump shows: room is what the function took of the stack below the address that it returns to.
type call struct {
	module, symbol string
	begin, at      uint32         // RVAs of the symbol, and of the instruction behind the call
	room           int            // in bytes
	saved          map[string]int // where it saved registers, from its stack pointer on
	rbp            int            // it has rbp point to so much above its stack pointer; 0 where it does not
}

const nt = "ntoskrnl.exe"

// The functions of the kernel.
var (
	kernelMirroring = call{
		nt, "IopLiveDumpEndMirroringCallback", 0x1010, 0x1029, 0x48, map[string]int{"rbx": 0x40, "rsi": 0x38, "rdi": 0x30}, 0,
	}
	// It took 0x160 bytes at run time, for which the unwind data needs its frame pointer.
	kernelDuplicate = call{
		nt, "MmDuplicateMemory", 0x1040, 0x1079, 0x208, map[string]int{"rbp": 0x200, "rbx": 0x1F8, "r12": 0x1F0, "r13": 0x1E8}, 0x1A0,
	}
	kernelPages    = call{nt, "IopLiveDumpCaptureMemoryPages", 0x1090, 0x10B7, 0x58, map[string]int{"rdi": 0x50, "rbx": 0x60, "rsi": 0x70}, 0}
	kernelLiveDump = call{nt, "IoCaptureLiveDump", 0x10D0, 0x10F5, 0x1158, map[string]int{"rbp": 0x1150, "r14": 0x1148, "r15": 0x1140}, 0x100}
	kernelDbgk     = call{
		nt, "DbgkCaptureLiveKernelDump", 0x1110, 0x1145, 0x88, map[string]int{"rbx": 0x80, "rdi": 0x78, "r14": 0x70, "rsi": 0x68}, 0,
	}
	kernelControl = call{
		nt, "NtSystemDebugControl", 0x1160, 0x1191, 0xF8, map[string]int{"rbx": 0xF0, "rsi": 0xE8, "rdi": 0xE0, "r12": 0xD8}, 0,
	}
	kernelSystem  = call{nt, "KiSystemServiceCopyEnd", 0x1247, 0x126C, 0, nil, 0}
	kernelWerFull = call{nt, "DbgkpWerCaptureLiveFullDump", 0x12C0, 0x12D3, 0x68, map[string]int{"rbx": 0x60}, 0}
	kernelWer     = call{
		nt, "DbgkWerCaptureLiveKernelDump", 0x12E0, 0x1305, 0x148, map[string]int{"rbp": 0x140, "rsi": 0x138, "rdi": 0x130, "r13": 0x128}, 0x100,
	}
	kernelWorker  = call{nt, "ExpWorkerThread", 0x1320, 0x1333, 0x48, map[string]int{"rbx": 0x40, "rdi": 0x38}, 0}
	kernelStartup = call{nt, "PspSystemThreadStartup", 0x1340, 0x134D, 0x38, map[string]int{"rbx": 0x30}, 0}
	kernelStart   = call{nt, "KiStartSystemThread", 0x1360, 0x1372, 0x28, nil, 0}
)

// And of the others.
var (
	driverReport = call{"sample.sys", "SampleReportTimeout", 0x1000, 0x1041, 0x58, map[string]int{"rsi": 0x50}, 0}
	driverWork   = call{"sample.sys", "SampleWatchdogWork", 0x1050, 0x107D, 0x38, map[string]int{"rsi": 0x30, "rdi": 0x28}, 0}

	ntdllControl   = call{"ntdll.dll", "NtSystemDebugControl", 0x1000, 0x1014, 0, nil, 0}
	ntdllStart     = call{"ntdll.dll", "RtlUserThreadStart", 0x1020, 0x103D, 0x78, nil, 0}
	kernel32Start  = call{"KERNEL32.DLL", "BaseThreadInitThunk", 0x1000, 0x100D, 0x28, nil, 0}
	taskmgrCapture = call{"Taskmgr.exe", "LiveDump::Request::Capture", 0x1000, 0x1053, 0x38, map[string]int{"rsi": 0x30}, 0}
	taskmgrThread  = call{"Taskmgr.exe", "WdcDumpThread", 0x1060, 0x10F6, 0x108, map[string]int{"rsi": 0x100, "rdi": 0xF8}, 0}
	mispaceCapture = call{"mispace.dll", "CLogCollectionServer::CaptureLiveDump", 0x1000, 0x107E, 0x278, nil, 0}
	mispaceRun     = call{"mispace.dll", "CLogCollectionServer::Run", 0x10A0, 0x10B8, 0x28, map[string]int{"rsi": 0x20}, 0}
)

// stack writes the calls of a requester: kernel and user stack, and the frames that they make.
func (c *Capture) stack(by Requester) {
	t := &callWriter{Capture: c, registers: map[string]uint64{}}
	for i, r := range nonvolatile {
		t.registers[r] = uint64(i + 1)
	}
	switch by {
	case ByDriver:
		t.sp = stackTop - 0x380
		t.enter(kernelStart, kernelStartup, kernelWorker, driverWork, driverReport, kernelWer, kernelWerFull)
	default:
		t.inUser, t.sp = true, captureUserStack-0x30
		t.enter(ntdllStart, kernel32Start)
		if by == ByTaskManager {
			t.enter(taskmgrThread, taskmgrCapture)
		} else {
			t.enter(mispaceRun, mispaceCapture)
		}
		t.enter(ntdllControl)
		t.systemCall()
		t.enter(kernelControl, kernelDbgk)
	}
	t.enter(kernelLiveDump)
	// What an earlier call left in the large frame looks like one that is still under way.
	t.write(t.sp+0x400, t.base(nt)+0x1333, t.base("sample.sys")+0x107D)
	t.enter(kernelPages, kernelDuplicate, kernelMirroring)
}

// The registers that functions preserve.
var nonvolatile = []string{"rbx", "rbp", "rsi", "rdi", "r12", "r13", "r14", "r15"}

// callWriter makes the calls, from the first one on.
type callWriter struct {
	*Capture
	ip, sp    uint64
	inUser    bool
	registers map[string]uint64
}

func (t *callWriter) write(at uint64, v ...uint64) { t.writes = append(t.writes, words{at, v}) }

func (t *callWriter) base(module string) uint64 {
	switch module {
	case nt:
		return kernelBase
	case "sample.sys":
		return driverBase
	}
	for _, m := range t.User.Modules {
		if m.Name == module {
			return m.Base
		}
	}
	panic("dmptest: no module " + module)
}

// enter calls functions, one from the other.
func (t *callWriter) enter(list ...call) {
	for _, f := range list {
		t.sp -= 8
		slot := t.sp
		t.write(slot, t.ip)
		t.sp -= uint64(f.room)
		for name, off := range f.saved {
			t.write(t.sp+uint64(off), t.registers[name])
		}
		t.change(f.saved)
		if f.rbp != 0 {
			t.registers["rbp"] = t.sp + uint64(f.rbp)
		}
		t.frame(f, slot)
	}
}

// change gives registers other values: numbers that stand for the frame and the register, and for no memory.
func (t *callWriter) change(registers map[string]int) {
	for i, name := range nonvolatile {
		if _, ok := registers[name]; ok {
			t.registers[name] = uint64(len(t.Frames)+1)<<8 | uint64(i+1)
		}
	}
}

// frame adds a frame ahead of those that called it.
func (t *callWriter) frame(f call, slot uint64) {
	t.ip = t.base(f.module) + uint64(f.at)
	t.Frames = append([]CaptureFrame{{
		Module: f.module, Symbol: f.symbol, Displacement: uint64(f.at - f.begin), IP: t.ip, SP: t.sp, Slot: slot, User: t.inUser,
		Registers: maps.Clone(t.registers),
	}}, t.Frames...)
}

// systemCall enters the kernel. Its function for system calls has a KTRAP_FRAME, of which the last five words are those that the
// processor pushes for an interrupt, and below it room for parameters.
func (t *callWriter) systemCall() {
	const at = captureTrap
	user := t.sp
	t.write(at+0x28, 0x00001F80_02000001) // previous mode user, a system call, MXCSR
	t.write(at+0x30, 0x1C6, 0x25)         // rax, rcx
	t.write(at+0x140, t.registers["rbx"], t.registers["rdi"], t.registers["rsi"], t.registers["rbp"])
	t.write(at+0x168, t.ip, 0x33, 0x246, user, 0x2B)
	t.change(map[string]int{"rbx": 0, "rdi": 0, "rsi": 0})
	t.registers["rbp"] = at + 0x80
	t.inUser, t.sp = false, at-0x70
	t.frame(kernelSystem, at+0x168)
}
