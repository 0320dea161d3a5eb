package analyze

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"github.com/dmplens/dmplens/bugcheck"
	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/nt"
	"github.com/dmplens/dmplens/report"
)

// code is the numbers of the bug check block, and what they say by themselves.
type code struct {
	known            bool   // whether the header has a code
	raw, value       uint32 // as the header and as an event log says it
	info             bugcheck.Code
	listed           bool      // whether info is that of value: it is a code that dmplens knows
	values           [4]uint64 // the parameters
	has              [4]bool   // which of them the header has
	bugcheck.Decoded           // what value and the parameters say
}

func (f *facts) readCode() {
	raw, ok := f.BugCheckCode()
	if !ok {
		return
	}
	c := &f.code
	c.known, c.raw, c.value = true, raw, bugcheck.Base(raw)
	c.info, c.listed = bugcheck.Lookup(c.value)
	for i := range c.values {
		c.values[i], c.has[i] = f.BugCheckParameter(i + 1)
		c.has[i] = c.has[i] && !f.unlike() // they can lie elsewhere
	}
	c.Decoded = bugcheck.DecodePartly(f.system(), c.value, c.values, c.has)
	if c.is(moon, sols, moon, sols) { // DumpIt's, under another code: they are to be read as with its own
		for i, p := range bugcheck.DecodePartly(f.system(), codeDumpIt, c.values, c.has).Parameters {
			if c.Parameters[i].Text != "" {
				c.Parameters[i].Text = p.Text
			}
		}
	}
}

// status is the NTSTATUS that parameter 1 is by the meaning of the bug check. Some writers extend its sign, some do not; other values are none.
func (c *code) status() (status uint32, ok bool) {
	v := c.values[0]
	if !c.has[0] || c.Parameters[0].Type != bugcheck.TypeNTStatus || v>>32 != 0 && v != uint64(int32(v)) {
		return 0, false
	}
	return uint32(v), true
}

// is says whether the header has the parameters from 1 on, with these values.
func (c *code) is(values ...uint64) bool {
	for i, v := range values {
		if !c.has[i] || c.values[i] != v {
			return false
		}
	}
	return c.known
}

// leadsTo names what parameter n leads to, for Decoded.FirstLook: the module that a code address lies in, the driver of an object, or the
// process; "" where that is not known. The kernel is seldom at fault itself: then it is who called it.
func (f *facts) leadsTo(n int) (name string, nowhere bool) {
	p := f.parameterPlace(n - 1)
	if !p.named() {
		p = f.recordedPlace(n)
	}
	module, _ := p.names()
	if module == "" {
		module = f.driverOf(n)
	}
	switch module = report.ValidUTF8(module); {
	case moduleKey(module) == "nt":
		return "the caller of " + module, false
	case module != "":
		return module, false
	}
	if f.code.has[n-1] && f.code.Parameters[n-1].Type == bugcheck.TypeCodeAddress {
		if m, ok := f.unloadedAt(dmpfile.VirtAddr(f.code.values[n-1])); ok && m.Name != "" {
			return report.ValidUTF8(m.Name) + " (unloaded)", false
		}
	}
	return f.processOf(n), f.leadsNowhere(n)
}

// recordedPlace is the place in a module that the records have of the instruction which parameter n should be, where they have one. Records
// that are not of the same module tell nothing.
func (f *facts) recordedPlace(n int) (found place) {
	if p, ok := f.faultingInstruction(); !ok || p.Index != n {
		return place{}
	}
	for _, r := range f.records {
		var p place
		switch v := r.value.(type) {
		case dmpfile.Exception:
			p = f.placeOf(v.Address)
		case dmpfile.Context:
			p = f.placeOf(v.IP)
		case nt.TrapFrame:
			if !v.User && (r.from == report.RecordParameter || f.isProven(v)) && r.from != report.RecordInterrupted {
				p = f.placeOf(v.IP)
			}
		}
		switch {
		case !p.named():
		case found.module != nil && found.module != p.module:
			return place{}
		default:
			found = p
		}
	}
	return found
}

// leadsNowhere says whether it is known that there is nothing to see where parameter n points: no code, no object, or no record that says
// anything. An object that the dump does not have may be in another one.
func (f *facts) leadsNowhere(n int) bool {
	c := &f.code
	if !c.has[n-1] {
		return false
	}
	p := c.Parameters[n-1]
	a := dmpfile.VirtAddr(p.Value)
	switch p.Type {
	case bugcheck.TypeCodeAddress:
		_, unloaded := f.unloadedAt(a)
		return f.describeCode(a) != "" && !unloaded
	case bugcheck.TypeAddress:
		if strings.HasPrefix(p.Label, "Name of ") && f.isNoKernelAddress(a) {
			return true
		}
	case bugcheck.TypeID:
		return c.value == codeClockWatchdog && n == 4 && len(f.hungDisagreements()) > 0
	default:
		if p.Type.IsAddress() && f.isNoKernelAddress(a) {
			return true
		}
	}
	for _, r := range f.records {
		if r.parameter != n || r.from != report.RecordParameter || r.at != a || r.err == nil {
			continue
		}
		switch _, isRecord := recordKinds[r.kind]; {
		case isRecord, errors.Is(r.err, nt.ErrNotThere):
			return true
		}
	}
	return false
}

