package dmpfile

import (
	"encoding/binary"
	"math/bits"

	"github.com/dmplens/dmplens/dmpfile/internal/bin"
)

// pageData says how the pages of a dump are stored: packed, from a file offset on, in an order that a bitmap or runs give.
type pageData struct {
	first int64  // file offset of the first page
	count uint64 // pages that the dump declares
	known bool   // whether the other fields are

	bitmap     int64  // file offset of the bitmap; bit i stands for page frame i
	bitmapBits uint64 // its length in bits

	ranges    int64    // file offset of the range list of a range dump
	rangesEnd int64    // where it ends at the latest
	zeroEnds  bool     // whether a range from page frame 0 ends it
	listWhole bool     // whether it was read to its end
	list      *runList // what it lists, or the runs of a full dump
}

// maxPages is more pages than 52 bits of physical address can name. A larger count is nonsense.
const maxPages = 1 << 40

// maxHeader bounds the offset of the first page: a bitmap of maxPages bits and everything before it fits below.
const maxHeader = maxPages/8 + 1<<20

// detectFormat decides the format, by the signature of the sub-header first and by DumpType second, and reads how pages are stored.
func (f *File) detectFormat(head []byte) {
	sub := f.layout.size
	sig, _ := bin.U32(head, sub)
	sig4, _ := bin.U32(head, sub+4)
	sig8, _ := bin.U32(head, sub+8)
	bitmapSignature := (sig == sigSDMP || sig == sigFDMP) && sig4 == sigDUMP
	dumpType, typeKnown := f.DumpType()
	if f.Encrypted() {
		// What follows the header is cipher text: only the header says anything.
		f.Format = formatOfType(dumpType)
		return
	}
	switch {
	case bitmapSignature && dumpType == 2:
		f.Format = Summary
		f.readSummary(head)
	case bitmapSignature:
		f.Format = BitmapKernel
		if dumpType == 5 || sig == sigFDMP && dumpType != 6 && dumpType != 7 {
			f.Format = BitmapFull
		}
		f.expectDumpType(dumpType, typeKnown, 5, 6, 7)
		f.pages = bitmapPages(head, sub)
	case sig4 == sigRDMP && sig8 == sigDUMP:
		f.Format = Range
		f.expectDumpType(dumpType, typeKnown, 8, 9, 10)
		f.readRangeHeader(head, dumpType)
	case dumpType == 1:
		f.Format = Full
		f.readFull()
	case dumpType == 3:
		f.Format = HeaderOnly
		f.pages = pageData{known: true, first: int64(sub), list: new(runList)}
	case dumpType == 4, looksLikeTriage(head, sub) && f.triageEnds(head):
		f.Format = TriageDump
		f.expectDumpType(dumpType, typeKnown, 4)
		f.readTriage(head)
	case typeKnown && formatOfType(dumpType) == "":
		f.find(SeverityError, DumpTypeUnknown, f.Offset(FieldDumpType), "dump type %d is not known", dumpType)
		return
	case !typeKnown:
		if f.size >= int64(sub) {
			f.find(SeverityError, DumpTypeMissing, f.Offset(FieldDumpType), "the header does not say what type of dump this is, and no sub-header shows it")
		}
		return
	default: // a type that needs a sub-header, without the signature of one
		f.Format = formatOfType(dumpType)
	}
	f.checkSubHeader(sig, sig4)
}

