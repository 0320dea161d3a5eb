package nt

import "github.com/dmplens/dmplens/dmpfile"

// interruptStackSize is the size of the DPC and interrupt stacks of an amd64 kernel, below the pointer that the PRCB holds.
const interruptStackSize = 0x6000

// kindOfStack compares a stack pointer with the limits of the thread's stack, and then with the tops of the processor's DPC and
// interrupt stacks, which are known in size for amd64 alone. It is "" where the limits are not known.
func kindOfStack(sp, limit, base dmpfile.VirtAddr, m dmpfile.Machine, dpc, interrupt dmpfile.VirtAddr) StackKind {
	onTop := func(top dmpfile.VirtAddr) bool {
		return m == dmpfile.MachineAMD64 && top != 0 && sp <= top && top-sp < interruptStackSize
	}
	switch {
	case limit == 0 || limit >= base || sp == 0:
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

// Snapshot finds the processor that crashed or captured the dump, and what it was doing. That is the processor on one of whose stacks
// the header's stack pointer lies, or that saved the header's context. Where no processor shows that, the fields are not set. For a
// triage dump see ReadTriage.
func (k *Kernel) Snapshot() *Snapshot {
	s := &Snapshot{DebuggerData: k.DebuggerData}
	s.BuildLab, _ = k.BuildLab()
	c, ok := k.file.Context()
	if !ok || k.DebuggerData == nil {
		return s
	}
	for _, n := range k.likelyProcessors() {
		p, err := k.Processor(n)
		if err != nil {
			continue
		}
		saved := p.Context != nil && p.Context.IP == c.IP && p.Context.SP == c.SP
		var kind StackKind
		if t := p.Thread; t != nil {
			kind = kindOfStack(c.SP, t.StackLimit, t.StackBase, k.machine, p.dpcStack, p.interruptStack)
		}
		if saved || kind != "" && kind != OtherStack {
			s.Processor, s.Thread, s.Process, s.Idle, s.Stack = &p.Number, p.Thread, p.Process, p.Idle, kind
			s.Context, s.ContextAt = p.Context, p.ContextAt
			break
		}
	}
	return s
}

// likelyProcessors are the processors that used the page tables which the header names, then the others. To look at all of a
// large machine would take more pages than there may be, so no more than a half of these are spent on it.
func (k *Kernel) likelyProcessors() []uint32 {
	count, _ := k.file.NumberProcessors()
	count = min(count, maxProcessors)
	if k.pages != nil {
		count = min(count, uint32(max(k.pages.left, 2)/2))
	}
	root, _ := k.DirectoryTable()
	var likely, others []uint32
	for n := range count {
		if table, ok := k.tableOf(n); ok && table == root {
			likely = append(likely, n)
		} else {
			others = append(others, n)
		}
	}
	return append(likely, others...)
}
