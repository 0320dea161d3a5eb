package nt

import (
	"errors"
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/internal/bin"
	"github.com/dmplens/dmplens/dmpfile/pe"
)

// Module is an image that the kernel has loaded.
type Module struct {
	dmpfile.Module

	Entry   dmpfile.VirtAddr // of the KLDR_DATA_TABLE_ENTRY; 0 in a triage dump
	Version string           // of the file, "10.0.26100.4946"; "" where it is not known
	PDB     *pe.PDB          // nil where it is not known
	Missing []string         // what of the image is not in the dump, as Identify found: "headers", "version", "pdb"

	path unicode
}

// moduleLayout holds the offsets of a KLDR_DATA_TABLE_ENTRY: the public part of 64-bit entries is verified on the copies in triage
// dumps, the rest and the 32-bit form come from public symbols. Kernels before Windows 8 have no time stamp there.
type moduleLayout struct {
	base, size, fullName, baseName, checkSum, timeStamp, length int
}

var (
	module64 = moduleLayout{0x30, 0x40, 0x48, 0x58, 0x78, 0x9C, 0xA0}
	module32 = moduleLayout{0x18, 0x20, 0x24, 0x2C, 0x40, 0x58, 0x5C}
)

// firstBuildWithTimeStamp is Windows 8.
const firstBuildWithTimeStamp = 9200

// Modules is a list of loaded modules, in load order. Of a triage dump a module is decoded when it is first asked for. Its zero value is
// empty. Use it from one goroutine at a time.
type Modules struct {
	list   []*Module // of a triage dump nil for those that were not asked for
	copies dmpfile.ModuleList
}

// Len returns the number of modules.
func (l *Modules) Len() int { return len(l.list) }

// At returns module i, always the same one.
func (l *Modules) At(i int) *Module {
	if l.list[i] == nil {
		l.list[i] = &Module{Module: l.copies.At(i)}
	}
	return l.list[i]
}

// Find returns the first module that an address lies in, nil where it lies in none.
func (l *Modules) Find(a dmpfile.VirtAddr) *Module {
	if l.copies.Len() > 0 {
		if i := l.copies.Find(a); i >= 0 {
			return l.At(i)
		}
		return nil
	}
	for _, m := range l.list {
		if m.Contains(a) {
			return m
		}
	}
	return nil
}

// All returns the modules from first to last.
func (l *Modules) All() iter.Seq2[int, *Module] {
	return func(yield func(int, *Module) bool) {
		for i := range l.list {
			if !yield(i, l.At(i)) {
				return
			}
		}
	}
}

// Modules returns the loaded modules, with what their list says. Where the list is broken or goes on in memory that the dump does not
// have, it returns the modules before that and a *ListError; entries that cannot be read are left out, with an *EntriesError. Path is set
// for triage dumps only; see Identify.
func (k *Kernel) Modules() (Modules, error) {
	defer k.spend(k.budget.Lists)()
	return k.store.modules(k)
}

func (p *pages) modules(k *Kernel) (Modules, error) {
	head, ok := p.file.PsLoadedModuleList()
	if !ok {
		return Modules{}, ErrNotThere
	}
	var list []*Module
	err := k.walkEntries("PsLoadedModuleList", head, func(links dmpfile.VirtAddr) error {
		m, err := k.moduleAt(links)
		if err == nil {
			list = append(list, &m)
		}
		return err
	})
	return Modules{list: list}, err
}

