package dmptest

import (
	"fmt"
	"maps"
	"strings"
	"time"
)

// Requester is who asks for the live dump of a Capture.
type Requester int

// The requesters.
const (
	ByTaskManager        Requester = iota // the process Taskmgr.exe: module Taskmgr.exe calls ntdll
	ByStorageDiagnostics                  // the process WmiPrvSE.exe: module mispace.dll calls ntdll
	ByDriver                              // a thread of the system: module sample.sys calls the kernel, with code 0x1D4
)

// TaskManagerLabel is parameter 1 of a dump that Task Manager asks for: its name.
const TaskManagerLabel = 0x005461736B6D6772

// Capture is a machine whose current thread is capturing a live dump of it. Its images are real ones, whose code and unwind data say
// what is on the stack: those of testdata/capture, which have PDBs too.
//
// The machine is complete: whoever asks for a dump can leave parts of it out first.
type Capture struct {
	System System
	Space  *Space // of the current process
	Frames []CaptureFrame

	User UserMode // of the current process; it has no modules where that is System

	writes []words       // what calls leave on the stacks
	ranges []memoryRange // of user memory
}

// CaptureFrame is a frame of the current thread. The innermost one is where the header's registers stand.
type CaptureFrame struct {
	Module       string // name as the lists of modules have it
	Symbol       string // as WinDbg shows it
	Displacement uint64 // of IP from the symbol
	IP, SP       uint64
	Slot         uint64 // where the address that the frame returns to is on the stack; for a system call, its machine frame
	User         bool
	Registers    map[string]uint64 // rbx, rbp, rsi, rdi, r12 to r15 in the frame
}

// String returns the frame as WinDbg shows it: "nt!IoCaptureLiveDump+0x25".
func (f CaptureFrame) String() string {
	module, _, _ := strings.Cut(f.Module, ".")
	if module == "ntoskrnl" {
		module = "nt"
	}
	return fmt.Sprintf("%s!%s+%#x", module, f.Symbol, f.Displacement)
}

type words struct {
	at uint64
	v  []uint64
}

// Addresses of the current process of a Capture.
const (
	captureTaskmgr  = 0x7FF612340000
	captureHost     = 0x7FF7A5C10000
	captureNtdll    = 0x7FFB3E2A0000
	captureKernel32 = 0x7FFB3D110000
	captureMispace  = 0x7FFB1C400000
	captureHook     = 0x7FFB0A550000

	captureUserStack = 0x000000A35BCE0000 // the end of its memory
	captureLoader    = 0x000001F3A2E10000
	capturePeb       = 0x000000A35B9F2000
	captureTeb       = 0x000000A35B9F3000
	captureTrap      = stackTop - 0x500 // the trap frame of the system call
)

// NewCapture returns a machine whose dump a requester asks for. parameter1 is that of the bug check code. images are the files of
// testdata/capture, from ReadImages.
func NewCapture(by Requester, parameter1 uint64, images map[string][]byte) *Capture {
	code, current := uint32(0x161), 5
	processes := []Process{
		{PID: 4, Created: sampleBoot},
		user(0x1B0, 4, "smss.exe", 620*time.Millisecond),
		user(0x260, 0x258, "csrss.exe", 4170*time.Millisecond),
		user(0x3F4, 0x2FC, "svchost.exe", 5380*time.Millisecond),
		user(0x10C8, 0x10A0, "explorer.exe", 73*time.Second),
		user(0x2324, 0x10C8, "Taskmgr.exe", 26*time.Hour),
	}
	switch by {
	case ByStorageDiagnostics:
		processes[5] = user(0x1E7C, 0x3F4, "WmiPrvSE.exe", 25*time.Hour)
	case ByDriver:
		code, current = 0x1D4, 0
	}
	h := header26100(code)
	h.Params = [4]uint64{parameter1}
	h.Attributes = new(uint32(AttrLive | AttrDiagnostics))
	h.Diagnostics = diagnostics()
	h.Runs, h.ClearRuns = nil, true

	s := system26100(2, current, processes)
	s.StackPages = 3
	s.Modules = []SystemModule{
		{Name: "ntoskrnl.exe", Base: kernelBase},
		{Name: "hal.dll", Base: kernelBase + 0x10000, Size: 0x6000, TimeDateStamp: 0x1A7BE8E9, CheckSum: 0xCE9F},
		{Name: "sample.sys", Base: driverBase},
	}
	for i, m := range s.Modules {
		if file := images[m.Name]; file != nil {
			s.Modules[i].Mapped = MapImage(file, m.Base)
		}
	}
	c := &Capture{}
	p := &s.Processors[0]
	p.Embedded, p.Stack = true, nil
	if by != ByDriver {
		c.User = UserMode{
			Teb: captureTeb, Peb: capturePeb, Loader: captureLoader, PID: processes[5].PID, TID: p.Thread.TID,
			StackLimit: captureUserStack - 0x10000, StackBase: captureUserStack, Modules: userModules(by, images),
		}
		s.Processes[current].Peb = capturePeb
		p.Thread.Teb, p.Thread.TrapFrame = captureTeb, captureTrap
	}
	c.stack(by)
	s = s.dumped(h)
	top := c.Frames[0]
	registers := Context{IP: top.IP, SP: top.SP, FP: top.Registers["rbp"], Regs: maps.Clone(top.Registers)}
	delete(registers.Regs, "rbp")
	s.Processors[0].Context = registers
	s.Header.Context = new(s.Registers(0))
	s.Header.Exception = BreakpointException(top.IP)

	c.System, c.Space = s, s.Space()
	for _, w := range c.writes {
		c.Space.PutPtr(w.at, w.v...)
	}
	if by != ByDriver {
		c.ranges = append(c.User.mapAll(c.Space), memoryRange{captureUserStack - PageSize, PageSize})
	}
	return c
}

