package batch

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/dmplens/dmplens/report"
)

// BriefRows reads rows as Rows does, but of each only what groups, patterns and pages about many dumps look at: most of a row is skipped,
// which takes a quarter of the time. A row is good until the next one is read. Names of fields are taken as they are written, and a part
// that is skipped can be of any type.
func BriefRows(r io.Reader) iter.Seq2[*report.Report, error] {
	var c cursor
	return eachRow(r, c.row)
}

// row reads one row.
func (c *cursor) row(line []byte) (*report.Report, error) {
	c.room = room{}
	r := &c.room.row
	c.reset(line)
	c.members(func(name []byte) bool {
		switch string(name) {
		case "schema_version":
			readText(c, &r.SchemaVersion)
		case "depth":
			readText(c, &r.Depth)
		case "verdict":
			readText(c, &r.Verdict)
		case "error":
			readPart(c, &r.Error, &c.room.error, func(e *report.Error, name []byte) {
				if string(name) == "message" {
					readText(c, &e.Message)
				}
			})
		case "file":
			c.file(&r.File)
		case "dump":
			readPart(c, &r.Dump, &c.room.dump, c.dump)
		case "bugcheck":
			readPart(c, &r.Bugcheck, &c.room.bugcheck, c.bugcheck)
		case "fault":
			readPart(c, &r.Fault, &c.room.fault, func(f *report.Fault, name []byte) {
				if string(name) == "bit" {
					readWhole(c, &f.Bit)
				}
			})
		case "suspect":
			readPart(c, &r.Suspect, &c.room.suspect, c.suspect)
		case "process":
			readPart(c, &r.Process, &c.room.process, func(p *report.Process, name []byte) {
				if string(name) == "name" {
					readText(c, &p.Name)
				}
			})
		case "origin":
			readPart(c, &r.Origin, &c.room.origin, c.origin)
		case "signature":
			readPart(c, &r.Signature, &c.room.signature, c.signature)
			if r.Signature != nil {
				r.Signature.FillModule()
			}
		case "hardware":
			readPart(c, &r.Hardware, &c.room.hardware, c.hardware)
		case "modules":
			readList(c, &r.Modules, c.module)
		case "findings":
			readList(c, &r.Findings, c.finding)
		case "noticed":
			readList(c, &r.Noticed, c.noticed)
		}
		return true
	})
	if err := c.end(); err != nil {
		return nil, err
	}
	return r, isRow(r)
}

func (c *cursor) file(f *report.File) {
	c.members(func(name []byte) bool {
		switch string(name) {
		case "path":
			readText(c, &f.Path)
		case "member":
			readText(c, &f.Member)
		case "modified":
			c.time(&f.Modified)
		case "members":
			readWhole(c, &f.Members)
		case "duplicate_of":
			readText(c, &f.DuplicateOf)
		}
		return true
	})
}

func (c *cursor) dump(d *report.Dump, name []byte) {
	switch string(name) {
	case "format":
		readText(c, &d.Format)
	case "what":
		readText(c, &d.What)
	case "machine":
		readText(c, &d.Machine)
	case "build":
		readWhole(c, &d.Build)
	case "revision":
		readWhole(c, &d.Revision)
	case "captured_at":
		c.time(&d.CapturedAt)
	case "uptime_seconds":
		c.number(&d.UptimeSeconds)
	case "boot_id":
		readWhole(c, &d.BootID)
	case "last_clean_boot":
		readWhole(c, &d.LastCleanBoot)
	case "directory_table_base":
		readText(c, &d.DirectoryTableBase)
	case "ps_loaded_module_list":
		readText(c, &d.PsLoadedModuleList)
	case "kd_debugger_data_block":
		readText(c, &d.KdDebuggerDataBlock)
	}
}

func (c *cursor) bugcheck(b *report.Bugcheck, name []byte) {
	switch string(name) {
	case "code":
		readText(c, &b.Code)
	case "name":
		readText(c, &b.Name)
	case "bit":
		readWhole(c, &b.Bit)
	case "parameters":
		readList(c, &b.Parameters, c.parameter)
	}
}

