package analyze

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/nt"
	"github.com/dmplens/dmplens/report"
)

// needs is what a debugger has to find in a dump, and does not, although the dump does not leave it out.
type needs struct {
	*facts
	deep     bool
	unmapped []part // what Windows never pages out, and no page table leads to
	odd      []part // what entries of page tables lead to that no page table has
	foreign  []part // what other bytes are in the place of
}

// needProcessors is how many processors are looked at where nobody asks for all.
const needProcessors = 16

// checkNeeds looks whether what a debugger needs is what it should be: a copy that went on with other bytes, at the right length, has all
// pages that it should have. Pages that the dump leaves out are no damage.
func (f *facts) checkNeeds(deep bool) {
	if f.kernel == nil || f.Regions.Missing > 0 || f.lacksContent() {
		return
	}
	for _, x := range f.findings {
		if x.severity == report.SeverityError && x.id != report.FindingModuleList {
			return // it is known, and what follows from it would only hide it
		}
	}
	n := needs{facts: f, deep: deep}
	if f.Triage != nil {
		n.copies()
		n.report()
		return
	}
	n.debuggerBlock()
	n.moduleList()
	n.processors()
	n.sharedData()
	n.stack()
	n.images()
	n.tables()
	n.report()
}

// has says whether the dump has the page at an address, and notes where it should and does not.
func (n *needs) has(what string, a dmpfile.VirtAddr) bool {
	state, err := n.kernel.PageState(a)
	if err != nil { // the limit: it was not looked for
		return false
	}
	p := part{fmt.Sprintf("%s at %s", what, n.pointer(a)), n.tableOf(a, state)}
	switch state {
	case nt.PageImpossible:
		n.odd = append(n.odd, p)
	case nt.PageUnmapped, nt.PageInTransition:
		n.unmapped = append(n.unmapped, p)
	}
	return state == nt.PageStored
}

// tableOf returns the file offset of the last page table on the way to what is not there.
func (n *needs) tableOf(a dmpfile.VirtAddr, state nt.PageState) int64 {
	if state == nt.PageStored {
		return 0
	}
	if tables := n.kernel.Tables(a); len(tables) > 0 {
		return tables[len(tables)-1]
	}
	return n.Offset(dmpfile.FieldDirectoryTableBase)
}

func (n *needs) isForeign(what string, a dmpfile.VirtAddr) {
	off, _ := n.kernel.FileOffset(a)
	n.foreign = append(n.foreign, part{fmt.Sprintf("%s at %s", what, n.pointer(a)), off})
}

// isPointer says whether an address can be that of an object of the kernel.
func (n *needs) isPointer(a dmpfile.VirtAddr) bool {
	if n.Bits == 32 {
		return a >= 0x80000000 && a%4 == 0
	}
	return int64(a)>>56 == -1 && a%8 == 0
}

func (n *needs) debuggerBlock() {
	const what = "the debugger data block"
	at, ok := n.KdDebuggerDataBlock()
	if !ok || at == 0 || n.kernel.DebuggerData != nil || !n.has(what, at) {
		return
	}
	b := make([]byte, 0x340) // as long as the block of Windows Vista
	if _, err := n.kernel.ReadVirtual(b, at); err == nil && n.kernel.DebuggerState == nt.DebuggerDataUnreadable && !looksEncoded(b) {
		n.isForeign(what, at)
	}
}

// looksEncoded says whether b can be a debugger data block that is encoded. Its words are encoded alike, and some are zero in plain.
func looksEncoded(b []byte) bool {
	count, most := map[uint64]int{}, 0
	for i := 0; i+8 <= len(b); i += 8 {
		v := binary.LittleEndian.Uint64(b[i:])
		count[v]++
		most = max(most, count[v])
	}
	return most >= 3 && len(count) >= len(b)/16
}

func (n *needs) moduleList() {
	var list *nt.ListError
	if !errors.As(n.listed, &list) || errors.Is(list, nt.ErrLimit) || list.Entry == 0 {
		return
	}
	what := fmt.Sprintf("entry %d of the list of loaded modules", list.Entry)
	if !n.has(what, list.At) || !errors.Is(list, nt.ErrBackLink) {
		return
	}
	b := make([]byte, n.Bits/4) // a LIST_ENTRY: where both are pointers, what crashed the system can have broken the list
	if _, err := n.kernel.ReadVirtual(b, list.At); err == nil && !(n.isPointer(n.pointerIn(b)) && n.isPointer(n.pointerIn(b[n.Bits/8:]))) {
		n.isForeign(what, list.At)
	}
}

// pointerIn is the pointer that b begins with.
func (n *needs) pointerIn(b []byte) dmpfile.VirtAddr {
	if n.Bits == 32 {
		return dmpfile.VirtAddr(binary.LittleEndian.Uint32(b))
	}
	return dmpfile.VirtAddr(binary.LittleEndian.Uint64(b))
}

