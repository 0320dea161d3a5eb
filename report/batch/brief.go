package batch

import (
	"io"
	"iter"

	"github.com/dmplens/dmplens/report"
)

// BriefRows reads rows as Rows does, but of each only what groups, patterns and pages about many dumps look at: most of a row is skipped,
// which is several times faster. A row is good until the next one is read. Names of fields are taken as they are written, and a part
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
			readList(c, &r.Modules, &c.lists.modules, c.module)
		case "findings":
			readList(c, &r.Findings, &c.lists.findings, c.finding)
		case "noticed":
			readList(c, &r.Noticed, &c.lists.noticed, c.noticed)
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
		readList(c, &b.Parameters, &c.lists.parameters, c.parameter)
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
		readItems(c, &h.Devices, &c.lists.devices, func(s *string) { readText(c, s) })
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
