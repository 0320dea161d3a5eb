package etw

import (
	_ "embed"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"strings"
	"sync"

	"github.com/dmplens/dmplens/dmpfile"
)

// Layout says what the payload of an event holds.
type Layout struct {
	Text   string // what the event says, in our words, with the names of fields in braces: "the volume {DriveName} is in state {CorruptionActionState}"
	Fields []LayoutField
	legacy bool   // of the strings of a legacy event
	source string // of such an event; "" is any
}

// LayoutField is one value of a payload.
type LayoutField struct {
	Name    string
	Type    string // as layouts.txt explains
	Private bool
	length  string // the field that says how many bytes this one has
}

//go:embed layouts.txt
var layoutsText string

//go:embed providers.txt
var providersText string

// tables are the two text tables, read once.
type tables struct {
	layouts   map[Key][]Layout
	providers map[dmpfile.GUID]string
}

var read = sync.OnceValue(func() tables {
	t, err := parseTables(layoutsText, providersText)
	if err != nil {
		panic(err) // a test reads them
	}
	return t
})

// parseTables reads the text of layouts.txt and of providers.txt.
func parseTables(layouts, providers string) (tables, error) {
	t := tables{map[Key][]Layout{}, map[dmpfile.GUID]string{}}
	for n, line := range dataLines(providers) {
		id, name, _ := strings.Cut(line, " ")
		g, err := dmpfile.ParseGUID(id)
		if err != nil || name == "" {
			return t, fmt.Errorf("providers.txt:%d: want a GUID and a name", n)
		}
		t.providers[g] = name
	}
	var provider dmpfile.GUID
	for n, line := range dataLines(layouts) {
		if id, ok := strings.CutPrefix(line, "provider "); ok {
			var err error
			if provider, err = dmpfile.ParseGUID(id); err != nil {
				return t, fmt.Errorf("layouts.txt:%d: %w", n, err)
			}
			continue
		}
		key, l, err := parseLayout(line)
		if err != nil {
			return t, fmt.Errorf("layouts.txt:%d: %w", n, err)
		}
		key.Provider = provider
		t.layouts[key] = append(t.layouts[key], l)
	}
	return t, nil
}

// dataLines returns the lines that are neither empty nor comments, with their numbers.
func dataLines(text string) iter.Seq2[int, string] {
	return func(yield func(int, string) bool) {
		n := 0
		for line := range strings.Lines(text) {
			n++
			if line = strings.TrimSpace(line); line != "" && line[0] != '#' && !yield(n, line) {
				return
			}
		}
	}
}

// parseLayout reads a line of layouts.txt. The key lacks the provider.
func parseLayout(line string) (Key, Layout, error) {
	var key Key
	var l Layout
	head, text, ok := strings.Cut(line, " | ")
	words := strings.Fields(head)
	if !ok || len(words) < 2 {
		return key, l, errors.New("want id, version, fields, | and text")
	}
	l.Text = text
	if words[0] != "*" {
		id, err := strconv.ParseUint(words[0], 10, 16)
		if err != nil {
			return key, l, err
		}
		key.ID = uint16(id)
	}
	key.Version = anyVersion
	kind, source, _ := strings.Cut(words[1], ":")
	switch l.source = source; kind {
	case "*":
	case "legacy":
		l.legacy = true
	default:
		v, err := strconv.ParseUint(words[1], 10, 8)
		if err != nil {
			return key, l, err
		}
		key.Version = uint8(v)
	}
	for _, w := range words[2:] {
		w, private := strings.CutSuffix(w, "!")
		f := LayoutField{Private: private, Type: "z"}
		if f.Name, w, ok = strings.Cut(w, ":"); ok == l.legacy {
			return key, l, fmt.Errorf("field %q: want a type, but not of a string of the event log", f.Name)
		}
		if ok {
			f.Type = w
			if of, ok := strings.CutPrefix(w, "bytes("); ok {
				f.Type, f.length = "bytes", strings.TrimSuffix(of, ")")
			}
			if k, ok := kindOf[f.Type]; !ok || (k == kindBinary) != (f.length != "") {
				return key, l, fmt.Errorf("field %q: unknown type %q", f.Name, w)
			}
		}
		l.Fields = append(l.Fields, f)
	}
	return key, l, nil
}

// Layouts for all versions stand under this one in the table; those for all events of a provider under the id 0.
const anyVersion = 0xFF

// layoutsOf returns the layouts of an event: those of its version, or of all.
func layoutsOf(provider dmpfile.GUID, id uint16, version uint8) []Layout {
	t := read()
	for _, key := range [...]Key{{provider, id, version}, {provider, id, anyVersion}, {provider, 0, anyVersion}} {
		if l := t.layouts[key]; l != nil {
			return l
		}
	}
	return nil
}

// LayoutOf returns the layout of an event, the first where a version has several; ok is false where it is not known.
func LayoutOf(provider dmpfile.GUID, id uint16, version uint8) (l Layout, ok bool) {
	if list := layoutsOf(provider, id, version); list != nil {
		return list[0], true
	}
	return Layout{}, false
}

// Expand returns the Text with the values of an event in it. A private value reads "(private)".
func (l Layout) Expand(fields []Field) string {
	if len(fields) == 0 {
		return l.Text
	}
	pairs := make([]string, 0, 2*len(fields))
	for _, f := range fields {
		text := "(private)"
		if !f.Private {
			text = f.String()
		}
		pairs = append(pairs, "{"+f.Name+"}", text)
	}
	return strings.NewReplacer(pairs...).Replace(l.Text)
}

// ProviderName returns the name of a provider, or "" where it is not known.
func ProviderName(provider dmpfile.GUID) string { return read().providers[provider] }
