package analyze

import (
	"encoding/binary"
	"fmt"

	"github.com/dmplens/dmplens/bugcheck"
	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/report"
)

// codeFacts are the numbers of the bug check block.
type codeFacts struct {
	known      bool // whether the header has a code and all parameters
	raw, value uint32
	info       bugcheck.Code // of value; the zero Code where it is not Microsoft's
	microsoft  bool
	parameters [4]bugcheck.Parameter
}

func (d *dump) readCode() codeFacts {
	raw, ok := d.BugCheckCode()
	if !ok {
		return codeFacts{}
	}
	c := codeFacts{known: true, raw: raw, value: bugcheck.Base(raw)}
	c.info, c.microsoft = bugcheck.Lookup(c.value)
	var values [4]uint64
	for i := range values {
		if values[i], ok = d.BugCheckParameter(i + 1); !ok {
			c.known = false
		}
	}
	c.parameters = bugcheck.Decode(c.value, values)
	return c
}

// p returns the value of parameter n, 1 to 4.
func (c *codeFacts) p(n int) uint64 { return c.parameters[n-1].Value }

func (d *dump) bugcheck() *report.Bugcheck {
	raw, ok := d.BugCheckCode()
	if !ok {
		return nil
	}
	c := &d.code
	b := &report.Bugcheck{Code: report.Hex(c.value), RawCode: report.Hex(raw), Name: c.info.Name, Summary: c.info.Summary}
	for _, p := range c.parameters {
		v, ok := d.BugCheckParameter(p.Index)
		if !ok {
			continue
		}
		r := report.Parameter{
			Index: p.Index, Value: report.Pointer(v, d.Bits), Type: string(p.Type), Label: p.Label, Meaning: p.Meaning, Text: p.Text,
		}
		if p.Type == bugcheck.TypeCodeAddress {
			r.Module, r.Offset = d.moduleAt(dmpfile.VirtAddr(v))
		}
		b.Parameters = append(b.Parameters, r)
	}
	switch {
	case d.toolMark() != nil:
		b.Summary = "No bug check: this is the mark of the tool that wrote the file."
	case raw == 0:
		b.Summary = "No bug check: the system had not crashed."
	case !c.microsoft:
		b.Summary = "This code is not one of Microsoft's: the driver that called for the bug check chose it."
		if caller, ok := d.caller(); ok {
			b.Facts = append(b.Facts, caller)
		}
	}
	return b
}

// caller finds who called KeBugCheckEx: the return address at the top of the captured stack. That holds where the header's context
// is the one at the call, so that its stack pointer is where the captured stack begins and its instruction is in the kernel image.
func (d *dump) caller() (report.Fact, bool) {
	machine, _ := d.Machine()
	c, ok := d.Context()
	if d.Triage == nil || !ok || machine != dmpfile.MachineAMD64 || c.SP != d.Triage.TopOfStack || len(d.modules) == 0 || !d.modules[0].Contains(c.IP) {
		return report.Fact{}, false
	}
	var b [8]byte
	if _, err := d.Triage.ReadVirtual(b[:], c.SP); err != nil {
		return report.Fact{}, false
	}
	address := dmpfile.VirtAddr(binary.LittleEndian.Uint64(b[:]))
	module, offset := d.moduleAt(address)
	if module == "" {
		return report.Fact{}, false
	}
	return report.Fact{
		Fact:  fmt.Sprintf("called by %s+%s", module, offset),
		Where: fmt.Sprintf("return address %s, at the top of the captured stack %s", d.pointer(address), d.pointer(c.SP)),
	}, true
}
