package dmptest

import "time"

// Processor is the copy of a KPRCB.
type Processor struct {
	Build         *Build
	Number        uint32
	CurrentThread uint64
	IdleThread    uint64
	DpcStack      uint64 // base of the stack for deferred calls
	IsrStack      uint64 // base of the stack for interrupts
	Context       uint64 // address of the processor's CONTEXT
	Frame         []byte // a CONTEXT in the structure itself
	Cr0, Cr2      uint64 // control registers, not on ARM64
	Cr3, Cr4      uint64
	Mhz           uint32
	Vendor        string
}

// Image returns the structure.
func (p Processor) Image() *Image {
	o := p.Build.Processor
	w := newFields(p.Build, o.Size)
	if p.Build.Machine == AMD64 {
		w.PutU32(0x0, 0x1F80) // MxCsr
	}
	w.ptr(o.CurrentThread, p.CurrentThread)
	w.ptr(o.IdleThread, p.IdleThread)
	w.u32(o.Number, p.Number)
	w.u32(o.Mhz, p.Mhz)
	w.ptr(o.DpcStack, p.DpcStack)
	w.ptr(o.IsrStack, p.IsrStack)
	w.ptr(o.Context, p.Context)
	if o.StateContext != 0 {
		w.PutBytes(o.StateContext, p.Frame)
	}
	if p.Build.Machine != ARM64 {
		w.ptr(o.SpecialRegisters, p.Cr0, p.Cr2, p.Cr3, p.Cr4)
	}
	if o.Vendor != 0 {
		w.PutASCII(o.Vendor, p.Vendor)
	}
	return w.Image
}

// Process is the copy of an EPROCESS.
type Process struct {
	Build              *Build
	PID, ParentPID     uint64
	Name               string // cut to 15 bytes
	DirectoryTableBase uint64
	Peb                uint64
	Next, Previous     uint64 // links of the list of processes
	Created            time.Time
}

// Image returns the structure.
func (p Process) Image() *Image {
	o := p.Build.Process
	w := newFields(p.Build, o.Size)
	w.PutU8(0x0, 3) // the type of a process object
	w.ptr(o.DirectoryTableBase, p.DirectoryTableBase)
	w.ptr(o.PID, p.PID, p.Next, p.Previous)
	w.ptr(o.ParentPID, p.ParentPID)
	w.ptr(o.Peb, p.Peb)
	w.time(o.CreateTime, p.Created)
	w.PutASCII(o.ImageName, p.Name[:min(len(p.Name), 15)])
	return w.Image
}

// Thread is the copy of an ETHREAD.
type Thread struct {
	Build                 *Build
	Self                  uint64 // address of the thread, for the list head at +8
	PID, TID              uint64
	Process               uint64 // address of the process, also of the one it is attached to
	Attached              uint64 // address of the process it is attached to, if another
	StackLimit, StackBase uint64
	KernelStack           uint64
	TrapFrame             uint64
	Teb                   uint64
	State                 uint8 // 0 is 2, running
	Created               time.Time
}

// Image returns the structure.
func (t Thread) Image() *Image {
	o := t.Build.Thread
	w := newFields(t.Build, o.Size)
	w.PutU8(0x0, 6) // the type of a thread object
	if t.Self != 0 {
		w.ptr(0x8, t.Self+0x8, t.Self+0x8)
	}
	w.ptr(o.StackLimit, t.StackLimit)
	w.ptr(o.StackBase, t.StackBase)
	w.ptr(o.InitialStack, t.StackBase)
	w.ptr(o.KernelStack, t.KernelStack)
	w.ptr(o.TrapFrame, t.TrapFrame)
	w.ptr(o.ApcProcess, orElse(t.Attached, t.Process))
	w.ptr(o.Process, t.Process)
	w.ptr(o.Teb, t.Teb)
	w.PutU8(o.State, orElse(t.State, 2))
	w.ptr(o.Cid, t.PID, t.TID)
	w.time(o.CreateTime, t.Created)
	return w.Image
}

// fields writes an object's fields, and leaves out those which the build does not have.
type fields struct {
	*Image
	pointer int
}

func newFields(b *Build, size int) fields {
	m := &Image{}
	m.Grow(size)
	return fields{m, b.pointer()}
}

func (w fields) ptr(off int, v ...uint64) {
	if off != 0 {
		w.PutPtr(off, w.pointer, v...)
	}
}

func (w fields) u32(off int, v uint32) {
	if off != 0 {
		w.PutU32(off, v)
	}
}

func (w fields) time(off int, t time.Time) {
	if off != 0 && !t.IsZero() {
		w.PutU64(off, FileTime(t))
	}
}
