package analyze

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/nt"
	"github.com/dmplens/dmplens/report"
)

// tail is what follows from the zeros that a file ends in. A copy that stopped in a file that was made as long before looks so, and so
// does memory that nothing uses.
type tail struct {
	dmpfile.ZeroTail
	likely string // why it looks as if the copy stopped, "" where it does not
	proof  []part
	dump   int64 // how long the dump in the file is, where bytes follow that are no part of it; else 0
}

// part is something that is not as it should be, with its file offset.
type part struct {
	what string
	off  int64
}

// readTail looks whether the end of the file was written, and whether what is never zeros is.
func (f *facts) readTail(depth report.Depth) {
	if f.OnlyHead() || !f.Encrypted() && (!f.Regions.Known || f.Regions.Missing > 0) {
		return
	}
	zeros, err := f.ZeroTail()
	if err != nil {
		f.note(report.SeverityError, report.FindingReadError, f.Regions.PrimaryEnd(), "the end of the file cannot be read: %v", err)
		return
	}
	t := &f.tail
	t.ZeroTail = zeros
	if f.Encrypted() {
		if f.Regions.Total-zeros.Offset >= minPadding {
			t.likely = "encrypted data has no such zeros"
			f.noteTail()
		}
		return
	}
	f.readEnd()
	deep := depth == report.DepthDeep
	if zeros.Offset < f.Regions.PrimaryEnd() && f.kernel != nil {
		k := f.kernel
		if f.Triage == nil { // what was read before has used up its pages
			if fresh, err := nt.ReadKernel(f.File, nt.BudgetOf(tailPages)); err == nil {
				k = fresh
			}
		}
		t.proof = append(f.zeroParts(k, func(off int64) bool { return off >= zeros.Offset }, true), t.proof...)
		if f.Triage == nil && t.likely == "" {
			t.likely = f.unusual()
		}
	}
	f.noteTail()
	if len(t.proof) > 0 || f.kernel == nil {
		return
	}
	if list := f.zeroParts(f.kernel, f.zeroPages(), deep || f.lacksProcessors()); len(list) > 0 {
		f.note(report.SeverityError, report.FindingZeroContent, list[0].off, "what is never zeros is: %s", listed(list))
	}
}

// lacksProcessors says whether the debugger data leads to no processor, or to some that are not there: something on the way can be zeros.
func (f *facts) lacksProcessors() bool {
	if f.kernel.DebuggerData == nil || f.Triage != nil {
		return false
	}
	for _, c := range f.contents {
		if c.Item == report.ItemPRCBs {
			return c.State == report.StateAbsent || c.State == report.StatePartial
		}
	}
	return f.snapshot.Processor == nil
}

// tailPages is how many pages are read to find out what lies in the zeros.
const tailPages = 512

// zeroPages returns what reads a page at a file offset and says whether it is zeros.
func (f *facts) zeroPages() func(off int64) bool {
	known := map[int64]bool{}
	var buf []byte
	return func(off int64) bool {
		zero, ok := known[off]
		if !ok {
			if buf == nil {
				buf = make([]byte, dmpfile.PageSize)
			}
			n, err := f.ReadAt(buf, off)
			zero = err == nil && allZero(buf[:n])
			known[off] = zero
		}
		return zero
	}
}

// etwStream is what the kernel appends last to a dump of a crash, with the trace of it.
const etwStream = 0x2B88B710 // how its GUID begins

