package etw

import (
	"strconv"

	"github.com/dmplens/dmplens/dmpfile/internal/bin"
)

// legacyHead reads the head of a legacy event, as the classic event log keeps it: the name of its source, such as "disk", and its
// whole event id, of which the low 16 bits are Event.ID.
func (e *Event) legacyHead(r *reader) (source string, id uint64, sid []byte) {
	r.bytes(8) // when it was logged, which is Event.Time
	id = r.uint(4)
	source = bin.UTF16Z(r.bytes(2 * int(r.uint(2))))
	sid = r.bytes(int(r.uint(2)))
	return source, id, sid
}

// Source returns the name of the source of a legacy event, or "".
func (e *Event) Source() string {
	if e.Form != Legacy {
		return ""
	}
	r := reader{b: e.Payload, pointer: e.pointer}
	source, _, _ := e.legacyHead(&r)
	if r.failed {
		return ""
	}
	return source
}

// legacy reads the payload of a legacy event: time, id, source, user, strings, bytes. The strings have the names of its layout where
// there is one with as many; else they are String1 and so on, and private.
func (e *Event) legacy() ([]Field, bool) {
	r := reader{b: e.Payload, pointer: e.pointer}
	source, id, sid := e.legacyHead(&r)
	fields := []Field{{Name: "Source", Value: source}, {Name: "EventID", Value: id, Hex: true}}
	if len(sid) > 0 {
		text := SIDText(sid)
		if text == "" {
			return nil, false
		}
		fields = append(fields, Field{Name: "UserSID", Value: text, Private: true})
	}
	count := int(r.uint(2))
	if count > len(r.b)/2 {
		return nil, false
	}
	first := len(fields)
	for range count {
		fields = append(fields, Field{Value: r.utf16Z()})
		if r.failed {
			return nil, false
		}
	}
	nameStrings(fields[first:], layoutsOf(e.Provider, e.ID, e.Version))
	if n := r.uint(4); n > 0 {
		fields = append(fields, Field{Name: "Data", Value: r.bytes(int(min(n, maxBuffer)))})
	}
	if r.failed || len(r.b) != 0 {
		return nil, false
	}
	return fields, true
}

// nameStrings gives strings the names of the layout that has as many of them.
func nameStrings(fields []Field, layouts []Layout) {
	for _, l := range layouts {
		if l.legacy && len(l.Fields) == len(fields) {
			for i, lf := range l.Fields {
				fields[i].Name, fields[i].Private = lf.Name, lf.Private
			}
			return
		}
	}
	for i := range fields {
		fields[i].Name, fields[i].Private = "String"+strconv.Itoa(i+1), true
	}
}
