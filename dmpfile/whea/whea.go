// Package whea reads the records that the hardware's errors leave: Common Platform Error Records, as appendix N of the UEFI specification lays
// them out, with the sections that Windows adds (ntddk.h of the WDK, documented with WHEA). Such a record is what parameter 2 of bug check 0x124
// points to, and what events of WHEA-Logger have as their RawData.
//
// A record says of many of its fields whether they are valid. One that is not is left out: it is absent, not zero.
package whea

import (
	"errors"
	"fmt"
	"time"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/internal/bin"
)

// Record is a Common Platform Error Record (UEFI specification, appendix N.2; WHEA_ERROR_RECORD of ntddk.h).
type Record struct {
	Revision uint16 // 0x0210 is 2.16
	Severity Severity
	Length   uint32 // of the whole record in bytes, by its own word
	// Time is when the error was noted, to the second, zero where the record does not say. Windows writes UTC; firmware is to write the local
	// time, and nothing says of which zone.
	Time    time.Time
	Precise bool // Time is that of the error, and not that of its collection
	UTC     bool // Time is UTC: Windows made the record

	// GUIDs are zero where they are not valid.
	Platform, Partition, Creator, Notification dmpfile.GUID

	ID       uint64
	Flags    uint32 // 1 recovered, 2 of an earlier boot, 4 simulated
	Sections []Section

	// Err is the error of Read.
	Err error
}

// Section is a part of a Record: what one component of the machine says.
type Section struct {
	Offset   uint32 // from the start of the record, in bytes
	Length   uint32 // in bytes
	Revision uint16
	Flags    uint32 // see SectionFlags
	Type     dmpfile.GUID
	FRU      dmpfile.GUID // the part that can be exchanged; zero where it is not said
	FRUText  string       // its name; it can be a serial number
	Severity Severity

	// Fields is all that the section says and that is understood.
	Fields []Field
	// At most one of these is set: what a rule may want of the section.
	MachineCheck *MachineCheck
	Processor    *Processor
	Memory       *Memory
	PCI          *PCI

	Cut     bool // the bytes at hand end before it does
	Limited bool // it goes beyond MaxSize, so that not all of it is read
	// Err says where the reading of the section stopped, as it is cut or contradicts itself, or that it lies on the bytes of another one. It is a
	// *dmpfile.FormatError, with the offset from the start of the record.
	Err error
}

// Field is a named value of a section, or a group of them.
type Field struct {
	Name    string
	Value   string
	Private bool    // it can be a serial number, or name a machine
	Fields  []Field // of a group, which has no value of its own, or of what the value names
}

// Severity says how bad an error is.
type Severity uint32

// Severities (UEFI specification, table N.1).
const (
	Recoverable Severity = iota
	Fatal
	Corrected
	Informational
)

// String returns the severity in a word, or "unknown" with the number.
func (s Severity) String() string {
	if int64(s) < int64(len(severities)) {
		return severities[s]
	}
	return fmt.Sprintf("unknown (%d)", uint32(s))
}

var severities = [...]string{"recoverable", "fatal", "corrected", "informational"}

// Sizes in bytes, and limits of what is read of a record: those of Windows have some thousand bytes and five sections.
const (
	HeaderSize     = 0x80
	MaxSize        = 256 << 10
	descriptorSize = 0x48
	maxSections    = 64
)

const (
	signature    = 0x52455043 // "CPER"
	signatureEnd = 0xFFFFFFFF
)

// IsRecord reports whether b begins as a record does.
func IsRecord(b []byte) bool {
	start, _ := bin.U32(b, 0)
	end, _ := bin.U32(b, 6)
	return start == signature && end == signatureEnd
}

