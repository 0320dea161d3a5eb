package archive

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/dmptest"
	"github.com/dmplens/dmplens/report/page"
	"github.com/dmplens/dmplens/report/text"
)

// FuzzArchive takes any bytes for an archive.
func FuzzArchive(f *testing.F) {
	var files []file
	for _, s := range dmptest.Samples() {
		if len(s.Data) < 100<<10 {
			files = append(files, file{s.Name, s.Data})
		}
	}
	for _, x := range files {
		f.Add(gzipOf(f, x.name, x.data))
		f.Add(zstdOf(f, x.data))
	}
	files = append(files, file{"a/", nil}, file{"\x1b\xff", []byte("text\n")}, file{"zeros", make([]byte, 3<<20)})
	for _, method := range []uint16{zip.Store, zip.Deflate, zstd.ZipMethodWinZip} {
		for i := range files {
			b := zipOf(f, method, files[max(0, i-1):i+1]...)
			if len(b) > 200<<10 {
				continue
			}
			f.Add(b)
			f.Add(b[len(b)/2:])
			for _, at := range []int{8, 10, 16, 20, 24, 42} { // flags, method, checksum, sizes, offset
				c := bytes.Clone(b)
				c[entries(b)[0]+at] ^= 1
				f.Add(c)
			}
		}
	}
	f.Add(zipClaiming(f, zeros(f, 100), 0, 100))
	f.Fuzz(func(t *testing.T, data []byte) {
		const limit = 4 << 20
		self := itself(t, "x", data)
		if !CanUnpack(dmpfile.What(self.Dump.What)) {
			return
		}
		a := &Reader{Limit: limit}
		if m, err := a.Open(context.Background(), bytes.NewReader(data), self, ""); err == nil {
			u := a.unpacker(context.Background(), bytes.NewReader(data), self)
			if r, err := u.reportOn(m.Source); err != nil || r.File.Member == "" && r.File.Path == "" {
				t.Errorf("%v", err)
			}
		} else if err.Error() == "" {
			t.Error("the error says nothing")
		}
		n := 0
		for r, err := range a.Members(context.Background(), bytes.NewReader(data), self) {
			if err != nil {
				t.Fatal(err)
			}
			if n++; n > len(data)/40+1 {
				t.Fatalf("%d reports of %d bytes", n, len(data))
			}
			if _, err := json.Marshal(r); err != nil {
				t.Error(err)
			}
			if r.Dump == nil && r.Error == nil {
				t.Errorf("nothing is said: %+v", r)
			}
			for _, x := range r.Findings {
				if x.Severity == "" || strings.HasPrefix(string(x.ID), "archive-") && x.Message == "" || x.ID == "read-error" {
					t.Errorf("%+v", x)
				}
			}
			var out bytes.Buffer
			if err := text.Write(&out, page.Info(r), text.Style{}); err != nil {
				t.Error(err)
			}
			if err := text.Write(io.Discard, page.Check(r), text.Style{}); err != nil {
				t.Error(err)
			}
			if bytes.ContainsAny(out.Bytes(), "\x1b\x00\r") {
				t.Errorf("%q", out.Bytes())
			}
		}
	})
}
