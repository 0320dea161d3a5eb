// Package analyze joins what a dump says, what its numbers mean and what its file is called into a report.Report. It is the one
// place that draws conclusions: origin, signature, verdict, whose stack and process it is.
package analyze

import (
	"cmp"
	"errors"
	"io"
	"os"
	"path/filepath"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/nt"
	"github.com/dmplens/dmplens/report"
)

// Analyzer makes reports. Its zero value works. It is safe for concurrent use.
type Analyzer struct {
	// ToolVersion is written into each report.
	ToolVersion string
	// Depth is how much is read; "" is report.DepthFull.
	Depth report.Depth
	// Pages is how many pages of memory are read at most to find what the kernel left in it; 0 is 300.
	Pages int
	// Brief leaves out what is long and of one dump: lists of modules, streams, contents and memory runs, and registers.
	Brief bool
	// Progress is told how many of the pages of a dump have been read, from time to time, with depth Deep. The last call says all, also
	// where reading ended before.
	Progress func(done, of uint64)
}

// defaultPages is enough for one look at a dump of a large machine.
const defaultPages = 300

// File reports on the named file. The error says why it cannot be read at all; a file that is no dump, or a damaged one, is no
// error but a report that says so.
func (a *Analyzer) File(name string) (*report.Report, error) {
	f, rep, place, err := a.open(name)
	if f == nil {
		return rep, err
	}
	defer f.Close()
	a.fill(rep, f, place)
	return rep, nil
}

// open opens the named file and begins its report. Without a file there is an error, or a report that says what the file is instead of
// a dump. place is the file's full name.
func (a *Analyzer) open(name string) (f *dmpfile.File, rep *report.Report, place string, err error) {
	file := report.File{Path: name}
	if info, err := os.Stat(name); err == nil {
		modified := info.ModTime().UTC()
		if y := modified.Year(); 0 < y && y <= 9999 { // RFC 3339 has no other years
			file.Modified = &modified
		}
	}
	place = name
	if abs, err := filepath.Abs(name); err == nil {
		place = abs
	}
	f, err = dmpfile.Open(name)
	rep, err = a.begin(f, err, file)
	return f, rep, place, err
}

// Reader reports on a dump of size bytes in r. Of file it takes the path, the name inside an archive and what else is known; the size
// is filled in.
func (a *Analyzer) Reader(r io.ReaderAt, size int64, file report.File) (*report.Report, error) {
	f, err := dmpfile.NewFile(r, size)
	rep, err := a.begin(f, err, file)
	if f == nil {
		return rep, err
	}
	defer f.Release()
	a.fill(rep, f, placeOf(file))
	return rep, nil
}

// Head reports on a dump of which only the first bytes are at hand, at least 64 KiB: a report of depth header. size is the length of
// the whole in bytes, -1 where it is not known. Nothing is said of what lies behind the head, neither that it is there nor that it is
// missing; without the size there are no sizes, and the verdict is not "complete".
func (a *Analyzer) Head(head []byte, size int64, file report.File) (*report.Report, error) {
	h := *a
	h.Depth = report.DepthHeader
	f, err := dmpfile.NewHead(head, size)
	rep, err := h.begin(f, err, file)
	if f == nil {
		return rep, err
	}
	defer f.Release()
	h.fill(rep, f, placeOf(file))
	return rep, nil
}

// placeOf returns the name that says where a file came from: inside an archive, that of the member counts too.
func placeOf(file report.File) string {
	if file.Member == "" {
		return file.Path
	}
	return file.Path + "/" + file.Member
}

// begin takes the two results of opening a file, and begins the report.
func (a *Analyzer) begin(f *dmpfile.File, err error, file report.File) (*report.Report, error) {
	file.Path, file.Member = report.ValidUTF8(file.Path), report.ValidUTF8(file.Member)
	rep := &report.Report{SchemaVersion: report.SchemaVersion, ToolVersion: a.ToolVersion, Depth: cmp.Or(a.Depth, report.DepthFull), File: file}
	if err == nil {
		rep.File.Size = known(f.Size(), f.Size() >= 0)
		return rep, nil
	}
	var other *dmpfile.NotDumpError
	if !errors.As(err, &other) {
		return nil, err
	}
	rep.File.Size = known(other.Size, other.Size >= 0)
	notDump(rep, other)
	return rep, nil
}