// Read reads a record, MaxSize bytes of it at most. b may end before it does, and may go on behind it. The error is a *dmpfile.FormatError with the
// offset at which the reading stopped for the first time, or at which the record contradicts itself or the length of b; the record is nil where b has
// no whole header of one, and has what could be read otherwise. It keeps nothing of b.
func Read(b []byte) (*Record, error) {
	switch {
	case len(b) == 0:
		return nil, &dmpfile.FormatError{What: "there is not a byte of a record", Value: 0}
	case !IsRecord(b):
		start, _ := bin.U32(b, 0)
		return nil, &dmpfile.FormatError{What: "no error record begins here", Value: start}
	case len(b) < HeaderSize:
		return nil, cut(len(b), "the record ends in its header")
	}
	r := &Record{Creator: guidAt(b, 0x40), Notification: guidAt(b, 0x50)}
	r.Revision, _ = bin.U16(b, 4)
	count, _ := bin.U16(b, 0xA)
	r.Severity = severityAt(b, 0xC)
	r.Length, _ = bin.U32(b, 0x14)
	r.ID, _ = bin.U64(b, 0x60)
	r.Flags, _ = bin.U32(b, 0x68)
	const platformValid, timeValid, partitionValid = 1, 2, 4
	valid, _ := bin.U32(b, 0x10)
	if valid&platformValid != 0 {
		r.Platform = guidAt(b, 0x20)
	}
	if valid&partitionValid != 0 {
		r.Partition = guidAt(b, 0x30)
	}
	if valid&timeValid != 0 {
		r.readTime(b[0x18:0x20])
	}
	headers := HeaderSize + uint64(count)*descriptorSize
	if headers > uint64(r.Length) {
		r.Err = &dmpfile.FormatError{Offset: 0xA, What: "the record has no room for so many sections", Value: count}
		return r, r.Err
	}
	b = b[:min(uint64(len(b)), uint64(r.Length), MaxSize)] // what follows is not of the record, or not read
	var first error
	for i := range int(count) {
		at := HeaderSize + i*descriptorSize
		d, ok := bin.Slice(b, at, descriptorSize)
		var err error
		switch {
		case i == maxSections:
			err = &dmpfile.FormatError{Offset: int64(at), What: "no more sections are read than", Value: maxSections}
		case !ok:
			err = cut(len(b), "the record ends in the list of its sections")
		}
		if err != nil {
			if first == nil {
				first = err
			}
			break
		}
		r.Sections = append(r.Sections, readSection(b, d, uint32(headers), r.Length))
	}
	r.overlaps(uint32(headers))
	signature := r.signature()
	for i := range r.Sections {
		s := &r.Sections[i]
		if s.MachineCheck != nil {
			s.MachineCheck.finish(signature)
		}
		if s.Err != nil && first == nil {
			first = s.Err
		}
	}
	switch {
	case first != nil || uint64(r.Length) == uint64(len(b)):
	case len(b) == MaxSize:
		first = limit()
	default:
		first = &dmpfile.FormatError{Offset: int64(len(b)), What: "there are no more bytes, but the record says that its length is", Value: r.Length}
	}
	r.Err = first
	return r, first
}

// overlaps notes which sections lie on the same bytes: at least one of them is not what it says.
func (r *Record) overlaps(headers uint32) {
	for i := range r.Sections {
		for j := range r.Sections[:i] {
			a, b := &r.Sections[j], &r.Sections[i]
			if a.within(headers, r.Length) && b.within(headers, r.Length) && max(a.Offset, b.Offset) < min(a.Offset+a.Length, b.Offset+b.Length) {
				a.overlaps(b)
				b.overlaps(a)
			}
		}
	}
}

func (s *Section) overlaps(other *Section) {
	if s.Err == nil {
		s.Err = contradicts(int64(max(s.Offset, other.Offset)), "two sections lie on the same bytes, the other one begins at", other.Offset)
	}
}

// within says whether a section lies behind the headers and in a record of that length.
func (s *Section) within(headers, length uint32) bool {
	return s.Offset >= headers && s.Offset <= length && s.Length <= length-s.Offset
}

