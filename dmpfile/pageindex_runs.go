package dmpfile

import (
	"cmp"
	"container/heap"
	"math/bits"
	"slices"
	"unsafe"
)

// runList is what runs or ranges list, in file order: a bitmap where that takes less memory than spans, else spans. Only runs that ascend
// can be a bitmap. Fragmented memory has so many runs that their bitmap takes a tenth of their spans or less. A list that would take more
// than the bounds is only counted, so that it can be read again in the form and size that it turned out to have.
type runList struct {
	runCounts
	pageList          // empty where the list is only counted
	counted    bool   // the list is only counted
	mostSpans  int    // to keep
	mostBitmap uint64 // to keep, in bytes
}

// runCounts say what a list has.
type runCounts struct {
	listed   uint64 // pages so far
	end      uint64 // of the last run, which is not part of it
	highest  uint64 // the greatest of these
	runs     int    // those that follow one another are one
	touched  uint64 // blocks that pages are in, where the list ascends
	descends bool   // a run begins before the one ahead of it ends
}

// Opening a file keeps no more of its list than this: 1.8 MB of spans with their table, or the bitmap of 85 GiB of memory.
const (
	keptSpans  = 1 << 16
	keptBitmap = 4 << 20
)

// What an index by a bitmap takes for each block, and more for each that pages are in, and what one by spans takes for each of them with its
// share of the table.
const (
	blockBytes = uint64(unsafe.Sizeof(bitmapBlock{}))
	wordsBytes = uint64(unsafe.Sizeof(bitmapWord{})) * blockFrames / wordFrames
	spanBytes  = uint64(unsafe.Sizeof(span{}) + unsafe.Sizeof(uint32(0)))
)

// add appends a run. Its base and count are below maxPages; the sum does not overflow: no list has 2^24 runs.
func (l *runList) add(r Run) {
	if r.Count == 0 {
		return
	}
	end, joined := r.Base+r.Count, l.runs > 0 && r.Base == l.end
	if l.blocks != nil && r.Base > l.end && (end-1)/blockFrames == (l.end-1)/blockFrames { // as most runs of fragmented memory
		l.blocks[len(l.blocks)-1].set(r.Base%blockFrames, (end-1)%blockFrames)
		l.runs++
		l.end, l.highest = end, end
		l.listed += r.Count
		return
	}
	begins := r.Base / blockFrames
	if l.runs > 0 && begins == (l.end-1)/blockFrames {
		begins++
	}
	touched := (end-1)/blockFrames + 1 - begins
	l.touched += touched
	l.descends = l.descends || r.Base < l.end
	l.end, l.highest = end, max(l.highest, end)
	if !joined {
		l.runs++
	}
	switch {
	case l.counted:
	case l.blocks == nil:
		l.addSpan(r.Base, r.Count)
		if !l.counted && !joined && l.runs&(l.runs-1) == 0 && l.bitmapPays() { // seldom enough
			l.toBitmap()
		}
	case l.descends || l.bitmapBytes() > l.mostBitmap:
		l.drop()
	default:
		l.set(r.Base, end)
	}
	l.listed += r.Count
}

// bitmapBytes returns how much memory a bitmap of the runs takes, where they ascend.
func (c *runCounts) bitmapBytes() uint64 { return c.touched*wordsBytes + c.bitmapBlocks()*blockBytes }

func (c *runCounts) bitmapBlocks() uint64 { return (c.end + blockFrames - 1) / blockFrames }

// bitmapIsSmaller says whether a bitmap of the runs takes less memory than their spans.
func (c *runCounts) bitmapIsSmaller() bool {
	return !c.descends && c.bitmapBytes() < uint64(c.runs)*spanBytes
}

// bitmapPays says whether the list should be a bitmap, and can be.
func (l *runList) bitmapPays() bool { return l.bitmapIsSmaller() && l.bitmapBytes() <= l.mostBitmap }

// drop leaves the counts only.
func (l *runList) drop() { l.counted, l.pageList = true, pageList{} }

// finish ends the list: pages are found by it now.
func (l *runList) finish() {
	switch pays := l.bitmapPays(); {
	case l.counted:
	case l.blocks != nil && !pays:
		l.drop()
	case l.blocks == nil && pays:
		l.toBitmap()
	}
	before := uint64(0)
	for i := range l.blocks {
		b := &l.blocks[i]
		b.before = before
		rank := 0
		for j := range b.words {
			w := &b.words[j]
			w.rank = uint32(rank)
			rank += bits.OnesCount64(w.bits())
		}
		before += uint64(rank)
	}
}

// another returns an empty list for the same runs, with room for all of them in the smaller form.
func (c *runCounts) another() *runList {
	l := new(runList)
	if c.bitmapIsSmaller() {
		l.mostBitmap = c.bitmapBytes()
		l.blocks = make([]bitmapBlock, 0, c.bitmapBlocks())
	} else {
		l.mostSpans = c.runs
		l.stored = make([]span, 0, c.runs)
	}
	return l
}

func (l *runList) addSpan(first, count uint64) {
	n := len(l.stored)
	switch {
	case n > 0 && l.stored[n-1].end == first:
		l.stored[n-1].end += count
	case n == l.mostSpans:
		l.drop()
	default:
		if n == cap(l.stored) {
			l.stored = slices.Grow(l.stored, max(1, min(3*n, l.mostSpans-n)))
		}
		l.stored = append(l.stored, span{first, first + count, l.listed})
	}
}