// readEnd looks at what follows the primary data.
func (f *facts) readEnd() {
	r, t, s := f.Regions, &f.tail, f.Secondary()
	used := r.PrimaryEnd() + s.Used
	required, knows := f.RequiredDumpSpace()
	knows = knows && f.writtenByKernel() // others write another number than the length of the file
	end := int64(min(required, math.MaxInt64))
	kept := f.Triage != nil && !f.attributesSet // it was made from a larger dump, and nothing follows its last stream
	var last dmpfile.Stream
	if n := len(s.Streams); n > 0 {
		last = s.Streams[n-1]
	}
	trace := binary.LittleEndian.Uint32(last.GUID[:]) == etwStream
	switch {
	case r.Secondary == 0:
	case len(s.Findings) > 0 && s.Used > 0: // the list was not followed to its end
	case s.Used == 0 && t.Offset > r.PrimaryEnd(): // something else follows, and there is a finding
	case s.Used == 0 && knows && end > r.PrimaryEnd():
		t.proof = append(t.proof, part{"the secondary data, which the header counts in", r.PrimaryEnd()})
	case s.Used == 0 && f.Triage != nil:
		t.likely = "there is nothing where small dumps have secondary data"
	case s.Used == 0:
		t.dump = used
	case (kept || trace) && min(last.Offset+last.Size, r.Total)-t.Offset >= minZeros:
		t.likely = "the last stream of secondary data ends in zeros, which others do not"
	case knows && r.Total > end && end >= used:
		t.dump = end
	case f.Triage != nil && used < r.Total && used < t.Offset && !trace && uint64(r.Total) <= required:
		f.note(report.SeverityError, report.FindingZeroContent, used, "the list of secondary data ends here, before the stream that such dumps end with, and %d bytes follow: there is a hole in the file", t.Offset-used)
	case r.Total <= used || t.Offset > used: // nothing follows, or not zeros: the reserve can hold what the disk had before
	case knows && !trace:
		t.likely = "secondary data ends before the stream that the kernel writes last"
	case knows:
	case kept && uint64(r.Total) <= required:
		t.likely = "secondary data ends before the end of the file, and such dumps have no reserve"
	case r.Total-used >= minPadding:
		t.dump = used
	}
}

const (
	minZeros   = 1 << 7  // zeros at the end of the last stream that say something: real ones end in less than 64
	minPadding = 1 << 12 // zeros behind the last stream of a writer of which it is not known whether it leaves a reserve
)

// zeroParts names what is never all zeros, and is: zero says whether the page at a file offset is. With all, it looks at the page tables on
// the way too, and at what takes longer.
func (f *facts) zeroParts(k *nt.Kernel, zero func(off int64) bool, all bool) (list []part) {
	if f.Triage != nil {
		return f.zeroSections()
	}
	isZero := func(a dmpfile.VirtAddr) (off int64, is bool) {
		off, ok := k.FileOffset(a &^ (dmpfile.PageSize - 1))
		return off, ok && zero(off)
	}
	add := func(what string, a dmpfile.VirtAddr) {
		if all && f.addTable(&list, k, zero, what, a) {
			return
		}
		if off, is := isZero(a); is {
			list = append(list, part{fmt.Sprintf("%s at %s", what, f.pointer(a)), off})
		}
	}
	if a, ok := k.Base(); ok {
		add("the header of the kernel's image", a)
	}
	if a, ok := f.KdDebuggerDataBlock(); ok {
		add("the debugger data block", a)
	}
	if a, ok := f.PsLoadedModuleList(); ok {
		add("the list of loaded modules", a)
	}
	if a, ok := f.PsActiveProcessHead(); ok {
		add("the list of processes", a)
	}
	var broken *nt.ListError
	if errors.As(f.listed, &broken) && broken.Entry > 0 {
		add("an entry of the list of loaded modules", broken.At)
	}
	count, _ := f.NumberProcessors()
	if !all {
		count = min(count, 4)
	}
	for n := range min(count, maxZeroParts) {
		if a, _, err := k.ProcessorArea(n); err == nil {
			add(fmt.Sprintf("the PRCB of processor %d", n), a)
		}
	}
	if !all {
		return list
	}
	if _, err := k.Processes(); errors.As(err, &broken) && broken.Entry > 0 {
		add("an entry of the list of processes", broken.At)
	}
	var headers []part
	for i, m := range f.modules.All() {
		if i == 0 || i > maxZeroParts || f.addTable(&list, k, zero, report.ValidUTF8(m.Name), m.Base) {
			continue
		}
		if off, is := isZero(m.Base); is {
			headers = append(headers, part{report.ValidUTF8(m.Name), off})
		}
	}
	if len(headers) >= 3 { // a driver can have wiped its own
		list = append(list, part{fmt.Sprintf("the headers of %d other images, as of %s", len(headers), headers[0].what), headers[0].off})
	}
	return list
}

