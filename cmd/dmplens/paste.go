package main

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/dmplens/dmplens/bugcheck"
	"github.com/dmplens/dmplens/bugcheck/ntstatus"
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
	code func() *regexp.Regexp
}

// lazily compiles an expression when it is first used: most runs read no text.
func lazily(expression string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expression) })
}

// forms are those of which a few letters tell which it is, the surest first.
var forms = []form{
	{heading, lazily(`(?i)\b[a-z][a-z0-9]*(?:[_ ]+[a-z][a-z0-9]*)*[\s:=,]*(?:\((?:0x)?|\b0x)([0-9a-f]{1,8})\b`)},
	{problem, lazily(`(?is)\b(?:LiveKernelEvent|BlueScreen)\b.*?\bP1:\s*((?:0x)?[0-9a-f]{1,8})\b`)},
	{kernelPower, lazily(`(?i)\bBugcheckCode\W+((?:0x)?[0-9a-f]{1,10})\b`)},
	{kernelPower, lazily(`(?:^|ReplacementStrings\s*:|Properties\s*:)\s*\{(\d{1,10}),`)},
	{"the keys of !analyze", lazily(`\bBUGCHECK_CODE:\s*((?:0x)?[0-9a-fA-F]{1,8})\b`)},
	{line, lazily(`(?i)\b(?:bug ?check(?: code| was)?|stop code|stop|fatal system error|bccode)\b[:=\s]*(0x[0-9a-f]{1,8}|[0-9a-f]{1,8}h)\b`)},
	{line, lazily(`(?i)\b(?:bug ?check(?: code| was)?|stop|bccode):?\s+([0-9a-f]{1,8})\s*[,({]`)},
	{line, lazily(`(?i)\b(?:bug ?check ?code|bccode|stop code)[:=\s]\s*([0-9a-f]{1,8})\b`)},
	{"a problem report", lazily(`(?is)\bcode:\s*([0-9a-f]{1,8})\s.*?\bparameter 1:`)},
	{line, lazily(`(?i)\bcode[:=\s]\s*(0x0[0-9a-f]{7})\b`)},
	{line, lazily(`(?i)\bcode[:=\s]\s*(0x[0-9a-f]{1,8})\b[\s,;/]*(?:param(?:eter)?|arg|p) ?1\b`)},
	{bucket, lazily(`\b(?:LKD_)?0x([0-9a-fA-F]{1,8})_`)},
	{"a code with its parameters", lazily(`(?i)\b(0x[0-9a-f]{1,8})\s*[({]\s*(?:0x)?[0-9a-f]`)},
	{row, lazily("(?i)\\b(0x[0-9a-f]{1,8})(?:[\\s,;]+(?:0x)?[0-9a-f`]+){4}(?:[\\s,;)]|$)")},
}

const (
	heading     = "a name with its number"
	problem     = "a report of Windows Error Reporting"
	kernelPower = "event 41 of Kernel-Power"
	line        = "a bug check line"
	bucket      = "a failure bucket"
	row         = "a code before four numbers"
)

