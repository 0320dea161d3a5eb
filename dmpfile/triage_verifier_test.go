package dmpfile_test

import (
	"bytes"
	"testing"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/dmptest"
)

func TestVerifier(t *testing.T) {
	for _, c := range []struct {
		name   string
		in     dmptest.Triage
		want   dmpfile.Verifier
		known  bool
		on     bool
		broken string
	}{
		{"off", dmptest.Triage{}, dmpfile.Verifier{}, true, false, ""},
		{"on", dmptest.Triage{Verifier: &[3]uint32{0x6B636F54, 0x209BB, 1}}, dmpfile.Verifier{SpecialPoolTag: 0x6B636F54, Level: 0x209BB, Kernel: true}, true, true, ""},
		{"off, as some versions write it", dmptest.Triage{Verifier: &[3]uint32{0, 0xFFFFFFFF, 0}}, dmpfile.Verifier{Level: 0xFFFFFFFF}, true, false, ""},
		{"filler", dmptest.Triage{Verifier: &[3]uint32{0x45474150, 0x45474150, 0x45474150}}, dmpfile.Verifier{}, false, false, ""},
		{"not there", dmptest.Triage{NoMM: true}, dmpfile.Verifier{}, false, false, ""},
		{"a driver that Windows names", dmptest.Triage{BrokenDriver: "example.sys"}, dmpfile.Verifier{}, true, false, "example.sys"},
	} {
		c.in.Header = dmptest.Header{Code: new(uint32(0xC4))}
		c.in.Stack = dmptest.Block{VA: 0xFFFFF5825DE0EA00, Data: make([]byte, 0x100)}
		b := c.in.Image().Data()
		f, err := dmpfile.NewFile(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			t.Fatal(err)
		}
		v, ok := f.Triage.Verifier()
		if ok != c.known || ok && v != c.want || ok && v.On() != c.on || f.Triage.BrokenDriver() != c.broken {
			t.Errorf("%s: %+v, %v, %q", c.name, v, ok, f.Triage.BrokenDriver())
		}
	}
}
