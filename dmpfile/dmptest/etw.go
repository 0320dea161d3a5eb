package dmptest

import "bytes"

// ETWStream is the stream of ETW buffers in a dump's secondary data. Times are FILETIMEs.
type ETWStream struct {
	Build     uint32
	MHz       uint32
	Boot      uint64
	Frequency uint64 // of the performance counter, in ticks a second
	Sessions  []ETWSession
}

// Image returns the payload of the stream.
func (s ETWStream) Image() *Image {
	m := new(Image)
	m.PutU32(0x0, 156250, s.Build, s.MHz, 0)
	m.PutU64(0x10, s.Boot, s.Frequency)
	for _, session := range s.Sessions {
		session.appendTo(m)
	}
	return m
}

// ETWSession is a session of a stream, or what an .etl file holds.
type ETWSession struct {
	Name           string
	LoggerID       uint16
	Mode           uint32
	Clock          uint32 // 1 performance counter, 2 system time, 3 processor cycles
	BufferSize     uint32
	Start          uint64 // FILETIME
	Reference      uint64 // FILETIME, and
	ReferenceClock uint64 // the time stamp of that moment
	Stale          []byte // if not nil, what stands in the second half of the name's space, as up to build 22000
	Buffers        []ETWBuffer
}

func (s ETWSession) appendTo(m *Image) {
	off, name := m.Len(), utf16Bytes(s.Name)
	m.PutU32(off, 0x01EBAFE1, uint32(s.LoggerID), s.Mode, s.Clock, s.BufferSize, uint32(len(name)))
	m.PutU64(off+0x18, s.Start, s.Reference, s.ReferenceClock)
	m.PutBytes(off+0x30, name)
	if s.Stale != nil {
		m.PutZero(off+0x30+len(name), len(name))
		m.PutBytes(off+0x30+len(name), s.Stale[:min(len(s.Stale), len(name))])
	}
	for _, b := range s.Buffers {
		m.Append(b.stored(s))
	}
}

// ETWBuffer is a buffer of a session.
type ETWBuffer struct {
	Processor uint16
	State     uint32 // 0 free, 1 in use, 3 flushed
	Unused    bool   // it was never used: its logger is 0, and it has no records
	Full      bool   // its current offset lies behind its end, so its length is the saved offset
	Records   [][]byte
}

// records returns the header's space and the records, each of which begins at a multiple of 8 bytes.
func (b ETWBuffer) records() *Image {
	m := new(Image)
	m.Grow(0x48)
	for _, r := range b.Records {
		m.Align(8)
		m.Append(r)
	}
	return m
}

func (b ETWBuffer) header(s ETWSession, m *Image) {
	id := s.LoggerID
	if b.Unused {
		id = 0
	}
	m.PutU32(0x0, s.BufferSize)
	m.PutU16(0x28, b.Processor, id)
	m.PutU32(0x2C, b.State)
}

func (b ETWBuffer) stored(s ETWSession) []byte {
	m := b.records()
	n := uint32(m.Len())
	b.header(s, m)
	if b.Full {
		m.PutU32(0x4, n, s.BufferSize+0x20)
	} else {
		m.PutU32(0x4, 0, n)
	}
	return m.Data()
}

// ETL is an .etl file of a session.
type ETL struct {
	ETWSession
	Build      uint32
	MHz        uint32
	Boot       uint64 // FILETIME
	Frequency  uint64
	End        uint64 // FILETIME; 0 of a file that was not closed
	Lost       uint32
	Path       string
	Pointer32  bool
	Compressed bool // the buffers say that they are compressed
}

// Image returns the file. Its first time stamp is ReferenceClock at the time Reference.
func (f ETL) Image() *Image {
	m := new(Image)
	f.head(m)
	for i, b := range f.Buffers {
		at := (i + 1) * int(f.BufferSize)
		one := b.records()
		n := uint32(one.Len())
		b.header(f.ETWSession, one)
		one.PutU32(0x4, n, n)
		one.PutU32(0x30, n)
		if f.Compressed {
			one.PutU16(0x34, 0x40)
		}
		m.PutBytes(at, one.Data())
		m.Append(bytes.Repeat([]byte{0xFF}, at+int(f.BufferSize)-m.Len()))
	}
	return m
}

