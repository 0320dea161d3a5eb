package analyze

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf16"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/etw"
	"github.com/dmplens/dmplens/dmpfile/secondary"
	"github.com/dmplens/dmplens/report"
	"github.com/dmplens/dmplens/report/personal"
)

// Limits of what is kept of the values of one kind in one place.
const (
	maxDifferent = 10000 // that are counted
	maxValues    = 1000  // that a report has where they were asked for
	maxNames     = 5     // of the fields that have them
	maxValueText = 256   // bytes of a value
)

// privates collects what can name a person, a machine or a network, by kind and place.
type privates struct {
	list []*private
	at   map[privateKey]*private
}

type privateKey struct {
	kind  report.PrivateKind
	where string
}

// private is what of one kind is in one place.
type private struct {
	privateKey
	names  []string
	offset int64 // of the first that is known, -1 where none is
	seen   map[string]bool
	values []string
}

// add adds a value. offset is where it stands in the file, -1 where it does not stand there as it is; name is that of its field, "" for none.
func (p *privates) add(kind report.PrivateKind, where, name string, offset int64, value string) {
	value = strings.TrimSpace(value)
	if len(value) > maxValueText {
		value = value[:maxValueText]
	}
	if value == "" {
		return
	}
	k := privateKey{kind, where}
	x := p.at[k]
	if x == nil {
		if p.at == nil {
			p.at = map[privateKey]*private{}
		}
		x = &private{privateKey: k, offset: -1, seen: map[string]bool{}}
		p.at[k], p.list = x, append(p.list, x)
	}
	if x.offset < 0 || offset >= 0 && offset < x.offset {
		x.offset = offset
	}
	if name != "" && len(x.names) < maxNames && !slices.Contains(x.names, name) && !personal.Looks(name) {
		x.names = append(x.names, report.ValidUTF8(name))
	}
	same := strings.ToLower(value)
	if kind == report.PrivateNetworkAddress {
		same = strings.NewReplacer(":", "", "-", "").Replace(same)
	}
	if x.seen[same] || len(x.seen) == maxDifferent {
		return
	}
	x.seen[same] = true
	if len(x.values) < maxValues {
		x.values = append(x.values, report.ValidUTF8(value))
	}
}

// write fills in the report: what does the most harm first, then by place.
func (p *privates) write(rep *report.Report, values bool) {
	slices.SortStableFunc(p.list, func(a, b *private) int {
		return cmp.Compare(slices.Index(report.PrivateKinds, a.kind), slices.Index(report.PrivateKinds, b.kind))
	})
	for _, x := range p.list {
		r := report.Private{Kind: x.kind, Where: x.where, Names: x.names, Count: len(x.seen), Offset: known(x.offset, x.offset >= 0)}
		if values {
			r.Values = x.values
		}
		rep.Private = append(rep.Private, r)
	}
}

// findPrivate lists what in the dump can name a person, a machine or a network. memory is what was found where all of the file was read, nil where it
// was not.
func (f *facts) findPrivate(rep *report.Report, memory *privates, values bool) {
	var p privates
	if memory != nil {
		p = *memory
	}
	streams, events := f.privateStreams(&p)
	paths := 0
	for _, m := range f.modules.All() {
		if m.Path != "" {
			paths++
			personal.In(m.Path, func(kind report.PrivateKind, v string) { p.add(kind, "list of modules", "", -1, v) })
		}
	}
	p.write(rep, values)
	look := func(format string, args ...any) {
		rep.PrivateLookedAt = append(rep.PrivateLookedAt, fmt.Sprintf(format, args...))
	}
	look("%s", streams)
	if events != "" {
		look("%s", events)
	}
	if f.modules.Len() > 0 {
		look("the list of modules: %d of %d have a path", paths, f.modules.Len())
	}
	switch {
	case memory != nil:
		look("all else in the file, memory too: texts of known forms")
	case f.OnlyHead():
	default:
		look("not the memory in the dump, which can have anything: --deep reads that too")
	}
}

// privateStreams looks at the streams: at texts of known forms, at what decoders mark as private, and at the events. It says what it looked at.
func (f *facts) privateStreams(p *privates) (says, events string) {
	list := f.Secondary().Streams
	if len(list) == 0 {
		return "no streams: the dump has no secondary data that can be read", ""
	}
	if cut := f.Secondary().Cut; cut != nil {
		list = append(list[:len(list):len(list)], *cut)
	}
	decoded, unread := 0, 0
	for _, s := range list {
		where := streamPlace(s)
		if err := f.scan(s.Offset, s.Size, func(kind report.PrivateKind, offset int64, value string) { p.add(kind, where, "", offset, value) }); err != nil {
			unread++
			continue
		}
		switch {
		case s.GUID == tagEvents && events != "": // there is one alone, and each would take as long
		case s.GUID == tagEvents:
			events = f.privateEvents(p, where)
		case f.privateStream(p, s, where):
			decoded++
		}
	}
	says = fmt.Sprintf("%d streams of secondary data: texts of known forms in all, and what %d of them say that dmplens can decode", len(list), decoded)
	if unread > 0 {
		says += fmt.Sprintf("; %d could not be read", unread)
	}
	return says, events
}

