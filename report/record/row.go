package record

import (
	"io"
	"slices"

	"github.com/dmplens/dmplens/report"
)

// Rows writes reports as objects, each on one line.
type Rows struct {
	w io.Writer
	b []byte // the last row, whose room is used again
}

// NewRows returns what writes the rows; there is no head.
func NewRows(w io.Writer) *Rows { return &Rows{w, make([]byte, 0, 4<<10)} }

// Write writes a report, at once.
func (w *Rows) Write(r *report.Report) error {
	b, err := AppendJSONL(w.b[:0], r)
	if err != nil {
		return err
	}
	w.b = b
	_, err = w.w.Write(b)
	return err
}

// JSONL writes a report as an object on one line.
func JSONL(w io.Writer, r *report.Report) error { return NewRows(w).Write(r) }

// AppendJSONL appends a report as an object on one line, or nothing where there is an error. Its bytes are those of encoding/json, which
// takes several times as long: a scan has a row for each of very many files.
func AppendJSONL(b []byte, r *report.Report) ([]byte, error) {
	o := object{b: append(b, '{')}
	o.report(r)
	if o.err != nil {
		return b, o.err
	}
	return append(o.b, '}', '\n'), nil
}

func (o *object) report(r *report.Report) {
	o.must("schema_version", r.SchemaVersion)
	o.str("tool_version", r.ToolVersion)
	o.str("depth", string(r.Depth))
	o.failure(r.Error)
	o.file(&r.File)
	o.dump(r.Dump)
	o.bugcheck(r.Bugcheck)
	o.exception(r.Exception)
	o.origin(r.Origin)
	o.signature(r.Signature)
	o.sizes(r.Sizes)
	o.hardware(r.Hardware)
	o.context(r.Context)
	integer(o, "processor", r.Processor)
	o.process(r.Process)
	o.thread(r.Thread)
	o.captured(r.Captured)
	o.lists(r)
	o.str("verdict", string(r.Verdict))
	o.findings(r.Findings)
}

// lists appends what rows seldom have.
func (o *object) lists(r *report.Report) {
	if r.Processors != nil {
		o.other("processors", r.Processors)
	}
	if r.Processes != nil {
		o.other("processes", r.Processes)
	}
	if r.Streams != nil {
		o.other("streams", r.Streams)
	}
	if r.Modules != nil {
		o.other("modules", r.Modules)
	}
	if r.UnloadedModules != nil {
		o.other("unloaded_modules", r.UnloadedModules)
	}
	if len(r.Contents) > 0 {
		o.other("contents", r.Contents)
	}
	if r.LiveContent != nil {
		o.other("live_content", r.LiveContent)
	}
	if r.Memory != nil {
		o.other("memory", r.Memory)
	}
}

func (o *object) failure(e *report.Error) {
	if e == nil {
		return
	}
	o.open("error", '{')
	o.must("message", e.Message)
	o.str("next", e.Next)
	o.close('}')
}

func (o *object) file(f *report.File) {
	o.open("file", '{')
	o.must("path", f.Path)
	o.str("member", f.Member)
	integer(o, "size", f.Size)
	o.time("modified", f.Modified)
	o.str("duplicate_of", f.DuplicateOf)
	o.close('}')
}

func (o *object) dump(d *report.Dump) {
	if d == nil {
		return
	}
	o.open("dump", '{')
	o.str("format", string(d.Format))
	o.str("what", d.What)
	integer(o, "dump_type", d.DumpType)
	if d.Bits != 0 {
		integer(o, "bits", &d.Bits)
	}
	o.str("machine", d.Machine)
	integer(o, "processors", d.Processors)
	integer(o, "build", d.Build)
	integer(o, "revision", d.Revision)
	o.str("build_lab", d.BuildLab)
	o.str("version", d.Version)
	if len(d.Suites) > 0 {
		o.strs("suites", d.Suites)
	}
	o.str("system_root", d.SystemRoot)
	o.bool("safe_mode", d.SafeMode)
	o.bool("debugger_enabled", d.DebuggerEnabled)
	o.str("product", d.Product)
	o.bool("checked", d.Checked)
	o.time("captured_at", d.CapturedAt)
	o.float("uptime_seconds", d.UptimeSeconds)
	o.bool("live", d.Live)
	if d.Attributes != nil {
		o.strs("attributes", d.Attributes)
	}
	o.str("comment", d.Comment)
	o.str("status_line", d.StatusLine)
	integer(o, "boot_id", d.BootID)
	o.str("directory_table_base", d.DirectoryTableBase)
	o.str("ps_loaded_module_list", d.PsLoadedModuleList)
	o.str("ps_active_process_head", d.PsActiveProcessHead)
	o.str("kd_debugger_data_block", d.KdDebuggerDataBlock)
	o.str("banner", d.Banner)
	o.runs(d.MemoryRuns)
	integer(o, "physical_memory", d.PhysicalMemory)
	o.str("kernel_base", d.KernelBase)
	o.close('}')
}

func (o *object) runs(list []report.Run) {
	if len(list) == 0 {
		return
	}
	o.open("memory_runs", '[')
	for i := range list {
		o.open("", '{')
		o.must("base_page", list[i].BasePage)
		integer(o, "page_count", &list[i].PageCount)
		o.close('}')
	}
	o.close(']')
}

