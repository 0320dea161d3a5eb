package dmptest

import (
	"io"
	"os"
	"path/filepath"
	"testing"
)

func TestFull(t *testing.T) {
	for machine, first := range map[uint16]int{AMD64: 0x2000, X86: 0x1000} {
		h := Header{Machine: machine, Runs: []Run{{2, 2}, {0x100, 1}}}
		f := Full{Header: h, Pages: Pages{3: []byte("three")}, Secondary: Secondary(19041)}
		b := f.Image().Data()
		expect(t, b,
			at{0xFA0, uint64(first + 0x3000)}, at{first, uint64(2)}, at{first + 0x1000, "three\x00"},
			at{first + 0x2000, uint64(0x100)}, at{first + 0x2FF8, uint64(0xFF0)}, at{first + 0x3000, "DumpBlob"})
		if machine == AMD64 {
			expect(t, b, at{0xF98, uint32(1)})
		} else {
			expect(t, b, at{0xF88, uint32(1)})
		}
	}
}

func TestHeaderOnly(t *testing.T) {
	b := HeaderOnly(Header{}).Data()
	expect(t, b, at{0xF98, uint32(3)}, at{0xFA0, uint64(0x2000)})
	if len(b) != 0x2000 {
		t.Errorf("length %#x", len(b))
	}
}

func TestBitmap(t *testing.T) {
	pages := Pages{0: nil, 9: []byte("nine"), 0x3FF: nil}
	for _, x := range []struct {
		name      string
		b         Bitmap
		sub, size int
		signature string
	}{
		{"kernel", Bitmap{Header: Header{}}, 0x2000, 0x3000, "SDMP"},
		{"full", Bitmap{Header: Header{DumpType: 5}, Unaligned: true}, 0x2000, 0x20B8, "FDMP"},
		{"automatic", Bitmap{Header: Header{DumpType: 7}, HeaderSize: 0x5000}, 0x2000, 0x5000, "SDMP"},
		{"x86", Bitmap{Header: Header{Machine: X86}}, 0x1000, 0x2000, "SDMP"},
		{"odd", Bitmap{Header: Header{Machine: X86}, Signature: "FDMP", Bits: 0x401}, 0x1000, 0x2000, "FDMP"},
	} {
		t.Run(x.name, func(t *testing.T) {
			x.b.Pages = pages
			x.b.Secondary = Secondary(19041, Blob{Tag: TagNull})
			b := x.b.Image().Data()
			count := orElse(x.b.Bits, 0x400)
			expect(t, b,
				at{x.sub, x.signature + "DUMP"}, at{x.sub + 0x20, uint64(x.size)}, at{x.sub + 0x28, uint64(3)},
				at{x.sub + 0x30, count}, at{x.sub + 0x38, uint16(0x201)}, at{x.sub + 0x38 + 0x7F, uint8(0x80)},
				at{x.size, uint64(0)}, at{x.size + 0x1000, "nine"}, at{x.size + 0x2000, uint64(0x3FF)},
				at{x.size + 0x3000, "DumpBlob"}, at{0xFA0, uint64(x.size + 0x3030)})
			if n := popcount(b[x.sub+0x38 : x.sub+0x38+int(count+7)/8]); n != 3 {
				t.Errorf("%d bits are set", n)
			}
			if len(b) != x.size+0x3030 {
				t.Errorf("length %#x", len(b))
			}
		})
	}
}

