package record

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dmplens/dmplens/report"
)

func TestJoinNumbers(t *testing.T) {
	for in, want := range map[string]string{
		"":                                  "",
		"{\n  \"a\": [\n    1\n  ]\n}\n":    "{\n  \"a\": [\n    1\n  ]\n}\n",
		"[\n    1,\n    20,\n    3\n  ],\n": "[\n    1, 20, 3\n  ],\n",
		"[\n  \"1\",\n  2,\n  {\n  \"3\": 4\n  }":     "[\n  \"1\",\n  2,\n  {\n  \"3\": 4\n  }",
		"[\n  1,\n  true,\n  2,\n  3\n]\n[\n  4\n]\n": "[\n  1,\n  true,\n  2, 3\n]\n[\n  4\n]\n",
	} {
		if got := string(joinNumbers([]byte("x\n"+in), 2)); got != "x\n"+want {
			t.Errorf("%q is %q, want %q", in, got, want)
		}
	}
	r := &report.Report{PageMap: &report.PageMap{Present: make([]uint64, 4096)}}
	for i := range r.PageMap.Present {
		r.PageMap.Present[i] = uint64(i) * uint64(i)
	}
	var b bytes.Buffer
	if err := JSON(&b, r); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(b.String()) {
		if len(line) > numbersWidth+1 {
			t.Errorf("a line of %d bytes", len(line))
		}
	}
	var back report.Report
	if err := json.Unmarshal(b.Bytes(), &back); err != nil || !cmp.Equal(r, &back) || strings.Count(b.String(), "\n") > 400 {
		t.Errorf("%v: %d lines, %s", err, strings.Count(b.String(), "\n"), cmp.Diff(r, &back))
	}
}
