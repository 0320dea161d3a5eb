package dmptest

import "strings"

// Triage is a dump of type 4, a small memory dump, for 64-bit and 32-bit machines.
//
// Windows writes them in two ways. Most are made from a larger dump at the next boot: attributes are filler, drivers have
// full paths. With Kernel set the dump is one which the crashing kernel wrote itself: it has attributes, the drivers'
// base names and whole loader entries, and its parts end at multiples of 0x200.
//
// A nil part is left out: its offset is 0.
type Triage struct {
	Header       Header
	Kernel       bool
	Modules      []Module
	Unloaded     []Unloaded
	BrokenDriver string
	Stack        Block // its address is TopOfStack, the lowest
	KDBG         *KDBG
	Processor    *Processor
	Process      *Process
	Thread       *Thread
	Blocks       []Block
	DataPage     Block
	Options      *uint32    // TriageOptions; nil is 0xFFFFFFFF, with Kernel 0x41
	NoMM         bool       // without the memory manager's counters
	Verifier     *[3]uint32 // the tag of special pool, the level of Driver Verifier, whether the kernel is verified

	Secondary []byte // appended
	Reserve   int    // bytes from the start of Secondary to the end of the file, at least; with Kernel only
	Stale     bool   // the reserve behind the sector in which Secondary ends holds old bytes of the disk
}

// Module is a driver in the list of a triage dump.
type Module struct {
	Path          string // a dump with Kernel set has its last part only
	Base          uint64
	EntryPoint    uint64
	Size          uint32
	TimeDateStamp uint32
	CheckSum      uint32
}

// Unloaded is an entry of the list of unloaded drivers. Names are cut to 12 characters.
type Unloaded struct {
	Name       string
	Start, End uint64
}

// Block is memory at a virtual address.
type Block struct {
	VA   uint64
	Data []byte
}

// triageOffsets are the places in the sub-header that depend on the width.
type triageOffsets struct {
	stackTop, dataPage, dataPageAt, kdbg, blocks int
	context, exception                           uint32
	parts                                        int // where the first part begins
}

// Image returns the dump. RequiredDumpSpace is its length.
func (t Triage) Image() *Image {
	h := t.header()
	b := triageBuilder{m: h.Image(), t: t, sub: h.Size(), pointer: h.pointerSize(), triageOffsets: triageOffsets{
		stackTop: 0x48, dataPage: 0x60, dataPageAt: 0x68, kdbg: 0x70, blocks: 0x78,
		context: 0x348, exception: 0xF00, parts: 0x2080,
	}}
	if h.is32() {
		b.triageOffsets = triageOffsets{
			stackTop: 0x48, dataPage: 0x4C, dataPageAt: 0x50, kdbg: 0x58, blocks: 0x60,
			context: 0x320, exception: 0x7D0, parts: 0x1080,
		}
	}
	b.m.PutZero(b.sub, b.parts-b.sub)
	b.m.PutU32(b.sub+0xC, b.context, b.exception)
	options := uint32(0xFFFFFFFF)
	if t.Kernel {
		options = 0x41
	}
	if t.Options != nil {
		options = *t.Options
	}
	b.m.PutU32(b.sub+0x44, options)

	b.memoryManager()
	if !t.Kernel {
		b.unloaded()
	}
	b.objects()
	b.stack()
	if t.KDBG != nil {
		b.sized(b.kdbg, t.KDBG.Image())
	}
	if t.Kernel {
		b.unloaded()
	}
	b.drivers()
	b.blockTable()
	end := b.m.Len() + 4
	if t.Kernel {
		end = roundUp(end, 0x200)
	}
	b.m.Grow(end - 4)
	b.m.Append([]byte("TRGD"))
	b.m.PutU32(b.sub+0x4, uint32(end), uint32(end-4))
	b.secondary(end)
	h.putRequired(b.m, uint64(b.m.Len()))
	return b.m
}

