package analyze

import (
	"errors"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/nt"
	"github.com/dmplens/dmplens/dmpfile/pe"
	"github.com/dmplens/dmplens/report"
)

// At reports on the module that an address lies in.
func (d *Dump) At(address uint64) *report.Report {
	rep := d.Modules()
	f := &d.facts
	if rep.Error != nil {
		return rep
	}
	if f.Bits == 32 && address>>31 == 1<<33-1 { // as a debugger extends its sign
		address &= 1<<32 - 1
	}
	a := dmpfile.VirtAddr(address)
	at := &report.Location{Address: f.pointer(a)}
	loaded, unloaded := rep.Modules, rep.UnloadedModules
	rep.Location, rep.Modules, rep.UnloadedModules = at, nil, nil
	for i, m := range f.modules.All() {
		if m.Contains(a) {
			at.Module, at.Offset = loaded[i].Name, report.Hex(a-m.Base)
			at.Section, at.Place = f.sectionOf(m, uint32(a-m.Base))
			rep.Modules = loaded[i : i+1]
			return rep
		}
	}
	for i, m := range f.unloaded { // the last one first
		if m.Base <= a && a < m.End {
			at.Module, at.Offset, at.Unloaded = unloaded[i].Name, report.Hex(a-m.Base), true
			rep.UnloadedModules = unloaded[i : i+1]
			return rep
		}
	}
	at.Place = f.describe(a)
	switch {
	case at.Place != "":
	case f.listed != nil:
		at.Place = "it lies in no module of the list, which is not whole" + because(f.listed)
	default:
		at.Place = "it lies in no module, loaded or unloaded"
	}
	return rep
}

// sectionOf names the section of a module's image that an RVA lies in, or says why that is not known.
func (f *facts) sectionOf(m *nt.Module, rva uint32) (name, place string) {
	im, err := pe.NewMapped(f.kernel, m.Base, m.Size)
	var format *dmpfile.FormatError
	switch {
	case errors.As(err, &format):
		return "", "unknown: " + report.ValidUTF8(err.Error())
	case err != nil:
		return "", "unknown: the headers of the image are " + missing(err)
	case rva < im.SizeOfHeaders:
		return "", "in the headers of the image"
	}
	if s, ok := im.SectionAt(rva); ok {
		return report.ValidUTF8(s.Name), ""
	}
	return "", "in no section of the image"
}
