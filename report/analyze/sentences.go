package analyze

import (
	"errors"
	"fmt"

	"github.com/dmplens/dmplens/bugcheck"
	"github.com/dmplens/dmplens/bugcheck/ntstatus"
	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/nt"
	"github.com/dmplens/dmplens/dmpfile/paging"
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
		return fmt.Sprintf("context at %s, stack pointer %s", f.text(f.placeOf(v.IP)), f.pointer(v.SP))
	case nt.TrapFrame:
		mode := "kernel"
		if v.User {
			mode = "user"
		}
		return fmt.Sprintf("trap frame from %s mode at %s, stack pointer %s", mode, f.text(f.placeOf(v.IP)), f.pointer(v.SP))
	case nt.ErrorRecord:
		return "error record" + prefixed(", ", v.Severity) + prefixed(", from: ", v.Notify)
	case nt.ErrorSection:
		s := "section: " + v.Type + prefixed(", ", v.Severity)
		if mc := v.MachineCheck; mc != nil {
			s += fmt.Sprintf(", processor %d, bank %d, %s", mc.Processor, mc.Bank, bugcheck.MachineCheckStatus(mc.Status))
		}
		return s
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
	case deviceDriver:
		return "device of the driver object " + f.pointer(v.driver)
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

// prefixed is a text behind another one, nothing where it is empty.
func prefixed(prefix, s string) string {
	if s == "" {
		return ""
	}
	return prefix + s
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

// access says what an access violation or in-page error was about: its first two words are documented.
func (f *facts) access(e dmpfile.Exception) (string, bool) {
	const accessViolation, inPageError = 0xC0000005, 0xC0000006
	if e.Code != accessViolation && e.Code != inPageError || len(e.Information) < 2 {
		return "", false
	}
	what, ok := map[uint64]string{0: "read of", 1: "write to", 8: "execution of"}[e.Information[0]]
	if !ok {
		return "", false
	}
	if m, _ := f.Machine(); m == dmpfile.MachineAMD64 && e.Information[1] == ^uint64(0) {
		// The processor tells neither address nor kind of an access to an address that is not canonical.
		return "an access to an address that the processor does not tell (not canonical)", true
	}
	return fmt.Sprintf("%s %s", what, report.Pointer(e.Information[1], f.Bits)), true
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
