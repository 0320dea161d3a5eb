package dmpfile

// PageMap says how many pages of each part of physical memory a dump has. The parts are cells of one size: cell i is the page frames from
// First + i*PerCell on.
type PageMap struct {
	First   uint64   // a page frame, a multiple of PerCell
	End     uint64   // behind the last page frame that the map is of: the last cell can be smaller than the others
	PerCell uint64   // page frames of a cell, a power of two
	Present []uint64 // of each cell, the pages that the file has whole, each page frame once
	Missing []uint64 // of each cell, the pages that the dump names and the file is too short for; nil where it has all
	// FirstMissing is the first of these in the file, which is the lowest of them too if Ascending.
	FirstMissing uint64
	Ascending    bool // the pages are known to be in the file in the order of their page frames, as those of every bitmap are
}

// PageMap counts the pages of physical memory in so many cells at most, 1 or more. It is of all memory that the machine had by the header,
// else by the length of the bitmap, and of all pages that the dump names. Of a triage dump it has no cells. It takes a step for each cell and
// each run or range. The errors are those of Page.
func (f *File) PageMap(cells int) (PageMap, error) {
	x, err := f.index()
	if err != nil || f.Format == TriageDump {
		return PageMap{}, err
	}
	m := PageMap{Ascending: x.blocks != nil || x.byFrame.before == nil}
	m.First, m.End = f.frames(x)
	m.PerCell = 1
	for m.First/m.PerCell+uint64(cells) < (m.End+m.PerCell-1)/m.PerCell {
		m.PerCell *= 2
	}
	m.First -= m.First % m.PerCell
	n := (m.End - m.First + m.PerCell - 1) / m.PerCell
	m.Present = make([]uint64, n)
	if x.whole < x.pages {
		m.Missing, m.FirstMissing = make([]uint64, n), x.frame(x.whole)
	}
	if x.blocks == nil {
		x.spansTo(&m)
	} else {
		x.bitmapTo(&m)
	}
	return m, nil
}

// frames returns the first page frame of memory, and one behind all of them. Where the header does not say what memory there was, it is taken
// to begin with page frame 0, and to end where the bitmap does.
func (f *File) frames(x *pageIndex) (first, end uint64) {
	if runs, _, ok := f.Memory(); ok {
		last := runs[len(runs)-1]
		first, end = runs[0].Base, last.Base+last.Count
	} else {
		end, _ = f.MemoryEnd()
	}
	switch spans := x.byFrame.spans; { // a dump can have pages beside the memory of Windows
	case x.blocks != nil && x.counts.Listed > 0:
		first, end = min(first, x.frame(0)), max(end, x.frame(x.counts.Listed-1)+1)
	case len(spans) > 0:
		first, end = min(first, spans[0].first), max(end, spans[len(spans)-1].end)
	}
	return first, end
}

// bitmapTo counts the pages of a bitmap, which are stored in the order of their page frames.
func (x *pageIndex) bitmapTo(m *PageMap) {
	before := x.below(m.First)
	for i := range m.Present {
		next := x.below(m.First + uint64(i+1)*m.PerCell)
		m.Present[i] = min(next, x.whole) - min(before, x.whole)
		if m.Missing != nil {
			m.Missing[i] = next - before - m.Present[i]
		}
		before = next
	}
}

// spansTo counts the pages of spans.
func (x *pageIndex) spansTo(m *PageMap) {
	for _, s := range x.byFrame.spans {
		_, n := x.limit(s.index, s.end-s.first)
		whole := min(n, max(x.whole, s.index)-s.index)
		for at := s.first; at < s.first+n; {
			cell := (at - m.First) / m.PerCell
			next := min(s.first+n, m.First+(cell+1)*m.PerCell)
			present := min(next, max(at, s.first+whole)) - at
			m.Present[cell] += present
			if m.Missing != nil {
				m.Missing[cell] += next - at - present
			}
			at = next
		}
	}
}
