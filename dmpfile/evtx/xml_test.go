package evtx

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
)

const event = `<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>` +
	`<Provider Name='Microsoft-Windows-WER-SystemErrorReporting' ` +
	`Guid='{abce23e7-de45-4366-8631-84fa6c525952}' EventSourceName='BugCheck'/>` +
	`<EventID Qualifiers='16384'>1001</EventID><Version>0</Version><Level>2</Level>` +
	`<Task>0</Task><Opcode>0</Opcode><Keywords>0x80000000000000</Keywords><TimeCreated SystemTime='2024-03-31T12:13:13.9314433Z'/>` +
	`<EventRecordID>663</EventRecordID><Correlation/><Execution ProcessID='4' ThreadID='8'/><Channel>System</Channel>` +
	`<Computer>BOX</Computer><Security UserID='S-1-5-18'/></System>` +
	`<EventData><Data Name='param1'>0x133 &lt;1, 2&gt; ünicode 🌿</Data><Data Name='param2'></Data><Data/><Binary>E8070A</Binary></EventData>` +
	`<RenderingInfo Culture='en-US'><Message>The computer has rebooted.</Message><Keywords><Keyword>Classic</Keyword></Keywords></RenderingInfo></Event>`

const userEvent = "<Event>\r\n  <System><Provider Name=\"P\"/><EventID>7</EventID></System>\r\n  <UserData>\r\n" +
	"    <Own xmlns:a=\"b\">\r\n      <a:One>1</a:One>\r\n" +
	"      <Two>\r\n        <Three>3</Three>\r\n      </Two>\r\n    </Own>\r\n  </UserData>\r\n</Event>"

func wer(t *testing.T) *Record {
	return &Record{
		Number: 663, Time: time.Date(2024, 3, 31, 12, 13, 13, 931443300, time.UTC), Provider: "Microsoft-Windows-WER-SystemErrorReporting",
		ProviderGUID: guidOf(t, "abce23e7-de45-4366-8631-84fa6c525952"), Source: "BugCheck", ID: 1001, Qualifiers: 16384, Level: 2, Keywords: 0x80000000000000,
		Process: 4, Thread: 8, Channel: "System", Computer: "BOX", UserSID: "S-1-5-18",
		Data: []Field{{"param1", "0x133 <1, 2> ünicode 🌿"}, {"param2", ""}, {"", ""}}, Binary: []byte{0xE8, 7, 10},
	}
}

var own = &Record{Provider: "P", ID: 7, Data: []Field{{"One", "1"}, {"Three", "3"}}}

func inUTF16(s string, order binary.AppendByteOrder, mark bool) string {
	var b []byte
	if mark {
		s = "\uFEFF" + s
	}
	for _, u := range utf16.Encode([]rune(s)) {
		b = order.AppendUint16(b, u)
	}
	return string(b)
}

// readXML returns the records, and the errors, one a line.
func readXML(r io.Reader, want func(string, uint16) bool) (list []*Record, failed string) {
	for r, err := range ReadXML(r, want) {
		if err != nil {
			failed += err.Error() + "\n"
			continue
		}
		list = append(list, r)
	}
	return list, failed
}

func TestReadXML(t *testing.T) {
	viewer := `<?xml version="1.0" encoding="utf-8" standalone="yes"?>` + "\r\n<Events>" + event + userEvent + "</Events>"
	for _, test := range []struct{ name, in string }{
		{"Event Viewer", viewer},
		{"with a mark", "\uFEFF" + viewer},
		{"wevtutil", event + "\r\n" + userEvent + "\r\n"},
		{"wevtutil in UTF-16", inUTF16(event+"\r\n"+userEvent, binary.LittleEndian, true)},
		{"UTF-16, high byte first", inUTF16(event+userEvent, binary.BigEndian, true)},
		{"UTF-16 without a mark", inUTF16(event+userEvent, binary.LittleEndian, false)},
		{"evtxexport", "evtxexport 20181227\n\n" + event + "\n\n" + userEvent + "\n\n"},
	} {
		whole, slow, final := strings.NewReader(test.in), strings.NewReader(test.in), strings.NewReader(test.in)
		for _, r := range []io.Reader{whole, iotest.OneByteReader(slow), iotest.DataErrReader(final)} {
			list, failed := readXML(r, nil)
			if d := cmp.Diff([]*Record{wer(t), own}, list); d != "" || failed != "" {
				t.Errorf("%s: %s %s", test.name, failed, d)
			}
		}
		if got := IsXML([]byte(test.in)[:60]); got != (test.name != "evtxexport") {
			t.Errorf("%s: IsXML is %v", test.name, got)
		}
	}
	for _, head := range []string{"", "MZ", "<html>", "<EventsX"[:5], "ElfFile\x00"} {
		if IsXML([]byte(head)) {
			t.Errorf("%q is XML", head)
		}
	}
}