// streamPlace names a stream.
func streamPlace(s dmpfile.Stream) string {
	if name := s.Name(); name != "" {
		return fmt.Sprintf("stream %d, %s", s.Index, name)
	}
	return fmt.Sprintf("stream %d", s.Index)
}

// scan looks for texts of known forms in a part of the file.
func (f *facts) scan(off, size int64, take func(kind report.PrivateKind, offset int64, value string)) error {
	const block = 64 << 10
	s := personal.Scanner{Take: take}
	defer s.Flush()
	b := make([]byte, min(block, size))
	for end := off + size; off < end; {
		n, err := f.ReadAt(b[:min(int64(len(b)), end-off)], off)
		s.Write(off, b[:n])
		off += int64(n)
		if err != nil && (n == 0 || !errors.Is(err, io.EOF)) {
			return err
		}
	}
	return nil
}

// wifi are the tags of the streams of Wi-Fi drivers.
var wifi = map[string]bool{
	"21ba7b61-05f8-41f1-9048-c09493dcfe38": true, "21ba7b61-05f9-41f1-9048-c09493dcfe38": true, "41c9ed64-e466-41c3-9726-b1a68f6ebb1c": true,
}

// displayTag is the tag of the stream of the display driver's timeouts, which has the EDID of monitors.
const displayTag = "270a33fd-3da6-460d-ba89-3c1bae21e39b"

// firmwareTag is the tag of the stream of SMBIOS tables.
const firmwareTag = "bc5c008f-1e3a-44d7-988d-86f6884c6758"

// privateStream looks at what a stream says by its tag. It says whether a decoder knows it.
func (f *facts) privateStream(p *privates, s dmpfile.Stream, where string) (decoded bool) {
	tag := s.GUID.String()
	if !secondary.Known(s.GUID) && !wifi[tag] && tag != displayTag {
		return false
	}
	b := f.streamBytes(s)
	if wifi[tag] {
		personal.Networks(b, func(kind report.PrivateKind, at int, v string) { p.add(kind, where, "", s.Offset+int64(at), v) })
	}
	if tag == displayTag {
		personal.Monitors(b, func(at int, v string) { p.add(report.PrivateSerial, where, "monitor", s.Offset+int64(at), v) })
	}
	if tag == firmwareTag {
		personal.Firmware(b, func(name string, at int, v string) { p.add(report.PrivateSerial, where, name, s.Offset+int64(at), v) })
	}
	v, _, err := secondary.Decode(s.GUID, b)
	if v != nil {
		privateFields(v.Fields(), "", 0, func(group string, x secondary.Field) {
			name, offset := strings.TrimSpace(group+" "+x.Name), int64(-1)
			if i := indexText(b, x.Value); i >= 0 {
				offset = s.Offset + int64(i)
			}
			var forms []report.PrivateKind // what its form tells, as where the bytes are looked at
			personal.In(x.Value, func(kind report.PrivateKind, v string) {
				forms = append(forms, kind)
				p.add(kind, where, name, offset, v)
			})
			kind, ok := personal.KindOf(x.Name)
			switch {
			case ok && !slices.Contains(forms, kind):
				p.add(kind, where, name, offset, x.Value)
			case len(forms) == 0:
				p.add(report.PrivateOther, where, name, offset, x.Value)
			}
		})
	}
	return !errors.Is(err, secondary.ErrUnknown)
}

// privateFields gives each field that is private and has a value, also of groups that are private as a whole.
func privateFields(list []secondary.Field, group string, depth int, take func(group string, x secondary.Field)) {
	for _, x := range list {
		if x.Private && x.Value != "" {
			take(group, x)
		}
		if depth < maxFieldDepth {
			if x.Private {
				x.Fields = slices.Clone(x.Fields)
				for i := range x.Fields {
					x.Fields[i].Private = true
				}
			}
			privateFields(x.Fields, x.Name, depth+1, take)
		}
	}
}

// indexText finds a text of at least four characters in bytes, of one byte a character or of UTF-16; -1 where it is not there.
func indexText(b []byte, text string) int {
	if len(text) < 4 {
		return -1
	}
	if i := bytes.Index(b, []byte(text)); i >= 0 {
		return i
	}
	var wide []byte
	for _, u := range utf16.Encode([]rune(text)) {
		wide = binary.LittleEndian.AppendUint16(wide, u)
	}
	return bytes.Index(b, wide)
}

