package analyze

import (
	"errors"
	"fmt"

	"github.com/dmplens/dmplens/bugcheck"
	"github.com/dmplens/dmplens/bugcheck/ntstatus"
	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/nt"
	"github.com/dmplens/dmplens/dmpfile/paging"
	"github.com/dmplens/dmplens/dmpfile/whea"
	"github.com/dmplens/dmplens/report"
)

// sentence says what a record holds.
func (f *facts) sentence(r record) string {
	if r.err != nil {
		return r.kind + ": " + missing(r.err)
	}
	switch v := r.value.(type) {
	case nt.PoolHeader:
		return fmt.Sprintf("pool header, tag %q, block of %d bytes", v.Tag, v.Size)
	case dmpfile.Exception:
		return f.exceptionSentence(v)
	case dmpfile.Context:
		return fmt.Sprintf("context at %s, stack pointer %s", f.text(f.placeOf(v.IP)), f.pointer(v.SP)) + f.onStack(v.SP)
	case nt.TrapFrame:
		if v.User {
			return fmt.Sprintf("trap frame from user mode at %s, stack pointer %s", f.pointer(v.IP), f.pointer(v.SP))
		}
		return fmt.Sprintf("trap frame from kernel mode at %s, stack pointer %s", f.text(f.placeOf(v.IP)), f.pointer(v.SP)) + f.onStack(v.SP) + recordFound[r.from]
	case *whea.Record:
		return f.recordSentence(v)
	case errorSection:
		return sectionSentence(v)
	case nt.Process:
		return fmt.Sprintf("process %s (%d)", report.ValidUTF8(v.Name), v.ID)
	case nt.IRP:
		if v.CurrentLocation > v.StackCount {
			return "IRP that no driver has: not sent yet, or completed"
		}
		return fmt.Sprintf("IRP at stack location %d of %d", v.CurrentLocation, v.StackCount)
	case stackLocation:
		if v.Device == 0 {
			return irpFunction(v.IRP)
		}
		return irpFunction(v.IRP) + ", sent to the device object " + f.pointer(v.Device)
	case threadObject:
		return f.threadSentence(v)
	case *nt.Processor:
		s := fmt.Sprintf("PRCB of processor %d", v.Number)
		switch {
		case v.Idle:
			s += ", running its idle thread"
		case v.Process != nil && v.Thread != nil:
			s += fmt.Sprintf(", running thread %d of %s (%d)", v.Thread.ID, report.ValidUTF8(v.Process.Name), v.Process.ID)
		case v.Thread != nil:
			s += ", running the thread object " + f.pointer(v.Thread.Address)
		}
		return s
	case deviceObject:
		return "device of the driver object " + f.pointer(v.Driver)
	case nt.Driver:
		module, _ := f.placeOf(v.Start).names()
		return "driver" + prefixed(" ", report.ValidUTF8(v.Name)) + prefixed(", image ", module)
	case nt.PowerBlock:
		if v.PnP {
			return fmt.Sprintf("nt!_TRIAGE_9F_PNP, revision %d: CompletionQueue %s", v.Revision, f.pointer(v.First))
		}
		return fmt.Sprintf("nt!_TRIAGE_9F_POWER, revision %d: IrpList %s, ThreadList %s", v.Revision, f.pointer(v.First), f.pointer(v.Second))
	}
	return r.kind
}

// recordFound says how a record was found that no parameter of the header points to.
var recordFound = map[report.RecordFrom]string{
	report.RecordArgument: "; KeBugCheckEx was passed its address as this parameter",
	report.RecordStack:    "; found by this instruction on the captured stack or by a pointer there",
}

// onStack says on which stack of the current processor a stack pointer is.
func (f *facts) onStack(sp dmpfile.VirtAddr) string {
	if kind := f.snapshot.StackOf(sp); kind != "" && kind != nt.OtherStack {
		return " on " + report.StackKind(kind).Phrase()
	}
	return ""
}

func (f *facts) threadSentence(t threadObject) string {
	s := "thread"
	if t.ID != 0 {
		s += fmt.Sprintf(" %d", t.ID)
	}
	if t.process != nil {
		s += fmt.Sprintf(" of %s (%d)", report.ValidUTF8(t.process.Name), t.process.ID)
	}
	if t.current {
		s += ", the one that was current"
	}
	return s
}

