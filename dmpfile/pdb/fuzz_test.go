package pdb_test

import (
	"bytes"
	"testing"

	"github.com/dmplens/dmplens/dmpfile/pdb"
)

func FuzzNewFile(f *testing.F) {
	reordered := withFrames
	reordered.original = reordered.sections
	reordered.fromMap = u32(0x1000, 0x2000, 0x1800, 0, 0x2000, 0x1000)
	reordered.toMap = u32(0x1000, 0x2000, 0x2000, 0x1000)
	for _, s := range []synthetic{small, withFrames, reordered} {
		s.block = 0x200
		data := s.data()
		f.Add(data)
		f.Add(data[:len(data)/2])
		for _, off := range []int{0x20, 0x2C, 0x34} {
			b := bytes.Clone(data)
			le.PutUint32(b[off:], 0xFFFFFFFF)
			f.Add(b)
		}
		for off := range len(directoryOf(data)) / 4 {
			b := bytes.Clone(data)
			le.PutUint32(directoryOf(b)[off*4:], 0x7FFFFFF0)
			f.Add(b)
		}
	}
	f.Add([]byte("BSJB"))
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := pdb.NewFile(bytes.NewReader(data), int64(len(data)))
		if (file == nil) != (err != nil) {
			t.Fatalf("%v, %v", file, err)
		}
		guid, info, dbi, err2 := pdb.Identify(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			return
		}
		if a, b := file.Ages(); err2 != nil || guid != file.GUID() || info != a || dbi != b {
			t.Fatalf("%v, %v, %v, %v", guid, info, dbi, err2)
		}
		last, n := uint32(0), 0
		for s := range file.Symbols() {
			if n++; s.RVA < last || n > file.Publics() {
				t.Fatalf("%d: %+v", n, s)
			}
			last = s.RVA
			at, ok := file.At(s.RVA)
			if !ok || at.RVA != s.RVA {
				t.Fatalf("%+v, %+v, %v", s, at, ok)
			}
			pdb.Undecorate(s.Name)
			for _, rva := range []uint32{s.RVA - 1, s.RVA + 1, s.RVA + 0x1000} {
				if at, ok := file.At(rva); ok && at.RVA > rva {
					t.Fatalf("%#x: %+v", rva, at)
				}
			}
		}
		for _, rva := range []uint32{0, 0x1000, 0x1101, 0x1104, 0x1200, 0x2104, 1<<32 - 1} {
			if x, ok := file.FrameAt(rva); ok && rva-x.RVA >= x.Size {
				t.Fatalf("%#x: %+v", rva, x)
			}
		}
	})
}
