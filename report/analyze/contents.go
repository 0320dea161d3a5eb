package analyze

import (
	"errors"
	"fmt"
	"strings"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/nt"
	"github.com/dmplens/dmplens/report"
)

// image is how much of the kernel's image is in a dump.
type image struct {
	name string
	use  nt.PageUse
}

// readContents looks which of the things that a live dump promises are in a dump.
func (f *facts) readContents() {
	switch {
	case f.kernel == nil:
		return
	case f.Triage != nil:
		f.contents = f.triageContents()
		return
	}
	kernel, hal := f.images()
	f.contents = []report.Content{
		f.debuggerBlock(),
		f.moduleList(),
		f.processorBlock(),
		f.prcbs(),
		f.currentStack(),
		f.pageDirectory(),
		f.area(report.ItemSharedData, nt.SharedDataAddress(f.Bits), dmpfile.PageSize),
		kernel,
		hal,
		f.userPages(),
		f.hypervisorPages(),
	}
}

// triageContents is for a small dump, which has copies of some structures and no pages.
func (f *facts) triageContents() []report.Content {
	list := []report.Content{
		copyState(report.ItemDebuggerBlock, f.snapshot.DebuggerData != nil, "a copy"),
		f.moduleList(),
		f.triageProcessorBlock(),
		f.triagePRCBs(),
		f.triageStack(),
		{Item: report.ItemPageDirectory, State: report.StateNotApplicable},
		f.triageArea(report.ItemSharedData, nt.SharedDataAddress(f.Bits), dmpfile.PageSize),
	}
	for _, item := range []report.Item{report.ItemKernelImage, report.ItemHALImage, report.ItemUserPages, report.ItemHypervisorPages} {
		list = append(list, report.Content{Item: item, State: report.StateNotApplicable})
	}
	return list
}

func copyState(item report.Item, has bool, note string) report.Content {
	if !has {
		return report.Content{Item: item, State: report.StateAbsent}
	}
	return report.Content{Item: item, State: report.StatePresent, Note: note}
}

// triageArea is the state of n bytes of memory in a small dump.
func (f *facts) triageArea(item report.Item, at dmpfile.VirtAddr, n int) report.Content {
	got, _ := f.memory.ReadVirtual(make([]byte, n), at)
	switch {
	case got == n:
		return report.Content{Item: item, State: report.StatePresent}
	case f.Regions.Missing > 0:
		return unknownContent(item, behindEnd)
	}
	return report.Content{Item: item, State: report.StateNotApplicable, Note: "not kept in this small dump"}
}

func (f *facts) triageProcessorBlock() report.Content {
	count, _ := f.NumberProcessors()
	if data := f.snapshot.DebuggerData; data != nil && count > 0 && count <= maxProcessors {
		if at, ok := data.KiProcessorBlock(); ok {
			return f.triageArea(report.ItemProcessorBlock, at, int(count)*f.Bits/8)
		}
	}
	return unknownContent(report.ItemProcessorBlock, noDebuggerData)
}

func (f *facts) triagePRCBs() report.Content {
	count, _ := f.NumberProcessors()
	current := f.snapshot.Processor
	if f.Regions.Missing > 0 && current == nil {
		return unknownContent(report.ItemPRCBs, behindEnd)
	}
	c := copyState(report.ItemPRCBs, f.Triage.PrcbOffset != 0, "")
	if c.State == report.StatePresent && count > 1 && count <= maxProcessors {
		parts := 0
		for n := range count {
			if _, err := f.kernel.Processor(n); err == nil || current != nil && *current == n {
				parts++
			}
		}
		c.Note = "a copy of the current one"
		if parts > 1 {
			c.Note += fmt.Sprintf(", parts of %d of the %d others", parts-1, count-1)
		}
	}
	return c
}

func (f *facts) triageStack() report.Content {
	_, _, has := f.Triage.Stack()
	c := copyState(report.ItemStack, has, "what was captured of it")
	begin := int64(f.Triage.CallStackOffset)
	switch end := begin + int64(f.Triage.SizeOfCallStack); {
	case !has || f.Regions.Missing == 0 || end <= f.Regions.Total:
	case begin >= f.Regions.Total:
		c.State, c.Note = report.StateAbsent, "the file ends before it"
	default:
		c.State, c.Note = report.StatePartial, "the file ends in it"
	}
	return c
}

// behindEnd is why nothing is known of a part that a small dump can have behind the end of a file that is too short.
const behindEnd = "not in what there is of this file"

func unknownContent(item report.Item, why string) report.Content {
	return report.Content{Item: item, State: report.StateUnknown, Note: why}
}

// counted is the state of something that takes so many pages.
func counted(item report.Item, have, of uint64, err error) report.Content {
	c := report.Content{Item: item, State: report.StatePresent, Pages: &have, Of: &of}
	switch {
	case err != nil:
		return unknownContent(item, err.Error())
	case have == 0:
		c.State = report.StateAbsent
	case have < of:
		c.State = report.StatePartial
	}
	return c
}

