package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
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
	name: "explain", args: "[flags] CODE [P1 [P2 [P3 [P4]]]] | TEXT | - | --whea FILE", short: "say what a code and its parameters mean, without a dump",
	long: `
Say what a bug check or live dump code means, and what its parameters say, from
the numbers alone. Without parameters it lists what they can be.

CODE is a number or a name. Numbers are hexadecimal, as WinDbg prints them, with
or without 0x and backquotes; 0n29 is decimal. TEXT is what has the numbers in
it: a blue screen's line, WinDbg's BugCheck line, the text of event 1001 or of
event 41 (whose code is decimal), a failure bucket, the head of !analyze -v. -
reads it from standard input. How each number was read is said.

Some meanings differ by system: --build and --machine say which it is.

With --whea, say all that records of hardware errors hold: their bytes in a file,
or hexadecimal text, such as events of WHEA-Logger have as RawData, or tools and
debuggers print, with a column of offsets too. What can be a serial number, or
name a machine or a program, is left out unless --show-private asks.`,
	examples: `  dmplens explain 0x144 0x3003
  dmplens explain LIVE_SYSTEM_DUMP
  dmplens explain 161 '00546173` + "`" + `6b6d6772'
  dmplens explain 0x7e 0xffffffffc0000005 0xfffff8048b58334c
  dmplens explain 'BugCheck D1, {28, 2, 0, fffff80012345678}'
  dmplens explain --build 7601 0x50 0xfffff80012345678 1
  dmplens explain --list --live
  dmplens explain --status 0xC0000185
  dmplens explain --whea record.bin
`,
	brief: true,
	run:   runExplain,
}

func runExplain(c *command, args []string) (int, error) {
	asJSON := c.flags.Bool("json", false, "write an indented JSON object")
	list := c.flags.Bool("list", false, "list all codes")
	live := c.flags.Bool("live", false, "with --list: those of live dumps")
	status := c.flags.String("status", "", "say the name of an NTSTATUS `VALUE`, or the value of a name")
	build := c.flags.Uint32("build", 0, "the `BUILD` of Windows, such as 7601: for meanings that changed")
	machine := c.flags.String("machine", "", "the `TYPE` of machine: x86, amd64, arm, arm64")
	analyzer := analyze.Analyzer{ToolVersion: version}
	errorRecord := c.flags.String("whea", "", "say what the record of a hardware error in `FILE` holds; - is standard input")
	c.privateFlag(&analyzer.Private)
	words, style, err := c.parseText(args)
	switch {
	case err != nil:
		return exitUnusable, err
	case *live && !*list:
		return exitUnusable, c.usageError("--live goes with --list")
	case c.flags.Changed("whea") && (len(words) > 0 || *list || c.flags.Changed("status")):
		return exitUnusable, c.usageError("--whea goes with no code, --list or --status")
	case analyzer.Private && !c.flags.Changed("whea"):
		return exitUnusable, c.usageError("--show-private goes with --whea")
	case c.flags.Changed("whea"):
		return c.explainRecord(&analyzer, *errorRecord, *asJSON, style)
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
	case *machine != "" && !slices.Contains(bugcheck.Machines(), *machine):
		return exitUnusable, c.usageError("a machine is one of %s, not %q", strings.Join(bugcheck.Machines(), ", "), *machine)
	}
	b, asked, err := c.readBugCheck(words)
	switch {
	case err != nil:
		return exitUnusable, err
	case asked != "":
		return exitFinding, c.writeExplanation(analyzer.Unknown(asked), *asJSON, style)
	}
	e := analyzer.Explain(bugcheck.System{Machine: *machine, Build: *build}, b.code, b.params, b.has)
	e.Read = b.read
	result := exitOK
	if e.Bugcheck.Name == "" && e.Status == "" {
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

// readBugCheck reads the words of the command line: a code and its parameters, or a text that has them. asked is what has no code in it.
func (c *command) readBugCheck(words []string) (b bugCheck, asked string, err error) {
	given := strings.Join(words, " ")
	data := []byte(given)
	if given == "-" {
		const enough = 1 << 20
		if data, err = io.ReadAll(io.LimitReader(c.stdin, enough)); err != nil {
			return b, "", fmt.Errorf("standard input: %w", err)
		}
	}
	text := decodeText(data)
	if plain(words) && !provesDecimal(words[1:]) {
		code, read, ok := readCode(words[0])
		if ok {
			return c.readGiven(code, read, words[1:])
		}
	}
	if b, ok := readPaste(text); ok {
		return b, "", nil
	}
	asked = strings.TrimSpace(text)
	if first, _, more := strings.Cut(asked, "\n"); more || len(first) > 60 {
		asked = first[:min(len(first), 60)] + " ..."
	}
	return b, cmp.Or(asked, "(nothing)"), nil
}

// plain reports whether words are numbers or a name, with nothing between them.
func plain(words []string) bool {
	return words[0] != "-" && !slices.ContainsFunc(words, func(s string) bool { return strings.ContainsAny(s, " \t\n,;:(){}") })
}

// readGiven reads the parameters behind a code.
func (c *command) readGiven(code uint32, read []report.ReadAs, words []string) (b bugCheck, asked string, err error) {
	if len(words) > 4 {
		return b, "", c.usageError("a code has four parameters, not %d", len(words))
	}
	b = bugCheck{code: code, read: read}
	for i, word := range words {
		v, how, err := readNumber(word, 64)
		if err != nil {
			return b, "", c.usageError("%v", err)
		}
		b.params[i], b.has[i] = v, true
		b.read = append(b.read, how...)
	}
	return b, "", nil
}

// readCode reads a code's name or number. Of one that looks decimal it says what it would be as a decimal number, if that is a code.
func readCode(word string) (code uint32, read []report.ReadAs, ok bool) {
	if !allDigits(word[:min(1, len(word))]) { // no name begins with a digit
		if c, ok := bugcheck.ByName(word); ok {
			return c.Value, nil, true
		}
		if v, ok := ntstatus.Value(word); ok {
			return v, nil, true
		}
	}
	v, read, err := readNumber(word, 32)
	if decimal, notDecimal := strconv.ParseUint(word, 10, 32); err == nil && notDecimal == nil && len(read) > 0 {
		if c, ok := bugcheck.Lookup(uint32(decimal)); ok {
			read[0].How = fmt.Sprintf("hexadecimal; if it is decimal, ask for 0n%d: %s, %s", decimal, report.Hex(c.Value), c.Name)
		}
	}
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
