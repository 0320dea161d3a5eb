package etw

import (
	"errors"
	"io"
	"time"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/internal/bin"
)

// StreamGUID is the tag of the stream in a dump's secondary data that ReadStream reads.
const StreamGUID = "2b88b710-1c93-4f7c-b06c-655ecc50decc"

// ErrCompressed says that the buffers of a log are compressed, which this package does not read.
var ErrCompressed = errors.New("the buffers of this trace are compressed, and are not read")

// Log is a set of ETW sessions with their buffers. It does not change, and is safe for concurrent use.
type Log struct {
	Build     uint32    // of Windows, without flags; 0 where not said
	Boot      time.Time // when Windows started, UTC; zero where not said
	MHz       uint32    // of the processors
	Frequency uint64    // of the performance counter, in ticks a second
	Sessions  []Session

	// The rest is of .etl files.

	Compressed bool      // its buffers are compressed: they give ErrCompressed
	Unclosed   bool      // it was not closed: it lacks its end, and perhaps the last events
	Started    time.Time // when the session started, UTC
	Ended      time.Time // when it was closed; zero where it was not
	Path       string    // of the file when it was written; it can name a user

	stream  []byte
	buffers []buffer // of stream, in its order
	steps   int      // how many buffers may still be looked at: sessions that overlap would take forever

	r        io.ReaderAt
	size     int64
	headSize uint32 // of a buffer, by the TRACE_LOGFILE_HEADER
	written  int    // buffers by it, of a trace that was closed; 0 where it does not count those of the file
}

// Clock is what a session takes its time stamps from.
type Clock uint32

// Clocks of sessions.
const (
	PerformanceCounter Clock = 1
	SystemTime         Clock = 2 // time stamps are FILETIMEs
	CycleCounter       Clock = 3
)

func (c Clock) String() string {
	switch c {
	case PerformanceCounter:
		return "performance counter"
	case SystemTime:
		return "system time"
	case CycleCounter:
		return "processor cycles"
	}
	return "unknown"
}

// Session is one ETW session.
type Session struct {
	Name       string
	LoggerID   uint16
	Mode       uint32 // EVENT_TRACE_* flags
	Clock      Clock
	About      bool      // its clock drifts from the time of day: the times of its events are near, not exact
	Start      time.Time // UTC; zero where not said
	Reference  time.Time // the moment that ties its clock to the time of day, UTC
	BufferSize int       // in bytes
	Buffers    int
	Lost       int // events that it could not write; 0 in dumps, which do not say

	clock clock
}

// buffer is a WMI_BUFFER_HEADER with its place.
type buffer struct {
	off       int64
	length    int // of header and records, in bytes
	session   int
	processor uint16
	unflushed bool
}

// Sizes of headers, and numbers in them.
const (
	streamHeader  = 0x20
	sessionHeader = 0x30
	sessionMarker = 0x01EBAFE1
	bufferHeader  = 0x48
	maxBuffer     = 64 << 20 // of a buffer, in bytes; Windows allows 16 MiB
)

// ReadStream reads the stream with the tag StreamGUID of a dump's secondary data. Where it ends early or contradicts itself the
// result is what comes before, and the error is a *dmpfile.FormatError with the place in the stream; the Log is nil only where
// even the head is missing. The Log keeps b, which must not be changed.
func ReadStream(b []byte) (*Log, error) {
	if len(b) < streamHeader {
		return nil, &dmpfile.FormatError{Offset: 0, What: "the ETW stream ends inside its header, bytes left", Value: len(b)}
	}
	l := &Log{
		Build:     le.Uint32(b[0x4:]) & 0xFFFF,
		MHz:       le.Uint32(b[0x8:]),
		Frequency: le.Uint64(b[0x18:]),
		stream:    b,
	}
	l.Boot, _ = bin.Filetime(le.Uint64(b[0x10:]))
	l.steps = 2*len(b)/bufferHeader + 2
	for off := streamHeader; off < len(b); {
		next, err := l.readSession(off)
		if err != nil {
			return l, err
		}
		off = next
	}
	return l, nil
}