// userModules lists what the current process has loaded.
func userModules(by Requester, images map[string][]byte) []UserModule {
	const windows = `C:\Windows\System32\`
	list := []UserModule{
		{Name: "Taskmgr.exe", Path: windows + "Taskmgr.exe", Base: captureTaskmgr},
		{Name: "ntdll.dll", Path: windows + "ntdll.dll", Base: captureNtdll},
		{Name: "KERNEL32.DLL", Path: windows + "KERNEL32.DLL", Base: captureKernel32}, // so Windows calls it, whatever the file's name is
		{Name: "hook.dll", Path: `C:\Users\jdoe\Contoso\hook.dll`, Base: captureHook, Size: 0x1D000, TimeDateStamp: 0x65A1B2C4},
	}
	if by == ByStorageDiagnostics {
		list[0] = UserModule{
			Name: "wmiprvse.exe", Path: windows + `wbem\wmiprvse.exe`, Base: captureHost, Size: 0x87000, TimeDateStamp: 0xB2C4F1D0,
		}
		list = append(list, UserModule{Name: "mispace.dll", Path: windows + "mispace.dll", Base: captureMispace})
	}
	for i := range list {
		m := &list[i]
		file := images[m.Name]
		if m.Name == "KERNEL32.DLL" {
			file = images["kernel32.dll"]
		}
		if file != nil {
			m.Mapped = MapImage(file, m.Base)
			m.Size, m.TimeDateStamp, _ = mappedFacts(m.Mapped)
		}
	}
	return list
}

// DropImages leaves the images of the kernel and the drivers out of the dump, but for the kernel's variables.
func (c *Capture) DropImages() {
	for i, m := range c.System.Modules {
		n := len(m.Mapped)
		if i == 0 {
			n = int(mappedSection(m.Mapped, kernelSection))
		}
		c.Space.Drop(c.System.BaseAt(i), n)
	}
}

// DropUserImages leaves the images of the current process out of the dump.
func (c *Capture) DropUserImages() {
	for _, m := range c.User.Modules {
		c.Space.Drop(m.Base, len(m.Mapped))
	}
}

// DropUser leaves all user memory of the current process out of the dump, as live dumps do that were not asked for it.
func (c *Capture) DropUser() {
	for _, r := range c.ranges {
		c.Space.Drop(r.at, r.n)
	}
}

// Live returns the live dump, of type 6.
func (c *Capture) Live() *Image {
	b := c.System.Bitmap(c.Space)
	b.Secondary = Secondary(26100, machineBlobs()...)
	return b.Image()
}

// Full returns all of it in a dump of type 1.
func (c *Capture) Full() *Image {
	f := c.System.full(c.Space)
	f.Header.ClearRuns = false
	return f.Image()
}