var (
	// listed are parameters in brackets, behind a code.
	listed = lazily(`^[\s,:=]*[({]([^(){}]*)(?:[)}]|$)`)
	// numbered are parameters by their numbers: Arg1, BUGCHECK_P1, BugcheckParameter1, BCP1, Parameter 1, P1.
	numbered = lazily("(?i)\\b(?:Arg(?:ument)?|BUGCHECK_P|Bug ?check ?Parameter|BCP|Param(?:eter)?|P)[_ ]?([1-5])\\b\\W+([0-9a-fx`]+)")
	// argued are parameters behind a word, as .bugcheck prints them.
	argued = lazily("(?i)\\b(?:arguments|args|parameters|params)\\b[\\s:=({]*((?:(?:0x)?[0-9a-f`]+\\b[ \\t,;]*){1,4})")
	// same is the code once more, in another base.
	same = lazily(`^\s*\(((?:0x)?[0-9a-fA-F]{1,10}h?)\)`)
	// subCode is what stands behind the code of a bucket: for many codes parameter 1.
	subCode = lazily(`^_([0-9a-fA-F]{1,8})(?:_|\b)`)
	// phrase is words that can be the name of a code, with spaces where the blue screen has them.
	phrase = lazily(`(?i)\b[a-z][a-z0-9]*(?:[_ ][a-z0-9]+)+\b`)
	// thousands is a decimal number in groups.
	thousands = lazily(`(?:^|\s)[1-9]\d{0,2}(?:,\d{3})+(?:\s|$)`)
	// status is what can be the number or the name of an NTSTATUS that is an error or a warning.
	status = lazily("\\b(?:(?:0x)?(?:(?i:ffffffff)`?)?([c8C][0-9a-fA-F]{7})|(STATUS_[A-Z0-9_]+))\\b")

	number     = lazily("(?i)^(?:0x[0-9a-f`]+|0n[0-9]+|[0-9]+|[0-9a-f`]*[0-9][0-9a-f`]*|[0-9a-f]+h)$")
	separators = " \t\r\n\v\f,;:=(){}[]<>\"'|/"
)

// noise are words that stand before a code or its parameters.
var noise = []string{"bugcheck", "bug", "check", "code", "stop", "error", "arguments", "args", "parameters", "***"}

// paste is a text and what was read of it so far.
type paste struct {
	bugCheck
	text string
	used map[int]bool // by the offset of a word
}

// word is one of a text, and its offset there.
type word struct {
	text string
	at   int
}

// words returns those in text[begin:end], at most a few thousand.
func (p *paste) words(begin, end int) []word {
	const enough = 4096
	var list []word
	for at := begin; at < end && len(list) < enough; {
		n := strings.IndexAny(p.text[at:end], separators)
		if n < 0 {
			n = end - at
		}
		if n > 0 {
			list = append(list, word{p.text[at : at+n], at})
		}
		at += n + 1
	}
	return list
}

// candidate is a place where a code stands.
type candidate struct {
	form
	code uint32
	read report.ReadAs
	m    []int
}

// readPaste finds a code and its parameters in what people copy from logs and debuggers.
func readPaste(text string) (bugCheck, bool) {
	const enough = 1 << 20
	p := &paste{text: text[:min(len(text), enough)], used: map[int]bool{}}
	var found []candidate
	for _, f := range forms {
		for _, m := range f.code().FindAllStringSubmatchIndex(p.text, 16) {
			if c, ok := p.candidate(f, m); ok {
				found = append(found, c)
			}
		}
	}
	// Event 41 has code 0 where there was no bug check, or none that it knows of.
	best := slices.IndexFunc(found, func(c candidate) bool { return c.code != 0 })
	switch {
	case best < 0 && p.readName():
		return p.finish(0, len(p.text)), true
	case best < 0 && len(found) > 0:
		best = 0
	case best < 0:
		return p.readRest()
	}
	c := found[best]
	p.code, p.read = c.code, []report.ReadAs{c.read}
	var others []report.ReadAs
	begin, end := c.m[3], len(p.text) // of the text behind the code, up to another code
	alone := true                     // no code stands before it
	for _, o := range found {
		if o.name == row && o.m[2] != c.m[2] { // it may as well be a parameter
			continue
		}
		p.used[o.m[2]] = true
		alone = alone && c.m[0] < o.m[3]
		if o.code == 0 || bugcheck.Base(o.code) == bugcheck.Base(c.code) || o.m[2] < c.m[3] && c.m[2] < o.m[3] {
			continue
		}
		others = also(others, report.ReadAs{Word: o.read.Word, Value: o.read.Value, How: "another code in the text, not explained here"})
		if begin <= o.m[0] {
			end = min(end, o.m[0])
		}
	}
	p.readParameters(c.form, begin, end)
	if alone && p.has == [4]bool{} { // some write the parameters before the code
		p.readNumbered(c.form, 0, c.m[0])
	}
	p.read = append(p.read, others...)
	return p.finish(begin, end), true
}

