package main

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/dmplens/dmplens/bugcheck"
	"github.com/dmplens/dmplens/report"
)

// bugCheck is a code and those of its parameters that are known, and how they were read.
type bugCheck struct {
	code   uint32
	params [4]uint64
	has    [4]bool
	read   []report.ReadAs
}

// form is a way in which logs and debuggers write a code. The first group of its expression is the code's number.
type form struct {
	name string
	code *regexp.Regexp
}

// forms are those of which a few letters tell which it is, the surest first.
var forms = []form{
	{heading, regexp.MustCompile(`\b[A-Z][A-Z0-9]*_[A-Z0-9_]+\s+\((?:0x)?([0-9a-fA-F]{1,8})\)`)},
	{kernelPower, regexp.MustCompile(`(?i)\bBugcheckCode\W+((?:0x)?[0-9a-f]{1,10})\b`)},
	{"the keys of !analyze", regexp.MustCompile(`\bBUGCHECK_CODE:\s*((?:0x)?[0-9a-fA-F]{1,8})\b`)},
	{"a bug check line", regexp.MustCompile(`(?i)\b(?:bug ?check(?: code| was)?|stop code|stop|fatal system error|bccode)\b[:\s]*(0x[0-9a-f]{1,8})\b`)},
	{"a bug check line", regexp.MustCompile(`(?i)\b(?:bug ?check(?: code| was)?|stop|bccode):?\s+([0-9a-f]{1,8})\s*[,({]`)},
	{"a bug check line", regexp.MustCompile(`(?i)\b(?:bug ?check code|bccode|stop code):?\s+([0-9a-f]{1,8})\b`)},
	{"a problem report", regexp.MustCompile(`(?is)\bcode:\s*([0-9a-f]{1,8})\s.*?\bparameter 1:`)},
	{bucket, regexp.MustCompile(`\b(?:LKD_)?0x([0-9a-fA-F]{1,8})_`)},
	{"a code with its parameters", regexp.MustCompile(`(?i)\b(0x[0-9a-f]{1,8})\s*[({]\s*(?:0x)?[0-9a-f]`)},
}

const (
	heading     = "a name with its number"
	kernelPower = "event 41 of Kernel-Power"
	bucket      = "a failure bucket"
)

var (
	// listed are parameters in brackets, behind a code.
	listed = regexp.MustCompile("^[\\s,:]*[({]([^(){}]*)(?:[)}]|$)")
	// numbered are parameters by their numbers: Arg1, BUGCHECK_P1, BugcheckParameter1, BCP1, Parameter 1.
	numbered = regexp.MustCompile("(?i)\\b(?:Arg|BUGCHECK_P|BugcheckParameter|BCP|Parameter ?)([1-4])\\b\\W+([0-9a-fx`]+)")
	// argued are parameters behind a word, as .bugcheck prints them.
	argued = regexp.MustCompile("(?i)\\bArguments:?[ \\t]+((?:(?:0x)?[0-9a-f`]+\\b[ \\t,]*){1,4})")
	// subCode is what stands behind the code of a bucket: for many codes parameter 1.
	subCode = regexp.MustCompile(`^_([0-9a-fA-F]{1,8})_`)
	// named is what can be the name of a code, with spaces where the blue screen has them.
	named = regexp.MustCompile(`\b[A-Z][A-Z0-9]*(?:[_ ][A-Z0-9]+)+\b`)

	separators = regexp.MustCompile(`[\s,;:=(){}\[\]]+`)
)

// noise are words that stand before a code or its parameters.
var noise = []string{"", "bugcheck", "bug", "check", "code", "stop", "error", "arguments", "args", "parameters", "***"}

// readPaste finds a code and its parameters in what people copy from logs and debuggers.
func readPaste(text string) (bugCheck, bool) {
	const enough = 1 << 20
	text = text[:min(len(text), enough)]
	var b bugCheck
	var found form
	var others []report.ReadAs
	begin, end := -1, len(text) // of the text behind the code, up to another code
	for _, f := range forms {
		for _, m := range f.code.FindAllStringSubmatchIndex(text, 8) {
			code, read, ok := f.read(text, m)
			switch {
			case !ok:
			case begin < 0:
				b.code, b.read, found, begin = code, []report.ReadAs{read}, f, m[3]
			case bugcheck.Base(code) != bugcheck.Base(b.code):
				others = also(others, report.ReadAs{Word: read.Word, Value: read.Value, How: "another code in the text, not explained here"})
				if begin <= m[0] {
					end = min(end, m[0])
				}
			}
		}
	}
	if begin >= 0 {
		b.readParameters(found, text[begin:end])
		b.read = append(b.read, others...)
		return b, true
	}
	if b, ok := readName(text); ok {
		return b, true
	}
	return readWords(text)
}

