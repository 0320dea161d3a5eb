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

// Modules returns the loaded modules in load order. Where the list is damaged it returns the entries before the damage and an error.
func (t *Triage) Modules() ([]Module, error) {
	if t.DriverListOffset == 0 || t.DriverCount == 0 {
		return nil, nil
	}
	l := driver64
	if t.file.Bits == 32 {
		l = driver32
	}
	if t.DriverCount > maxDrivers {
		return nil, &FormatError{Offset: int64(t.file.layout.size) + 0x34, What: "an impossible number of loaded modules", Value: t.DriverCount}
	}
	stride := l.minStride
	// The pool of names follows the list, so the distance tells the stride.
	if d := int64(t.StringPoolOffset) - int64(t.DriverListOffset); d > 0 && d%int64(t.DriverCount) == 0 {
		if s := int(d / int64(t.DriverCount)); s >= l.minStride && s <= l.maxStride {
			stride = s
		}
	}
	list, err := readUpTo(t.file.r, int64(t.DriverListOffset), int64(stride)*int64(t.DriverCount), t.file.size)
	if err != nil {
		return nil, err
	}
	pool, err := t.stringPool()
	if err != nil {
		return nil, err
	}
	var modules []Module
	names := map[uint32]string{} // by offset: a damaged list can name one long text many times
	for i := range int(t.DriverCount) {
		e, ok := bin.Slice(list, i*stride, stride)
		off := int64(t.DriverListOffset) + int64(i*stride)
		if !ok {
			return modules, &FormatError{Offset: off, What: "the list of loaded modules ends early; entry", Value: i}
		}
		nameOffset, _ := bin.U32(e, 0)
		name, ok := names[nameOffset]
		if !ok {
			if name, err = t.dumpString(nameOffset, pool); err != nil {
				return modules, err
			}
			names[nameOffset] = name
		}
		m := Module{Name: baseName(name)}
		if m.Name != name {
			m.Path = name
		}
		base, _ := bin.Pointer(e, l.base, t.file.Bits)
		m.Base = VirtAddr(base)
		m.Size, _ = bin.U32(e, l.size)
		m.CheckSum, _ = bin.U32(e, l.checkSum)
		m.TimeStamp, _ = bin.U32(e, l.timeStamp)
		modules = append(modules, m)
	}
	return modules, nil
}

// pool is the part of the file that holds the names, read once.
type pool struct {
	off  int64
	data []byte
}

func (t *Triage) stringPool() (pool, error) {
	const maxPool = 4 << 20
	b, err := readUpTo(t.file.r, int64(t.StringPoolOffset), min(int64(t.StringPoolSize), maxPool), t.file.size)
	return pool{int64(t.StringPoolOffset), b}, err
}

// dumpString reads a DUMP_STRING: a length in UTF-16 units, and the units.
func (t *Triage) dumpString(off uint32, p pool) (string, error) {
	at := int64(off) - p.off
	n, ok := bin.U32(p.data, int(at))
	if !ok {
		return "", &FormatError{Offset: int64(off), What: "the name of a module lies outside the pool of names, which begins at", Value: p.off}
	}
	b, whole := bin.Slice(p.data, int(at)+4, int(min(n, maxNameUnits+1))*2)
	if !whole || n > maxNameUnits {
		return "", &FormatError{Offset: int64(off), What: "the name of a module has an impossible length", Value: n}
	}
	return bin.UTF16Z(b), nil
}

// unloadedLayout is an entry of the unloaded drivers: a UNICODE_STRING, 12 UTF-16 units, start, end. The 32-bit one is not verified
// on a real dump.
type unloadedLayout struct{ count, stride, name, start, end int }

var (
	unloaded64 = unloadedLayout{count: 8, stride: 0x38, name: 0x10, start: 0x28, end: 0x30}
	unloaded32 = unloadedLayout{count: 4, stride: 0x28, name: 0x08, start: 0x20, end: 0x24}
)

// maxUnloaded is how many unloaded modules Windows remembers.
const maxUnloaded = 50

// UnloadedModules returns the modules that were unloaded before the capture. An impossible count is an error, none is not.
func (t *Triage) UnloadedModules() ([]UnloadedModule, error) {
	if t.UnloadedDriversOffset == 0 {
		return nil, nil
	}
	l := unloaded64
	if t.file.Bits == 32 {
		l = unloaded32
	}
	b, err := readUpTo(t.file.r, int64(t.UnloadedDriversOffset), int64(l.count+maxUnloaded*l.stride), t.file.size)
	if err != nil {
		return nil, err
	}
	n, ok := bin.Pointer(b, 0, t.file.Bits)
	if !ok || n > maxUnloaded {
		return nil, &FormatError{Offset: int64(t.UnloadedDriversOffset), What: "an impossible number of unloaded modules", Value: n}
	}
	var list []UnloadedModule
	for i := range int(n) {
		e, ok := bin.Slice(b, l.count+i*l.stride, l.stride)
		if !ok {
			return list, &FormatError{Offset: int64(t.UnloadedDriversOffset), What: "the list of unloaded modules ends early; entry", Value: i}
		}
		length, _ := bin.U16(e, 0)
		name, _ := bin.Slice(e, l.name, int(min(length, 24)))
		start, _ := bin.Pointer(e, l.start, t.file.Bits)
		end, _ := bin.Pointer(e, l.end, t.file.Bits)
		list = append(list, UnloadedModule{bin.UTF16Z(name), VirtAddr(start), VirtAddr(end)})
	}
	return list, nil
}