// readSection reads the section that descriptor d of record b is about.
func readSection(b, d []byte, headers, recordLength uint32) Section {
	s := Section{Type: guidAt(d, 0x10), Severity: severityAt(d, 0x30)}
	s.Offset, _ = bin.U32(d, 0)
	s.Length, _ = bin.U32(d, 4)
	s.Revision, _ = bin.U16(d, 8)
	s.Flags, _ = bin.U32(d, 0xC)
	const fruValid, fruTextValid = 1, 2
	if d[0xA]&fruValid != 0 {
		s.FRU = guidAt(d, 0x20)
	}
	if d[0xA]&fruTextValid != 0 {
		s.FRUText = bin.ASCIIZ(d[0x34:0x48])
	}
	if !s.within(headers, recordLength) {
		s.Err = &dmpfile.FormatError{Offset: int64(s.Offset), What: "a section does not lie behind the headers and in the record, its length", Value: s.Length}
		return s
	}
	if uint64(s.Offset) > uint64(len(b)) {
		s.Cut, s.Err = true, cut(len(b), "the record ends before a section")
		s.limited(len(b))
		return s
	}
	whole := uint64(s.Offset) + uint64(s.Length)
	end := min(whole, uint64(len(b)))
	s.Cut = end < whole
	if t := sectionTypes[s.Type.String()]; t.decode != nil {
		f := fields{b: b[s.Offset:end], base: int64(s.Offset)}
		t.decode(&f, &s)
		s.Fields, s.Err = f.list, f.err
	}
	if s.Err == nil && s.Cut { // in bytes that nothing was read of
		s.Err = cut(len(b), "the record ends in a section")
	}
	s.limited(len(b))
	return s
}

// limited tells a section that is cut by MaxSize from one that the record has no more bytes of.
func (s *Section) limited(n int) {
	var format *dmpfile.FormatError
	if s.Cut && n == MaxSize && errors.As(s.Err, &format) && format.Offset == MaxSize {
		s.Cut, s.Limited, s.Err = false, true, limit()
	}
}

// readTime reads the time stamp. By the specification its numbers are decimal digits, four bits each; Windows writes plain numbers. The century
// tells them apart: 20 is 0x20 in digits, and 0x14 is no century of a clock.
func (r *Record) readTime(b []byte) {
	number := func(v byte) int { return int(v) }
	if b[7] == 0x20 || b[7] == 0x19 {
		number = func(v byte) int {
			if v&0xF > 9 || v>>4 > 9 {
				return -1
			}
			return int(v>>4)*10 + int(v&0xF)
		}
	}
	second, minute, hour, day, month := number(b[0]), number(b[1]), number(b[2]), number(b[4]), number(b[5])
	year := number(b[7])*100 + number(b[6])
	t := time.Date(year, time.Month(month), day, hour, minute, second, 0, time.UTC)
	const firstYear, lastYear = 1980, 2099
	same := t.Year() == year && int(t.Month()) == month && t.Day() == day && t.Hour() == hour && t.Minute() == minute && t.Second() == second
	if !same || year < firstYear || year > lastYear {
		return
	}
	r.Time, r.Precise = t, b[3]&1 != 0
	r.UTC = r.Creator.String() == creatorWindows
}

// signature is that of the processor that the record is about, CPUID 1 in EAX, 0 where no section says it.
func (r *Record) signature() uint32 {
	for i := range r.Sections {
		if p := r.Sections[i].Processor; p != nil && p.Signature != 0 {
			return p.Signature
		}
	}
	return 0
}

func severityAt(b []byte, off int) Severity {
	v, _ := bin.U32(b, off)
	return Severity(v)
}

func guidAt(b []byte, off int) dmpfile.GUID {
	var g dmpfile.GUID
	copy(g[:], b[off:])
	return g
}

// cut says that there is no more of a record than n bytes, and what ends with them.
func cut(n int, what string) error {
	return &dmpfile.FormatError{Offset: int64(n), What: what, Value: n}
}

// limit says that a record goes on behind what is read of one.
func limit() error {
	return &dmpfile.FormatError{Offset: MaxSize, What: "the record goes on, but no more bytes of one are read than", Value: MaxSize}
}

// contradicts says that bytes of a section cannot be what they should.
func contradicts(offset int64, what string, value any) error {
	return &dmpfile.FormatError{Offset: offset, What: what, Value: value}
}
