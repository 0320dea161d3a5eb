package evtx

import (
	"encoding/hex"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/dmplens/dmplens/dmpfile"
)

// Record is one event of a log. What the log does not say is left zero.
type Record struct {
	Number       uint64 // EventRecordID
	Time         time.Time
	Provider     string
	ProviderGUID dmpfile.GUID
	Source       string // EventSourceName: the provider's older name, "BugCheck" of Microsoft-Windows-WER-SystemErrorReporting
	ID           uint16
	Qualifiers   uint16 // the high half of an older event's id
	Version      uint8
	Level        uint8
	Opcode       uint8
	Task         uint16
	Keywords     uint64
	Activity     dmpfile.GUID // of Correlation
	Related      dmpfile.GUID
	Process      uint32
	Thread       uint32
	Channel      string
	Computer     string // private
	UserSID      string // private
	Data         []Field
	Binary       []byte // EventData's Binary
}

// Field is one value that an event carries: a Data element of EventData by its Name attribute ("" where it has none), or an element of
// UserData that has no elements inside, by its own name.
type Field struct {
	Name  string
	Value string // as Windows renders it
}

// Field returns the value of the first field with that name.
func (r *Record) Field(name string) (value string, ok bool) {
	for _, f := range r.Data {
		if f.Name == name {
			return f.Value, true
		}
	}
	return "", false
}

// Bounds of what is built. The texts of 64 KiB of records grow to some times as much when they are rendered, not more.
const (
	maxDepth  = 64      // of elements
	maxText   = 2 << 20 // bytes of all texts of a chunk, or of an event in XML
	maxFields = 1 << 14 // of a record
)

var errTooBig = errors.New("the records have more elements or text than so many bytes can have")

// builder makes a Record from the elements, attributes and texts of an event, in the order of the XML.
type builder struct {
	record *Record
	stack  []level
	attr   string // the attribute whose text is being read
	text   []byte
	size   int // of all texts so far, also those of the records before
	err    error
}

// level is one open element.
type level struct {
	name, label string // label is its Name attribute
	parent      bool   // of other elements
}

func (b *builder) reset() {
	*b = builder{record: &Record{}, stack: b.stack[:0], text: b.text[:0], size: b.size}
}

func (b *builder) open(name string) {
	b.endAttr()
	if n := len(b.stack); n > 0 {
		b.stack[n-1].parent = true
	}
	b.push(level{name: name})
}

func (b *builder) push(l level) {
	if len(b.stack) == maxDepth {
		b.err = errTooBig
		return
	}
	b.stack = append(b.stack, l)
	b.text = b.text[:0]
}

// startAttr begins an attribute: the texts that follow are its value.
func (b *builder) startAttr(name string) {
	b.endAttr()
	b.attr = name
	b.text = b.text[:0]
}

// endAttr ends the attributes of an element.
func (b *builder) endAttr() {
	n := len(b.stack)
	if b.attr == "" || n == 0 {
		return
	}
	switch {
	case b.inSystem():
		b.record.setAttr(b.stack[2].name, b.attr, string(b.text))
	case b.attr == "Name":
		b.stack[n-1].label = string(b.text)
	}
	b.attr = ""
	b.text = b.text[:0]
}

// inSystem is whether the open element is one of System's own.
func (b *builder) inSystem() bool { return len(b.stack) == 3 && b.stack[1].name == "System" }

func (b *builder) append(text []byte) {
	b.text = append(b.text, text...)
	b.grew(len(text))
}

// grew counts what was appended to the text.
func (b *builder) grew(n int) {
	if b.size += n; b.size > maxText {
		b.err = errTooBig
	}
}

func (b *builder) close() {
	b.endAttr()
	n := len(b.stack)
	if n == 0 {
		return
	}
	l := b.stack[n-1]
	switch {
	case l.parent || n < 2 || b.stack[1].name == "RenderingInfo": // the words for the event are another program's
	case b.inSystem():
		b.record.setElement(l.name, string(b.text))
	case b.stack[1].name == "System":
	case n == 3 && l.name == "Binary" && b.stack[1].name == "EventData":
		b.record.Binary, _ = hex.AppendDecode(b.record.Binary, b.text)
	case n > 2 || strings.TrimSpace(string(b.text)) != "":
		if l.name == "Data" || l.name == "EventData" {
			l.name = l.label
		}
		if len(b.record.Data) == maxFields {
			b.err = errTooBig
			return
		}
		b.record.Data = append(b.record.Data, Field{Name: l.name, Value: string(b.text)})
	}
	b.stack = b.stack[:n-1]
	b.text = b.text[:0]
}

// again closes the element and opens one like it: an array is rendered as an element for every item.
func (b *builder) again() {
	if n := len(b.stack); n > 0 && b.attr == "" {
		l := b.stack[n-1]
		b.close()
		b.push(l)
	}
}

func (r *Record) setElement(name, text string) {
	switch name {
	case "EventID":
		r.ID = uint16(number(text, 16))
	case "Version":
		r.Version = uint8(number(text, 8))
	case "Level":
		r.Level = uint8(number(text, 8))
	case "Task":
		r.Task = uint16(number(text, 16))
	case "Opcode":
		r.Opcode = uint8(number(text, 8))
	case "Keywords":
		r.Keywords = number(text, 64)
	case "EventRecordID":
		r.Number = number(text, 64)
	case "Channel":
		r.Channel = text
	case "Computer":
		r.Computer = text
	}
}

// firstYear is the first that the clock of a PC shows: an event with an earlier time has none.
const firstYear = 1980

func (r *Record) setAttr(element, name, text string) {
	switch element {
	case "Provider":
		switch name {
		case "Name":
			r.Provider = text
		case "Guid":
			r.ProviderGUID = guid(text)
		case "EventSourceName":
			r.Source = text
		}
	case "EventID":
		if name == "Qualifiers" {
			r.Qualifiers = uint16(number(text, 16))
		}
	case "TimeCreated":
		if t, err := time.Parse(time.RFC3339Nano, text); err == nil && name == "SystemTime" && t.Year() >= firstYear {
			r.Time = t.UTC()
		}
	case "Correlation":
		switch name {
		case "ActivityID":
			r.Activity = guid(text)
		case "RelatedActivityID":
			r.Related = guid(text)
		}
	case "Execution":
		switch name {
		case "ProcessID":
			r.Process = uint32(number(text, 32))
		case "ThreadID":
			r.Thread = uint32(number(text, 32))
		}
	case "Security":
		if name == "UserID" {
			r.UserSID = text
		}
	}
}

// number reads a number of System, 0 where it is none.
func number(text string, bits int) uint64 {
	v, err := strconv.ParseUint(strings.TrimSpace(text), 0, bits)
	if err != nil {
		return 0
	}
	return v
}

func guid(text string) dmpfile.GUID {
	g, err := dmpfile.ParseGUID(text)
	if err != nil {
		return dmpfile.GUID{}
	}
	return g
}
