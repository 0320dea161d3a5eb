package bugcheck

import "slices"

// A Parameter is one of the four parameters of a bug check, read.
type Parameter struct {
	Index   int // 1 to 4
	Value   uint64
	Type    Type
	Label   string // what the parameter is, or empty
	Meaning string // what its value says, or empty
	Text    string // the text its value spells, or empty
}

// Decoded is what a code and its parameters say.
type Decoded struct {
	Parameters [4]Parameter

	// Meaning is that of the value which decides what the other parameters
	// are, or empty if none does.
	Meaning string

	// Notes are sentences on what else to know: those on the code, then those
	// on the values of its parameters.
	Notes []string

	looks []look  // see FirstLook, innermost first
	has   [4]bool // which parameters are known
}

// Decode reads the parameters of a bug check on a system of which nothing is
// known. The code may be raw, see [Base].
func Decode(code uint32, params [4]uint64) [4]Parameter {
	return DecodeOn(System{}, code, params).Parameters
}

// DecodeOn reads the parameters of a bug check. The code may be raw, see
// [Base].
//
// Text is set only where text can be meant: in parameters of type [TypeText],
// and in those of codes that are unknown or known by name only.
func DecodeOn(s System, code uint32, params [4]uint64) Decoded {
	return DecodePartly(s, code, params, [4]bool{true, true, true, true})
}

// DecodePartly reads those parameters of a bug check that are known. One that
// is not known means nothing, and decides nothing: it is not zero.
func DecodePartly(s System, code uint32, params [4]uint64, known [4]bool) Decoded {
	return index.decode(s, Base(code), params, known)
}

func (t *table) decode(s System, code uint32, params [4]uint64, has [4]bool) Decoded {
	c, known := t.lookup(code)
	d := decoder{table: t, system: s}
	d.has = has
	for i, v := range params {
		d.Parameters[i] = Parameter{Index: i + 1, Value: v}
	}
	d.enter(&c.Case, 0)
	slices.SortStableFunc(d.looks, func(a, b look) int { return b.depth - a.depth })
	for i := range d.Parameters {
		p := &d.Parameters[i]
		if has[i] && (!known || c.Undocumented || p.Type == TypeText) {
			p.Text, _ = textOf(code, p.Value)
		}
		if known && code != 0 && d.roles[i] == nil && !d.unsure[i] { // 0 is no bug check
			p.Type = TypeUndocumented
			if name, ok := extendedStatus(p.Value); ok && has[i] {
				p.Meaning = "if it is a status: " + name
			}
		}
	}
	return d.Decoded
}

// A decoder goes from the case of a code to the cases its parameters select.
type decoder struct {
	Decoded
	table  *table
	system System
	roles  [4]*Role // what the parameters were found to be
	unsure [4]bool  // they may be something else on another system
}

// enter reads the parameters c speaks of, instead of what was known of them.
// A case that one of them selects can do so in turn, and then has the last
// word. Parameters are read in order. Cases of values are finite trees.
func (d *decoder) enter(c *Case, depth int) {
	for i := range c.When {
		if w := &c.When[i]; w.On.include(d.system) == yes {
			d.advise(&w.Case, depth)
		}
	}
	d.advise(c, depth)

	var roles [4]*Role
	var selected [4]*Value
	for i := range roles {
		r, unsure := c.role(i, d.system)
		d.unsure[i] = d.unsure[i] || unsure
		if r == nil {
			continue
		}
		roles[i], d.roles[i] = r, r
		p := &d.Parameters[i]
		p.Type, p.Label = r.Type, r.Label
		p.Meaning = ""
		if d.has[i] {
			p.Meaning, selected[i] = d.table.meaning(r, d.system, p.Value, unsure)
		}
	}
	for i, v := range selected {
		if v == nil || v.Case == nil || d.roles[i] != roles[i] {
			continue
		}
		if d.Meaning == "" && v.Case.hasParametersOn(d.system) {
			d.Meaning = v.Meaning
		}
		d.enter(v.Case, depth+1)
	}
}

// advise takes over the looks and the notes of c.
func (d *decoder) advise(c *Case, depth int) {
	if d.looks == nil {
		d.looks = make([]look, 0, 4) // few have more
	}
	for _, s := range c.Looks {
		d.looks = append(d.looks, look{s, depth})
	}
	d.Notes = append(d.Notes, c.Notes...)
}