// processOf names the process that a parameter points to, "" where it points to none.
func (f *facts) processOf(parameter int) string {
	for _, r := range f.records {
		if p, ok := r.value.(nt.Process); ok && r.parameter == parameter {
			return fmt.Sprintf("%s (%d)", report.ValidUTF8(p.Name), p.ID)
		}
	}
	return ""
}

// marksBoth says whether the code marks crashes and live dumps. The pool that a session left behind stopped systems before it was
// reported with live dumps.
func (c *code) marksBoth() bool { return c.info.Use == bugcheck.Both || c.value == codeSessionPool }

// driversOwn says whether the code is one that only a driver can have chosen.
func (c *code) driversOwn() bool { return !c.listed && customer(c.raw) }

// customer says whether a code has bit 29, which Microsoft leaves to others.
func customer(code uint32) bool { return code&(1<<29) != 0 }

// unlisted says what can be said of a code that is in no list.
func unlisted(code uint32) string {
	switch {
	case customer(code):
		return "This code is not one of Microsoft's: the driver that called for the bug check chose it."
	case code == codeDumpIt:
		return "The text \"MATT\", read low byte first: DumpIt writes it into the files it makes."
	}
	return "This code is not known: a newer Windows may have added it, or a driver chose it."
}

// parameterField is where the header has parameter n.
func parameterField(n int) dmpfile.Field { return dmpfile.FieldBugCheckParameter1 + dmpfile.Field(n-1) }

// firstLook says what to look at first. Where the instruction does not explain the fault, or the processor lacks it, what is in its place is
// not what to look at; nor is the code that needed a page which could not be read.
func (f *facts) firstLook() string {
	if f.isNotRead() {
		return "The disk, the controller and the cables that the page is read through, or the network that it comes by; not the code that needed it."
	}
	fault := faultOf(f)
	switch v := f.faultVerdict(); {
	case v == report.FaultNotOnProcessor && fault.spot.module != "":
		return fmt.Sprintf("See %s: this processor lacks the instruction, so get a version that is built for it.", report.ValidUTF8(fault.spot.module))
	case !makesSense(v):
		return fmt.Sprintf("The code at %s does not explain the fault: compare other dumps, check memory, processor and firmware.", f.text(fault.place))
	}
	if s, ok := f.badCall(); ok {
		return s
	}
	return f.code.FirstLook(f.leadsTo)
}

// badCall is what to look at where control went to an address that is no code: not what is there, but who went there. A call leaves its
// return address where the stack pointer is.
func (f *facts) badCall() (string, bool) {
	p, ok := f.faultingInstruction()
	a := dmpfile.VirtAddr(p.Value)
	if !ok || f.placeOf(a).module != nil || f.describeCode(a) == "" || !f.isExecuted(a) {
		return "", false
	}
	if _, unloaded := f.unloadedAt(a); unloaded {
		return "", false
	}
	r := f.faultRecord()
	if r == nil {
		return "Control went to a bad address: see who called it (k).", true
	}
	var ip, sp dmpfile.VirtAddr
	switch v := r.value.(type) {
	case dmpfile.Context:
		ip, sp = v.IP, v.SP
	case nt.TrapFrame:
		ip, sp = v.IP, v.SP
	}
	if ip != a {
		return "Control went to a bad address: see who called it (k).", true
	}
	var b [8]byte
	if f.Bits == 64 {
		if _, err := f.memory.ReadVirtual(b[:], sp); err == nil {
			if caller := f.placeOf(dmpfile.VirtAddr(binary.LittleEndian.Uint64(b[:]))); caller.named() && f.isReturn(sp) {
				return fmt.Sprintf("Control went to a bad address: see %s, if that called it; it is the word at the stack pointer of the %s.", f.text(caller), r.kind), true
			}
		}
	}
	return fmt.Sprintf("Control went to a bad address: see who called it; a call leaves the return address at the stack pointer of the %s, %s.", r.kind, f.pointer(sp)), true
}

// isReturn says whether the stack has the return address of what called the code at fault at an address.
func (f *facts) isReturn(at dmpfile.VirtAddr) bool {
	frames := f.fromFault(2)
	return len(frames) == 2 && frames[1].Slot == at
}

// isExecuted says whether the fault at an instruction is that of fetching it.
func (f *facts) isExecuted(a dmpfile.VirtAddr) bool {
	if f.isPageFault() {
		return dmpfile.VirtAddr(f.code.values[0]) == a
	}
	for _, r := range f.records {
		if e, ok := r.value.(dmpfile.Exception); ok && e.Address == a {
			if kind, to, known := f.accessOf(e); known && kind != "" && to == a {
				return true
			}
		}
	}
	return false
}
