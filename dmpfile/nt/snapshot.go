package nt

import "github.com/dmplens/dmplens/dmpfile"

// interruptStackSize is the size of the DPC and interrupt stacks of an amd64 kernel, below the pointer that the PRCB holds.
const interruptStackSize = 0x6000

// maxStack is more than the size of any kernel stack.
const maxStack = 1 << 20

// kindOfStack compares a stack pointer with the limits of the thread's stack, and then with the tops of the processor's DPC and
// interrupt stacks, which are known in size for amd64 alone. It is "" where the limits are not known.
func kindOfStack(sp, limit, base dmpfile.VirtAddr, m dmpfile.Machine, dpc, interrupt dmpfile.VirtAddr) StackKind {
	onTop := func(top dmpfile.VirtAddr) bool {
		return m == dmpfile.MachineAMD64 && top != 0 && sp <= top && top-sp < interruptStackSize
	}
	switch {
	case limit == 0 || limit >= base || base-limit > maxStack || sp == 0:
		return ""
	case limit <= sp && sp <= base:
		return ThreadStack
	case onTop(dpc):
		return DPCStack
	case onTop(interrupt):
		return InterruptStack
	}
	return OtherStack
}

// snapshotPages is how many pages a Snapshot reads of those that the Kernel may. It is enough for some fifty processors, and for twice
// as many where their page tables tell them apart.
const snapshotPages = 100

// Snapshot finds the processor that crashed or captured the dump, and what it was doing. That is the processor on one of whose stacks
// the header's stack pointer lies, or that saved the header's context. Where no processor shows that, the fields are not set, nor where
// it would take too many pages to look at all of them. For a triage dump see ReadTriage.
func (k *Kernel) Snapshot() *Snapshot {
	s := &Snapshot{DebuggerData: k.DebuggerData}
	s.BuildLab, _ = k.BuildLab()
	c, ok := k.file.Context()
	if !ok || k.DebuggerData == nil {
		return s
	}
	if p := k.pages; p != nil && p.left > snapshotPages && p.left < 10*snapshotPages {
		rest := p.left - snapshotPages
		p.left = snapshotPages
		defer func() { p.left += rest }()
	}
	likely := k.likelyProcessors()
	found := func(n uint32) bool {
		p, err := k.Processor(n)
		if err != nil {
			return false
		}
		saved := p.Context != nil && p.Context.IP == c.IP && p.Context.SP == c.SP
		var kind StackKind
		if t := p.Thread; t != nil {
			kind = kindOfStack(c.SP, t.StackLimit, t.StackBase, k.machine, p.dpcStack, p.interruptStack)
		}
		if !saved && (kind == "" || kind == OtherStack) {
			return false
		}
		s.Processor, s.Thread, s.Process, s.Idle, s.Stack = &p.Number, p.Thread, p.Process, p.Idle, kind
		s.Context, s.ContextAt = p.Context, p.ContextAt
		s.StackTop = map[StackKind]dmpfile.VirtAddr{DPCStack: p.dpcStack, InterruptStack: p.interruptStack}[kind]
		if kind == ThreadStack {
			s.StackTop = p.Thread.StackBase
		}
		return true
	}
	// Most are found by the thread's stack, whose limits take fewer pages to read than all else.
	for _, n := range likely {
		if k.onThreadStack(n, c.SP) && found(n) {
			return s
		}
	}
	for _, n := range likely {
		if found(n) {
			return s
		}
	}
	return s
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
	thread, err := k.pointer(prcb + dmpfile.VirtAddr(current))
	if err != nil {
		return false
	}
	low, err1 := k.pointer(thread + dmpfile.VirtAddr(limit))
	high, err2 := k.pointer(thread + dmpfile.VirtAddr(base))
	return err1 == nil && err2 == nil && low <= sp && sp <= high && high-low <= maxStack
}

// likelyProcessors are the processors that used the page tables which the header names, then the others.
func (k *Kernel) likelyProcessors() []uint32 {
	count, _ := k.file.NumberProcessors()
	root, _ := k.DirectoryTable()
	var likely, others []uint32
	for n := range min(count, maxProcessors) {
		if table, ok := k.tableOf(n); ok && table == root {
			likely = append(likely, n)
		} else {
			others = append(others, n)
		}
	}
	return append(likely, others...)
}
