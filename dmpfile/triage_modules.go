package dmpfile

import "github.com/dmplens/dmplens/dmpfile/internal/bin"

// A DUMP_DRIVER_ENTRY is the offset of the name and a copy of the KLDR_DATA_TABLE_ENTRY of old; its last dword is the time stamp.
// 64-bit offsets are verified on real dumps; 32-bit ones are those of mindumpdef.h.
type driverLayout struct {
	minStride, maxStride            int
	base, size, checkSum, timeStamp int
}

var (
	driver64 = driverLayout{minStride: 0x90, maxStride: 0xB0, base: 0x38, size: 0x48, checkSum: 0x80, timeStamp: 0x88}
	driver32 = driverLayout{minStride: 0x4C, maxStride: 0x60, base: 0x1C, size: 0x24, checkSum: 0x44, timeStamp: 0x48}
)

// maxDrivers is far more than Windows loads; maxNameUnits is longer than a path there can be.
const (
	maxDrivers   = 10000
	maxNameUnits = 1024
)

// ModuleList is the list of loaded modules of a triage dump, in load order. What it says of a module is decoded when it is asked for. Use
// it from one goroutine at a time.
type ModuleList struct {
	driverLayout
	bits    int
	stride  int
	count   int
	entries []byte
	pool    pool
	names   map[uint32]string // that were decoded, by offset: a damaged list can name one long text many times
	images  []image           // where they are; nil until an address was looked for
}

// image is where a module lies.
type image struct {
	base VirtAddr
	size VirtAddr
}

// ModuleList returns the list of loaded modules. Where it is damaged it ends before the damage, and there is an error.
func (t *Triage) ModuleList() (ModuleList, error) {
	if t.DriverListOffset == 0 || t.DriverCount == 0 {
		return ModuleList{}, nil
	}
	l := ModuleList{driverLayout: driver64, bits: t.file.Bits, names: map[uint32]string{}}
	if l.bits == 32 {
		l.driverLayout = driver32
	}
	if t.DriverCount > maxDrivers {
		return ModuleList{}, &FormatError{Offset: int64(t.file.layout.size) + 0x34, What: "an impossible number of loaded modules", Value: t.DriverCount}
	}
	l.stride = l.minStride
	// The pool of names follows the list, so the distance tells the stride.
	if d := int64(t.StringPoolOffset) - int64(t.DriverListOffset); d > 0 && d%int64(t.DriverCount) == 0 {
		if s := int(d / int64(t.DriverCount)); s >= l.minStride && s <= l.maxStride {
			l.stride = s
		}
	}
	var err error
	if l.entries, err = t.upTo(t.DriverListOffset, int64(l.stride)*int64(t.DriverCount)); err != nil {
		return ModuleList{}, err
	}
	const maxPool = 4 << 20
	l.pool.off = int64(t.StringPoolOffset)
	if l.pool.data, err = t.upTo(t.StringPoolOffset, min(int64(t.StringPoolSize), maxPool)); err != nil {
		return ModuleList{}, err
	}
	for ; l.count < int(t.DriverCount); l.count++ {
		if len(l.entries) < (l.count+1)*l.stride {
			off := int64(t.DriverListOffset) + int64(l.count*l.stride)
			return l, &FormatError{Offset: off, What: "the list of loaded modules ends early; entry", Value: l.count}
		}
		if _, err := l.pool.text(l.name(l.count)); err != nil {
			return l, err
		}
	}
	return l, nil
}

// Len returns the number of modules.
func (l *ModuleList) Len() int { return l.count }

// entry returns the entry of module i.
func (l *ModuleList) entry(i int) []byte { return l.entries[i*l.stride : (i+1)*l.stride] }

// name returns the file offset of the name of module i.
func (l *ModuleList) name(i int) uint32 {
	off, _ := bin.U32(l.entry(i), 0)
	return off
}

// Find returns the number of the first module that an address lies in, -1 where it lies in none.
func (l *ModuleList) Find(a VirtAddr) int {
	if l.images == nil {
		l.images = make([]image, l.count) // a stack has some hundreds of addresses to look for
		for i := range l.images {
			e := l.entry(i)
			base, _ := bin.Pointer(e, l.base, l.bits)
			size, _ := bin.U32(e, l.size)
			l.images[i] = image{VirtAddr(base), VirtAddr(size)}
		}
	}
	for i := range l.images {
		if x := &l.images[i]; a-x.base < x.size {
			return i
		}
	}
	return -1
}

