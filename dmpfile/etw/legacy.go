package etw

import (
	"strconv"
	"strings"

	"github.com/dmplens/dmplens/dmpfile/internal/bin"
)

// legacyHead reads the head of a legacy event, as the classic event log keeps it: the name of its source, such as "disk", and its
// whole event id, of which the low 16 bits are Event.ID.
func (e *Event) legacyHead(r *reader) (source string, id uint64, sid []byte) {
	r.bytes(8) // Event.Time
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

// legacy reads the payload of a legacy event: time, id, source, user, strings, bytes. A string that no layout names is
// String1 and so on.
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
	nameStrings(fields[first:], e.legacyLayouts(source))
	if n := r.uint(4); n > 0 {
		fields = append(fields, Field{Name: "Data", Value: r.bytes(int(min(n, maxBuffer))), Private: true})
	}
	if r.failed || len(r.b) != 0 {
		return nil, false
	}
	return fields, true
}

// legacyLayouts returns the layouts of the event: those of its source before those of its provider.
func (e *Event) legacyLayouts(source string) []Layout {
	var list []Layout
	for _, id := range [...]uint16{e.ID, 0} {
		for _, l := range read().layouts[Key{e.Provider, id, anyVersion}] {
			if l.legacy && (l.source == "" || strings.EqualFold(l.source, source)) {
				list = append(list, l)
			}
		}
	}
	return list
}

// nameStrings gives strings the names of a layout. Those that it does not name can hold anything, and are private.
func nameStrings(fields []Field, layouts []Layout) {
	for i := range fields {
		fields[i].Name, fields[i].Private = "String"+strconv.Itoa(i+1), true
	}
	for _, l := range layouts {
		if len(l.Fields) > len(fields) {
			continue
		}
		for i, lf := range l.Fields {
			fields[i].Name = lf.Name
			fields[i].Private = lf.Private || namesUser(fields[i].Value)
		}
		return
	}
}
