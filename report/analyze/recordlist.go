package analyze

import (
	"fmt"

	"github.com/dmplens/dmplens/bugcheck"
	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/nt"
	"github.com/dmplens/dmplens/dmpfile/unwind/insn"
	"github.com/dmplens/dmplens/report"
)

// recordKinds are the records that have fields of their own in a report, by what should be there.
var recordKinds = map[string]report.RecordKind{
	"exception record": report.RecordException, "context record": report.RecordContext, "trap frame": report.RecordTrapFrame,
}

// recordList writes the records that say where a processor was.
func (f *facts) recordList() []report.Record {
	var list []report.Record
	for _, r := range f.records {
		if kind, ok := recordKinds[r.kind]; ok {
			list = append(list, f.newRecord(r, kind))
		}
	}
	return list
}

func (f *facts) newRecord(r record, kind report.RecordKind) report.Record {
	out := report.Record{Parameter: r.parameter, Kind: kind, From: r.from}
	if r.at != 0 {
		out.Address = f.pointer(r.at)
	}
	if r.err != nil {
		out.Missing = missing(r.err)
		return out
	}
	var ip, sp dmpfile.VirtAddr
	switch v := r.value.(type) {
	case dmpfile.Exception:
		e := newException(v, f.Bits)
		out.Code, out.Name = e.Code, e.Name
		if access, a, known := f.accessOf(v); known && access != "" {
			out.Access, out.ReferencedAddress = access, f.pointer(a)
		}
		ip = v.Address
	case dmpfile.Context:
		ip, sp = v.IP, v.SP
		if !f.brief {
			out.Registers = f.registers(report.ContextParameter, &v).Registers
		}
	case nt.TrapFrame:
		ip, sp = v.IP, v.SP
		out.User = &v.User
		if !f.brief {
			out.Registers = make(map[string]string, len(v.Registers))
			for _, x := range v.Registers {
				out.Registers[x.Name] = f.pointer(dmpfile.VirtAddr(x.Value))
			}
			f.addExceptionFrame(out.Registers, r)
		}
	}
	out.InstructionPointer = f.pointer(ip)
	if out.User == nil || !*out.User {
		out.Module, out.Offset = f.placeOf(ip).names()
		out.Stack = report.StackKind(f.snapshot.StackOf(sp))
	}
	if sp != 0 {
		out.StackPointer = f.pointer(sp)
	}
	return out
}

// addExceptionFrame adds the registers that a trap frame lacks and the exception frame beside it has.
func (f *facts) addExceptionFrame(registers map[string]string, r record) {
	frame, ok := f.faultFrame()
	if machine, _ := f.Machine(); !ok || frame.Record != r.at || machine != dmpfile.MachineAMD64 {
		return
	}
	for n := insn.RAX; n <= insn.R15; n++ {
		if v, known := frame.Registers.Get(n); known {
			registers[n.String()] = f.pointer(dmpfile.VirtAddr(v))
		}
	}
}

// isCurrentThread says whether the thread that parameter n points to is the one that was current, nil where that is not known or the
// parameter is no thread.
func (f *facts) isCurrentThread(n int) *bool {
	p, t := f.code.Parameters[n-1], f.snapshot.Thread
	if p.Type != bugcheck.TypeThread || p.Value == 0 || t == nil || t.Address == 0 {
		return nil
	}
	return new(t.Address == dmpfile.VirtAddr(p.Value))
}

// hungFact says which processor hung, and which one is the dump's.
func (f *facts) hungFact(n uint32) report.Fact {
	says := fmt.Sprintf("processor %d hung", n)
	if current := f.snapshot.Processor; current != nil {
		says += fmt.Sprintf(", processor %d noticed it: stack, thread and process are of the latter", *current)
	}
	return report.Fact{Fact: says, Where: f.at(dmpfile.FieldBugCheckParameter4)}
}

