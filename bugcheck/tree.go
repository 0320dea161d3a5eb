package bugcheck

import "fmt"

// A Case is what is known of a code, or of a code whose parameters have
// certain values. Cases belong to the package: they are not to be changed.
type Case struct {
	Looks      []string // sentences on what to look at first, see Decoded.FirstLook
	Notes      []string // sentences on what else to know
	Parameters [4]*Role // nil where nothing is known of a parameter
	When       []When   // what goes before all this on some systems
}

// A When is a case that holds only on some systems.
type When struct {
	On *Systems
	Case
}

// A Role says what a parameter is.
type Role struct {
	Type   Type
	Label  string // a noun phrase, or empty
	Values []Value
}

// A Value says what some values of a parameter mean.
type Value struct {
	Match   []Match  // which values, at least one
	Meaning string   // without a capital or a full stop
	On      *Systems // nil: on every system
	Case    *Case    // what else holds then, or nil
}

// A Match is a value, or a kind of values.
type Match struct {
	Kind      MatchKind
	Low, High uint64 // the first and the last, for Exactly and Range; Low for Bits
}

// A MatchKind says how a Match matches. Of two that do, the lower one goes
// first.
type MatchKind uint8

const (
	Exactly MatchKind = iota // one value
	Range                    // Low to High
	Bits                     // all bits of Low are set, others may be
	AnyText                  // whatever Text accepts
	Other                    // everything
)

// String returns m in the form of the data: "0x1", "0x10-0x1f", "text".
func (m Match) String() string {
	switch m.Kind {
	case Range:
		return fmt.Sprintf("%#x-%#x", m.Low, m.High)
	case AnyText:
		return "text"
	case Other:
		return "other"
	}
	return fmt.Sprintf("%#x", m.Low)
}

// role returns what parameter i+1 is on s. It is unsure if that would be
// something else on a system that s may be.
func (c *Case) role(i int, s System) (r *Role, unsure bool) {
	for j := range c.When {
		w := &c.When[j]
		if w.Parameters[i] == nil {
			continue
		}
		switch w.On.include(s) {
		case yes:
			return w.Parameters[i], unsure
		case maybe:
			unsure = true
		}
	}
	return c.Parameters[i], unsure
}

// hasParametersOn reports whether c says what some parameter is on s.
func (c *Case) hasParametersOn(s System) bool {
	for i := range c.Parameters {
		if r, _ := c.role(i, s); r != nil {
			return true
		}
	}
	return false
}

// hasParameters reports whether c says what some parameter is, on any system.
func (c *Case) hasParameters() bool {
	for range c.roles {
		return true
	}
	return false
}

// roles calls yield with the index and role of every parameter that c itself
// speaks of, on any system, but not with those that stand below a value.
func (c *Case) roles(yield func(int, *Role) bool) {
	for i, r := range c.Parameters {
		if r != nil && !yield(i, r) {
			return
		}
	}
	for j := range c.When {
		for i, r := range c.When[j].Parameters {
			if r != nil && !yield(i, r) {
				return
			}
		}
	}
}
