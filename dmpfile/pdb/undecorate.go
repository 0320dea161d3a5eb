package pdb

import (
	"strconv"
	"strings"

	"github.com/dmplens/dmplens/dmpfile"
)

// Undecorate returns the qualified name that a decorated name stands for, as debuggers show it: without what the function takes and returns.
// Names of C++ begin with a question mark; C names of x86 code have the bytes of their parameters behind them (_f@8, @f@8, f@@16). A name
// that is not understood comes back as it is, so does a name that is not decorated.
func Undecorate(name string) string {
	if strings.HasPrefix(name, "?") {
		d := decorated{rest: name}
		if plain := d.whole(); !d.failed && plain != "" {
			return plain
		}
		return name
	}
	plain, digits, ok := strings.Cut(name, "@")
	if begin := strings.TrimPrefix(name, "@"); begin != name {
		plain, digits, ok = strings.Cut(begin, "@")
	} else if strings.HasPrefix(digits, "@") {
		digits = digits[1:]
	} else {
		plain, ok = strings.CutPrefix(plain, "_")
	}
	if _, err := strconv.ParseUint(digits, 10, 16); !ok || err != nil || plain == "" {
		return name
	}
	return plain
}

// Undecorate is the function of that name for symbols of this file: in x86 code every C name has an underscore in front, which goes too.
func (f *File) Undecorate(name string) string {
	plain := Undecorate(name)
	if f.machine == dmpfile.MachineX86 && plain == name && len(name) > 1 {
		plain = strings.TrimPrefix(name, "_")
	}
	return plain
}

// Bounds of a decorated name. Compilers replace longer ones by a hash (??@...@); a short name can stand for a very long one.
const (
	maxDecorated = 4096
	maxPlain     = 8192
	maxDepth     = 64
)

// decorated is a decorated name as far as it is not yet read. Where it is not understood failed is set, and what is returned means nothing.
type decorated struct {
	rest   string
	failed bool
	depth  int
	names  []string // that a digit can stand for
	params []string // of functions, likewise
}

func (d *decorated) fail() string {
	d.failed = true
	d.rest = ""
	return ""
}

func (d *decorated) take(begin string) bool {
	rest, ok := strings.CutPrefix(d.rest, begin)
	d.rest = rest
	return ok
}

// next takes one letter, 0 where there is none.
func (d *decorated) next() byte {
	if d.rest == "" {
		d.fail()
		return 0
	}
	c := d.rest[0]
	d.rest = d.rest[1:]
	return c
}

// peek is the next letter, 0 where there is none.
func (d *decorated) peek() byte {
	if d.rest == "" {
		return 0
	}
	return d.rest[0]
}

// enter bounds how deep names lie in names.
func (d *decorated) enter() (leave func()) {
	if d.depth++; d.depth > maxDepth {
		d.fail()
	}
	return func() { d.depth-- }
}

// join is a + b within bounds.
func (d *decorated) join(parts ...string) string {
	s := strings.Join(parts, "")
	if len(s) > maxPlain {
		return d.fail()
	}
	return s
}

// number takes a number: a digit is one less than it, letters from A to P are hexadecimal digits up to an @. A question mark before it is
// the sign.
func (d *decorated) number() (digits string) {
	sign := ""
	if d.take("?") {
		sign = "-"
	}
	if c := d.peek(); c >= '0' && c <= '9' {
		d.next()
		return sign + strconv.Itoa(int(c-'0')+1)
	}
	v := uint64(0)
	for i := 0; !d.take("@"); i++ {
		c := d.next()
		if c < 'A' || c > 'P' || i == 16 {
			return d.fail()
		}
		v = v<<4 | uint64(c-'A')
	}
	return sign + strconv.FormatUint(v, 10)
}

// offsets takes numbers of 32 bits, whose highest bit is the sign.
func (d *decorated) offsets(n int) string {
	list := make([]string, n)
	for i := range list {
		list[i] = d.number()
		if v, err := strconv.ParseUint(list[i], 10, 32); err == nil {
			list[i] = strconv.Itoa(int(int32(v)))
		}
	}
	return strings.Join(list, ",")
}