// disagreements are pairs of things that the dump says and that cannot both be so.
func (f *facts) disagreements() []report.Fact {
	var list []report.Fact
	disagree := func(where string, format string, args ...any) {
		list = append(list, report.Fact{Fact: "contradiction: " + fmt.Sprintf(format, args...), Where: where})
	}
	c := &f.code
	if c.value == codePageFault && c.has[1] && c.has[3] && c.Parameters[1].Type == bugcheck.TypeFlags {
		const notPresent = 2
		if c.values[1]&nt.PageFaultPresent != 0 && c.values[3] == notPresent {
			disagree(f.at(dmpfile.FieldBugCheckParameter2)+", "+f.at(dmpfile.FieldBugCheckParameter4),
				"by parameter 2 the page was present and its protection forbade the access, by parameter 4 it had no page table entry")
		}
	}
	for _, says := range f.hungDisagreements() {
		disagree(f.at(dmpfile.FieldBugCheckParameter4), "%s", says)
	}
	f.objectDisagreements(disagree)
	ip, hasIP := f.faultingInstruction()
	for _, r := range f.records {
		where := "memory at " + f.pointer(r.at)
		switch v := r.value.(type) {
		case dmpfile.Exception:
			if r.from == report.RecordHeader && c.has[0] && c.Parameters[0].Type == bugcheck.TypeNTStatus && uint32(c.values[0]) != v.Code {
				disagree(f.at(dmpfile.FieldException), "the header's exception record has the code %s, parameter 1 says %s", report.Hex(v.Code), report.Hex(uint32(c.values[0])))
			}
			if r.from == report.RecordParameter && c.has[0] && c.Parameters[0].Type == bugcheck.TypeNTStatus && uint32(c.values[0]) != v.Code {
				disagree(where, "the exception record has the code %s, parameter 1 says %s", report.Hex(v.Code), report.Hex(uint32(c.values[0])))
			}
			if r.from == report.RecordParameter && hasIP && v.Address != dmpfile.VirtAddr(ip.Value) {
				disagree(where, "the exception record is of %s, parameter %d says %s", f.text(f.placeOf(v.Address)), ip.Index, f.text(f.placeOf(dmpfile.VirtAddr(ip.Value))))
			}
		case dmpfile.Context:
			if hasIP && !f.isInstruction(v.IP, ip) {
				disagree(where, "the context record is at %s, parameter %d says %s", f.text(f.placeOf(v.IP)), ip.Index, f.text(f.placeOf(dmpfile.VirtAddr(ip.Value))))
			}
		case nt.TrapFrame:
			of := r.from == report.RecordParameter || r.from == report.RecordArgument && f.isProven(v) && f.isPageFault() && v.FaultAddress == dmpfile.VirtAddr(c.values[0])
			if of && hasIP && !v.User && !f.isInstruction(v.IP, ip) {
				disagree(where, "the trap frame is at %s, parameter %d says %s", f.text(f.placeOf(v.IP)), ip.Index, f.text(f.placeOf(dmpfile.VirtAddr(ip.Value))))
			}
			if access := f.parameterAccess(); r.fault && access != "" && f.isProven(v) && access != trapAccess(v) {
				disagree(where, "by the error code of the trap the access was %s, by the parameter %s", trapAccess(v), access)
			}
		}
	}
	return list
}

// objectDisagreements are those of parameters that say what another one is.
func (f *facts) objectDisagreements(disagree func(where, format string, args ...any)) {
	c := &f.code
	switch {
	case c.value == codeCriticalProcess && c.is(c.values[0], 1):
		if f.kernel == nil || c.values[0] == 0 {
			return
		}
		if p, err := f.kernel.ProcessAt(dmpfile.VirtAddr(c.values[0])); err == nil {
			disagree(f.at(dmpfile.FieldBugCheckParameter2), "parameter 2 says that a thread ended, parameter 1 is the process %s (%d)", report.ValidUTF8(p.Name), p.ID)
		}
	case c.value == codeStackCookie && c.is(c.values[0], c.values[1], c.values[2]):
		all := ^uint64(0)
		if f.Bits == 32 {
			all = 1<<32 - 1
		}
		if c.values[1]^c.values[2] != all {
			disagree(f.at(dmpfile.FieldBugCheckParameter2)+", "+f.at(dmpfile.FieldBugCheckParameter3), "parameter 3 is not the complement of the cookie in parameter 2")
		}
	}
}

// trapAccess is what the processor says of the access that a page fault is about.
func trapAccess(t nt.TrapFrame) report.Access {
	switch {
	case t.ErrorCode&nt.PageFaultExecute != 0:
		return report.AccessExecute
	case t.ErrorCode&nt.PageFaultWrite != 0:
		return report.AccessWrite
	}
	return report.AccessRead
}

// parameterAccess is the access that a parameter of a bug check of page faults names, "" where none does.
func (f *facts) parameterAccess() report.Access {
	c := &f.code
	n := 3
	if c.value == codePageFault {
		n = 2
	}
	if (c.value != codeIRQL && c.value != codeDriverIRQL && c.value != codePageFault) || !c.has[n-1] {
		return ""
	}
	v := c.values[n-1]
	if c.Parameters[n-1].Type == bugcheck.TypeFlags {
		return trapAccess(nt.TrapFrame{ErrorCode: v})
	}
	return map[uint64]report.Access{0: report.AccessRead, 1: report.AccessWrite, 8: report.AccessExecute}[v]
}
