package nt

import (
	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/internal/bin"
)

// Processor is a processor as its KPRCB shows it. A nil or zero field is not known.
type Processor struct {
	Number  uint32
	PRCB    dmpfile.VirtAddr
	Mhz     uint32
	Thread  *Thread  // the current one
	Process *Process // that the thread belongs to; "Idle" for the idle thread
	Idle    bool     // the current thread is the processor's idle thread
	// Context is what the processor saved when the system stopped or was captured, at ContextAt.
	Context   *dmpfile.Context
	ContextAt dmpfile.VirtAddr
	// DirectoryTableBase is where the page tables are that the processor used (CR3, without flags); amd64 only.
	DirectoryTableBase dmpfile.PhysAddr

	dpcStack, interruptStack dmpfile.VirtAddr // their tops
}

// maxProcessors is more than Windows supports.
const maxProcessors = 4096

// prcb returns the address of the PRCB of a processor.
func (k *Kernel) prcb(n uint32) (dmpfile.VirtAddr, error) {
	if k.DebuggerData == nil {
		return 0, ErrUnknownLayout
	}
	array, ok := k.DebuggerData.KiProcessorBlock()
	if !ok {
		return 0, ErrUnknownLayout
	}
	a, err := k.pointer(array + dmpfile.VirtAddr(int(n)*k.pointerSize()))
	if err == nil && a == 0 {
		err = ErrNotThere
	}
	return a, err
}

// ProcessorArea returns where the PRCB of a processor is, and its size in bytes.
func (k *Kernel) ProcessorArea(n uint32) (a dmpfile.VirtAddr, size int, err error) {
	if a, err = k.prcb(n); err != nil {
		return 0, 0, err
	}
	size, ok := k.DebuggerData.sizePrcb()
	if !ok {
		return 0, 0, ErrUnknownLayout
	}
	return a, size, nil
}

// Processor reads what processor n, from 0, was doing. Its PRCB has to give it that number, else the error is ErrNotThere. The error
// is ErrUnknownLayout without debugger data.
func (k *Kernel) Processor(n uint32) (*Processor, error) {
	a, err := k.prcb(n)
	if err != nil {
		return nil, err
	}
	d := k.DebuggerData
	field := func(offset func() (int, bool)) (dmpfile.VirtAddr, bool) {
		off, ok := offset()
		return a + dmpfile.VirtAddr(off), ok
	}
	number, ok := field(d.offsetPrcbNumber)
	if !ok {
		return nil, ErrUnknownLayout
	}
	if v, err := k.u32(number); err != nil {
		return nil, err
	} else if v != n {
		return nil, ErrNotThere
	}
	p := &Processor{Number: n, PRCB: a}
	if at, ok := field(d.offsetPrcbMhz); ok {
		p.Mhz, _ = k.u32(at)
	}
	p.readContext(k, field)
	p.DirectoryTableBase, _ = k.tableOf(n)
	for _, stack := range []struct {
		to     *dmpfile.VirtAddr
		offset func() (int, bool)
	}{{&p.dpcStack, d.offsetPrcbDpcStack}, {&p.interruptStack, d.offsetPrcbIsrStack}} {
		if at, ok := field(stack.offset); ok {
			*stack.to, _ = k.pointer(at)
		}
	}
	at, ok := field(d.offsetPrcbCurrentThread)
	if !ok {
		return p, nil
	}
	current, err := k.pointer(at)
	if err != nil {
		return p, nil
	}
	idle := dmpfile.VirtAddr(0)
	if at, ok := field(d.offsetPrcbIdleThread); ok {
		idle, _ = k.pointer(at)
	}
	p.readThread(k, current, idle)
	return p, nil
}

// tableOf returns where the top page table is that an amd64 processor used.
func (k *Kernel) tableOf(n uint32) (dmpfile.PhysAddr, bool) {
	const cr3 = 0x10 // in KSPECIAL_REGISTERS
	off, ok := k.DebuggerData.offsetPrcbSpecialReg()
	a, err := k.prcb(n)
	if !ok || err != nil || k.machine != dmpfile.MachineAMD64 {
		return 0, false
	}
	v, err := k.u64(a + dmpfile.VirtAddr(off) + cr3)
	const address = 0x000FFFFFFFFFF000
	return dmpfile.PhysAddr(v & address), err == nil
}

