package bugcheck

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// parseCode reads the lines below a code into c.
func parseCode(b block, known func(Type) bool, c *Code) error {
	p := parser{block: b, known: known}
	p.open = append(p.open, place{keyword: "code", code: c, cases: &c.Case})
	if err := p.parse(); err != nil {
		return err
	}
	switch {
	case c.Use == Crash && c.Requester != "":
		return b.errorf(0, "a requester, but no use line")
	case c.Use != Crash && c.Requester == "":
		return b.errorf(0, "no requester")
	case c.Undocumented && c.hasParameters():
		return b.errorf(0, "undocumented, but has parameters")
	}
	return nil
}

// parseEnum reads the lines below an enumeration.
func parseEnum(b block) ([]Value, error) {
	var values []Value
	p := parser{block: b}
	p.open = append(p.open, place{keyword: "enum", values: &values, bits: true, wants: true})
	if err := p.parse(); err != nil {
		return nil, err
	}
	return values, nil
}

// A parser reads the form that codes/form.txt describes. The strings of the
// result are parts of the block.
type parser struct {
	block block
	known func(Type) bool // nil in an enumeration, which knows no parameters
	line  int             // how many lines after the one in the first column
	open  []place         // what the next line can belong to, innermost last
}

// A place is a line that others can belong to, and what they can be.
type place struct {
	keyword string
	indent  int
	line    int
	code    *Code    // use, requester, undocumented, summary
	cases   *Case    // look, note, pN, when
	value   *Value   // the same; its case is made when it is needed
	values  *[]Value // =, &, when
	status  bool     // values are statuses
	bits    bool     // & is allowed
	on      *Systems // the condition that the place is below, then without when
	taken   [4]bool  // parameters that cannot be spoken of again
	wants   bool     // whether something has to belong to it
	holds   bool     // whether something does
}

// scope returns the case that lines below pl add to, or nil.
func (pl *place) scope() *Case {
	if pl.value != nil && pl.cases == nil {
		pl.cases = new(Case)
		pl.value.Case = pl.cases
	}
	return pl.cases
}

func (p *parser) parse() error {
	for line := range strings.Lines(p.block.lines()) {
		p.line++
		line = strings.TrimRight(line, " \r\n")
		if strings.Contains(line, "\t") {
			return p.block.errorf(p.line, "a tab")
		}
		fields := strings.TrimLeft(line, " ")
		if fields == "" || fields[0] == '#' {
			continue
		}
		if err := p.close(len(line) - len(fields)); err != nil {
			return err
		}
		if err := p.parseLine(len(line)-len(fields), fields); err != nil {
			return p.block.errorf(p.line, "%w", err)
		}
	}
	return p.close(0)
}

// close closes the places that a line of the given indentation does not belong
// to: all if that is 0.
func (p *parser) close(indent int) error {
	for len(p.open) > 0 {
		last := &p.open[len(p.open)-1]
		if last.indent < indent {
			break
		}
		if last.wants && !last.holds {
			return p.block.errorf(last.line, "%s, and nothing below it", last.keyword)
		}
		p.open = p.open[:len(p.open)-1]
	}
	return nil
}

func (p *parser) parseLine(indent int, fields string) error {
	keyword, rest := cutSpace(fields)
	below := &p.open[len(p.open)-1]
	below.holds = true
	next := place{keyword: keyword, indent: indent, line: p.line, on: below.on, taken: below.taken}
	var err error
	switch keyword {
	case "use", "requester", "undocumented", "summary":
		if below.code == nil {
			return misplaced(keyword, below)
		}
		err = parseAttribute(below.code, keyword, rest)
	case "look", "note":
		c := below.scope()
		if c == nil {
			return misplaced(keyword, below)
		}
		err = parseAdvice(c, keyword, rest)
	case "p1", "p2", "p3", "p4":
		err = p.parseRole(below, keyword, rest, &next)
	case "=", "&":
		err = parseValue(below, keyword, rest, &next)
	case "when":
		err = parseWhen(below, rest, &next)
	default:
		return fmt.Errorf("unknown keyword %q", keyword)
	}
	p.open = append(p.open, next)
	return err
}

func misplaced(keyword string, below *place) error {
	return fmt.Errorf("%s cannot stand below %s", keyword, below.keyword)
}

func parseAttribute(c *Code, keyword, s string) error {
	switch keyword {
	case "use":
		return setUse(c, s)
	case "requester":
		if err := setText(&c.Requester, keyword, s); err != nil {
			return err
		}
		return checkLength(s, 40)
	case "summary":
		if err := setText(&c.Summary, keyword, s); err != nil {
			return err
		}
		if first := s[0]; 'a' <= first && first <= 'z' {
			return fmt.Errorf("summary without a capital")
		}
		return checkSentence(s, 120)
	}
	switch {
	case s != "":
		return fmt.Errorf("undocumented takes nothing, has %q", s)
	case c.Undocumented:
		return fmt.Errorf("second undocumented line")
	}
	c.Undocumented = true
	return nil
}

func setUse(c *Code, s string) error {
	if c.Use != Crash {
		return fmt.Errorf("second use line")
	}
	switch s {
	case "live":
		c.Use = Live
	case "both":
		c.Use = Both
	default:
		return fmt.Errorf("use is live or both, not %q", s)
	}
	return nil
}

func setText(dst *string, keyword, s string) error {
	if *dst != "" {
		return fmt.Errorf("second %s line", keyword)
	}
	if s == "" {
		return fmt.Errorf("%s is empty", keyword)
	}
	*dst = s
	return nil
}

