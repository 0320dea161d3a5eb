package bugcheck

import "github.com/dmplens/dmplens/bugcheck/ntstatus"

// A Type says what kind of value a parameter holds. It is empty where the
// numbers alone do not tell.
type Type string

const (
	TypeNTStatus        Type = "ntstatus"         // an NTSTATUS
	TypeCodeAddress     Type = "code-address"     // an address inside code
	TypeContextRecord   Type = "context-record"   // the address of a CONTEXT
	TypeExceptionRecord Type = "exception-record" // the address of an EXCEPTION_RECORD
	TypeTrapFrame       Type = "trap-frame"       // the address of a KTRAP_FRAME
	TypeText            Type = "text"             // characters, see [Text]
	TypeReserved        Type = "reserved"         // documented as reserved
)

func (t Type) known() bool {
	switch t {
	case TypeNTStatus, TypeCodeAddress, TypeContextRecord, TypeExceptionRecord,
		TypeTrapFrame, TypeText, TypeReserved:
		return true
	}
	return false
}

// A Parameter is one of the four parameters of a bug check, read.
type Parameter struct {
	Index   int // 1 to 4
	Value   uint64
	Type    Type
	Label   string // what the parameter is, or empty
	Meaning string // what its value says, or empty
	Text    string // the text its value spells, or empty
}

// Decode reads the parameters of a bug check. The code may be raw, see [Base].
//
// Text is set only where text can be meant: in parameters of type [TypeText],
// and in those of codes that are unknown or known by name only.
func Decode(code uint32, params [4]uint64) [4]Parameter {
	c, known := Lookup(Base(code))
	var decoded [4]Parameter
	for i, v := range params {
		p := Parameter{Index: i + 1, Value: v}
		if c.params != nil {
			d := &c.params[i]
			p.Type, p.Label, p.Meaning = d.typ, d.label, d.meaning(v)
		}
		if !known || c.undocumented || p.Type == TypeText {
			p.Text, _ = Text(v)
		}
		decoded[i] = p
	}
	return decoded
}

// meaning returns what v says. The meaning of that very value comes first,
// that of everything else last.
func (p *parameter) meaning(v uint64) string {
	var text, other string
	for _, m := range p.values {
		switch {
		case m.kind == exactly && m.value == v:
			return m.meaning
		case m.kind == anyText:
			text = m.meaning
		case m.kind == otherwise:
			other = m.meaning
		}
	}
	if p.typ == TypeNTStatus {
		if name, ok := statusName(v); ok {
			return name
		}
	}
	if text != "" {
		if _, ok := Text(v); ok {
			return text
		}
	}
	return other
}

// statusName names the NTSTATUS in v. A status has 32 bits, and its sign may
// have been extended to 64; anything wider is no status.
func statusName(v uint64) (string, bool) {
	if v>>32 != 0 && v != uint64(int32(v)) {
		return "", false
	}
	return ntstatus.Name(uint32(v))
}
