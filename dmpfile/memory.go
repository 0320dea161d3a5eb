package dmpfile

import (
	"cmp"
	"io"
	"slices"
	"sort"
	"sync"

	"github.com/dmplens/dmplens/dmpfile/internal/bin"
)

// extent is a range of virtual memory that the file holds.
type extent struct {
	start, end VirtAddr // end is the first address behind it
	off        int64    // file offset of start
}

// Block is a piece of virtual memory that Windows kept in a triage dump.
type Block struct {
	Address VirtAddr
	Offset  int64 // in the file
	Size    uint32
}

// Blocks returns the TRIAGE_DATA_BLOCKs that lie in the file. A damaged entry is left out.
func (t *Triage) Blocks() []Block {
	if t.DataBlocksOffset == 0 {
		return nil
	}
	const entry = 16
	b, err := readUpTo(t.file.r, int64(t.DataBlocksOffset), min(int64(t.DataBlocksCount)*entry, maxBlockTable), t.file.size)
	if err != nil {
		return nil
	}
	blocks := make([]Block, 0, len(b)/entry)
	for i := 0; i+entry <= len(b); i += entry {
		address, _ := bin.U64(b, i)
		if t.file.Bits == 32 {
			address = uint64(uint32(address)) // a 32-bit kernel extends the sign
		}
		off, _ := bin.U32(b, i+8)
		size, _ := bin.U32(b, i+12)
		if off != 0 && size != 0 && int64(off)+int64(size) <= t.file.size {
			blocks = append(blocks, Block{VirtAddr(address), int64(off), size})
		}
	}
	return blocks
}

// maxBlockTable bounds the table of blocks: real ones have some thousand entries.
const maxBlockTable = 4 << 20

// onceExtents builds the map of the triage dump's memory when it is first asked for.
func onceExtents(t *Triage) func() []extent {
	return sync.OnceValue(func() []extent {
		blocks := t.Blocks()
		add := func(a VirtAddr, off, size uint32) {
			if a != 0 && off != 0 && size != 0 && int64(off) < t.file.size {
				blocks = append(blocks, Block{a, int64(off), uint32(min(int64(size), t.file.size-int64(off)))})
			}
		}
		add(t.TopOfStack, t.CallStackOffset, t.SizeOfCallStack)
		add(t.DataPageAddress, t.DataPageOffset, t.DataPageSize)
		if kdbg, ok := t.file.KdDebuggerDataBlock(); ok {
			add(kdbg, t.DebuggerDataOffset, t.DebuggerDataSize)
		}
		return flatten(blocks)
	})
}

// flatten sorts blocks and cuts away what an earlier one already covers, so that extents do not overlap.
func flatten(blocks []Block) []extent {
	slices.SortStableFunc(blocks, func(a, b Block) int {
		return cmp.Or(cmp.Compare(a.Address, b.Address), cmp.Compare(b.Size, a.Size))
	})
	var list []extent
	for _, b := range blocks {
		e := extent{b.Address, b.Address + VirtAddr(b.Size), b.Offset}
		if e.end < e.start {
			continue // it would run past the end of the address space
		}
		if n := len(list); n > 0 && e.start < list[n-1].end {
			cut := list[n-1].end - e.start
			if e.start+cut >= e.end {
				continue
			}
			e.start += cut
			e.off += int64(cut)
		}
		list = append(list, e)
	}
	return list
}

// ReadVirtual reads the memory at a virtual address from the captured stack and the data blocks. It returns how many bytes it read
// before a hole; the error is then a *NotInDumpError with the address of the hole.
func (t *Triage) ReadVirtual(p []byte, a VirtAddr) (n int, err error) {
	list := t.memory()
	i := sort.Search(len(list), func(i int) bool { return list[i].end > a })
	for n < len(p) {
		at := a + VirtAddr(n)
		if at < a || i == len(list) || list[i].start > at {
			return n, &NotInDumpError{at}
		}
		e := list[i]
		part := p[n:min(len(p), n+int(min(uint64(e.end-at), uint64(len(p)))))]
		got, err := t.file.ReadAt(part, e.off+int64(at-e.start))
		n += got
		if err != nil && err != io.EOF {
			return n, err
		}
		if got < len(part) {
			return n, &NotInDumpError{at + VirtAddr(got)}
		}
		i++
	}
	return n, nil
}
