package dmpfile

import (
	"math/bits"
	"sort"
)

// pageIndex finds the stored pages of a dump by their page frame, and the page frame of a stored page. Stored pages are counted from
// 0 in file order. It does not change once it is read.
type pageIndex struct {
	pageList
	pages   uint64    // stored pages: the smaller of the count that is declared and the one that is listed
	whole   uint64    // how many of them are wholly in the file
	byFrame spanTable // of what stored lists
	counts  PageCounts
}

// pageList says which page frames are stored, in file order: by a bitmap, or by spans.
type pageList struct {
	blocks []bitmapBlock
	stored []span
}

// bitmapBlock is the bitmap of 1 GiB of memory. It has no words if no bit is set, so that a hole takes no memory.
type bitmapBlock struct {
	before uint64 // stored pages before this block
	words  []bitmapWord
}

// bitmapWord is a word of the bitmap beside its rank, so that a look-up touches one place in memory. It takes 12 bytes for 64 page
// frames, which is why the bits are in halves: an uint64 would make it 16.
type bitmapWord struct {
	low, high uint32
	rank      uint32 // stored pages of the block before this word
}

func (w *bitmapWord) bits() uint64 { return uint64(w.high)<<32 | uint64(w.low) }

// Page frames of a bitmapWord and of a bitmapBlock.
const (
	wordFrames  = 64
	blockFrames = 1 << 30 / PageSize
)

// Page returns the file offset in bytes of the page of memory with page frame number pfn. ok is false where the dump does not have
// that page, or the file ends before the end of it. It allocates no memory, except when the first page is asked for: that reads the
// bitmap or the ranges.
//
// The error is ErrPagesUnknown, a *FormatError where the file ends inside its bitmap or ranges, or that of reading them. It is the
// same for every page. A triage dump has no pages, which is no error.
func (f *File) Page(pfn uint64) (off int64, ok bool, err error) {
	x, err := f.index()
	if err != nil {
		return 0, false, err
	}
	i, n := x.find(pfn)         // page frame -> stored page
	if n == 0 || i >= x.whole { // the dump does not have it, or the file does not
		return 0, false, nil
	}
	return f.pageOffset(i), true, nil // stored page -> file offset
}

// find returns which stored page holds page frame pfn, and how many page frames from pfn on are known to follow one another in the
// file; n is 0 where the page is not stored. A bitmap stores the pages of its set bits in order, so that the number of set bits before
// one, its rank, is the number of the page; of spans, the one that holds pfn has the number of its first page.
func (x *pageIndex) find(pfn uint64) (i, n uint64) {
	if x.blocks == nil {
		s := x.byFrame.span(pfn)
		if s == nil {
			return 0, 0
		}
		return x.limit(s.index+pfn-s.first, s.end-pfn)
	}
	if pfn/blockFrames >= uint64(len(x.blocks)) {
		return 0, 0
	}
	b := &x.blocks[pfn/blockFrames]
	at := pfn % blockFrames / wordFrames
	if at >= uint64(len(b.words)) {
		return 0, 0
	}
	w := &b.words[at]
	word, bit := w.bits(), pfn%wordFrames
	n = uint64(bits.TrailingZeros64(^(word >> bit)))
	return x.limit(b.before+uint64(w.rank)+uint64(bits.OnesCount64(word&(1<<bit-1))), n)
}

// limit leaves those of n stored pages from i on that count.
func (x *pageIndex) limit(i, n uint64) (uint64, uint64) {
	if i >= x.pages {
		return 0, 0
	}
	return i, min(n, x.pages-i)
}

// pageOffset returns the file offset of a stored page: they follow one another from the first on.
func (f *File) pageOffset(i uint64) int64 { return f.pages.first + int64(i)*PageSize }

// index returns the page index, which is read when it is first asked for.
func (f *File) index() (*pageIndex, error) {
	f.indexOnce.Do(func() { f.pageIndex, f.indexErr = f.readIndex() })
	return f.pageIndex, f.indexErr
}