// candidate reads the code that m matches.
func (p *paste) candidate(f form, m []int) (c candidate, ok bool) {
	word := p.text[m[2]:m[3]]
	how := "hexadecimal"
	base := 16
	digits, isHex := strings.CutPrefix(strings.ToLower(word), "0x")
	isHex = isHex || strings.HasSuffix(digits, "h") || f.name == heading
	digits = strings.TrimSuffix(digits, "h")
	switch {
	case strings.Trim(digits, "0") == "":
		how = "0 where the system did not stop by a bug check, or could not note it"
	case isHex || !allDigits(digits):
	case f.name == kernelPower:
		how, base = "decimal, as the event writes it", 10
	case p.isDecimal(digits, m[3]):
		how, base = "decimal, as the number behind it says", 10
	}
	v, err := strconv.ParseUint(digits, base, 32)
	if err != nil {
		return c, false
	}
	code := uint32(v)
	_, known := bugcheck.Lookup(bugcheck.Base(code))
	if name, isStatus := errorStatus(code); isStatus && (!known || strings.HasPrefix(p.text[m[0]:], name)) {
		return c, false // not a code, see readStatus
	}
	if f.name == heading && !endsWithName(p.text[m[0]:m[2]], code) {
		return c, false
	}
	return candidate{f, code, report.ReadAs{Word: word, Value: report.Hex(code), How: how + ": " + f.name}, m}, true
}

// isDecimal reports whether what stands behind a number shows that it is decimal: itself in hexadecimal, or a parameter that is decimal.
func (p *paste) isDecimal(digits string, end int) bool {
	rest := p.text[end:]
	v, err := strconv.ParseUint(digits, 10, 32)
	if m := same().FindStringSubmatch(rest); err == nil && m != nil {
		again, _, err := readNumber(m[1], 64)
		return err == nil && again == v
	}
	if m := listed().FindStringSubmatch(rest); m != nil {
		return provesDecimal(strings.FieldsFunc(m[1], func(r rune) bool { return strings.ContainsRune(separators, r) }))
	}
	return false
}

// endsWithName reports whether text ends with a name of code, with spaces or underscores.
func endsWithName(text string, code uint32) bool {
	c, ok := bugcheck.Lookup(bugcheck.Base(code))
	words := strings.FieldsFunc(text, func(r rune) bool { return r == '_' || strings.ContainsRune(separators, r) })
	if n := len(words); n > 0 && strings.EqualFold(words[n-1], "0x") {
		words = words[:n-1]
	}
	name := "_" + strings.ToUpper(strings.Join(words, "_"))
	return ok && slices.ContainsFunc(append([]string{c.Name}, c.Aliases...), func(s string) bool { return strings.HasSuffix(name, "_"+s) })
}

// readParameters reads those that follow a code.
func (p *paste) readParameters(f form, begin, end int) {
	rest := p.text[begin:end]
	if f.name == bucket {
		if m := subCode().FindStringSubmatchIndex(rest); m != nil && isParameter1(p.code, rest[m[2]:m[3]]) {
			p.set(0, word{rest[m[2]:m[3]], begin + m[2]}, 16, "by the bucket")
		}
		return
	}
	if m := same().FindStringSubmatchIndex(rest); m != nil && p.isCode(rest[m[2]:m[3]]) {
		p.used[begin+m[2]] = true
		begin += m[1]
		rest = p.text[begin:end]
	}
	if m := listed().FindStringSubmatchIndex(rest); m != nil {
		list := p.words(begin+m[2], begin+m[3])
		for len(list) > 0 && slices.Contains(noise, strings.ToLower(list[0].text)) {
			list = list[1:]
		}
		if len(list) == 1 && f.name == "" {
			p.used[list[0].at] = true
			p.read = append(p.read, report.ReadAs{Word: list[0].text, How: "left out: neither the number of this name nor its parameters"})
			return
		}
		if len(list) <= 4 && slices.ContainsFunc(list, word.isNumber) {
			p.setAll(f, list)
			return
		}
		if len(list) > 4 && !slices.ContainsFunc(list, func(w word) bool { return !w.isNumber() }) {
			return // nobody can say which four are meant
		}
	}
	if f.name == kernelPower && p.inBraces(begin) {
		p.setAll(f, first(p.words(begin, begin+len(upTo(rest, "}"))), 4))
		return
	}
	_ = p.readNumbered(f, begin, end) || p.readArgued(f, begin, end) || p.readBare(f, begin, end)
}

