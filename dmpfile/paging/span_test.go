package paging_test

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/dmptest"
	"github.com/dmplens/dmplens/dmpfile/paging"
)

// spanDump is a dump with pages that follow one another in virtual memory, and what it must say of them.
type spanDump struct {
	first  uint64   // virtual address of the first page
	frames []uint64 // page frames of the pages
	gone   []uint64 // those of them that are missing
	kind   string   // how they are missing: "not mapped", "not in the dump"; "cut": the file ends in the first of them
	mode   paging.Mode
}

// cut is how much a file has of the page in which it ends.
const cut = 0x5A1

// file makes the dump. The page tables are in low frames.
func (d spanDump) file(t *testing.T) *dmpfile.File {
	t.Helper()
	b := builder{ram{}, d.mode, 0x1000}
	b.m.page(0x1000)
	b.put(d.first-0x1000, 0x800000, 12) // the two page tables are there, whatever is in them
	b.put(d.first+0x80000, 0x800000, 12)
	pages := dmptest.Pages{}
	for i, pfn := range d.frames {
		gone := slices.Contains(d.gone, pfn)
		if !gone || d.kind != "not mapped" {
			b.put(d.first+uint64(i)*0x1000, pfn*0x1000, 12)
		}
		if !gone || d.kind != "not in the dump" {
			pages[pfn] = stamp(pfn)
		}
	}
	for pfn, table := range b.m {
		pages[pfn] = table
	}
	data := dmptest.Bitmap{Pages: pages, Bits: 0x401, Unaligned: true}.Image().Data()
	if d.kind == "cut" {
		behind := 0
		for pfn := range pages {
			if pfn >= d.gone[0] {
				behind++
			}
		}
		data = data[:len(data)-behind*dmpfile.PageSize+cut]
	}
	f, err := dmpfile.NewFile(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

var stamps = map[uint64][]byte{}

// stamp returns the contents of a page.
func stamp(pfn uint64) []byte {
	if stamps[pfn] == nil {
		stamps[pfn] = dmptest.PageBytes(pfn)
	}
	return stamps[pfn]
}

// physical returns the bytes from a on, as far as there are any, and the error behind them.
func (d spanDump) physical(a, size uint64) (want []byte, err error) {
	for uint64(len(want)) < size {
		at := a + uint64(len(want))
		pfn, in := at/0x1000, at%0x1000
		have := uint64(0x1000)
		truncated := d.kind == "cut" && slices.Contains(d.frames, pfn) && pfn >= d.gone[0]
		switch {
		case !slices.Contains(d.frames, pfn), d.kind == "not in the dump" && slices.Contains(d.gone, pfn), truncated && pfn > d.gone[0]:
			have = 0
		case truncated:
			have = cut
		}
		if in >= have {
			return want, &dmpfile.PageMissingError{Address: dmpfile.PhysAddr(at), Read: len(want), Truncated: truncated}
		}
		want = append(want, stamp(pfn)[in:min(have, in+size-uint64(len(want)))]...)
	}
	return want, nil
}

// virtual is physical for virtual memory.
func (d spanDump) virtual(a, size uint64) (want []byte, err error) {
	start := uint64(0) // of the stretch that follows one another in physical memory too
	for uint64(len(want)) < size && err == nil {
		at := a + uint64(len(want))
		i := (at - d.first) / 0x1000
		if i >= uint64(len(d.frames)) || d.kind == "not mapped" && slices.Contains(d.gone, d.frames[i]) {
			err = &paging.NotMappedError{Address: dmpfile.VirtAddr(at), Level: 1}
			break
		}
		if i > 0 && at%0x1000 == 0 && d.frames[i] != d.frames[i-1]+1 {
			start = uint64(len(want))
		}
		var part []byte
		pa := d.frames[i]*0x1000 + at%0x1000
		part, err = d.physical(pa, min(size-uint64(len(want)), 0x1000-at%0x1000))
		want = append(want, part...)
		if err != nil {
			missing := err.(*dmpfile.PageMissingError)
			missing.Read = len(want) - int(start)
			err = &paging.NotInDumpError{Address: dmpfile.VirtAddr(at) + dmpfile.VirtAddr(len(part)), Physical: missing.Address, Err: missing}
		}
	}
	if err != nil && len(want) > 0 {
		err = &paging.PartialError{Address: dmpfile.VirtAddr(a), Read: len(want), Want: int(size), Err: err}
	}
	return want, err
}

// check compares reads from the first pages on with the model, which end in the last page or behind it.
func (d spanDump) check(t *testing.T) {
	t.Helper()
	f := d.file(t)
	s := paging.New(f, d.mode, 0x1000)
	all, lowest := uint64(len(d.frames))*0x1000, slices.Min(d.frames)*0x1000
	for _, in := range []uint64{1, 0x7FB, 0xFFF} {
		for _, size := range []uint64{all - 0x1000 - in + 1, all - in, all - in + 1} {
			for _, c := range []struct {
				what string
				read func(p []byte) (int, error)
				want func(a, size uint64) ([]byte, error)
				a    uint64
			}{
				{"physical", func(p []byte) (int, error) { return f.ReadPhysical(p, dmpfile.PhysAddr(lowest+in)) }, d.physical, lowest + in},
				{"virtual", func(p []byte) (int, error) { return s.ReadVirtual(p, dmpfile.VirtAddr(d.first+in)) }, d.virtual, d.first + in},
			} {
				p := bytes.Repeat([]byte{0xCC}, int(size)+8)
				n, err := c.read(p[:size])
				want, wantErr := c.want(c.a, size)
				if n != len(want) || !bytes.Equal(p[:n], want) || !bytes.Equal(p[n:], bytes.Repeat([]byte{0xCC}, len(p)-n)) {
					t.Fatalf("%s, %#x bytes at %#x: read %#x, want %#x, or other bytes; %v", c.what, size, c.a, n, len(want), err)
				}
				if diff := cmp.Diff(wantErr, err); diff != "" {
					t.Fatalf("%s, %#x bytes at %#x: error (-want +got):\n%s", c.what, size, c.a, diff)
				}
			}
		}
	}
}

// Unaligned reads of dumps over 2, 3 and 17 pages, in every mode, whose frames ascend, descend or do both: a page at either end or
// in the middle is missing, or some are, in every way that a page can be. The bytes before the first hole are right, and so is the error.
func TestSpans(t *testing.T) {
	firsts := map[paging.Mode]uint64{
		paging.X86: 0x803FF000, paging.X86PAE: 0x801FF000, // the second page has another page table
		paging.AMD64: 0xFFFFF803121FF000, paging.AMD64Level5: 0xFF11F803121FF000, paging.ARM64: 0xFFFFF803121FF000,
	}
	for mode, first := range firsts {
		for _, pages := range []int{2, 3, 17} {
			for _, order := range []string{"ascending", "descending", "pairs"} {
				frames := make([]uint64, pages)
				for i := range frames {
					switch order {
					case "ascending":
						frames[i] = uint64(0x1F9 + i)
					case "descending":
						frames[i] = uint64(0x1F9 + pages - i)
					case "pairs": // 1 0 3 2 ...
						frames[i] = uint64(0x200 + i ^ 1)
					}
				}
				holes := [][]uint64{nil}
				for _, i := range slices.Compact([]int{0, 1, pages / 2, pages - 1}) {
					holes = append(holes, frames[i:i+1])
				}
				if pages == 17 {
					holes = append(holes, []uint64{frames[7], frames[11]}, frames[5:9])
				}
				for _, gone := range holes {
					for _, kind := range []string{"not mapped", "not in the dump", "cut"} {
						if len(gone) != 1 && kind == "cut" || gone == nil && kind != "not mapped" {
							continue
						}
						t.Run(fmt.Sprintf("mode %d, %d pages, %s, %x %s", mode, pages, order, gone, kind), func(t *testing.T) {
							spanDump{first, frames, gone, kind, mode}.check(t)
						})
					}
				}
			}
		}
	}
}
