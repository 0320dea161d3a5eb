package pdb

import "strings"

// typeText is a type as it is written around the name of what is declared: int (*name)[2].
type typeText struct {
	before, after string
	inner         bool // before it parentheses are needed: it is a function or an array
}

func (t typeText) String() string { return t.before + t.after }

// signature is what a function returns and takes.
type signature struct {
	convention string
	result     typeText
	params     string
}

// basic are the types of one letter.
var basic = map[byte]string{
	'C': "signed char", 'D': "char", 'E': "unsigned char", 'F': "short", 'G': "unsigned short", 'H': "int", 'I': "unsigned int", 'J': "long",
	'K': "unsigned long", 'M': "float", 'N': "double", 'O': "long double", 'X': "void",
}

// basic1 are those of an underscore and a letter.
var basic1 = map[byte]string{
	'D': "__int8", 'E': "unsigned __int8", 'F': "__int16", 'G': "unsigned __int16", 'H': "__int32", 'I': "unsigned __int32", 'J': "__int64",
	'K': "unsigned __int64", 'L': "__int128", 'M': "unsigned __int128", 'N': "bool", 'P': "auto", 'Q': "char8_t", 'S': "char16_t",
	'T': "decltype(auto)", 'U': "char32_t", 'W': "wchar_t",
}

// conventions are the calling conventions, by the first of two letters.
var conventions = map[byte]string{
	'A': "__cdecl", 'C': "__pascal", 'E': "__thiscall", 'G': "__stdcall", 'I': "__fastcall", 'M': "__clrcall", 'O': "__eabi",
	'Q': "__vectorcall", 'S': "__swift_1", 'W': "__swift_2",
}

var constness = [...]string{"", " const", " volatile", " const volatile"}

// extension takes what is said of a pointer before its qualifiers: 64 bits, unaligned, restrict, and of an object that it is & or &&.
func (d *decorated) extension() {
	for strings.IndexByte("EFIGH", d.peek()) >= 0 && d.rest != "" {
		d.next()
	}
}

// qualifiers takes const and volatile. member says that a class follows, to which a pointer belongs.
func (d *decorated) qualifiers() (text string, member bool) {
	switch c := d.next(); {
	case c >= 'A' && c <= 'D':
		return constness[c-'A'], false
	case c >= 'Q' && c <= 'T':
		return constness[c-'Q'], true
	}
	return d.fail(), false
}

// dataType takes a type.
func (d *decorated) dataType() typeText {
	defer d.enter()()
	switch c := d.next(); c {
	case 'T', 'U', 'V':
		return typeText{before: d.qualified(true).String()}
	case 'W': // a digit says how an enumeration is stored
		d.next()
		return typeText{before: d.qualified(true).String()}
	case 'A', 'B', 'P', 'Q', 'R', 'S':
		return d.pointer(c)
	case 'Y':
		return d.array()
	case '_':
		return typeText{before: d.listed(basic1, d.next())}
	case '?': // of a result: its qualifiers come first. What has no other name, such as <auto>, has one here
		if c := d.peek(); c < 'A' || c > 'D' {
			return typeText{before: d.qualified(true).String()}
		}
		q, _ := d.qualifiers()
		t := d.dataType()
		t.before = d.join(t.before, q)
		return t
	case '$':
		return d.extended()
	default:
		return typeText{before: d.listed(basic, c)}
	}
}

// extended takes a type that begins with two dollar signs, of which one is taken.
func (d *decorated) extended() typeText {
	switch {
	case d.take("$Q"):
		return d.target(" &&")
	case d.take("$R"):
		return d.target(" && volatile")
	case d.take("$T"):
		return typeText{before: "std::nullptr_t"}
	case d.take("$B"):
		return d.dataType()
	case d.take("$C"):
		q, _ := d.qualifiers()
		t := d.dataType()
		t.before = d.join(t.before, q)
		return t
	case d.take("$A6"):
		return d.function().text("")
	case d.take("$A8@@"):
		d.extension()
		q, _ := d.qualifiers()
		t := d.function().text("")
		t.after = d.join(t.after, q)
		return t
	case d.take("$Y"): // the name of a template alias
		return typeText{before: d.qualified(true).String()}
	}
	d.fail()
	return typeText{}
}

// pointer takes what a pointer or reference points to.
func (d *decorated) pointer(kind byte) typeText {
	switch kind {
	case 'A':
		return d.target(" &")
	case 'B':
		return d.target(" & volatile")
	}
	return d.target(" *" + constness[kind-'P'])
}

