package analyze

import (
	"fmt"
	"strings"

	"github.com/dmplens/dmplens/bugcheck/ntstatus"
	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/nt"
	"github.com/dmplens/dmplens/report"
)

// conclusions are what follows from the facts.
type conclusions struct {
	origin    origin
	fault     faultPlace
	suspect   suspect
	signature signature // where the header has a code
	verdict   verdict
	context   report.ContextPoint // what the header's context was taken at
}

func conclude(f *facts) conclusions {
	c := conclusions{origin: originOf(f), fault: faultOf(f)}
	c.signature = signatureOf(f, c.fault.ofSignature(f))
	c.suspect = suspectOf(leadsOf(f, c.origin, c.fault))
	if !f.brief {
		f.noteDisputes(f.stack())
	}
	c.verdict = verdictOf(f, c.origin)
	c.context = contextPoint(f, c.origin)
	return c
}

// write fills in the report.
func (c *conclusions) write(rep *report.Report, f *facts) {
	rep.File.SHA256 = f.hash
	rep.Dump = f.dump()
	rep.Bugcheck = f.bugcheck(c.origin)
	rep.Exception = f.exceptionRecord()
	rep.Origin = f.origin(c.origin)
	rep.Fault = f.faultReport()
	if f.code.known {
		rep.Signature = c.signature.report()
	}
	rep.Sizes = f.sizes()
	rep.Hardware = f.hardware()
	if rep.Context = f.headerContext(); rep.Context != nil && rep.Context.From == report.ContextHeader {
		rep.Context.At = c.context
	}
	rep.Records, rep.DeviceStack = f.recordList(), f.deviceStack()
	rep.Caller = f.caller()
	rep.Suspect = c.suspect.report()
	f.current(rep)
	if !f.brief {
		rep.Stack = f.reportFrames(f.stack(), true)
		rep.StackLimit = f.limits(f.stack())
		rep.Streams = f.streams()
		rep.Modules, rep.UnloadedModules = f.moduleLists()
		rep.Contents, rep.LiveContent = f.contents, liveContentOf(f, c.origin)
		rep.PageMap = f.pageMap()
	}
	c.verdict.write(rep)
}

// origin writes the conclusion about what made the file.
func (f *facts) origin(o origin) *report.Origin {
	r := &report.Origin{
		Evidence: make([]report.Fact, 0, len(o.evidence)), Kind: o.kind, Source: o.source, Writer: o.writer, Label: o.label, Confidence: o.confidence, Deliberate: known(true, o.deliberate),
		Summary: o.summary,
	}
	if before, after, open := strings.Cut(o.summary, "%s"); open {
		r.Summary = before + o.detail + after
	}
	for _, e := range o.evidence {
		r.Evidence = append(r.Evidence, f.fact(e))
	}
	return r
}

// write fills in the verdict and the findings.
func (v verdict) write(rep *report.Report) {
	rep.Verdict = v.is
	for _, x := range v.findings {
		next := x.id.Next()
		if x.id == report.FindingZeroTail && x.severity == report.SeverityInfo {
			next = "" // most such dumps are whole
		}
		rep.Findings = append(rep.Findings, report.Finding{
			ID: x.id, Severity: x.severity, Message: report.ValidUTF8(x.message), Next: next, Offset: &x.offset,
		})
	}
}

// exceptionRecord writes the header's exception record.
func (f *facts) exceptionRecord() *report.Exception {
	e, ok := f.exception()
	if !ok {
		return nil
	}
	r := newException(e, f.Bits)
	r.Module, r.Offset = f.placeOf(e.Address).names()
	return r
}

// newException names the exception code, which is a status by definition.
func newException(e dmpfile.Exception, bits int) *report.Exception {
	r := &report.Exception{Code: report.Hex(e.Code), Address: report.Pointer(e.Address, bits)}
	r.Name, _ = ntstatus.Name(e.Code)
	return r
}

// bugcheck writes the code, its parameters, and what they lead to.
func (f *facts) bugcheck(o origin) *report.Bugcheck {
	c := &f.code
	if !c.known {
		return nil
	}
	b := &report.Bugcheck{
		Code: report.Hex(c.value), Name: c.info.Name, Summary: c.info.Summary, FirstLook: f.firstLook(), Notes: c.Notes,
		Parameters: make([]report.Parameter, 0, len(c.Parameters)),
	}
	if b.RawCode = b.Code; c.raw != c.value {
		b.RawCode = report.Hex(c.raw)
	}
	for i, p := range c.Parameters {
		if !c.has[i] {
			continue
		}
		r := newParameter(p, f.pointer(dmpfile.VirtAddr(p.Value)))
		r.Module, r.Offset = f.parameterPlace(i).names()
		r.Place = report.ValidUTF8(f.parameterSays(i))
		r.CurrentThread = f.isCurrentThread(p.Index)
		b.Parameters = append(b.Parameters, r)
	}
	if c.raw == 0 {
		b.Name = "" // it has one, but nothing that it names happened
	}
	switch {
	case markedByCode(f):
		b.Summary = "No bug check: this is the mark of the tool that wrote the file."
	case f.unlike():
		b.Summary, b.FirstLook, b.Notes = "The header is not that of a dump that dmplens knows, so this may be no bug check code.", "", nil
	case c.raw == 0 && o.cause == causeLiveCode0:
		b.Summary = "A live dump, without a bug check code."
	case c.raw == 0:
		b.Summary = "No bug check code is recorded."
	case !c.listed:
		b.Summary = unlisted(c.raw)
	}
	m, _ := f.Machine()
	if m == dmpfile.MachineAMD64 || m == dmpfile.MachineX86 {
		if status, ok := machineCheck(c.value, c.values); ok && c.has[0] && c.has[2] && c.has[3] {
			b.Facts = append(b.Facts, report.Fact{Fact: status, Where: f.at(dmpfile.FieldBugCheckParameter3)})
		}
	}
	for _, r := range f.records {
		prefix := "interrupted: "
		switch {
		case r.from == report.RecordHeader:
			continue // that has a place of its own
		case r.parameter > 0:
			prefix = fmt.Sprintf("parameter %d: ", r.parameter)
		}
		b.Facts = append(b.Facts, report.Fact{Fact: prefix + f.sentence(r), Where: "memory at " + f.pointer(r.at), Parameter: r.parameter})
	}
	if bit, ok := f.entryBit(); ok {
		b.Bit = &bit
		b.Facts = append(b.Facts, report.Fact{
			Fact: fmt.Sprintf("the page table entry has bit %d alone: one that was zero, and a bit that memory or a processor got wrong, is possible", bit), Where: f.at(dmpfile.FieldBugCheckParameter3),
		})
	}
	if n, ok := f.hungProcessor(); ok {
		b.Facts = append(b.Facts, f.hungFact(n))
	}
	b.Facts = append(b.Facts, f.disagreements()...)
	return b
}

