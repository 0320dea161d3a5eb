package bugcheck

import (
	"strconv"
	"strings"
)

// A Use says what kind of dump a code marks.
type Use uint8

const (
	Crash Use = iota + 1 // the system stopped
	Live                 // the system ran on
	Both                 // either of the two
)

// String returns "crash", "live" or "both".
func (u Use) String() string {
	switch u {
	case Crash:
		return "crash"
	case Live:
		return "live"
	case Both:
		return "both"
	}
	return "Use(" + strconv.Itoa(int(u)) + ")"
}

// A Code is a bug check or live dump code and what is known of it.
type Code struct {
	Value   uint32
	Name    string
	Aliases []string // other names of the same number; not to be changed
	Use     Use

	// Requester is a noun phrase for who asks for the live dump.
	// It is empty for codes that only mark crashes.
	Requester string

	// Summary is one sentence on what the code says, or empty.
	Summary string

	// Undocumented says that only the name is published.
	Undocumented bool

	// Case is what holds whatever the parameters are, and what they are.
	Case
}

// Explained reports whether it is known what some parameter is, be it on
// certain systems only.
func (c Code) Explained() bool { return c.hasParameters() }

// Lists reports whether values of parameter n, 1 to 4, have meanings of their
// own: those of the code or those of an enumeration that codes share.
func (c Code) Lists(n int) bool {
	for i, r := range c.roles {
		if i == n-1 && (len(r.Values) > 0 || r.Type != "" && !r.Type.builtin()) {
			return true
		}
	}
	return false
}

// Selects reports whether values of parameter n, 1 to 4, say what the other
// parameters are.
func (c Code) Selects(n int) bool {
	for i, r := range c.roles {
		if i != n-1 {
			continue
		}
		for _, v := range r.Values {
			if v.Case != nil && v.Case.hasParameters() {
				return true
			}
		}
	}
	return false
}

// Lookup returns the code with the given value. It takes the value as it is:
// 0x1000007E is a code of its own, see [Base].
func Lookup(value uint32) (Code, bool) {
	return index.lookup(value)
}

// ByName returns the code that has the given name, or has it besides its own.
// Case does not count.
func ByName(name string) (Code, bool) {
	t := index
	for _, e := range t.codes {
		for candidate := range e.names {
			if strings.EqualFold(candidate, name) {
				return t.code(e), true
			}
		}
	}
	return Code{}, false
}

// Codes returns all codes, in ascending order of their values.
func Codes() []Code {
	t := index
	codes := make([]Code, len(t.codes))
	for i, e := range t.codes {
		codes[i] = t.code(e)
	}
	return codes
}

// Base returns the code as event logs say it. Windows sets bit 28 in the codes
// of some dumps: 0x1000009F is then 0x9F. The bit is taken off only if what
// remains is a known code below 0x10000, since a code of someone else's making
// may have it too.
func Base(raw uint32) uint32 {
	const bit = 0x10000000
	if raw>>28 != bit>>28 {
		return raw
	}
	code := raw &^ bit
	if code >= 0x10000 {
		return raw
	}
	if _, ok := index.find(code); !ok {
		return raw
	}
	return code
}
