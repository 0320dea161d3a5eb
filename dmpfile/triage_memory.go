package dmpfile

import (
	"cmp"
	"encoding/binary"
	"io"
	"math"
	"slices"
	"sort"
	"sync"
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
	number  uint32 // in the order of the dump; set where blocks are sorted
}

// A table of blocks has TRIAGE_DATA_BLOCKs of blockEntry bytes: address, offset in the file, size. maxBlockTable bounds it: real ones have
// some thousand entries.
const (
	blockEntry    = 16
	maxBlockTable = 4 << 20
)

// memoryMap is where the file has the memory of a triage dump. Few searches look at the table as it is, for sorting it takes as long as some
// forty of them; when there are more, it is sorted.
type memoryMap struct {
	tableOnce sync.Once
	table     []byte

	mutex    sync.Mutex // for what follows
	found    [16]extent // what was found last, from the address on that was looked for
	searches int
	sorted   []extent // nil before there are many searches, or sections
	joined   bool     // the sections of the secondary data were looked for
}

const fewSearches = 100

// blocks returns the table of blocks.
func (t *Triage) blocks() []byte {
	t.memory.tableOnce.Do(func() {
		if t.DataBlocksOffset == 0 {
			return
		}
		b, err := t.upTo(t.DataBlocksOffset, min(int64(t.DataBlocksCount)*blockEntry, maxBlockTable))
		if err == nil {
			t.memory.table = b[:len(b)/blockEntry*blockEntry]
		}
	})
	return t.memory.table
}

// eachOther visits the blocks of memory that are not in the table, as entry and block have them: the stack, a page, and the debugger data.
func (t *Triage) eachOther(visit func(a VirtAddr, off, size uint32)) {
	visit(t.TopOfStack, t.CallStackOffset, t.SizeOfCallStack)
	visit(t.DataPageAddress, t.DataPageOffset, t.DataPageSize)
	if kdbg, ok := t.file.KdDebuggerDataBlock(); ok {
		visit(kdbg, t.DebuggerDataOffset, t.DebuggerDataSize)
	}
}

// entry returns what an entry of the table says.
func (t *Triage) entry(e []byte) (a VirtAddr, off, size uint32) {
	a = VirtAddr(binary.LittleEndian.Uint64(e))
	if t.file.Bits == 32 {
		a = VirtAddr(uint32(a)) // a 32-bit kernel extends the sign
	}
	return a, binary.LittleEndian.Uint32(e[8:]), binary.LittleEndian.Uint32(e[12:])
}

// block is what the file has of a block. ok is false where an address or offset is null, or the block runs past the end of the address
// space or of the triage data: such an entry lies about its size, while one that the end of the file cuts does not.
func (t *Triage) block(a VirtAddr, off, size uint32) (b block, ok bool) {
	have := min(int64(size), t.file.size-int64(off))
	end := max(int64(t.SizeOfDump), t.file.size)
	if a == 0 || off == 0 || have <= 0 || a+VirtAddr(have-1) < a || int64(off)+int64(size) > end {
		return block{}, false
	}
	return block{Address: a, Offset: int64(off), Size: uint32(have)}, true
}

// blockList returns the blocks that lie in the file, as far as they do. A damaged entry is left out.
func (t *Triage) blockList() []block {
	table := t.blocks()
	blocks := make([]block, 0, len(table)/blockEntry+3)
	add := func(a VirtAddr, off, size uint32) {
		if b, ok := t.block(a, off, size); ok {
			b.number = uint32(len(blocks))
			blocks = append(blocks, b)
		}
	}
	for i := 0; i < len(table); i += blockEntry {
		add(t.entry(table[i:]))
	}
	t.eachOther(add)
	return blocks
}

// compare orders blocks by address, the larger one first. Where blocks overlap, the first one counts.
func (b *block) compare(c *block) int {
	if b.Address != c.Address {
		return cmp.Compare(b.Address, c.Address)
	}
	return cmp.Compare(c.Size, b.Size)
}

