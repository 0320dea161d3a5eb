package analyze

import (
	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/nt"
	"github.com/dmplens/dmplens/dmpfile/pdb"
	"github.com/dmplens/dmplens/dmpfile/pe"
	"github.com/dmplens/dmplens/dmpfile/symstore"
	"github.com/dmplens/dmplens/dmpfile/unwind/xdata"
	"github.com/dmplens/dmplens/report"
)

// fromStore is a file of the symbol store that the dump is looked at with, an empty one where it has none.
func (f *facts) fromStore(id symstore.ID) *stored {
	if f.symbols == nil {
		return new(stored)
	}
	for _, x := range f.stored {
		if x.id == id {
			return x.stored
		}
	}
	x := f.symbols.get(id)
	f.stored = append(f.stored, usedFile{id, x})
	return x
}

// usedFile is a file of the store that a dump uses.
type usedFile struct {
	id symstore.ID
	*stored
}

// release gives back what was opened of the store.
func (f *facts) release() {
	if f.symbols != nil {
		f.symbols.put(f.stored)
	}
	f.stored = nil
}

// moduleOf is the module that an address lies in: a loaded one, or one of the current thread's user mode; nil for none.
func (f *facts) moduleOf(a dmpfile.VirtAddr) *nt.Module {
	if m := f.userModule(a); m != nil {
		return m
	}
	return f.modules.Find(a)
}

// imageAt is the image of the loaded module at base as the store has it, nil where it has none.
func (f *facts) imageAt(base dmpfile.VirtAddr) *pe.Image {
	m := f.moduleOf(base)
	if f.symbols == nil || m == nil || m.Name == "" {
		return nil
	}
	stamp := m.TimeStamp
	if stamp == 0 { // the lists of old builds do not have it
		if im, err := pe.NewMapped(f.memory, m.Base, m.Size); err == nil {
			stamp = im.TimeDateStamp
		}
	}
	return f.fromStore(symstore.ImageID(fileOf(m, f.modulesByName), stamp, m.Size)).image
}

// publicsOf are the public symbols of a module, and its image; nil where they are not at hand. Which PDB it is its image says, in the memory of the
// dump or in the store.
func (f *facts) publicsOf(m *nt.Module) (*pdb.File, *pe.Image) {
	if f.symbols == nil {
		return nil, nil
	}
	mapped, _ := pe.NewMapped(f.memory, m.Base, m.Size)
	for _, im := range [...]*pe.Image{mapped, f.imageAt(m.Base)} {
		if im == nil {
			continue
		}
		if id, err := im.PDB(); err == nil {
			if x := f.fromStore(symstore.PDBID(*id)); x.pdb != nil {
				return x.pdb, im
			}
		}
	}
	return nil, nil
}

// frameDataAt is the frame data of x86 code that a PDB has, and the RVA of the address.
func (f *facts) frameDataAt(a dmpfile.VirtAddr) (frame pdb.Frame, rva uint32, ok bool) {
	m := f.moduleOf(a)
	if m == nil {
		return pdb.Frame{}, 0, false
	}
	symbols, _ := f.publicsOf(m)
	if symbols == nil {
		return pdb.Frame{}, 0, false
	}
	rva = uint32(a - m.Base)
	frame, ok = symbols.FrameAt(rva)
	return frame, rva, ok
}

// symbolAt names the function that an instruction is in, and how far behind its beginning; "" where the symbols are not at hand or do not tell.
// returned says that the instruction is where a call returns to, which can be the end of the function.
func (f *facts) symbolAt(a dmpfile.VirtAddr, returned bool) (name, displacement string) {
	m := f.moduleOf(a)
	if m == nil {
		return "", ""
	}
	symbols, im := f.publicsOf(m)
	if symbols == nil {
		return "", ""
	}
	rva := uint32(a - m.Base)
	in := rva
	if returned {
		in--
	}
	s, ok := functionSymbol(symbols, im, in)
	if !ok {
		return "", ""
	}
	return report.ValidUTF8(symbols.Undecorate(s.Name)), report.Hex(rva - s.RVA)
}

// functionSymbol finds the symbol of the function that an RVA is in. The nearest symbol below may be that of another function, where one has none of
// its own: what the unwind data says of where functions begin and end decides.
func functionSymbol(symbols *pdb.File, im *pe.Image, rva uint32) (pdb.Symbol, bool) {
	s, ok := symbols.At(rva)
	find, primary := xdata.FunctionAMD64, xdata.PrimaryAMD64
	switch im.Machine {
	case dmpfile.MachineAMD64:
	case dmpfile.MachineARM64:
		find, primary = nil, nil
		return s, ok
	default:
		return s, ok
	}
	function, has, err := find(im, rva)
	if err != nil {
		return s, ok
	}
	if !has { // a function without unwind data: no other one may lie between
		if ok {
			other, has, err := find(im, s.RVA)
			ok = !has || err != nil || rva < other.End
		}
		return s, ok
	}
	if ok && s.RVA >= function.Begin || primary == nil {
		return s, ok && s.RVA >= function.Begin
	}
	whole, err := primary(im, function)
	if err != nil || whole.Begin == function.Begin {
		return pdb.Symbol{}, false
	}
	s, ok = symbols.At(whole.Begin)
	return s, ok && s.RVA == whole.Begin && s.RVA <= rva
}