// read reads the code that m matches.
func (f form) read(text string, m []int) (code uint32, read report.ReadAs, ok bool) {
	word := text[m[2]:m[3]]
	how := "hexadecimal"
	digits, isHex := strings.CutPrefix(strings.ToLower(word), "0x")
	base := 16
	if f.name == kernelPower && !isHex && strings.Trim(digits, "0123456789") == "" {
		how, base = "decimal, as the event writes it", 10
	}
	if f.name == kernelPower && strings.Trim(digits, "0") == "" {
		how = "0 where the system did not stop by a bug check, or could not note it"
	}
	v, err := strconv.ParseUint(digits, base, 32)
	if err != nil {
		return 0, read, false
	}
	code = uint32(v)
	if f.name == heading {
		name := strings.Fields(text[m[0]:m[1]])[0]
		if c, ok := bugcheck.ByName(name); !ok || bugcheck.Base(c.Value) != bugcheck.Base(code) {
			return 0, read, false
		}
	}
	return code, report.ReadAs{Word: word, Value: report.Hex(code), How: how + ": " + f.name}, true
}

// readParameters reads those that follow a code.
func (b *bugCheck) readParameters(f form, rest string) {
	if f.name == bucket {
		if m := subCode.FindStringSubmatch(rest); m != nil && isParameter1(b.code, m[1]) {
			b.set(0, m[1], "by the bucket")
		}
		return
	}
	if m := listed.FindStringSubmatch(rest); m != nil {
		words := separators.Split(strings.TrimSpace(m[1]), -1)
		if len(words) == 1 && f.name == "" {
			b.read = append(b.read, report.ReadAs{Word: words[0], How: "left out: neither the number of this name nor its parameters"})
			return
		}
		if len(words) <= 4 {
			for i, word := range words {
				b.set(i, word, "")
			}
			return
		}
	}
	if m := argued.FindStringSubmatch(rest); m != nil {
		for i, word := range separators.Split(strings.TrimSpace(m[1]), 4) {
			b.set(i, word, "")
		}
		return
	}
	for _, m := range numbered.FindAllStringSubmatch(rest, -1) {
		how := ""
		if f.name == kernelPower && strings.Trim(m[2], "0123456789") == "" && len(m[2]) > 1 {
			how = "hexadecimal"
		}
		if i := int(m[1][0] - '1'); !b.has[i] {
			b.set(i, m[2], how)
		}
	}
}

// isParameter1 reports whether the sub-code of a bucket is parameter 1: where that has a list of values. A status is it only where
// parameter 1 is one: of 0x7A it is another parameter.
func isParameter1(code uint32, subCode string) bool {
	v, _, err := readNumber(subCode, 64)
	c, _ := bugcheck.Lookup(bugcheck.Base(code))
	p := bugcheck.Decode(code, [4]uint64{v})[0]
	return err == nil && c.Lists(1) && (p.Type == bugcheck.TypeNTStatus) == (v>>30 == 3 || v>>30 == 2)
}

// set reads parameter i+1. What is no whole number is not known.
func (b *bugCheck) set(i int, word, how string) {
	v, _, err := readNumber(word, 64)
	if err != nil {
		if word != "" {
			b.read = append(b.read, leftOut(word, i))
		}
		return
	}
	b.params[i], b.has[i] = v, true
	if how != "" {
		b.read = append(b.read, report.ReadAs{Word: word, Value: report.Hex(v), How: fmt.Sprintf("parameter %d, %s", i+1, how)})
	}
}

func leftOut(word string, i int) report.ReadAs {
	return report.ReadAs{Word: word, How: fmt.Sprintf("parameter %d, left out: it is no whole number", i+1)}
}

// also adds r, unless there are enough of them.
func also(list []report.ReadAs, r report.ReadAs) []report.ReadAs {
	const most = 4
	if slices.Contains(list, r) || len(list) == most {
		return list
	}
	return append(list, r)
}

// readName finds the name of a code in a text.
func readName(text string) (bugCheck, bool) {
	for _, at := range named.FindAllStringIndex(text, 100) {
		words := strings.FieldsFunc(text[at[0]:at[1]], func(r rune) bool { return r == '_' || r == ' ' })
		for n := min(len(words), 12); n > 1; n-- {
			c, ok := bugcheck.ByName(strings.Join(words[:n], "_"))
			if !ok {
				continue
			}
			space := " "
			if strings.Contains(text[at[0]:at[1]], "_") {
				space = "_"
			}
			b := bugCheck{code: c.Value, read: []report.ReadAs{{Word: strings.Join(words[:n], space), Value: report.Hex(c.Value), How: "a name in the text"}}}
			b.readParameters(form{}, text[at[1]:])
			return b, true
		}
	}
	return bugCheck{}, false
}

// readWords reads a code and up to four parameters, whatever punctuation is between them.
func readWords(text string) (bugCheck, bool) {
	words := separators.Split(text, -1)
	words = slices.DeleteFunc(words, func(s string) bool { return slices.Contains(noise, strings.ToLower(s)) })
	if len(words) == 0 || len(words) > 5 {
		return bugCheck{}, false
	}
	code, read, ok := readCode(words[0])
	if !ok {
		return bugCheck{}, false
	}
	b := bugCheck{code: code, read: read}
	for i, word := range words[1:] {
		if strings.Trim(word, ".") == "" || strings.HasSuffix(word, "...") {
			b.read = append(b.read, leftOut(word, i))
			continue
		}
		v, read, err := readNumber(word, 64)
		if err != nil {
			return bugCheck{}, false
		}
		b.params[i], b.has[i] = v, true
		b.read = append(b.read, read...)
	}
	return b, true
}