func (f ETL) head(m *Image) {
	r := new(Image) // the record with the TRACE_LOGFILE_HEADER
	kind, tail, pointer := uint32(0xC0020002), 0x20+0xF8, uint32(8)
	if f.Pointer32 {
		kind, tail, pointer = 0xC0010002, 0x20+0xF0, 4
	}
	r.PutU32(0x0, kind)
	r.PutU64(0x10, f.ReferenceClock)
	r.PutU32(0x20, f.BufferSize, 0x0501000A, f.Build, 8)
	r.PutU64(0x30, f.End)
	r.PutU32(0x38, 156250, 0, f.Mode, uint32(len(f.Buffers)+1), 1, pointer, f.Lost, f.MHz)
	r.PutU64(tail, f.Boot, f.Frequency, f.Reference)
	r.PutU32(tail+0x18, f.Clock, 0)
	r.Append(utf16Z(f.Name))
	r.Append(utf16Z(f.Path))
	r.PutU16(0x4, uint16(r.Len()), 0)
	m.PutBytes(0x48, r.Data())
	end := uint32(m.Len())
	m.PutU32(0x0, f.BufferSize, end, end)
	m.PutU16(0x28, 0, f.LoggerID)
	m.PutU32(0x2C, 3, end)
	m.PutU16(0x34, 1, 4)
	m.Append(bytes.Repeat([]byte{0xFF}, int(f.BufferSize)-m.Len()))
}

// ETWEvent is an event of a provider.
type ETWEvent struct {
	Stamp                           uint64
	Provider                        string // a GUID in text form
	ID                              uint16
	Version, Channel, Level, Opcode uint8
	Task                            uint16
	Keyword                         uint64
	Process, Thread                 uint32
	Pointer32                       bool
	Legacy                          bool
	SID, Schema, Traits             []byte // extended items, where they are not nil
	Payload                         []byte
}

// Record returns the record.
func (e ETWEvent) Record() []byte {
	m := new(Image)
	kind, flags, property := uint8(0x13), uint16(0x40), uint16(0)
	if e.Pointer32 {
		kind, flags = 0x12, 0x20
	}
	if e.Legacy {
		property = 4
	}
	var items []*Image
	for _, item := range []struct {
		kind uint16
		data []byte
	}{{2, e.SID}, {12, e.Traits}, {11, e.Schema}} {
		if item.data == nil {
			continue
		}
		one := new(Image)
		one.PutU16(0x0, 0, item.kind, 1, uint16(len(item.data)))
		one.PutBytes(0x8, item.data)
		one.Align(8)
		one.PutU16(0x0, uint16(one.Len()))
		items = append(items, one)
	}
	if items != nil {
		flags |= 1
		items[len(items)-1].PutU16(0x4, 0)
	}
	m.PutU8(0x2, kind, 0xC0)
	m.PutU16(0x4, flags, property)
	m.PutU32(0x8, e.Thread, e.Process)
	m.PutU64(0x10, e.Stamp)
	m.PutBytes(0x18, GUID(e.Provider))
	m.PutU16(0x28, e.ID)
	m.PutU8(0x2A, e.Version, e.Channel, e.Level, e.Opcode)
	m.PutU16(0x2E, e.Task)
	m.PutU64(0x30, e.Keyword)
	m.Grow(0x50)
	for _, one := range items {
		m.Append(one.Data())
	}
	m.Append(e.Payload)
	m.PutU16(0x0, uint16(m.Len()))
	return m.Data()
}

// ETWMessage returns a WPP message with GUID, time, thread and process, as Windows writes them.
func ETWMessage(stamp uint64, guid string, number uint16, thread, process uint32, payload []byte) []byte {
	m := new(Image)
	m.PutU8(0x2, 0, 0x90)
	m.PutU16(0x4, number, 0xAA)
	m.PutBytes(0x8, GUID(guid))
	m.PutU64(0x18, stamp)
	m.PutU32(0x20, thread, process)
	m.Append(payload)
	m.PutU16(0x0, uint16(m.Len()))
	return m.Data()
}

// ETWLegacy returns the payload of an event of the classic event log.
func ETWLegacy(time uint64, id uint32, source string, sid []byte, texts []string, data []byte) []byte {
	m := new(Image)
	name := utf16Bytes(source)
	m.PutU64(0x0, time)
	m.PutU32(0x8, id)
	m.PutU16(0xC, uint16(len(name)/2))
	m.Append(name)
	m.PutU16(m.Len(), uint16(len(sid)))
	m.Append(sid)
	m.PutU16(m.Len(), uint16(len(texts)))
	for _, s := range texts {
		m.Append(utf16Z(s))
	}
	m.PutU32(m.Len(), uint32(len(data)))
	m.Append(data)
	return m.Data()
}

// ETWSchema returns the TraceLogging schema of an event, of fields that ETWField made.
func ETWSchema(name string, fields ...[]byte) []byte {
	m := new(Image)
	m.PutU8(0x2, 0)
	m.Append([]byte(name + "\x00"))
	for _, f := range fields {
		m.Append(f)
	}
	m.PutU16(0x0, uint16(m.Len()))
	return m.Data()
}

// ETWField returns a field of a schema: its name, and the bytes of its types and counts.
func ETWField(name string, types ...uint8) []byte { return append([]byte(name+"\x00"), types...) }

// ETWTraits returns the traits of a provider that has only a name.
func ETWTraits(name string) []byte {
	m := new(Image)
	m.Append([]byte("\x00\x00" + name + "\x00"))
	m.PutU16(0x0, uint16(m.Len()))
	return m.Data()
}
