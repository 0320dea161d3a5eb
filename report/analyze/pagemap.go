package analyze

import (
	"errors"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/nt"
	"github.com/dmplens/dmplens/report"
)

// mapCells is how many cells a page map has at most.
const mapCells = 4096

// pageMap says which pages of physical memory the dump has, nil where that is not known or it has none.
func (f *facts) pageMap() *report.PageMap {
	if f.heads || f.Triage != nil || f.OnlyHead() {
		return nil
	}
	m, err := f.PageMap(mapCells)
	if err != nil || len(m.Present) == 0 {
		return nil
	}
	r := &report.PageMap{
		First: report.Hex(m.First), End: report.Hex(m.End), PagesPerCell: m.PerCell, Present: m.Present, Missing: m.Missing, Ascending: m.Ascending,
		Areas: f.mapAreas(),
	}
	if m.Missing != nil {
		r.FirstMissing = report.Hex(m.FirstMissing)
	}
	return r
}

// mapAreas says where in physical memory the things begin that a debugger looks for first.
func (f *facts) mapAreas() (list []report.MapArea) {
	add := func(item report.Item, name string, a dmpfile.VirtAddr, ok bool) {
		if !ok || a == 0 {
			return
		}
		x := report.MapArea{Item: item, Name: report.ValidUTF8(name), Address: f.pointer(a), State: report.StateUnknown}
		if pa, err := f.kernel.Physical(a); err == nil {
			f.mapPage(&x, uint64(pa)/dmpfile.PageSize)
		}
		list = append(list, x)
	}
	root, ok := f.DirectoryTableBase()
	if root &= 1<<48 - 1; f.kernel != nil { // an ASID is above that
		root, ok = f.kernel.DirectoryTable()
	}
	if ok && root != 0 {
		x := report.MapArea{Item: report.ItemPageDirectory}
		f.mapPage(&x, uint64(root)/dmpfile.PageSize)
		list = append(list, x)
	}
	if f.kernel == nil {
		return list
	}
	at, ok := f.KdDebuggerDataBlock()
	add(report.ItemDebuggerBlock, "", at, ok)
	at, ok = f.PsLoadedModuleList()
	add(report.ItemModuleList, "", at, ok)
	if m := f.kernelModule(); m != nil {
		add(report.ItemKernelImage, m.Name, m.Base, true)
	}
	add(report.ItemSharedData, "", nt.SharedDataAddress(f.Bits), true)
	k := f.snapshot
	if k.Processor != nil {
		at, _, err := f.kernel.ProcessorArea(*k.Processor)
		add(report.ItemPRCB, "", at, err == nil)
	}
	if k.Process != nil {
		add(report.ItemProcess, "", k.Process.Address, true)
	}
	if k.Thread != nil {
		add(report.ItemThread, "", k.Thread.Address, true)
	}
	add(report.ItemStack, "", f.context.SP, f.hasContext)
	return list
}

// mapPage fills in whether the file has the page that an area begins in.
func (f *facts) mapPage(x *report.MapArea, pfn uint64) {
	x.Page, x.State = report.Hex(pfn), report.StateAbsent
	_, ok, err := f.Page(pfn)
	switch {
	case err != nil:
		x.State = report.StateUnknown
	case ok:
		x.State = report.StatePresent
	default:
		var gone *dmpfile.PageMissingError
		_, err := f.ReadPhysical(make([]byte, 1), dmpfile.PhysAddr(pfn+1)*dmpfile.PageSize-1) // its last byte
		x.BehindEnd = errors.As(err, &gone) && gone.Truncated
	}
}