// checkSubHeader reports why the place of the primary data is not known.
func (f *File) checkSubHeader(sig, sig4 uint32) {
	sub := int64(f.layout.size)
	switch {
	case f.pages.known && f.pages.count == 0 && f.Format != HeaderOnly:
		f.find(SeverityError, NoPages, sub, "the dump says that it holds no page of memory")
	case f.pages.known || f.Triage != nil && f.Triage.SizeOfDump >= uint32(sub) || f.size < sub:
	case f.Format == Range && f.OnlyHead(): // the list of ranges may go on after the head
	case f.Format == Full:
		f.find(SeverityError, PageCountUnknown, f.Offset(FieldPhysicalMemoryBlock), "the header does not say, or says impossibly, which pages of memory the dump holds")
	case f.size < sub+int64(f.subHeaderSize()):
		f.find(SeverityError, HeaderTruncated, f.size, "the file ends inside its sub-header, which begins at offset %#x", sub)
	case f.Format == TriageDump:
		f.find(SeverityError, PageCountUnknown, sub+4, "the triage directory does not say, or says impossibly, where its data ends")
	case sig4 != sigDUMP && sig4 != sigRDMP || sig == filler32:
		f.find(SeverityError, SubHeaderMissing, sub, "a %s dump needs a sub-header here, and there is none: its pages cannot be found", f.Format)
	default:
		f.find(SeverityError, PageCountUnknown, sub, "the sub-header does not say, or says impossibly, how many pages the dump holds")
	}
}

// formats are what the values of DumpType promise.
var formats = [...]Format{
	1: Full, 2: Summary, 3: HeaderOnly, 4: TriageDump, 5: BitmapFull, 6: BitmapKernel, 7: BitmapKernel, 8: Range, 9: Range, 10: Range,
}

// formatOfType returns what a DumpType promises, "" where it is none that is known.
func formatOfType(t uint32) Format {
	if t < uint32(len(formats)) {
		return formats[t]
	}
	return ""
}

// pageHeaderSize is the fixed part of the longest sub-header of a dump of pages.
const pageHeaderSize = 0x38

// expectDumpType notes a DumpType that contradicts the sub-header that was found.
func (f *File) expectDumpType(t uint32, known bool, want ...uint32) {
	for _, w := range want {
		if known && t == w {
			return
		}
	}
	if known {
		f.find(SeverityWarning, DumpTypeMismatch, f.Offset(FieldDumpType), "the header says dump type %d, but the data behind it is laid out as %s", t, f.Format)
	} else {
		f.find(SeverityWarning, DumpTypeMissing, f.Offset(FieldDumpType), "the header does not say its dump type; the data behind it is laid out as %s", f.Format)
	}
}

// readFull takes the pages of a type 1 dump from the memory runs in the header.
func (f *File) readFull() {
	runs, pages, ok := f.PhysicalMemory()
	if !ok || pages >= maxPages {
		return
	}
	off := f.Offset(FieldPhysicalMemoryBlock)
	var sum, end uint64
	for i, r := range runs {
		if r.Count >= maxPages || r.Base >= maxPages {
			f.find(SeverityError, RunInvalid, off, "memory run %d of %d is impossible: page frame %#x, %#x pages", i+1, len(runs), r.Base, r.Count)
			return
		}
		if r.Base < end {
			f.find(SeverityError, RunOverlap, off, "memory run %d of %d begins at page frame %#x, before the run ahead of it ends (%#x)", i+1, len(runs), r.Base, end)
		}
		sum += r.Count
		end = r.Base + r.Count
	}
	if sum != pages {
		f.find(SeverityError, RunCount, off, "the memory runs hold %d pages, the header says %d", sum, pages)
	}
	list := &runList{mostSpans: len(runs)}
	for _, r := range runs {
		list.add(r)
	}
	list.finish()
	f.pages = pageData{known: true, first: int64(f.layout.size), count: pages, list: list}
}

// bitmapPages reads the bitmap sub-header that both widths share: {signatures, options, ..., HeaderSize u64 at 0x20, Pages u64,
// BitmapSize u64 in bits, bitmap}.
func bitmapPages(head []byte, sub int) pageData {
	first, ok1 := bin.U64(head, sub+0x20)
	count, ok2 := bin.U64(head, sub+0x28)
	n, ok3 := bin.U64(head, sub+0x30)
	if !ok1 || !ok2 || !ok3 {
		return pageData{}
	}
	return checkBitmap(pageData{first: int64(min(first, maxHeader)), count: count, bitmap: int64(sub) + 0x38, bitmapBits: n})
}