// fill makes the report of a kernel dump.
func (a *Analyzer) fill(rep *report.Report, f *dmpfile.File, place string) {
	var d dump
	d.read(a, f, place)
	rep.Dump = d.header()
	rep.Bugcheck = d.bugcheck()
	rep.Exception = d.exception()
	rep.Origin = d.origin()
	rep.Signature = d.signature(rep.Bugcheck, rep.Exception)
	rep.Sizes = d.sizes()
	rep.Hardware = d.hardware()
	rep.Context = d.context()
	d.current(rep)
	if !a.Brief {
		rep.Streams = d.streams()
		rep.Modules, rep.UnloadedModules = d.moduleLists()
		rep.Contents, rep.LiveContent = d.contents(rep.Origin)
	}
	if a.Depth == report.DepthDeep {
		d.readPages(a.Progress)
	}
	rep.Verdict, rep.Findings = d.verdict(rep.Origin)
}

// dump is a kernel dump under analysis, with what more than one conclusion needs.
type dump struct {
	*dmpfile.File
	place    string // the file's full name
	kernel   *nt.Kernel
	modules  []nt.Module
	listed   error // why modules are not all of them
	unloaded []nt.UnloadedModule
	snapshot *nt.Snapshot   // never nil
	shared   *nt.SharedData // nil where it is not known
	memory   nt.Memory      // as the kernel saw it
	findings []finding
	code     codeFacts
	numbers  numbers
	brief    bool // see Analyzer.Brief

	headerContext  dmpfile.Context
	hasContext     bool
	diagnostics    dmpfile.Diagnostics
	hasDiagnostics bool
}

// unknownSnapshot is that of a dump whose memory was not read.
var unknownSnapshot nt.Snapshot

// Context is that of the header, read once.
func (d *dump) Context() (dmpfile.Context, bool) { return d.headerContext, d.hasContext }

// Diagnostics is that of the header, read once.
func (d *dump) Diagnostics() (dmpfile.Diagnostics, bool) { return d.diagnostics, d.hasDiagnostics }

// read reads what the depth allows.
func (d *dump) read(a *Analyzer, f *dmpfile.File, place string) {
	*d = dump{File: f, place: place, brief: a.Brief, snapshot: &unknownSnapshot, memory: noMemory{}}
	d.found(f.Findings())
	d.headerContext, d.hasContext = f.Context()
	d.diagnostics, d.hasDiagnostics = f.Diagnostics()
	if a.Depth != report.DepthHeader {
		d.readKernel(nt.BudgetOf(cmp.Or(a.Pages, defaultPages)))
	}
	d.found(f.Secondary().Findings)
	d.code = d.readCode()
}

// noMemory is the memory of a dump whose memory cannot be read.
type noMemory struct{}

func (noMemory) ReadVirtual([]byte, dmpfile.VirtAddr) (int, error) { return 0, nt.ErrNoAddressSpace }

// finding is a report.Finding that is not written yet.
type finding struct {
	ID       report.FindingID
	Severity report.Severity
	Message  string
	Offset   int64
}

// found adds what package dmpfile found.
func (d *dump) found(list []dmpfile.Finding) {
	for _, f := range list {
		d.findings = append(d.findings, finding{report.FindingID(f.ID), report.Severity(f.Severity), f.Message, f.Offset})
	}
}

// noteDamage turns an error of a part into a finding, at the offset that the error names.
func (d *dump) noteDamage(id report.FindingID, err error) {
	f := finding{ID: id, Severity: report.SeverityError, Message: err.Error()}
	var at *dmpfile.FormatError
	if errors.As(err, &at) {
		f.Offset = at.Offset
	}
	d.findings = append(d.findings, f)
}

// moduleAt returns the name of the loaded module that an address lies in, and the offset inside it.
func (d *dump) moduleAt(a dmpfile.VirtAddr) (name, offset string) {
	for _, m := range d.modules {
		if m.Contains(a) {
			return m.Name, report.Hex(a - m.Base)
		}
	}
	return "", ""
}
