package dmptest

import (
	"fmt"
	"hash/crc32"
	"time"
	"unicode/utf16"
)

// EVTX is an event log.
type EVTX struct {
	Dirty, Full bool
	NoChecksums bool // the flag that says so; the checksums are zero
	Chunks      [][]EVTXRecord
}

// EVTXRecord is a record of an event log. Records of one chunk that look alike share templates, as Windows writes them.
type EVTXRecord struct {
	Number            uint64 // 0 is that of the record before and one more
	Time              time.Time
	Provider          string
	GUID              string // of the provider, "" where it has none
	Source            string // EventSourceName, "" where it has none
	ByValue           bool   // the provider's name and GUID are values of the record, not texts of its template
	ID, Qualifiers    uint16
	Version           uint8
	Level, Opcode     uint8
	Task              uint16
	Keywords          uint64
	Activity          string // a GUID, "" where it has none
	Process, Thread   uint32
	Channel, Computer string
	User              []byte // a SID, nil where it has none
	Data              []EVTXData
	Binary            []byte // of EventData
	UserData          string // the name of the element in UserData that has the data, instead of EventData
	Direct            bool   // the data are elements with their texts, without a template
}

// EVTXData is a Data element, or an element of UserData.
type EVTXData struct {
	Name  string // "" is none
	Type  uint8  // of the value: 1 is a text, 8 a 32-bit number
	Value []byte
}

// EVTXText is a Data element with a text.
func EVTXText(name, text string) EVTXData {
	m := &Image{}
	m.PutUTF16(0, text)
	return EVTXData{Name: name, Type: 0x01, Value: m.Data()}
}

// EVTXNumber is a Data element with a 32-bit number.
func EVTXNumber(name string, v uint32) EVTXData {
	m := &Image{}
	m.PutU32(0, v)
	return EVTXData{Name: name, Type: 0x08, Value: m.Data()}
}

// Image returns the event log.
func (e EVTX) Image() *Image {
	m := &Image{}
	m.PutASCII(0x0, "ElfFile\x00")
	m.PutU64(0x10, uint64(max(0, len(e.Chunks)-1)))
	m.PutU32(0x20, 0x80)
	m.PutU16(0x24, 1, 3, 0x1000, uint16(len(e.Chunks)))
	var flags uint32
	for i, on := range []bool{e.Dirty, e.Full, e.NoChecksums} {
		if on {
			flags |= 1 << i
		}
	}
	m.PutU32(0x78, flags)
	m.Grow(0x1000)
	next := uint64(1)
	for i, records := range e.Chunks {
		next = evtxChunkOf(m, 0x1000+i*0x10000, records, next)
		if e.NoChecksums {
			m.PutU32(0x1000+i*0x10000+0x78, 4)
		}
	}
	m.PutU64(0x18, next)
	if !e.NoChecksums {
		SealEVTX(m)
	}
	return m
}

// SealEVTX makes all checksums of an event log right, after it was patched.
func SealEVTX(m *Image) {
	b := m.Data()
	m.PutU32(0x7C, crc32.ChecksumIEEE(b[:0x78]))
	for at := 0x1000; at+0x10000 <= len(b); at += 0x10000 {
		c := b[at : at+0x10000]
		end := int(c[0x30]) | int(c[0x31])<<8 | int(c[0x32])<<16
		if end >= 0x200 && end <= 0x10000 {
			m.PutU32(at+0x34, crc32.ChecksumIEEE(c[0x200:end]))
		}
		m.PutU32(at+0x7C, crc32.Update(crc32.ChecksumIEEE(c[:0x78]), crc32.IEEETable, c[0x80:0x200]))
	}
}

// evtxChunk is a chunk under construction. Offsets are those in the chunk.
type evtxChunk struct {
	m         *Image
	base, at  int
	names     map[string]int
	templates map[string]int
}