// area is the state of n bytes of memory.
func (f *facts) area(item report.Item, a dmpfile.VirtAddr, n uint64) report.Content {
	u, err := f.kernel.Pages(a, n)
	return counted(item, u.Have, u.Of, err)
}

const noDebuggerData = "the debugger data block says where it is, and cannot be read"

func (f *facts) debuggerBlock() report.Content {
	const item = report.ItemDebuggerBlock
	at, ok := f.KdDebuggerDataBlock()
	if !ok || at == 0 {
		return unknownContent(item, "the header does not say where it is")
	}
	size := uint64(1)
	if data := f.kernel.DebuggerData; data != nil {
		size = uint64(data.Size())
	}
	c := f.area(item, at, size)
	switch f.kernel.DebuggerState {
	case nt.DebuggerDataEncoded:
		c.Note = "encoded"
	case nt.DebuggerDataUnreadable:
		c.State, c.Note = report.StateUnknown, "what is there is neither plain nor to be decoded"
	}
	return c
}

func (f *facts) moduleList() report.Content {
	c := report.Content{Item: report.ItemModuleList, State: report.StatePresent, Note: fmt.Sprintf("%d modules", f.modules.Len())}
	if f.Triage == nil && f.pageDirectory().State != report.StatePresent {
		return report.Content{Item: c.Item, State: report.StateAbsent}
	}
	switch {
	case errors.Is(f.listed, nt.ErrLimit):
		c.State = report.StateUnknown
		c.Note = fmt.Sprintf("the first %d modules are there; the rest was not looked for", f.modules.Len())
	case f.listed == nil:
	case f.modules.Len() == 0:
		c.State, c.Note = report.StateAbsent, f.listed.Error()
	default:
		c.State, c.Note = report.StatePartial, fmt.Sprintf("%d modules, then %v", f.modules.Len(), f.listed)
	}
	return c
}

func (f *facts) processorBlock() report.Content {
	const item = report.ItemProcessorBlock
	count, _ := f.NumberProcessors()
	if f.kernel.DebuggerData == nil || count == 0 || count > maxProcessors {
		return unknownContent(item, noDebuggerData)
	}
	at, ok := f.kernel.DebuggerData.KiProcessorBlock()
	if !ok {
		return unknownContent(item, noDebuggerData)
	}
	return f.area(item, at, uint64(count)*uint64(f.Bits/8))
}

// maxProcessors is more than Windows supports.
const maxProcessors = 4096

func (f *facts) prcbs() report.Content {
	const item = report.ItemPRCBs
	count, _ := f.NumberProcessors()
	if count == 0 || count > maxProcessors {
		return unknownContent(item, "the header does not say how many processors there are")
	}
	var have, of, gone uint64
	for n := range count {
		a, size, err := f.kernel.ProcessorArea(n)
		switch {
		case errors.Is(err, nt.ErrUnknownLayout):
			return unknownContent(item, noDebuggerData)
		case errors.Is(err, nt.ErrLimit):
			return unknownContent(item, err.Error())
		case err != nil:
			gone++ // its address is not in the dump either
			continue
		}
		u, err := f.kernel.Pages(a, uint64(size))
		if err != nil {
			return unknownContent(item, err.Error())
		}
		have, of = have+u.Have, of+u.Of
	}
	c := counted(item, have, of, nil)
	c.Note = "of one processor"
	if count > 1 {
		c.Note = fmt.Sprintf("of %d processors", count)
	}
	if gone > 0 {
		c.Note = fmt.Sprintf("of %d of %d processors; the addresses of the others are not there", uint64(count)-gone, count)
		if c.State = report.StatePartial; gone == uint64(count) {
			c.State = report.StateAbsent
		}
	}
	return c
}

// currentStack is the stack of the header's context: what is in use of it, else the page of the stack pointer.
func (f *facts) currentStack() report.Content {
	const item = report.ItemStack
	c := f.context
	if !f.hasContext || c.SP == 0 {
		return unknownContent(item, "the header has no context")
	}
	top := f.snapshot.StackTop
	if top <= c.SP {
		r := f.area(item, c.SP, 1)
		r.Note = "the page of the stack pointer; where the stack ends is not known"
		return r
	}
	return f.area(item, c.SP, uint64(top-c.SP))
}

func (f *facts) pageDirectory() report.Content {
	root, _ := f.kernel.DirectoryTable()
	_, ok, err := f.Page(uint64(root) / dmpfile.PageSize)
	have := uint64(0)
	if ok {
		have = 1
	}
	return counted(report.ItemPageDirectory, have, 1, err)
}

