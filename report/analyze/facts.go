package analyze

import (
	"errors"
	"fmt"
	"strings"

	"github.com/dmplens/dmplens/bugcheck"
	"github.com/dmplens/dmplens/bugcheck/ntstatus"
	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/nt"
	"github.com/dmplens/dmplens/report"
)

// memoryFacts follows the parameters that point to records into the memory of the dump. What a parameter points to and the dump
// does not have is said to be not there; memory that holds something else than the record is said to do so.
func (d *dump) memoryFacts() []report.Fact {
	if d.Triage == nil {
		return nil // of other dumps the memory is not read
	}
	var facts []report.Fact
	for i, p := range d.code.Parameters {
		if !d.code.has[i] || p.Value == 0 {
			continue
		}
		read, known := d.readers(p)
		if !known {
			continue
		}
		a := dmpfile.VirtAddr(p.Value)
		texts, err := read(a)
		what := strings.ReplaceAll(string(p.Type), "-", " ")
		switch {
		case d.isPoolBlock(p.Index):
			what = "pool header before it"
			a -= nt.PoolHeaderSize
		case d.isPowerBlock(p.Index):
			what = "triage block"
		}
		if errors.Is(err, nt.ErrUnknownLayout) {
			continue
		}
		if err != nil {
			texts = append(texts, what+": "+missing(err))
		}
		for _, t := range texts {
			facts = append(facts, report.Fact{Fact: fmt.Sprintf("parameter %d: %s", p.Index, t), Where: "memory at " + d.pointer(a)})
		}
	}
	return facts
}

// missing says why a record could not be read.
func missing(err error) string {
	var hole *dmpfile.NotInDumpError
	switch {
	case errors.As(err, &hole):
		return "not in this dump"
	case errors.Is(err, nt.ErrNotThere):
		return "the dump has something else there"
	}
	return "cannot be read, " + err.Error()
}

// numberFacts is what several parameters say together.
func (d *dump) numberFacts() []report.Fact {
	m, _ := d.Machine()
	c := &d.code
	if m != dmpfile.MachineAMD64 && m != dmpfile.MachineX86 || !c.has[0] || !c.has[2] || !c.has[3] {
		return nil
	}
	status, ok := machineCheck(c.value, c.values)
	if !ok {
		return nil
	}
	return []report.Fact{{Fact: status, Where: d.at(d.BugCheckParameterOffset(3))}}
}

// readers returns what reads the record that a parameter points to.
func (d *dump) readers(p bugcheck.Parameter) (read func(dmpfile.VirtAddr) ([]string, error), known bool) {
	wide := d.Bits == 64
	switch {
	case p.Type == bugcheck.TypeExceptionRecord:
		return d.exceptionFacts, true
	case p.Type == bugcheck.TypeContextRecord:
		return d.contextFacts, true
	case p.Type == bugcheck.TypeTrapFrame:
		return d.trapFrameFacts, true
	case p.Type == bugcheck.TypeWHEARecord:
		return d.errorRecordFacts, true
	case p.Type == bugcheck.TypeProcess && d.snapshot != nil:
		return d.processFacts, true
	case p.Type == bugcheck.TypeIRP && wide:
		return d.irpFacts, true
	case p.Type == bugcheck.TypeDeviceObject && wide:
		return d.deviceFacts, true
	case p.Type == bugcheck.TypeDriverObject && wide:
		return d.driverFacts, true
	case wide && d.isPowerBlock(p.Index):
		return d.powerBlockFacts, true
	case wide && d.isPoolBlock(p.Index):
		return d.poolFacts, true
	}
	return nil, false
}

// isPowerBlock says whether parameter n is the block that 0x9F documents.
func (d *dump) isPowerBlock(n int) bool {
	const stuckIRP, pnpTimeout = 3, 4
	return d.code.value == 0x9F && (n == 3 && d.code.is(stuckIRP) || n == 4 && d.code.is(pnpTimeout))
}

// isPoolBlock says whether parameter n is the address of a pool block that was freed or found corrupt, so that its header stands
// right before it.
func (d *dump) isPoolBlock(n int) bool {
	switch c := &d.code; c.value {
	case 0x19: // a bad pool header: a block that is being freed
		return n == 2 && (c.is(0x21) || c.is(0x22) || c.is(0x23))
	case 0xC2: // a bad call: a block that is being freed
		return n == 4 && c.is(7) || n == 2 && c.is(0x46)
	case 0x13A: // heap corruption
		return n == 3
	}
	return false
}

// codePlace names a code address by its module, else by its number.
func (d *dump) codePlace(a dmpfile.VirtAddr) string {
	if module, offset := d.moduleAt(a); module != "" {
		return module + "+" + offset
	}
	return d.pointer(a)
}

