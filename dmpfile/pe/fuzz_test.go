package pe_test

import (
	"bytes"
	"testing"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/dmptest"
	"github.com/dmplens/dmplens/dmpfile/pe"
)

// seeds are an image, whole and cut, with each number that leads somewhere out of range.
func seeds(image func(dmptest.PE) *dmptest.Image) [][]byte {
	small := driver
	small.Sections = nil
	small.Exceptions = small.Exceptions[:12]
	narrow := small
	narrow.Machine = dmptest.X86
	narrow.CodeView = dmptest.NB10(0x3B7D8410, 1, "old.pdb")
	whole := image(small).Data()
	list := [][]byte{whole, image(narrow).Data()}
	for _, cut := range []int{0, 0x40, 0x98, 0x188, 0x400, len(whole) - 0x100} {
		list = append(list, whole[:cut])
	}
	offsets := []int{0x3C, 0x84, 0x94, 0x98 + 0x20, 0x98 + 0x38, 0x98 + 0x3C, 0x98 + 0x6C}
	for off := 0x98 + 0x70; off < 0x98+0x70+8*7; off += 4 {
		offsets = append(offsets, off)
	}
	for off := 0x188; off < 0x188+3*0x28; off += 4 {
		offsets = append(offsets, off)
	}
	for _, off := range offsets {
		m := dmptest.Load(whole)
		m.PutU32(off, 1<<32-1)
		list = append(list, m.Data())
	}
	return list
}

// exercise calls everything that an image has, and checks what holds for every input of size bytes.
func exercise(t *testing.T, im *pe.Image, size int) {
	if len(im.Sections) > 96 || len(im.Sections)*0x28 > size || im.Bits != 32 && im.Bits != 64 {
		t.Fatalf("%+v", im)
	}
	if pdb, err := im.PDB(); (pdb == nil) != (err != nil) {
		t.Fatalf("%+v, %v", pdb, err)
	} else if err == nil {
		if len(pdb.Path) > 1025+8 || pdb.Signature != 0 && pdb.GUID != (dmpfile.GUID{}) {
			t.Fatalf("%+v", pdb)
		}
		pdb.SymbolPath()
	}
	if is, err := im.Reproducible(); is && err != nil {
		t.Fatal(err)
	}
	for _, s := range im.Sections {
		if in, ok := im.SectionAt(s.RVA); s.Size > 0 && (!ok || s.RVA < in.RVA) {
			t.Fatalf("%+v, %+v", s, in)
		}
	}
	if v, err := im.Version(); (v == nil) != (err != nil) {
		t.Fatalf("%+v, %v", v, err)
	}
	if d, err := im.ExceptionDirectory(); err == nil && (d.RVA == 0 || d.Size == 0 || uint64(d.RVA)+uint64(d.Size) > uint64(im.Size())) {
		t.Fatalf("%+v of %#x", d, im.Size())
	}
	// A read in one piece is the same as two reads.
	whole, parts := make([]byte, 0x2345), make([]byte, 0x2345)
	for _, rva := range []int64{0, 0x7F, 0xFFF, 0x1000, int64(im.EntryPoint), int64(im.Size()) - 0x2000} {
		n, err := im.ReadAt(whole, rva)
		if n < 0 || n > len(whole) || (n < len(whole)) != (err != nil) {
			t.Fatalf("ReadAt(%#x) = %d, %v", rva, n, err)
		}
		got, err2 := im.ReadAt(parts[:0x1001], rva)
		if err2 == nil {
			var more int
			more, err2 = im.ReadAt(parts[got:], rva+int64(got))
			got += more
		}
		if got != n || (err == nil) != (err2 == nil) || !bytes.Equal(whole[:n], parts[:n]) {
			t.Fatalf("ReadAt(%#x) = %d, %v; in two parts %d, %v", rva, n, err, got, err2)
		}
	}
}

func FuzzNewFile(f *testing.F) {
	for _, data := range seeds(dmptest.PE.File) {
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		im, err := openFile(data)
		if (im == nil) != (err != nil) {
			t.Fatalf("%v, %v", im, err)
		}
		if err == nil {
			exercise(t, im, len(data))
		}
	})
}

func FuzzNewMapped(f *testing.F) {
	for _, data := range seeds(dmptest.PE.Mapped) {
		f.Add(data, uint64(kernelBase), uint32(len(data)), uint64(0))
		f.Add(data, uint64(0xFFFFFFFFFFFFC000), uint32(0), uint64(1)<<3)
	}
	f.Fuzz(func(t *testing.T, data []byte, base uint64, size uint32, holes uint64) {
		m := memory{dmpfile.VirtAddr(base), data, map[int]bool{}}
		for i := range 64 {
			m.holes[i] = holes>>i&1 != 0
		}
		im, err := pe.NewMapped(m, m.base, size)
		if (im == nil) != (err != nil) {
			t.Fatalf("%v, %v", im, err)
		}
		if err == nil {
			if size != 0 && im.Size() != size || base != 0 && base+uint64(im.Size())-1 < base {
				t.Fatalf("%#x bytes at %#x", im.Size(), base)
			}
			exercise(t, im, len(data))
		}
	})
}
