package bugcheck

import (
	"bytes"
	"cmp"
	"embed"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
)

// A table knows where each code and enumeration stands. What stands below
// their lines is read on first use.
type table struct {
	codes []*codeEntry // in ascending order
	enums []*enumEntry
}

// A block is the lines below a line in the first column.
type block struct {
	file       string
	line       int    // the number of the line in the first column
	start, end int    // where the lines below it are in the file
	text       []byte // those lines, nil in the index
}

// lines returns the text of b. That of the index is read from the file.
func (b block) lines() string {
	if b.text != nil {
		return string(b.text)
	}
	f, err := codesFS.Open("codes/" + b.file)
	if err != nil {
		panic(err) // embedded
	}
	text := make([]byte, b.end-b.start)
	if _, err := f.(io.ReaderAt).ReadAt(text, int64(b.start)); err != nil {
		panic(err)
	}
	return string(text)
}

type codeEntry struct {
	value   uint32
	name    string
	aliases []string
	block   block
	once    sync.Once
	code    *Code
	err     error
}

type enumEntry struct {
	name   Type
	block  block
	once   sync.Once
	values []Value
	err    error
}

// names calls yield with all names of a code.
func (e *codeEntry) names(yield func(string) bool) {
	if !yield(e.name) {
		return
	}
	for _, alias := range e.aliases {
		if !yield(alias) {
			return
		}
	}
}

// A file is one of those that hold the data.
type file struct {
	name string
	text []byte
}

//go:generate go test -run ^TestIndex$ -update

//go:embed codes/*.txt
var codesFS embed.FS

// codesFiles returns the data, in the order of the files' names.
func codesFiles() []file {
	entries, err := codesFS.ReadDir("codes")
	if err != nil {
		panic(err) // embedded
	}
	files := make([]file, len(entries))
	for i, e := range entries {
		text, err := codesFS.ReadFile("codes/" + e.Name())
		if err != nil {
			panic(err)
		}
		files[i] = file{e.Name(), text}
	}
	return files
}

// newTable reads the lines in the first column. A program has what comes of that in the index, which is data that costs nothing before it
// is asked; tests prove that it is the same.
func newTable(files []file) (*table, error) {
	t := &table{}
	for _, f := range files {
		first := len(t.codes)
		err := f.blocks(func(head string, b block) error {
			if keyword, name := cutSpace(head); keyword == "enum" {
				return t.addEnum(name, b)
			}
			return t.addCode(head, b, t.codes[first:])
		})
		if err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(t.codes, func(a, b *codeEntry) int { return cmp.Compare(a.value, b.value) })
	for i, e := range t.codes[min(1, len(t.codes)):] {
		if other := t.codes[i]; other.value == e.value {
			return nil, e.block.errorf(0, "%#x stands in %s:%d too", e.value, other.block.file, other.block.line)
		}
	}
	return t, nil
}

// blocks calls add with every line in the first column and what is below it.
func (f file) blocks(add func(head string, b block) error) error {
	var head string
	b := block{file: f.name}
	start := 0 // of the lines below head
	for n, pos := 1, 0; pos < len(f.text); n++ {
		end, next := len(f.text), len(f.text)
		if i := bytes.IndexByte(f.text[pos:], '\n'); i >= 0 {
			end, next = pos+i, pos+i+1
		}
		line := bytes.TrimRight(f.text[pos:end], " \r")
		switch {
		case len(line) == 0 || line[0] == '#':
		case line[0] == ' ' || line[0] == '\t':
			if head == "" {
				b.line = n
				return b.errorf(0, "indented, with nothing to belong to")
			}
		default:
			if head != "" {
				b.start, b.end, b.text = start, pos, f.text[start:pos]
				if err := add(head, b); err != nil {
					return err
				}
			}
			head, start = string(line), next
			b.line = n
			if strings.Contains(head, "\t") {
				return b.errorf(0, "a tab")
			}
		}
		pos = next
	}
	if head == "" {
		return nil
	}
	b.start, b.end, b.text = start, len(f.text), f.text[start:]
	return add(head, b)
}

// errorf makes an error about the line that comes the given number of lines
// after the one in the first column.
func (b block) errorf(after int, format string, args ...any) error {
	return fmt.Errorf("%s:%d: %w", b.file, b.line+after, fmt.Errorf(format, args...))
}

func (t *table) addEnum(name string, b block) error {
	if !isTypeName(name) {
		return b.errorf(0, "%q is not the name of a type", name)
	}
	typ := Type(name)
	if t.known(typ) {
		return b.errorf(0, "second type %s", name)
	}
	t.enums = append(t.enums, &enumEntry{name: typ, block: b})
	return nil
}

// addCode adds the code of line head, which comes after those of before.
func (t *table) addCode(head string, b block, before []*codeEntry) error {
	number, names := cutSpace(head)
	v, err := parseNumber(number, 32)
	if err != nil {
		return b.errorf(0, "%w", err)
	}
	e := &codeEntry{value: uint32(v), block: b}
	if e.name, names = cutSpace(names); e.name == "" {
		return b.errorf(0, "%s has no name", number)
	}
	if names != "" {
		e.aliases = strings.Fields(names)
	}
	for name := range e.names {
		if !isName(name) {
			return b.errorf(0, "%q is not a name", name)
		}
	}
	if n := len(before); n > 0 && before[n-1].value >= e.value {
		return b.errorf(0, "%s does not come after %#x", number, before[n-1].value)
	}
	t.codes = append(t.codes, e)
	return nil
}

// known reports whether typ is a type.
func (t *table) known(typ Type) bool {
	return typ.builtin() || t.findEnum(typ) != nil
}

// findEnum returns the enumeration typ, nil if it is none. There are few.
func (t *table) findEnum(typ Type) *enumEntry {
	for _, e := range t.enums {
		if e.name == typ {
			return e
		}
	}
	return nil
}

func (t *table) find(value uint32) (*codeEntry, bool) {
	i, ok := slices.BinarySearchFunc(t.codes, value, func(e *codeEntry, v uint32) int {
		return cmp.Compare(e.value, v)
	})
	if !ok {
		return nil, false
	}
	return t.codes[i], true
}

func (t *table) lookup(value uint32) (Code, bool) {
	e, ok := t.find(value)
	if !ok {
		return Code{}, false
	}
	return t.code(e), true
}

// code returns the code of e, which is read when it is first asked for.
func (t *table) code(e *codeEntry) Code {
	if err := t.readCode(e); err != nil {
		panic(err) // the files are part of the program, and tested
	}
	return *e.code
}

func (t *table) readCode(e *codeEntry) error {
	e.once.Do(func() {
		e.code = &Code{Value: e.value, Name: e.name, Aliases: e.aliases, Use: Crash}
		e.err = parseCode(e.block, t.known, e.code)
	})
	return e.err
}

// values returns the values of the enumeration typ, if it is one.
func (t *table) values(typ Type) []Value {
	e := t.findEnum(typ)
	if e == nil {
		return nil
	}
	if err := t.readEnum(e); err != nil {
		panic(err)
	}
	return e.values
}

func (t *table) readEnum(e *enumEntry) error {
	e.once.Do(func() { e.values, e.err = parseEnum(e.block) })
	return e.err
}