// header fills in what tells the two kinds of writers apart, where the caller has not chosen it.
func (t Triage) header() Header {
	h := t.Header
	h.DumpType = orElse(h.DumpType, 4)
	if t.Kernel {
		h.Attributes = orElse(h.Attributes, new(uint32(AttrKernelTriage)))
		h.MiniDumpFields = orElse(h.MiniDumpFields, new(uint32(0xDFF)))
		h.SecondaryDataState = orElse(h.SecondaryDataState, new(uint32(0)))
		if h.VersionUser == nil {
			h.VersionUser = make([]byte, 32)
		}
		return h
	}
	h.MiniDumpFields = orElse(h.MiniDumpFields, new(uint32(0xCFF)))
	h.WriterStatus = orElse(h.WriterStatus, new(uint32(0)))
	h.KdSecondaryVersion = orElse(h.KdSecondaryVersion, new(uint8(0)))
	return h
}

type triageBuilder struct {
	triageOffsets
	m            *Image
	t            Triage
	sub, pointer int
}

// place appends a part at a multiple of 8 and writes its offset to the sub-header.
func (b *triageBuilder) place(field int, data []byte) {
	b.m.Align(8)
	b.m.PutU32(b.sub+field, uint32(b.m.Append(data)))
}

// sized is place for a part whose size follows its offset.
func (b *triageBuilder) sized(field int, part *Image) {
	b.place(field, part.Data())
	b.m.PutU32(b.sub+field+4, uint32(part.Len()))
}

func (b *triageBuilder) memoryManager() {
	if b.t.NoMM {
		return
	}
	var mm Image
	size := 0x18 + 7*b.pointer // 64-bit: 0x50
	mm.Grow(size)
	mm.PutU32(0x0, 1, uint32(size))
	if v := b.t.Verifier; v != nil {
		mm.PutU32(0x8, v[0])
		mm.PutU32(0x10, v[1], v[2])
	}
	if b.t.Kernel {
		// used page pool, commitment, its peak, its limit
		mm.PutPtr(0x18+3*b.pointer, b.pointer, 0x1911E, 0x1DAE56, 0x25E7A1, 0xFFB8B1)
	}
	b.place(0x14, mm.Data())
}

func (b *triageBuilder) unloaded() {
	list := b.t.Unloaded
	if list == nil {
		return
	}
	var m Image
	first, stride, name, start := 8, 0x38, 0x10, 0x28
	if b.pointer == 4 {
		first, stride, name, start = 4, 0x28, 0x8, 0x20
	}
	m.PutPtr(0, b.pointer, uint64(len(list)))
	for i, u := range list {
		off := first + stride*i
		text := utf16Bytes(u.Name)
		text = text[:min(len(text), 24)]
		m.PutU16(off, uint16(len(text)), uint16(len(text)))
		m.PutBytes(off+name, text)
		m.PutPtr(off+start, b.pointer, u.Start, u.End)
	}
	if b.t.Kernel {
		m.Grow(first + 50*stride) // room for all that Windows remembers
	}
	b.place(0x18, m.Data())
}

func (b *triageBuilder) objects() {
	if p := b.t.Processor; p != nil {
		b.place(0x1C, p.Image().Data())
	}
	if p := b.t.Process; p != nil {
		b.place(0x20, p.Image().Data())
	}
	if t := b.t.Thread; t != nil {
		b.place(0x24, t.Image().Data())
	}
}

func (b *triageBuilder) stack() {
	if b.t.Stack.Data == nil {
		return
	}
	b.sized(0x28, Load(b.t.Stack.Data))
	b.m.PutPtr(b.sub+b.stackTop, b.pointer, b.t.Stack.VA)
}

