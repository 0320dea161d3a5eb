package analyze

import (
	"strings"

	"github.com/dmplens/dmplens/bugcheck"
	"github.com/dmplens/dmplens/report"
)

// Explain says what a code and its first parameters mean, from the numbers alone. given is how many parameters there are.
func (a *Analyzer) Explain(raw uint32, params [4]uint64, given int) *report.Explanation {
	value := bugcheck.Base(raw)
	var has [4]bool
	for i := range given {
		has[i] = true
	}
	decoded := bugcheck.DecodePartly(bugcheck.System{}, raw, params, has)
	usual := bugcheck.DecodePartly(bugcheck.System{Machine: "amd64", Build: 26100}, raw, params, has)
	e := &report.Explanation{SchemaVersion: report.SchemaVersion, ToolVersion: a.ToolVersion}
	e.Bugcheck = report.Bugcheck{Code: report.Hex(value), RawCode: report.Hex(raw), FirstLook: decoded.FirstLook(nil), Notes: decoded.Notes}
	for i, p := range decoded.Parameters[:given] {
		// What depends on the system is said for the usual one, and that it is.
		if u := usual.Parameters[i]; p.Meaning == "" && u.Meaning != "" {
			p = u
			p.Meaning += " (on amd64 with a current Windows)"
		}
		e.Bugcheck.Parameters = append(e.Bugcheck.Parameters, newParameter(p, report.Pointer(p.Value, 64)))
	}
	if status, ok := machineCheck(value, params); ok && given == 4 {
		e.Bugcheck.Facts = []report.Fact{{Fact: status}}
	}
	c, known := bugcheck.Lookup(value)
	if !known {
		e.Bugcheck.Summary = unlisted(raw)
		return e
	}
	documented := !c.Undocumented
	e.Aliases, e.Use, e.Documented, e.Requester = c.Aliases, report.Use(c.Use.String()), &documented, c.Requester
	e.Bugcheck.Name, e.Bugcheck.Summary = c.Name, c.Summary
	e.KnownValues = roles(&c.Case, "")
	return e
}

// Unknown is the answer to a name that no code has.
func (a *Analyzer) Unknown(name string) *report.Explanation {
	return &report.Explanation{
		SchemaVersion: report.SchemaVersion, ToolVersion: a.ToolVersion, Asked: report.ValidUTF8(name), NearestNames: bugcheck.Nearest(name, 5),
	}
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
	return "parameters 3 and 4: " + bugcheck.MachineCheckStatus(p[2]<<32|p[3]&0xffffffff), true
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