// privateEvents looks at the events of the event trace buffers: at fields that are named like what is private. It says what it looked at.
func (f *facts) privateEvents(p *privates, where string) string {
	raw, err := eventStream(f.File, maxEventStream)
	if err != nil {
		return "not the fields of events: " + err.Error()
	}
	log, _ := etw.ReadStream(raw)
	if log == nil {
		return "not the fields of events: the event buffers cannot be read"
	}
	read, told := 0, 0
	for e, err := range log.Events() {
		if err != nil || e == nil {
			continue
		}
		read++
		provider := cmp.Or(e.Source(), e.Name, etw.ProviderName(e.Provider))
		add := func(kind report.PrivateKind, value string) { p.add(kind, where, provider, -1, value) }
		personal.In(etw.SIDText(e.SID), add) // those of accounts: S-1-5-18 and such are the same everywhere
		if e.Form == etw.Manifest && provider == "Microsoft-Windows-WLAN-AutoConfig" {
			privateWireless(e, add)
		}
		fields, ok := e.Fields()
		if ok {
			told++
		}
		privateEventFields(fields, 0, add)
	}
	return fmt.Sprintf("%d events in the event buffers, and the fields of the %d whose layout is known", read, told)
}

// privateEventFields looks at the fields that are private and whose names tell what they are. The others can be anything, and were looked at as texts.
func privateEventFields(list []etw.Field, depth int, add func(report.PrivateKind, string)) {
	for _, x := range list {
		if inner, ok := x.Value.([]etw.Field); ok && depth < maxFieldDepth {
			privateEventFields(inner, depth+1, add)
			continue
		}
		kind, ok := personal.KindOf(x.Name)
		if !ok || !x.Private {
			continue
		}
		switch v := x.Value.(type) {
		case string:
			if kind == report.PrivateNetworkAddress || kind == report.PrivateSID {
				personal.In(v, func(k report.PrivateKind, v string) { add(k, v) }) // others say how many there are, or whether
				continue
			}
			if kind != report.PrivateUser || personal.Account(v) {
				add(kind, v)
			}
		case []byte:
			switch {
			case kind == report.PrivateNetworkAddress && len(v) == 6:
				add(kind, fmt.Sprintf("%02x:%02x:%02x:%02x:%02x:%02x", v[0], v[1], v[2], v[3], v[4], v[5]))
			case kind == report.PrivateSID:
				add(kind, etw.SIDText(v))
			case kind == report.PrivateNetwork:
				add(kind, string(bytes.TrimRight(v, "\x00")))
			}
		}
	}
}

// privateWireless looks at an event of WLAN-AutoConfig, whose manifest is not known here: at its DOT11_SSIDs, and at the names of profile and network
// behind the interface, the adapter and the way of connecting, in the events that tell of a connection.
func privateWireless(e *etw.Event, add func(report.PrivateKind, string)) {
	personal.Networks(e.Payload, func(kind report.PrivateKind, _ int, v string) {
		if kind == report.PrivateNetwork { // what follows one in an event is no address
			add(kind, v)
		}
	})
	if id := e.ID; id < 8000 || id > 8003 || len(e.Payload) < 16 {
		return
	}
	rest := e.Payload[16:]
	for i := range 4 {
		var units []uint16
		for len(rest) >= 2 && (rest[0] != 0 || rest[1] != 0) {
			units = append(units, binary.LittleEndian.Uint16(rest))
			rest = rest[2:]
		}
		if len(rest) < 2 {
			return
		}
		rest = rest[2:]
		if i >= 2 {
			add(report.PrivateNetwork, string(utf16.Decode(units)))
		}
	}
}

// memoryPrivates returns what looks at all bytes of the file but the streams for texts of known forms, and what it found, once it is told that there are
// no more.
func (f *facts) memoryPrivates() (look func(off int64, b []byte), found func() *privates) {
	var p privates
	begin, end := int64(0), int64(0) // of the streams
	if streams := f.Secondary().Streams; len(streams) > 0 {
		begin, end = f.Regions.PrimaryEnd(), f.Regions.PrimaryEnd()+f.Secondary().Used
	}
	s := personal.Scanner{Take: func(kind report.PrivateKind, offset int64, value string) {
		where := "memory"
		switch {
		case !f.Regions.Known:
			where = "file"
		case offset < f.Regions.Header:
			where = "header"
		case offset >= f.Regions.PrimaryEnd():
			where = "behind the streams, what the disk held before"
		}
		p.add(kind, where, "", offset, value)
	}}
	look = func(off int64, b []byte) {
		if before := max(0, min(int64(len(b)), begin-off)); off < begin {
			s.Write(off, b[:before])
		}
		if from := max(0, end-off); from < int64(len(b)) && off+int64(len(b)) > begin {
			s.Write(off+from, b[from:])
		}
	}
	return look, func() *privates { s.Flush(); return &p }
}
