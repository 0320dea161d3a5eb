package pdb

import (
	"slices"
	"strings"
)

// qualified is a name with the scopes that it is in, the innermost first.
type qualified struct {
	parts      []string
	conversion bool // the name is that of a conversion: what it converts to is the result of the function
}

func (q qualified) String() string {
	parts := slices.Clone(q.parts)
	slices.Reverse(parts)
	return strings.Join(parts, "::")
}

// operators are the names that a question mark and one letter stand for.
var operators = map[byte]string{
	'2': "operator new", '3': "operator delete", '4': "operator=", '5': "operator>>", '6': "operator<<", '7': "operator!", '8': "operator==",
	'9': "operator!=", 'A': "operator[]", 'C': "operator->", 'D': "operator*", 'E': "operator++", 'F': "operator--", 'G': "operator-",
	'H': "operator+", 'I': "operator&", 'J': "operator->*", 'K': "operator/", 'L': "operator%", 'M': "operator<", 'N': "operator<=",
	'O': "operator>", 'P': "operator>=", 'Q': "operator,", 'R': "operator()", 'S': "operator~", 'T': "operator^", 'U': "operator|",
	'V': "operator&&", 'W': "operator||", 'X': "operator*=", 'Y': "operator+=", 'Z': "operator-=",
}

// operators1 are those of an underscore and a letter.
var operators1 = map[byte]string{
	'0': "operator/=", '1': "operator%=", '2': "operator>>=", '3': "operator<<=", '4': "operator&=", '5': "operator|=", '6': "operator^=",
	'7': "`vftable'", '8': "`vbtable'", '9': "`vcall'", 'A': "`typeof'", 'B': "`local static guard'", 'D': "`vbase destructor'",
	'E': "`vector deleting destructor'", 'F': "`default constructor closure'", 'G': "`scalar deleting destructor'",
	'H': "`vector constructor iterator'", 'I': "`vector destructor iterator'", 'J': "`vector vbase constructor iterator'",
	'K': "`virtual displacement map'", 'L': "`eh vector constructor iterator'", 'M': "`eh vector destructor iterator'",
	'N': "`eh vector vbase constructor iterator'", 'O': "`copy constructor closure'", 'P': "`udt returning'", 'S': "`local vftable'",
	'T': "`local vftable constructor closure'", 'U': "operator new[]", 'V': "operator delete[]", 'X': "`placement delete closure'",
	'Y': "`placement delete[] closure'",
}

// operators2 are those of two underscores and a letter.
var operators2 = map[byte]string{
	'A': "`managed vector constructor iterator'", 'B': "`managed vector destructor iterator'", 'C': "`eh vector copy constructor iterator'",
	'D': "`eh vector vbase copy constructor iterator'", 'G': "`vector copy constructor iterator'", 'H': "`vector vbase copy constructor iterator'",
	'I': "`managed vector vbase copy constructor iterator'", 'J': "`local static thread guard'", 'L': "operator co_await", 'M': "operator<=>",
}

// informations are those of _R and a digit: run-time type information.
var informations = map[byte]string{
	'2': "`RTTI Base Class Array'", '3': "`RTTI Class Hierarchy Descriptor'", '4': "`RTTI Complete Object Locator'",
}

// qualified takes a name and its scopes. isType says that it is the name of a type, which later digits can stand for if it is a template's.
func (d *decorated) qualified(isType bool) (q qualified) {
	defer d.enter()()
	name, structor := "", ""
	switch {
	case d.take("?$"):
		name, structor, q.conversion = d.template(isType)
	case !isType && d.take("?"):
		name, structor, q.conversion = d.operator()
	default:
		name = d.simple()
	}
	q.parts = []string{name}
	size := len(name)
	for !d.failed && !d.take("@") {
		scope := d.scope()
		q.parts = append(q.parts, scope)
		if size += len(scope); size > maxPlain {
			d.fail()
		}
	}
	if structor != "" { // its name is that of the class
		if len(q.parts) < 2 {
			d.fail()
			return q
		}
		q.parts[0] = d.join(structor[:len(structor)-1], q.parts[1], name)
	}
	return q
}

// scope takes a scope of a name.
func (d *decorated) scope() string {
	switch {
	case d.take("?$"):
		name, _, _ := d.template(true)
		return name
	case d.take("?A"): // with a hash of the file
		if _, rest, ok := strings.Cut(d.rest, "@"); ok {
			d.rest = rest
			d.remember("`anonymous namespace'")
			return "`anonymous namespace'"
		}
		return d.fail()
	case d.take("?"): // a block of a function, by its number
		n := d.number()
		if !d.take("?") {
			return d.fail()
		}
		isC := d.peek() != '?'
		d.take("?")
		q := d.qualified(false)
		if isC && d.peek() != '9' {
			return d.fail()
		}
		return d.join("`", d.symbol(q), "'::`", n, "'")
	}
	return d.simple()
}

// simple takes a name up to an @, or a digit that stands for one before.
func (d *decorated) simple() string {
	if c := d.peek(); c >= '0' && c <= '9' {
		if d.next(); int(c-'0') >= len(d.names) {
			return d.fail()
		}
		return d.names[c-'0']
	}
	name, rest, ok := strings.Cut(d.rest, "@")
	if !ok || name == "" || name[0] == '?' {
		return d.fail()
	}
	d.rest = rest
	d.remember(name)
	return name
}

// remember keeps a name for the digits that stand for the first ten.
func (d *decorated) remember(name string) {
	if len(d.names) < 10 && !slices.Contains(d.names, name) {
		d.names = append(d.names, name)
	}
}

// template takes a template with its arguments, in which digits stand for names in there.
func (d *decorated) template(isType bool) (name, structor string, conversion bool) {
	defer d.enter()()
	names, params := d.names, d.params
	d.names, d.params = nil, nil
	if !isType && d.take("?") {
		name, structor, conversion = d.operator()
	} else {
		name = d.simple()
	}
	name = d.join(name, d.arguments())
	d.names, d.params = names, params
	if isType {
		d.remember(name)
	}
	return name, structor, conversion
}

// operator takes the name of what is named by letters. structor is set for constructors and destructors, which have the name of their class:
// its last letter stands for that, what is before it comes first.
func (d *decorated) operator() (name, structor string, conversion bool) {
	c := d.next()
	switch c {
	case '0':
		return "", "0", false
	case '1':
		return "", "~1", false
	case 'B':
		return "operator", "", true
	case '_':
	default:
		return d.listed(operators, c), "", false
	}
	switch c = d.next(); c {
	case 'R':
		if c = d.next(); c == '1' {
			return d.join("`RTTI Base Class Descriptor at (", d.offsets(4), ")'"), "", false
		}
		return d.listed(informations, c), "", false
	case '_':
	default:
		return d.listed(operators1, c), "", false
	}
	switch c = d.next(); c {
	case 'E':
		return d.join("`dynamic initializer for '", d.initialized(), "''"), "", false
	case 'F':
		return d.join("`dynamic atexit destructor for '", d.initialized(), "''"), "", false
	case 'K':
		return d.join(`operator "" `, d.simple()), "", false
	}
	return d.listed(operators2, c), "", false
}

func (d *decorated) listed(list map[byte]string, c byte) string {
	name, ok := list[c]
	if !ok {
		return d.fail()
	}
	return name
}

// initialized takes the variable that a function initializes: decorated itself, or a name whose scopes are left where they are.
func (d *decorated) initialized() string {
	if !d.take("?") {
		return d.simple()
	}
	name := d.symbol(d.qualified(false))
	d.take("@")
	return name
}
