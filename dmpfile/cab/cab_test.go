package cab_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log"
	"strings"
	"testing"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/cab"
	"github.com/dmplens/dmplens/dmpfile/dmptest"
)

// gcab is a cabinet that gcab 1.5 made of 64 bytes.
const gcab = "4d534346000000005e000000000000002c000000000000000301010001000000" +
	"00000000420000000100010040000000000000000000" + "7b5d1a9e2000612e74787400" +
	"986de8d514004000" + "434b4bc92dc849cd2b5648c14e73e11087cb0300"

func unhex(s string) []byte {
	b, err := hex.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return b
}

func open(data []byte) (*cab.Reader, error) {
	return cab.NewReader(bytes.NewReader(data), int64(len(data)))
}

// content reads a file of a cabinet.
func content(f *cab.File) ([]byte, error) {
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

func ExampleNewReader() {
	data := unhex(gcab)
	c, err := cab.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		log.Fatal(err)
	}
	for _, f := range c.Files {
		r, err := f.Open()
		if err != nil {
			log.Fatal(err)
		}
		b, err := io.ReadAll(r)
		fmt.Printf("%s: %d bytes, %q, %v\n", f.Name, f.Size, b[:16], err)
	}
	// Output:
	// a.txt: 64 bytes, "dmplens dmplens ", <nil>
}

// words is text that refers to what is far ahead of it, so that a block cannot be read without the one before.
func words(n int) []byte {
	var b []byte
	for i := 0; len(b) < n; i = i*5 + 3 {
		b = fmt.Appendf(b, "<%x>", i*i%7919)
		i %= 1 << 20
	}
	return b[:n]
}

func TestContents(t *testing.T) {
	files := []dmptest.CabinetFile{
		{Name: "first.txt", Data: []byte("first")},
		{Name: `folder\empty`, Data: nil},
		{Name: "large.sys", Data: words(200_001)},
		{Name: "last", Data: []byte("last of all")},
	}
	for _, c := range []dmptest.Cabinet{
		{Files: files},
		{Files: files, Compression: 1},
		{Files: files, Compression: 1, Reserve: 20},
		{Files: files, Reserve: 3, Previous: "a.cab", Next: "c.cab"},
		{Files: files, Compression: 1, Next: "c.cab"},
		{Files: files, Compression: 1, BlockSize: 1000},
	} {
		name := fmt.Sprintf("compression %d, reserve %d, blocks %#x", c.Compression, c.Reserve, c.BlockSize)
		m := c.Image()
		m.Grow(m.Len() + 100) // what is behind the cabinet is not looked at
		r, err := open(m.Data())
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if r.Previous != c.Previous || r.Next != c.Next || len(r.Files) != len(files) {
			t.Errorf("%s: %+v", name, r)
		}
		for i, f := range r.Files {
			got, err := content(f)
			if err != nil || f.Name != files[i].Name || f.Size != int64(len(files[i].Data)) || !bytes.Equal(got, files[i].Data) {
				t.Errorf("%s: %s: %d bytes of %d, %v", name, f.Name, len(got), f.Size, err)
			}
		}
	}
}

