package analyze

import (
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/dmplens/dmplens/bugcheck"
	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/report"
)

// codeFacts are the numbers of the bug check block.
type codeFacts struct {
	known            bool   // whether the header has a code
	raw, value       uint32 // as the header and as an event log says it
	rawText, text    string // the same as reports say them
	info             bugcheck.Code
	listed           bool      // whether info is that of value: it is a code that dmplens knows
	values           [4]uint64 // the parameters
	has              [4]bool   // which of them the header has
	bugcheck.Decoded           // what value and the parameters say
}

func (d *dump) readCode() codeFacts {
	raw, ok := d.BugCheckCode()
	if !ok {
		return codeFacts{}
	}
	c := codeFacts{known: true, raw: raw, value: bugcheck.Base(raw)}
	c.text = report.Hex(c.value)
	if c.rawText = c.text; c.raw != c.value {
		c.rawText = report.Hex(c.raw)
	}
	c.info, c.listed = bugcheck.Lookup(c.value)
	for i := range c.values {
		c.values[i], c.has[i] = d.BugCheckParameter(i + 1)
	}
	c.Decoded = bugcheck.DecodePartly(d.system(), c.value, c.values, c.has)
	return c
}

// is says whether the header has the parameters from 1 on, with these values.
func (c *codeFacts) is(values ...uint64) bool {
	for i, v := range values {
		if !c.has[i] || c.values[i] != v {
			return false
		}
	}
	return c.known
}

// driversOwn says whether the code is one that only a driver can have chosen.
func (c *codeFacts) driversOwn() bool { return !c.listed && customer(c.raw) }

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

// system is what the header says of the system, as far as it decides what parameters mean. LiveKD's build is not that of Windows.
func (d *dump) system() bugcheck.System {
	m, _ := d.Machine()
	s := bugcheck.System{Machine: m.String()}
	if build, ok := d.MinorVersion(); ok && !strings.HasPrefix(d.comment(), "LiveKD") {
		s.Build = build
	}
	return s
}

func (d *dump) bugcheck() *report.Bugcheck {
	c := &d.code
	if !c.known {
		return nil
	}
	x := new(struct {
		report.Bugcheck
		parameters [4]report.Parameter
	})
	b := &x.Bugcheck
	*b = report.Bugcheck{Code: c.text, RawCode: c.rawText, Name: c.info.Name, Summary: c.info.Summary, FirstLook: c.FirstLook, Notes: c.Notes}
	b.Parameters = x.parameters[:0]
	for i, p := range c.Parameters {
		if !c.has[i] {
			continue
		}
		r := newParameter(p, d.pointer(dmpfile.VirtAddr(p.Value)))
		if p.Type == bugcheck.TypeCodeAddress {
			r.Module, r.Offset = d.moduleAt(dmpfile.VirtAddr(p.Value))
		}
		b.Parameters = append(b.Parameters, r)
	}
	switch {
	case d.markedByCode():
		b.Summary = "No bug check: this is the mark of the tool that wrote the file."
	case c.raw == 0:
		b.Summary = "No bug check: the system had not crashed."
	case !c.listed:
		b.Summary = unlisted(c.raw)
		if address, ok := d.caller(); ok {
			b.Facts = append(b.Facts, d.callerFact(address))
		}
	}
	b.Facts = append(b.Facts, d.numberFacts()...)
	b.Facts = append(b.Facts, d.memoryFacts()...)
	return b
}

// caller finds who called KeBugCheckEx: the return address at the top of the captured stack, which lies in a module. That holds where
// the header's context is the one at the call, so that its stack pointer is where the captured stack begins and its instruction is in
// the kernel image.
func (d *dump) caller() (dmpfile.VirtAddr, bool) {
	machine, _ := d.Machine()
	c, ok := d.Context()
	if d.Triage == nil || !ok || machine != dmpfile.MachineAMD64 || c.SP != d.Triage.TopOfStack || len(d.modules) == 0 || !d.modules[0].Contains(c.IP) {
		return 0, false
	}
	var b [8]byte
	if _, err := d.Triage.ReadVirtual(b[:], c.SP); err != nil {
		return 0, false
	}
	address := dmpfile.VirtAddr(binary.LittleEndian.Uint64(b[:]))
	module, _ := d.moduleAt(address)
	return address, module != ""
}

func (d *dump) callerFact(address dmpfile.VirtAddr) report.Fact {
	return report.Fact{
		Fact:  "called by " + d.codePlace(address),
		Where: fmt.Sprintf("return address %s, at the top of the captured stack %s", d.pointer(address), d.pointer(d.Triage.TopOfStack)),
	}
}