// checkBitmap accepts a bitmap that ends before the first page and has a bit for every page.
func checkBitmap(p pageData) pageData {
	if p.bitmapBits >= maxPages || p.count > p.bitmapBits || p.first >= maxHeader || p.first < p.bitmap+int64(p.bitmapBits+7)/8 {
		return pageData{}
	}
	p.known = true
	return p
}

// readSummary reads the sub-header of a type 2 dump. Readers report two layouts for 64 bits: the one of the 32-bit form, with a
// pointer widened, and the one of bitmap dumps. The numbers tell which it is; where both would do, the count of set bits decides.
func (f *File) readSummary(head []byte) {
	sub := f.layout.size
	bitmap := sub + 0x20
	if f.Bits == 64 {
		bitmap = sub + 0x28
	}
	first, ok1 := bin.U32(head, sub+0x0C)
	n, ok2 := bin.U32(head, sub+0x10)
	count, ok3 := bin.U32(head, sub+0x14)
	var legacy pageData
	if ok1 && ok2 && ok3 && first != filler32 && n != filler32 && count != filler32 {
		legacy = checkBitmap(pageData{first: int64(first), count: uint64(count), bitmap: int64(bitmap), bitmapBits: uint64(n)})
	}
	f.pages = legacy
	if f.Bits == 32 {
		return
	}
	modern := bitmapPages(head, sub)
	if modern.known && (!legacy.known || f.hasCount(modern) && !f.hasCount(legacy)) {
		f.pages = modern
	}
}

// readRangeHeader reads the RDMP sub-header and its list of ranges.
func (f *File) readRangeHeader(head []byte, dumpType uint32) {
	sub := f.layout.size
	metadata, ok1 := bin.U64(head, sub+0x10)
	first, ok2 := bin.U64(head, sub+0x18)
	total, ok3 := bin.U64(head, sub+0x28)
	list := int64(sub) + 0x30
	if !ok1 || !ok2 || !ok3 || first >= maxHeader || int64(first) < list || first != uint64(sub)+0x20+metadata {
		return
	}
	l := &runList{mostSpans: min(keptSpans, int(max(0, min(f.size, int64(first))-list)/16)), mostBitmap: keptBitmap}
	p := pageData{first: int64(first), ranges: list, rangesEnd: int64(first), zeroEnds: dumpType != 10, list: l}
	most := uint64(maxPages)
	if dumpType == 10 {
		most = total
	}
	whole, possible, err := f.readRanges(p, l, most)
	l.finish()
	p.listWhole = whole
	switch {
	case err != nil:
		f.readError(list, err)
		return
	case !possible:
		f.find(SeverityError, RangeInvalid, list, "the list of page ranges holds an impossible range")
		return
	case dumpType == 10 && total >= maxPages:
		return
	case dumpType == 10:
		if whole && l.listed != total {
			f.find(SeverityError, RangeCount, int64(sub)+0x28, "the page ranges hold %d pages, the sub-header says %d", l.listed, total)
		}
		p.count = total
	case !whole:
		return // the file ends inside the list, and no field says the total
	default:
		p.count = l.listed
	}
	p.known = true
	f.pages = p
}

// blockSize is how much of a list or bitmap one read takes; a longer one than maxScan (the bitmap of 4 TiB of memory) is not read.
const (
	blockSize = 1 << 20
	maxScan   = 128 << 20
)

// readError reports a part of the file that the system could not read, which says nothing about the dump.
func (f *File) readError(off int64, err error) {
	f.find(SeverityError, ReadFailed, off, "the file could not be read here: %v", err)
}

