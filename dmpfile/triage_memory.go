package dmpfile

import (
	"cmp"
	"io"
	"slices"
	"sort"

	"github.com/dmplens/dmplens/dmpfile/internal/bin"
)

// extent is a range of virtual memory that the file holds. Both ends belong to it, because the last one can be the last address.
type extent struct {
	first, last VirtAddr
	off         int64 // file offset of first
}

// block is a piece of virtual memory that Windows kept in a triage dump.
type block struct {
	Address VirtAddr
	Offset  int64 // in the file
	Size    uint32
}

// blockList returns the TRIAGE_DATA_BLOCKs that lie in the file, as far as they do. A damaged entry is left out.
func (t *Triage) blockList() []block {
	if t.DataBlocksOffset == 0 {
		return nil
	}
	const entry = 16
	b, err := readUpTo(t.file.r, int64(t.DataBlocksOffset), min(int64(t.DataBlocksCount)*entry, maxBlockTable), t.file.size)
	if err != nil {
		return nil
	}
	blocks := make([]block, 0, len(b)/entry)
	for i := 0; i+entry <= len(b); i += entry {
		address, _ := bin.U64(b, i)
		if t.file.Bits == 32 {
			address = uint64(uint32(address)) // a 32-bit kernel extends the sign
		}
		off, _ := bin.U32(b, i+8)
		size, _ := bin.U32(b, i+12)
		blocks = t.appendBlock(blocks, VirtAddr(address), off, size)
	}
	return blocks
}

// maxBlockTable bounds the table of blocks: real ones have some thousand entries.
const maxBlockTable = 4 << 20

// extents returns the map of the triage dump's memory, which is built when it is first asked for.
func (t *Triage) extents() []extent {
	t.memoryOnce.Do(func() {
		blocks := t.blockList()
		blocks = t.appendBlock(blocks, t.TopOfStack, t.CallStackOffset, t.SizeOfCallStack)
		blocks = t.appendBlock(blocks, t.DataPageAddress, t.DataPageOffset, t.DataPageSize)
		if kdbg, ok := t.file.KdDebuggerDataBlock(); ok {
			blocks = t.appendBlock(blocks, kdbg, t.DebuggerDataOffset, t.DebuggerDataSize)
		}
		t.memory = flatten(blocks)
	})
	return t.memory
}

// appendBlock appends what the file has of a block; nothing where an address or offset is null, or the block runs past the end of
// the address space or of the triage data: such an entry lies about its size, while one that the end of the file cuts does not.
func (t *Triage) appendBlock(blocks []block, a VirtAddr, off, size uint32) []block {
	have := min(int64(size), t.file.size-int64(off))
	end := max(int64(t.SizeOfDump), t.file.size)
	if a == 0 || off == 0 || have <= 0 || a+VirtAddr(have-1) < a || int64(off)+int64(size) > end {
		return blocks
	}
	return append(blocks, block{a, int64(off), uint32(have)})
}

// flatten sorts blocks and cuts away what an earlier one already covers, so that extents do not overlap.
func flatten(blocks []block) []extent {
	slices.SortStableFunc(blocks, func(a, b block) int {
		return cmp.Or(cmp.Compare(a.Address, b.Address), cmp.Compare(b.Size, a.Size))
	})
	list := make([]extent, 0, len(blocks))
	for _, b := range blocks {
		e := extent{b.Address, b.Address + VirtAddr(b.Size) - 1, b.Offset}
		if n := len(list); n > 0 && e.first <= list[n-1].last {
			if e.last <= list[n-1].last {
				continue
			}
			cut := list[n-1].last - e.first + 1
			e.first += cut
			e.off += int64(cut)
		}
		list = append(list, e)
	}
	return list
}

// ReadVirtual reads the memory at a virtual address from the captured stack and the data blocks. It returns how many bytes it read
// before a hole; the error is then a *NotInDumpError with the address of the hole.
func (t *Triage) ReadVirtual(p []byte, a VirtAddr) (n int, err error) {
	list := t.extents()
	i := sort.Search(len(list), func(i int) bool { return list[i].last >= a })
	for n < len(p) {
		at := a + VirtAddr(n)
		if at < a || i == len(list) || list[i].first > at {
			return n, &NotInDumpError{at}
		}
		e := list[i]
		part := p[n:]
		if rest := e.last - at; VirtAddr(len(part)-1) > rest {
			part = part[:rest+1]
		}
		got, err := t.file.ReadAt(part, e.off+int64(at-e.first))
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