func (n *needs) processors() {
	count, _ := n.NumberProcessors()
	if n.kernel.DebuggerData == nil || count > maxProcessors {
		return
	}
	if at, ok := n.kernel.DebuggerData.KiProcessorBlock(); ok && !n.has("KiProcessorBlock", at) {
		return
	}
	if !n.deep {
		count = min(count, needProcessors)
	}
	// A tool that copies memory while the system goes on can have threads that ended since: not all, and not its own.
	var gone, others []part
	some, own := false, false // whether one can be sound, and whether that of the processor that captured the dump is not
	for i := range count {
		thread, ok := n.processor(i)
		if !ok || i > 0 && n.snapshot.Thread != nil && !n.deep {
			continue
		}
		state, err := n.kernel.PageState(thread)
		is, _ := n.kernel.IsThread(thread)
		p := part{fmt.Sprintf("the current thread of processor %d at %s", i, n.pointer(thread)), n.tableOf(thread, state)}
		current := n.snapshot.Processor != nil && *n.snapshot.Processor == i
		switch {
		case err != nil:
			continue
		case state == nt.PageImpossible:
			n.odd = append(n.odd, p)
			continue
		case state == nt.PageUnmapped, state == nt.PageInTransition:
			gone = append(gone, p)
		case state == nt.PageStored && !is:
			p.off, _ = n.kernel.FileOffset(thread)
			others = append(others, p)
		default:
			some = true
			continue
		}
		own = own || current
	}
	if !some || own {
		n.unmapped, n.foreign = append(n.unmapped, gone...), append(n.foreign, others...)
	}
}

// processor looks at the PRCB of a processor, and returns where its current thread is; ok is false where that is not known.
func (n *needs) processor(i uint32) (thread dmpfile.VirtAddr, ok bool) {
	prcb, _, err := n.kernel.ProcessorArea(i)
	if err != nil {
		return 0, false // a count that is too large; or not known
	}
	what := fmt.Sprintf("the PRCB of processor %d", i)
	if !n.isPointer(prcb) {
		at, _ := n.kernel.DebuggerData.KiProcessorBlock()
		n.isForeign(fmt.Sprintf("entry %d of KiProcessorBlock", i), at)
		return 0, false
	}
	if !n.has(what, prcb) {
		return 0, false
	}
	number, err := n.kernel.ProcessorNumber(prcb)
	if err != nil {
		return 0, false
	}
	thread, err = n.kernel.CurrentThread(prcb)
	if number != i || err == nil && !n.isPointer(thread) {
		n.isForeign(what, prcb)
		return 0, false
	}
	return thread, err == nil
}

func (n *needs) sharedData() {
	const what = "KUSER_SHARED_DATA"
	at := nt.SharedDataAddress(n.Bits)
	if !n.has(what, at) || n.shared != nil {
		return
	}
	if _, err := nt.ReadSharedData(n.kernel, n.Bits); errors.Is(err, nt.ErrNotThere) {
		n.isForeign(what, at)
	}
}

// stack looks at the stack that the header's context is on.
func (n *needs) stack() {
	const what = "the current stack"
	top, sp := n.snapshot.StackTop, n.context.SP
	if !n.hasContext || top <= sp {
		if n.hasContext && n.isPointer(sp) {
			if state, err := n.kernel.PageState(sp); err == nil && state == nt.PageImpossible { // it can be past the end of a stack, where nothing is mapped
				n.odd = append(n.odd, part{fmt.Sprintf("%s at %s", what, n.pointer(sp)), n.tableOf(sp, state)})
			}
		}
		return
	}
	if !n.has(what, sp) {
		return
	}
	b := make([]byte, min(top-sp, 2*dmpfile.PageSize))
	got, _ := n.kernel.ReadVirtual(b, sp)
	if b = b[:got]; len(b) >= minStack && !n.looksStack(b, sp, top) {
		n.isForeign(what, sp)
	}
}

// looksStack says whether a stack has addresses of the stack or of modules in it, or little at all. One word in twenty is less than any stack
// of 32 bits has, and more than other bytes, of which some are addresses by chance; of 64 bits, none is.
func (n *needs) looksStack(b []byte, sp, top dmpfile.VirtAddr) bool {
	size := n.Bits / 8
	used, addresses := 0, 0
	for ; len(b) >= size; b = b[size:] {
		a := n.pointerIn(b)
		if a == 0 {
			continue
		}
		used++
		if sp-dmpfile.PageSize <= a && a <= top || !n.isNoKernelAddress(a) && n.placeOf(a).module != nil {
			if n.Bits == 64 {
				return true
			}
			addresses++
		}
	}
	if n.Bits == 32 && addresses*20 >= used {
		return true
	}
	return used*size < minStack/2
}

