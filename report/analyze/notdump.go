package analyze

import (
	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/report"
)

// writeNotDump fills in the report on a file that is no kernel dump.
func writeNotDump(rep *report.Report, e *dmpfile.NotDumpError) {
	rep.Error = &report.Error{Message: e.Message, Next: e.Next}
	rep.Dump = &report.Dump{Format: report.Format(e.Format), What: string(e.What)}
	if e.Size >= 0 {
		rep.Sizes = &report.Sizes{Total: e.Size}
	}
	rep.Verdict = report.NotADump
	if e.Minidump != nil {
		minidump(rep, e.Minidump)
	}
}

// minidump fills in what a user-mode minidump says cheaply.
func minidump(rep *report.Report, m *dmpfile.Minidump) {
	bits := 64
	if m.Machine == dmpfile.MachineX86 || m.Machine == dmpfile.MachineARM {
		bits = 32
	}
	rep.Dump.Machine = m.Machine.String()
	rep.Dump.Build = known(m.Build, m.Build != 0)
	rep.Dump.Processors = known(uint32(m.Processors), m.Processors != 0)
	rep.Dump.CapturedAt = known(m.Time, !m.Time.IsZero())
	if m.MainModule.Name != "" {
		rep.Process = &report.Process{Name: m.MainModule.Name}
		rep.Modules = []report.Module{newModule(m.MainModule, bits)}
	}
	if m.ProcessID != 0 {
		if rep.Process == nil {
			rep.Process = &report.Process{}
		}
		rep.Process.PID = known(uint64(m.ProcessID), true)
	}
	if m.Exception != nil {
		rep.Exception = newException(*m.Exception, bits)
		if m.ThreadID != 0 {
			rep.Thread = &report.Thread{ID: known(uint64(m.ThreadID), true)}
		}
		if m.MainModule.Contains(m.Exception.Address) {
			rep.Exception.Module = m.MainModule.Name
			rep.Exception.Offset = report.Hex(m.Exception.Address - m.MainModule.Base)
		}
	}
}
