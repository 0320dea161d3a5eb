package dmpfile_test

import (
	"bytes"
	"sync"
	"testing"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/dmptest"
	"pgregory.net/rapid"
)

// withSections returns a triage dump with blocks of memory, and others in the sections of its secondary data.
func withSections(h dmptest.Header, blocks []dmptest.Block, groups ...dmptest.AddedMemory) []byte {
	m := dmptest.Triage{Header: h, Blocks: blocks}.Image()
	m.Append(dmptest.Secondary(26100, dmptest.Blob{Tag: dmptest.TagNull}, dmptest.SectionsBlob(groups...)))
	return m.Data()
}

func TestReadVirtualSections(t *testing.T) {
	const va = 0xFFFFF80370D00000
	added := []dmptest.AddedMemory{
		{Name: "IoTriageDumpData", Blocks: []dmptest.Block{memory(va+4, "efghijkl"), memory(va+0x100, "far")}},
		{Name: "M", Blocks: []dmptest.Block{memory(va+10, "KLMNOP"), memory(va+0x200, ""), memory(0, "null"), memory(1<<64-2, "end and more"),
			memory(0x1000, "user"), memory(0x8000000000000000, "hole"), memory(0xFFFF7FFFFFFFFFFE, "below")}},
	}
	blocks := []dmptest.Block{memory(va, "ABCDEF"), memory(va+8, "I")}
	f := open(t, withSections(dmptest.Header{}, blocks, added...))
	for _, c := range []struct {
		at   uint64
		n    int
		want string
	}{
		{va, 6, "ABCDEF"},
		{va, 16, "ABCDEFghIjklMNOP"}, // the blocks win where both have a byte, then the section that begins first
		{va, 17, "ABCDEFghIjklMNOP"},
		{va + 6, 2, "gh"},
		{va + 9, 1, "j"},
		{va + 0x100, 3, "far"},
		{va + 0xFF, 1, ""},
		{va + 0x200, 1, ""},
		{0, 1, ""},
		{0x1000, 1, ""},             // of a program
		{0x8000000000000000, 1, ""}, // no processor has it
		{0xFFFF7FFFFFFFFFFE, 1, ""},
		{1<<64 - 2, 2, ""}, // it would run past the end of the address space
	} {
		p := make([]byte, c.n)
		n, err := f.Triage.ReadVirtual(p, dmpfile.VirtAddr(c.at))
		if string(p[:n]) != c.want || (err == nil) != (n == c.n) {
			t.Errorf("%d bytes at %#x: %q, %v; want %q", c.n, c.at, p[:n], err, c.want)
		}
	}
	if f := open(t, withSections(dmptest.Header{Machine: dmptest.X86}, nil, dmptest.AddedMemory{Name: "b", Blocks: []dmptest.Block{memory(0x80001000, "abcd")}})); f != nil {
		if n, _ := f.Triage.ReadVirtual(make([]byte, 4), 0x80001000); n != 0 {
			t.Error("a 32-bit dump has memory in sections, which no 32-bit Windows writes")
		}
	}
}

// What the blocks have is read without the secondary data; what they lack is looked for in it once.
func TestReadVirtualSectionsLazily(t *testing.T) {
	const va = 0xFFFFF80370D00000
	for name, c := range map[string]struct {
		data  []byte
		reads int64 // for all misses together, without those of secondary data itself
	}{
		"with sections": {withSections(dmptest.Header{}, []dmptest.Block{memory(va, "abc")}, dmptest.AddedMemory{Name: "b", Blocks: []dmptest.Block{memory(va+8, "added")}}), 1},
		"without":       {dmptest.Triage{Blocks: []dmptest.Block{memory(va, "abc")}}.Image().Data(), 0},
	} {
		r := &countingReader{ReaderAt: bytes.NewReader(c.data)}
		f, err := dmpfile.NewFile(r, int64(len(c.data)))
		if err != nil {
			t.Fatal(err)
		}
		f.Secondary()
		p := make([]byte, 3)
		if _, err := f.Triage.ReadVirtual(p, va); err != nil {
			t.Fatal(err)
		}
		before := r.reads.Load()
		f.Triage.ReadVirtual(p, va) // the sections of the dump are in memory now
		if r.reads.Load()-before > 1 {
			t.Errorf("%s: %d reads for what a block has", name, r.reads.Load()-before)
		}
		before = r.reads.Load()
		for i := range dmpfile.VirtAddr(300) {
			f.Triage.ReadVirtual(p, va+0x1000+i)
		}
		if r.reads.Load()-before != c.reads {
			t.Errorf("%s: %d reads for what no block has, want %d", name, r.reads.Load()-before, c.reads)
		}
	}
}

// However blocks and sections overlap, and whenever the blocks are sorted, a byte is the block's, else the section's that counts.
func TestReadVirtualSectionsAnyhow(t *testing.T) {
	const base = 0xFFFFF80000000000
	rapid.Check(t, func(t *rapid.T) {
		var want [70]byte
		var pieces [2][]dmptest.Block // of the dump, of sections
		for kind := range pieces {
			var filled [70]byte
			next := uint64(0)
			for i := range rapid.IntRange(0, 5).Draw(t, "pieces") { // without overlaps of one kind
				start := next + rapid.Uint64Range(0, 9).Draw(t, "gap")
				size := rapid.IntRange(1, 12).Draw(t, "size")
				if start+uint64(size) > uint64(len(want)) {
					break
				}
				c := byte(10*kind + i + 1)
				for a := start; a < start+uint64(size); a++ {
					filled[a] = c
				}
				pieces[kind] = append(pieces[kind], dmptest.Block{VA: base + start, Data: bytes.Repeat([]byte{c}, size)})
				next = start + uint64(size)
			}
			for a, c := range filled {
				if want[a] == 0 {
					want[a] = c
				}
			}
		}
		order := rapid.Permutation(pieces[1]).Draw(t, "order")
		f := open(t, withSections(dmptest.Header{}, pieces[0], dmptest.AddedMemory{Name: "b", Blocks: order}))
		for i := range 150 {
			start := i % len(want)
			p := make([]byte, 25)
			n, _ := f.Triage.ReadVirtual(p, base+dmpfile.VirtAddr(start))
			end := start
			for end < len(want) && end < start+len(p) && want[end] != 0 {
				end++
			}
			if !bytes.Equal(p[:n], want[start:end]) {
				t.Fatalf("at %d: %v, want %v", start, p[:n], want[start:end])
			}
		}
	})
}

func TestReadVirtualSectionsConcurrently(t *testing.T) {
	const va = 0xFFFFF80370D00000
	data := withSections(dmptest.Header{}, []dmptest.Block{memory(va, "abc")}, dmptest.AddedMemory{Name: "b", Blocks: []dmptest.Block{memory(va+3, "def")}})
	f := open(t, data)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 50 {
				p := make([]byte, 6)
				if _, err := f.Triage.ReadVirtual(p, va); err != nil || string(p) != "abcdef" {
					t.Errorf("read %q, %v", p, err)
				}
			}
		})
	}
	wg.Wait()
}