// PageFrame returns the page frame number of the page that the byte at a file offset belongs to. ok is false where the file has no
// page of memory there. A page frame that overlapping runs name twice is stored twice; Page knows the first one. The errors are
// those of Page.
func (f *File) PageFrame(off int64) (pfn uint64, ok bool, err error) {
	x, err := f.index()
	if err != nil || off < f.pages.first || off >= f.size {
		return 0, false, err
	}
	i := uint64(off-f.pages.first) / PageSize
	if i >= x.pages {
		return 0, false, nil
	}
	return x.frame(i), true, nil
}

// frame returns the page frame of stored page i, which must be listed.
func (l *pageList) frame(i uint64) uint64 {
	if l.blocks == nil {
		s := l.stored[sort.Search(len(l.stored), func(k int) bool { return l.stored[k].index > i })-1]
		return s.first + i - s.index
	}
	at := sort.Search(len(l.blocks), func(k int) bool { return l.blocks[k].before > i }) - 1
	b := &l.blocks[at]
	i -= b.before
	w := sort.Search(len(b.words), func(k int) bool { return uint64(b.words[k].rank) > i }) - 1
	return uint64(at)*blockFrames + uint64(w)*wordFrames + selectBit(b.words[w].bits(), i-uint64(b.words[w].rank))
}

// selectBit returns the number of the i-th set bit of a word, which must have more than i.
func selectBit(word, i uint64) uint64 {
	for ; i > 0; i-- {
		word &= word - 1
	}
	return uint64(bits.TrailingZeros64(word))
}

// PageCounts says how many pages of memory a dump holds by its different parts. In a sound dump Declared is Listed, and Repeated is 0.
type PageCounts struct {
	Declared uint64 // what the header or sub-header says
	Listed   uint64 // what the bitmap, the runs or the ranges name; where it differs from Declared, the smaller one counts
	Repeated uint64 // how many of Listed are page frames that a run or range ahead in the file names too, which has the page
}

// PageCounts counts the pages that the bitmap, runs or ranges name. It reads them if no page was asked for before. The errors are
// those of Page.
func (f *File) PageCounts() (PageCounts, error) {
	x, err := f.index()
	if err != nil {
		return PageCounts{}, err
	}
	return x.counts, nil
}

// CountPages returns how many pages the dump holds with page frames from first up to end, which is not part of them. The errors are those
// of Page.
func (f *File) CountPages(first, end uint64) (uint64, error) {
	x, err := f.index()
	if err != nil || first >= end {
		return 0, err
	}
	return x.below(end) - x.below(first), nil
}

// MemoryEnd returns a page frame behind all memory that the machine had, by the runs in the header and by the length of the bitmap; 0 where
// nothing says it. sure is false where a list of ranges alone does, which can leave out what lies behind.
func (f *File) MemoryEnd() (pfn uint64, sure bool) {
	runs, _, _ := f.Memory()
	for _, r := range runs {
		pfn = max(pfn, r.Base+r.Count)
	}
	if f.pages.known {
		pfn = max(pfn, f.pages.bitmapBits)
	}
	list := f.pages.list
	if list != nil && f.pages.ranges == 0 { // the runs of a full dump
		pfn = max(pfn, list.highest)
	}
	if pfn == 0 && list != nil {
		return list.highest, false
	}
	return pfn, pfn > 0
}

// below returns how many stored pages have a page frame below pfn.
func (x *pageIndex) below(pfn uint64) (n uint64) {
	if x.blocks == nil {
		at := x.byFrame.search(pfn)
		n = x.pagesBefore(at)
		if at < len(x.byFrame.spans) {
			if s := &x.byFrame.spans[at]; s.first < pfn {
				_, stored := x.limit(s.index, pfn-s.first)
				n += stored
			}
		}
		return n
	}
	if pfn/blockFrames >= uint64(len(x.blocks)) {
		return x.pages
	}
	b := &x.blocks[pfn/blockFrames]
	n = b.before
	switch at := pfn % blockFrames / wordFrames; {
	case b.words == nil:
	case at >= uint64(len(b.words)):
		n += b.pages()
	default:
		w := &b.words[at]
		n += uint64(w.rank) + uint64(bits.OnesCount64(w.bits()&(1<<(pfn%wordFrames)-1)))
	}
	return min(n, x.pages)
}
