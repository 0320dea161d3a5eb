package analyze

import (
	"errors"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/nt"
	"github.com/dmplens/dmplens/report"
)

// readKernel reads what the kernel left in the memory of the dump.
func (f *facts) readKernel(r *nt.Reader, budget nt.Budget) {
	if f.Triage == nil && f.Regions.Primary < dmpfile.PageSize {
		return // no memory: a header alone, a file that ends before its first page, or nothing says what memory there is
	}
	if f.Triage == nil && !f.checkPages() {
		return
	}
	k, err := r.Kernel(f.File, budget)
	if err != nil {
		if !errors.Is(err, nt.ErrNoAddressSpace) {
			f.noteDamage(report.FindingReadError, err)
		}
		return
	}
	f.kernel, f.memory = k, k
	if s, err := nt.ReadSharedData(k, f.Bits); err == nil {
		f.shared = &s
	}
	if f.Triage != nil && k.DebuggerState == nt.DebuggerDataUnreadable {
		f.noteDamage(report.FindingDebuggerData, k.DebuggerErr)
	}
	f.snapshot = k.Snapshot()
	f.modules, f.listed = k.Modules()
	f.unloaded, err = k.UnloadedModules()
	if f.Triage == nil {
		f.checkKernel()
	} else {
		if f.listed != nil {
			f.noteDamage(report.FindingModuleList, f.listed)
		}
		if err != nil {
			f.noteDamage(report.FindingUnloadedModules, err)
		}
	}
}

// checkPages compares what the bitmap, the runs or the ranges name with the count of pages. It says whether they can be read.
func (f *facts) checkPages() bool {
	counts, err := f.PageCounts()
	if err != nil {
		var format *dmpfile.FormatError
		switch {
		case errors.Is(err, dmpfile.ErrPagesUnknown) || f.Regions.Missing > 0: // there is a finding that says so
		case errors.As(err, &format):
			f.noteDamage(report.FindingPageList, err)
		default:
			f.noteDamage(report.FindingReadError, err)
		}
		return false
	}
	switch {
	case counts.Listed > counts.Declared && f.hasRoomFor(counts.Listed) && f.Format != dmpfile.Range && f.Format != dmpfile.Full:
		f.note(report.SeverityWarning, report.FindingBitmapCount, f.HeaderSize(), "the bitmap names %d pages, the sub-header says %d, and the file has room for the bitmap's: a debugger goes by the bitmap, here the others are left out", counts.Listed, counts.Declared)
	case counts.Listed != counts.Declared && (f.Format == dmpfile.BitmapFull || f.Format == dmpfile.BitmapKernel || f.Format == dmpfile.Summary):
		f.note(report.SeverityError, report.FindingBitmapCount, f.HeaderSize(), "the bitmap names %d pages, the sub-header says %d: which of them the file lacks cannot be told", counts.Listed, counts.Declared)
	case counts.Repeated > 0 && f.Format == dmpfile.Range:
		f.note(report.SeverityWarning, report.FindingPageRepeated, f.HeaderSize(), "%d pages are in the dump twice, by its list of ranges; the first one is taken", counts.Repeated)
	}
	return true
}

// hasRoomFor says whether so many pages fit into the file.
func (f *facts) hasRoomFor(pages uint64) bool {
	return pages <= uint64(f.Regions.Total-f.Regions.Header)/dmpfile.PageSize
}

// checkKernel says what a debugger will miss in the memory of a dump of pages.
func (f *facts) checkKernel() {
	k := f.kernel
	if !f.checkPageTables() {
		return
	}
	at, has := f.KdDebuggerDataBlock()
	where, _ := k.FileOffset(at)
	switch {
	case !has || at == 0:
		f.note(report.SeverityWarning, report.FindingKDBGMissing, f.HeaderSize(), "the header does not say where the kernel's debugger data block is: a debugger has to find it by symbols")
	case k.DebuggerState == nt.DebuggerDataMissing:
		f.note(report.SeverityWarning, report.FindingKDBGMissing, f.Offset(dmpfile.FieldKdDebuggerDataBlock), "the kernel's debugger data block at %s is not in this dump: a debugger has to do without it", f.pointer(at))
	case k.DebuggerState == nt.DebuggerDataUnreadable:
		f.note(report.SeverityWarning, report.FindingKDBGUnreadable, where, "what is at %s, where the header has the kernel's debugger data block, is neither one in plain nor one that can be decoded", f.pointer(at))
	case k.DebuggerState == nt.DebuggerDataEncoded:
		f.note(report.SeverityInfo, report.FindingKDBGEncoded, where, "the kernel's debugger data block is encoded, as Windows keeps it without a debugger: it was decoded here, and a debugger decodes it with symbols")
	}
	var list *nt.ListError
	var entries *nt.EntriesError
	switch {
	case f.listed == nil:
	case errors.Is(f.listed, nt.ErrLimit):
		f.note(report.SeverityInfo, report.FindingModulesCut, f.HeaderSize(), "the list of loaded modules was followed for %d entries only; dmplens modules lists all of them", f.modules.Len())
	case errors.As(f.listed, &list):
		off, _ := k.FileOffset(list.At)
		severity := report.SeverityWarning
		if list.Entry > 0 && (list.At%4 != 0 || f.Bits == 64 && !canonical(list.At)) { // no address of an entry: other bytes have taken its place
			severity = report.SeverityError
		}
		f.note(severity, report.FindingModuleList, off, "the list of loaded modules is broken behind %d modules: %v", f.modules.Len(), f.listed)
	case errors.As(f.listed, &entries):
		f.note(report.SeverityWarning, report.FindingModuleList, 0, "the list of loaded modules is whole, but %v", f.listed)
	}
}

// checkPageTables says whether the page tables that the header names can be read and lead to the kernel.
func (f *facts) checkPageTables() bool {
	severity := report.SeverityError
	if f.lacksContent() {
		severity = report.SeverityWarning
	}
	root, _ := f.kernel.DirectoryTable()
	if _, ok, err := f.Page(uint64(root) / dmpfile.PageSize); err == nil && !ok {
		var cut *dmpfile.PageMissingError
		if _, err := f.ReadPhysical(make([]byte, 1), root+dmpfile.PageSize-1); !errors.As(err, &cut) || !cut.Truncated { // else the file is too short, which is said
			f.note(severity, report.FindingPageTables, f.Offset(dmpfile.FieldDirectoryTableBase), "the kernel's top page table, at physical address %#x, is not in this dump: a debugger can read no virtual memory", uint64(root))
		}
		return false
	}
	head, ok := f.PsLoadedModuleList()
	if !ok || head == 0 {
		return true
	}
	_, err := f.memory.ReadVirtual(make([]byte, 1), head)
	if err != nil && !errors.Is(err, nt.ErrLimit) {
		f.note(severity, report.FindingPageTables, f.Offset(dmpfile.FieldDirectoryTableBase), "the page tables that the header names do not lead to the list of loaded modules: %v", err)
		return false
	}
	return true
}
