package bugcheck

import (
	"fmt"
	"strconv"
	"strings"
)

// A parameter is what codes.txt says of one parameter of a code.
type parameter struct {
	typ    Type
	label  string
	values []value
}

// A value gives the meaning of one value, or of a kind of values.
type value struct {
	kind    valueKind
	value   uint64
	meaning string
}

type valueKind uint8

const (
	exactly   valueKind = iota // value
	anyText                    // whatever Text accepts
	otherwise                  // everything else
)

// parse reads the form that the head of codes.txt describes. The strings of
// the result are parts of text.
func parse(text string) ([]Code, error) {
	p := parser{codes: make([]Code, 0, strings.Count(text, "\n0x")+1)}
	for text != "" {
		var line string
		line, text, _ = strings.Cut(text, "\n")
		p.line++
		if err := p.parseLine(line); err != nil {
			return nil, fmt.Errorf("codes.txt:%d: %w", p.line, err)
		}
	}
	return p.codes, nil
}

type parser struct {
	line  int
	codes []Code
	param *parameter // the one that "=" lines belong to
}

func (p *parser) parseLine(line string) error {
	fields := strings.TrimSpace(line)
	if fields == "" || fields[0] == '#' {
		return nil
	}
	if line[0] != ' ' && line[0] != '\t' {
		return p.parseCode(fields)
	}
	if len(p.codes) == 0 {
		return fmt.Errorf("%q stands before the first code", fields)
	}
	keyword, rest := cutSpace(fields)
	if keyword == "=" {
		return p.parseValues(rest)
	}
	p.param = nil
	code := &p.codes[len(p.codes)-1]
	switch keyword {
	case "use":
		return setUse(code, rest)
	case "undocumented":
		if rest != "" {
			return fmt.Errorf("undocumented takes nothing, has %q", rest)
		}
		if code.undocumented {
			return fmt.Errorf("second undocumented line")
		}
		code.undocumented = true
		return nil
	case "requester":
		return setText(&code.Requester, keyword, rest)
	case "summary":
		return setText(&code.Summary, keyword, rest)
	case "p1", "p2", "p3", "p4":
		return p.parseParameter(code, int(keyword[1]-'1'), rest)
	}
	return fmt.Errorf("unknown keyword %q", keyword)
}

func (p *parser) parseCode(line string) error {
	number, names := cutSpace(line)
	v, err := parseNumber(number, 32)
	if err != nil {
		return err
	}
	c := Code{Value: uint32(v), Use: Crash}
	c.Name, names = cutSpace(names)
	if c.Name == "" {
		return fmt.Errorf("%s has no name", number)
	}
	if names != "" {
		c.Aliases = strings.Fields(names)
	}
	if !isName(c.Name) {
		return fmt.Errorf("%q is not a name", c.Name)
	}
	for _, alias := range c.Aliases {
		if !isName(alias) {
			return fmt.Errorf("%q is not a name", alias)
		}
	}
	if n := len(p.codes); n > 0 && p.codes[n-1].Value >= c.Value {
		return fmt.Errorf("%s does not come after %#x", number, p.codes[n-1].Value)
	}
	p.codes = append(p.codes, c)
	p.param = nil
	return nil
}

func setUse(code *Code, s string) error {
	if code.Use != Crash {
		return fmt.Errorf("second use line")
	}
	switch s {
	case "live":
		code.Use = Live
	case "both":
		code.Use = Both
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

func (p *parser) parseParameter(code *Code, i int, s string) error {
	typ, label, labelled := strings.Cut(s, "|")
	d := parameter{typ: Type(strings.TrimSpace(typ)), label: strings.TrimSpace(label)}
	if d.typ != "" && !d.typ.known() {
		return fmt.Errorf("unknown type %q", d.typ)
	}
	if d.label == "" && (labelled || d.typ == "") {
		return fmt.Errorf("p%d is empty", i+1)
	}
	if code.params == nil {
		code.params = new([4]parameter)
	}
	p.param = &code.params[i]
	if p.param.typ != "" || p.param.label != "" {
		return fmt.Errorf("second p%d line", i+1)
	}
	*p.param = d
	return nil
}

func (p *parser) parseValues(s string) error {
	if p.param == nil {
		return fmt.Errorf("a value outside a parameter")
	}
	list, meaning, _ := strings.Cut(s, "|")
	meaning = strings.TrimSpace(meaning)
	if meaning == "" {
		return fmt.Errorf("a value without a meaning")
	}
	for more := true; more; {
		var word string
		word, list, more = strings.Cut(list, ",")
		v := value{meaning: meaning}
		switch word = strings.TrimSpace(word); word {
		case "text":
			v.kind = anyText
		case "other":
			v.kind = otherwise
		default:
			n, err := parseNumber(word, 64)
			if err != nil {
				return err
			}
			v.value = n
		}
		for _, old := range p.param.values {
			if old.kind == v.kind && old.value == v.value {
				return fmt.Errorf("second meaning of %s", word)
			}
		}
		p.param.values = append(p.param.values, v)
	}
	return nil
}

// parseNumber is ParseUint without its octal, binary and underscore forms.
func parseNumber(s string, bits int) (uint64, error) {
	digits, base := s, 10
	if rest, ok := strings.CutPrefix(s, "0x"); ok {
		digits, base = rest, 16
	}
	n, err := strconv.ParseUint(digits, base, bits)
	if err != nil {
		return 0, fmt.Errorf("%q is not a number of %d bits", s, bits)
	}
	return n, nil
}

func isName(s string) bool {
	for _, c := range []byte(s) {
		if (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '_' {
			return false
		}
	}
	return s != ""
}

// cutSpace returns the first word of s and what follows it.
func cutSpace(s string) (word, rest string) {
	i := strings.IndexAny(s, " \t")
	if i < 0 {
		return s, ""
	}
	return s[:i], strings.TrimLeft(s[i:], " \t")
}
