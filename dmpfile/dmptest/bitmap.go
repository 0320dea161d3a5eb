package dmptest

import (
	"encoding/binary"
	"errors"
	"math/bits"
	"os"
)

// Bitmap is a dump of type 5, 6 or 7 (0 is 6): a bitmap says which pages it holds.
type Bitmap struct {
	Header      Header
	Signature   string // "" is FDMP for type 5, else SDMP
	DumpOptions uint32
	Bits        uint64 // length of the bitmap; 0: as many as Pages need, in whole bytes
	HeaderSize  uint64 // offset of the first page; 0: the end of the bitmap, rounded up to a page
	Unaligned   bool   // the first page comes right behind the bitmap
	Pages       Pages
	Secondary   []byte // appended
}

// Image returns the dump. RequiredDumpSpace is its length.
func (b Bitmap) Image() *Image {
	h := b.Header
	h.DumpType = orElse(h.DumpType, 6)
	b.Bits = orElse(b.Bits, b.Pages.bits())
	b.Signature = orElse(b.Signature, map[bool]string{true: "FDMP", false: "SDMP"}[h.DumpType == 5])
	m := h.Image()
	sub := m.Len()
	end := sub + 0x38 + int((b.Bits+7)/8)
	switch {
	case b.HeaderSize != 0:
	case b.Unaligned:
		b.HeaderSize = uint64(end)
	default:
		b.HeaderSize = uint64(roundUp(end, PageSize))
	}
	b.putSubHeader(m, sub, uint64(len(b.Pages)))
	m.PutBytes(sub+0x38, b.Pages.bitmap(b.Bits))
	return finishPages(h, m, b.HeaderSize, b.Pages, b.Secondary)
}

func (b Bitmap) putSubHeader(m *Image, sub int, pages uint64) {
	m.PutASCII(sub, b.Signature+"DUMP")
	m.PutU32(sub+0x8, b.DumpOptions)
	m.PutU64(sub+0x20, b.HeaderSize, pages, b.Bits)
}

// finishPages appends all pages at off, and what follows them.
func finishPages(h Header, m *Image, off uint64, pages Pages, secondary []byte) *Image {
	m.Grow(int(off))
	for _, pfn := range pages.numbers() {
		pages.put(m, pfn)
	}
	m.Append(secondary)
	h.putRequired(m, uint64(m.Len()))
	return m
}

// SummaryLayout says where a 64-bit summary dump has its counts.
type SummaryLayout int

// The two layouts that are reported for 64-bit summary dumps. A 32-bit one is always SummaryShort.
const (
	SummaryShort SummaryLayout = iota // u32 counts at +0xC, bitmap at +0x28 (32-bit: +0x20)
	SummaryLong                       // u64 counts at +0x20, bitmap at +0x38, as in a bitmap dump
)

// Summary is a dump of type 2, the kernel dump of Windows 7 and before.
type Summary struct {
	Header      Header
	Layout      SummaryLayout
	DumpOptions uint32 // 0 is 1: the kernel's address space
	Bits        uint64 // length of the bitmap; 0: as many as Pages need, in whole bytes
	Pages       Pages
	Secondary   []byte // appended
}

// Image returns the dump. The first page is at the end of the bitmap, rounded up to a page.
func (s Summary) Image() *Image {
	h := s.Header
	h.DumpType = orElse(h.DumpType, 2)
	s.DumpOptions = orElse(s.DumpOptions, 1)
	s.Bits = orElse(s.Bits, s.Pages.bits())
	if s.Layout == SummaryLong && !h.is32() {
		return Bitmap{
			Header: h, Signature: "SDMP", DumpOptions: s.DumpOptions, Bits: s.Bits, Pages: s.Pages, Secondary: s.Secondary,
		}.Image()
	}
	m := h.Image()
	sub := m.Len()
	bitmap := sub + 0x28
	buffer := sub + 0x20
	if h.is32() {
		bitmap, buffer = sub+0x20, sub+0x1C
	}
	first := roundUp(bitmap+int((s.Bits+7)/8), PageSize)
	m.PutASCII(sub, "SDMPDUMP")
	m.PutU32(sub+0x8, s.DumpOptions, uint32(first), uint32(s.Bits), uint32(len(s.Pages)), uint32(s.Bits))
	m.PutPtr(buffer, h.pointerSize(), 0xFFFFFA8001234028)
	m.PutBytes(bitmap, s.Pages.bitmap(s.Bits))
	return finishPages(h, m, uint64(first), s.Pages, s.Secondary)
}

// SparseBitmap writes a bitmap dump of type 6 with pfns bits to f, of which half are set, in runs of different length.
// The pages are holes in the file: a dump of 64 GiB takes a few MiB. pfns must be a multiple of 512 (64 GiB are 0x1000000).
// It returns the number of pages. The bytes of secondary are appended.
func SparseBitmap(f *os.File, h Header, pfns uint64, secondary []byte) (pages uint64, err error) {
	if pfns == 0 || pfns%512 != 0 || h.is32() {
		return 0, errors.New("dmptest: a sparse dump is 64-bit and has a multiple of 512 bits")
	}
	h.DumpType = orElse(h.DumpType, 6)
	bitmap := sparseBits(pfns)
	for i := 0; i < len(bitmap); i += 8 {
		pages += uint64(bits.OnesCount64(binary.LittleEndian.Uint64(bitmap[i:])))
	}
	b := Bitmap{Signature: "SDMP", Bits: pfns, HeaderSize: roundUp(uint64(0x2038+len(bitmap)), PageSize)}
	m := h.Image64()
	b.putSubHeader(m, 0x2000, pages)
	m.PutBytes(0x2038, bitmap)
	end := b.HeaderSize + pages*PageSize
	h.putRequired(m, end+uint64(len(secondary)))
	if _, err := f.WriteAt(m.Data(), 0); err != nil {
		return 0, err
	}
	if _, err := f.WriteAt(secondary, int64(end)); err != nil {
		return 0, err
	}
	return pages, f.Truncate(int64(end) + int64(len(secondary)))
}

// sparseBits sets half of n bits: each word of 64 is followed by its complement.
func sparseBits(n uint64) []byte {
	words := [4]uint64{0xFFFFFFFFFFFFFFFF, 0x00000000FFFFFFFF, 0x5555555555555555}
	random := generator(1)
	var b []byte
	for i := uint64(0); i < n/128; i++ {
		words[3] = random.next()
		w := words[i%4]
		b = binary.LittleEndian.AppendUint64(b, w)
		b = binary.LittleEndian.AppendUint64(b, ^w)
	}
	return b
}

// generator yields the same numbers every time (xorshift).
type generator uint64

func (g *generator) next() uint64 {
	x := uint64(*g)
	x ^= x << 13
	x ^= x >> 7
	x ^= x << 17
	*g = generator(x)
	return x
}

// bytes returns n bytes that look random, as cipher text does.
func (g *generator) bytes(n int) []byte {
	var b []byte
	for len(b) < n {
		b = binary.LittleEndian.AppendUint64(b, g.next())
	}
	return b[:n]
}
