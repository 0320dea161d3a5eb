package evtx

import (
	"bufio"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"iter"
	"unicode/utf8"

	"github.com/dmplens/dmplens/dmpfile/internal/bin"
)

// maxEvent bounds one Event element of XML, in bytes. A record has at most 64 KiB, which the XML of its binary data can make four times as long.
const maxEvent = 1 << 20

// IsXML is whether a file that begins so can be events in XML: [ReadXML] knows for certain.
func IsXML(head []byte) bool {
	head, _ = io.ReadAll(decode(bytes.NewReader(head)))
	head = bytes.TrimLeft(head, " \t\r\n")
	return bytes.HasPrefix(head, []byte("<?xml")) || bytes.HasPrefix(head, []byte("<Events")) || eventAt(head) == 0
}

// ReadXML goes through the events that Event Viewer saved as XML, or that wevtutil or evtxexport printed: Event elements in one Events,
// or one after the other; in UTF-8, or in UTF-16 with a mark at the beginning. want is as for [File.Records]. What is around the events
// is not looked at. An error says which event could not be read, and reading goes on after it; that of r ends it.
func ReadXML(r io.Reader, want func(provider string, id uint16) bool) iter.Seq2[*Record, error] {
	return func(yield func(*Record, error) bool) {
		s := bufio.NewScanner(decode(r))
		s.Buffer(make([]byte, 0, 64<<10), 2*maxEvent)
		s.Split(splitEvents)
		var b builder
		n := 0
		for s.Scan() {
			n++
			record, err := readEvent(&b, s.Bytes(), want)
			if err != nil {
				record, err = nil, fmt.Errorf("event %d of the XML: %w", n, err)
			}
			if (record != nil || err != nil) && !yield(record, err) {
				return
			}
		}
		if err := s.Err(); err != nil {
			yield(nil, fmt.Errorf("after event %d of the XML: %w", n, err))
		}
	}
}

var (
	eventOpen  = []byte("<Event")
	eventClose = []byte("</Event>")
)

// eventAt returns where the first Event element begins, -1 where none does.
func eventAt(b []byte) int {
	for at := 0; ; {
		i := bytes.Index(b[at:], eventOpen)
		if i < 0 {
			return -1
		}
		at += i + len(eventOpen)
		if at < len(b) && (b[at] == '>' || b[at] == ' ' || b[at] == '\t' || b[at] == '\r' || b[at] == '\n') {
			return at - len(eventOpen)
		}
	}
}

// splitEvents is the bufio.SplitFunc of Event elements. Of one that is too long, or that the input ends in, it gives as much as there
// is.
func splitEvents(b []byte, eof bool) (advance int, token []byte, err error) {
	start := eventAt(b)
	if start < 0 {
		if eof {
			return len(b), nil, nil
		}
		return max(0, len(b)-len(eventOpen)), nil, nil
	}
	size := bytes.Index(b[start:], eventClose)
	switch {
	case size >= 0 && size <= maxEvent:
		size += len(eventClose)
	case size > maxEvent || len(b)-start > maxEvent:
		size = maxEvent
	case eof:
		size = len(b) - start
	default:
		return start, nil, nil
	}
	return start + size, b[start : start+size], nil
}

// readEvent reads one Event element; nil where nobody wants it.
func readEvent(b *builder, event []byte, want func(provider string, id uint16) bool) (*Record, error) {
	switch {
	case bytes.HasSuffix(event, eventClose):
	case len(event) >= maxEvent:
		return nil, fmt.Errorf("it is longer than %d bytes, and is not read", maxEvent)
	default:
		return nil, errors.New("it does not end")
	}
	b.size = 0
	b.reset()
	asked := want == nil
	d := xml.NewDecoder(bytes.NewReader(clean(event)))
	for b.err == nil {
		token, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		switch token := token.(type) {
		case xml.StartElement:
			b.open(token.Name.Local)
			for _, a := range token.Attr {
				b.startAttr(a.Name.Local)
				b.append([]byte(a.Value))
				b.endAttr()
			}
		case xml.CharData:
			b.append(token)
		case xml.EndElement:
			b.close()
			if !asked && token.Name.Local == "System" && len(b.stack) == 1 {
				if asked = true; !want(b.record.Provider, b.record.ID) {
					return nil, nil
				}
			}
		}
	}
	if b.err != nil {
		return nil, b.err
	}
	if !asked && !want(b.record.Provider, b.record.ID) {
		return nil, nil
	}
	return b.record, nil
}

// clean replaces what XML cannot have and what wevtutil writes nevertheless: control characters, and letters of another code page.
func clean(event []byte) []byte {
	for i, c := range event {
		if c < ' ' && c != '\t' && c != '\n' && c != '\r' {
			event[i] = ' '
		}
	}
	if utf8.Valid(event) {
		return event
	}
	return bytes.ToValidUTF8(event, []byte("\uFFFD"))
}

// decode turns UTF-16 into UTF-8, and drops the mark at the beginning.
func decode(r io.Reader) io.Reader {
	in := bufio.NewReader(r)
	head, _ := in.Peek(3)
	switch {
	case bytes.HasPrefix(head, []byte{0xFF, 0xFE}):
		in.Discard(2)
		return &utf16Reader{in: in}
	case bytes.HasPrefix(head, []byte{0xFE, 0xFF}):
		in.Discard(2)
		return &utf16Reader{in: in, big: true}
	case bytes.HasPrefix(head, []byte{'<', 0}):
		return &utf16Reader{in: in}
	case bytes.HasPrefix(head, []byte("\uFEFF")):
		in.Discard(3)
	}
	return in
}

// utf16Reader decodes UTF-16.
type utf16Reader struct {
	in  *bufio.Reader
	big bool
	raw [64 << 10]byte
	n   int // bytes of raw that are left of the last read
	out []byte
	err error
}

func (u *utf16Reader) Read(p []byte) (int, error) {
	for len(u.out) == 0 {
		if u.err != nil {
			return 0, u.err
		}
		n, err := u.in.Read(u.raw[u.n:])
		u.err = err
		u.n += n
		whole := u.n &^ 1
		units := append([]byte(nil), u.raw[:whole]...)
		if u.big {
			for i := 0; i < whole; i += 2 {
				units[i], units[i+1] = units[i+1], units[i]
			}
		}
		if err == nil && whole >= 2 && units[whole-1]&0xFC == 0xD8 { // the second half of the character is still to come
			whole -= 2
		}
		u.out = []byte(bin.UTF16(units[:whole]))
		u.n = copy(u.raw[:], u.raw[whole:u.n])
	}
	n := copy(p, u.out)
	u.out = u.out[n:]
	return n, nil
}
