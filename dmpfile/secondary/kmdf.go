package secondary

import "github.com/dmplens/dmplens/dmpfile/internal/bin"

// KMDF is the head of the recorder of one driver of the Windows Driver Framework. Whose recorder a dump has does not tell who is to blame, but for
// stop 0x10D. The text of its records is in the symbols of the driver and of the framework: it is not decoded.
type KMDF struct {
	Driver string
	Trace  TraceRing
}

// kmdfHeader is the length of what is before the records.
const kmdfHeader = 0x48

// ReadKMDF decodes the stream 54c84888. Its layout was worked out on real dumps.
func ReadKMDF(b []byte) (*KMDF, int, error) {
	k := &KMDF{}
	s := le(b)
	if !s.has(0, kmdfHeader) {
		return k, 0, stopped(0, "the header of the recorder is cut: its size", len(b))
	}
	k.Driver = bin.ASCIIZ(b[0x24:0x44])
	size := s.u32(0x18)
	if int64(size) > int64(len(b)-kmdfHeader) {
		return k, kmdfHeader, stopped(0x18, "the records do not end in the stream: their size", size)
	}
	k.Trace = readTraceRing(b[kmdfHeader:kmdfHeader+size], s.u16(0x1E), s.u16(0x1C))
	return readTo(k, kmdfHeader+int(size), b)
}

// Fields returns the name and the counts.
func (k *KMDF) Fields() []Field {
	return append([]Field{textField("driver", k.Driver)}, k.Trace.fields()...)
}

// TraceRing is the records of a recorder of trace messages: how many, not what they say.
type TraceRing struct {
	Format      string // "LR", or "L2" on build 26100
	Records     int    // that are whole
	First, Last uint32 // numbers of the oldest and the newest of them; the recorder counts them from the driver's start
}

// A record begins with two letters, its u16 length, its number u32, and the u16 offset in the ring of the record before it.
const traceRecord = 12

// readTraceRing follows the records of a ring back from the last one. next is where the next one would have been written: what is between the two is
// whole, and older ones end where it overwrote them.
func readTraceRing(ring le, last, next uint16) TraceRing {
	var t TraceRing
	at := int(last)
	for range len(ring)/traceRecord + 1 {
		format := string(ring.upTo(at, 2))
		size := int(ring.u16(at + 2))
		if format != "LR" && format != "L2" || size < traceRecord || !ring.has(at, size) {
			break
		}
		number := ring.u32(at + 4)
		overwritten := t.Records > 0 && at > int(last) && at < int(next)
		if t.Records > 0 && number != t.First-1 || overwritten {
			break
		}
		if t.Records == 0 {
			t.Format, t.Last = format, number
		}
		t.First = number
		t.Records++
		before := int(ring.u16(at + 8))
		if before == at {
			break
		}
		at = before
	}
	return t
}

func (t *TraceRing) fields() []Field {
	f := []Field{countField("records", uint64(t.Records))}
	if t.Records > 0 {
		f = append(f, textField("format", t.Format), countField("oldest", uint64(t.First)), countField("newest", uint64(t.Last)))
	}
	return f
}