func (d *dump) exceptionFacts(a dmpfile.VirtAddr) ([]string, error) {
	e, err := nt.ReadException(d.Triage, a, d.Bits)
	if err != nil {
		return nil, err
	}
	name, ok := ntstatus.Name(e.Code)
	if !ok {
		name = "exception"
	}
	s := fmt.Sprintf("%s (%s) at %s", name, report.Hex(e.Code), d.codePlace(e.Address))
	if access, ok := d.access(e); ok {
		s += ", " + access
	}
	return []string{s}, nil
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
	return fmt.Sprintf("%s %s", what, report.Pointer(e.Information[1], d.Bits)), true
}

func (d *dump) contextFacts(a dmpfile.VirtAddr) ([]string, error) {
	m, _ := d.Machine()
	c, err := nt.ReadContext(d.Triage, a, m)
	if err != nil {
		return nil, err
	}
	return []string{fmt.Sprintf("context at %s, stack pointer %s", d.codePlace(c.IP), d.pointer(c.SP))}, nil
}

func (d *dump) trapFrameFacts(a dmpfile.VirtAddr) ([]string, error) {
	m, _ := d.Machine()
	t, err := nt.ReadTrapFrame(d.Triage, a, m)
	if err != nil {
		return nil, err
	}
	mode := "kernel"
	if t.User {
		mode = "user"
	}
	return []string{fmt.Sprintf("trap frame from %s mode at %s, stack pointer %s", mode, d.codePlace(t.IP), d.pointer(t.SP))}, nil
}

func (d *dump) errorRecordFacts(a dmpfile.VirtAddr) ([]string, error) {
	r, err := nt.ReadErrorRecord(d.Triage, a)
	if err != nil {
		return nil, err
	}
	s := "error record"
	if r.Severity != "" {
		s += ", " + r.Severity
	}
	if r.Notify != "" {
		s += ", told by a " + r.Notify
	}
	texts := []string{s}
	for _, section := range r.Sections {
		s := "section: " + section.Type
		if section.Severity != "" {
			s += ", " + section.Severity
		}
		if mc := section.MachineCheck; mc != nil {
			s += fmt.Sprintf(", processor %d, bank %d, %s", mc.Processor, mc.Bank, bugcheck.MachineCheckStatus(mc.Status))
		}
		texts = append(texts, s)
	}
	return texts, nil
}

func (d *dump) processFacts(a dmpfile.VirtAddr) ([]string, error) {
	p, err := d.snapshot.ProcessAt(d.File, a)
	if err != nil {
		return nil, err
	}
	return []string{fmt.Sprintf("process %s (%d)", report.ValidUTF8(p.Name), p.ID)}, nil
}

func (d *dump) irpFacts(a dmpfile.VirtAddr) ([]string, error) {
	irp, err := nt.ReadIRP(d.Triage, a)
	if err != nil {
		return nil, err
	}
	if irp.CurrentLocation > irp.StackCount {
		return []string{"IRP that was not sent to a driver yet"}, nil
	}
	s := fmt.Sprintf("IRP at stack location %d of %d", irp.CurrentLocation, irp.StackCount)
	if irp.HasLocation {
		s += ": " + irpFunction(irp)
		if irp.Device != 0 {
			s += ", sent to the device object " + d.pointer(irp.Device)
			if more, err := d.deviceFacts(irp.Device); err == nil {
				s += ", a " + more[0]
			}
		}
	}
	return []string{s}, nil
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

func (d *dump) deviceFacts(a dmpfile.VirtAddr) ([]string, error) {
	driver, err := nt.ReadDeviceDriver(d.Triage, a)
	if err != nil {
		return nil, err
	}
	more, err := d.driverFacts(driver)
	if err != nil {
		return []string{fmt.Sprintf("device of the driver object %s: %s", d.pointer(driver), missing(err))}, nil
	}
	return []string{"device of the " + more[0]}, nil
}

func (d *dump) driverFacts(a dmpfile.VirtAddr) ([]string, error) {
	driver, err := nt.ReadDriver(d.Triage, a)
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
	return []string{s}, nil
}

func (d *dump) powerBlockFacts(a dmpfile.VirtAddr) ([]string, error) {
	b, err := nt.ReadPowerBlock(d.Triage, a)
	if err != nil {
		return nil, err
	}
	name := "nt!_TRIAGE_9F_POWER"
	if b.PnP {
		name = "nt!_TRIAGE_9F_PNP"
	}
	return []string{fmt.Sprintf("%s, revision %d", name, b.Revision)}, nil
}

func (d *dump) poolFacts(a dmpfile.VirtAddr) ([]string, error) {
	h, err := nt.ReadPoolHeader(d.Triage, a-nt.PoolHeaderSize)
	if err != nil {
		return nil, err
	}
	return []string{fmt.Sprintf("pool header before it: tag %q, %d bytes", strings.TrimSpace(h.Tag), h.Size)}, nil
}