// readSession reads the session at off and lists its buffers. It returns where the next one begins.
func (l *Log) readSession(off int) (next int, err error) {
	b := l.stream
	h, ok := bin.Slice(b, off, sessionHeader)
	if !ok {
		return 0, &dmpfile.FormatError{Offset: int64(off), What: "the ETW stream ends inside the header of a session, bytes left", Value: len(b) - off}
	}
	if v := le.Uint32(h); v != sessionMarker {
		return 0, &dmpfile.FormatError{Offset: int64(off), What: "no ETW session begins here", Value: v}
	}
	bufferSize, nameLen := le.Uint32(h[0x10:]), le.Uint32(h[0x14:])
	name, ok := bin.Slice(b, off+sessionHeader, int(nameLen&0xFFFF))
	if !ok || nameLen > 0xFFFF {
		return 0, &dmpfile.FormatError{Offset: int64(off) + 0x14, What: "the name of an ETW session does not fit into the stream, bytes", Value: nameLen}
	}
	s := Session{
		Name:       bin.UTF16(name),
		LoggerID:   uint16(le.Uint32(h[0x4:])),
		Mode:       le.Uint32(h[0x8:]),
		Clock:      Clock(le.Uint32(h[0xC:])),
		BufferSize: int(bufferSize),
	}
	s.Start, _ = bin.Filetime(le.Uint64(h[0x18:]))
	s.Reference, _ = bin.Filetime(le.Uint64(h[0x20:]))
	s.clock = clock{kind: s.Clock, utc: le.Uint64(h[0x20:]), stamp: le.Uint64(h[0x28:]), frequency: l.Frequency, mhz: l.MHz}
	s.About = s.clock.drifts()
	index := len(l.Sessions)

	// The name takes twice its length up to build 22000, and its length in 26100. The bytes behind it are stale, so a size alone
	// proves nothing: the buffers must lead to the next session or to the end.
	first := len(l.buffers)
	next, err = l.walkBuffers(off+sessionHeader+2*len(name), index, &s)
	if err != nil {
		wide, wideNext, wideErr := l.buffers[first:len(l.buffers):len(l.buffers)], next, err
		l.buffers = l.buffers[:first:first]
		next, err = l.walkBuffers(off+sessionHeader+len(name), index, &s)
		if err != nil && wideNext > next {
			l.buffers, next, err = append(l.buffers[:first], wide...), wideNext, wideErr
		}
	}
	s.Buffers = len(l.buffers) - first
	l.Sessions = append(l.Sessions, s)
	return next, err
}

// walkBuffers lists the buffers of a session from off on. It returns where they end; without an error that is the next session or
// the end of the stream.
func (l *Log) walkBuffers(off, session int, s *Session) (int, error) {
	b := l.stream
	for off != len(b) {
		v, ok := bin.U32(b, off)
		if ok && v == sessionMarker {
			return off, nil
		}
		h, full := bin.Slice(b, off, bufferHeader)
		if l.steps--; l.steps < 0 {
			return off, &dmpfile.FormatError{Offset: int64(off), What: "the sessions of the ETW stream overlap: their number", Value: session + 1}
		}
		if ok && (int64(v) != int64(s.BufferSize) || v < bufferHeader) {
			return off, &dmpfile.FormatError{Offset: int64(off), What: "neither a buffer of the ETW session " + s.Name + " nor another session begins here", Value: v}
		}
		if !full {
			off = min(off, len(b))
			return off, &dmpfile.FormatError{Offset: int64(off), What: "the ETW stream ends inside the header of a buffer, bytes left", Value: len(b) - off}
		}
		saved, current := le.Uint32(h[0x4:]), le.Uint32(h[0x8:])
		length := current
		if current > v {
			length = saved
		}
		id := le.Uint16(h[0x2A:])
		if length < bufferHeader || length > v || id != s.LoggerID && id != 0 {
			return off, &dmpfile.FormatError{Offset: int64(off), What: "the header of an ETW buffer contradicts itself: stored length", Value: length}
		}
		buf := buffer{off: int64(off), length: int(length), session: session, processor: le.Uint16(h[0x28:]), unflushed: le.Uint32(h[0x2C:]) == 1}
		if left := len(b) - off; buf.length > left {
			buf.length = left
			l.buffers = append(l.buffers, buf)
			return len(b), &dmpfile.FormatError{Offset: int64(off), What: "the ETW stream ends inside a buffer, bytes left", Value: left}
		}
		l.buffers = append(l.buffers, buf)
		off += buf.length
	}
	return off, nil
}
