package analyze

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/nt"
	"github.com/dmplens/dmplens/report"
)

// needs looks at what a debugger needs. One place that is wrong says nothing against the file: a bit that flipped, a broken pointer, an
// entry of a page table, a stack that was overwritten are what systems crash of. Several that follow one another in the file, each of a
// fault of its own and with none between them that is right, are other bytes than those of the dump.
type needs struct {
	*facts
	deep      bool
	witnesses []witness      // one for each page of the file, or copy of a small dump, that was judged
	isTable   map[int64]bool // whether pages that are used as page tables can be some
}

// witness is a place in the file. Its weight says how much it speaks for other bytes: 0 where it is right, 1 where it is wrong and one fault
// of the system explains it, and weightOfTable for a page table of which nearly nothing can be one.
type witness struct {
	part
	weight int
	table  int64 // the page table that leads there: where nothing shows that it is the right one, one fault explains all that it leads to
}

const (
	weightOfTable = 2
	weightOfProof = 3 // of witnesses that follow one another
)

// How much is looked at where nobody asks for all.
const (
	needProcessors = 4
	needModules    = 16
	needTables     = 12 // page tables of the kernel's half
	needUserTables = 4
	deepTables     = 512 // of each half, where somebody does
	deepModules    = 1 << 10
)

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
	n := needs{facts: f, deep: deep, isTable: map[int64]bool{}}
	if f.Triage != nil {
		n.copies()
	} else {
		n.debuggerBlock()
		n.moduleList()
		n.processors()
		n.sharedData()
		n.stack()
		n.images()
		n.tables()
	}
	n.report()
}

// add notes a witness. What is right about a page outweighs one thing that is wrong, and what is wrong counts once.
func (n *needs) add(weight int, off int64, what string, args ...any) {
	w := witness{part{fmt.Sprintf(what, args...), off}, weight, off}
	i := slices.IndexFunc(n.witnesses, func(w witness) bool { return w.off == off })
	switch {
	case i < 0:
		n.witnesses = append(n.witnesses, w)
	case weight == weightOfTable, weight == 0 && n.witnesses[i].weight < weightOfTable:
		n.witnesses[i] = w
	}
}

// table judges a page that is used as a page table, and says whether it can be one.
func (n *needs) table(off int64, b []byte) bool {
	const few = 8
	is, known := n.isTable[off]
	if known {
		return is
	}
	valid, odd := n.kernel.TableEntries(b)
	is = odd < few || odd <= valid/2
	n.isTable[off] = is
	switch {
	case !is:
		n.add(weightOfTable, off, "a page table at offset %#x", off)
	case valid >= few && odd == 0:
		n.add(0, off, "")
	}
	return is
}

// sound says whether all page tables on the way to an address can be some: else what follows is no fault of its own.
func (n *needs) sound(a dmpfile.VirtAddr) bool {
	sound := true
	_ = n.kernel.TablesTo(a, func(off int64, b []byte) bool {
		sound = sound && n.table(off, b)
		return sound
	}) // what was found before counts
	return sound
}

// has says whether the dump has the page at an address, to which no pointer leads that can be wrong.
func (n *needs) has(what string, a dmpfile.VirtAddr) bool {
	if !n.sound(a) {
		return false
	}
	tables := n.kernel.Tables(a)
	state, err := n.kernel.PageState(a)
	if err == nil && state == nt.PageUnmapped && len(tables) > 0 {
		n.add(1, tables[len(tables)-1], "the page table of %s at %s", what, n.pointer(a))
	}
	return err == nil && state == nt.PageStored
}

// judge notes what was found at an address. Where that is right, so are the page tables on the way.
func (n *needs) judge(right bool, what string, a dmpfile.VirtAddr) {
	off, ok := n.kernel.FileOffset(a &^ (dmpfile.PageSize - 1))
	switch {
	case !ok || !n.sound(a):
	case !right:
		n.add(1, off, "%s at %s", what, n.pointer(a))
		if tables := n.kernel.Tables(a); len(tables) > 0 {
			for i := range n.witnesses {
				if w := &n.witnesses[i]; w.off == off {
					w.table = tables[len(tables)-1]
				}
			}
		}
	default:
		for _, off := range append(n.kernel.Tables(a), off) {
			n.add(0, off, "")
		}
	}
}