// whole takes a name with what follows it, of which only a little shows: an offset, or the base that a table of virtual functions is for.
// What follows a name otherwise need not be understood.
func (d *decorated) whole() string {
	if len(d.rest) > maxDecorated {
		return d.fail()
	}
	if strings.HasPrefix(d.rest, "??_C@") {
		return "`string'"
	}
	if d.take("??_R0") { // its type is what the name begins with
		t := d.dataType()
		return d.join(t.String(), " `RTTI Type Descriptor'")
	}
	d.take("?")
	q := d.qualified(false)
	if q.conversion {
		return d.symbol(q)
	}
	switch c := d.peek(); {
	case c == '$' || c >= 'A' && c <= 'Z':
		return d.withThunk(q.String())
	case c == '6' || c == '7':
		return d.symbol(q)
	case c >= '0' && c <= '9':
		return q.String()
	}
	return d.fail()
}

// withThunk adds to the name of a thunk what it adjusts.
func (d *decorated) withThunk(name string) string {
	suffix, _ := d.thunk()
	if d.failed || suffix == "" {
		return name
	}
	return d.join("[thunk]:", name, suffix)
}

// thunk takes the class of a function. suffix is what the name of a thunk shows; member says that qualifiers of the object follow.
func (d *decorated) thunk() (suffix string, member bool) {
	for d.take("$$") { // F and h are of managed code and ARM64EC, J and a digit of extern "C"
		if c := d.next(); c == 'J' {
			d.next()
		}
	}
	c := d.next()
	if c == '$' {
		switch c = d.next(); {
		case c == 'B':
			n := d.number()
			d.next()
			return d.join("{", n, ",{flat}}"), false
		case c == 'R':
			d.next()
			return d.join("`vtordispex{", d.offsets(4), "}'"), true
		case c >= '0' && c <= '5':
			return d.join("`vtordisp{", d.offsets(2), "}'"), true
		}
		d.fail()
		return "", false
	}
	if c < 'A' || c > 'Z' {
		d.fail()
		return "", false
	}
	if c >= 'Y' { // of no class
		return "", false
	}
	switch (c - 'A') % 8 / 2 {
	case 1: // static
		return "", false
	case 3:
		return d.join("`adjustor{", d.number(), "}'"), true
	}
	return "", true
}

// symbol takes what follows a name, whole.
func (d *decorated) symbol(q qualified) string {
	defer d.enter()()
	switch c := d.peek(); {
	case c == '9': // a C name
		d.next()
		return q.String()
	case c == '8': // run-time type information
		d.next()
		return q.String()
	case c == '6' || c == '7':
		d.next()
		d.qualifiers()
		name := q.String()
		for first := true; !d.failed && !d.take("@"); first = false {
			base := d.qualified(true)
			begin := "{for `"
			if !first {
				name = strings.TrimSuffix(name, "}")
				begin = "s `"
			}
			name = d.join(name, begin, base.String(), "'}")
		}
		return name
	case c == '5':
		d.next()
		if c := d.peek(); c != 0 && c != '@' {
			d.number()
		}
		return q.String()
	case c >= '0' && c <= '4':
		d.next()
		d.dataType()
		d.extension()
		if _, member := d.qualifiers(); member {
			d.qualified(true)
		}
		return q.String()
	}
	suffix, member := d.thunk()
	if strings.HasSuffix(suffix, "{flat}}") { // no more than a calling convention
		d.next()
		return d.join("[thunk]:", q.String(), suffix)
	}
	if member {
		d.extension()
		d.qualifiers()
	}
	f := d.function()
	name := q.String()
	if q.conversion {
		name = d.join(name, " ", f.result.String())
	}
	if suffix != "" {
		return d.join("[thunk]:", name, suffix)
	}
	return name
}
