package analyze

import (
	"strings"

	"github.com/dmplens/dmplens/bugcheck"
	"github.com/dmplens/dmplens/bugcheck/ntstatus"
	"github.com/dmplens/dmplens/dmpfile/whea"
	"github.com/dmplens/dmplens/report"
)

// Explain says what a code and those of its parameters that are given mean, from the numbers alone, on a system that may be known in part.
func (a *Analyzer) Explain(s bugcheck.System, raw uint32, params [4]uint64, has [4]bool) *report.Explanation {
	value := bugcheck.Base(raw)
	decoded := bugcheck.DecodePartly(s, raw, params, has)
	usualSystem, supposed := usual(s)
	usual := bugcheck.DecodePartly(usualSystem, raw, params, has)
	e := &report.Explanation{SchemaVersion: report.SchemaVersion, ToolVersion: a.ToolVersion, Machine: s.Machine, Build: s.Build}
	e.Bugcheck = report.Bugcheck{Code: report.Hex(value), RawCode: report.Hex(raw), FirstLook: decoded.FirstLook(nil), Notes: decoded.Notes}
	for i, p := range decoded.Parameters {
		if !has[i] {
			continue
		}
		// What depends on the system is said for the usual one, and that it is.
		if u := usual.Parameters[i]; p.Meaning == "" && u.Meaning != "" {
			p = u
			p.Meaning += supposed
		}
		e.Bugcheck.Parameters = append(e.Bugcheck.Parameters, newParameter(p, report.Pointer(p.Value, 64)))
	}
	if status, ok := machineCheck(value, params); ok && has == [4]bool{true, true, true, true} {
		e.Bugcheck.Facts = []report.Fact{{Fact: status}}
	}
	if value>>31 == 1 { // errors and warnings: small numbers are statuses too, and nobody means them
		e.Status, _ = ntstatus.Name(value)
	}
	c, known := bugcheck.Lookup(value)
	switch {
	case value == 0:
		explainNone(e, params, c)
		return e
	case !known && e.Status != "":
		e.Bugcheck.Summary = "This is an NTSTATUS, and no bug check code: it can be a parameter of one, such as parameter 1 of 0x1E, 0x3B and 0x7E."
		return e
	case !known:
		e.Bugcheck.Summary = unlisted(raw)
		return e
	}
	documented := !c.Undocumented
	e.Aliases, e.Use, e.Documented, e.Requester = c.Aliases, report.Use(c.Use.String()), &documented, c.Requester
	e.Bugcheck.Name, e.Bugcheck.Summary = c.Name, c.Summary
	e.KnownValues = roles(&c.Case, "")
	return e
}

// explainNone says what code 0 is: the commonest one of event 41, and no bug check.
func explainNone(e *report.Explanation, params [4]uint64, c bugcheck.Code) {
	b := &e.Bugcheck
	b.Name = c.Name
	b.Summary = "No bug check was recorded. In event 41 of Kernel-Power the system went down without one: the power was lost, it was reset or " +
		"switched off, it hung, or the bug check could not be noted. In a dump it is a live dump, or an image of a system that ran."
	b.FirstLook = "See event 41 for the power button (PowerButtonTimestamp, LongPowerButtonPressDetected) and sleep (SleepInProgress), and the events " +
		"before: volmgr 161 or 46 (a dump could not be written), WHEA-Logger (hardware). Then power supply, battery and heat."
	if params == [4]uint64{} {
		b.Parameters = nil
	}
}

// usual supposes what is not known of a system, and says what.
func usual(s bugcheck.System) (system bugcheck.System, supposed string) {
	const machine, build = "amd64", 26100
	switch {
	case s.Machine == "" && s.Build == 0:
		return bugcheck.System{Machine: machine, Build: build}, " (on amd64 with a current Windows)"
	case s.Machine == "":
		return bugcheck.System{Machine: machine, Build: s.Build}, " (on amd64)"
	case s.Build == 0:
		return bugcheck.System{Machine: s.Machine, Build: build}, " (with a current Windows)"
	}
	return s, ""
}

// Unknown is the answer to a name that no code has, or to a text that has no code.
func (a *Analyzer) Unknown(name string) *report.Explanation {
	e := &report.Explanation{SchemaVersion: report.SchemaVersion, ToolVersion: a.ToolVersion, Asked: report.ValidUTF8(name)}
	if !strings.Contains(name, " ") {
		e.NearestNames = bugcheck.Nearest(name, 5)
	}
	return e
}

func newParameter(p bugcheck.Parameter, value string) report.Parameter {
	return report.Parameter{
		Index: p.Index, Value: value, Type: string(p.Type), Label: p.Label, Meaning: p.Meaning, Text: p.Text,
	}
}

// machineCheck joins the two halves of MCi_STATUS that parameters 3 and 4 of a machine check are.
func machineCheck(code uint32, p [4]uint64) (string, bool) {
	const wheaError, machineCheckException = 0x124, 0
	if code != wheaError || p[0] != machineCheckException {
		return "", false
	}
	return report.StatusFact + whea.Status(p[2]<<32|p[3]&0xffffffff).String(), true
}

// roles lists what the parameters of a case can be: first where it depends on the system.
func roles(c *bugcheck.Case, on string) []report.Role {
	var list []report.Role
	for i := range c.When {
		list = append(list, roles(&c.When[i].Case, c.When[i].On.String())...)
	}
	for i, r := range c.Parameters {
		if r == nil {
			continue
		}
		role := report.Role{Index: i + 1, Type: string(r.Type), Label: r.Label, On: on}
		for _, v := range r.Values {
			known := report.KnownValue{Match: matches(v.Match), Meaning: v.Meaning}
			if v.On != nil {
				known.On = v.On.String()
			}
			if v.Case != nil {
				known.FirstLook, known.Notes = v.Case.FirstLook(), v.Case.Notes
				known.Parameters = roles(v.Case, "")
			}
			role.Values = append(role.Values, known)
		}
		list = append(list, role)
	}
	return list
}

func matches(list []bugcheck.Match) string {
	var words []string
	for _, m := range list {
		word := m.String()
		if m.Kind == bugcheck.Bits {
			word = "bit " + word
		}
		words = append(words, word)
	}
	return strings.Join(words, ", ")
}

// Codes lists the codes that are known; with live, those of live dumps.
func (a *Analyzer) Codes(live bool) *report.CodeList {
	l := &report.CodeList{SchemaVersion: report.SchemaVersion, ToolVersion: a.ToolVersion, Codes: []report.CodeEntry{}}
	for _, c := range bugcheck.Codes() {
		isLive := c.Use != bugcheck.Crash
		if live && !isLive {
			continue
		}
		l.Codes = append(l.Codes, report.CodeEntry{
			Code: report.Hex(c.Value), Name: c.Name, Aliases: c.Aliases, Use: report.Use(c.Use.String()), Documented: !c.Undocumented, Summary: c.Summary,
		})
		count := func(n *int, yes bool) {
			if yes {
				*n++
			}
		}
		count(&l.Counts.Codes, true)
		count(&l.Counts.Live, isLive)
		count(&l.Counts.LiveDocumented, isLive && !c.Undocumented)
		count(&l.Counts.Explained, c.Explained())
		count(&l.Counts.Tables, c.Selects(1))
	}
	return l
}
