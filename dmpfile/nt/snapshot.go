package nt

import (
	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/internal/bin"
)

// StackKind says whose stack was captured.
type StackKind string

// Kinds of a captured stack. Anything but the thread's own means that the current thread was interrupted by what ran on the
// stack, so its process and thread are not those of the crash.
const (
	ThreadStack    StackKind = "thread"
	DPCStack       StackKind = "dpc"
	InterruptStack StackKind = "interrupt"
	OtherStack     StackKind = "other" // not the thread's own; which one is not known
)

// Snapshot is what the kernel structures say of the moment of the crash or capture. A nil or zero field is not known.
type Snapshot struct {
	DebuggerData *DebuggerData
	BuildLab     string // "26100.1.amd64fre.ge_release.240331-1435"
	Processor    *uint32
	Thread       *Thread
	Process      *Process
	// CurrentThread is where the PRCB has its current thread, of a triage dump, whatever there is at it.
	CurrentThread dmpfile.VirtAddr
	Idle          bool             // the current thread is the processor's idle thread
	Stack         StackKind        // "" where the thread's stack limits are not known
	StackTop      dmpfile.VirtAddr // where that stack begins, its highest address; dumps of pages only

	stacks    stacks
	context   *dmpfile.Context // see Context
	contextAt dmpfile.VirtAddr // where it is to be read where it was not
}

// stacks are the stacks of a processor and of its current thread.
type stacks struct {
	machine        dmpfile.Machine
	limit, base    dmpfile.VirtAddr // of the thread's
	dpc, interrupt dmpfile.VirtAddr // their tops
}

// Context returns what the current processor saved (PRCB.Context), nil where that is not known. It can be read from m then, the memory of
// the kernel.
func (s *Snapshot) Context(m Memory) *dmpfile.Context {
	if s.context == nil && s.contextAt != 0 {
		if c, err := ReadContext(m, s.contextAt, s.stacks.machine); err == nil {
			s.context = &c
		}
		s.contextAt = 0
	}
	return s.context
}

// StackOf says on which stack of the current processor an address lies: "" where that is not known.
func (s *Snapshot) StackOf(sp dmpfile.VirtAddr) StackKind { return s.stacks.kindOf(sp) }

// Snapshot finds the processor that crashed or captured the dump, and what it was doing. A triage dump has copies of that processor's
// structures. Of a dump of pages it is the processor on one of whose stacks the header's stack pointer lies, or that saved the header's
// context. Where no processor shows that, the fields are not set, nor where it would take too many pages to look at all of them. Without
// debugger data nothing is known.
func (k *Kernel) Snapshot() *Snapshot {
	s := &Snapshot{DebuggerData: k.DebuggerData}
	if k.DebuggerData == nil {
		return s
	}
	s.BuildLab, _ = k.BuildLab()
	defer k.spend(k.budget.Snapshot)()
	k.store.current(k, s)
	return s
}

// Interrupted reads the trap frame of what was interrupted when an amd64 processor changed to its interrupt stack, which begins with a pointer
// to it. The error is ErrUnknownLayout where that stack is not known.
func (s *Snapshot) Interrupted(m Memory) (a dmpfile.VirtAddr, t TrapFrame, err error) {
	if s.stacks.machine != dmpfile.MachineAMD64 || s.stacks.interrupt == 0 {
		return 0, TrapFrame{}, ErrUnknownLayout
	}
	b, err := readAll(m, s.stacks.interrupt-0x10, 8)
	if err != nil {
		return 0, TrapFrame{}, err
	}
	v, _ := bin.U64(b, 0)
	a = dmpfile.VirtAddr(v)
	t, err = ReadTrapFrame(m, a, dmpfile.MachineAMD64)
	return a, t, err
}

// interruptStackSize is the size of the DPC and interrupt stacks of an amd64 kernel, below the pointer that the PRCB holds.
const interruptStackSize = 0x6000

// maxStack is more than the size of any kernel stack.
const maxStack = 1 << 20

// kindOf compares a stack pointer with the limits of the thread's stack, and then with the tops of the processor's DPC and
// interrupt stacks, which are known in size for amd64 alone. It is "" where the limits are not known.
func (s *stacks) kindOf(sp dmpfile.VirtAddr) StackKind {
	onTop := func(top dmpfile.VirtAddr) bool {
		return s.machine == dmpfile.MachineAMD64 && top != 0 && sp <= top && top-sp < interruptStackSize
	}
	switch {
	case s.limit == 0 || s.limit >= s.base || s.base-s.limit > maxStack || sp == 0:
		return ""
	case s.limit <= sp && sp <= s.base:
		return ThreadStack
	case onTop(s.dpc):
		return DPCStack
	case onTop(s.interrupt):
		return InterruptStack
	}
	return OtherStack
}