func TestReadXMLWant(t *testing.T) {
	broken := strings.Replace(event, "</EventData>", "<x></EventData>", 1)
	asked := ""
	list, failed := readXML(strings.NewReader(broken+userEvent+"<Event><System/></Event>"), func(provider string, id uint16) bool {
		asked += fmt.Sprintln(provider, id)
		return id == 7
	})
	if d := cmp.Diff([]*Record{own}, list); d != "" || failed != "" {
		t.Errorf("%q %s", failed, d)
	}
	if asked != "Microsoft-Windows-WER-SystemErrorReporting 1001\nP 7\n 0\n" {
		t.Errorf("%q", asked)
	}
	for range ReadXML(strings.NewReader(event+event), nil) {
		break
	}
}

func TestReadXMLDamage(t *testing.T) {
	long := "<Event><EventData><Data>" + strings.Repeat("x", maxEvent) + "</Data></EventData></Event>"
	deep := "<Event>" + strings.Repeat("<a>", 100) + strings.Repeat("</a>", 100) + "</Event>"
	for _, test := range []struct {
		name, in string
		want     int
		failed   string
	}{
		{"nothing", "", 0, ""},
		{"no event", "<Events></Events>", 0, ""},
		{"something else", strings.Repeat("<Eventx> <Even", 9999), 0, ""},
		{"an element does not end", strings.Replace(event, "</Data>", "", 1) + userEvent, 1, "event 1 of the XML: XML syntax error"},
		{"an event does not end", userEvent + event[:len(event)-3], 1, "event 2 of the XML: it does not end"},
		{"an event ends twice", "</Event>" + userEvent + "</Event>", 1, ""},
		{"an event is too long", long + userEvent, 1, "event 1 of the XML: it is longer than 1048576 bytes"},
		{"elements in elements", deep + userEvent, 1, "event 1 of the XML: " + errTooBig.Error()},
		{"an entity", strings.Replace(event, "&lt;", "&other;", 1) + userEvent, 1, "event 1 of the XML: XML syntax error"},
		{"letters of a code page and control characters", strings.Replace(userEvent, ">3<", ">3\x01\xFC<", 1), 1, ""},
	} {
		list, failed := readXML(strings.NewReader(test.in), nil)
		if len(list) != test.want || !strings.HasPrefix(failed, test.failed) || (failed == "") != (test.failed == "") {
			t.Errorf("%s: %d, %q", test.name, len(list), failed)
		}
		for _, r := range list {
			if r.Provider != "P" || len(r.Data) != 2 || test.name == "letters of a code page and control characters" && r.Data[1].Value != "3 \uFFFD" {
				t.Errorf("%s: %+v", test.name, r)
			}
		}
	}
	broken := errors.New("broken")
	list, failed := readXML(io.MultiReader(strings.NewReader(event), iotest.ErrReader(broken)), nil)
	if len(list) != 1 || failed != "after event 1 of the XML: broken\n" {
		t.Errorf("%d, %q", len(list), failed)
	}
	list, failed = readXML(io.MultiReader(bytes.NewReader([]byte{0xFF, 0xFE, 'a'}), iotest.ErrReader(broken)), nil)
	if len(list) != 0 || failed != "after event 0 of the XML: broken\n" {
		t.Errorf("%d, %q", len(list), failed)
	}
}