// readContext reads the CONTEXT that the PRCB points to, else the one inside it, which is zero after a bug check.
func (p *Processor) readContext(k *Kernel, field func(func() (int, bool)) (dmpfile.VirtAddr, bool)) {
	try := func(a dmpfile.VirtAddr) bool {
		b, err := readAll(k, a, dmpfile.ContextSize(k.machine))
		if err != nil || len(b) == 0 {
			return false
		}
		c, ok := dmpfile.ParseContext(b, k.machine)
		if ok {
			p.Context, p.ContextAt = &c, a
		}
		return ok
	}
	if at, ok := field(k.DebuggerData.offsetPrcbContext); ok {
		if a, err := k.pointer(at); err == nil && a != 0 && try(a) {
			return
		}
	}
	if at, ok := field(k.DebuggerData.offsetPrcbStateContext); ok {
		try(at)
	}
}

// readThread reads the current thread and the process that it belongs to. idle is the idle thread, 0 where it is not known. It is
// attached to System, so where neither ids nor the idle thread are known, the process would be no better than a guess.
func (p *Processor) readThread(k *Kernel, a, idle dmpfile.VirtAddr) {
	t, owner, err := k.thread(a)
	if err != nil {
		return
	}
	p.Thread = &t
	hasIDs := rowFor(k.machine, k.build(), k.DebuggerData) != nil
	switch {
	case hasIDs && t.ID == 0 && t.ProcessID == 0, !hasIDs && a == idle:
		p.Idle = true
		p.Process = &Process{Name: "Idle"}
	case hasIDs, idle != 0:
		process, err := k.ProcessAt(owner)
		if err == nil && (!hasIDs || process.ID == t.ProcessID) {
			p.Process = &process
		}
	}
}

// pointsBack says whether the links at a are those of a list that goes back to an address. Where the dump does not have them, nothing
// speaks against it.
func (k *Kernel) pointsBack(a, to dmpfile.VirtAddr) bool {
	_, blink, err := k.links(a)
	return err != nil && a != 0 || blink == to
}

// thread reads a KTHREAD, which begins with the type of a thread and the list of what waits for it, usually nothing. Where the thread's id
// is known, owner is the process that it belongs to, see ownerOf for the others. Ids that are none are ErrNotThere.
func (k *Kernel) thread(a dmpfile.VirtAddr) (t Thread, owner dmpfile.VirtAddr, err error) {
	b, err := readAll(k, a, 0x10)
	if err != nil {
		return Thread{}, 0, err
	}
	waits, _ := bin.Pointer(b, 8, k.file.Bits)
	if b[0] != dispatcherThread || waits != uint64(a)+8 && !k.pointsBack(dmpfile.VirtAddr(waits), a+8) {
		return Thread{}, 0, ErrNotThere
	}
	t.Address = a
	at := func(off int) dmpfile.VirtAddr { return a + dmpfile.VirtAddr(off) }
	d := k.DebuggerData
	limit, ok1 := d.offsetKThreadStackLimit()
	base, ok2 := d.offsetKThreadStackBase()
	if ok1 && ok2 {
		low, err1 := k.pointer(at(limit))
		high, err2 := k.pointer(at(base))
		if err1 == nil && err2 == nil && low < high {
			t.StackLimit, t.StackBase = low, high
		}
	}
	if row := rowFor(k.machine, k.build(), d); row != nil {
		process, err1 := k.pointer(at(row.cid))
		id, err2 := k.pointer(at(row.cid + k.pointerSize()))
		owner, err3 := k.pointer(at(row.owner))
		if err1 != nil || err2 != nil || err3 != nil || process%4 != 0 || id%4 != 0 || process >= 1<<32 || id >= 1<<32 {
			return Thread{}, 0, ErrNotThere
		}
		t.ProcessID, t.ID = uint64(process), uint64(id)
		return t, owner, nil
	}
	return t, k.ownerOf(a), nil
}

// ownerOf finds the process that a thread belongs to where no row of the table says it. It is the one that the thread is attached to,
// unless it is attached to another; that the two are the same in a kernel of amd64, where the owner has stood at the same offset since
// Windows 8.1, proves it. Else there is none.
func (k *Kernel) ownerOf(thread dmpfile.VirtAddr) dmpfile.VirtAddr {
	const ownerAMD64 = 0x220
	off, ok := k.DebuggerData.offsetKThreadApcProcess()
	if !ok || k.machine != dmpfile.MachineAMD64 {
		return 0
	}
	attached, err1 := k.pointer(thread + dmpfile.VirtAddr(off))
	owner, err2 := k.pointer(thread + ownerAMD64)
	if err1 != nil || err2 != nil || attached != owner {
		return 0
	}
	return owner
}