// drivers writes the list and, right behind it, the strings.
func (b *triageBuilder) drivers() {
	n := len(b.t.Modules)
	if n == 0 && b.t.BrokenDriver == "" {
		return
	}
	stride := 0x90
	if b.pointer == 4 {
		stride = 0x4C
	}
	var list, pool Image
	list.Grow(n * stride)
	at := roundUp(b.m.Len(), 8)
	name := func(s string) uint32 { // returns the offset of a DUMP_STRING
		text := utf16Z(s)
		off := pool.Align(8)
		pool.PutU32(off, uint32(len(text)/2-1))
		pool.PutBytes(off+4, text)
		return uint32(at + list.Len() + off)
	}
	for i, d := range b.t.Modules {
		list.PutU32(i*stride, name(b.driverName(d)))
		if b.pointer == 4 {
			b.driver32(&list, i*stride, d)
		} else {
			b.driver64(&list, i, d)
		}
	}
	if b.t.BrokenDriver != "" {
		b.m.PutU32(b.sub+0x40, name(b.t.BrokenDriver))
	}
	pool.Align(8)
	if n != 0 {
		b.place(0x30, list.Data())
		b.m.PutU32(b.sub+0x34, uint32(n))
	} else {
		b.m.Align(8)
	}
	b.m.PutU32(b.sub+0x38, uint32(b.m.Append(pool.Data())), uint32(pool.Len()))
}

func (b *triageBuilder) driverName(d Module) string {
	if b.t.Kernel {
		return d.Path[strings.LastIndexByte(d.Path, '\\')+1:]
	}
	return d.Path
}

func (b *triageBuilder) driver64(m *Image, i int, d Module) {
	off := 0x90 * i
	m.PutU64(off+0x38, d.Base, d.EntryPoint)
	m.PutU32(off+0x48, d.Size)
	m.PutU32(off+0x80, d.CheckSum)
	m.PutU32(off+0x88, d.TimeDateStamp)
	if !b.t.Kernel {
		return
	}
	// The loader's entry as it was: links to its neighbours, and names whose text is not in the dump.
	entry := func(i int) uint64 {
		if i < 0 || i == len(b.t.Modules) {
			return b.t.Header.PsLoadedModuleList
		}
		return 0xFFFFA686DE650010 + 0x100*uint64(i)
	}
	text := func(off int, s string, va uint64) {
		n := uint16(len(utf16Bytes(s)))
		m.PutU16(off, n, n)
		m.PutU64(off+0x8, va)
	}
	m.PutU64(off+0x8, entry(i+1), entry(i-1))
	text(off+0x50, d.Path, entry(i)-0x2000)
	text(off+0x60, b.driverName(d), entry(i)-0x1000)
	m.PutU32(off+0x70, 0x49104000)
	m.PutU16(off+0x74, 1)
}

func (b *triageBuilder) driver32(m *Image, off int, d Module) {
	m.PutPtr(off+0x1C, 4, d.Base, d.EntryPoint, uint64(d.Size))
	m.PutU32(off+0x44, d.CheckSum, d.TimeDateStamp)
}

// blockTable writes the table of data blocks and, right behind it, their bytes; the data page stands among them.
func (b *triageBuilder) blockTable() {
	if p := b.t.DataPage; p.Data != nil {
		b.place(b.dataPageAt, p.Data)
		b.m.PutU32(b.sub+b.dataPageAt+4, uint32(len(p.Data)))
		b.m.PutPtr(b.sub+b.dataPage, b.pointer, p.VA)
	}
	if len(b.t.Blocks) == 0 {
		return
	}
	table := b.m.Align(8)
	b.m.PutU32(b.sub+b.blocks, uint32(table), uint32(len(b.t.Blocks)))
	b.m.Grow(table + 0x10*len(b.t.Blocks))
	for i, x := range b.t.Blocks {
		va := x.VA
		if b.pointer == 4 {
			va = uint64(int64(int32(va)))
		}
		off := b.m.Append(x.Data)
		b.m.PutU64(table+0x10*i, va)
		b.m.PutU32(table+0x10*i+0x8, uint32(off), uint32(len(x.Data)))
	}
}

func (b *triageBuilder) secondary(end int) {
	b.m.Append(b.t.Secondary)
	if !b.t.Kernel || b.t.Reserve == 0 {
		return
	}
	b.m.Align(0x200)
	size := roundUp(end+b.t.Reserve, 0x200)
	if missing := size - b.m.Len(); b.t.Stale && missing > 0 {
		old := generator(2)
		b.m.Append(old.bytes(missing))
	}
	b.m.Grow(size)
}