// readNumbered reads parameters that stand with their numbers. A problem report has the code as P1.
func (p *paste) readNumbered(f form, begin, end int) bool {
	var list [4]word
	any := false
	for _, m := range numbered().FindAllStringSubmatchIndex(p.text[begin:end], -1) {
		i, w := int(p.text[begin+m[2]]-'1'), word{p.text[begin+m[4] : begin+m[5]], begin + m[4]}
		if f.name == problem {
			i--
		}
		if 0 <= i && i < 4 && list[i].text == "" {
			list[i], any = w, true
		}
	}
	p.setAll(f, list[:])
	return any
}

// readArgued reads parameters that stand behind a word.
func (p *paste) readArgued(f form, begin, end int) bool {
	m := argued().FindStringSubmatchIndex(p.text[begin:end])
	if m != nil {
		p.setAll(f, p.words(begin+m[2], begin+m[3]))
	}
	return m != nil
}

// readBare reads numbers that follow a code at once, in its line. One alone without 0x may be of the sentence.
func (p *paste) readBare(f form, begin, end int) bool {
	end = begin + len(upTo(p.text[begin:end], "\r\n"))
	var list []word
	for _, w := range p.words(begin, end) {
		w.text = strings.TrimSuffix(w.text, ".")
		if len(list) == 0 && slices.Contains(noise, strings.ToLower(w.text)) {
			continue
		}
		if len(list) == 4 || !w.isNumber() && !strings.HasSuffix(w.text, "..") {
			break
		}
		list = append(list, w)
	}
	if len(list) == 0 || len(list) == 1 && !strings.HasPrefix(list[0].text, "0x") && len(list[0].text) < 8 {
		return false
	}
	p.setAll(f, list)
	return true
}

// inBraces reports whether the code stands in a list with its parameters.
func (p *paste) inBraces(begin int) bool {
	return strings.HasPrefix(p.text[begin:], ",") && strings.HasSuffix(strings.TrimRight(p.text[:begin], "0123456789"), "{")
}

// isCode reports whether a word is the code again, in whatever base.
func (p *paste) isCode(word string) bool {
	v, _, err := readNumber(word, 64)
	d, notDecimal := strconv.ParseUint(word, 10, 64)
	return err == nil && v == uint64(p.code) || notDecimal == nil && d == uint64(p.code)
}

// isNumber reports whether a word is a number as it stands.
func (w word) isNumber() bool { return number().MatchString(w.text) }

// upTo returns text up to the first of some characters.
func upTo(text, chars string) string {
	if i := strings.IndexAny(text, chars); i >= 0 {
		return text[:i]
	}
	return text
}

func first(list []word, n int) []word { return list[:min(len(list), n)] }

// isParameter1 reports whether the sub-code of a bucket is parameter 1: where that has a list of values, or is a status and so is the
// sub-code. Of 0x7A the status is another parameter.
func isParameter1(code uint32, subCode string) bool {
	v, _, err := readNumber(subCode, 64)
	c, _ := bugcheck.Lookup(bugcheck.Base(code))
	isStatus := bugcheck.Decode(code, [4]uint64{v})[0].Type == bugcheck.TypeNTStatus
	return err == nil && (isStatus || c.Lists(1)) && isStatus == (v>>30 == 3 || v>>30 == 2)
}

