package nt

import (
	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/internal/bin"
)

// Thread is a thread as its ETHREAD shows it.
type Thread struct {
	Address               dmpfile.VirtAddr
	ProcessID             uint64
	ID                    uint64           // 0 where it is not known, and for idle threads
	StackLimit, StackBase dmpfile.VirtAddr // of its kernel stack: from StackLimit up to StackBase; 0 where they are not known
}

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
	a, err := k.structureAt(array).pointer(int(n) * k.pointerSize())
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
	return k.ProcessorAt(a, n)
}

// ProcessorAt is Processor, for who knows where the PRCB is.
func (k *Kernel) ProcessorAt(a dmpfile.VirtAddr, n uint32) (*Processor, error) {
	if v, err := k.ProcessorNumber(a); err != nil {
		return nil, err
	} else if v != n {
		return nil, ErrNotThere
	}
	d := k.DebuggerData
	prcb := k.structureAt(a)
	p := &Processor{Number: n, PRCB: a}
	if off, ok := d.offsetPrcbMhz(); ok {
		p.Mhz, _ = prcb.u32(off)
	}
	p.readContext(k, prcb)
	p.DirectoryTableBase, _ = k.tableOf(prcb)
	p.dpcStack, p.interruptStack = prcb.field(d.offsetPrcbDpcStack), prcb.field(d.offsetPrcbIsrStack)
	off, ok := d.offsetPrcbCurrentThread()
	if !ok {
		return p, nil
	}
	current, err := prcb.pointer(off)
	if err != nil {
		return p, nil
	}
	p.readThread(k, current, prcb.field(d.offsetPrcbIdleThread))
	return p, nil
}

// ProcessorNumber returns the number that a PRCB has. Nothing proves that it is a PRCB.
func (k *Kernel) ProcessorNumber(a dmpfile.VirtAddr) (uint32, error) {
	if k.DebuggerData == nil {
		return 0, ErrUnknownLayout
	}
	off, ok := k.DebuggerData.offsetPrcbNumber()
	if !ok {
		return 0, ErrUnknownLayout
	}
	return k.numberOf(k.structureAt(a), off)
}

// numberOf reads the number of a PRCB, which is a byte before Windows 7: other fields follow.
func (k *Kernel) numberOf(prcb structure, off int) (uint32, error) {
	const firstBuildWithNumber32 = 7600
	if k.build() >= firstBuildWithNumber32 {
		return prcb.u32(off)
	}
	b, err := prcb.bytes(off, 1)
	if err != nil {
		return 0, err
	}
	return uint32(b[0]), nil
}

// CurrentThread returns the address that a PRCB has its current thread at. Nothing proves that either is one.
func (k *Kernel) CurrentThread(prcb dmpfile.VirtAddr) (dmpfile.VirtAddr, error) {
	if k.DebuggerData == nil {
		return 0, ErrUnknownLayout
	}
	off, ok := k.DebuggerData.offsetPrcbCurrentThread()
	if !ok {
		return 0, ErrUnknownLayout
	}
	return k.structureAt(prcb).pointer(off)
}

// tableOf returns where the top page table is that an amd64 processor used.
func (k *Kernel) tableOf(prcb structure) (dmpfile.PhysAddr, bool) {
	const cr3 = 0x10 // in KSPECIAL_REGISTERS
	off, ok := k.DebuggerData.offsetPrcbSpecialReg()
	if !ok || k.machine != dmpfile.MachineAMD64 {
		return 0, false
	}
	v, err := prcb.u64(off + cr3)
	const address = 0x000FFFFFFFFFF000
	return dmpfile.PhysAddr(v & address), err == nil
}

// readContext reads the CONTEXT that the PRCB points to, else the one inside it, which is zero after a bug check.
func (p *Processor) readContext(k *Kernel, prcb structure) {
	if a := prcb.field(k.DebuggerData.offsetPrcbContext); a != 0 {
		p.Context, p.ContextAt = k.contextAt(a)
	}
	if off, ok := k.DebuggerData.offsetPrcbStateContext(); ok && p.Context == nil {
		p.Context, p.ContextAt = k.contextAt(prcb.at + dmpfile.VirtAddr(off))
	}
}

// contextAt returns the CONTEXT at an address, and where it is; neither where there is none.
func (k *Kernel) contextAt(a dmpfile.VirtAddr) (*dmpfile.Context, dmpfile.VirtAddr) {
	c, err := ReadContext(k, a, k.machine)
	if err != nil {
		return nil, 0
	}
	return &c, a
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
	if objectType(b[0]) != dispatcherThread || waits != uint64(a)+8 && !k.pointsBack(dmpfile.VirtAddr(waits), a+8) {
		return Thread{}, 0, ErrNotThere
	}
	t.Address = a
	thread := k.structureAt(a)
	if low, high := k.stackOf(thread); low < high {
		t.StackLimit, t.StackBase = low, high
	}
	row := rowFor(k.machine, k.build(), k.DebuggerData)
	if row == nil {
		return t, k.ownerOf(thread), nil
	}
	var ok bool
	t.ProcessID, t.ID, ok = row.idsOf(thread)
	owner, err = thread.pointer(row.owner)
	if !ok || err != nil {
		return Thread{}, 0, ErrNotThere
	}
	return t, owner, nil
}

// ThreadAt reads the thread object at an address, and the process that it belongs to where that is known. The error is ErrUnknownLayout
// without debugger data.
func (k *Kernel) ThreadAt(a dmpfile.VirtAddr) (Thread, *Process, error) {
	if k.DebuggerData == nil {
		return Thread{}, nil, ErrUnknownLayout
	}
	t, owner, err := k.thread(a)
	if err != nil || t.ID == 0 {
		return t, nil, err
	}
	p, err := k.ProcessAt(owner)
	if err != nil || p.ID != t.ProcessID {
		return t, nil, nil
	}
	return t, &p, nil
}

// stackOf returns the limits of a thread's stack, both 0 where one is not known.
func (k *Kernel) stackOf(thread structure) (limit, base dmpfile.VirtAddr) {
	limit, base = thread.field(k.DebuggerData.offsetKThreadStackLimit), thread.field(k.DebuggerData.offsetKThreadStackBase)
	if limit == 0 || base == 0 {
		return 0, 0
	}
	return limit, base
}

// idsOf returns the ids of a thread and of the process that it belongs to. ok is false where they are not in the dump or none.
func (r *buildRow) idsOf(thread structure) (process, id uint64, ok bool) {
	p, err1 := thread.pointer(r.cid)
	t, err2 := thread.pointer(r.cid + thread.bits/8)
	return uint64(p), uint64(t), err1 == nil && err2 == nil && isID(uint64(p)) && isID(uint64(t))
}

// isID says whether a number can be the id of a process or thread.
func isID(n uint64) bool { return n%4 == 0 && n < 1<<32 }

// ownerOf finds the process that a thread belongs to where no row of the table says it. It is the one that the thread is attached to,
// unless it is attached to another; that the two are the same in a kernel of amd64, where the owner has stood at the same offset since
// Windows 8.1, proves it. Else there is none.
func (k *Kernel) ownerOf(thread structure) dmpfile.VirtAddr {
	const ownerAMD64 = 0x220
	off, ok := k.DebuggerData.offsetKThreadApcProcess()
	if !ok || k.machine != dmpfile.MachineAMD64 {
		return 0
	}
	attached, err1 := thread.pointer(off)
	owner, err2 := thread.pointer(ownerAMD64)
	if err1 != nil || err2 != nil || attached != owner {
		return 0
	}
	return owner
}