// images are the states of the images of the kernel and of the HAL. What Windows discarded after the boot or paged out was not in
// memory: an image is there if all that was is.
func (f *facts) images() (kernel, hal report.Content) {
	const kernelItem, halItem = report.ItemKernelImage, report.ItemHALImage
	look := func(item report.Item, m *nt.Module) report.Content {
		u, err := f.kernel.Pages(m.Base, uint64(m.Size))
		c := counted(item, u.Have, u.Of, err)
		if err != nil {
			return c
		}
		if item == report.ItemKernelImage {
			f.image = image{m.Name, u}
		}
		c.Note = report.ValidUTF8(m.Name)
		if u.Have > 0 && u.Have < u.Of {
			c.Note += fmt.Sprintf("; %d were in memory", u.Mapped)
			if u.Have == u.Mapped {
				c.State = report.StatePresent
			}
		}
		return c
	}
	kernel = unknownContent(kernelItem, "the list of modules does not have it")
	hal = unknownContent(halItem, "the list of modules does not have it")
	if f.listed == nil {
		hal.State, hal.Note = report.StateNotApplicable, "this Windows has no separate HAL"
	}
	if m := f.kernelModule(); m != nil {
		kernel = look(kernelItem, m)
	}
	if m := f.halModule(); m != nil {
		hal = look(halItem, m)
	}
	return kernel, hal
}

// halModule is the HAL's entry in the list of modules, nil where there is none.
func (f *facts) halModule() *nt.Module {
	for _, m := range f.modules.All() {
		if hals[strings.ToLower(m.Name)] {
			return m
		}
	}
	return nil
}

// kernelModule is the kernel's entry in the list of modules, nil where there is none: the one with its base, else the first one.
func (f *facts) kernelModule() *nt.Module {
	base, ok := f.kernel.Base()
	for _, m := range f.modules.All() {
		if !ok || m.Base == base {
			return m
		}
	}
	return nil
}

// hals are the names of the HAL, of which 32-bit Windows had one for each kind of machine. HalExt*.dll are extensions of it.
var hals = map[string]bool{
	"hal.dll": true, "halacpi.dll": true, "halaacpi.dll": true, "halmacpi.dll": true, "halapic.dll": true, "halmps.dll": true, "halsp.dll": true,
}

// userPages looks at the user half of the current address space. A dump of kernel memory has some of its pages too: those that the
// kernel maps as well, as it does with buffers and the heap of a desktop.
func (f *facts) userPages() report.Content {
	const item, most = report.ItemUserPages, 1 << 16
	have, of, missing, err := f.kernel.UserPages(most)
	switch {
	case err != nil && of == 0:
		return unknownContent(item, err.Error())
	case of == 0 && missing > 0:
		return unknownContent(item, "page tables of the current process's user half are not in the dump")
	case of == 0:
		return report.Content{Item: item, State: report.StateNotApplicable, Note: "nothing is mapped in the user half of the current address space"}
	}
	c := counted(item, have, of, nil)
	c.Note = "of the current process"
	if of >= most {
		c.Note = fmt.Sprintf("of the first %d that the current process has", of)
	}
	if have > 0 && have < of/10 {
		c.State = report.StateAbsent
		c.Note += "; so few can be those that the kernel uses too"
	}
	return c
}

// hypervisorPages says what the memory runs tell: memory that the hypervisor keeps to itself is in none of them.
func (f *facts) hypervisorPages() report.Content {
	const item = report.ItemHypervisorPages
	runs, _, ok := f.Memory()
	counts, err := f.PageCounts()
	if !ok || err != nil {
		return unknownContent(item, "nothing in the dump tells them from others")
	}
	inside := uint64(0)
	for _, r := range runs {
		n, err := f.CountPages(r.Base, r.Base+r.Count)
		if err != nil {
			return unknownContent(item, err.Error())
		}
		inside += n
	}
	stored := min(counts.Listed, counts.Declared) - counts.Repeated
	if inside >= stored {
		return unknownContent(item, "no page is outside the memory that Windows manages, which does not rule them out")
	}
	return unknownContent(item, fmt.Sprintf("%d pages are outside the memory that Windows manages: the hypervisor's or the firmware's", stored-inside))
}

// liveContentOf says what kind of live dump this looks like. No bit tells: a full one has nearly all of the kernel's image that was in
// memory, one of kernel stacks only has nearly none of it.
func liveContentOf(f *facts, o origin) *report.LiveContent {
	if f.contents == nil || f.Triage != nil || o.kind != report.KindLive {
		return nil
	}
	l := &report.LiveContent{Kind: report.LiveUnknown}
	u := f.image.use
	if u.Mapped == 0 {
		return l
	}
	switch share := float64(u.Have) / float64(u.Mapped); {
	case share >= 0.5:
		l.Kind = report.LiveFull
	case share < 0.05:
		l.Kind = report.LiveStacks
	}
	l.Evidence = append(l.Evidence, report.Fact{
		Fact:  fmt.Sprintf("%d of the %d pages of %s that were in memory", u.Have, u.Mapped, report.ValidUTF8(f.image.name)),
		Where: "page tables",
	})
	if _, pages, ok := f.Memory(); ok && l.Kind != report.LiveUnknown {
		l.Evidence = append(l.Evidence, report.Fact{Fact: fmt.Sprintf("%d of %d pages of memory", f.Regions.Pages, pages), Where: "sub-header, memory runs"})
	}
	return l
}
