package etw

import (
	"bytes"
	"strings"
)

// Flags of a field in a TraceLogging schema, in the byte of its in type and in the byte of its out type.
const (
	inTypeMask  = 0x1F
	inCountMask = 0x60
	inFixed     = 0x20 // a count follows in the schema
	inVariable  = 0x40 // a count stands before the values in the payload
	inCustom    = 0x60 // bytes of a serializer that is not described
	inHasOut    = 0x80 // the out type follows
	outTypeMask = 0x7F
	outHasTags  = 0x80 // tags follow
	maxNesting  = 16
)

// schemaName returns the name of the event in a TraceLogging schema: u16 size, tags, text, fields.
func schemaName(b []byte) []byte {
	s := schema{b: b}
	s.start()
	return s.name()
}

// traitsName returns the name of the provider in its traits: u16 size, text, traits.
func traitsName(b []byte) []byte {
	s := schema{b: b}
	s.take(2)
	return s.name()
}

// schema is a cursor over the metadata of a TraceLogging event.
type schema struct {
	b      []byte
	failed bool
}

func (s *schema) take(n int) []byte {
	if s.failed || n > len(s.b) {
		s.failed = true
		return nil
	}
	b := s.b[:n]
	s.b = s.b[n:]
	return b
}

func (s *schema) byte() byte {
	if b := s.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (s *schema) uint16() int {
	if b := s.take(2); b != nil {
		return int(le.Uint16(b))
	}
	return 0
}

// start skips the size, which must be that of the bytes, and the tags of the event.
func (s *schema) start() {
	if n := s.uint16(); n != len(s.b)+2 {
		s.failed = true
	}
	s.tags()
}

// tags skips a chain of bytes that go on while the highest bit is set.
func (s *schema) tags() {
	for s.byte()&0x80 != 0 {
	}
}

func (s *schema) name() []byte {
	end := bytes.IndexByte(s.b, 0)
	if s.failed || end < 0 {
		s.failed = true
		return nil
	}
	return s.take(end + 1)[:end]
}

// member is one field of a schema.
type member struct {
	name    string
	kind    kind
	out     byte
	array   byte // inFixed, inVariable, inCustom or 0
	fixed   int  // the count, of inFixed
	members []member
}

// Out types that change how a value is read or written, TlgOut_t in TraceLoggingProvider.h.
const (
	outString  = 2
	outBoolean = 3
	outHex     = 4
	outStatus  = 14
	outHRESULT = 15
)

// members reads n fields, or all where n is negative.
func (s *schema) members(n, depth int, budget *int) []member {
	var list []member
	for ; n != 0 && (n > 0 || len(s.b) > 0) && !s.failed; n-- {
		if *budget--; *budget < 0 || depth > maxNesting {
			s.failed = true
			return nil
		}
		m := member{name: string(s.name())}
		in := s.byte()
		m.kind, m.array = kind(in&inTypeMask), in&inCountMask
		if in&inHasOut != 0 {
			out := s.byte()
			m.out = out & outTypeMask
			if out&outHasTags != 0 {
				s.tags()
			}
		}
		switch m.array {
		case inFixed:
			m.fixed = s.uint16()
		case inCustom:
			s.take(s.uint16())
		}
		if m.kind == kindStruct {
			m.members = s.members(int(m.out), depth+1, budget)
		}
		list = append(list, m)
	}
	return list
}

// traceLogging reads the payload by the schema that the event brings.
func (e *Event) traceLogging() ([]Field, bool) {
	s := schema{b: e.schema}
	s.start()
	s.name()
	budget := len(e.schema)
	list := s.members(-1, 0, &budget)
	if s.failed {
		return nil, false
	}
	r := reader{b: e.Payload, pointer: e.pointer}
	budget = len(e.schema) + len(e.Payload) // values without bytes cost nothing in the payload, and no real event has many
	fields := r.fields(list, &budget)
	if r.failed || len(r.b) != 0 {
		return nil, false
	}
	return fields, true
}

// fields reads the values of a schema. budget bounds their number.
func (r *reader) fields(list []member, budget *int) []Field {
	fields := make([]Field, 0, len(list))
	for i := range list {
		m := &list[i]
		if *budget--; *budget < 0 {
			r.failed = true
		}
		if r.failed {
			return nil
		}
		f := Field{Name: m.name, Private: m.private(), Hex: m.hex()}
		switch m.array {
		case 0:
			f.Value = r.member(m, budget)
		case inCustom:
			f.Value = r.bytes(int(r.uint(2)))
		default:
			n := m.fixed
			if m.array == inVariable {
				n = int(r.uint(2))
			}
			if m.kind == kindUint8 || m.kind == kindInt8 && m.out == outString {
				if m.out == outString {
					f.Value = string(r.bytes(n))
				} else {
					f.Value = r.bytes(n)
				}
				break
			}
			var values []any
			for ; n > 0 && !r.failed; n-- {
				if *budget--; *budget < 0 {
					r.failed = true
				}
				values = append(values, r.member(m, budget))
			}
			f.Value = values
		}
		fields = append(fields, f)
	}
	return fields
}

// member reads one value.
func (r *reader) member(m *member, budget *int) any {
	switch m.kind {
	case kindStruct:
		return r.fields(m.members, budget)
	case kindNull:
		return ""
	}
	k := m.kind
	if m.hex() {
		k = unsigned(k) // the digits of an HRESULT are those of its bits
	}
	v := r.value(k)
	if n, ok := v.(uint64); ok && m.kind == kindUint8 && m.out == outBoolean {
		return n != 0
	}
	return v
}

func unsigned(k kind) kind {
	switch k {
	case kindInt8, kindInt16, kindInt32, kindInt64:
		return k + 1
	}
	return k
}

func (m *member) hex() bool {
	switch m.out {
	case outHex, outStatus, outHRESULT:
		return m.kind != kindStruct
	}
	return m.kind.hex()
}

// private reports whether the field can hold what identifies a person, a machine or a network. A schema does not say, so free text
// and bytes count as private, and what is named like an address or a serial number.
func (m *member) private() bool {
	if m.kind.text() || m.array != 0 && (m.kind == kindUint8 || m.kind == kindInt8) || m.array == inCustom {
		return true
	}
	name := strings.ToLower(m.name)
	for _, word := range [...]string{"ssid", "mac", "address", "ipv4", "ipv6", "serial", "user", "sid", "host", "domain"} {
		if strings.Contains(name, word) {
			return true
		}
	}
	return false
}