func (o *object) bugcheck(c *report.Bugcheck) {
	if c == nil {
		return
	}
	o.open("bugcheck", '{')
	o.must("code", c.Code)
	o.must("raw_code", c.RawCode)
	o.str("name", c.Name)
	o.str("summary", c.Summary)
	o.str("first_look", c.FirstLook)
	if len(c.Notes) > 0 {
		o.strs("notes", c.Notes)
	}
	o.parameters(c.Parameters)
	o.facts("facts", c.Facts)
	o.close('}')
}

func (o *object) parameters(list []report.Parameter) {
	if len(list) == 0 {
		return
	}
	o.open("parameters", '[')
	for i := range list {
		p := &list[i]
		o.open("", '{')
		integer(o, "index", &p.Index)
		o.must("value", p.Value)
		o.str("type", p.Type)
		o.str("label", p.Label)
		o.str("meaning", p.Meaning)
		o.str("text", p.Text)
		o.str("module", p.Module)
		o.str("offset", p.Offset)
		o.close('}')
	}
	o.close(']')
}

func (o *object) facts(name string, list []report.Fact) {
	if len(list) == 0 {
		return
	}
	o.open(name, '[')
	for _, f := range list {
		o.open("", '{')
		o.must("fact", f.Fact)
		o.str("where", f.Where)
		o.close('}')
	}
	o.close(']')
}

func (o *object) exception(e *report.Exception) {
	if e == nil {
		return
	}
	o.open("exception", '{')
	o.must("code", e.Code)
	o.str("name", e.Name)
	o.str("address", e.Address)
	o.str("module", e.Module)
	o.str("offset", e.Offset)
	o.close('}')
}

func (o *object) origin(x *report.Origin) {
	if x == nil {
		return
	}
	o.open("origin", '{')
	o.str("kind", string(x.Kind))
	o.str("source", string(x.Source))
	o.str("writer", string(x.Writer))
	o.str("label", x.Label)
	o.bool("deliberate", x.Deliberate)
	o.str("summary", x.Summary)
	o.str("confidence", string(x.Confidence))
	o.facts("evidence", x.Evidence)
	o.close('}')
}

func (o *object) signature(s *report.Signature) {
	if s == nil {
		return
	}
	o.open("signature", '{')
	o.must("version", s.Version)
	o.must("coarse", s.Coarse)
	o.must("fine", s.Fine)
	o.str("bucket", s.Bucket)
	o.str("failure_hash", s.FailureHash)
	o.close('}')
}

func (o *object) sizes(s *report.Sizes) {
	if s == nil {
		return
	}
	o.open("sizes", '{')
	integer(o, "total", &s.Total)
	integer(o, "header", s.Header)
	integer(o, "primary", s.Primary)
	integer(o, "secondary", s.Secondary)
	integer(o, "secondary_used", s.SecondaryUsed)
	integer(o, "required", s.Required)
	integer(o, "missing", s.Missing)
	integer(o, "pages", s.Pages)
	integer(o, "missing_pages", s.MissingPages)
	o.str("last_whole_page", s.LastWholePage)
	o.close('}')
}

func (o *object) hardware(h *report.Hardware) {
	if h == nil {
		return
	}
	o.open("hardware", '{')
	o.str("manufacturer", h.Manufacturer)
	o.str("model", h.Model)
	o.str("bios", h.BIOS)
	o.str("processor", h.Processor)
	o.close('}')
}

func (o *object) context(c *report.Context) {
	if c == nil {
		return
	}
	o.open("context", '{')
	o.must("from", string(c.From))
	o.registers(c.Registers)
	o.str("instruction_pointer", c.InstructionPointer)
	o.str("stack_pointer", c.StackPointer)
	o.str("module", c.Module)
	o.str("offset", c.Offset)
	o.close('}')
}

func (o *object) registers(values map[string]string) {
	if len(values) == 0 {
		return
	}
	var room [48]string // ARM64 has the most; what is more would cost an allocation
	names := room[:0]
	for name := range values {
		names = append(names, name)
	}
	slices.Sort(names)
	o.open("registers", '{')
	for _, name := range names {
		o.comma()
		o.b = append(appendString(o.b, name), ':')
		o.b = appendString(o.b, values[name])
	}
	o.close('}')
}

func (o *object) process(p *report.Process) {
	if p == nil {
		return
	}
	o.open("process", '{')
	o.str("name", p.Name)
	integer(o, "pid", p.PID)
	integer(o, "parent_pid", p.ParentPID)
	o.time("created_at", p.CreatedAt)
	o.str("address", p.Address)
	o.str("directory_table_base", p.DirectoryTableBase)
	o.bool("interrupted", p.Interrupted)
	o.close('}')
}

func (o *object) thread(t *report.Thread) {
	if t == nil {
		return
	}
	o.open("thread", '{')
	integer(o, "id", t.ID)
	o.str("address", t.Address)
	o.bool("idle", t.Idle)
	o.bool("interrupted", t.Interrupted)
	o.close('}')
}

func (o *object) captured(s *report.StackRange) {
	if s == nil {
		return
	}
	o.open("captured_stack", '{')
	o.str("kind", string(s.Kind))
	o.must("low", s.Low)
	o.must("high", s.High)
	o.close('}')
}

func (o *object) findings(list []report.Finding) {
	if len(list) == 0 {
		return
	}
	o.open("findings", '[')
	for i := range list {
		f := &list[i]
		o.open("", '{')
		o.must("id", string(f.ID))
		o.must("severity", string(f.Severity))
		o.must("message", f.Message)
		o.str("next", f.Next)
		integer(o, "offset", f.Offset)
		o.close('}')
	}
	o.close(']')
}