func parseAdvice(c *Case, keyword, s string) error {
	if keyword == "look" {
		if s == "" {
			return fmt.Errorf("look is empty")
		}
		c.Looks = append(c.Looks, s)
		return checkLook(s)
	}
	var note string
	if err := setText(&note, keyword, s); err != nil {
		return err
	}
	c.Notes = append(c.Notes, note)
	return checkSentence(note, math.MaxInt)
}

func (p *parser) parseRole(below *place, keyword, s string, next *place) error {
	i := int(keyword[1] - '1')
	c := below.scope()
	if c == nil || p.known == nil {
		return misplaced(keyword, below)
	}
	if below.taken[i] {
		return fmt.Errorf("%s stands below a value of its own", keyword)
	}
	if c.Parameters[i] != nil {
		return fmt.Errorf("second %s line", keyword)
	}
	typ, label, labelled := cutBar(s)
	r := &Role{Type: Type(typ), Label: label}
	if r.Type != "" && !p.known(r.Type) || r.Type == TypeUndocumented {
		return fmt.Errorf("unknown type %q", r.Type)
	}
	if label == "" && (labelled || typ == "") {
		return fmt.Errorf("%s is empty", keyword)
	}
	c.Parameters[i] = r
	next.values = &r.Values
	next.on = nil // a condition of their own is possible
	next.taken[i] = true
	next.status = r.Type == TypeNTStatus
	next.bits = r.Type == TypeFlags
	next.wants = r.Type == TypeEnum
	return checkLength(label, 40)
}

func parseValue(below *place, keyword, s string, next *place) error {
	if below.values == nil || keyword == "&" && !below.bits {
		return misplaced(keyword, below)
	}
	list, meaning, _ := cutBar(s)
	if meaning == "" {
		return fmt.Errorf("a value without a meaning")
	}
	if strings.HasSuffix(meaning, ".") {
		return fmt.Errorf("a meaning with a full stop")
	}
	*below.values = append(*below.values, Value{Meaning: meaning, On: below.on})
	values := *below.values
	v := &values[len(values)-1]
	for more := true; more; {
		var m Match
		var err error
		word := list
		if keyword == "&" {
			m, more = Match{Kind: Bits}, false
			m.Low, err = parseMask(word)
		} else {
			word, list, more = strings.Cut(list, ",")
			word = strings.Trim(word, " ")
			m, err = parseMatch(word, below.status)
		}
		if err != nil {
			return err
		}
		for _, old := range values {
			if old.On == v.On && slices.ContainsFunc(old.Match, m.collides) {
				return fmt.Errorf("second meaning of %s", word)
			}
		}
		v.Match = append(v.Match, m)
	}
	if keyword == "=" {
		next.value = v
	}
	next.on = nil
	return checkLength(meaning, 120)
}

// collides reports whether some value matches both m and old, and neither goes
// first.
func (m Match) collides(old Match) bool {
	if m.Kind != old.Kind {
		return false
	}
	if m.Kind == Range {
		return m.Low <= old.High && old.Low <= m.High
	}
	return m.Low == old.Low
}

func parseMask(word string) (uint64, error) {
	mask, err := parseNumber(word, 64)
	if err == nil && mask == 0 {
		err = fmt.Errorf("no bits")
	}
	return mask, err
}

// parseMatch reads what stands between commas. A status has 32 bits.
func parseMatch(word string, status bool) (Match, error) {
	bits := 64
	if status {
		bits = 32
	}
	switch word {
	case "text":
		return Match{Kind: AnyText}, nil
	case "other":
		return Match{Kind: Other}, nil
	}
	first, last, isRange := strings.Cut(word, "-")
	low, err := parseNumber(first, bits)
	if err != nil || !isRange {
		return Match{Low: low, High: low}, err
	}
	high, err := parseNumber(last, bits)
	if err == nil && high <= low {
		err = fmt.Errorf("%s is no range", word)
	}
	return Match{Kind: Range, Low: low, High: high}, err
}

func parseWhen(below *place, s string, next *place) error {
	if below.on != nil || below.scope() == nil && below.values == nil {
		return misplaced("when", below)
	}
	on, err := parseSystems(s)
	if err != nil {
		return err
	}
	next.on = on
	next.wants = true
	if below.values != nil {
		next.values, next.status, next.bits = below.values, below.status, below.bits
		return nil
	}
	c := below.scope()
	c.When = append(c.When, When{On: on})
	next.cases = &c.When[len(c.When)-1].Case
	return nil
}

func parseSystems(s string) (*Systems, error) {
	on := &Systems{High: math.MaxUint32}
	words := strings.Fields(s)
	for i, word := range words {
		switch {
		case slices.Contains(machines, word) && !slices.Contains(on.Machines, word):
			on.Machines = append(on.Machines, word)
		case word == "build" && i == len(words)-2:
			return on, parseBuilds(words[i+1], on)
		default:
			return nil, fmt.Errorf("%q is not a condition", s)
		}
	}
	if len(words) == 0 {
		return nil, fmt.Errorf("when is empty")
	}
	return on, nil
}

func parseBuilds(s string, on *Systems) error {
	first, last, ok := strings.Cut(s, "-")
	if !ok || first == "" && last == "" {
		return fmt.Errorf("%q is not A-B, A- or -B", s)
	}
	for _, bound := range []struct {
		word string
		dst  *uint32
	}{{first, &on.Low}, {last, &on.High}} {
		if bound.word == "" {
			continue
		}
		n, err := parseNumber(bound.word, 32)
		if err != nil {
			return err
		}
		*bound.dst = uint32(n)
	}
	if on.High < on.Low {
		return fmt.Errorf("%q is no range", s)
	}
	return nil
}