// headerContext writes the processor's registers: those of the header, else those that the processor saved.
func (f *facts) headerContext() *report.Context {
	if f.hasContext {
		return f.registers(report.ContextHeader, &f.context)
	}
	if c := f.snapshot.Context(f.memory); c != nil {
		return f.registers(report.ContextProcessor, c)
	}
	return nil
}

func (f *facts) registers(from report.ContextFrom, c *dmpfile.Context) *report.Context {
	r := &report.Context{From: from, InstructionPointer: f.pointer(c.IP), StackPointer: f.pointer(c.SP)}
	if !f.brief {
		r.Registers = make(map[string]string, 32)
		for name, value := range c.Registers() {
			r.Registers[name] = f.pointer(dmpfile.VirtAddr(value))
		}
	}
	r.Module, r.Offset = f.placeOf(c.IP).names()
	return r
}

// current fills in whose stack was captured, and which processor, thread and process were current.
func (f *facts) current(rep *report.Report) {
	k := f.snapshot
	if f.Triage != nil {
		if low, high, ok := f.Triage.Stack(); ok {
			rep.Captured = &report.StackRange{Kind: report.StackKind(k.Stack), Low: f.pointer(low), High: f.pointer(high)}
		}
	}
	if f.hasContext && rep.Captured == nil && k.StackTop != 0 {
		rep.Captured = &report.StackRange{Kind: report.StackKind(k.Stack), Low: f.pointer(f.context.SP), High: f.pointer(k.StackTop)}
	}
	rep.Processor = k.Processor
	rep.HungProcessor = known(f.hungProcessor())
	kind := k.Stack
	if fault, sp := f.faultStack(); fault != "" {
		kind = fault // the capture can have been on another stack
		rep.FaultStack = &report.FaultStack{Kind: report.StackKind(fault), StackPointer: f.pointer(sp)}
	}
	interrupted := known(kind != nt.ThreadStack, kind != "")
	if rep.HungProcessor != nil {
		interrupted = new(true) // it is another processor that hung
	}
	if k.Process != nil {
		rep.Process = f.process(k.Process)
		rep.Process.Interrupted = interrupted
	}
	if k.Thread != nil {
		rep.Thread = f.thread(k.Thread, k.Idle)
		rep.Thread.Interrupted = interrupted
	}
}

func (f *facts) process(p *nt.Process) *report.Process {
	r := &report.Process{Name: report.ValidUTF8(p.Name), PID: &p.ID, ParentPID: p.ParentID, CreatedAt: known(p.Created, !p.Created.IsZero())}
	if p.Address != 0 {
		r.Address = f.pointer(p.Address)
	}
	if p.DirectoryTableBase != 0 {
		r.DirectoryTableBase = f.pointer(dmpfile.VirtAddr(p.DirectoryTableBase))
	}
	return r
}

func (f *facts) thread(t *nt.Thread, idle bool) *report.Thread {
	r := &report.Thread{Idle: &idle, ID: known(t.ID, t.ID != 0 || idle)}
	if t.Address != 0 {
		r.Address = f.pointer(t.Address)
	}
	return r
}

func (f *facts) moduleLists() (loaded []report.Module, unloaded []report.UnloadedModule) {
	if f.kernel == nil {
		return nil, nil
	}
	if f.Triage != nil || f.modules.Len() > 0 {
		loaded = make([]report.Module, 0, f.modules.Len())
	}
	for _, m := range f.modules.All() {
		loaded = append(loaded, f.module(m))
	}
	if f.Triage != nil || f.unloaded != nil {
		unloaded = make([]report.UnloadedModule, 0, len(f.unloaded))
	}
	for _, m := range f.unloaded {
		unloaded = append(unloaded, report.UnloadedModule{
			Name: report.ValidUTF8(m.Name), Base: f.pointer(m.Base), End: f.pointer(m.End), UnloadedAt: known(m.Time, !m.Time.IsZero()),
		})
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

func (f *facts) module(m *nt.Module) report.Module {
	r := newModule(m.Module, f.Bits)
	r.Version, r.Missing = m.Version, m.Missing
	if f.Triage == nil && m.TimeStamp == 0 {
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
