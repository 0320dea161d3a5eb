package analyze

import (
	"errors"
	"fmt"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/nt"
	"github.com/dmplens/dmplens/report"
)

// readKernel reads what the kernel left in the memory of the dump.
func (d *dump) readKernel(budget nt.Budget) {
	if d.Triage == nil && d.Regions.Primary < dmpfile.PageSize {
		return // no memory: a header alone, a file that ends before its first page, or nothing says what memory there is
	}
	if d.Triage == nil && !d.checkPages() {
		return
	}
	k, err := nt.ReadKernel(d.File, budget)
	if err != nil {
		if !errors.Is(err, nt.ErrNoAddressSpace) {
			d.noteDamage(report.FindingReadError, err)
		}
		return
	}
	d.kernel, d.memory = k, k
	if s, err := nt.ReadSharedData(k, d.Bits); err == nil {
		d.shared = &s
	}
	if d.Triage != nil && k.DebuggerState == nt.DebuggerDataUnreadable {
		d.noteDamage("debugger-data", k.DebuggerErr)
	}
	d.snapshot = k.Snapshot()
	d.modules, d.listed = k.Modules()
	d.unloaded, err = k.UnloadedModules()
	if d.Triage == nil {
		d.checkKernel()
	} else {
		if d.listed != nil {
			d.noteDamage(report.FindingModuleList, d.listed)
		}
		if err != nil {
			d.noteDamage(report.FindingUnloadedModules, err)
		}
	}
}

// context is the processor's registers: those of the header, else those that the processor saved.
func (d *dump) context() *report.Context {
	c, ok := d.Context()
	if ok {
		return d.newContext(report.ContextHeader, c)
	}
	if d.snapshot.Context == nil {
		return nil
	}
	return d.newContext(report.ContextProcessor, *d.snapshot.Context)
}

func (d *dump) newContext(from report.ContextFrom, c dmpfile.Context) *report.Context {
	r := &report.Context{
		From: from, InstructionPointer: d.pointer(c.IP), StackPointer: d.pointer(c.SP),
	}
	if !d.brief {
		r.Registers = make(map[string]string, 32)
		for name, value := range c.Registers() {
			r.Registers[name] = d.pointer(dmpfile.VirtAddr(value))
		}
	}
	r.Module, r.Offset = d.moduleAt(c.IP)
	return r
}

// current fills in whose stack was captured, and which processor, thread and process were current.
func (d *dump) current(rep *report.Report) {
	k := d.snapshot
	if d.Triage != nil {
		if low, high, ok := d.Triage.Stack(); ok {
			rep.Captured = &report.StackRange{Kind: report.StackKind(k.Stack), Low: d.pointer(low), High: d.pointer(high)}
		}
	}
	if c, ok := d.Context(); ok && rep.Captured == nil && k.StackTop != 0 {
		rep.Captured = &report.StackRange{Kind: report.StackKind(k.Stack), Low: d.pointer(c.SP), High: d.pointer(k.StackTop)}
	}
	rep.Processor = k.Processor
	interrupted := known(k.Stack != nt.ThreadStack, k.Stack != "")
	if k.Process != nil {
		rep.Process = d.newProcess(*k.Process)
		rep.Process.Interrupted = interrupted
	}
	if k.Thread != nil {
		rep.Thread = d.newThread(*k.Thread, k.Idle)
		rep.Thread.Interrupted = interrupted
	}
}

func (d *dump) newProcess(p nt.Process) *report.Process {
	r := &report.Process{Name: report.ValidUTF8(p.Name), PID: &p.ID, ParentPID: p.ParentID}
	if !p.Created.IsZero() {
		r.CreatedAt = &p.Created
	}
	if p.Address != 0 {
		r.Address = d.pointer(p.Address)
	}
	if p.DirectoryTableBase != 0 {
		r.DirectoryTableBase = d.pointer(dmpfile.VirtAddr(p.DirectoryTableBase))
	}
	return r
}

func (d *dump) newThread(t nt.Thread, idle bool) *report.Thread {
	r := &report.Thread{Idle: &idle}
	if t.ID != 0 || idle {
		r.ID = &t.ID
	}
	if t.Address != 0 {
		r.Address = d.pointer(t.Address)
	}
	return r
}

func (d *dump) moduleLists() (loaded []report.Module, unloaded []report.UnloadedModule) {
	if d.kernel == nil {
		return nil, nil
	}
	if d.Triage != nil || d.modules != nil {
		loaded = []report.Module{}
	}
	for _, m := range d.modules {
		loaded = append(loaded, d.newModule(m))
	}
	if d.Triage != nil || d.unloaded != nil {
		unloaded = []report.UnloadedModule{}
	}
	for _, m := range d.unloaded {
		u := report.UnloadedModule{Name: report.ValidUTF8(m.Name), Base: d.pointer(m.Base), End: d.pointer(m.End)}
		if !m.Time.IsZero() {
			u.UnloadedAt = &m.Time
		}
		unloaded = append(unloaded, u)
	}
	return loaded, unloaded
}

// newModule takes what every list of modules says.
func newModule(m dmpfile.Module, bits int) report.Module {
	return report.Module{
		Name: report.ValidUTF8(m.Name), Path: report.ValidUTF8(m.Path), Base: report.Pointer(m.Base, bits), Size: m.Size,
		Timestamp: report.Hex(m.TimeStamp), Checksum: report.Hex(m.CheckSum),
	}
}

func (d *dump) newModule(m nt.Module) report.Module {
	r := newModule(m.Module, d.Bits)
	r.Version, r.Missing = m.Version, m.Missing
	if d.Triage == nil && m.TimeStamp == 0 {
		r.Timestamp = "" // not known
	}
	if p := m.PDB; p != nil {
		r.PDB = &report.PDB{Name: report.ValidUTF8(p.Name()), Age: p.Age}
		if p.GUID != (dmpfile.GUID{}) {
			r.PDB.GUID = p.GUID.String()
		}
	}
	return r
}