// current finds the processor among all.
func (p *pages) current(k *Kernel, s *Snapshot) {
	c, ok := p.file.Context()
	if !ok {
		return
	}
	likely := k.likelyProcessors()
	found := func(n uint32) bool {
		p, err := k.Processor(n)
		if err != nil {
			return false
		}
		saved := p.Context != nil && p.Context.IP == c.IP && p.Context.SP == c.SP
		var all stacks
		if t := p.Thread; t != nil {
			all = stacks{k.machine, t.StackLimit, t.StackBase, p.dpcStack, p.interruptStack}
		}
		kind := all.kindOf(c.SP)
		if !saved && (kind == "" || kind == OtherStack) {
			return false
		}
		s.Processor, s.Thread, s.Process, s.Idle, s.Stack = &p.Number, p.Thread, p.Process, p.Idle, kind
		s.context, s.stacks = p.Context, all
		s.StackTop = map[StackKind]dmpfile.VirtAddr{DPCStack: p.dpcStack, InterruptStack: p.interruptStack}[kind]
		if kind == ThreadStack {
			s.StackTop = p.Thread.StackBase
		}
		return true
	}
	// Most are found by the thread's stack, whose limits take fewer pages to read than all else.
	for _, n := range likely {
		if k.onThreadStack(n, c.SP) && found(n) {
			return
		}
	}
	for _, n := range likely {
		if found(n) {
			return
		}
	}
}

// onThreadStack says whether a stack pointer is on the stack of the thread that a processor runs.
func (k *Kernel) onThreadStack(n uint32, sp dmpfile.VirtAddr) bool {
	d := k.DebuggerData
	current, ok1 := d.offsetPrcbCurrentThread()
	limit, ok2 := d.offsetKThreadStackLimit()
	base, ok3 := d.offsetKThreadStackBase()
	prcb, err := k.prcb(n)
	if !ok1 || !ok2 || !ok3 || err != nil {
		return false
	}
	thread, err := k.structureAt(prcb).pointer(current)
	if err != nil {
		return false
	}
	low, err1 := k.structureAt(thread).pointer(limit)
	high, err2 := k.structureAt(thread).pointer(base)
	return err1 == nil && err2 == nil && low <= sp && sp <= high && high-low <= maxStack
}

// likelyProcessors are the processors that used the page tables which the header names, then the others.
func (k *Kernel) likelyProcessors() []uint32 {
	count, _ := k.file.NumberProcessors()
	root, _ := k.DirectoryTable()
	var likely, others []uint32
	for n := range min(count, maxProcessors) {
		table, ok := dmpfile.PhysAddr(0), false
		if prcb, err := k.prcb(n); err == nil {
			table, ok = k.tableOf(k.structureAt(prcb))
		}
		if ok && table == root {
			likely = append(likely, n)
		} else {
			others = append(others, n)
		}
	}
	return append(likely, others...)
}

// current reads the copies of the processor, the process and the thread. The last two are taken where they confirm each other.
func (b *blocks) current(k *Kernel, s *Snapshot) {
	d := k.DebuggerData
	prcb := b.copyOf("the PRCB", b.PrcbOffset, d.sizePrcb)
	process := b.copyOf("the process", b.ProcessOffset, d.sizeEProcess)
	thread := b.copyOf("the thread", b.ThreadOffset, d.sizeEThread)

	sp := b.TopOfStack
	if c, ok := b.file.Context(); ok {
		sp = c.SP // in a dump of an exception this is the exception's
	}
	limit, base := k.stackOf(thread)
	s.stacks = stacks{k.machine, limit, base, prcb.field(d.offsetPrcbDpcStack), prcb.field(d.offsetPrcbIsrStack)}
	s.Stack = s.stacks.kindOf(sp)
	if off, ok := d.offsetPrcbNumber(); ok {
		if n, err := k.numberOf(prcb, off); err == nil {
			s.Processor = &n
		}
	}
	s.CurrentThread = prcb.field(d.offsetPrcbCurrentThread)
	s.contextAt = prcb.field(d.offsetPrcbContext)
	row := rowFor(k.machine, k.build(), d)
	if row == nil {
		return
	}
	owner, id, ok := row.idsOf(thread)
	current, idle := s.CurrentThread, prcb.field(d.offsetPrcbIdleThread)
	p, err := process.process(row.uniqueProcessID, row.imageFileName)
	switch {
	case !ok || err != nil && err != ErrNotThere: // a copy is not there
	case idle != 0 && idle == current && owner == 0 && id == 0:
		// The copy of the process is the one that an idle thread is attached to (System), not its own.
		s.Process, s.Thread, s.Idle = &Process{Name: "Idle"}, &Thread{Address: current}, true
	case err == nil && p.ID == owner && owner != 0 && id != 0:
		s.Process, s.Thread = &p, &Thread{Address: current, ProcessID: owner, ID: id}
	}
}

// copyOf returns the copy of a structure whose length the debugger data states.
func (b *blocks) copyOf(name string, off uint32, size func() (int, bool)) structure {
	n, _ := size()
	c, _ := b.Section(name, off, n)
	return structure{copied(c), 0, b.file.Bits}
}
