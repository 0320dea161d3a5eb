package bugcheck

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// parse reads all of a file.
func parse(text string) (*table, error) {
	return parseFiles(file{"test.txt", []byte(text)})
}

func parseFiles(files ...file) (*table, error) {
	t, err := newTable(files)
	if err != nil {
		return nil, err
	}
	for _, e := range t.enums {
		if err := t.readEnum(e); err != nil {
			return nil, err
		}
	}
	for _, e := range t.codes {
		if err := t.readCode(e); err != nil {
			return nil, err
		}
	}
	return t, nil
}

func mustParse(t *testing.T, text string) *table {
	t.Helper()
	parsed, err := parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

// String returns t in the form of the data, in one way for all ways to write
// the same.
func (t *table) String() string {
	var p printer
	enums := slices.SortedFunc(slices.Values(t.enums), func(a, b *enumEntry) int { return cmp.Compare(a.name, b.name) })
	for _, e := range enums {
		p.line(0, "enum %s", e.name)
		p.values(1, t.values(e.name))
	}
	for _, e := range t.codes {
		c := t.code(e)
		p.line(0, "%s", strings.Join(append([]string{fmt.Sprintf("%#x", c.Value), c.Name}, c.Aliases...), " "))
		if c.Use != Crash {
			p.line(1, "use %s", c.Use)
			p.line(1, "requester %s", c.Requester)
		}
		if c.Undocumented {
			p.line(1, "undocumented")
		}
		if c.Summary != "" {
			p.line(1, "summary %s", c.Summary)
		}
		p.cases(1, &c.Case)
	}
	return p.String()
}

type printer struct{ strings.Builder }

func (p *printer) line(level int, format string, args ...any) {
	fmt.Fprintf(p, strings.Repeat("  ", level)+format+"\n", args...)
}

func (p *printer) cases(level int, c *Case) {
	for _, look := range c.Looks {
		p.line(level, "look %s", look)
	}
	for _, note := range c.Notes {
		p.line(level, "note %s", note)
	}
	for i, r := range c.Parameters {
		if r == nil {
			continue
		}
		parts := []string{fmt.Sprintf("p%d", i+1)}
		if r.Type != "" {
			parts = append(parts, string(r.Type))
		}
		if r.Label != "" {
			parts = append(parts, "|", r.Label)
		}
		p.line(level, "%s", strings.Join(parts, " "))
		p.values(level+1, r.Values)
	}
	for _, w := range c.When {
		p.line(level, "when %s", w.On)
		p.cases(level+1, &w.Case)
	}
}

func (p *printer) values(level int, values []Value) {
	var on *Systems
	for i, v := range values {
		if v.On != nil && (i == 0 || v.On != on) {
			p.line(level, "when %s", v.On)
		}
		on = v.On
		level := level
		if on != nil {
			level++
		}
		keyword := "="
		var matches []string
		for _, m := range v.Match {
			if m.Kind == Bits {
				keyword = "&"
			}
			matches = append(matches, m.String())
		}
		p.line(level, "%s %s | %s", keyword, strings.Join(matches, ", "), v.Meaning)
		if v.Case != nil {
			p.cases(level+1, v.Case)
		}
	}
}

// decodeAll decodes with all parameters known.
func (t *table) decodeAll(s System, code uint32, params [4]uint64) Decoded {
	return t.decode(s, code, params, [4]bool{true, true, true, true})
}
