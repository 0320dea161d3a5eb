package analyze

import (
	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/nt"
	"github.com/dmplens/dmplens/report"
)

// context is the processor's registers: those of the header, else those that the processor saved.
func (d *dump) context() *report.Context {
	from := "header"
	c, ok := d.Context()
	if !ok {
		if d.snapshot == nil || d.snapshot.Context == nil {
			return nil
		}
		from, c = "processor", *d.snapshot.Context
	}
	r := &report.Context{
		From: from, Registers: map[string]string{},
		InstructionPointer: d.pointer(c.IP), StackPointer: d.pointer(c.SP),
	}
	for _, reg := range c.Registers {
		r.Registers[reg.Name] = report.Pointer(reg.Value, d.Bits)
	}
	r.Module, r.Offset = d.moduleAt(c.IP)
	return r
}

// kernel fills in whose stack was captured, and which thread and process were current.
func (d *dump) kernel(rep *report.Report) {
	if d.Triage != nil {
		if low, high, ok := d.Triage.Stack(); ok {
			rep.Captured = &report.StackRange{Low: d.pointer(low), High: d.pointer(high)}
		}
	}
	k := d.snapshot
	if k == nil {
		return
	}
	rep.Processor = k.Processor
	if rep.Captured != nil {
		rep.Captured.Kind = string(k.Stack)
	}
	interrupted := known(k.Stack != nt.ThreadStack, k.Stack != "")
	if k.Process != nil {
		rep.Process = &report.Process{Name: report.ValidUTF8(k.Process.Name), PID: &k.Process.ID, Interrupted: interrupted}
	}
	if k.Thread != nil {
		rep.Thread = &report.Thread{ID: &k.Thread.ID, Idle: &k.Idle, Interrupted: interrupted}
		if k.Thread.Address != 0 {
			rep.Thread.Address = d.pointer(k.Thread.Address)
		}
	}
}

func (d *dump) moduleLists() (loaded []report.Module, unloaded []report.UnloadedModule) {
	if d.Triage == nil {
		return nil, nil
	}
	loaded, unloaded = []report.Module{}, []report.UnloadedModule{}
	for _, m := range d.modules {
		loaded = append(loaded, newModule(m, d.Bits))
	}
	for _, m := range d.unloaded {
		unloaded = append(unloaded, report.UnloadedModule{Name: m.Name, Base: d.pointer(m.Base), End: d.pointer(m.End)})
	}
	return loaded, unloaded
}

func newModule(m dmpfile.Module, bits int) report.Module {
	return report.Module{
		Name: m.Name, Path: m.Path, Base: report.Pointer(m.Base, bits), Size: m.Size,
		Timestamp: report.Hex(m.TimeStamp), Checksum: report.Hex(m.CheckSum),
	}
}