// prefixed is a text behind another one, nothing where it is empty.
func prefixed(prefix, s string) string {
	if s == "" {
		return ""
	}
	return prefix + s
}

// inBrackets is a text in brackets behind another one, nothing where it is empty.
func inBrackets(s string) string {
	if s == "" {
		return ""
	}
	return " (" + s + ")"
}

func (f *facts) exceptionSentence(e dmpfile.Exception) string {
	name, ok := ntstatus.Name(e.Code)
	if !ok {
		name = "exception"
	}
	s := fmt.Sprintf("%s (%s) at %s", name, report.Hex(e.Code), f.text(f.placeOf(e.Address)))
	if access, ok := f.access(e); ok {
		s += ", " + access
	}
	return s
}

// access says what an access violation or in-page error was about.
func (f *facts) access(e dmpfile.Exception) (string, bool) {
	kind, a, known := f.accessOf(e)
	switch {
	case kind == "":
		return "", false
	case !known:
		return "a general protection fault: the processor tells neither address nor kind of access", true
	}
	what := map[report.Access]string{report.AccessRead: "read of", report.AccessWrite: "write to", report.AccessExecute: "execution of"}[kind]
	return fmt.Sprintf("%s %s", what, f.pointer(a)) + inBrackets(f.describe(a)), true
}

// accessOf is what an access violation or in-page error was about: its first two words are documented. It is "" for other exceptions. Of
// a general protection fault x86 and amd64 processors tell neither address nor kind, as where an address is not canonical: Windows writes
// -1 then, and known is false.
func (f *facts) accessOf(e dmpfile.Exception) (kind report.Access, a dmpfile.VirtAddr, known bool) {
	const accessViolation, inPageError = 0xC0000005, 0xC0000006
	if e.Code != accessViolation && e.Code != inPageError || len(e.Information) < 2 {
		return "", 0, false
	}
	kind = map[uint64]report.Access{0: report.AccessRead, 1: report.AccessWrite, 8: report.AccessExecute}[e.Information[0]]
	return kind, dmpfile.VirtAddr(e.Information[1]), !f.isNoAddress(e.Information[1])
}

// isNoAddress says whether a value is what Windows writes where the processor tells no address: -1 on x86 and amd64.
func (f *facts) isNoAddress(v uint64) bool {
	switch m, _ := f.Machine(); m {
	case dmpfile.MachineAMD64:
		return v == ^uint64(0)
	case dmpfile.MachineX86:
		return uint32(v) == ^uint32(0)
	}
	return false
}

// irpFunction names the function of an IRP's current location.
func irpFunction(irp nt.IRP) string {
	const power, setPower = 0x16, 2
	name := bugcheck.Name("irp-major", uint64(irp.Major))
	if name == "" {
		name = fmt.Sprintf("major function %#x", irp.Major)
	}
	if irp.Major == power && irp.Minor == setPower {
		return name + ", IRP_MN_SET_POWER"
	}
	return fmt.Sprintf("%s, minor function %#x", name, irp.Minor)
}

// missing says why a record could not be read.
func missing(err error) string {
	var hole *dmpfile.NotInDumpError
	var page *dmpfile.PageMissingError
	var out *paging.PagedOutError
	var unmapped *paging.NotMappedError
	switch {
	case errors.As(err, &hole), errors.As(err, &page):
		return "not in this dump"
	case errors.As(err, &out) && out.Place == paging.PageFile:
		return "not in this dump: it was paged out"
	case errors.As(err, &out):
		return "not in this dump: it was not in memory"
	case errors.As(err, &unmapped):
		return "not in this dump, by its page tables"
	case errors.Is(err, nt.ErrNotThere):
		return "the dump has something else there"
	}
	return "cannot be read, " + err.Error()
}

// isMissing says whether an error is that the dump does not have some memory.
func isMissing(err error) bool {
	var hole *dmpfile.NotInDumpError
	var page *dmpfile.PageMissingError
	var out *paging.PagedOutError
	var unmapped *paging.NotMappedError
	return errors.As(err, &hole) || errors.As(err, &page) || errors.As(err, &out) || errors.As(err, &unmapped)
}