// addTable adds the first page table on the way to an address that is all zeros, once.
func (f *facts) addTable(list *[]part, k *nt.Kernel, zero func(off int64) bool, what string, a dmpfile.VirtAddr) bool {
	tables := k.Tables(a)
	i := slices.IndexFunc(tables, zero)
	if i < 0 {
		return false
	}
	if !slices.ContainsFunc(*list, func(p part) bool { return p.off == tables[i] }) {
		*list = append(*list, part{"a page table that leads to " + what, tables[i]})
	}
	return true
}

const maxZeroParts = 64

// zeroSections are the copies of a small dump that are all zeros. Of the stack that is only said where the end of the file is zeros.
func (f *facts) zeroSections() (list []part) {
	t := f.Triage
	var size [3]int
	if d := f.kernel.DebuggerData; d != nil {
		size = d.CopySizes()
	}
	for _, s := range []struct {
		name string
		off  uint32
		size int
	}{
		{"the PRCB", t.PrcbOffset, size[0]}, {"the process", t.ProcessOffset, size[1]}, {"the thread", t.ThreadOffset, size[2]},
		{"the debugger data block", t.DebuggerDataOffset, int(min(t.DebuggerDataSize, dmpfile.PageSize))},
		{"the list of drivers", t.DriverListOffset, int(min(t.DriverCount, 16)) * 0x40}, {"the names of drivers", t.StringPoolOffset, int(min(t.StringPoolSize, 1<<16))},
		{"the list of blocks of memory", t.DataBlocksOffset, int(min(t.DataBlocksCount, 1<<12)) * 16},
	} {
		b, err := t.Section(s.name, s.off, max(s.size, 0))
		if err == nil && len(b) > 0 && allZero(b) {
			list = append(list, part{fmt.Sprintf("%s at offset %#x", s.name, s.off), int64(s.off)})
		}
	}
	if off := int64(t.CallStackOffset); off >= f.tail.Offset && t.SizeOfCallStack > 0 && off < f.Size() {
		list = append(list, part{fmt.Sprintf("the stack at offset %#x", off), off})
	}
	return list
}

// unusual says why memory that is not in use is not like this, "" where it can be.
func (f *facts) unusual() string {
	r, t := f.Regions, &f.tail
	first := max(t.Offset, r.Header)
	pages := (r.PrimaryEnd() - first) / dmpfile.PageSize
	if pages == 0 || f.kernel == nil {
		return ""
	}
	var used, before []int64
	regions := map[dmpfile.VirtAddr]bool{}
	_ = f.kernel.MappedPages(func(a dmpfile.VirtAddr, off int64) { // what cannot be read counts for nothing
		switch {
		case off < first && len(before) < 1<<14:
			before = append(before, off)
		case off >= first && len(used) < 1<<14:
			used = append(used, off)
			regions[a>>21] = true
		}
	})
	slices.Sort(used)
	inUse := len(slices.Compact(used))
	if len(regions) >= 3 && inUse >= 3 && f.chance(before, inUse) < 1e-4 {
		return fmt.Sprintf("the kernel's page tables have %d or more of these pages in use, in %d places", inUse, len(regions))
	}
	kernelOnly := f.Format == dmpfile.Summary || f.Format == dmpfile.BitmapKernel
	if kernelOnly && pages >= 4 && (pages >= 256 || pages*16 >= r.Primary/dmpfile.PageSize) {
		n, before := int(min(pages, 1<<20)), (first-r.Header)/dmpfile.PageSize
		near := min(before, 4*pages)
		if max(f.chance(f.spread(before, before), n), f.chance(f.spread(before, near), n)) < 1e-6 {
			return "such a dump holds pages in use only, and few of those before are zeros"
		}
	}
	return ""
}

