package evtx

import "errors"

const (
	maxNested = 8       // fragments inside fragments
	maxSteps  = 1 << 19 // operations and values in building the records of one chunk
)

var errNested = errors.New("the record has fragments inside fragments without an end")

// build does what the template says, with the values.
func (c *chunk) build(b *builder, t *template, values []value, nested int) error {
	for i := 0; i < len(t.ops) && b.err == nil; i++ {
		if c.steps++; c.steps > maxSteps {
			return errTooBig
		}
		switch o := &t.ops[i]; o.kind {
		case opOpen:
			if len(b.stack) > 0 && o.sub != always && absent(values, o.sub) {
				i = closing(t.ops, i)
				continue
			}
			b.open(o.s)
		case opAttr:
			b.startAttr(o.s)
		case opContent:
			b.endAttr()
		case opText:
			b.text = append(b.text, o.s...)
			b.grew(len(o.s))
		case opClose:
			b.close()
		case opValue:
			if int(o.sub) < len(values) {
				if err := c.value(b, values[o.sub], nested); err != nil {
					return err
				}
			}
		}
	}
	return b.err
}

// absent is whether a value is null: an element that depends on it is not there, as it is with an empty text.
func absent(values []value, sub uint16) bool {
	return int(sub) < len(values) && values[sub].typ == typeNull
}

// closing returns the index of the opClose that belongs to the opOpen at i.
func closing(ops []op, i int) int {
	depth := 1
	for depth > 0 { // compile has seen that every element ends
		i++
		switch ops[i].kind {
		case opOpen:
			depth++
		case opClose:
			depth--
		}
	}
	return i
}

// value renders one value, which can be a fragment of its own.
func (c *chunk) value(b *builder, v value, nested int) error {
	switch {
	case v.size == 0 || v.typ == typeNull:
		return nil
	case v.typ == typeBinXML:
		if nested == maxNested {
			return errNested
		}
		t, values, err := c.fragment(v.at, v.at+v.size, nil, false)
		if err != nil {
			return err
		}
		c.steps += len(values)
		return c.build(b, t, values, nested+1)
	case v.typ&arrayFlag != 0:
		for rest, first := c.bytes(v), true; len(rest) > 0 && b.err == nil; first = false {
			c.steps++
			if !first {
				b.again()
			}
			var item []byte
			item, rest = nextItem(v.typ&^arrayFlag, rest)
			c.append(b, v.typ&^arrayFlag, item)
		}
	default:
		c.append(b, v.typ, c.bytes(v))
	}
	return b.err
}

func (c *chunk) bytes(v value) []byte { return c.data[v.at : v.at+v.size] }

func (c *chunk) append(b *builder, typ uint8, item []byte) {
	before := len(b.text)
	b.text = appendValue(b.text, typ, item)
	b.grew(len(b.text) - before)
}