// copies looks at the copies of a small dump, of which the debugger data knows the sizes, and at its stack. One that is all zeros is another
// matter.
func (n *needs) copies() {
	const typeOfProcess, typeOfThread = 3, 6 // in the header that both begin with
	t, d := n.Triage, n.snapshot.DebuggerData
	if d == nil {
		return
	}
	size := d.CopySizes()
	add := func(what string, off uint32) {
		n.foreign = append(n.foreign, part{fmt.Sprintf("%s at offset %#x", what, off), int64(off)})
	}
	is := func(off uint32, size int, kind byte) bool {
		b, err := t.Section("", off, size)
		return err != nil || len(b) == 0 || b[0] == kind || allZero(b)
	}
	count, _ := n.NumberProcessors()
	if i := n.snapshot.Processor; i != nil && (count > 0 && *i >= count || !n.isPointer(n.snapshot.CurrentThread)) {
		add("the PRCB", t.PrcbOffset)
	}
	if !is(t.ProcessOffset, size[1], typeOfProcess) {
		add("the process", t.ProcessOffset)
	}
	if !is(t.ThreadOffset, size[2], typeOfThread) {
		add("the thread", t.ThreadOffset)
	}
	low, high, ok := t.Stack()
	if !ok || n.listed != nil {
		return
	}
	b, err := t.Section("", t.CallStackOffset, int(min(high-low, 2*dmpfile.PageSize)))
	if err == nil && len(b) >= minStack && !n.looksStack(b, low, high) {
		add("the stack", t.CallStackOffset)
	}
}

// minStack is how many bytes of a stack have an address in it, of the stack or of code.
const minStack = 0x100

// images looks at the images of the kernel and of the HAL, and for a deep check at the headers of all.
func (n *needs) images() {
	m := n.kernelModule()
	if m == nil || n.listed != nil && !n.deep {
		return
	}
	n.oddPages(report.ValidUTF8(m.Name), m.Base, uint64(m.Size))
	if hal := n.halModule(); hal != nil {
		n.oddPages(report.ValidUTF8(hal.Name), hal.Base, uint64(hal.Size))
	}
	if n.hasOtherHeader(m) {
		n.isForeign("the header of "+report.ValidUTF8(m.Name), m.Base)
	}
	if !n.deep {
		return
	}
	var others []*nt.Module
	for i, m := range n.modules.All() {
		if i > 0 && n.hasOtherHeader(m) {
			others = append(others, m)
		}
	}
	if len(others) >= 3 { // a driver can have wiped its own
		n.isForeign(fmt.Sprintf("the headers of %d other images, as of %s", len(others), report.ValidUTF8(others[0].Name)), others[0].Base)
	}
}

// hasOtherHeader says whether an image begins as none does, in a page that is there. One that is all zeros is another matter.
func (n *needs) hasOtherHeader(m *nt.Module) bool {
	b := make([]byte, 64)
	_, err := n.kernel.ReadVirtual(b, m.Base)
	return err == nil && string(b[:2]) != "MZ" && !allZero(b)
}

// fewOdd is how many impossible entries of page tables are no accident of the file: fewer can be what the system crashed of, such as a bit of
// memory that flipped.
const fewOdd = 4

// oddPages notes a range of memory where page tables lead to impossible places.
func (n *needs) oddPages(what string, a dmpfile.VirtAddr, size uint64) {
	u, err := n.kernel.Pages(a, size)
	if err != nil || u.Impossible < fewOdd {
		return
	}
	n.odd = append(n.odd, part{"pages of " + what, n.tableOf(a, nt.PageImpossible)})
}

// tables looks at page tables whatever they lead to: those of the current process's half, and for a deep check the kernel's too.
func (n *needs) tables() {
	const most = 1 << 10
	if u, err := n.kernel.UserPages(most); err == nil && u.Impossible >= fewOdd {
		n.odd = append(n.odd, part{"memory of the current process", n.tableOf(0, nt.PageImpossible)})
	}
	if !n.deep {
		return
	}
	if odd, err := n.kernel.MappedPages(func(dmpfile.VirtAddr, int64) {}); err == nil && odd >= fewOdd {
		n.odd = append(n.odd, part{"memory of the kernel", n.Offset(dmpfile.FieldDirectoryTableBase)})
	}
}

func (n *needs) report() {
	var says []string
	var off int64
	if len(n.odd) > 0 {
		says = append(says, "lead far behind the end of memory, or have bits set that must not be, for "+listed(n.odd))
		off = n.odd[0].off
	}
	if len(n.unmapped) > 0 {
		says = append(says, "lead nowhere for "+listed(n.unmapped)+", which Windows keeps in memory")
		off = n.unmapped[0].off
	}
	if says != nil {
		n.note(report.SeverityError, report.FindingPageTables, off, "page tables %s: other bytes have taken their place", strings.Join(says, "; they "))
	}
	if len(n.foreign) > 0 {
		n.note(report.SeverityError, report.FindingForeignContent, n.foreign[0].off, "what the kernel has in these places is not there, other bytes are: %s", listed(n.foreign))
	}
}
