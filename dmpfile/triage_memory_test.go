package dmpfile_test

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/dmptest"
)

// memory is a block of memory whose bytes are the letters of a text.
func memory(va uint64, text string) dmptest.Block { return dmptest.Block{VA: va, Data: []byte(text)} }

func TestReadVirtual(t *testing.T) {
	const va = 0xFFFFF80000001000
	const top = math.MaxUint64
	touching := []dmptest.Block{memory(va+4, "efgh"), memory(va, "abcd"), memory(va+8, "i")}
	holed := []dmptest.Block{memory(va, "abcd"), memory(va+5, "fg")}
	for _, c := range []struct {
		name   string
		triage dmptest.Triage
		patch  func(m *dmptest.Image) // the image of a 64-bit dump
		va     uint64
		n      int
		want   string
		hole   uint64 // 0: all was read
	}{
		{name: "inside a block", triage: dmptest.Triage{Blocks: touching}, va: va + 5, n: 2, want: "fg"},
		{name: "nothing", triage: dmptest.Triage{Blocks: touching}, va: va - 1, n: 0},
		{name: "across touching blocks", triage: dmptest.Triage{Blocks: touching}, va: va, n: 9, want: "abcdefghi"},
		{name: "past the last", triage: dmptest.Triage{Blocks: touching}, va: va + 3, n: 20, want: "defghi", hole: va + 9},
		{name: "before the first", triage: dmptest.Triage{Blocks: touching}, va: va - 1, n: 2, hole: va - 1},
		{name: "behind the last", triage: dmptest.Triage{Blocks: touching}, va: va + 9, n: 1, hole: va + 9},
		{name: "into a hole", triage: dmptest.Triage{Blocks: holed}, va: va + 2, n: 5, want: "cd", hole: va + 4},
		{name: "from a hole", triage: dmptest.Triage{Blocks: holed}, va: va + 4, n: 2, hole: va + 4},
		{name: "no memory at all", va: va, n: 1, hole: va},

		{name: "blocks that overlap", triage: dmptest.Triage{Blocks: []dmptest.Block{memory(va, "abcd"), memory(va+2, "cdef"), memory(va+3, "d")}},
			va: va, n: 6, want: "abcdef"},
		{name: "a block inside another", triage: dmptest.Triage{Blocks: []dmptest.Block{memory(va+1, "b"), memory(va, "abcd"), memory(va+4, "e")}},
			va: va, n: 5, want: "abcde"},
		{name: "blocks at one address", triage: dmptest.Triage{Blocks: []dmptest.Block{memory(va, "ab"), memory(va, "abcd"), memory(va, "a")}},
			va: va, n: 4, want: "abcd"},

		{name: "the stack", triage: dmptest.Triage{Stack: memory(va, "stack"), Blocks: []dmptest.Block{memory(va+5, "block")}}, va: va, n: 10, want: "stackblock"},
		{name: "the data page", triage: dmptest.Triage{DataPage: memory(va, "page")}, va: va + 1, n: 3, want: "age"},
		{name: "the debugger data", triage: dmptest.Triage{
			Header: dmptest.Header{KdDebuggerDataBlock: va}, KDBG: &dmptest.KDBG{Build: dmptest.Build9600},
		}, va: va + 0x10, n: 4, want: "KDBG"},
		{name: "debugger data without an address", triage: dmptest.Triage{KDBG: &dmptest.KDBG{Build: dmptest.Build9600}}, va: va + 0x10, n: 4, hole: va + 0x10},

		{name: "32-bit, sign-extended in the table", triage: dmptest.Triage{
			Header: dmptest.Header{Machine: dmptest.X86}, Stack: memory(0x82001000, "stack"), Blocks: []dmptest.Block{memory(0x82001005, "block")},
		}, va: 0x82001000, n: 10, want: "stackblock"},
		{name: "32-bit, up to the last byte", triage: dmptest.Triage{
			Header: dmptest.Header{Machine: dmptest.X86}, Blocks: []dmptest.Block{memory(0xFFFFFFFC, "abcd")},
		}, va: 0xFFFFFFFE, n: 3, want: "cd", hole: 1 << 32},

		{name: "near the top of the address space", triage: dmptest.Triage{Blocks: []dmptest.Block{memory(top-4, "abcd")}}, va: top - 4, n: 4, want: "abcd"},
		{name: "out of the top", triage: dmptest.Triage{Blocks: []dmptest.Block{memory(top-4, "abcd"), memory(0, "zero")}}, va: top - 2, n: 8, want: "cd", hole: top},
		{name: "a block that runs past the top", triage: dmptest.Triage{Blocks: []dmptest.Block{memory(top-1, "abcd"), memory(va, "e")}}, va: va, n: 1, want: "e"},
		{name: "nothing is found below such a block", triage: dmptest.Triage{Blocks: []dmptest.Block{memory(top-1, "abcd")}}, va: 0, n: 1, hole: 0},

		{name: "a table entry without offset", triage: dmptest.Triage{Blocks: holed}, patch: func(m *dmptest.Image) { m.PutU32(blockTable(m)+8, 0) },
			va: va + 5, n: 2, want: "fg"},
		{name: "a table entry that points behind the file", triage: dmptest.Triage{Blocks: holed},
			patch: func(m *dmptest.Image) { m.PutU32(blockTable(m)+8, uint32(m.Len()), 4) }, va: va, n: 1, hole: va},
		{name: "a table entry of 4 GiB", triage: dmptest.Triage{Blocks: holed}, patch: func(m *dmptest.Image) { m.PutU32(blockTable(m)+12, math.MaxUint32) },
			va: va + 5, n: 2, want: "fg"},
		{name: "a block at the very top", triage: dmptest.Triage{Blocks: []dmptest.Block{memory(top-4, "abcd")}}, va: top - 4, n: 4, want: "abcd"},
		{name: "a table of 4 Gi entries", triage: dmptest.Triage{Blocks: holed}, patch: func(m *dmptest.Image) { m.PutU32(0x207C, math.MaxUint32) },
			va: va, n: 4, want: "abcd"},
		{name: "a table behind the file", triage: dmptest.Triage{Blocks: holed}, patch: func(m *dmptest.Image) { m.PutU32(0x2078, uint32(m.Len())) },
			va: va, n: 4, hole: va},
		{name: "a stack that the file ends in", triage: dmptest.Triage{Stack: memory(va, "stack")}, patch: func(m *dmptest.Image) { m.Truncate(m.Len() - 4 - 2) },
			va: va, n: 5, want: "sta", hole: va + 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.triage.NoMM = true
			m := c.triage.Image()
			if c.patch != nil {
				c.patch(m)
			}
			p := make([]byte, c.n)
			n, err := open(t, m.Data()).Triage.ReadVirtual(p, dmpfile.VirtAddr(c.va))
			expect(t, "memory", string(p[:n]), c.want)
			var hole *dmpfile.NotInDumpError
			switch {
			case n == c.n:
				if err != nil {
					t.Error(err)
				}
			case !errors.As(err, &hole) || uint64(hole.Address) != c.hole || !strings.Contains(err.Error(), "not in this dump"):
				t.Errorf("error %v; want a hole at %#x", err, c.hole)
			}
		})
	}
}