// moduleAt reads a KLDR_DATA_TABLE_ENTRY. Its name can be missing from the dump, and is "" then.
func (k *Kernel) moduleAt(a dmpfile.VirtAddr) (Module, error) {
	l := module64
	if k.file.Bits == 32 {
		l = module32
	}
	b, err := readAll(k, a, l.length)
	if err != nil {
		return Module{}, err
	}
	m := Module{Entry: a, path: readUnicode(b, l.fullName, k.file.Bits)}
	base, _ := bin.Pointer(b, l.base, k.file.Bits)
	m.Base = dmpfile.VirtAddr(base)
	m.Size, _ = bin.U32(b, l.size)
	m.CheckSum, _ = bin.U32(b, l.checkSum)
	if k.build() >= firstBuildWithTimeStamp {
		m.TimeStamp, _ = bin.U32(b, l.timeStamp)
	}
	if m.Base == 0 || m.Base%dmpfile.PageSize != 0 || m.Size == 0 {
		return Module{}, ErrNotThere
	}
	m.Name, err = readUnicode(b, l.baseName, k.file.Bits).text(k)
	if err == ErrLimit {
		return Module{}, err
	}
	return m, nil
}

// Identify completes what is known of a module by its path and, from its image in memory, version, PDB and time stamp. What the dump
// does not have stays as it is: headers are often paged out.
func (k *Kernel) Identify(m *Module) {
	if text, err := m.path.text(k); err == nil {
		m.Path = text
	}
	if m.Name == "" { // a path that ends with its folder has no name either
		m.Name = m.Path[strings.LastIndexAny(m.Path, `\/`)+1:]
	}
	im, err := pe.NewMapped(k, m.Base, m.Size)
	if err != nil {
		m.isMissing("headers", err)
		return
	}
	m.TimeStamp, m.CheckSum = im.TimeDateStamp, im.CheckSum
	if m.PDB, err = im.PDB(); err != nil {
		m.isMissing("pdb", err)
	}
	v, err := im.Version()
	if err != nil {
		m.isMissing("version", err)
		return
	}
	m.Version = fmt.Sprint(v.File)
}

// isMissing notes a part of the image that the dump does not have, unless the image has none or a bad one.
func (m *Module) isMissing(part string, err error) {
	var format *dmpfile.FormatError
	if !errors.Is(err, pe.ErrNone) && !errors.As(err, &format) {
		m.Missing = append(m.Missing, part)
	}
}

// UnloadedModule is an image that was loaded once.
type UnloadedModule struct {
	dmpfile.UnloadedModule
	Time time.Time // when it was unloaded; zero where it is not known
}

// unloadedSlots is the length of the array MmUnloadedDrivers.
const unloadedSlots = 50

// UnloadedModules returns the modules that were unloaded, the last one first.
func (k *Kernel) UnloadedModules() ([]UnloadedModule, error) {
	defer k.spend(k.budget.Lists)()
	return k.store.unloadedModules(k)
}

func (p *pages) unloadedModules(k *Kernel) ([]UnloadedModule, error) {
	if k.DebuggerData == nil {
		return nil, ErrNotThere
	}
	variable, index, ok := k.DebuggerData.unloadedDrivers()
	if !ok {
		return nil, ErrNotThere
	}
	array, err := k.structureAt(variable).pointer(0)
	if err != nil || array == 0 { // null until the first driver is unloaded
		return nil, err
	}
	next, err := k.structureAt(index).u32(0)
	if err != nil {
		return nil, err
	}
	ptr := k.pointerSize()
	size := 4*ptr + 8 // a UNICODE_STRING, start, end, time
	var list []UnloadedModule
	for i := range uint32(unloadedSlots) {
		slot := (next + 2*unloadedSlots - 1 - i) % unloadedSlots
		b, err := readAll(k, array+dmpfile.VirtAddr(int(slot)*size), size)
		if err != nil {
			return list, err
		}
		start, _ := bin.Pointer(b, 2*ptr, k.file.Bits)
		end, _ := bin.Pointer(b, 3*ptr, k.file.Bits)
		if start == 0 || end < start {
			continue // never used
		}
		m := UnloadedModule{UnloadedModule: dmpfile.UnloadedModule{Base: dmpfile.VirtAddr(start), End: dmpfile.VirtAddr(end)}}
		m.Name, _ = readUnicode(b, 0, k.file.Bits).text(k)
		t, _ := bin.U64(b, 4*ptr)
		m.Time, _ = bin.Filetime(t)
		list = append(list, m)
	}
	return list, nil
}
