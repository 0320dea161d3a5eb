package xdata

import (
	"bytes"
	"encoding/binary"
	"errors"
	"testing"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/dmptest"
	"github.com/dmplens/dmplens/dmpfile/pe"
)

// armImage is an image with functions from 0x1000 on to 0x4000, of which table has the entries, and unwind data from 0x4000 on.
func armImage(xdata []byte, table ...uint32) dmptest.PE {
	p := dmptest.PE{Machine: dmptest.ARM64, Exceptions: []byte{}, Sections: []dmptest.PESection{
		{Name: ".text", Data: []byte{0}, Size: 0x3000, Characteristics: 0x60000020}, {Name: ".xdata", Data: xdata, Size: 0x1000}}}
	for _, w := range table {
		p.Exceptions = binary.LittleEndian.AppendUint32(p.Exceptions, w)
	}
	return p
}

func openPE(t testing.TB, p dmptest.PE) *pe.Image {
	t.Helper()
	b := p.File().Data()
	im, err := pe.NewFile(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	return im
}

// xdataARM64 is unwind data with no epilogues: so many instructions, and codes.
func xdataARM64(instructions uint32, codes ...byte) []byte {
	for len(codes)%4 != 0 {
		codes = append(codes, 0xE3)
	}
	return append(binary.LittleEndian.AppendUint32(nil, instructions|uint32(len(codes)/4)<<27), codes...)
}

func wordsARM64(codes []byte, words ...uint32) (b []byte) {
	for _, w := range words {
		b = binary.LittleEndian.AppendUint32(b, w)
	}
	return append(b, codes...)
}

// TestWrongARM64 is of unwind data that contradicts the format, or is not known.
func TestWrongARM64(t *testing.T) {
	const full = 0x4000
	var format *dmpfile.FormatError
	for _, test := range []struct {
		name   string
		entry  uint32
		xdata  []byte
		at     dmpfile.VirtAddr // where it is unwound from
		want   error            // nil is a FormatError
		offset int64            // of that
	}{
		{"no end", full, xdataARM64(4, 0xE3, 0xE3, 0xE3, 0xE3), 0x100C, nil, 0x4004},
		{"no codes", full, wordsARM64(nil, 4, 0), 0x100C, nil, 0x4008},
		{"cut code of 4 bytes", full, xdataARM64(4, 0xE3, 0xE3, 0xE3, 0xE0), 0x100C, nil, 0x4007},
		{"cut code of 3 bytes", full, xdataARM64(4, 0xE3, 0xE3, 0xE7, 0x00), 0x100C, nil, 0x4006},
		{"cut code of 2 bytes", full, xdataARM64(4, 0xE3, 0xE3, 0xE3, 0xC8), 0x100C, nil, 0x4007},
		{"reserved code", full, xdataARM64(4, 0xED, 0xE4), 0x100C, ErrVersion, 0},
		{"reserved code of 5 bytes", full, xdataARM64(4, 0xFB, 0, 0, 0, 0, 0xE4), 0x100C, ErrVersion, 0},
		{"reserved code of 2 bytes", full, xdataARM64(4, 0xF8, 0xE4, 0xE4), 0x100C, ErrVersion, 0},
		{"reserved code at the end of the range", full, xdataARM64(4, 0xFF, 0xE4), 0x100C, ErrVersion, 0},
		{"reserved any register", full, xdataARM64(4, 0xE7, 0x80, 0x00, 0xE4), 0x100C, ErrVersion, 0},
		{"any register: x31", full, xdataARM64(4, 0xE7, 0x1F, 0x00, 0xE4), 0x100C, ErrVersion, 0},
		{"any register: pair x30", full, xdataARM64(4, 0xE7, 0x5E, 0x00, 0xE4), 0x100C, ErrVersion, 0},
		{"any register: pair d31", full, xdataARM64(4, 0xE7, 0x5F, 0x40, 0xE4), 0x100C, ErrVersion, 0},
		{"register past x30", full, xdataARM64(4, 0xD3, 0x00, 0xE4), 0x100C, nil, 0x4004},
		{"pair past x30", full, xdataARM64(4, 0xCA, 0xC0, 0xE4), 0x100C, nil, 0x4004},
		{"next pairs past x30", full, xdataARM64(16, 0xE6, 0xE6, 0xE6, 0xE6, 0xE6, 0xE6, 0x24, 0xE4), 0x1020, nil, 0x400A},
		{"next pair beside one register", full, xdataARM64(4, 0xE6, 0xD0, 0x00, 0xE4), 0x100C, nil, 0x4005},
		{"next pair beside none", full, xdataARM64(4, 0xE6, 0xE4), 0x100C, nil, 0x4005},
		{"version", full, wordsARM64([]byte{0xE4, 0xE3, 0xE3, 0xE3}, 4|1<<18|1<<27), 0x100C, ErrVersion, 0},
		{"packed epilogue past the codes", full, wordsARM64([]byte{0xE4, 0xE3, 0xE3, 0xE3}, 8|1<<21|4<<22|1<<27), 0x101C, nil, 0x4004},
		{"epilogue past the codes", full, wordsARM64([]byte{0xE4, 0xE3, 0xE3, 0xE3}, 8|1<<22|1<<27, 4<<22|4), 0x1010, nil, 0x4008},
		{"more epilogues than the image has room for", full, wordsARM64(nil, 8, 1<<16|0xFFFF), 0x1010, nil, 0x4000},
		{"a header that the image has half of", 0x5FFC, nil, 0x1000, nil, 0x6000},
		{"unwind data outside", 0x12345678, nil, 0x1000, nil, 0x12345678},
		{"function past the image", full, xdataARM64(0x3FFFF, 0xE4), 0x1000, nil, 0x1000},
		{"reserved entry", 3 | 4<<2, nil, 0x1000, ErrVersion, 0},
		{"packed: too many registers", 1 | 4<<2 | 11<<16 | 3<<21 | 10<<23, nil, 0x1000, nil, 0x1000},
		{"packed: no room for the registers", 1 | 4<<2 | 4<<16 | 1<<23, nil, 0x1000, nil, 0x1000},
		{"packed: no room for the chain", 2 | 4<<2 | 4<<16 | 3<<21 | 2<<23, nil, 0x1000, nil, 0x1000},
	} {
		t.Run(test.name, func(t *testing.T) {
			im := openPE(t, armImage(test.xdata, 0x1000, test.entry))
			var r RegistersARM64
			for n := range 32 {
				r.Set(n, armStack)
			}
			m := armMemory{}
			for i := range dmpfile.VirtAddr(0x100) {
				m[armStack+8*i] = armReturn
			}
			c, err := CallerARM64(im, armBase, m, armBase+test.at, r, false)
			switch {
			case err == nil:
				t.Errorf("%+v", c)
			case test.want != nil && !errors.Is(err, test.want), test.want == nil && !errors.As(err, &format):
				t.Error(err)
			case test.want == nil && format.Offset != test.offset:
				t.Errorf("%v, want that at %#x", err, test.offset)
			}
		})
	}
}

// TestOddARM64 is of unwind data that no compiler makes and the format allows. The frame at sp has a word of 0x100 and so on in each place.
func TestOddARM64(t *testing.T) {
	for _, test := range []struct {
		name  string
		xdata []byte
		at    dmpfile.VirtAddr
		ip    dmpfile.VirtAddr
		sp    uint64 // from that in the function
		x19   uint64
	}{
		{"codes on how it was entered hold in the prologue", xdataARM64(8, 0xEC, 0x01, 0xE4), 0x1000, armReturn, 0, 19},
		{"and behind it", xdataARM64(8, 0xEC, 0x01, 0xE4), 0x1004, armReturn, 16, 19},
		{"lr is the first word", xdataARM64(8, 0xD5, 0x61, 0xE4), 0x1004, 0x100, 16, 19},
		{"pairs up to lr", xdataARM64(8, 0xE6, 0xE6, 0xE6, 0xE6, 0xE6, 0x2C, 0xE4), 0x101C, 0x158, 0x60, 0x100},
		{"no bytes for the stack", xdataARM64(8, 0x00, 0xE4), 0x1004, armReturn, 0, 19},
		{"the signature goes where it is told", xdataARM64(8, 0xFC, 0xE4), 0x1004, armReturn, 0, 19},
		{"a function shorter than its epilogue", wordsARM64([]byte{0x01, 0x02, 0x03, 0xE4}, 1|1<<21|1<<27), 0x1000, armReturn, 0, 19},
		{"the index of the packed epilogue is not 0", wordsARM64([]byte{0x01, 0xE4, 0x02, 0xE4}, 8|1<<21|2<<22|1<<27), 0x1018, armReturn, 32, 19},
		{"a packed epilogue in a long header", wordsARM64([]byte{0x01, 0xE4, 0x02, 0xE4}, 8|1<<21, 2|1<<16), 0x1018, armReturn, 32, 19},
		{"before all epilogues", wordsARM64([]byte{0x01, 0xE4, 0x02, 0xE4}, 8|1<<22|1<<27, 2<<22|5), 0x1010, armReturn, 16, 19},
		{"its epilogue", wordsARM64([]byte{0x01, 0xE4, 0x02, 0xE4}, 8|1<<22|1<<27, 2<<22|5), 0x1014, armReturn, 32, 19},
		{"its return", wordsARM64([]byte{0x01, 0xE4, 0x02, 0xE4}, 8|1<<22|1<<27, 2<<22|5), 0x1018, armReturn, 0, 19},
		{"behind it", wordsARM64([]byte{0x01, 0xE4, 0x02, 0xE4}, 8|1<<22|1<<27, 2<<22|5), 0x101C, armReturn, 16, 19},
	} {
		t.Run(test.name, func(t *testing.T) {
			im := openPE(t, armImage(test.xdata, 0x1000, 0x4000))
			var r RegistersARM64
			for n := range 31 {
				r.Set(n, uint64(n))
			}
			r.Set(30, armSigned)
			r.Set(31, armStack)
			m := armMemory{}
			for i := range uint64(0x20) {
				m[dmpfile.VirtAddr(armStack+8*i)] = 0x100 + 8*i
			}
			c, err := CallerARM64(im, armBase, m, armBase+test.at, r, false)
			if err != nil {
				t.Fatal(err)
			}
			sp, _ := c.Registers.Get(31)
			x19, _ := c.Registers.Get(19)
			if c.IP != test.ip || sp != armStack+test.sp || x19 != test.x19 {
				t.Errorf("%#x, sp +%#x, x19 %#x", uint64(c.IP), sp-armStack, x19)
			}
		})
	}
}

// holes is an image in memory, some pages of which are not there.
type holes struct {
	data    []byte
	missing map[dmpfile.VirtAddr]bool // by their RVA
}

func (m holes) ReadVirtual(p []byte, a dmpfile.VirtAddr) (n int, err error) {
	for ; n < len(p); n++ {
		at := a - armBase + dmpfile.VirtAddr(n)
		if at >= dmpfile.VirtAddr(len(m.data)) || m.missing[at&^0xFFF] {
			return n, &dmpfile.NotInDumpError{Address: armBase + at}
		}
		p[n] = m.data[at]
	}
	return n, nil
}

// TestMissingARM64 is of an image in memory, some pages of which are not in the dump.
func TestMissingARM64(t *testing.T) {
	table := []uint32{0x1000, 1 | 8<<2 | 3<<21 | 1<<23, 0x1100, 0x4000}
	for i := range uint32(1024) { // so that the table is of more pages than one
		table = append(table, 0x2000+4*i, 1|1<<2)
	}
	for _, test := range []struct {
		missing dmpfile.VirtAddr
		at      dmpfile.VirtAddr
		want    dmpfile.VirtAddr // 0 is a caller
	}{
		{0x1000, 0x1008, 0},
		{0x1000, 0x1108, 0},
		{0x4000, 0x1008, 0},
		{0x4000, 0x1108, 0x4000},
		{0x5000, 0x1008, 0x5000 + 8},
		{0x6000, 0x1008, 0x6000 + 8},
		{0x6000, 0x2008, 0x6000 + 8},
		{0x7000, 0x1008, 0},
	} {
		p := armImage(xdataARM64(4, 0xE1, 0x81, 0xE4), table...)
		m := holes{p.Mapped().Data(), map[dmpfile.VirtAddr]bool{test.missing: true}}
		im, err := pe.NewMapped(m, armBase, uint32(len(m.data)))
		if err != nil {
			t.Fatal(err)
		}
		var r RegistersARM64
		r.Set(29, armStack)
		_, err = CallerARM64(im, armBase, armMemory{armStack: 0, armStack + 8: armReturn}, armBase+test.at, r, false)
		var absent *dmpfile.NotInDumpError
		switch {
		case test.want == 0:
			if err != nil {
				t.Errorf("%+v: %v", test, err)
			}
		case !errors.As(err, &absent) || absent.Address&^0xFFF != armBase+test.want&^0xFFF:
			t.Errorf("%+v: %v", test, err)
		}
	}
}

// TestFunctionARM64 looks functions up in tables of every small size.
func TestFunctionARM64(t *testing.T) {
	for n := range uint32(9) {
		var table []uint32
		for i := range n {
			table = append(table, 0x1000+0x10*i, 1|3<<2) // of 3 instructions, with a gap of one
		}
		im := openPE(t, armImage(nil, table...))
		for rva := uint32(0xFF0); rva < 0x1000+0x10*n+0x20; rva++ {
			f, ok, err := FunctionARM64(im, rva)
			want := rva >= 0x1000 && rva < 0x1000+0x10*n && rva%0x10 < 12
			if err != nil || ok != want || ok && f != (Function{rva &^ 0xF, rva&^0xF + 12, 1 | 3<<2}) {
				t.Errorf("%d: %#x is in %+v, %v, %v", n, rva, f, ok, err)
			}
		}
	}
	p := armImage(nil, 0x1000, 1|3<<2)
	p.Machine = dmptest.AMD64
	var format *dmpfile.FormatError
	if _, _, err := FunctionARM64(openPE(t, p), 0x1000); !errors.As(err, &format) {
		t.Error(err)
	}
}

func FuzzCallerARM64(f *testing.F) {
	im := openARM64(f, "frames.sys")
	for _, x := range states {
		fn, ok, err := FunctionARM64(im, x.rva)
		if err != nil {
			f.Fatal(err)
		}
		var xdata []byte
		word := fn.Unwind
		if ok && word&3 == 0 {
			xdata = make([]byte, 0x200)
			im.ReadAt(xdata, int64(word))
			word = 0x4000
		}
		for _, at := range []uint32{0, 8, fn.End - fn.Begin - 4} {
			f.Add(word, xdata, at, uint64(armStack), false)
			f.Add(word, xdata, at, uint64(1<<64-0x20), true)
		}
	}
	f.Add(uint32(0x4000), xdataARM64(8, 0xEB, 0xE4), uint32(0), uint64(armStack), false)
	f.Add(uint32(0x4000), xdataARM64(8, 0xEA, 0xE4), uint32(0), uint64(armStack), false)
	f.Add(uint32(0x4000), xdataARM64(8, 0xE8, 0xE9, 0xE4), uint32(0), uint64(armStack), false)
	f.Fuzz(func(t *testing.T, word uint32, xdata []byte, at uint32, sp uint64, returned bool) {
		if len(xdata) > 0x1000 {
			return
		}
		im := openPE(t, armImage(xdata, 0x1000, word))
		var r RegistersARM64
		for n := range 31 {
			r.Set(n, sp+uint64(n)*8)
		}
		r.Set(31, sp)
		c, err := CallerARM64(im, armBase, stackOfItself{}, armBase+0x1000+dmpfile.VirtAddr(at), r, returned)
		switch {
		case err != nil && c != CallerOfARM64{}:
			t.Fatalf("%+v, %v", c, err)
		case err == nil && c.IP != StripSignature(c.IP):
			t.Fatalf("%+v", c)
		}
		again, err2 := CallerARM64(im, armBase, stackOfItself{}, armBase+0x1000+dmpfile.VirtAddr(at), r, returned)
		if again != c || (err == nil) != (err2 == nil) {
			t.Fatalf("%+v, %v, then %+v, %v", c, err, again, err2)
		}
	})
}

// stackOfItself is memory in which bytes are the low ones of their addresses; every sixteenth page is missing.
type stackOfItself struct{}

func (stackOfItself) ReadVirtual(p []byte, a dmpfile.VirtAddr) (n int, err error) {
	for ; n < len(p); n++ {
		if a>>12&15 == 7 {
			return n, &dmpfile.NotInDumpError{Address: a}
		}
		p[n] = byte(a)
		a++
	}
	return n, nil
}