func TestSummary(t *testing.T) {
	pages := Pages{1: nil, 8: nil}
	for _, x := range []struct {
		name        string
		s           Summary
		sub, bitmap int
	}{
		{"short", Summary{}, 0x2000, 0x2028},
		{"x86", Summary{Header: Header{Machine: X86}, Layout: SummaryLong}, 0x1000, 0x1020},
	} {
		t.Run(x.name, func(t *testing.T) {
			x.s.Pages, x.s.Bits = pages, 20
			b := x.s.Image().Data()
			expect(t, b,
				at{x.sub, "SDMPDUMP"}, at{x.sub + 0x8, uint32(1)}, at{x.sub + 0xC, uint32(x.sub + 0x1000)},
				at{x.sub + 0x10, uint32(20)}, at{x.sub + 0x14, uint32(2)}, at{x.sub + 0x18, uint32(20)},
				at{x.bitmap, "\x02\x01\x00\x00"}, at{x.sub + 0x1000, uint64(1)}, at{x.sub + 0x2000, uint64(8)},
				at{0xFA0, uint64(x.sub + 0x3000)})
		})
	}
	b := Summary{Layout: SummaryLong, Pages: pages}.Image().Data()
	expect(t, b, at{0xF98, uint32(2)}, at{0x2000, "SDMPDUMP"}, at{0x2020, uint64(0x3000)}, at{0x2028, uint64(2)},
		at{0x2030, uint64(16)}, at{0x2038, uint16(0x102)}, at{0x4000, uint64(8)})
}

func TestRange(t *testing.T) {
	r := Range{Ranges: []Run{{1, 2}, {0x1AD, 1}}, Pages: Pages{2: []byte("two")}}
	expect(t, r.Image().Data(),
		at{0xF98, uint32(10)}, at{0x2000, uint32(0x40)}, at{0x2004, "RDMPDUMP"}, at{0x200C, uint32(0)},
		at{0x2010, uint64(0x30)}, at{0x2018, uint64(0x2050)}, at{0x2020, uint64(2)}, at{0x2028, uint64(3)},
		at{0x2030, uint64(1)}, at{0x2038, uint64(2)}, at{0x2040, uint64(0x1AD)}, at{0x2048, uint64(1)},
		at{0x2050, uint64(1)}, at{0x3050, "two"}, at{0x4050, uint64(0x1AD)}, at{0xFA0, uint64(0x5050)})
	r.Header.DumpType = 8
	expect(t, r.Image().Data(), at{0xF98, uint32(8)}, at{0x2010, uint64(0x40)}, at{0x2018, uint64(0x2060)},
		at{0x2020, uint64(0)}, at{0x2028, uint64(0)}, at{0x2050, uint64(0)}, at{0x2060, uint64(1)})
	r.MetadataSize = 0xFE0
	expect(t, r.Image().Data(), at{0x2018, uint64(0x3000)}, at{0x3000, uint64(1)})
}

func TestSparseBitmap(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "sparse.dmp"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	const pfns = 0x1000000 // 64 GiB
	pages, err := SparseBitmap(f, Header{Build: 26100}, pfns, Secondary(26100))
	if err != nil {
		t.Fatal(err)
	}
	if pages != pfns/2 {
		t.Errorf("%#x pages", pages)
	}
	const first = 0x203000 // 0x2038 and 0x200000 bytes of bitmap, rounded up
	b := make([]byte, first)
	if _, err := f.ReadAt(b, 0); err != nil {
		t.Fatal(err)
	}
	expect(t, b, at{0xF98, uint32(6)}, at{0x2000, "SDMPDUMP"}, at{0x2020, uint64(first)}, at{0x2028, pages}, at{0x2030, uint64(pfns)})
	if n := popcount(b[0x2038:0x202038]); n != pfns/2 {
		t.Errorf("%#x bits", n)
	}
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	if want := int64(first + pages*0x1000 + 0x10); info.Size() != want || u64(b, 0xFA0) != uint64(want) {
		t.Errorf("size %#x, want %#x", info.Size(), want)
	}
	tail := make([]byte, 0x11)
	if n, err := f.ReadAt(tail, info.Size()-0x10); n != 0x10 || err != io.EOF {
		t.Error(n, err)
	}
	expect(t, tail, at{0, "DumpBlob"})
	if _, err := SparseBitmap(f, Header{}, 100, nil); err == nil {
		t.Error("100 bits are accepted")
	}
}