// readRanges adds the ranges of 16 bytes each to a list, until they have as many pages as there are at most, or one is empty: no writer lists
// one, so it is padding after the list. whole says whether the list was read to its end, possible whether its numbers can be.
func (f *File) readRanges(p pageData, l *runList, most uint64) (whole, possible bool, err error) {
	if p.rangesEnd-p.ranges > maxScan {
		return false, true, nil
	}
	var b []byte
	for off := p.ranges; off+16 <= p.rangesEnd; {
		b, err = readInto(b, f.r, off, min(blockSize, (p.rangesEnd-off)&^15), f.size)
		if err != nil || len(b) < 16 {
			return false, true, err
		}
		off += int64(len(b) &^ 15)
		for list := b; len(list) >= 16; list = list[16:] {
			r := Run{binary.LittleEndian.Uint64(list), binary.LittleEndian.Uint64(list[8:])}
			switch {
			case r.Count == 0 || l.listed >= most || p.zeroEnds && r.Base == 0:
				return true, true, nil
			case r.Base >= maxPages || r.Count >= maxPages || l.listed+r.Count >= maxPages:
				return true, false, nil
			}
			l.add(r)
		}
	}
	return true, true, nil
}

// eachBitmapBlock calls yield for each block of the bitmap, as whole words of 64 bits, with the page frame of its lowest bit, until
// it returns false; the next block takes its memory. Bits past the end of the bitmap are clear. It says whether the bitmap was read to
// its end.
func (f *File) eachBitmapBlock(p pageData, yield func(pfn uint64, block []byte) bool) (whole bool, err error) {
	end := p.bitmap + int64(p.bitmapBits+7)/8
	var b []byte
	for off := p.bitmap; off < end; {
		b, err = readInto(b, f.r, off, min(blockSize, end-off), f.size)
		if err != nil || len(b) == 0 {
			return false, err
		}
		pfn := uint64(off-p.bitmap) * 8
		off += int64(len(b))
		for len(b)%8 != 0 {
			b = append(b, 0)
		}
		if left := p.bitmapBits - pfn; left < uint64(len(b))*8 {
			last := b[len(b)-8:]
			binary.LittleEndian.PutUint64(last, binary.LittleEndian.Uint64(last)&(1<<(left%64)-1))
		}
		if !yield(pfn, b) {
			return true, nil
		}
	}
	return true, nil
}

// eachBitmapWord calls yield for each 64 bits of the bitmap with the page frame of the lowest one, until it returns false. It reads
// no bitmap that is too long for a single question.
func (f *File) eachBitmapWord(p pageData, yield func(pfn, word uint64) bool) error {
	if p.bitmapBits/8 > maxScan {
		return nil
	}
	_, err := f.eachBitmapBlock(p, func(pfn uint64, block []byte) bool {
		for ; len(block) > 0; block = block[8:] {
			if !yield(pfn, binary.LittleEndian.Uint64(block)) {
				return false
			}
			pfn += 64
		}
		return true
	})
	return err
}

// hasCount says whether the bitmap has as many set bits as there are pages.
func (f *File) hasCount(p pageData) bool {
	n := uint64(0)
	err := f.eachBitmapWord(p, func(_, word uint64) bool {
		n += uint64(bits.OnesCount64(word))
		return true
	})
	return err == nil && n == p.count
}

// StoredPage returns which page frame the i-th stored page (from 0) holds. It reads a bitmap, or a long list of ranges, up to that page: use
// it for single questions, not for reading memory. ok is false where the dump does not have that page, or a bitmap is too long to be read for this (128 MiB, that of
// 4 TiB of memory).
func (f *File) StoredPage(i uint64) (pfn uint64, ok bool, err error) {
	p := f.pages
	switch {
	case !p.known || i >= p.count:
	case p.bitmap != 0:
		err = f.eachBitmapWord(p, func(base, word uint64) bool {
			n := uint64(bits.OnesCount64(word))
			if i >= n {
				i -= n
				return true
			}
			pfn, ok = base+selectBit(word, i), true
			return false
		})
	case p.list == nil || i >= p.list.listed:
	case p.list.counted:
		l := runList{counted: true}
		_, _, err = f.readRanges(p, &l, i+1) // the last run that it adds has the page
		if ok = l.listed > i; ok {
			pfn = l.end - (l.listed - i)
		}
	default:
		pfn, ok = p.list.frame(i), true
	}
	return pfn, ok, err
}
