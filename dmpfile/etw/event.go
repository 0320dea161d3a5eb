package etw

import (
	"bytes"
	"iter"
	"time"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/internal/bin"
)

// Form says how the payload of a record is described.
type Form uint8

// Forms of records.
const (
	Other        Form = iota // records of the kernel and of classic providers: system, perfinfo and so on, by Type
	Manifest                 // an event of a manifest: only its layout says what the payload means
	TraceLogging             // describes itself
	Legacy                   // an event of the classic event log: strings and bytes, with the name of the source
	WPP                      // a message of the software trace preprocessor, whose text is in the provider's symbols
)

func (f Form) String() string {
	return [...]string{"other", "manifest", "tracelogging", "legacy", "wpp"}[min(f, 4)]
}

// Event is one record of a log.
type Event struct {
	Time      time.Time // UTC, as the event log shows it; zero where the time stamp is none
	About     bool      // the clock of the session drifts from the time of day
	Unflushed bool      // of a buffer that Windows had not yet written out, so the event log may lack the event
	Session   int       // index in Log.Sessions

	Provider dmpfile.GUID
	Name     string // of the provider, as the event itself says it; else empty

	ID                              uint16 // of the event; of WPP the message number, of other records the hook id
	Version, Level, Channel, Opcode uint8
	Task                            uint16
	Keyword                         uint64
	Process, Thread                 uint32
	Processor                       uint16
	SID                             []byte // of the user the event was written for, where it says; private

	Form      Form
	Type      uint8  // of the record's header: 0x12, 0x13 events; 1 to 4, 0x10, 0x11 of the kernel; 0xA, 0xB, 0x14, 0x15 classic
	EventName string // of TraceLogging
	Payload   []byte

	pointer int    // width in bytes
	schema  []byte // of TraceLogging
}

// Clone returns a copy of the event that stays good.
func (e *Event) Clone() *Event {
	c := *e
	c.Payload, c.SID, c.schema = bytes.Clone(e.Payload), bytes.Clone(e.SID), bytes.Clone(e.schema)
	return &c
}

// Events returns the records but the WPP messages, in the order of the buffers. An Event and its Payload are good until the next one
// (see Clone). A damaged piece gives an error with the place, and reading goes on behind it, at the latest in the next buffer.
func (l *Log) Events() iter.Seq2[*Event, error] {
	return func(yield func(*Event, error) bool) { l.walk(false, yield) }
}

// Records is Events with the WPP messages.
func (l *Log) Records() iter.Seq2[*Event, error] {
	return func(yield func(*Event, error) bool) { l.walk(true, yield) }
}

func (l *Log) walk(messages bool, yield func(*Event, error) bool) {
	w := &walker{messages: messages, yield: yield, names: map[string]string{}}
	if l.stream == nil {
		l.walkFile(w)
		return
	}
	for _, b := range l.buffers {
		if !w.buffer(&b, &l.Sessions[b.session].clock, l.stream[b.off:b.off+int64(b.length)]) {
			return
		}
	}
}

// Counts says what a log holds.
type Counts struct {
	Records                                    int // all of them: the next five together
	Manifest, TraceLogging, Legacy, WPP, Other int
	Damaged                                    int         // pieces that gave an error
	Undecoded                                  map[Key]int // events whose payload nothing describes to the last byte
}

// Key names an event of a provider.
type Key struct {
	Provider dmpfile.GUID
	ID       uint16
	Version  uint8
}

// Count reads all records and counts them.
func (l *Log) Count() Counts {
	c := Counts{Undecoded: map[Key]int{}}
	for e, err := range l.Records() {
		if err != nil {
			c.Damaged++
			continue
		}
		c.Records++
		switch e.Form {
		case Manifest:
			c.Manifest++
		case TraceLogging:
			c.TraceLogging++
		case Legacy:
			c.Legacy++
		case WPP:
			c.WPP++
			continue
		default:
			c.Other++
			continue
		}
		if _, ok := e.Fields(); !ok && (len(c.Undecoded) < maxKinds || c.Undecoded[e.key()] > 0) {
			c.Undecoded[e.key()]++
		}
	}
	return c
}

// maxKinds bounds the tables that grow with the kinds of events.
const maxKinds = 1 << 16

func (e *Event) key() Key { return Key{e.Provider, e.ID, e.Version} }