// setAll reads parameters that were written together, each at its place. One of them can show the base of all; where none does, those of
// event 41 are decimal as its code is, and both readings are told.
func (p *paste) setAll(f form, list []word) {
	var plain []string
	for _, w := range list {
		plain = append(plain, w.text)
	}
	base, how, unsure := 16, "", false
	switch {
	case provesDecimal(plain):
		base, how = 10, "decimal, as the longest of them shows"
	case f.name == kernelPower && !provesHexadecimal(plain):
		base, how, unsure = 10, "decimal, as the event's own values are", true
	case f.name == kernelPower:
		how = "hexadecimal, as another of them shows"
	}
	for i, w := range list {
		how := how
		if !allDigits(w.text) || len(w.text) == 1 { // one digit is the same in both
			how = ""
		}
		if how != "" && unsure {
			if v, err := strconv.ParseUint(w.text, 16, 64); err == nil {
				how += "; " + report.Hex(v) + " if it is hexadecimal"
			}
		}
		p.set(i, w, base, how)
	}
}

// set reads parameter i+1. What is no whole number is not known.
func (p *paste) set(i int, w word, base int, how string) {
	if w.text == "" {
		return
	}
	p.used[w.at] = true
	v, _, err := readNumber(w.text, 64)
	if base == 10 && allDigits(w.text) {
		v, err = strconv.ParseUint(w.text, 10, 64)
	}
	if err != nil {
		p.read = append(p.read, leftOut(w.text, i))
		return
	}
	p.params[i], p.has[i] = v, true
	if how != "" {
		p.read = append(p.read, report.ReadAs{Word: w.text, Value: report.Hex(v), How: fmt.Sprintf("parameter %d, %s", i+1, how)})
	}
}

func leftOut(word string, i int) report.ReadAs {
	return report.ReadAs{Word: word, How: fmt.Sprintf("parameter %d, left out: it is no whole number", i+1)}
}

// finish says which numbers were not used, unless all four parameters are known. Before the code only 0x tells a number from a date.
func (p *paste) finish(begin, end int) bugCheck {
	if p.has == [4]bool{true, true, true, true} {
		return p.bugCheck
	}
	const most = 4
	var some []string
	n := 0
	for _, w := range p.words(0, end) {
		w.text = strings.TrimRight(w.text, ".")
		hex := strings.HasPrefix(strings.ToLower(w.text), "0x") && w.isNumber()
		long := w.isNumber() && (allDigits(w.text) || len(w.text) >= 8) && w.at >= begin && !p.inTime(w)
		if !(hex || long) || p.used[w.at] || p.used[w.at+2] || p.isCode(w.text) {
			continue
		}
		if n++; n <= most {
			some = append(some, w.text)
		}
	}
	if n == 0 {
		return p.bugCheck
	}
	says := strings.Join(some, ", ")
	if n > most {
		says += ", ..."
	}
	how := fmt.Sprintf("%d numbers in the text were not used", n)
	if n == 1 {
		how = "this number in the text was not used"
	}
	p.read = append(p.read, report.ReadAs{Word: says, How: how})
	return p.bugCheck
}

// inTime reports whether a word is part of a time or date: 10:11:12, 3/15/2024.
func (p *paste) inTime(w word) bool {
	isDigit := func(i int) bool { return 0 <= i && i < len(p.text) && '0' <= p.text[i] && p.text[i] <= '9' }
	joins := func(i int) bool { return 0 <= i && i < len(p.text) && (p.text[i] == ':' || p.text[i] == '/') }
	end := w.at + len(w.text)
	return joins(w.at-1) && isDigit(w.at-2) || joins(end) && isDigit(end+1)
}

// also adds r, unless there are enough of them.
func also(list []report.ReadAs, r report.ReadAs) []report.ReadAs {
	const most = 4
	if slices.Contains(list, r) || len(list) == most {
		return list
	}
	return append(list, r)
}

