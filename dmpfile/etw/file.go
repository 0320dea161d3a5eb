package etw

import (
	"fmt"
	"io"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/internal/bin"
)

// Numbers of .etl files.
const (
	bufferTypeHeader = 4    // WMI_BUFFER_HEADER.BufferType
	bufferCompressed = 0x40 // WMI_BUFFER_HEADER.BufferFlag
	modeCompressed   = 0x04000000
	maxFileHeader    = 0x2000 // the first record with its names, in bytes
	writtenAt        = bufferHeader + 0x20 + 0x24

	// The head of a trace in these modes does not count the buffers of its file alone: it goes around, is appended to another or one of several.
	modesOtherCount = 0x2 | 0x4 | 0x8
)

// NewFile reads the head of an .etl file. Its buffers are read when Events is called, one at a time. The error is a
// *dmpfile.FormatError, or that of reading; the Log is nil only where the file is no .etl.
func NewFile(r io.ReaderAt, size int64) (*Log, error) {
	head := make([]byte, min(max(size, 0), maxFileHeader))
	n, err := r.ReadAt(head, 0)
	if head = head[:n]; n < int(min(size, maxFileHeader)) && err != io.EOF {
		return nil, err
	}
	l := &Log{r: r, size: size}
	s, err := l.readHeader(head)
	if err != nil && len(head) >= bufferHeader && compressed(head) && le.Uint16(head[0x36:]) == bufferTypeHeader {
		s, err = &Session{LoggerID: le.Uint16(head[0x2A:]), BufferSize: max(1, int(le.Uint32(head)))}, nil // its head is compressed too
		l.Compressed = true
	}
	if err != nil {
		return nil, err
	}
	if again := int64(l.headSize); again != int64(s.BufferSize) && l.bufferAt(again, again) && !l.bufferAt(int64(s.BufferSize), int64(s.BufferSize)) {
		s.BufferSize = int(again) // the head says twice how large buffers are, and the next one proves which is right
	}
	s.Buffers = int((size + int64(s.BufferSize) - 1) / int64(s.BufferSize))
	l.Sessions = []Session{*s}
	l.Compressed = l.Compressed || s.Mode&modeCompressed != 0 || l.nextCompressed()
	return l, nil
}

// nextCompressed reports whether the first buffer behind the head says that it is compressed. What does not look like a buffer says nothing.
func (l *Log) nextCompressed() bool {
	var h [bufferHeader]byte
	if n, _ := l.r.ReadAt(h[:], int64(l.Sessions[0].BufferSize)); n < len(h) {
		return false
	}
	size, end := le.Uint32(h[0:]), le.Uint32(h[0x30:])
	return compressed(h[:]) && size >= bufferHeader && size <= maxBuffer && end <= size
}

// compressed reports whether the header of a buffer says that what follows is compressed. There are no flags in the high byte.
func compressed(h []byte) bool {
	flags := le.Uint16(h[0x34:])
	return flags&bufferCompressed != 0 && flags>>8 == 0
}

// bufferAt reports whether a buffer of this size stands at an offset.
func (l *Log) bufferAt(off, size int64) bool {
	var h [bufferHeader]byte
	n, _ := l.r.ReadAt(h[:], off)
	end := int64(le.Uint32(h[0x30:]))
	return n == len(h) && size >= bufferHeader && int64(le.Uint32(h[:])) == size && end >= bufferHeader && end <= size
}