// set sets the bits of a run.
func (l *runList) set(first, end uint64) {
	for first < end {
		at := first / blockFrames
		for at >= uint64(len(l.blocks)) {
			l.blocks = append(l.blocks, bitmapBlock{})
		}
		b := &l.blocks[at]
		if b.words == nil {
			b.words = make([]bitmapWord, blockFrames/wordFrames)
		}
		next := min(end, (at+1)*blockFrames)
		b.set(first%blockFrames, (next-1)%blockFrames)
		first = next
	}
}

// set sets the bits of page frames from first to last, which are counted from that of the block.
func (b *bitmapBlock) set(first, last uint64) {
	mask := ^uint64(0) << (first % wordFrames)
	for at := first / wordFrames; at <= last/wordFrames; at++ {
		if at == last/wordFrames {
			mask &= ^uint64(0) >> (wordFrames - 1 - last%wordFrames)
		}
		w := &b.words[at]
		w.low |= uint32(mask)
		w.high |= uint32(mask >> 32)
		mask = ^uint64(0)
	}
}

func (l *runList) toBitmap() {
	l.blocks = make([]bitmapBlock, 0, l.bitmapBlocks())
	for _, s := range l.stored {
		l.set(s.first, s.end)
	}
	l.stored = nil
}

// keptList returns the list of runs or ranges. It reads it again where opening the file has only counted it.
func (f *File) keptList() (*runList, error) {
	p := f.pages
	if p.ranges != 0 && !p.listWhole {
		return nil, &FormatError{Offset: p.ranges, What: "the list of page ranges is too long, or the file ends inside it; its length", Value: p.rangesEnd - p.ranges}
	}
	if !p.list.counted {
		return p.list, nil
	}
	l := p.list.another()
	if _, _, err := f.readRanges(p, l, p.count); err != nil {
		return nil, err
	}
	l.finish()
	if l.counted || l.runCounts != p.list.runCounts {
		return nil, &FormatError{Offset: p.ranges, What: "the list of page ranges is another than when the file was opened; its number of pages", Value: l.listed}
	}
	return l, nil
}

// indexRuns makes the index of what runs or ranges list.
func (f *File) indexRuns(x *pageIndex) error {
	list, err := f.keptList()
	if err != nil {
		return err
	}
	x.pageList = list.pageList
	x.counts.Listed = list.listed
	if x.blocks != nil {
		return nil
	}
	spans := x.stored
	if list.descends {
		var ok bool
		if spans, ok = sortSpans(x.stored); !ok {
			return &FormatError{Offset: f.pages.ranges, What: "the page ranges overlap, and there are more of them than a writer can have got wrong; their number", Value: len(x.stored)}
		}
	}
	x.byFrame = newSpanTable(spans)
	x.counts.Repeated = x.counts.Listed
	for _, s := range spans {
		x.counts.Repeated -= s.end - s.first
	}
	return nil
}

// maxOverlapping bounds lists that overlap, which no writer makes on purpose: to tell them apart takes memory for each span.
const maxOverlapping = 1 << 16

// sortSpans returns spans by page frame, each page frame once. It fails where they overlap and are too many.
func sortSpans(stored []span) (spans []span, ok bool) {
	spans = stored
	byFrame := func(a, b span) int { return cmp.Compare(a.first, b.first) }
	if !slices.IsSortedFunc(spans, byFrame) {
		spans = slices.Clone(stored)
		slices.SortFunc(spans, byFrame)
	}
	for i := 1; i < len(spans); i++ {
		if spans[i].first < spans[i-1].end {
			if len(spans) > maxOverlapping {
				return nil, false
			}
			return disjoint(spans), true
		}
	}
	return spans, true
}

// disjoint cuts spans that are sorted by page frame so that each page frame is in one of them: the first in the file.
func disjoint(sorted []span) []span {
	var list []span
	var open fileOrder // the spans that page frame at is in
	for at := uint64(0); len(sorted) > 0 || len(open) > 0; {
		if len(open) == 0 {
			at = sorted[0].first
		}
		for len(sorted) > 0 && sorted[0].first == at {
			heap.Push(&open, sorted[0])
			sorted = sorted[1:]
		}
		s := open[0]
		if s.end <= at {
			heap.Pop(&open)
			continue
		}
		end := s.end
		if len(sorted) > 0 {
			end = min(end, sorted[0].first)
		}
		index := s.index + at - s.first
		if last := len(list) - 1; last >= 0 && list[last].end == at && list[last].index+at-list[last].first == index {
			list[last].end = end
		} else {
			list = append(list, span{at, end, index})
		}
		at = end
	}
	return list
}

// fileOrder is a heap of spans with the first in the file on top.
type fileOrder []span

func (h fileOrder) Len() int           { return len(h) }
func (h fileOrder) Less(i, j int) bool { return h[i].index < h[j].index }
func (h fileOrder) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *fileOrder) Push(s any)        { *h = append(*h, s.(span)) }
func (h *fileOrder) Pop() any {
	last := len(*h) - 1
	s := (*h)[last]
	*h = (*h)[:last]
	return s
}
