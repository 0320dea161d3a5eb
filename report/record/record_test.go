package record

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/dmplens/dmplens/report"
)

func TestHiddenCharactersAreEscaped(t *testing.T) {
	const name = "a\u009b31m\u202e\x1b\x7f\u2066\U000e0001é<&>\"\\"
	r := &report.Report{File: report.File{Path: name}, Process: &report.Process{Name: name}}
	for _, write := range []func(*bytes.Buffer) error{
		func(b *bytes.Buffer) error { return JSON(b, r) },
		func(b *bytes.Buffer) error { return JSONL(b, r) },
	} {
		var b bytes.Buffer
		if err := write(&b); err != nil {
			t.Fatal(err)
		}
		if i := strings.IndexFunc(b.String(), hidden); i >= 0 {
			t.Errorf("hidden character at %d of %q", i, b.String())
		}
		var back report.Report
		if err := json.Unmarshal(b.Bytes(), &back); err != nil {
			t.Fatal(err)
		}
		if back.File.Path != name || back.Process.Name != name {
			t.Errorf("%q comes back as %q", name, back.File.Path)
		}
	}
}

func TestOneLine(t *testing.T) {
	var b bytes.Buffer
	if err := JSONL(&b, &report.Report{File: report.File{Path: "a\nb"}}); err != nil {
		t.Fatal(err)
	}
	if s := b.String(); strings.Count(s, "\n") != 1 || !strings.HasSuffix(s, "\n") {
		t.Errorf("%q", s)
	}
}