func (c *cursor) parameter(p *report.Parameter, name []byte) {
	if string(name) == "value" {
		readText(c, &p.Value)
	}
}

func (c *cursor) origin(o *report.Origin, name []byte) {
	switch string(name) {
	case "kind":
		readText(c, &o.Kind)
	case "source":
		readText(c, &o.Source)
	case "deliberate":
		c.flag(&o.Deliberate)
	}
}

func (c *cursor) suspect(s *report.Suspect, name []byte) {
	switch string(name) {
	case "module":
		readText(c, &s.Module)
	case "timestamp":
		readText(c, &s.Timestamp)
	}
}

func (c *cursor) signature(s *report.Signature, name []byte) {
	switch string(name) {
	case "version":
		readText(c, &s.Version)
	case "coarse":
		readText(c, &s.Coarse)
	case "fine":
		readText(c, &s.Fine)
	case "module":
		readText(c, &s.Module)
	case "module_timestamp":
		readText(c, &s.ModuleTimestamp)
	}
}

func (c *cursor) hardware(h *report.Hardware, name []byte) {
	switch string(name) {
	case "manufacturer":
		readText(c, &h.Manufacturer)
	case "model":
		readText(c, &h.Model)
	case "board":
		readText(c, &h.Board)
	case "bios":
		readText(c, &h.BIOS)
	case "processor":
		readText(c, &h.Processor)
	case "microcode":
		readText(c, &h.Microcode)
	case "machine_id":
		readText(c, &h.MachineID)
	case "model_id":
		readText(c, &h.ModelID)
	case "devices":
		readItems(c, &h.Devices, func(s *string) { readText(c, s) })
	}
}

func (c *cursor) module(m *report.Module, name []byte) {
	switch string(name) {
	case "name":
		readText(c, &m.Name)
	case "timestamp":
		readText(c, &m.Timestamp)
	}
}

func (c *cursor) finding(f *report.Finding, name []byte) {
	switch string(name) {
	case "id":
		readText(c, &f.ID)
	case "severity":
		readText(c, &f.Severity)
	case "message":
		readText(c, &f.Message)
	}
}

func (c *cursor) noticed(n *report.Noticed, name []byte) {
	switch string(name) {
	case "kind":
		readText(c, &n.Kind)
	case "text":
		readText(c, &n.Text)
	case "source":
		readText(c, &n.Source)
	}
}

// cursor reads the values of one line of JSON in their order. The first error stays, and nothing is read behind it.
type cursor struct {
	d   jsontext.Decoder
	in  bytes.Buffer // of the line: the decoder takes its bytes as they are
	err error

	room room
}

// room is where a row is put: making it anew for each would take longer than reading it.
type room struct {
	row       report.Report
	error     report.Error
	dump      report.Dump
	bugcheck  report.Bugcheck
	fault     report.Fault
	suspect   report.Suspect
	process   report.Process
	origin    report.Origin
	signature report.Signature
	hardware  report.Hardware
}

func (c *cursor) reset(line []byte) {
	c.in = *bytes.NewBuffer(line)
	c.d.Reset(&c.in, asWritten)
	c.err = nil
}

// end says that the line has ended, or the first error.
func (c *cursor) end() error {
	if c.err == nil {
		if _, err := c.d.ReadToken(); err != io.EOF {
			c.fail(errors.New("there is something behind it"))
		}
	}
	return c.err
}

func (c *cursor) fail(err error) {
	if c.err == nil {
		c.err = err
	}
}

// value reads a value whole. It is good until the next one is read.
func (c *cursor) value() jsontext.Value {
	if c.err != nil {
		return nil
	}
	v, err := c.d.ReadValue()
	if err != nil {
		c.fail(err)
		return nil
	}
	return v
}