// walker takes records out of buffers.
type walker struct {
	messages bool
	yield    func(*Event, error) bool
	names    map[string]string // texts that repeat, by their bytes
	event    Event
}

// Headers of records.
const (
	markerEvent   = 0xC0 // and 0xC0 in the byte at 3
	markerMessage = 0x90

	typeSystem32, typeSystem64     = 0x01, 0x02
	typeCompact32, typeCompact64   = 0x03, 0x04
	typeFull32, typeInstance32     = 0x0A, 0x0B
	typePerfinfo32, typePerfinfo64 = 0x10, 0x11
	typeEvent32, typeEvent64       = 0x12, 0x13
	typeFull64, typeInstance64     = 0x14, 0x15

	eventHeader = 0x50

	flagExtended = 0x0001 // EVENT_HEADER.Flags
	flag32Bit    = 0x0020

	propertyLegacy = 0x4 // EVENT_HEADER.EventProperty

	itemSID    = 2
	itemSchema = 11
	itemTraits = 12
)

// buffer yields the records of a buffer. It reports whether more are wanted.
func (w *walker) buffer(b *buffer, c *clock, data []byte) bool {
	for off := bufferHeader; off < len(data); {
		rest := data[off:]
		if len(rest) < 8 {
			return w.damaged(b, off, "an ETW buffer ends inside a record, bytes left", len(rest))
		}
		kind, marker := rest[2], rest[3]
		size, least := 0, 8
		switch {
		case marker == markerMessage:
			size = int(le.Uint16(rest))
		case marker != markerEvent:
			if le.Uint32(rest) == 0xFFFFFFFF {
				return true // filler
			}
			return w.damaged(b, off, "no ETW record begins here", le.Uint32(rest))
		case kind == typeEvent32 || kind == typeEvent64:
			size, least = int(le.Uint16(rest)), eventHeader
		case kind == typeSystem32 || kind == typeSystem64:
			size, least = int(le.Uint16(rest[4:])), 0x20
		case kind == typeCompact32 || kind == typeCompact64:
			size, least = int(le.Uint16(rest[4:])), 0x18
		case kind == typePerfinfo32 || kind == typePerfinfo64:
			size, least = int(le.Uint16(rest[4:])), 0x10
		case kind == typeFull32 || kind == typeFull64:
			size, least = int(le.Uint16(rest)), 0x30
		case kind == typeInstance32 || kind == typeInstance64:
			size, least = int(le.Uint16(rest)), 0x38
		default:
			return w.damaged(b, off, "an ETW record of an unknown type", le.Uint32(rest))
		}
		if size < least || size > len(rest) {
			return w.damaged(b, off, "an ETW record does not fit into its buffer: its size", size)
		}
		if marker != markerMessage || w.messages {
			w.event = Event{Session: b.session, Processor: b.processor, About: c.drifts(), Unflushed: b.unflushed, Type: kind, pointer: 8}
			if what := w.record(c, rest[:size:size]); what != "" {
				if !w.yield(nil, &dmpfile.FormatError{Offset: b.off + int64(off), What: what, Value: size}) {
					return false
				}
			} else if !w.yield(&w.event, nil) {
				return false
			}
		}
		off += (size + 7) &^ 7
	}
	return true
}

func (w *walker) damaged(b *buffer, off int, what string, value any) bool {
	return w.yield(nil, &dmpfile.FormatError{Offset: b.off + int64(off), What: what, Value: value})
}

// record fills w.event from a record whose header is whole. It returns what is wrong with it.
func (w *walker) record(c *clock, r []byte) (wrong string) {
	e := &w.event
	if r[3] == markerMessage {
		return w.message(c, r)
	}
	switch e.Type {
	case typeEvent32, typeEvent64:
		return w.header(c, r)
	case typePerfinfo32, typePerfinfo64:
		e.ID = le.Uint16(r[6:])
		e.Time = c.time(le.Uint64(r[8:]))
		e.Payload = r[0x10:]
	case typeSystem32, typeSystem64, typeCompact32, typeCompact64:
		e.ID = le.Uint16(r[6:])
		e.Thread, e.Process = le.Uint32(r[8:]), le.Uint32(r[0xC:])
		e.Time = c.time(le.Uint64(r[0x10:]))
		e.Payload = r[0x18:]
		if e.Type <= typeSystem64 {
			e.Payload = r[0x20:]
		}
	case typeFull32, typeFull64, typeInstance32, typeInstance64:
		e.Opcode, e.Level, e.Version = r[4], r[5], uint8(le.Uint16(r[6:]))
		e.Thread, e.Process = le.Uint32(r[8:]), le.Uint32(r[0xC:])
		e.Time = c.time(le.Uint64(r[0x10:]))
		if e.Type == typeFull32 || e.Type == typeFull64 {
			copy(e.Provider[:], r[0x18:])
			e.Payload = r[0x30:]
		} else {
			e.Payload = r[0x18:] // the registration handle takes the place of the GUID
		}
	}
	switch e.Type {
	case typeSystem32, typeCompact32, typeFull32, typeInstance32, typePerfinfo32:
		e.pointer = 4
	}
	return ""
}