// blockTable returns where the table of data blocks of a 64-bit dump is.
func blockTable(m *dmptest.Image) int { return int(field(m, dmptest.Header{}, "DataBlocksOffset")) }

func TestBlocks(t *testing.T) {
	m := dmptest.Triage{Blocks: []dmptest.Block{memory(0x1000, "abc"), memory(0x1001, "bc"), memory(0x1000, "abc")}}.Image()
	data := int64(blockTable(m) + 3*16)
	want := []dmpfile.Block{{Address: 0x1000, Offset: data, Size: 3}, {Address: 0x1001, Offset: data + 3, Size: 2}, {Address: 0x1000, Offset: data + 5, Size: 3}}
	expect(t, "blocks", open(t, m.Data()).Triage.Blocks(), want)
	m.PutU32(blockTable(m)+16+12, 0) // the second has no bytes
	expect(t, "blocks", open(t, m.Data()).Triage.Blocks(), []dmpfile.Block{want[0], want[2]})
}

// Whatever blocks there are, and however they overlap, a read gives each byte that a block has, up to the first hole.
func TestReadVirtualAnyBlocks(t *testing.T) {
	const base = 0xFFFFF80000000000
	content := func(a uint64) byte { return byte(a*7 + a>>8) } // all blocks agree on what is at an address
	rapid.Check(t, func(t *rapid.T) {
		has := map[uint64]bool{}
		var blocks []dmptest.Block
		for range rapid.IntRange(0, 12).Draw(t, "blocks") {
			start, size := rapid.Uint64Range(0, 60).Draw(t, "start"), rapid.Uint64Range(1, 20).Draw(t, "size")
			var data []byte
			for a := start; a < start+size; a++ {
				has[a] = true
				data = append(data, content(a))
			}
			blocks = append(blocks, dmptest.Block{VA: base + start, Data: data})
		}
		f := open(t, dmptest.Triage{Blocks: blocks}.Image().Data())
		for i := range uint64(270) { // the blocks are sorted meanwhile
			start := i % 90
			p := make([]byte, 40)
			n, err := f.Triage.ReadVirtual(p, dmpfile.VirtAddr(base+start))
			want := 0
			for want < len(p) && has[start+uint64(want)] {
				if want < n && p[want] != content(start+uint64(want)) {
					t.Fatalf("byte %d of the memory at %d is %#x", want, start, p[want])
				}
				want++
			}
			if n != want || (err == nil) != (n == len(p)) {
				t.Fatalf("read %d bytes at %d, %v; the blocks have %d", n, start, err, want)
			}
		}
	})
}

