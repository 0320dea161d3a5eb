package analyze

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/dmplens/dmplens/dmpfile/dmptest"
	"github.com/dmplens/dmplens/report"
	"github.com/dmplens/dmplens/report/page"
	"github.com/dmplens/dmplens/report/text"
)

// FuzzReport takes any bytes through everything that info does.
func FuzzReport(f *testing.F) {
	for _, s := range dmptest.Samples() {
		f.Add(s.Data)
		f.Add(s.Data[:len(s.Data)/2])
	}
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := (&Analyzer{}).Report(Reader(bytes.NewReader(b), int64(len(b)), report.File{Path: "x.dmp"}))
		if err != nil {
			t.Fatal(err)
		}
		if s := r.Sizes; s.Primary != nil && *s.Header+*s.Primary+*s.Secondary != s.Total {
			t.Errorf("the parts of %d bytes are %d, %d, %d", s.Total, *s.Header, *s.Primary, *s.Secondary)
		}
		for _, x := range r.Findings {
			if !x.ID.Known() {
				t.Errorf("nothing says what to do about %s", x.ID)
			}
		}
		if _, err := json.Marshal(r); err != nil {
			t.Error(err)
		}
		var out bytes.Buffer
		if err := text.Write(&out, page.Info(r), text.Style{}); err != nil {
			t.Error(err)
		}
		if bytes.ContainsAny(out.Bytes(), "\x1b\x00\r") {
			t.Errorf("%q", out.Bytes())
		}
	})
}

// FuzzSymbols takes any bytes through what symbols does, with a store that has one of the images.
func FuzzSymbols(f *testing.F) {
	for _, s := range dmptest.Samples() {
		f.Add(s.Data)
	}
	image := withSize(dmptest.PE{TimeDateStamp: 0x65A1B2C3, CodeView: dmptest.RSDS([16]byte{1}, 1, "example.pdb")}, 0x21000)
	path := storeOf(f, map[string][]byte{"example.sys/65A1B2C321000/example.sys": image.File().Data()})
	f.Fuzz(func(t *testing.T, b []byte) {
		d, err := (&Analyzer{}).Open(Reader(bytes.NewReader(b), int64(len(b)), report.File{Path: "x.dmp"}))
		if err != nil {
			t.Fatal(err)
		}
		s := Symbols{Path: path}
		s.Add(d)
		l := s.List("")
		if n := l.Images.Missing + l.PDBs.Missing; n != len(s.Missing()) || l.Images.Needed+l.PDBs.Needed != len(l.Files) {
			t.Errorf("%d missing, of which %d can be asked for: %+v, %+v", n, len(s.Missing()), l.Images, l.PDBs)
		}
		for _, x := range l.Files {
			if (x.State == report.SymbolNotAskable) != (x.ID == "") || (x.State == report.SymbolHave) != (x.File != "") || x.Dumps != 1 {
				t.Errorf("%+v", x)
			}
		}
		var out bytes.Buffer
		if err := text.Write(&out, page.Symbols(l), text.Style{}); err != nil {
			t.Error(err)
		}
		if bytes.ContainsAny(out.Bytes(), "\x1b\x00\r") {
			t.Errorf("%q", out.Bytes())
		}
	})
}