// checkPages compares what the bitmap, the runs or the ranges name with the count of pages. It says whether they can be read.
func (d *dump) checkPages() bool {
	counts, err := d.PageCounts()
	if err != nil {
		var format *dmpfile.FormatError
		switch {
		case errors.Is(err, dmpfile.ErrPagesUnknown) || d.Regions.Missing > 0: // there is a finding that says so
		case errors.As(err, &format):
			d.noteDamage(report.FindingPageList, err)
		default:
			d.noteDamage(report.FindingReadError, err)
		}
		return false
	}
	switch {
	case counts.Listed > counts.Declared && d.hasRoomFor(counts.Listed) && d.Format != dmpfile.Range && d.Format != dmpfile.Full:
		d.note(report.SeverityWarning, report.FindingBitmapCount, d.HeaderSize(), "the bitmap names %d pages, the sub-header says %d, and the file has room for the bitmap's: a debugger goes by the bitmap, here the others are left out", counts.Listed, counts.Declared)
	case counts.Listed != counts.Declared && (d.Format == dmpfile.BitmapFull || d.Format == dmpfile.BitmapKernel || d.Format == dmpfile.Summary):
		d.note(report.SeverityError, report.FindingBitmapCount, d.HeaderSize(), "the bitmap names %d pages, the sub-header says %d: which of them the file lacks cannot be told", counts.Listed, counts.Declared)
	case counts.Repeated > 0 && d.Format == dmpfile.Range:
		d.note(report.SeverityWarning, report.FindingPageRepeated, d.HeaderSize(), "%d pages are in the dump twice, by its list of ranges; the first one is taken", counts.Repeated)
	}
	return true
}

// hasRoomFor says whether so many pages fit into the file.
func (d *dump) hasRoomFor(pages uint64) bool {
	return pages <= uint64(d.Regions.Total-d.Regions.Header)/dmpfile.PageSize
}

func (d *dump) note(s report.Severity, id report.FindingID, off int64, format string, args ...any) {
	d.findings = append(d.findings, finding{ID: id, Severity: s, Offset: off, Message: fmt.Sprintf(format, args...)})
}

// checkKernel says what a debugger will miss in the memory of a dump of pages.
func (d *dump) checkKernel() {
	k := d.kernel
	if !d.checkPageTables() {
		return
	}
	at, has := d.KdDebuggerDataBlock()
	where, _ := k.FileOffset(at)
	switch {
	case !has || at == 0:
		d.note(report.SeverityWarning, report.FindingKDBGMissing, d.HeaderSize(), "the header does not say where the kernel's debugger data block is: a debugger has to find it by symbols")
	case k.DebuggerState == nt.DebuggerDataMissing:
		d.note(report.SeverityWarning, report.FindingKDBGMissing, d.Offset(dmpfile.FieldKdDebuggerDataBlock), "the kernel's debugger data block at %s is not in this dump: a debugger has to do without it", d.pointer(at))
	case k.DebuggerState == nt.DebuggerDataUnreadable:
		d.note(report.SeverityWarning, report.FindingKDBGUnreadable, where, "what is at %s, where the header has the kernel's debugger data block, is neither one in plain nor one that can be decoded", d.pointer(at))
	case k.DebuggerState == nt.DebuggerDataEncoded:
		d.note(report.SeverityInfo, report.FindingKDBGEncoded, where, "the kernel's debugger data block is encoded, as Windows keeps it without a debugger: it was decoded here, and a debugger decodes it with symbols")
	}
	var list *nt.ListError
	var entries *nt.EntriesError
	switch {
	case d.listed == nil:
	case errors.Is(d.listed, nt.ErrLimit):
		d.note(report.SeverityInfo, report.FindingModulesCut, d.HeaderSize(), "the list of loaded modules was followed for %d entries only; dmplens modules lists all of them", len(d.modules))
	case errors.As(d.listed, &list):
		off, _ := k.FileOffset(list.At)
		d.note(report.SeverityWarning, report.FindingModuleList, off, "the list of loaded modules is broken behind %d modules: %v", len(d.modules), d.listed)
	case errors.As(d.listed, &entries):
		d.note(report.SeverityWarning, report.FindingModuleList, 0, "the list of loaded modules is whole, but %v", d.listed)
	}
}

// checkPageTables says whether the page tables that the header names can be read and lead to the kernel.
func (d *dump) checkPageTables() bool {
	severity := report.SeverityError
	if d.lacksContent() {
		severity = report.SeverityWarning
	}
	root, _ := d.kernel.DirectoryTable()
	if _, ok, err := d.Page(uint64(root) / dmpfile.PageSize); err == nil && !ok {
		var cut *dmpfile.PageMissingError
		if _, err := d.ReadPhysical(make([]byte, 1), root+dmpfile.PageSize-1); !errors.As(err, &cut) || !cut.Truncated { // else the file is too short, which is said
			d.note(severity, report.FindingPageTables, d.Offset(dmpfile.FieldDirectoryTableBase), "the kernel's top page table, at physical address %#x, is not in this dump: a debugger can read no virtual memory", uint64(root))
		}
		return false
	}
	head, ok := d.PsLoadedModuleList()
	if !ok || head == 0 {
		return true
	}
	_, err := d.memory.ReadVirtual(make([]byte, 1), head)
	if err != nil && !errors.Is(err, nt.ErrLimit) {
		d.note(severity, report.FindingPageTables, d.Offset(dmpfile.FieldDirectoryTableBase), "the page tables that the header names do not lead to the list of loaded modules: %v", err)
		return false
	}
	return true
}