// readHeader reads the record with the TRACE_LOGFILE_HEADER in the first buffer.
func (l *Log) readHeader(b []byte) (*Session, error) {
	bad := func(off int64, what string, v any) (*Session, error) {
		return nil, &dmpfile.FormatError{Offset: off, What: what, Value: v}
	}
	const header = bufferHeader + 0x20
	if len(b) < header+0x110 {
		return bad(0, "too short for an .etl file, in bytes", len(b))
	}
	bufferSize := le.Uint32(b)
	if bufferSize < header+0x110 || bufferSize > maxBuffer {
		return bad(0, "no .etl file: the size of its first buffer", bufferSize)
	}
	if v := le.Uint32(b[bufferHeader:]); v>>24 != markerEvent || v>>16&0xFF != typeSystem32 && v>>16&0xFF != typeSystem64 || le.Uint16(b[bufferHeader+6:]) != 0 {
		return bad(bufferHeader, "no .etl file: its first record", v)
	}
	size := int(le.Uint16(b[bufferHeader+4:]))
	if size < 0x20+0x110 || bufferHeader+size > int(bufferSize) {
		return bad(bufferHeader+4, "the first record of the .etl file does not fit: its size", size)
	}
	h := b[header:min(len(b), bufferHeader+size)]
	tail := 0xF8 // where the pointers and what follows them let the rest begin
	if le.Uint32(h[0x2C:]) == 4 {
		tail = 0xF0
	}
	if len(h) < tail+0x20 {
		return bad(bufferHeader+4, "the first record of the .etl file is too short: its size", size)
	}
	l.Build, l.MHz, l.Frequency = le.Uint32(h[0x8:])&0xFFFF, le.Uint32(h[0x34:]), le.Uint64(h[tail+0x8:])
	l.Boot, _ = bin.Filetime(le.Uint64(h[tail:]))
	l.Started, _ = bin.Filetime(le.Uint64(h[tail+0x10:]))
	l.Ended, _ = bin.Filetime(le.Uint64(h[0x10:]))
	l.Unclosed = le.Uint64(h[0x10:]) == 0
	l.headSize = le.Uint32(h)
	if mode := le.Uint32(h[0x20:]); !l.Unclosed && mode&modesOtherCount == 0 {
		l.written = int(le.Uint32(h[0x24:]))
	}
	s := &Session{
		LoggerID:   le.Uint16(b[0x2A:]),
		Mode:       le.Uint32(h[0x20:]),
		Clock:      Clock(le.Uint32(h[tail+0x18:])),
		Start:      l.Started,
		Reference:  l.Started,
		BufferSize: int(bufferSize),
		Lost:       int(le.Uint32(h[0x30:])),
	}
	s.clock = clock{
		kind: s.Clock, utc: le.Uint64(h[tail+0x10:]), stamp: le.Uint64(b[bufferHeader+0x10:]), frequency: l.Frequency, mhz: l.MHz,
	}
	s.About = s.clock.drifts()
	names := h[tail+0x20:]
	s.Name = bin.UTF16Z(names)
	if end := endOfUTF16Z(names); end >= 0 {
		l.Path = bin.UTF16Z(names[end:])
	}
	return s, nil
}

// walkFile reads the buffers one by one, and says how many that the head counts are not there.
func (l *Log) walkFile(w *walker) {
	if l.Compressed {
		w.yield(nil, ErrCompressed)
		return
	}
	found, more := l.readBuffers(w)
	if missing := l.written - found; missing > 0 && more {
		w.yield(nil, &dmpfile.FormatError{Offset: writtenAt, What: fmt.Sprintf("buffers that are missing, of the %d that the head of the trace counts", l.written), Value: missing})
	}
}

// readBuffers reads the buffers. It returns how many are there, damaged ones with them, and whether more is wanted.
func (l *Log) readBuffers(w *walker) (found int, more bool) {
	s := &l.Sessions[0]
	c := s.clock
	step := int64(s.BufferSize)
	data := make([]byte, min(step, l.size))
	for off := int64(0); off < l.size; off += step {
		want := min(step, l.size-off)
		n, err := l.r.ReadAt(data[:want], off)
		if int64(n) < want && err != io.EOF {
			w.yield(nil, err)
			return found, false
		}
		b := buffer{off: off}
		v := le.Uint32(data)
		if n >= bufferHeader && v == 0 && le.Uint32(data[0x30:]) == 0 {
			continue // space that was set aside and never written
		}
		found++
		if n < bufferHeader {
			return found, w.damaged(&b, 0, "the .etl file ends inside the header of a buffer, bytes left", n)
		}
		if off == 0 && int64(v) != step {
			if !w.damaged(&b, 0, "the first buffer of the trace is not as large as the others: its size", v) {
				return found, false
			}
		} else if int64(v) != step {
			if !w.damaged(&b, 0, "no buffer of the trace begins here: its size", v) {
				return found, false
			}
			continue
		}
		if compressed(data) {
			if !w.yield(nil, ErrCompressed) {
				return found, false
			}
			continue
		}
		end := int64(le.Uint32(data[0x30:]))
		if end < bufferHeader || end > step {
			if !w.damaged(&b, 0x30, "the data of an ETW buffer do not fit into it: their end", end) {
				return found, false
			}
			continue
		}
		b.processor = le.Uint16(data[0x28:])
		if off > 0 && le.Uint16(data[0x36:]) == bufferTypeHeader { // a trace that was appended has a clock of its own
			var again Log
			if s, err := again.readHeader(data[:min(n, maxFileHeader)]); err == nil {
				c = s.clock
			}
		}
		if !w.buffer(&b, &c, data[:min(end, int64(n))]) {
			return found, false
		}
		if end > int64(n) {
			return found, w.damaged(&b, n, "the .etl file ends inside a buffer, bytes it has", n)
		}
	}
	return found, true
}
