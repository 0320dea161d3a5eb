package etw

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/dmplens/dmplens/dmpfile/internal/private"
)

// Field is a named value of an event.
type Field struct {
	Name string
	// Value is a string, uint64, int64, bool, float64, dmpfile.GUID, time.Time (UTC), []byte, []any of such values (an array), or
	// []Field (a structure).
	Value   any
	Private bool // it can name a person, a machine or a network: to be shown only when asked for
	Hex     bool // the numbers are usually written in hexadecimal: addresses, statuses, flags
}

// String returns the value as text: numbers decimal or, where Hex is set, as 0x and digits; bytes as hexadecimal digits.
func (f Field) String() string { return f.text(f.Value) }

func (f Field) text(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case uint64:
		if f.Hex {
			return "0x" + strconv.FormatUint(v, 16)
		}
		return strconv.FormatUint(v, 10)
	case time.Time:
		if v.IsZero() {
			return "0"
		}
		return v.Format(time.RFC3339Nano)
	case []byte:
		return hex.EncodeToString(v)
	case []any:
		parts := make([]string, len(v))
		for i := range v {
			parts[i] = f.text(v[i])
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case []Field:
		parts := make([]string, len(v))
		for i := range v {
			parts[i] = v[i].Name + ": " + v[i].String()
		}
		return "{" + strings.Join(parts, ", ") + "}"
	}
	return fmt.Sprint(value)
}

// Fields returns the values of the payload: by the event's own schema, or by a layout of layouts.txt. ok is false where neither
// describes the payload to its last byte, and then no field is given.
func (e *Event) Fields() (fields []Field, ok bool) {
	switch e.Form {
	case TraceLogging:
		return e.traceLogging()
	case Legacy:
		return e.legacy()
	case Manifest:
		for _, l := range layoutsOf(e.Provider, e.ID, e.Version) {
			if !l.legacy {
				if fields, ok := e.layout(l); ok {
					return fields, true
				}
			}
		}
	}
	return nil, false
}

// Layout returns the layout by which Fields reads or names the values of the event; ok is false where it is not known.
func (e *Event) Layout() (l Layout, ok bool) {
	switch e.Form {
	case Legacy:
		if list := e.legacyLayouts(e.Source()); len(list) > 0 {
			return list[0], true
		}
	case Manifest:
		for _, l := range layoutsOf(e.Provider, e.ID, e.Version) {
			if !l.legacy {
				if _, ok := e.layout(l); ok {
					return l, true
				}
			}
		}
	}
	return Layout{}, false
}

// layout reads the payload by a layout.
func (e *Event) layout(l Layout) ([]Field, bool) {
	r := reader{b: e.Payload, pointer: e.pointer}
	fields := make([]Field, 0, len(l.Fields))
	for _, lf := range l.Fields {
		var v any
		if lf.length != "" {
			v = r.bytes(lengthIn(fields, lf.length))
		} else {
			v = r.value(kindOf[lf.Type])
		}
		if r.failed {
			return nil, false
		}
		fields = append(fields, Field{Name: lf.Name, Value: v, Private: lf.Private || namesUser(v), Hex: kindOf[lf.Type].hex()})
	}
	return fields, len(r.b) == 0
}

// namesUser reports whether a value is a text that names a user.
func namesUser(v any) bool {
	s, ok := v.(string)
	return ok && private.NamesUser(s)
}

// lengthIn returns the value of an earlier field that says how many bytes another one has.
func lengthIn(fields []Field, name string) int {
	for _, f := range fields {
		if n, ok := f.Value.(uint64); ok && f.Name == name && n <= maxBuffer {
			return int(n)
		}
	}
	return -1
}

// SIDText returns a security identifier in its usual form, S-1-5-..., or "" where b is none.
func SIDText(b []byte) string {
	if len(b) < 8 || b[0] != 1 || len(b) != 8+4*int(b[1]) {
		return ""
	}
	var authority uint64
	for _, v := range b[2:8] {
		authority = authority<<8 | uint64(v)
	}
	s := "S-1-" + strconv.FormatUint(authority, 10)
	for b = b[8:]; len(b) > 0; b = b[4:] {
		s += "-" + strconv.FormatUint(uint64(le.Uint32(b)), 10)
	}
	return s
}