// header reads an EVENT_HEADER and the items behind it.
func (w *walker) header(c *clock, r []byte) (wrong string) {
	e := &w.event
	flags, property := le.Uint16(r[4:]), le.Uint16(r[6:])
	if e.Type == typeEvent32 || flags&flag32Bit != 0 {
		e.pointer = 4
	}
	e.Form = Manifest
	e.Thread, e.Process = le.Uint32(r[8:]), le.Uint32(r[0xC:])
	e.Time = c.time(le.Uint64(r[0x10:]))
	copy(e.Provider[:], r[0x18:])
	e.ID = le.Uint16(r[0x28:])
	e.Version, e.Channel, e.Level, e.Opcode = r[0x2A], r[0x2B], r[0x2C], r[0x2D]
	e.Task, e.Keyword = le.Uint16(r[0x2E:]), le.Uint64(r[0x30:])
	off := eventHeader
	for more := flags&flagExtended != 0; more; {
		size, _ := bin.U16(r, off)
		item, ok := bin.Slice(r, off, int(size))
		if !ok || size < 8 {
			return "the extended items of an ETW record do not fit into it: its size"
		}
		kind, length := le.Uint16(item[2:]), int(le.Uint16(item[6:]))
		more = le.Uint16(item[4:])&1 != 0
		data, ok := bin.Slice(item, 8, length)
		if !ok {
			return "an extended item of an ETW record does not fit: size of the record"
		}
		switch kind {
		case itemSID:
			e.SID = data
		case itemSchema:
			e.schema = data
			e.Form = TraceLogging
			e.EventName = w.intern(schemaName(data))
		case itemTraits:
			e.Name = w.intern(traitsName(data))
		}
		off += int(size)
	}
	e.Payload = r[off:]
	if property&propertyLegacy != 0 && e.schema == nil {
		e.Form = Legacy
		if id, ok := bin.U32(e.Payload, 8); ok {
			e.ID = uint16(id)
			if t, ok := bin.Filetime(le.Uint64(e.Payload)); ok && (e.About || !t.After(e.Time)) {
				e.Time, e.About = t, false // as the event log shows it; the header is written some milliseconds later
			}
		}
	}
	return ""
}

// message reads a WPP message. Its flags say what stands before the payload.
func (w *walker) message(c *clock, r []byte) (wrong string) {
	e := &w.event
	e.Form = WPP
	e.ID = le.Uint16(r[4:])
	flags := le.Uint16(r[6:])
	if flags&0x40 != 0 {
		e.pointer = 4
	}
	rest := r[8:]
	for _, part := range [...]struct {
		flag uint16
		size int
	}{{0x1, 4}, {0x2, 16}, {0x4, 4}, {0x8, 8}, {0x20, 8}} {
		if flags&part.flag == 0 || part.flag == 0x4 && flags&0x2 != 0 {
			continue
		}
		if len(rest) < part.size {
			return "a WPP message is shorter than its flags say: its size"
		}
		switch part.flag {
		case 0x2:
			copy(e.Provider[:], rest)
		case 0x8:
			e.Time = c.time(le.Uint64(rest))
		case 0x20:
			e.Thread, e.Process = le.Uint32(rest), le.Uint32(rest[4:])
		}
		rest = rest[part.size:]
	}
	e.Payload = rest
	return ""
}

// intern returns b as a string, the same one for equal bytes.
func (w *walker) intern(b []byte) string {
	if s, ok := w.names[string(b)]; ok {
		return s
	}
	s := string(b)
	if len(w.names) < maxKinds && len(s) <= 0x100 {
		w.names[s] = s
	}
	return s
}