// null reads a null, if there is one: it says as much as a field that is left out.
func (c *cursor) null() bool {
	if c.err != nil || c.d.PeekKind() == 'n' {
		c.value()
		return true
	}
	return false
}

// members calls visit with the name of each member of an object, until it returns false. It skips the values that visit does not read.
func (c *cursor) members(visit func(name []byte) bool) {
	if c.null() {
		return
	}
	if c.d.PeekKind() != '{' {
		c.fail(fmt.Errorf("no object but %.20q", c.value()))
		return
	}
	_, err := c.d.ReadToken()
	for err == nil && c.err == nil && c.d.PeekKind() == '"' {
		quoted := c.value()
		if quoted == nil {
			return
		}
		name := quoted[1 : len(quoted)-1]
		if bytes.IndexByte(name, '\\') >= 0 {
			name, _ = jsontext.AppendUnquote(nil, quoted)
		}
		if !visit(name) {
			return
		}
		if _, n := c.d.StackIndex(c.d.StackDepth()); n%2 == 1 { // names and values
			c.value()
		}
	}
	if err == nil && c.err == nil {
		_, err = c.d.ReadToken() // the end of the object
	}
	if err != nil {
		c.fail(err)
	}
}

// readPart reads an object that can be missing. There is room for it.
func readPart[T any](c *cursor, to **T, room *T, visit func(*T, []byte)) {
	if c.null() {
		return
	}
	*to = room
	c.members(func(name []byte) bool {
		visit(*to, name)
		return true
	})
}

// readList reads an array of objects.
func readList[T any](c *cursor, to *[]T, visit func(*T, []byte)) {
	readItems(c, to, func(one *T) {
		c.members(func(name []byte) bool {
			visit(one, name)
			return true
		})
	})
}

// readItems reads an array, each item by read.
func readItems[T any](c *cursor, to *[]T, read func(*T)) {
	if c.null() {
		return
	}
	if c.d.PeekKind() != '[' {
		c.fail(fmt.Errorf("no array but %.20q", c.value()))
		return
	}
	_, err := c.d.ReadToken()
	*to = []T{}
	for err == nil && c.err == nil && c.d.PeekKind() != ']' {
		var one T
		read(&one)
		*to = append(*to, one)
	}
	if err == nil && c.err == nil {
		_, err = c.d.ReadToken()
	}
	if err != nil {
		c.fail(err)
	}
}

func readText[T ~string](c *cursor, to *T) {
	if c.null() {
		return
	}
	t, err := c.d.ReadToken()
	switch {
	case err != nil:
		c.fail(err)
	case t.Kind() != '"':
		c.fail(fmt.Errorf("no text but %s", t))
	default:
		*to = T(t.String())
	}
}

// readWhole reads a whole number of 32 bits.
func readWhole[T int | uint32](c *cursor, to **T) {
	if c.null() {
		return
	}
	v := c.value()
	n, err := strconv.ParseInt(string(v), 10, 64)
	if one := T(n); c.err == nil && err == nil && int64(one) == n {
		*to = &one
		return
	}
	c.fail(fmt.Errorf("no such number: %.20q", v))
}

func (c *cursor) number(to **float64) {
	if c.null() {
		return
	}
	v := c.value()
	n, err := strconv.ParseFloat(string(v), 64)
	if c.err != nil || v.Kind() != '0' || err != nil {
		c.fail(fmt.Errorf("no number: %.20q", v))
		return
	}
	*to = &n
}

func (c *cursor) flag(to **bool) {
	if c.null() {
		return
	}
	switch v := c.value(); v.Kind() {
	case 't', 'f':
		yes := v.Kind() == 't'
		*to = &yes
	default:
		c.fail(fmt.Errorf("neither true nor false: %.20q", v))
	}
}

func (c *cursor) time(to **time.Time) {
	if c.null() {
		return
	}
	t := new(time.Time)
	if v := c.value(); c.err == nil {
		c.fail(t.UnmarshalJSON(v))
	}
	if c.err == nil {
		*to = t
	}
}