// readName finds the name of a code in a text. Two words in lower case can be anything.
func (p *paste) readName() bool {
	names := map[string]uint32{}
	for _, c := range bugcheck.Codes() {
		for _, name := range append([]string{c.Name}, c.Aliases...) {
			if c.Value != 0 {
				names[name] = c.Value
			}
		}
	}
	const longest = 12 // words of a name
	for _, at := range phrase().FindAllStringIndex(p.text, 1000) {
		text := p.text[at[0]:at[1]]
		upper := strings.ReplaceAll(strings.ToUpper(text), " ", "_")
		if len(upper) != len(text) { // letters beyond ASCII that fold into it
			continue
		}
		starts := []int{0}
		for i := range text {
			if text[i] == '_' || text[i] == ' ' {
				starts = append(starts, i+1)
			}
		}
		starts = append(starts, len(text)+1)
		for i := range starts {
			for n := min(len(starts)-1-i, longest); n > 1; n-- {
				words := text[starts[i] : starts[i+n]-1]
				code, ok := names[upper[starts[i]:starts[i+n]-1]]
				if !ok || n == 2 && words != strings.ToUpper(words) && !strings.Contains(words, "_") {
					continue
				}
				p.code, p.read = code, []report.ReadAs{{Word: words, Value: report.Hex(code), How: "a name in the text"}}
				end := at[0] + starts[i+n] - 1
				p.readParameters(form{}, end, len(p.text))
				return true
			}
		}
	}
	return false
}

// readRest reads a text without a form or a name of a code.
func (p *paste) readRest() (bugCheck, bool) {
	if thousands().MatchString(p.text) { // not a code and its parameters
		return bugCheck{}, false
	}
	if p.readWords() {
		return p.bugCheck, true
	}
	for _, m := range status().FindAllStringSubmatchIndex(p.text, 100) {
		var code uint32
		if m[2] >= 0 {
			v, _ := strconv.ParseUint(p.text[m[2]:m[3]], 16, 32)
			code = uint32(v)
		} else {
			code, _ = ntstatus.Value(p.text[m[4]:m[5]])
		}
		if name, ok := errorStatus(code); ok {
			return bugCheck{code: code, read: []report.ReadAs{{Word: p.text[m[0]:m[1]], Value: report.Hex(code), How: "an NTSTATUS: " + name}}}, true
		}
	}
	return bugCheck{}, false
}

// errorStatus names an NTSTATUS that is an error or a warning. Small numbers are statuses too, and nobody means them.
func errorStatus(v uint32) (string, bool) {
	if v>>31 == 0 {
		return "", false
	}
	return ntstatus.Name(v)
}

// readWords reads a code and up to four parameters, whatever punctuation is between them.
func (p *paste) readWords() bool {
	list := slices.DeleteFunc(p.words(0, len(p.text)), func(w word) bool { return slices.Contains(noise, strings.ToLower(w.text)) })
	if len(list) == 0 || len(list) > 5 {
		return false
	}
	var params []string
	for _, w := range list[1:] {
		params = append(params, w.text)
	}
	decimal := provesDecimal(params)
	how := "decimal, as the longest of them shows"
	code, read, ok := readCode(list[0].text)
	if decimal && allDigits(list[0].text) {
		v, err := strconv.ParseUint(list[0].text, 10, 32)
		code, read, ok = uint32(v), []report.ReadAs{{Word: list[0].text, Value: report.Hex(v), How: how}}, err == nil
	}
	if !ok {
		return false
	}
	p.code, p.read = code, read
	for i, w := range list[1:] {
		if strings.Trim(w.text, ".") == "" || strings.HasSuffix(w.text, "...") {
			p.set(i, w, 16, "")
			continue
		}
		_, read, err := readNumber(w.text, 64)
		switch {
		case decimal && len(w.text) > 1 && allDigits(w.text):
			p.set(i, w, 10, how)
		case err != nil:
			return false
		default:
			p.set(i, w, 16, "")
			p.read = append(p.read, read...)
		}
	}
	return true
}
