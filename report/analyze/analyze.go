// Package analyze joins what a dump says, what its numbers mean and what its file is called into a report.Report. It is the one
// place that draws conclusions: origin, verdict, whose stack and process it is.
package analyze

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"sync"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/nt"
	"github.com/dmplens/dmplens/report"
)

// Analyzer makes reports. Its zero value works. It is safe for concurrent use.
type Analyzer struct {
	// ToolVersion is written into each report.
	ToolVersion string
}

// File reports on the named file. The error says why it cannot be read at all; a file that is no dump, or a damaged one, is no
// error but a report that says so.
func (a *Analyzer) File(name string) (*report.Report, error) {
	file := report.File{Path: name}
	if info, err := os.Stat(name); err == nil {
		modified := info.ModTime().UTC()
		if y := modified.Year(); 0 < y && y <= 9999 { // RFC 3339 has no other years
			file.Modified = &modified
		}
	}
	place := name
	if abs, err := filepath.Abs(name); err == nil {
		place = abs
	}
	f, err := dmpfile.Open(name)
	if err == nil {
		defer f.Close()
	}
	return a.report(f, err, file, place)
}

// Reader reports on a dump of size bytes in r. Of file it takes the path and what else is known; the size is filled in.
func (a *Analyzer) Reader(r io.ReaderAt, size int64, file report.File) (*report.Report, error) {
	f, err := dmpfile.NewFile(r, size)
	return a.report(f, err, file, file.Path)
}

// report takes the two results of opening a file, and where the file stands.
func (a *Analyzer) report(f *dmpfile.File, err error, file report.File, place string) (*report.Report, error) {
	file.Path = report.ValidUTF8(file.Path)
	rep := &report.Report{SchemaVersion: report.SchemaVersion, ToolVersion: a.ToolVersion, Depth: "full", File: file}
	var other *dmpfile.NotDumpError
	if errors.As(err, &other) {
		rep.File.Size = &other.Size
		notDump(rep, other)
		return rep, nil
	}
	if err != nil {
		return nil, err
	}
	size := f.Size()
	rep.File.Size = &size
	d := newDump(f, place)
	rep.Dump = d.header()
	rep.Bugcheck = d.bugcheck()
	rep.Exception = d.exception()
	rep.Origin = d.origin()
	rep.Sizes = d.sizes()
	rep.Hardware = d.hardware()
	rep.Context = d.context()
	d.kernel(rep)
	rep.Streams = d.streams()
	rep.Modules, rep.UnloadedModules = d.moduleLists()
	rep.Verdict, rep.Findings = d.verdict()
	return rep, nil
}

// dump is a kernel dump under analysis, with what more than one conclusion needs.
type dump struct {
	*dmpfile.File
	place    string // the file's full name
	modules  []dmpfile.Module
	unloaded []dmpfile.UnloadedModule
	snapshot *nt.Snapshot // what the kernel structures of a triage dump say; else nil
	memory   nt.Memory  // as the kernel saw it
	findings []dmpfile.Finding
	code     codeFacts
}

func newDump(f *dmpfile.File, place string) *dump {
	d := &dump{File: f, place: place}
	d.memory = lazyMemory(sync.OnceValues(func() (nt.Memory, error) { return nt.KernelMemory(f) }))
	d.findings = f.Findings()
	if t := f.Triage; t != nil {
		var err error
		if d.modules, err = t.Modules(); err != nil {
			d.noteDamage("module-list", err)
		}
		if d.unloaded, err = t.UnloadedModules(); err != nil {
			d.noteDamage("unloaded-module-list", err)
		}
		if t.DebuggerDataOffset != 0 {
			if d.snapshot, err = nt.ReadTriage(f); err != nil {
				d.noteDamage("debugger-data", err)
			}
		}
	}
	d.findings = append(d.findings, f.Secondary().Findings...)
	d.code = d.readCode()
	return d
}

// noteDamage turns an error of a part into a finding, at the offset that the error names.
func (d *dump) noteDamage(id string, err error) {
	finding := dmpfile.Finding{ID: id, Severity: dmpfile.Error, Message: err.Error()}
	var at *dmpfile.FormatError
	if errors.As(err, &at) {
		finding.Offset = at.Offset
	}
	d.findings = append(d.findings, finding)
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

func (d *dump) pointer(a dmpfile.VirtAddr) string { return report.Pointer(a, d.Bits) }