// target takes what something points to that is written as mark.
func (d *decorated) target(mark string) typeText {
	switch {
	case d.take("6"):
		return d.function().text(strings.TrimPrefix(mark, " "))
	case d.take("8"):
		class := d.qualified(true).String()
		d.extension()
		q, _ := d.qualifiers()
		t := d.function().text(d.join(" ", class, "::", strings.TrimPrefix(mark, " ")))
		t.after = d.join(t.after, q)
		return t
	}
	d.extension()
	q, member := d.qualifiers()
	if member {
		mark = d.join(" ", d.qualified(true).String(), "::", strings.TrimPrefix(mark, " "))
	}
	t := d.dataType()
	if q != "" && strings.HasSuffix(t.before, q) { // a pointer that is const is so twice: as what is pointed to, and by itself
		q = ""
	}
	if t.inner { // an array; its qualifiers are those of what it is of
		return typeText{before: d.join(t.before, q, " (", strings.TrimPrefix(mark, " ")), after: d.join(")", t.after)}
	}
	return typeText{before: d.join(t.before, q, mark), after: t.after}
}

// array takes the sizes of an array and what it is of.
func (d *decorated) array() typeText {
	var sizes strings.Builder
	n := d.number()
	if len(n) > 1 || n > "8" { // more dimensions than compilers have
		d.fail()
	}
	for ; n > "0" && !d.failed; n = string(n[0] - 1) {
		size := d.number()
		if size == "0" {
			size = ""
		}
		sizes.WriteString("[" + size + "]")
	}
	t := d.dataType()
	return typeText{before: t.before, after: d.join(sizes.String(), t.after), inner: true}
}

// function takes a function: its calling convention, what it returns and takes, and whether it throws.
func (d *decorated) function() (f signature) {
	defer d.enter()()
	c := d.next()
	f.convention = d.listed(conventions, c-(c-'A')%2) // the second letter of a pair is of functions that are exported
	if !d.take("@") {                                 // constructors and destructors return nothing
		f.result = d.dataType()
	}
	f.params = d.parameters()
	if !d.take("Z") && !d.take("_E") {
		d.fail()
	}
	return f
}

// text writes the type of a function, or of a pointer to it with its mark.
func (f signature) text(mark string) typeText {
	if mark == "" {
		return typeText{before: f.result.before, after: " " + f.convention + "(" + f.params + ")" + f.result.after}
	}
	return typeText{before: f.result.before + " (" + f.convention + mark, after: ")(" + f.params + ")" + f.result.after}
}

// parameters takes the types of parameters. A digit stands for one of the first ten that were longer than a letter.
func (d *decorated) parameters() string {
	if d.take("X") {
		return "void"
	}
	list := ""
	for sep := ""; !d.failed; sep = "," {
		switch c := d.peek(); {
		case c == '@':
			d.next()
			return list
		case c == 'Z':
			d.next()
			return d.join(list, sep, "...")
		case c >= '0' && c <= '9':
			if d.next(); int(c-'0') >= len(d.params) {
				return d.fail()
			}
			list = d.join(list, sep, d.params[c-'0'])
		default:
			before := len(d.rest)
			t := d.dataType().String()
			if before-len(d.rest) > 1 && len(d.params) < 10 {
				d.params = append(d.params, t)
			}
			list = d.join(list, sep, t)
		}
	}
	return ""
}

// arguments takes the arguments of a template.
func (d *decorated) arguments() string {
	list := ""
	for !d.failed && !d.take("@") {
		if d.take("$$V") || d.take("$$$V") || d.take("$$Z") || d.take("$S") { // packs without arguments, and where they end
			continue
		}
		if list != "" {
			list += ","
		}
		list = d.join(list, d.argument())
	}
	if strings.HasSuffix(list, ">") {
		list += " "
	}
	return d.join("<", list, ">")
}

// argument takes one argument: a type, or a value.
func (d *decorated) argument() string {
	if strings.HasPrefix(d.rest, "$$") || !d.take("$") {
		return d.dataType().String()
	}
	if d.take("M") { // the type of a value that the template leaves open
		d.dataType()
	}
	switch c := d.next(); c {
	case '0':
		return d.number()
	case '1', 'E':
		if !d.take("?") {
			return d.fail()
		}
		name := d.symbol(d.qualified(false))
		if c == '1' {
			name = d.join("&", name)
		}
		return name
	case 'H', 'I', 'J': // a member function, and how the object is adjusted
		if !d.take("?") {
			return d.fail()
		}
		list := d.join("{", d.symbol(d.qualified(false)))
		for range int(c-'H') + 1 {
			list = d.join(list, ",", d.number())
		}
		return d.join(list, "}")
	case 'F', 'G': // a data member
		list := d.join("{", d.number())
		for range int(c-'F') + 1 {
			list = d.join(list, ",", d.number())
		}
		return d.join(list, "}")
	}
	return d.fail()
}
