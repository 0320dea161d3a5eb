package main

import (
	"fmt"
	"strings"

	"github.com/dmplens/dmplens/bugcheck"
	"github.com/dmplens/dmplens/bugcheck/ntstatus"
	"github.com/dmplens/dmplens/report"
	"github.com/dmplens/dmplens/report/analyze"
	"github.com/dmplens/dmplens/report/page"
	"github.com/dmplens/dmplens/report/record"
	"github.com/dmplens/dmplens/report/text"
)

var explainVerb = &verb{
	name: "explain", args: "[flags] CODE [P1 [P2 [P3 [P4]]]]", short: "say what a code and its parameters mean, without a dump",
	long: `
Say what a bug check or live dump code means, and what its parameters say, from
the numbers alone. Without parameters it lists what they can be.

CODE is a number or a name. Numbers are hexadecimal, as WinDbg prints them, with
or without 0x and backquotes; 0n29 is decimal.`,
	examples: `  dmplens explain 0x144 0x3003
  dmplens explain LIVE_SYSTEM_DUMP
  dmplens explain 161 '00546173` + "`" + `6b6d6772'
  dmplens explain 0x7e 0xffffffffc0000005 0xfffff8048b58334c
  dmplens explain --list --live
  dmplens explain --status 0xC0000185
`,
	run: runExplain,
}

func runExplain(c *command, args []string) (int, error) {
	asJSON := c.flags.Bool("json", false, "write an indented JSON object")
	list := c.flags.Bool("list", false, "list all codes")
	live := c.flags.Bool("live", false, "with --list: those of live dumps")
	status := c.flags.String("status", "", "say the name of an NTSTATUS `VALUE`, or the value of a name")
	color, width := c.textFlags()
	words, err := c.parse(args)
	if err != nil {
		return exitUnusable, err
	}
	style, err := c.style(*color, *width)
	analyzer := analyze.Analyzer{ToolVersion: version}
	switch {
	case err != nil:
		return exitUnusable, err
	case *live && !*list:
		return exitUnusable, c.usageError("--live goes with --list")
	case (*list || c.flags.Changed("status")) && len(words) > 0, *list && c.flags.Changed("status"):
		return exitUnusable, c.usageError("choose one: a code, --list, or --status")
	case *list:
		l := analyzer.Codes(*live)
		if *asJSON {
			return exitOK, record.JSON(c.stdout, l)
		}
		return exitOK, text.Write(c.stdout, page.Codes(l), style)
	case c.flags.Changed("status"):
		return c.explainStatus(*status, *asJSON)
	case len(words) == 0 || words[0] == "":
		return exitUnusable, c.usageError("name a code")
	case len(words) > 5:
		return exitUnusable, c.usageError("a code has four parameters, not %d", len(words)-1)
	}
	code, read, ok := readCode(words[0])
	if !ok {
		return exitFinding, c.writeExplanation(analyzer.Unknown(words[0]), *asJSON, style)
	}
	var params [4]uint64
	for i, word := range words[1:] {
		v, how, err := readNumber(word, 64)
		if err != nil {
			return exitUnusable, c.usageError("%v", err)
		}
		params[i] = v
		read = append(read, how...)
	}
	e := analyzer.Explain(code, params, len(words)-1)
	e.Read = read
	result := exitOK
	if e.Bugcheck.Name == "" {
		result = exitFinding
	}
	return result, c.writeExplanation(e, *asJSON, style)
}

func (c *command) writeExplanation(e *report.Explanation, asJSON bool, style text.Style) error {
	if asJSON {
		return record.JSON(c.stdout, e)
	}
	return text.Write(c.stdout, page.Explain(e), style)
}

// readCode reads a code's name or number.
func readCode(word string) (code uint32, read []report.ReadAs, ok bool) {
	if c, ok := bugcheck.ByName(word); ok {
		return c.Value, nil, true
	}
	v, read, err := readNumber(word, 32)
	return uint32(v), read, err == nil
}

// explainStatus answers for the name or the number of an NTSTATUS.
func (c *command) explainStatus(word string, asJSON bool) (int, error) {
	value, ok := ntstatus.Value(strings.ToUpper(word))
	if !ok {
		v, _, err := readNumber(word, 64)
		if err != nil {
			c.complain(fmt.Errorf("no status is named %s, and it is no number", word))
			return exitFinding, nil
		}
		if value = uint32(v); v>>32 != 0 && v != uint64(int32(v)) {
			c.complain(fmt.Errorf("%s has more than the 32 bits of a status", word))
			return exitFinding, nil
		}
	}
	name, known := ntstatus.Name(value)
	s := report.Status{SchemaVersion: report.SchemaVersion, ToolVersion: version, Value: report.Hex(value), Name: name}
	result := exitOK
	if !known {
		result = exitFinding
		name = "no status that dmplens knows"
	}
	if asJSON {
		return result, record.JSON(c.stdout, s)
	}
	_, err := fmt.Fprintf(c.stdout, "%s   %s\n", s.Value, name)
	return result, err
}
