package analyze

import (
	"cmp"
	"errors"
	"io"
	"path/filepath"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/nt"
	"github.com/dmplens/dmplens/report"
)

// Source is where a file is read from: File, Reader or Head makes one.
type Source struct {
	file report.File
	r    io.ReaderAt // nil where the file is opened by its name
	size int64
	head []byte // all that there is of the file, nil where it is all there
}

// File is the named file.
func File(name string) Source { return Source{file: report.File{Path: name}} }

// Reader is a file of size bytes in r, which must stay readable as long as the Dump is used. Of file reports take the path, the name
// inside an archive and what else is known; the size is filled in.
func Reader(r io.ReaderAt, size int64, file report.File) Source {
	return Source{file: file, r: r, size: size}
}

// Head is a file of which only the first bytes are at hand, at least 64 KiB, as where the whole is too large to unpack: a report on it is
// of depth header. size is the length of the whole in bytes, -1 where it is not known. Nothing is said of what follows the head, neither
// that it is there nor that it is missing; without the size there are no sizes, and the verdict is not "complete".
func Head(head []byte, size int64, file report.File) Source {
	return Source{file: file, size: size, head: head}
}

// Dump is an open file: a kernel dump, or another file that is recognised. Its methods report on it or read it. Use it from one goroutine
// at a time.
type Dump struct {
	a       Analyzer
	file    report.File
	place   string // the file's full name
	f       *dmpfile.File
	other   *dmpfile.NotDumpError // what the file is that is no kernel dump, else nil
	opened  *dmpfile.RegularFile  // nil where the caller has it
	reader  dmpfile.Reader
	virtual nt.Memory // see ReadMemory
	kernels nt.Reader
	facts   facts // of the last report, in memory that is used again
}

// Open opens a file. The error says why it cannot be read at all; a file that is no dump, or a damaged one, is no error, but reports say
// so. The caller closes it.
func (a *Analyzer) Open(s Source) (*Dump, error) {
	d := new(Dump)
	if err := d.Reset(a, s); err != nil {
		return nil, err
	}
	return d, nil
}

// Report opens a file, reports on it, and closes it. The error is that of Open.
func (a *Analyzer) Report(s Source) (*report.Report, error) {
	d, err := a.Open(s)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	return d.Report(), nil
}

// Unreadable reports on a file that cannot be read, and why.
func (a *Analyzer) Unreadable(file report.File, why *report.Error) *report.Report {
	rep := a.newReport(file)
	rep.Error = why
	return rep
}

// Reset opens another file, as Open does, in the memory of the one before, which is closed. Reports on that one stay valid.
func (d *Dump) Reset(a *Analyzer, s Source) error {
	d.Close()
	d.a, d.file, d.f, d.other, d.virtual = *a, s.file, nil, nil, nil
	d.place = s.file.Path
	if s.file.Member != "" {
		d.place += "/" + s.file.Member
	}
	var err error
	switch {
	case s.head != nil:
		d.a.Depth = report.DepthHeader
		d.f, err = d.reader.ResetHead(s.head, s.size)
	case s.r != nil:
		d.f, err = d.reader.Reset(s.r, s.size)
	default:
		err = d.open(s.file.Path)
	}
	if err != nil && !errors.As(err, &d.other) {
		d.Close()
		return err
	}
	size := int64(-1)
	if d.other != nil {
		size = d.other.Size
	} else {
		size = d.f.Size()
	}
	d.file.Size = known(size, size >= 0)
	return nil
}

// open opens the named file.
func (d *Dump) open(name string) error {
	f, info, err := dmpfile.OpenRegular(name)
	if err != nil {
		return err
	}
	d.opened = f
	modified := info.Modified.UTC()
	if y := modified.Year(); 0 < y && y <= 9999 { // RFC 3339 has no other years
		d.file.Modified = &modified
	}
	if abs, err := filepath.Abs(name); err == nil {
		d.place = abs
	}
	d.f, err = d.reader.Reset(f, info.Size)
	return err
}

// Close closes the file that Open opened by its name. It may be called more than once. A Dump that is closed, or was never opened, must not
// be asked for anything; reports that it gave stay valid.
func (d *Dump) Close() error {
	d.facts.release()
	if d.opened == nil {
		return nil
	}
	f := d.opened
	d.opened, d.f, d.other = nil, nil, nil
	return f.Close()
}

// Other says what the file is that is no kernel dump, nil for one.
func (d *Dump) Other() *dmpfile.NotDumpError { return d.other }

// ReadAt reads bytes of the kernel dump as they are in the file. Some that were read for a report are had from memory.
func (d *Dump) ReadAt(p []byte, off int64) (int, error) { return d.f.ReadCached(p, off) }

// begin begins a report. That on a file that is no kernel dump is whole.
func (d *Dump) begin() *report.Report {
	if d.f == nil && d.other == nil {
		panic("analyze: use of a Dump that is not open") // it could only say that the dump is damaged
	}
	rep := d.a.newReport(d.file)
	if d.other != nil {
		writeNotDump(rep, d.other)
	}
	return rep
}

func (a *Analyzer) newReport(file report.File) *report.Report {
	file.Path, file.Member = report.ValidUTF8(file.Path), report.ValidUTF8(file.Member)
	return &report.Report{
		SchemaVersion: report.SchemaVersion, ToolVersion: a.ToolVersion, Depth: cmp.Or(a.Depth, report.DepthFull), File: file,
	}
}

// Report says all that there is to say of the file, as far as the depth of the Analyzer goes.
func (d *Dump) Report() *report.Report {
	rep := d.begin()
	if d.other != nil {
		return rep
	}
	f := &d.facts
	f.read(d, d.a.Depth, nt.BudgetOf(cmp.Or(d.a.Pages, defaultPages)))
	f.readRecords()
	if !f.brief {
		f.readContents()
	}
	if d.a.Depth != report.DepthHeader {
		f.readTail(d.a.Depth)
		f.checkNeeds(d.a.Depth == report.DepthDeep)
	}
	var inMemory *privates
	switch {
	case d.a.Depth == report.DepthDeep && d.a.FindPrivate:
		look, found := f.memoryPrivates()
		f.readPages(d.a.Progress, look)
		inMemory = found()
	case d.a.Depth == report.DepthDeep:
		f.readPages(d.a.Progress, nil)
	}
	c := conclude(f)
	c.write(rep, f)
	if r := f.errorRecord(); r != nil && rep.Bugcheck != nil && !f.brief {
		rep.Bugcheck.ErrorRecord = newErrorRecord(r, d.a.Private)
	}
	if d.a.Depth != report.DepthHeader {
		if !f.brief {
			rep.Noticed = f.noticed(rep, c.origin)
		}
		own := f.writeEvents(rep, d.a.Private)
		if !f.brief || d.a.Logs != nil {
			f.writeLog(rep, d.logsBeside(), own)
		}
	}
	if d.a.FindPrivate {
		f.findPrivate(rep, inMemory, d.a.Private)
	}
	return rep
}