// isPointer says whether an address can be that of an object of the kernel.
func (n *needs) isPointer(a dmpfile.VirtAddr) bool {
	if n.Bits == 32 {
		return a >= 0x80000000 && a%4 == 0
	}
	return int64(a)>>56 == -1 && a%8 == 0
}

// pointerIn is the pointer that b begins with.
func (n *needs) pointerIn(b []byte) dmpfile.VirtAddr {
	if n.Bits == 32 {
		return dmpfile.VirtAddr(binary.LittleEndian.Uint32(b))
	}
	return dmpfile.VirtAddr(binary.LittleEndian.Uint64(b))
}

// debuggerBlock looks at the block where the header has it, which other writers than the kernel can have put anywhere: it counts where it
// lies in the kernel's image, as the head of the list of modules does.
func (n *needs) debuggerBlock() {
	const what, image = "the debugger data block", 16 << 20
	at, _ := n.KdDebuggerDataBlock()
	head, _ := n.PsLoadedModuleList()
	if !n.isPointer(at) || at-head > image && head-at > image || !n.has(what, at) {
		return
	}
	if n.kernel.DebuggerData != nil {
		n.judge(true, what, at)
		return
	}
	b := make([]byte, 0x340) // as long as the block of Windows Vista
	if _, err := n.kernel.ReadVirtual(b, at); err != nil || n.kernel.DebuggerState != nt.DebuggerDataUnreadable || allZero(b) || looksEncoded(b) {
		return
	}
	wrong := 0
	for _, is := range []bool{
		string(b[0x10:0x14]) == "KDBG", binary.LittleEndian.Uint32(b[0x14:]) < 0x1000,
		n.isPointer(n.pointerIn(b[0x18:])), n.pointerIn(b[0x48:]) == head,
	} {
		if !is {
			wrong++
		}
	}
	if wrong >= 3 {
		n.judge(false, what, at)
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

// moduleList looks at the entry where the list of modules breaks: one that has no pointers for links.
func (n *needs) moduleList() {
	var list *nt.ListError
	if !errors.As(n.listed, &list) || list.Entry == 0 || !errors.Is(list, nt.ErrBackLink) {
		return
	}
	b := make([]byte, n.Bits/4) // a LIST_ENTRY
	if _, err := n.kernel.ReadVirtual(b, list.At); err == nil && !n.isPointer(n.pointerIn(b)) && !n.isPointer(n.pointerIn(b[n.Bits/8:])) {
		n.judge(false, fmt.Sprintf("entry %d of the list of loaded modules", list.Entry), list.At)
	}
}

// processors looks at PRCBs and their current threads. Where none is right, one pointer or offset explains it; and a thread can have ended
// while a tool copied the memory.
func (n *needs) processors() {
	count, _ := n.NumberProcessors()
	if n.kernel.DebuggerData == nil || count > maxProcessors {
		return
	}
	if at, ok := n.kernel.DebuggerData.KiProcessorBlock(); !ok || !n.has("KiProcessorBlock", at) {
		return
	}
	if !n.deep {
		count = min(count, needProcessors)
	}
	type structure struct {
		what string
		at   dmpfile.VirtAddr
	}
	var prcbs, threads []structure // that are wrong
	prcbRight, threadRight := false, false
	for i := range count {
		prcb, _, err := n.kernel.ProcessorArea(i)
		number, err2 := n.kernel.ProcessorNumber(prcb)
		if err != nil || err2 != nil {
			continue
		}
		what := fmt.Sprintf("the PRCB of processor %d", i)
		if number != i {
			prcbs = append(prcbs, structure{what, prcb})
			continue
		}
		prcbRight = true
		n.judge(true, what, prcb)
		thread, err := n.kernel.CurrentThread(prcb)
		b := make([]byte, 1)
		if _, err2 := n.kernel.ReadVirtual(b, thread); err != nil || err2 != nil {
			continue
		}
		what = fmt.Sprintf("the current thread of processor %d", i)
		if nt.IsThread(b) {
			threadRight = true
			n.judge(true, what, thread)
			continue
		}
		threads = append(threads, structure{what, thread})
	}
	for i, p := range prcbs {
		if i == 0 || prcbRight {
			n.judge(false, p.what, p.at)
		}
	}
	if len(threads) > 0 && !threadRight {
		n.judge(false, threads[0].what, threads[0].at)
	}
}

func (n *needs) sharedData() {
	const what = "KUSER_SHARED_DATA"
	at := nt.SharedDataAddress(n.Bits)
	if !n.has(what, at) {
		return
	}
	if n.shared != nil {
		n.judge(true, what, at)
		return
	}
	b := make([]byte, 0x3D0)
	if _, err := n.kernel.ReadVirtual(b, at); err != nil || allZero(b) {
		return
	}
	u32 := func(off int) uint32 { return binary.LittleEndian.Uint32(b[off:]) }
	wrong := 0
	for _, is := range []bool{
		u32(0x264) >= 1 && u32(0x264) <= 3, u32(0x26C) >= 5 && u32(0x26C) <= 20, // product type and major version
		u32(0x18) == u32(0x1C), u32(0xC) == u32(0x10), // upper halves of the clocks, stored twice
		b[0x31] == 0 && b[0x32] == ':' && b[0x33] == 0, // the system root
	} {
		if !is {
			wrong++
		}
	}
	if wrong >= 3 {
		n.judge(false, what, at)
	}
}

// overwritesStack says whether the system crashed of a stack that was overwritten, by the code.
func (n *needs) overwritesStack() bool {
	switch n.code.value {
	case 0xF7, 0x139, 0x1AA: // DRIVER_OVERRAN_STACK_BUFFER, KERNEL_SECURITY_CHECK_FAILURE, EXCEPTION_ON_INVALID_STACK
		return true
	}
	return false
}

// minStack is how many bytes of a stack have an address in it, of the stack or of code, and maxStack more than any stack has.
const (
	minStack = 0x100
	maxStack = 1 << 20
)

// stack looks at the stack that the header's context is on.
func (n *needs) stack() {
	const what = "the current stack"
	top, sp := n.snapshot.StackTop, n.context.SP
	if !n.hasContext || top <= sp || !n.has(what, sp) {
		return
	}
	b := make([]byte, min(top-sp, maxStack))
	got, _ := n.kernel.ReadVirtual(b, sp)
	switch right := n.looksStack(b[:got], sp, top); {
	case right:
		n.judge(true, what, sp)
	case !n.overwritesStack():
		n.judge(false, what, sp)
	}
}

// looksStack says whether a stack has addresses of the stack or of modules in it, or little at all. Of 64 bits one is enough; other bytes are
// such an address of 32 bits by chance, so that more of them have to be there, in all or close together.
func (n *needs) looksStack(b []byte, sp, top dmpfile.VirtAddr) bool {
	const near = 64 // words, of which 8 are addresses
	size := n.Bits / 8
	used, addresses, close := 0, 0, 0
	for i := 0; len(b) >= size; b, i = b[size:], i+1 {
		if i%near == 0 {
			close = 0
		}
		a := n.pointerIn(b)
		if a == 0 {
			continue
		}
		used++
		if sp-dmpfile.PageSize <= a && a <= top || !n.isNoKernelAddress(a) && n.placeOf(a).module != nil {
			addresses++
			if close++; n.Bits == 64 || close >= near/8 {
				return true
			}
		}
	}
	return used*size < minStack/2 || n.Bits == 32 && addresses*20 >= used
}

// copies looks at the copies of a small dump, of which the debugger data knows the sizes, and at its stack. One that is all zeros is another
// matter.
func (n *needs) copies() {
	t, d := n.Triage, n.snapshot.DebuggerData
	if d == nil {
		return
	}
	size := d.CopySizes()
	add := func(right bool, what string, off uint32) {
		weight := 1
		if right {
			weight = 0
		}
		n.add(weight, int64(off), "%s at offset %#x", what, off)
	}
	count, _ := n.NumberProcessors()
	if i := n.snapshot.Processor; i != nil {
		add((count == 0 || *i < count) && n.isPointer(n.snapshot.CurrentThread), "the PRCB", t.PrcbOffset)
	}
	if b, err := t.Section("", t.ProcessOffset, size[1]); err == nil && len(b) > 0 && !allZero(b) {
		add(nt.IsProcess(b), "the process", t.ProcessOffset)
	}
	if b, err := t.Section("", t.ThreadOffset, size[2]); err == nil && len(b) > 0 && !allZero(b) {
		add(nt.IsThread(b), "the thread", t.ThreadOffset)
	}
	low, high, ok := t.Stack()
	if !ok || n.listed != nil {
		return
	}
	if b, err := t.Section("", t.CallStackOffset, int(min(high-low, maxStack))); err == nil && !allZero(b) {
		if right := n.looksStack(b, low, high); right || !n.overwritesStack() {
			add(right, "the stack", t.CallStackOffset)
		}
	}
}

// images looks at the headers of the images of the kernel, of the HAL and of others.
func (n *needs) images() {
	var others []*nt.Module
	kernel, hal := n.kernelModule(), n.halModule()
	for i, m := range n.modules.All() {
		if m != kernel && m != hal && (i >= needModules && !n.deep || i >= deepModules) {
			continue
		}
		b := make([]byte, 64)
		_, err := n.kernel.ReadVirtual(b, m.Base)
		switch {
		case err != nil || allZero(b):
		case string(b[:2]) == "MZ":
			n.judge(true, "", m.Base)
		case m == kernel || m == hal:
			n.judge(false, "the header of "+report.ValidUTF8(m.Name), m.Base)
		default:
			others = append(others, m)
		}
	}
	if len(others) < 3 { // a driver can have wiped its own
		return
	}
	for _, m := range others {
		n.judge(false, "the header of "+report.ValidUTF8(m.Name), m.Base)
	}
}

// tables looks at page tables whatever they lead to, those of the current process and of the kernel.
func (n *needs) tables() {
	lastUser, kernel, last := dmpfile.VirtAddr(0x7FFFFFFFFFFF), dmpfile.VirtAddr(0xFFFF800000000000), ^dmpfile.VirtAddr(0)
	if n.Bits == 32 {
		lastUser, kernel, last = 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF
	}
	ofUser, ofKernel := needUserTables, needTables
	if n.deep {
		ofUser, ofKernel = deepTables, deepTables
	}
	_ = n.kernel.EachTable(0, lastUser, ofUser, n.table) // what was found before counts
	_ = n.kernel.EachTable(kernel, last, ofKernel, n.table)
}

// report says which places that follow one another weigh the most, where that is enough.
func (n *needs) report() {
	slices.SortFunc(n.witnesses, func(a, b witness) int { return int(min(max(a.off-b.off, -1), 1)) })
	right := map[int64]bool{}
	for _, w := range n.witnesses {
		right[w.off] = w.weight == 0
	}
	var run, best []part
	weight, most, tables := 0, 0, false
	counted := map[int64]bool{}
	for _, w := range n.witnesses {
		if w.weight == 0 {
			run, weight = nil, 0
			continue
		}
		if run = append(run, w.part); right[w.table] || !counted[w.table] {
			weight += w.weight
		}
		counted[w.table] = true
		if weight > most {
			best, most = run, weight
		}
	}
	if most < weightOfProof {
		return
	}
	for _, w := range n.witnesses {
		tables = tables || w.weight == weightOfTable && slices.Contains(best, w.part)
	}
	id := report.FindingForeignContent
	if tables {
		id = report.FindingPageTables
	}
	n.note(report.SeverityError, id, best[0].off, "other bytes than those of the dump are in places of the file that follow one another: %s", listed(best))
}
