package dmpfile

import (
	"bytes"
	"cmp"
	"container/heap"
	"encoding/binary"
	"io"
	"math/bits"
	"slices"
)

// readIndex reads what the bitmap, runs or ranges list.
func (f *File) readIndex() (*pageIndex, error) {
	x := new(pageIndex)
	p := f.pages
	var err error
	switch {
	case f.Format == TriageDump:
		return x, nil
	case !p.known:
		return nil, ErrPagesUnknown
	case p.bitmap != 0:
		err = f.readBitmap(x)
	case p.ranges != 0:
		err = f.readRanges(x)
	default:
		for _, r := range p.runs {
			x.add(r)
		}
		x.sortSpans()
	}
	if err != nil {
		return nil, err
	}
	x.counts.Declared = p.count
	x.pages = min(p.count, x.counts.Listed)
	x.whole = min(x.pages, uint64(max(0, f.size-p.first))/PageSize)
	return x, nil
}

func (f *File) readBitmap(x *pageIndex) error {
	p := f.pages
	if int64(p.bitmapBits+7)/8 > f.size-p.bitmap {
		return &FormatError{Offset: p.bitmap, What: "the file ends inside the bitmap; its length in bits", Value: p.bitmapBits}
	}
	x.blocks = make([]bitmapBlock, 0, (p.bitmapBits+blockFrames-1)/blockFrames)
	whole, err := f.eachBitmapBlock(p, func(_ uint64, bitmap []byte) bool {
		for part := range slices.Chunk(bitmap, blockFrames/8) {
			b := newBitmapBlock(part, x.counts.Listed)
			x.counts.Listed += b.pages()
			x.blocks = append(x.blocks, b)
		}
		return true
	})
	if err == nil && !whole {
		err = io.ErrUnexpectedEOF // the file has become shorter
	}
	return err
}

// newBitmapBlock ranks a block of the bitmap that has so many stored pages before it.
func newBitmapBlock(bitmap []byte, before uint64) bitmapBlock {
	b := bitmapBlock{before: before}
	if bytes.Count(bitmap, []byte{0}) == len(bitmap) {
		return b
	}
	b.words = make([]bitmapWord, len(bitmap)/8)
	rank := 0
	for i := range b.words {
		word := binary.LittleEndian.Uint64(bitmap[i*8:])
		b.words[i] = bitmapWord{uint32(word), uint32(word >> 32), uint32(rank)}
		rank += bits.OnesCount64(word)
	}
	return b
}

// pages returns how many page frames of the block are stored.
func (b bitmapBlock) pages() uint64 {
	if b.words == nil {
		return 0
	}
	last := &b.words[len(b.words)-1]
	return uint64(last.rank) + uint64(bits.OnesCount64(last.bits()))
}

func (f *File) readRanges(x *pageIndex) error {
	p := f.pages
	x.stored = make([]span, 0, p.spans)
	whole, err := f.eachRange(p, func(r Run) bool {
		return x.counts.Listed < p.count && x.add(r)
	})
	if err == nil && !whole {
		err = &FormatError{Offset: p.ranges, What: "the list of page ranges is too long, or the file ends inside it; its length", Value: p.rangesEnd - p.ranges}
	}
	if err == nil && !x.sortSpans() {
		err = &FormatError{Offset: p.ranges, What: "the page ranges overlap, and there are more of them than a writer can have got wrong; their number", Value: len(x.stored)}
	}
	return err
}

// add appends a run to the stored pages, unless its numbers are impossible. Opening the file has seen to that, but the file can
// have changed since. The sum does not overflow: no list has 2^24 runs.
func (x *pageIndex) add(r Run) (ok bool) {
	if r.Base >= maxPages || r.Count >= maxPages {
		return false
	}
	if last := len(x.stored) - 1; last >= 0 && x.stored[last].end == r.Base {
		x.stored[last].end += r.Count
	} else if r.Count > 0 {
		x.stored = append(x.stored, span{r.Base, r.Base + r.Count, x.counts.Listed})
	}
	x.counts.Listed += r.Count
	return true
}

// maxOverlapping bounds lists that overlap, which no writer makes on purpose: to tell them apart takes memory for each span.
const maxOverlapping = 1 << 16

// sortSpans makes spans from stored. It fails where they overlap and are too many.
func (x *pageIndex) sortSpans() (ok bool) {
	x.spans = x.stored
	byFrame := func(a, b span) int { return cmp.Compare(a.first, b.first) }
	if !slices.IsSortedFunc(x.spans, byFrame) {
		x.spans = slices.Clone(x.stored)
		slices.SortFunc(x.spans, byFrame)
	}
	for i := 1; i < len(x.spans); i++ {
		if x.spans[i].first < x.spans[i-1].end {
			if len(x.spans) > maxOverlapping {
				return false
			}
			x.spans = disjoint(x.spans)
			break
		}
	}
	x.counts.Repeated = x.counts.Listed
	for _, s := range x.spans {
		x.counts.Repeated -= s.end - s.first
	}
	return true
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