// Where blocks overlap and disagree, the one that begins first counts, of those that begin together the largest, and of equal ones the first
// in the table; however many reads there were before.
func TestReadVirtualDisagreeingBlocks(t *testing.T) {
	const base = 0xFFFFF80000000000
	rapid.Check(t, func(t *rapid.T) {
		var blocks []dmptest.Block
		for i := range rapid.IntRange(1, 12).Draw(t, "blocks") {
			start, size := rapid.Uint64Range(0, 40).Draw(t, "start"), rapid.IntRange(1, 20).Draw(t, "size")
			blocks = append(blocks, dmptest.Block{VA: base + start, Data: bytes.Repeat([]byte{byte(i + 1)}, size)})
		}
		want := make([]byte, 70) // 0 is a hole
		for at := range want {
			var counts dmptest.Block
			for _, b := range blocks {
				a := base + uint64(at)
				if a < b.VA || a-b.VA >= uint64(len(b.Data)) {
					continue
				}
				if counts.Data == nil || b.VA < counts.VA || b.VA == counts.VA && len(b.Data) > len(counts.Data) {
					counts = b
				}
			}
			if counts.Data != nil {
				want[at] = counts.Data[0]
			}
		}
		f := open(t, dmptest.Triage{Blocks: blocks}.Image().Data())
		starts := rapid.SliceOfN(rapid.IntRange(0, len(want)-1), 1, 100).Draw(t, "reads")
		starts = append(append(starts, starts...), starts...) // before the blocks are sorted and then
		for i, start := range starts {
			p := make([]byte, 30)
			n, _ := f.Triage.ReadVirtual(p, base+dmpfile.VirtAddr(start))
			end := start
			for end < len(want) && end < start+len(p) && want[end] != 0 {
				end++
			}
			if !bytes.Equal(p[:n], want[start:end]) {
				t.Fatalf("read %d, of %d: %v, want %v", i, start, p[:n], want[start:end])
			}
		}
	})
}

// One File is asked from many goroutines, while its map of memory is made and sorted.
func TestTriageConcurrently(t *testing.T) {
	const va = 0xFFFFF80000001000
	x := dmptest.Triage{Modules: []dmptest.Module{{Path: `\\SystemRoot\\ntoskrnl.exe`, Base: va, Size: 0x1000}}}
	for i := range uint64(200) {
		x.Blocks = append(x.Blocks, memory(va+(i*37%200)*4, fmt.Sprintf("%04d", i*37%200)))
	}
	f := open(t, x.Image().Data())
	var wait sync.WaitGroup
	for g := range uint64(4) {
		wait.Go(func() {
			for i := range uint64(200) {
				at := (i*13 + g*50) % 199
				var p [8]byte
				if n, err := f.Triage.ReadVirtual(p[:], dmpfile.VirtAddr(va+at*4)); n != 8 || err != nil || string(p[:]) != fmt.Sprintf("%04d%04d", at, at+1) {
					t.Errorf("block %d: %q, %v", at, p[:n], err)
				}
			}
			if modules, err := f.Triage.Modules(); len(modules) != 1 || err != nil {
				t.Errorf("%d modules, %v", len(modules), err)
			}
		})
	}
	wait.Wait()
}