// extent returns the range of a block.
func (b *block) extent() extent { return extent{b.Address, b.Address + VirtAddr(b.Size) - 1, b.Offset} }

// find returns a range of memory that has an address. ok is false where the file has none. The blocks are asked first: only what they lack is looked for in
// the secondary data, and that is read once.
func (t *Triage) find(a VirtAddr) (e extent, ok bool) {
	m := &t.memory
	m.mutex.Lock()
	defer m.mutex.Unlock()
	if e, ok = t.findKnown(a); ok || m.joined {
		return e, ok
	}
	m.joined = true
	added := t.addedMemory()
	if len(added) == 0 {
		return e, false
	}
	if m.sorted == nil {
		m.sorted = t.sortMemory()
	}
	m.sorted = fillHoles(m.sorted, added)
	return t.findKnown(a)
}

// findKnown is find in what was read so far.
func (t *Triage) findKnown(a VirtAddr) (e extent, ok bool) {
	m := &t.memory
	if m.sorted != nil {
		i := sort.Search(len(m.sorted), func(i int) bool { return m.sorted[i].last >= a })
		if i == len(m.sorted) || m.sorted[i].first > a {
			return extent{}, false
		}
		return m.sorted[i], true
	}
	for _, e := range m.found {
		if e.first <= a && a <= e.last && e.off > 0 {
			return e, true
		}
	}
	if e, ok = t.search(a); ok {
		m.found[m.searches%len(m.found)] = e
	}
	if m.searches++; m.searches == fewSearches {
		m.sorted = t.sortMemory()
	}
	return e, ok
}

// search looks at each block. The range that it returns begins with the address: what is before that may be in an earlier block too.
func (t *Triage) search(a VirtAddr) (e extent, ok bool) {
	var first block // of those that have the address
	take := func(at VirtAddr, off, size uint32) {
		b, valid := t.block(at, off, size)
		if valid && a >= at && a-at < VirtAddr(b.Size) && (!ok || b.compare(&first) < 0) {
			first, ok = b, true
		}
	}
	mask := VirtAddr(math.MaxUint64)
	if t.file.Bits == 32 {
		mask = math.MaxUint32
	}
	for e := t.blocks(); len(e) >= blockEntry; e = e[blockEntry:] {
		at, size := VirtAddr(binary.LittleEndian.Uint64(e)), binary.LittleEndian.Uint32(e[12:])
		if a-at&mask < VirtAddr(size) {
			take(t.entry(e))
		}
	}
	t.eachOther(take)
	if !ok {
		return extent{}, false
	}
	e = first.extent()
	return extent{a, e.last, e.off + int64(a-e.first)}, true
}

// sortMemory sorts the blocks and cuts away what an earlier one already covers, so that extents do not overlap.
func (t *Triage) sortMemory() []extent {
	blocks := t.blockList()
	slices.SortFunc(blocks, func(a, b block) int {
		if c := a.compare(&b); c != 0 {
			return c
		}
		return cmp.Compare(a.number, b.number)
	})
	list := make([]extent, 0, len(blocks))
	for i := range blocks {
		e := blocks[i].extent()
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

// ReadVirtual reads the memory at a virtual address. A byte comes from the captured stack and the data blocks; where they lack it, from the named sections
// of the secondary data, which newer builds (26100) write. It returns how many bytes it read before a hole; the error is then a *NotInDumpError with the
// address of the hole.
func (t *Triage) ReadVirtual(p []byte, a VirtAddr) (n int, err error) {
	for n < len(p) {
		at := a + VirtAddr(n)
		e, ok := t.find(at)
		if at < a || !ok {
			return n, &NotInDumpError{at}
		}
		part := p[n:]
		if rest := e.last - at; VirtAddr(len(part)-1) > rest {
			part = part[:rest+1]
		}
		got, err := t.file.ReadCached(part, e.off+int64(at-e.first))
		n += got
		if err != nil && err != io.EOF {
			return n, err
		}
		if got < len(part) {
			return n, &NotInDumpError{at + VirtAddr(got)}
		}
	}
	return n, nil
}