func TestDamaged(t *testing.T) {
	const folder, file, data = 0x24, 0x2C, 0x2C + 16 + 6
	whole := func(compression uint16) *dmptest.Image {
		return dmptest.Cabinet{Files: []dmptest.CabinetFile{{Name: "a.sys", Data: words(100)}}, Compression: compression}.Image()
	}
	for _, c := range []struct {
		name        string
		compression uint16
		patch       func(m *dmptest.Image)
		want        string // part of the error
		offset      int64  // of the FormatError, -1 for another
	}{
		{"no cabinet", 0, func(m *dmptest.Image) { m.PutASCII(0, "MSCE") }, "no cabinet", 0},
		{"version 2", 0, func(m *dmptest.Image) { m.PutU8(0x19, 2) }, "version", 0x19},
		{"a size of nothing", 0, func(m *dmptest.Image) { m.PutU32(8, 0) }, "ends inside a folder", folder},
		{"a reserve that leads out", 0, func(m *dmptest.Image) { m.PutU16(0x1E, 4); m.PutU16(0x24, 0xFFFF) }, "ends inside a header", 0x28},
		{"a name of the set without an end", 0, func(m *dmptest.Image) {
			m.PutU16(0x1E, 1)
			m.PutBytes(0x24, bytes.Repeat([]byte("a"), 300))
			m.PutU32(8, uint32(m.Len()))
		}, "does not end", 0x24},
		{"65535 folders", 0, func(m *dmptest.Image) { m.PutU16(0x1A, 0xFFFF) }, "ends inside a folder", -1},
		{"65535 files", 0, func(m *dmptest.Image) { m.PutU16(0x1C, 0xFFFF) }, "ends inside a", -1},
		{"files outside", 0, func(m *dmptest.Image) { m.PutU32(0x10, 0xFFFFFFFF) }, "ends inside a file", 0xFFFFFFFF},
		{"data outside", 0, func(m *dmptest.Image) { m.PutU32(folder, 0xFFFFFFF0) }, "ends inside a data block", 0xFFFFFFF0},
		{"no blocks", 0, func(m *dmptest.Image) { m.PutU16(folder+4, 0) }, "larger than the 0 blocks", file},
		{"larger than its block", 0, func(m *dmptest.Image) { m.PutU32(file, 101) }, "the blocks of a folder end", data + 8 + 100},
		{"larger than any block", 0, func(m *dmptest.Image) { m.PutU32(file, 0x8001) }, "larger than the 1 blocks", file},
		{"an offset past everything", 0, func(m *dmptest.Image) { m.PutU32(file+4, 0xFFFFFFFF) }, "larger than", file},
		{"folder 1", 0, func(m *dmptest.Image) { m.PutU16(file+8, 1) }, "does not have", file + 8},
		{"a block of nothing", 0, func(m *dmptest.Image) { m.PutU16(data+6, 0) }, cab.ErrContinued.Error(), -1},
		{"a block that is too large", 1, func(m *dmptest.Image) { m.PutU16(data+6, 0x8001) }, "too large", data + 6},
		{"a stored block with two sizes", 0, func(m *dmptest.Image) { m.PutU16(data+6, 99) }, "two sizes", data + 4},
		{"a changed byte", 0, func(m *dmptest.Image) { m.PutU8(data+8+50, 0) }, "checksum", data},
		{"a changed byte without a checksum", 0, func(m *dmptest.Image) { m.PutU32(data, 0); m.PutU8(data+8+50, 0) }, "", -1},
		{"no signature", 1, func(m *dmptest.Image) { m.PutU32(data, 0); m.PutASCII(data+8, "CC") }, "signature", data},
		{"more than it says", 1, func(m *dmptest.Image) { m.PutU32(data, 0); m.PutU16(data+6, 99) }, "more than it says", data},
		{"less than it says", 1, func(m *dmptest.Image) { m.PutU32(data, 0); m.PutU16(data+6, 101) }, "no MSZIP", data},
		{"not deflated", 1, func(m *dmptest.Image) { m.PutU32(data, 0); m.PutU8(data+10, 0xFF) }, "no MSZIP", data},
		{"from the cabinet before", 0, func(m *dmptest.Image) { m.PutU16(file+8, 0xFFFD) }, cab.ErrContinued.Error(), -1},
		{"in the next cabinet", 0, func(m *dmptest.Image) { m.PutU16(file+8, 0xFFFE) }, cab.ErrContinued.Error(), -1},
		{"Quantum", 0x0702, nil, "Quantum: " + cab.ErrCompression.Error(), -1},
		{"LZX", 0x1503, nil, "LZX: " + cab.ErrCompression.Error(), -1},
		{"method 4", 4, nil, "method 4: " + cab.ErrCompression.Error(), -1},
	} {
		m := whole(c.compression)
		if c.patch != nil {
			c.patch(m)
		}
		r, err := open(m.Data())
		if err == nil {
			_, err = content(r.Files[0])
		}
		var format *dmpfile.FormatError
		switch {
		case c.want == "" && err != nil, c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		case errors.As(err, &format) && c.offset >= 0 && format.Offset != c.offset:
			t.Errorf("%s: %v, want it at %#x", c.name, err, c.offset)
		case c.offset >= 0 && format == nil:
			t.Errorf("%s: %v is not of the format", c.name, err)
		}
	}
}

// Wherever a cabinet is cut, that is an error, and never less data.
func TestCut(t *testing.T) {
	want := words(40_000)
	data := dmptest.Cabinet{Files: []dmptest.CabinetFile{{Name: "a.sys", Data: want}}, Compression: 1}.Image().Data()
	for n := 0; n < len(data); n += 1 + n/100 {
		r, err := open(data[:n])
		if err != nil {
			continue
		}
		f, err := r.Files[0].Open()
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(f)
		if err == nil || !bytes.HasPrefix(want, got) {
			t.Errorf("cut at %d: %d bytes, %v", n, len(got), err)
		}
		if m, again := f.Read(make([]byte, 10)); m != 0 || again != err {
			t.Errorf("cut at %d: read on after %v: %d, %v", n, err, m, again)
		}
	}
}

type brokenReader struct{ data []byte }

var errBroken = errors.New("the disk is broken")

func (r brokenReader) ReadAt(p []byte, off int64) (int, error) {
	if off+int64(len(p)) > int64(len(r.data)) {
		return copy(p, r.data[min(off, int64(len(r.data))):]), errBroken
	}
	return copy(p, r.data[off:]), nil
}

// The error of the source comes through as it is.
func TestSourceError(t *testing.T) {
	data := dmptest.Cabinet{Files: []dmptest.CabinetFile{{Name: "a.sys", Data: words(100)}}}.Image().Data()
	for _, n := range []int{0, 0x28, 0x40, len(data) - 1} {
		r, err := cab.NewReader(brokenReader{data[:n]}, int64(len(data)))
		if err == nil {
			_, err = content(r.Files[0])
		}
		if !errors.Is(err, errBroken) {
			t.Errorf("broken at %#x: %v", n, err)
		}
	}
}

func FuzzNewReader(f *testing.F) {
	f.Add(unhex(gcab))
	files := []dmptest.CabinetFile{{Name: "a.sys", Data: words(1000)}, {Name: "b", Data: words(100)}}
	for _, c := range []dmptest.Cabinet{
		{Files: files},
		{Files: files, Compression: 1, BlockSize: 300, Reserve: 4, Previous: "p", Next: "n"},
		{Files: files, Compression: 3},
	} {
		f.Add(c.Image().Data())
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := open(data)
		if (r == nil) != (err != nil) {
			t.Fatalf("%v, %v", r, err)
		}
		if err != nil {
			return
		}
		if len(r.Files)*17 > len(data) {
			t.Fatalf("%d files in %d bytes", len(r.Files), len(data))
		}
		for _, file := range r.Files[:min(len(r.Files), 20)] {
			rd, err := file.Open()
			if err != nil {
				continue
			}
			n, err := io.Copy(io.Discard, io.LimitReader(rd, 1<<20))
			if err == nil && n != min(file.Size, 1<<20) || n > file.Size {
				t.Fatalf("%d bytes of %d, %v", n, file.Size, err)
			}
		}
	})
}
