package evtx

import (
	"errors"
	"unicode/utf8"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/internal/bin"
)

// Tokens of binary XML (MS-EVEN6 2.2.12). The flag says that more of the same follows: attributes, or pieces of a value.
const (
	tokenEOF         = 0x00
	tokenOpen        = 0x01
	tokenCloseStart  = 0x02
	tokenCloseEmpty  = 0x03
	tokenEnd         = 0x04
	tokenValue       = 0x05
	tokenAttribute   = 0x06
	tokenCDATA       = 0x07
	tokenCharRef     = 0x08
	tokenEntityRef   = 0x09
	tokenPITarget    = 0x0A
	tokenPIData      = 0x0B
	tokenTemplate    = 0x0C
	tokenSubstitute  = 0x0D
	tokenOptional    = 0x0E
	tokenFragment    = 0x0F
	tokenMore        = 0x40
	fragmentSize     = 4
	definitionHeader = 24 // of a template: next in its list, GUID, size of the fragment that follows
)

const (
	maxName = 256     // characters of an element's name
	maxCost = 4 << 20 // bytes of memory that the compiled templates of one chunk take, about
)

var errCost = errors.New("the templates of the chunk are larger than a chunk can have")

// op is one step in building a record: what a token means, with its names looked up.
type op struct {
	kind opKind
	s    string // a name or a text
	sub  uint16 // the index of a value; of an element: that of the value without which it is not there
}

type opKind uint8

const (
	opOpen opKind = iota
	opAttr
	opContent // the attributes end
	opText
	opValue
	opClose
)

// always is the index of an element that depends on no value.
const always = 0xFFFF

// template is a compiled fragment of binary XML.
type template struct {
	ops          []op
	provider, id source
	err          error
}

// source is where System's Provider or EventID comes from: a text of the template, or one value.
type source struct {
	text  string
	sub   uint16
	isSub bool
	known bool
}

// value is one value of a template instance: where its bytes are in the chunk.
type value struct {
	typ      uint8
	at, size int
}

func (c *chunk) errorf(at int, what string, v any) error {
	return &dmpfile.FormatError{Offset: c.offset + int64(at), What: what, Value: v}
}

// fragment reads the fragment at [at:end]: what to do, and the values to do it with. In a value's own fragment elements do not say
// what they depend on.
func (c *chunk) fragment(at, end int, values []value, depends bool) (*template, []value, error) {
	if at < end && c.data[at] == tokenFragment {
		at += fragmentSize
	}
	if at >= end || c.data[at] != tokenTemplate {
		t := c.compile(at, end, depends)
		return t, values, t.err
	}
	return c.instance(at, end, values)
}

// instance reads a template instance: its template, which may be defined right here, and its values.
func (c *chunk) instance(at, end int, values []value) (*template, []value, error) {
	def, ok := bin.U32(c.data[:end], at+6)
	if !ok {
		return nil, nil, c.errorf(at, "a template instance does not end in its record", end)
	}
	start := at
	at += 10
	t := c.templates[def]
	if t == nil || int(def) == at {
		size, ok := bin.U32(c.data, int(def)+20)
		body, ok2 := bin.Slice(c.data, int(def)+definitionHeader, int(size))
		if !ok || !ok2 || int64(def) < chunkHeaderSize {
			return nil, nil, c.errorf(start, "the template of a record is not in its chunk", def)
		}
		if t == nil {
			t = c.compile(int(def)+definitionHeader, int(def)+definitionHeader+len(body), true)
			c.templates[def] = t
		}
		if int(def) == at {
			at += definitionHeader + len(body)
		}
	}
	if t.err != nil {
		return nil, nil, t.err
	}
	count, ok := bin.U32(c.data[:end], at)
	if !ok || int64(count) > int64(end-at-4)/4 {
		return nil, nil, c.errorf(start, "a record has more values than bytes", count)
	}
	at += 4
	data := at + 4*int(count)
	for range count {
		size := int(c.data[at]) | int(c.data[at+1])<<8
		if size > end-data {
			return nil, nil, c.errorf(at, "a value does not end in its record", size)
		}
		values = append(values, value{typ: c.data[at+2], at: data, size: size})
		at += 4
		data += size
	}
	return t, values, nil
}

// name reads the name at an offset of the chunk: next in its list, hash, count of characters, the characters and a zero. It returns
// the size of all that.
func (c *chunk) name(at uint32) (name string, size int, ok bool) {
	n, ok := bin.Slice(c.data, int(at)+6, 2)
	if !ok {
		return "", 0, false
	}
	chars := int(n[0]) | int(n[1])<<8
	b, ok := bin.Slice(c.data, int(at)+8, 2*chars)
	if !ok || chars > maxName {
		return "", 0, false
	}
	name, ok = c.names[at]
	if !ok {
		name = bin.UTF16(b)
		c.cost += len(name) + 32
		c.names[at] = name
	}
	return name, 8 + 2*chars + 2, true
}

// compiler reads the tokens of one fragment.
type compiler struct {
	c       *chunk
	at, end int
	t       *template
	depth   int
}

