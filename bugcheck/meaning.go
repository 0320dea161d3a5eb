package bugcheck

import (
	"fmt"
	"strings"

	"github.com/dmplens/dmplens/bugcheck/ntstatus"
)

const undocumentedValue = "undocumented value"

// meaning returns what v says in parameter r on s, and the value of the data
// that says so, if one does. Listed values go first, then what the type tells,
// then what the data says of all other values. If it is unsure that r is the
// right role, nothing is said to be undocumented.
func (t *table) meaning(r *Role, s System, v uint64, unsure bool) (string, *Value) {
	shared := t.values(r.Type)
	key := v
	if r.Type == TypeNTStatus {
		if status, ok := low32(v); ok {
			key = uint64(status)
		}
	}
	q := query{s, key, unsure}
	if found := q.best(Exactly, Range, r.Values, shared); found != nil {
		return found.Meaning, found
	}
	if meaning := q.flags(r.Values, shared); meaning != "" {
		return meaning, nil
	}
	if r.Type == TypeNTStatus {
		if name, ok := statusName(v); ok {
			return name, nil
		}
	}
	if found := q.best(AnyText, Other, r.Values, shared); found != nil {
		return found.Meaning, found
	}
	switch {
	case r.Type.IsAddress() && v == 0:
		return "null", nil
	case q.unsure:
		return "", nil
	case r.Type == TypeEnum, r.Type == "" && len(r.Values) > 0, len(shared) > 0:
		return undocumentedValue, nil
	}
	return r.Type.format(v), nil
}

// A query asks for what a value means on a system. It gets unsure when the
// answer could be another if more were known of the system.
type query struct {
	system System
	value  uint64
	unsure bool
}

// best returns the one of values that goes before all others that match, by
// kinds from first to last. Values in one list go before those in the next, and
// those for some systems before those for all.
func (q *query) best(first, last MatchKind, lists ...[]Value) *Value {
	for _, values := range lists {
		for _, conditional := range []bool{true, false} {
			for kind := first; kind <= last; kind++ {
				if v := q.find(kind, conditional, values); v != nil {
					return v
				}
			}
		}
	}
	return nil
}

func (q *query) find(kind MatchKind, conditional bool, values []Value) *Value {
	for i := range values {
		v := &values[i]
		if (v.On != nil) == conditional && v.matches(kind, q.value) && q.holds(v) {
			return v
		}
	}
	return nil
}

// holds reports whether v, which matches, is for the system.
func (q *query) holds(v *Value) bool {
	if v.On == nil {
		return true
	}
	a := v.On.include(q.system)
	if a == maybe {
		q.unsure = true
	}
	return a == yes
}

func (v *Value) matches(kind MatchKind, value uint64) bool {
	for _, m := range v.Match {
		if m.Kind == kind && m.matches(value) {
			return true
		}
	}
	return false
}

func (m Match) matches(v uint64) bool {
	switch m.Kind {
	case Exactly:
		return v == m.Low
	case Range:
		return m.Low <= v && v <= m.High
	case Bits:
		return v&m.Low == m.Low
	case AnyText:
		_, ok := Text(v)
		return ok
	}
	return true
}

// flags returns the meanings of the bits that are set, and the other bits as a
// number. It returns nothing if no bit has a meaning on the system, or if none
// of those are set and the data says what all other values mean.
func (q *query) flags(lists ...[]Value) string {
	var matched []*Value
	listed, other := false, false
	for _, values := range lists {
		for i := range values {
			v := &values[i]
			if v.matches(Other, q.value) {
				other = true
			}
			if v.Match[0].Kind != Bits || !q.holds(v) {
				continue
			}
			listed = true
			if v.matches(Bits, q.value) {
				matched = append(matched, v)
			}
		}
	}
	if !listed || len(matched) == 0 && other {
		return ""
	}
	if q.value == 0 {
		return "none"
	}
	var meanings []string
	rest := q.value
	for _, v := range matched {
		rest &^= v.Match[0].Low
		if !covered(v, matched) {
			meanings = append(meanings, v.Meaning)
		}
	}
	if rest != 0 {
		meaning := fmt.Sprintf("%#x", rest)
		if !q.unsure {
			meaning += " (undocumented)"
		}
		meanings = append(meanings, meaning)
	}
	return strings.Join(meanings, ", ")
}

// covered reports whether one of values goes before v, for which all bits of
// v.Match are set: one for these bits and others, or for the same on some systems.
func covered(v *Value, values []*Value) bool {
	mask := v.Match[0].Low
	for _, other := range values {
		wider := other.Match[0].Low
		if wider&mask == mask && (wider != mask || other.On != nil && v.On == nil) {
			return true
		}
	}
	return false
}

// low32 returns the 32 bits that v has, or that its sign was extended from.
func low32(v uint64) (uint32, bool) {
	return uint32(v), v>>32 == 0 || v == uint64(int32(v))
}

// statusName names the NTSTATUS in v; what is wider than 32 bits is no status.
func statusName(v uint64) (string, bool) {
	status, ok := low32(v)
	if !ok {
		return "", false
	}
	return ntstatus.Name(status)
}

// extendedStatus names the NTSTATUS of an error or a warning whose sign was
// extended to 64 bits. Such a value is seldom anything else: no address in use
// is like it.
func extendedStatus(v uint64) (string, bool) {
	if v>>32 != 1<<32-1 || v>>31&1 == 0 {
		return "", false
	}
	return ntstatus.Name(uint32(v))
}

// Name returns what a value means in an enumeration that codes share, such as
// "irp-major", or nothing.
func Name(enumeration Type, v uint64) string {
	q := query{value: v}
	if found := q.best(Exactly, Range, index.values(enumeration)); found != nil {
		return found.Meaning
	}
	return ""
}
