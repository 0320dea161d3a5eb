package analyze

import (
	"fmt"

	"github.com/dmplens/dmplens/bugcheck"
	"github.com/dmplens/dmplens/bugcheck/ntstatus"
	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/nt"
	"github.com/dmplens/dmplens/report"
)

// The functions below read the record at an address, and what it leads to, and say what it holds.

func (d *dump) pool(a dmpfile.VirtAddr) ([]found, error) {
	h, err := nt.ReadPoolHeader(d.memory, a)
	if err != nil {
		return nil, err
	}
	return []found{{fmt.Sprintf("pool header, tag %q, block of %d bytes", h.Tag, h.Size), a}}, nil
}

// codePlace names a code address by its module, else by its number.
func (d *dump) codePlace(a dmpfile.VirtAddr) string {
	if module, offset := d.moduleAt(a); module != "" {
		return module + "+" + offset
	}
	return d.pointer(a)
}

// exceptionRecord reads an exception record. Where parameter 1 is the exception's code too, another code means another record.
func (d *dump) exceptionRecord(a dmpfile.VirtAddr) ([]found, error) {
	e, err := nt.ReadException(d.memory, a, d.Bits)
	if err != nil {
		return nil, err
	}
	if c := &d.code; c.has[0] && c.Parameters[0].Type == bugcheck.TypeNTStatus && uint32(c.values[0]) != e.Code {
		return nil, nt.ErrNotThere
	}
	name, ok := ntstatus.Name(e.Code)
	if !ok {
		name = "exception"
	}
	s := fmt.Sprintf("%s (%s) at %s", name, report.Hex(e.Code), d.codePlace(e.Address))
	if access, ok := d.access(e); ok {
		s += ", " + access
	}
	return []found{{s, a}}, nil
}

// access says what an access violation or in-page error was about: its first two words are documented.
func (d *dump) access(e dmpfile.Exception) (string, bool) {
	const accessViolation, inPageError = 0xC0000005, 0xC0000006
	if e.Code != accessViolation && e.Code != inPageError || len(e.Information) < 2 {
		return "", false
	}
	what, ok := map[uint64]string{0: "read of", 1: "write to", 8: "execution of"}[e.Information[0]]
	if !ok {
		return "", false
	}
	if m, _ := d.Machine(); m == dmpfile.MachineAMD64 && e.Information[1] == ^uint64(0) {
		// The processor tells neither address nor kind of an access to an address that is not canonical.
		return "an access to an address that the processor does not tell (not canonical)", true
	}
	return fmt.Sprintf("%s %s", what, report.Pointer(e.Information[1], d.Bits)), true
}

func (d *dump) contextRecord(a dmpfile.VirtAddr) ([]found, error) {
	m, _ := d.Machine()
	c, err := nt.ReadContext(d.memory, a, m)
	if err != nil {
		return nil, err
	}
	return []found{{fmt.Sprintf("context at %s, stack pointer %s", d.codePlace(c.IP), d.pointer(c.SP)), a}}, nil
}

func (d *dump) trapFrame(a dmpfile.VirtAddr) ([]found, error) {
	m, _ := d.Machine()
	t, err := nt.ReadTrapFrame(d.memory, a, m)
	if err != nil {
		return nil, err
	}
	mode := "kernel"
	if t.User {
		mode = "user"
	}
	return []found{{fmt.Sprintf("trap frame from %s mode at %s, stack pointer %s", mode, d.codePlace(t.IP), d.pointer(t.SP)), a}}, nil
}

func (d *dump) errorRecord(a dmpfile.VirtAddr) ([]found, error) {
	r, err := nt.ReadErrorRecord(d.memory, a)
	if err != nil {
		return nil, err
	}
	s := "error record"
	if r.Severity != "" {
		s += ", " + r.Severity
	}
	if r.Notify != "" {
		s += ", from: " + r.Notify
	}
	list := []found{{s, a}}
	for _, section := range r.Sections {
		s := "section: " + section.Type
		if section.Severity != "" {
			s += ", " + section.Severity
		}
		if mc := section.MachineCheck; mc != nil {
			s += fmt.Sprintf(", processor %d, bank %d, %s", mc.Processor, mc.Bank, bugcheck.MachineCheckStatus(mc.Status))
		}
		list = append(list, found{s, a + dmpfile.VirtAddr(section.Offset)})
	}
	return list, nil
}

func (d *dump) process(a dmpfile.VirtAddr) ([]found, error) {
	p, err := d.kernel.ProcessAt(a)
	if err != nil {
		return nil, err
	}
	return []found{{fmt.Sprintf("process %s (%d)", report.ValidUTF8(p.Name), p.ID), a}}, nil
}

func (d *dump) irp(a dmpfile.VirtAddr) ([]found, error) {
	irp, err := nt.ReadIRP(d.memory, a)
	if err != nil {
		return nil, err
	}
	if irp.CurrentLocation > irp.StackCount {
		return []found{{"IRP that no driver has: not sent yet, or completed", a}}, nil
	}
	list := []found{{fmt.Sprintf("IRP at stack location %d of %d", irp.CurrentLocation, irp.StackCount), a}}
	if !irp.HasLocation {
		return list, nil
	}
	s := irpFunction(irp)
	if irp.Device == 0 {
		return append(list, found{s, irp.Location}), nil
	}
	list = append(list, found{s + ", sent to the device object " + d.pointer(irp.Device), irp.Location})
	more, err := d.device(irp.Device)
	return append(list, orMissing(more, err, "device object", irp.Device)...), nil
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

func (d *dump) device(a dmpfile.VirtAddr) ([]found, error) {
	driver, err := nt.ReadDeviceDriver(d.memory, a)
	if err != nil {
		return nil, err
	}
	list := []found{{"device of the driver object " + d.pointer(driver), a}}
	more, err := d.driver(driver)
	return append(list, orMissing(more, err, "driver object", driver)...), nil
}

func (d *dump) driver(a dmpfile.VirtAddr) ([]found, error) {
	driver, err := nt.ReadDriver(d.memory, a)
	if err != nil {
		return nil, err
	}
	s := "driver"
	if driver.Name != "" {
		s += " " + report.ValidUTF8(driver.Name)
	}
	if module, _ := d.moduleAt(driver.Start); module != "" {
		s += ", image " + module
	}
	return []found{{s, a}}, nil
}

func (d *dump) powerBlock(a dmpfile.VirtAddr) ([]found, error) {
	b, err := nt.ReadPowerBlock(d.memory, a)
	if err != nil {
		return nil, err
	}
	if b.PnP {
		return []found{{fmt.Sprintf("nt!_TRIAGE_9F_PNP, revision %d: CompletionQueue %s", b.Revision, d.pointer(b.First)), a}}, nil
	}
	return []found{{fmt.Sprintf("nt!_TRIAGE_9F_POWER, revision %d: IrpList %s, ThreadList %s", b.Revision, d.pointer(b.First), d.pointer(b.Second)), a}}, nil
}