// evtxChunkOf writes a chunk. It returns the number of the record after its last.
func evtxChunkOf(m *Image, base int, records []EVTXRecord, next uint64) uint64 {
	w := &evtxChunk{m: m, base: base, at: 0x200, names: map[string]int{}, templates: map[string]int{}}
	m.Grow(base + 0x10000)
	m.PutASCII(base, "ElfChnk\x00")
	m.PutU32(base+0x28, 0x80)
	m.PutU32(base+0x78, 1)
	for i, r := range records {
		r.Number = orElse(r.Number, next)
		if next = r.Number + 1; i == 0 {
			m.PutU64(base+0x08, r.Number, r.Number, r.Number)
		}
		m.PutU64(base+0x10, r.Number)
		m.PutU64(base+0x20, r.Number)
		m.PutU32(base+0x2C, uint32(w.at))
		w.record(r)
	}
	m.PutU32(base+0x30, uint32(w.at))
	if w.at > 0x10000 {
		panic("dmptest: the records do not fit in a chunk")
	}
	return next
}

func (w *evtxChunk) u8(v ...uint8)   { w.m.PutU8(w.base+w.at, v...); w.at += len(v) }
func (w *evtxChunk) u16(v ...uint16) { w.m.PutU16(w.base+w.at, v...); w.at += 2 * len(v) }
func (w *evtxChunk) u32(v ...uint32) { w.m.PutU32(w.base+w.at, v...); w.at += 4 * len(v) }
func (w *evtxChunk) u64(v ...uint64) { w.m.PutU64(w.base+w.at, v...); w.at += 8 * len(v) }

// sized writes a size in 4 bytes and what follows, which has that size.
func (w *evtxChunk) sized(body func()) {
	at := w.at
	w.u32(0)
	body()
	w.m.PutU32(w.base+at, uint32(w.at-at-4))
}

func (w *evtxChunk) record(r EVTXRecord) {
	start := w.at
	w.u32(0x2A2A, 0)
	w.u64(r.Number, FileTime(r.Time))
	w.u8(0x0F, 1, 1, 0)
	w.template(fmt.Sprint("event ", r.Provider, r.GUID, r.Source, r.ByValue, r.Channel, r.Computer, r.UserData != ""),
		func() { w.event(r) }, w.system(r))
	w.u8(0)
	for (w.at-start)%8 != 4 {
		w.u8(0)
	}
	size := uint32(w.at - start + 4)
	w.u32(size)
	w.m.PutU32(w.base+start+4, size)
}

// evtxValue is a value of a template instance: bytes, or a fragment.
type evtxValue struct {
	typ      uint8
	b        []byte
	fragment func()
}

// template writes a template instance. Its definition stands in the first one.
func (w *evtxChunk) template(key string, body func(), values []evtxValue) {
	def, known := w.templates[key]
	if !known {
		def = w.at + 10
		w.templates[key] = def
	}
	id := crc32.ChecksumIEEE([]byte(key))
	w.u8(0x0C, 1)
	w.u32(id, uint32(def))
	if !known {
		bucket := w.base + 0x180 + 4*int(id%32)
		w.u32(evtxNext(w.m, bucket, def), id, 0x11223344, 0x55667788, 0x99AABBCC)
		w.sized(func() {
			w.u8(0x0F, 1, 1, 0)
			body()
			w.u8(0)
		})
	}
	w.u32(uint32(len(values)))
	at := w.at
	for _, v := range values {
		w.u16(uint16(len(v.b)))
		w.u8(v.typ, 0)
	}
	for i, v := range values {
		start := w.at
		w.u8(v.b...)
		if v.fragment != nil {
			v.fragment()
			w.m.PutU16(w.base+at+4*i, uint16(w.at-start))
		}
	}
}

// evtxNext puts an offset at the head of a list of the chunk's header, and returns what was there.
func evtxNext(m *Image, bucket, off int) uint32 {
	b := m.Data()[bucket:]
	old := uint32(b[0]) | uint32(b[1])<<8
	m.PutU32(bucket, uint32(off))
	return old
}