// compile reads the tokens at [at:end].
func (c *chunk) compile(at, end int, depends bool) *template {
	t := &template{}
	first := len(c.ops)
	p := compiler{c: c, at: at, end: end, t: t}
	if at < end && c.data[at] == tokenFragment {
		p.at += fragmentSize
	}
	for t.err == nil && p.at < p.end {
		if c.data[p.at] == tokenEOF {
			break
		}
		p.token(depends)
		c.cost += 8
		if c.cost > maxCost {
			t.err = errCost
		}
	}
	if t.err == nil && p.depth != 0 {
		t.err = c.errorf(at, "an element of a fragment does not end", p.depth)
	}
	if t.err != nil {
		return t
	}
	t.ops = c.ops[first:len(c.ops):len(c.ops)]
	t.findHead()
	return t
}

func (p *compiler) add(kind opKind, s string, sub uint16) {
	p.c.ops = append(p.c.ops, op{kind: kind, s: s, sub: sub})
	p.c.cost += 2*32 + len(s) // append doubles
}

func (p *compiler) fail(what string, v any) {
	p.t.err = p.c.errorf(p.at, what, v)
}

// token reads one token.
func (p *compiler) token(depends bool) {
	data := p.c.data[:p.end]
	token := data[p.at]
	next := p.at + 1
	switch token &^ tokenMore {
	case tokenOpen:
		sub := uint16(always)
		if depends {
			b, _ := bin.U16(data, next)
			sub = b
			next += 2
		}
		name, after, ok := p.nameAt(next + 4) // behind the size of the element
		if !ok {
			return
		}
		next = after
		if token&tokenMore != 0 {
			next += 4 // the size of the attributes
		}
		p.depth++
		p.add(opOpen, name, sub)
	case tokenCloseStart:
		p.add(opContent, "", 0)
	case tokenCloseEmpty, tokenEnd:
		if p.depth--; p.depth < 0 {
			p.fail("an element ends that did not begin", token)
			return
		}
		p.add(opClose, "", 0)
	case tokenAttribute:
		name, after, ok := p.nameAt(next)
		if !ok {
			return
		}
		next = after
		p.add(opAttr, name, 0)
	case tokenValue:
		typ, ok := bin.Slice(data, next, 1)
		if !ok || typ[0] != typeString {
			p.fail("a template has a value that is no text", token)
			return
		}
		if next, ok = p.chars(next+1, true); !ok {
			return
		}
	case tokenCDATA, tokenPIData:
		var ok bool
		if next, ok = p.chars(next, token&^tokenMore == tokenCDATA); !ok {
			return
		}
	case tokenCharRef:
		v, ok := bin.U16(data, next)
		if !ok {
			p.fail("a token is cut off", token)
			return
		}
		p.add(opText, string(utf8.AppendRune(nil, rune(v))), 0)
		next += 2
	case tokenEntityRef:
		name, after, ok := p.nameAt(next)
		if !ok {
			return
		}
		next = after
		p.add(opText, entity(name), 0)
	case tokenPITarget:
		_, after, ok := p.nameAt(next)
		if !ok {
			return
		}
		next = after
	case tokenSubstitute, tokenOptional:
		sub, ok := bin.U16(data, next)
		if !ok {
			p.fail("a token is cut off", token)
			return
		}
		p.add(opValue, "", sub)
		next += 3 // and the type that the template expects; the value has its own
	default:
		p.fail("a token of binary XML is unknown", token)
		return
	}
	p.at = next
}

// nameAt reads the reference to a name at an offset. The name follows it where the reference says so. It returns the offset after
// all that.
func (p *compiler) nameAt(at int) (name string, next int, ok bool) {
	ref, ok := bin.U32(p.c.data[:p.end], at)
	if ok {
		var size int
		next = at + 4
		if name, size, ok = p.c.name(ref); ok && int(ref) == next {
			next += size
		}
	}
	if !ok {
		p.fail("the name of an element is not in its chunk", ref)
	}
	return name, next, ok
}

// chars reads a count of characters and the characters.
func (p *compiler) chars(at int, keep bool) (next int, ok bool) {
	data := p.c.data[:p.end]
	n, _ := bin.U16(data, at)
	b, ok := bin.Slice(data, at+2, 2*int(n))
	if !ok {
		p.fail("a text does not end in its fragment", n)
		return 0, false
	}
	if keep {
		p.add(opText, bin.UTF16(b), 0)
	}
	return at + 2 + len(b), true
}

// entity returns the text of one of XML's own entities.
func entity(name string) string {
	switch name {
	case "amp":
		return "&"
	case "lt":
		return "<"
	case "gt":
		return ">"
	case "quot":
		return `"`
	case "apos":
		return "'"
	}
	return "&" + name + ";"
}

// findHead finds where Provider's Name and EventID come from.
func (t *template) findHead() {
	var path [4]string
	depth, attr := 0, ""
	for _, o := range t.ops {
		switch o.kind {
		case opOpen:
			if depth < len(path) {
				path[depth] = o.s
			}
			depth++
			attr = ""
		case opAttr:
			attr = o.s
		case opContent:
			attr = ""
		case opClose:
			depth--
			attr = ""
			if depth == 1 {
				return // System is over
			}
		case opText, opValue:
			if depth != 3 || path[1] != "System" {
				continue
			}
			switch {
			case path[2] == "Provider" && attr == "Name":
				t.provider.add(o)
			case path[2] == "EventID" && attr == "":
				t.id.add(o)
			}
		}
	}
}

// add notes a part of what the source is; more than one part is none.
func (s *source) add(o op) {
	if s.text != "" || s.isSub {
		s.known = false
		return
	}
	*s = source{text: o.s, sub: o.sub, isSub: o.kind == opValue, known: true}
}
