package analyze

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/dmptest"
	"github.com/dmplens/dmplens/dmpfile/secondary"
	"github.com/dmplens/dmplens/report"
)

// What is private stays out unless it is asked for: what a decoder marks, all of a group that it marks, and what it should have marked.
func TestStreamFields(t *testing.T) {
	list := []secondary.Field{
		{Name: "model", Value: "Workbench"},
		{Name: "serial", Value: "X1", Private: true},
		{Name: "owner", Private: true, Fields: []secondary.Field{{Name: "name", Value: "gerda"}, {Name: "none"}}},
		{Name: "image", Value: `C:\Users\gerda\a.exe`},
		{Name: `C:\Users\gerda\b.exe`, Value: "1"},
	}
	var unasked, asked report.Decoded
	unasked.Fields = (&fieldTree{into: &unasked, left: 100}).fields(list, false, 0)
	want := report.Decoded{Hidden: 4, Fields: []report.StreamField{
		{Name: "model", Value: "Workbench"},
		{Name: "serial", Private: true},
		{Name: "owner", Private: true, Fields: []report.StreamField{{Name: "name", Private: true}, {Name: "none", Private: true}}},
		{Name: "image", Private: true},
		{Name: "(private)", Private: true},
	}}
	if diff := cmp.Diff(want, unasked); diff != "" {
		t.Errorf("unasked (-want +got):\n%s", diff)
	}
	asked.Fields = (&fieldTree{into: &asked, left: 100, private: true}).fields(list, false, 0)
	if asked.Hidden != 0 || asked.Fields[1].Value != "X1" || asked.Fields[2].Fields[0].Value != "gerda" || asked.Fields[4].Name != list[4].Name {
		t.Errorf("asked: %+v", asked)
	}
	var cut report.Decoded
	cut.Fields = (&fieldTree{into: &cut, left: 3}).fields(list, false, 0)
	if len(cut.Fields) != 3 || cut.Cut != 4 {
		t.Errorf("cut: %d fields, %d left out", len(cut.Fields), cut.Cut)
	}
	deep := secondary.Field{Name: "end", Value: "1"}
	for range 100 {
		deep = secondary.Field{Name: "group", Fields: []secondary.Field{deep}}
	}
	var d report.Decoded
	d.Fields = (&fieldTree{into: &d, left: 1000}).fields([]secondary.Field{deep}, false, 0)
	if d.Cut != 101-maxFieldDepth-1 {
		t.Errorf("%d fields below others are left out", d.Cut)
	}
}

func TestWhyStopped(t *testing.T) {
	for want, err := range map[string]error{
		"":                               nil,
		"at 0x18: the name is no text":   &dmpfile.FormatError{Offset: 0x18, What: "the name is no text", Value: `C:\Users\gerda`},
		"at 0x8: the size is wrong: 0x7": &dmpfile.FormatError{Offset: 8, What: "the size is wrong", Value: uint32(7)},
		"at 0x4: nothing":                &dmpfile.FormatError{Offset: 4, What: "nothing"},
		"why":                            errors.New("why"),
	} {
		if got := whyStopped(err); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// hostileTags are the tags of streams that have a decoder or are looked at in a way of their own.
var hostileTags = []string{
	"f57308df-cc45-4e01-ad76-29a4ebb010ec", "00afe9c4-940d-4213-8016-cd3719b5bc20", "b7631941-532a-4cd6-b1b1-edb5917d4557", "80cc79cf-a719-4af1-bf97-fe29ff76ebc1",
	"4ee76bd8-3cf4-44a0-a0ac-3937643e37a3", "be84d651-a550-4367-8e63-ab792b631f94", "9276c055-eb87-425c-b8b5-04e4d247f6cd", "2b4ae195-a64d-4f04-8ede-7e4f981bd42a",
	"54c84888-01d1-4c1e-bed6-282c98241303", "f87e4a4c-c5a1-4d2f-bff0-d5de63a5e4c3", "da82441d-7142-4bc1-b844-0807c5a4b67f", "270a33fd-3da6-460d-ba89-3c1bae21e39b",
	"bc5c008f-1e3a-44d7-988d-86f6884c6758", "6c7ac389-4313-47dc-9f34-a8800a0fb56c", "d03dc06f-d88e-44c5-ba2a-fae035172d19", "e83b40d2-b0a0-4842-abea-71c9e3463dd1",
	"0d910545-e694-4b15-870c-01625fb32a6f", "41c9ed64-e466-41c3-9726-b1a68f6ebb1c", "bf2297dc-34ba-11dc-868a-e19155d89593", "2b88b710-1c93-4f7c-b06c-655ecc50decc",
}

// FuzzStreams decodes bytes as each stream, and looks for what is private in them.
func FuzzStreams(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte("\x01\x00\x00\x00\x40\x00\x00\x00\x01\x00\x00\x00S\x00h\x00\x00\x00"))
	f.Add(dmptest.SMBIOS{Manufacturer: "Contoso", Serial: "SYS-7Q42X9"}.Blob().Data)
	f.Add([]byte(`C:\Users\gerda\x `))
	f.Fuzz(func(t *testing.T, b []byte) {
		var blobs []dmptest.Blob
		for _, tag := range hostileTags {
			blobs = append(blobs, dmptest.Blob{Tag: tag, Data: b})
		}
		dump := dmptest.Triage{Header: dmptest.Header{Build: 19041}, Secondary: dmptest.Secondary(19041, blobs...)}.Image().Data()
		a := Analyzer{FindPrivate: true}
		d, err := a.Open(Reader(strings.NewReader(string(dump)), int64(len(dump)), report.File{Path: "fuzzed"}))
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		r, err := d.Decoded("")
		if err != nil || len(r.Streams) != len(hostileTags) {
			t.Fatalf("%d streams: %v", len(r.Streams), err)
		}
		for _, s := range r.Streams {
			if s.Decoded == nil || s.Decoded.Read > s.Size {
				t.Errorf("stream %d: %+v", s.Index, s.Decoded)
			}
		}
		for _, x := range d.Report().Private {
			if len(x.Values) > 0 || x.Count == 0 {
				t.Errorf("%+v", x)
			}
		}
	})
}