// name writes the reference to a name, and the name where it is the first of its kind in the chunk.
func (w *evtxChunk) name(s string) {
	if at, ok := w.names[s]; ok {
		w.u32(uint32(at))
		return
	}
	at := w.at + 4
	w.names[s] = at
	w.u32(uint32(at))
	units := utf16.Encode([]rune(s))
	var hash uint32
	for _, u := range units {
		hash = hash*65599 + uint32(u)
	}
	w.u32(evtxNext(w.m, w.base+0x80+4*int(hash&0xFFFF%64), at))
	w.u16(uint16(hash), uint16(len(units)))
	w.u16(units...)
	w.u16(0)
}

// evtxAttr is an attribute: a text, or the value with an index.
type evtxAttr struct {
	name, text string
	sub        int
	typ        uint8 // 0 is a text
}

// element writes an element. An index below zero: it is there whatever the values are. An element without content is written as empty.
func (w *evtxChunk) element(name string, depends int, attrs []evtxAttr, content func()) {
	w.dependent(name, func() { w.u16(uint16(depends)) }, attrs, content)
}

func (w *evtxChunk) dependent(name string, depends func(), attrs []evtxAttr, content func()) {
	token := uint8(0x01)
	if len(attrs) > 0 {
		token |= 0x40
	}
	w.u8(token)
	depends()
	w.sized(func() {
		w.name(name)
		if len(attrs) > 0 {
			w.sized(func() { w.attrs(attrs) })
		}
		if content == nil {
			w.u8(0x03)
			return
		}
		w.u8(0x02)
		content()
		w.u8(0x04)
	})
}

func (w *evtxChunk) attrs(attrs []evtxAttr) {
	for i, a := range attrs {
		token := uint8(0x06)
		if i < len(attrs)-1 {
			token |= 0x40
		}
		w.u8(token)
		w.name(a.name)
		if a.typ == 0 {
			w.text(a.text)
		} else {
			w.sub(a.sub, a.typ)
		}
	}
}

func (w *evtxChunk) text(s string) {
	units := utf16.Encode([]rune(s))
	w.u8(0x05, 0x01)
	w.u16(uint16(len(units)))
	w.u16(units...)
}

func (w *evtxChunk) sub(i int, typ uint8) {
	w.u8(0x0E)
	w.u16(uint16(i))
	w.u8(typ)
}

// event writes the template of an event. Its values are those of system.
func (w *evtxChunk) event(r EVTXRecord) {
	value := func(name string, sub int, typ uint8) {
		w.element(name, sub, nil, func() { w.sub(sub, typ) })
	}
	w.element("Event", -1, []evtxAttr{{name: "xmlns", text: "http://schemas.microsoft.com/win/2004/08/events/event"}}, func() {
		w.element("System", -1, nil, func() {
			provider := []evtxAttr{{name: "Name", text: r.Provider}}
			if r.GUID != "" {
				provider = append(provider, evtxAttr{name: "Guid", text: "{" + r.GUID + "}"})
			}
			if r.ByValue {
				provider = []evtxAttr{{name: "Name", sub: 14, typ: 0x01}, {name: "Guid", sub: 15, typ: 0x0F}}
			}
			if r.Source != "" {
				provider = append(provider, evtxAttr{name: "EventSourceName", text: r.Source})
			}
			w.element("Provider", -1, provider, nil)
			w.element("EventID", 3, []evtxAttr{{name: "Qualifiers", sub: 4, typ: 0x06}}, func() { w.sub(3, 0x06) })
			value("Version", 11, 0x04)
			value("Level", 0, 0x04)
			value("Task", 2, 0x06)
			value("Opcode", 1, 0x04)
			value("Keywords", 5, 0x15)
			w.element("TimeCreated", -1, []evtxAttr{{name: "SystemTime", sub: 6, typ: 0x11}}, nil)
			value("EventRecordID", 10, 0x0A)
			w.element("Correlation", -1, []evtxAttr{{name: "ActivityID", sub: 7, typ: 0x0F}, {name: "RelatedActivityID", sub: 13, typ: 0x0F}}, nil)
			w.element("Execution", -1, []evtxAttr{{name: "ProcessID", sub: 8, typ: 0x08}, {name: "ThreadID", sub: 9, typ: 0x08}}, nil)
			value("Channel", 16, 0x01)
			w.element("Computer", -1, nil, func() { w.text(r.Computer) })
			w.element("Security", -1, []evtxAttr{{name: "UserID", sub: 12, typ: 0x13}}, nil)
		})
		if r.UserData != "" {
			w.element("UserData", 17, nil, func() { w.sub(17, 0x21) })
		} else {
			w.sub(17, 0x21)
		}
	})
}

