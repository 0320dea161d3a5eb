package dmpfile

import "slices"

// span is a run of page frames that are stored one after another.
type span struct {
	first, end uint64 // page frames; end is not part of it
	index      uint64 // of the first one among the stored pages
}

// spanTable finds the span that a page frame is in. The page frames are cut into as many parts of one size as there are spans, or fewer, so
// that a look-up has few spans to search, unless most of them crowd in one part. No more than maxParts are worth their memory.
type spanTable struct {
	spans  []span   // by page frame, each page frame once
	from   []uint32 // for each part, the first span that ends behind its first page frame; one more ends the list
	shift  uint     // a part has 1 << shift page frames
	before []uint64 // stored pages in the spans before every 64th; nil where the spans are in file order
}

const (
	maxParts   = 1 << 20
	countSpans = 64
)

func newSpanTable(spans []span) spanTable {
	t := spanTable{spans: spans}
	if len(spans) == 0 {
		return t
	}
	last := spans[len(spans)-1].end - 1
	for last>>t.shift >= uint64(min(len(spans), maxParts)) {
		t.shift++
	}
	t.from = make([]uint32, last>>t.shift+2)
	at := 0
	for part := range t.from {
		for at < len(spans) && spans[at].end <= uint64(part)<<t.shift {
			at++
		}
		t.from[part] = uint32(at)
	}
	return t
}

// search returns the number of the first span that ends behind a page frame, which is that of all spans where there is none.
func (t *spanTable) search(pfn uint64) int {
	part := pfn >> t.shift
	if len(t.from) == 0 || part >= uint64(len(t.from)-1) {
		return len(t.spans)
	}
	low, high := int(t.from[part]), int(t.from[part+1])
	for low < high {
		if at := int(uint(low+high) / 2); t.spans[at].end > pfn {
			high = at
		} else {
			low = at + 1
		}
	}
	return low
}

// span returns the span that a page frame is in, nil where it is in none.
func (t *spanTable) span(pfn uint64) *span {
	at := t.search(pfn)
	if at >= len(t.spans) || t.spans[at].first > pfn {
		return nil
	}
	return &t.spans[at]
}

// countBefore sums up the stored pages of spans that are in another order than in the file.
func (x *pageIndex) countBefore() {
	t := &x.byFrame
	if len(t.spans) == 0 || &t.spans[0] == &x.stored[0] {
		return
	}
	t.before = make([]uint64, 0, len(t.spans)/countSpans+1)
	n := uint64(0)
	for part := range slices.Chunk(t.spans, countSpans) {
		t.before = append(t.before, n)
		n += x.pagesOf(part)
	}
}

// pagesOf returns how many stored pages are in spans.
func (x *pageIndex) pagesOf(spans []span) (n uint64) {
	for _, s := range spans {
		_, stored := x.limit(s.index, s.end-s.first)
		n += stored
	}
	return n
}

// pagesBefore returns how many stored pages are in the spans before one.
func (x *pageIndex) pagesBefore(at int) uint64 {
	switch t := &x.byFrame; {
	case t.before != nil:
		part := min(at/countSpans, len(t.before)-1)
		return t.before[part] + x.pagesOf(t.spans[part*countSpans:at])
	case at == len(t.spans):
		return x.pages
	default:
		return min(t.spans[at].index, x.pages)
	}
}
