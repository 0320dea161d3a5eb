package analyze

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/dmplens/dmplens/bugcheck"
	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/nt"
	"github.com/dmplens/dmplens/report"
)

// facts are what a kernel dump says, read once. Nothing in them is a conclusion, and nothing changes them once they are read.
type facts struct {
	*dmpfile.File
	place string // the file's full name
	brief bool   // see Analyzer.Brief
	heads bool   // no more than the heads of what there is are read: the depth is that of headers

	attributes     dmpfile.Attributes
	attributesSet  bool
	comment        string // "" where there is none
	versionUser    string // the same
	context        dmpfile.Context
	hasContext     bool // whether the header has a context
	diagnostics    dmpfile.Diagnostics
	hasDiagnostics bool
	code           code
	pointsTo       [4]place // where parameters point to, see parameterPlace

	memory   nt.Memory  // as the kernel saw it; never nil
	kernel   *nt.Kernel // nil where the memory was not read, or cannot be
	shared   *nt.SharedData
	snapshot *nt.Snapshot // never nil
	modules  nt.Modules
	listed   error // why modules are not all of them
	unloaded []nt.UnloadedModule

	records   []record         // what parameters point to
	devices   []stackedDevice  // the device stack that holds the IRP of a parameter
	contents  []report.Content // what of the kernel is there; nil where that was not looked at
	image     image
	allocated int64  // bytes of storage that the file takes, -1 where it is not known: a hint only
	tail      tail   // zeros at the end of the file
	hash      string // SHA-256 of the file, "" where it was not read

	findings []finding // what was wrong with what was read

	symbols *SymbolStore // nil for none
	stored  []usedFile   // of symbols, see fromStore

	pointers strings.Builder // see pointer
	lazy     stackFacts
}

// unknownSnapshot is that of a dump whose memory was not read.
var unknownSnapshot nt.Snapshot

// read reads what the depth allows. Pages are read in the order in which they matter, since there is a limit to them.
func (f *facts) read(d *Dump, depth report.Depth, pages nt.Budget) {
	f.release()
	*f = facts{File: d.f, place: d.place, brief: d.a.Brief, heads: depth == report.DepthHeader, symbols: d.a.Symbols, snapshot: &unknownSnapshot, memory: noMemory{}, allocated: -1}
	if d.opened != nil && depth != report.DepthHeader {
		if info, err := d.opened.Stat(); err == nil {
			f.allocated = info.Allocated
		}
	}
	f.attributes, f.attributesSet = f.Attributes()
	f.context, f.hasContext = f.Context()
	f.diagnostics, f.hasDiagnostics = f.Diagnostics()
	comment, _ := f.Comment()
	f.comment = strings.TrimSpace(report.ValidUTF8(comment))
	versionUser, _ := f.VersionUser()
	f.versionUser = strings.TrimSpace(report.ValidUTF8(versionUser))
	f.addFindings(f.Findings())
	if depth != report.DepthHeader {
		f.readKernel(&d.kernels, pages)
	}
	f.addFindings(f.Secondary().Findings)
	f.readCode()
	for i, p := range f.code.Parameters {
		if p.Type == bugcheck.TypeCodeAddress && f.code.has[i] {
			f.pointsTo[i] = f.placeOf(dmpfile.VirtAddr(p.Value))
		}
	}
}

// noMemory is the memory of a dump whose memory cannot be read.
type noMemory struct{}

func (noMemory) ReadVirtual([]byte, dmpfile.VirtAddr) (int, error) { return 0, nt.ErrNoAddressSpace }

func (f *facts) hasAttribute(bit dmpfile.Attributes) bool {
	return f.attributesSet && f.attributes&bit != 0
}

// system is what the header says of the system, as far as it decides what parameters mean. LiveKD's build is not that of Windows.
func (f *facts) system() bugcheck.System {
	m, _ := f.Machine()
	s := bugcheck.System{Machine: m.String()}
	if build, ok := f.MinorVersion(); ok && !strings.HasPrefix(f.comment, "LiveKD") {
		s.Build = build
	}
	return s
}

// isLive says whether the dump is a live dump: by the attributes where they are set, else by the code.
func (f *facts) isLive() bool {
	if f.attributesSet && f.Format != dmpfile.Full && f.hasAttribute(dmpfile.LiveDumpGenerated) {
		return true
	}
	return f.code.info.Use == bugcheck.Live && !f.code.marksBoth()
}

// unlike says whether the header is not what it seems to be: its dump type is impossible, and nothing behind it shows another.
func (f *facts) unlike() bool { return f.Format == "" && f.Impossible() }

// place is an address of code, and the loaded module that it lies in.
type place struct {
	address dmpfile.VirtAddr
	module  *nt.Module // nil where it lies in none that is known
}

func (f *facts) placeOf(a dmpfile.VirtAddr) place { return place{a, f.modules.Find(a)} }

// parameterPlace is where a parameter, counted from 0, points that is an address of code by the meaning of the bug check.
func (f *facts) parameterPlace(i int) place { return f.pointsTo[i] }

// named says whether the place lies in a module whose name is known.
func (p place) named() bool { return p.module != nil && p.module.Name != "" }

// names are the module's name and the offset in it, as reports have them.
func (p place) names() (module, offset string) {
	if !p.named() {
		return "", ""
	}
	return p.module.Name, report.Hex(p.address - p.module.Base)
}

// text names a place by its module, else by its number and what is known of that.
func (f *facts) text(p place) string {
	if module, offset := p.names(); module != "" {
		return module + "+" + offset
	}
	return f.pointer(p.address) + inBrackets(f.describeCode(p.address))
}

// pointer writes an address. A report has some ten, so that room is taken for as many at a time.
func (f *facts) pointer(a dmpfile.VirtAddr) string {
	const longest, most = 18, 10
	if f.pointers.Cap()-f.pointers.Len() < longest {
		f.pointers.Reset() // those that were written keep their room
		f.pointers.Grow(most * longest)
	}
	var b [longest]byte
	n, _ := f.pointers.Write(report.AppendPointer(b[:0], a, f.Bits))
	s := f.pointers.String()
	return s[len(s)-n:]
}

// at writes where the header has a field.
func (f *facts) at(field dmpfile.Field) string {
	var b [24]byte
	return string(strconv.AppendInt(append(b[:0], "header+0x"...), f.Offset(field), 16))
}

// finding is a report.Finding that is not written yet.
type finding struct {
	id       report.FindingID
	severity report.Severity
	offset   int64
	message  string
}

func newFinding(s report.Severity, id report.FindingID, off int64, format string, args ...any) finding {
	return finding{id, s, off, fmt.Sprintf(format, args...)}
}

func (f *facts) note(s report.Severity, id report.FindingID, off int64, format string, args ...any) {
	f.findings = append(f.findings, newFinding(s, id, off, format, args...))
}

// noteDamage turns an error of a part into a finding, at the offset that the error names.
func (f *facts) noteDamage(id report.FindingID, err error) {
	var at *dmpfile.FormatError
	var off int64
	if errors.As(err, &at) {
		off = at.Offset
	}
	f.note(report.SeverityError, id, off, "%v", err)
}