// system returns the values of the template of an event.
func (w *evtxChunk) system(r EVTXRecord) []evtxValue {
	number := func(typ uint8, size int, v uint64) evtxValue {
		m := &Image{}
		m.PutU64(0, v)
		return evtxValue{typ: typ, b: m.Data()[:size]}
	}
	guid := func(s string) evtxValue {
		if s == "" {
			return evtxValue{}
		}
		return evtxValue{typ: 0x0F, b: GUID(s)}
	}
	qualifiers, user := evtxValue{}, evtxValue{}
	if r.Qualifiers != 0 {
		qualifiers = number(0x06, 2, uint64(r.Qualifiers))
	}
	if r.User != nil {
		user = evtxValue{typ: 0x13, b: r.User}
	}
	name, provider := evtxValue{}, evtxValue{}
	if r.ByValue {
		name = evtxValue{typ: 0x01, b: EVTXText("", r.Provider).Value}
		provider = guid(r.GUID)
	}
	return []evtxValue{
		number(0x04, 1, uint64(r.Level)), number(0x04, 1, uint64(r.Opcode)), number(0x06, 2, uint64(r.Task)), number(0x06, 2, uint64(r.ID)),
		qualifiers, number(0x15, 8, r.Keywords), number(0x11, 8, FileTime(r.Time)), guid(r.Activity),
		number(0x08, 4, uint64(r.Process)), number(0x08, 4, uint64(r.Thread)), number(0x0A, 8, r.Number), number(0x04, 1, uint64(r.Version)),
		user, {}, name, provider, {typ: 0x01, b: EVTXText("", r.Channel).Value},
		{typ: 0x21, fragment: func() { w.data(r) }},
	}
}

// data writes the fragment that is the value of EventData or UserData.
func (w *evtxChunk) data(r EVTXRecord) {
	w.u8(0x0F, 1, 1, 0)
	name := orElse(r.UserData, "EventData")
	if r.Direct {
		w.dependent(name, func() {}, nil, func() {
			for _, d := range r.Data {
				w.dependent(orElse(d.Name, "Data"), func() {}, nil, func() { w.text(textOf(d.Value)) })
			}
		})
		w.u8(0)
		return
	}
	key := name
	var values []evtxValue
	for _, d := range r.Data {
		key += fmt.Sprintf(" %q %d", d.Name, d.Type)
		values = append(values, evtxValue{typ: d.Type, b: d.Value})
	}
	if r.Binary != nil {
		key += " binary"
		values = append(values, evtxValue{typ: 0x0E, b: r.Binary})
	}
	w.template(key, func() {
		w.element(name, -1, nil, func() {
			for i, d := range r.Data {
				element, attrs := "Data", []evtxAttr(nil)
				switch {
				case r.UserData != "":
					element = d.Name
				case d.Name != "":
					attrs = []evtxAttr{{name: "Name", text: d.Name}}
				}
				depends := -1
				if d.Type&0x80 != 0 || d.Type == 0 {
					depends = i
				}
				w.element(element, depends, attrs, func() { w.sub(i, d.Type) })
			}
			if r.Binary != nil {
				w.element("Binary", len(r.Data), nil, func() { w.sub(len(r.Data), 0x0E) })
			}
		})
	}, values)
	w.u8(0)
}

func textOf(b []byte) string {
	units := make([]uint16, len(b)/2)
	for i := range units {
		units[i] = uint16(b[2*i]) | uint16(b[2*i+1])<<8
	}
	return string(utf16.Decode(units))
}
