package analyze

import (
	"fmt"

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
func (f *facts) leadsTo(n int) string {
	module, _ := f.parameterPlace(n - 1).names()
	if module == "" {
		module = f.driverOf(n)
	}
	module = report.ValidUTF8(module)
	if moduleKey(module) == "nt" {
		return "the caller of " + module
	}
	if module == "" {
		return f.processOf(n)
	}
	return module
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
