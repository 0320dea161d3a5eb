package pdb_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/dmplens/dmplens/dmpfile/pdb"
)

// large is a PDB of size bytes, a part of which are symbol records, one in `of` that of a public symbol, as in a PDB with private symbols.
func large(size, recordBytes, of int) []byte {
	s := small
	s.block = 0x1000
	s.sections = sectionHeader(".text", 0x1000, 0x7F000000, code)
	var b bytes.Buffer
	for i := 0; b.Len() < recordBytes; i++ {
		// Records are in the order of a hash, not of addresses.
		name := fmt.Sprintf("?Function%08x@CSomeClassWithAName@@UEAAJPEAX@Z", uint32(i)*2654435761)
		p := public(2, uint32(i)*2654435761>>2&0x3FFFFFF0, 1, name)
		if i%of != 0 {
			le.PutUint16(p[2:], 0x1125) // S_PROCREF
		}
		b.Write(p)
	}
	s.records = b.Bytes()
	streams := s.streams()
	streams[2] = make([]byte, max(1, size-b.Len())) // types
	return container(s.block, streams)
}

func benchmarkOpen(b *testing.B, data []byte) {
	path := filepath.Join(b.TempDir(), "large.pdb")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		b.Fatal(err)
	}
	r, err := os.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	defer r.Close()
	b.ReportAllocs()
	var f *pdb.File
	for b.Loop() {
		if f, err = pdb.NewFile(r, int64(len(data))); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(f.Publics()), "publics")
	b.ReportMetric(float64(len(data)), "file-bytes")
	publics := f.Publics()
	f = nil
	kept := retained(func() any { f, _ := pdb.NewFile(r, int64(len(data))); return f })
	runtime.KeepAlive(data)
	b.ReportMetric(float64(kept)/float64(max(1, publics)), "kept-bytes/public")
}

// retained is how many bytes of memory what make returns keeps.
func retained(make func() any) int64 {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.GC() // what pools held is freed by the second
	runtime.ReadMemStats(&before)
	kept := make()
	runtime.GC()
	runtime.ReadMemStats(&after)
	runtime.KeepAlive(kept)
	return int64(after.HeapAlloc) - int64(before.HeapAlloc)
}

// A fifth of the file are symbol records, as in the PDB of a kernel.
func BenchmarkNewFile10MB(b *testing.B) { benchmarkOpen(b, large(10<<20, 2<<20, 1)) }

// All of the file are public symbols, which no real one is.
func BenchmarkNewFile10MBPublics(b *testing.B) { benchmarkOpen(b, large(10<<20, 10<<20, 1)) }

// DMPLENS_PDB names a file of your own.
func BenchmarkNewFileReal(b *testing.B) {
	path := os.Getenv("DMPLENS_PDB")
	if path == "" {
		b.Skip("set DMPLENS_PDB to a PDB")
	}
	data, err := os.ReadFile(path)
	if err != nil {
		b.Fatal(err)
	}
	benchmarkOpen(b, data)
}

func BenchmarkAt(b *testing.B) {
	f := open(b, large(10<<20, 2<<20, 1))
	b.ReportAllocs()
	rva := uint32(0)
	for b.Loop() {
		rva += 0x12345670
		f.At(rva & 0x3FFFFFFF)
	}
}

func BenchmarkUndecorate(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		pdb.Undecorate("?f@?$vector@PEBDV?$allocator@PEBD@std@@@std@@QEAAXXZ")
	}
}

// The index takes 8 bytes a public symbol; records of other kinds take none.
func TestIndexSize(t *testing.T) {
	for _, of := range []int{1, 10} {
		data := large(4<<20, 4<<20, of)
		r := bytes.NewReader(data)
		var publics int
		kept := retained(func() any {
			f, err := pdb.NewFile(r, int64(len(data)))
			if err != nil {
				t.Fatal(err)
			}
			publics = f.Publics()
			return f
		})
		if limit := int64(12*publics + 16<<10); publics < 5000 || kept > limit {
			t.Errorf("%d publics: %d bytes kept, more than %d", publics, kept, limit)
		}
	}
}