// At decodes module i.
func (l *ModuleList) At(i int) Module {
	e, off := l.entry(i), l.name(i)
	name, ok := l.names[off]
	if !ok {
		text, _ := l.pool.text(off) // the list ends before a name that is none
		name = bin.UTF16Z(text)
		l.names[off] = name
	}
	m := Module{Name: baseName(name)}
	if m.Name != name {
		m.Path = name
	}
	base, _ := bin.Pointer(e, l.base, l.bits)
	m.Base = VirtAddr(base)
	m.Size, _ = bin.U32(e, l.size)
	m.CheckSum, _ = bin.U32(e, l.checkSum)
	m.TimeStamp, _ = bin.U32(e, l.timeStamp)
	return m
}

// Modules returns the loaded modules in load order. Where the list is damaged it returns the entries before the damage and an error.
func (t *Triage) Modules() ([]Module, error) {
	l, err := t.ModuleList()
	if l.count == 0 {
		return nil, err
	}
	modules := make([]Module, l.count)
	for i := range modules {
		modules[i] = l.At(i)
	}
	return modules, err
}

// pool is the part of the file that holds the names.
type pool struct {
	off  int64
	data []byte
}

// text returns the UTF-16 text of a DUMP_STRING, which is a length in units, and the units.
func (p *pool) text(off uint32) ([]byte, error) {
	at := int64(off) - p.off
	n, ok := bin.U32(p.data, int(at))
	if !ok {
		return nil, &FormatError{Offset: int64(off), What: "the name of a module lies outside the pool of names, which begins at", Value: p.off}
	}
	b, whole := bin.Slice(p.data, int(at)+4, int(min(n, maxNameUnits+1))*2)
	if !whole || n > maxNameUnits {
		return nil, &FormatError{Offset: int64(off), What: "the name of a module has an impossible length", Value: n}
	}
	return b, nil
}

// unloadedLayout is an entry of the unloaded drivers: a UNICODE_STRING, 12 UTF-16 units, start, end. The 32-bit one is not verified
// on a real dump.
type unloadedLayout struct{ count, stride, name, start, end int }

var (
	unloaded64 = unloadedLayout{count: 8, stride: 0x38, name: 0x10, start: 0x28, end: 0x30}
	unloaded32 = unloadedLayout{count: 4, stride: 0x28, name: 0x08, start: 0x20, end: 0x24}
)

// maxUnloaded is how many unloaded modules Windows remembers, and maxUnloadedList how many bytes a list of them takes at most.
const (
	maxUnloaded     = 50
	maxUnloadedList = 8 + maxUnloaded*0x38
)

// UnloadedModules returns the modules that were unloaded before the capture. An impossible count is an error, none is not.
func (t *Triage) UnloadedModules() ([]UnloadedModule, error) {
	if t.UnloadedDriversOffset == 0 {
		return nil, nil
	}
	l := unloaded64
	if t.file.Bits == 32 {
		l = unloaded32
	}
	b, err := t.upTo(t.UnloadedDriversOffset, int64(l.count+maxUnloaded*l.stride))
	if err != nil {
		return nil, err
	}
	n, ok := bin.Pointer(b, 0, t.file.Bits)
	switch {
	case !ok:
		return nil, &FormatError{Offset: int64(t.UnloadedDriversOffset), What: "the list of unloaded modules lies outside the file; what is left of it", Value: len(b)}
	case n > maxUnloaded:
		return nil, &FormatError{Offset: int64(t.UnloadedDriversOffset), What: "an impossible number of unloaded modules", Value: n}
	}
	if n == 0 {
		return nil, nil
	}
	list := make([]UnloadedModule, 0, n)
	var ends [maxUnloaded]int // of the names in text
	text := make([]byte, 0, 1024)
	for i := range int(n) {
		e, ok := bin.Slice(b, l.count+i*l.stride, l.stride)
		if !ok {
			err = &FormatError{Offset: int64(t.UnloadedDriversOffset), What: "the list of unloaded modules ends early; entry", Value: i}
			break
		}
		length, _ := bin.U16(e, 0)
		name, _ := bin.Slice(e, l.name, int(min(length, 24)))
		start, _ := bin.Pointer(e, l.start, t.file.Bits)
		end, _ := bin.Pointer(e, l.end, t.file.Bits)
		list = append(list, UnloadedModule{Base: VirtAddr(start), End: VirtAddr(end)})
		text = bin.AppendUTF16Z(text, name)
		ends[i] = len(text)
	}
	begin, names := 0, string(text) // one string is made for all of them
	for i := range list {
		list[i].Name = names[begin:ends[i]]
		begin = ends[i]
	}
	return list, err
}