// spread returns the file offsets of pages, spread over the last n of so many.
func (f *facts) spread(of, n int64) (offsets []int64) {
	for i := range min(n, tailSamples) {
		offsets = append(offsets, f.Regions.Header+(of-n+n*i/min(n, tailSamples))*dmpfile.PageSize)
	}
	return offsets
}

// tailSamples is how many pages tell how many of all are zeros.
const tailSamples = 32

// chance is how likely n pages are all zeros, where of those at the offsets as many are as a sample of them has.
func (f *facts) chance(offsets []int64, n int) float64 {
	if len(offsets) == 0 {
		return 1
	}
	zeros, read := 0, 0
	buf := make([]byte, dmpfile.PageSize)
	for i := range min(tailSamples, len(offsets)) {
		got, err := f.ReadAt(buf, offsets[i*len(offsets)/min(tailSamples, len(offsets))])
		if err != nil {
			continue
		}
		read++
		if allZero(buf[:got]) {
			zeros++
		}
	}
	return math.Pow(float64(zeros+1)/float64(read+2), float64(n))
}

// noteTail says what follows from the end of the file.
func (f *facts) noteTail() {
	r, t := f.Regions, &f.tail
	why := t.likely
	if len(t.proof) > 0 {
		why = listed(t.proof)
	}
	if why != "" {
		where := fmt.Sprintf("from offset %#x on the file is zeros", t.Offset)
		if !t.Exact {
			where += ", by samples"
		}
		if a := f.allocated; a >= 0 && a < t.Offset+t.Offset/8 && r.Total-t.Offset > 1<<20 {
			where += fmt.Sprintf(" (the file system has only %d bytes stored)", a)
		}
		good := fmt.Sprintf("%d bytes, %.1f %%, are before that", t.Offset, 100*float64(t.Offset)/float64(r.Total))
		f.dropTrailing()
		if len(t.proof) > 0 {
			f.note(report.SeverityError, report.FindingZeroTail, t.Offset, "%s, and what is never zeros lies there: %s. The copy stopped; %s", where, why, good)
		} else {
			f.note(report.SeverityError, report.FindingZeroTail, t.Offset, "%s, as a copy leaves it that stopped: %s; %s", where, why, good)
		}
		return
	}
	if t.dump > 0 && r.Total > t.dump {
		f.dropTrailing()
		what := "bytes"
		if t.Offset <= t.dump {
			what = "bytes of zeros"
		}
		f.note(report.SeverityWarning, report.FindingTrailingBytes, t.dump, "only the first %d bytes are the dump: %d %s follow", t.dump, r.Total-t.dump, what)
	}
	primary := r.PrimaryEnd() - t.Offset
	if primary >= 2*dmpfile.PageSize && (primary > r.Primary/4 || primary > 16<<20) {
		f.note(report.SeverityInfo, report.FindingZeroTail, t.Offset, "the last %s of memory are all zero: memory that nothing uses looks so, and so does a copy that stopped", size(primary))
	}
}

// dropTrailing takes back that what follows the dump is no part of it.
func (f *facts) dropTrailing() {
	f.findings = slices.DeleteFunc(f.findings, func(x finding) bool { return x.id == report.FindingTrailingBytes })
}

// listed names the first ones of a list.
func listed(list []part) string {
	const most = 3
	var names []string
	for _, p := range list[:min(most, len(list))] {
		names = append(names, p.what)
	}
	text := strings.Join(names, ", ")
	if more := len(list) - most; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// size writes a size in the unit that suits it.
func size(n int64) string {
	if n >= 1<<20 {
		return fmt.Sprintf("%d MiB", n>>20)
	}
	return fmt.Sprintf("%d KiB", n>>10)
}
