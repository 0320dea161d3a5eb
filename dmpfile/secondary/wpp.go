package secondary

import "github.com/dmplens/dmplens/dmpfile/internal/bin"

// WPP is the head of a recorder of trace messages (win32k, wdiwifi, AmdPPM). The text of its records is in the symbols of the driver: it is not decoded.
type WPP struct {
	Name string // "" where the recorder has none
	Logs uint32 // of a list of recorders: how many
	// Trace and Errors are the two rings of a recorder. Errors is small, and keeps what the driver reports as an error for longer.
	Trace, Errors TraceRing
	Recorder      bool // it is a recorder, not a list of them
}

// A list of recorders is a name and two counts. A recorder has a header with "WPLg", then its rings: the trace and the errors.
const (
	wppList   = 68
	wppHeader = 0xA8
)

// ReadWPP decodes the streams of such recorders: a list of 68 bytes, or a recorder. The layout was worked out on real dumps.
func ReadWPP(b []byte) (*WPP, int, error) {
	w := &WPP{}
	s := le(b)
	if string(s.upTo(0x1C, 4)) != "WPLg" {
		if len(b) != wppList {
			return w, 0, stopped(0x1C, "this is neither a recorder nor a list of them", s.u32(0x1C))
		}
		w.Name, w.Logs = bin.ASCIIZ(b[:0x40]), uint32(s.u16(0x40))
		return w, len(b), nil
	}
	w.Recorder, w.Name = true, bin.ASCIIZ(b[:0x1C])
	if !s.has(0, wppHeader) {
		return w, 0x20, stopped(0x20, "the header of a recorder is cut: its size", len(b))
	}
	errors, trace := int64(s.u32(0x88)), int64(s.u32(0x98))
	if trace+errors > int64(len(b)-wppHeader) {
		return w, wppHeader, stopped(0x88, "the records of a recorder do not end in the stream: their size", trace+errors)
	}
	middle := wppHeader + int(trace)
	end := middle + int(errors)
	w.Trace = readTraceRing(b[wppHeader:middle], s.u16(0x9E), s.u16(0x9C))
	w.Errors = readTraceRing(b[middle:end], s.u16(0x8E), s.u16(0x8C))
	return readTo(w, end, b)
}

// Fields returns the name and the counts.
func (w *WPP) Fields() []Field {
	f := addText(nil, "name", w.Name)
	if !w.Recorder {
		return append(f, countField("recorders", uint64(w.Logs)))
	}
	return append(f, Field{Name: "trace", Fields: w.Trace.fields()}, Field{Name: "errors", Fields: w.Errors.fields()})
}
