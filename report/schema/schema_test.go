package schema

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/jsonschema-go/jsonschema"
	validate "github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/dmplens/dmplens/report"
)

var update = flag.Bool("update", false, "write the schema anew: only before it is published")

// open lets objects have fields that this version does not know, and keeps null out: what is unknown is left out.
func open(s *jsonschema.Schema) {
	if s == nil {
		return
	}
	if s.Type == "object" || len(s.Properties) > 0 {
		if len(s.Properties) > 0 {
			s.AdditionalProperties = nil
		}
		for _, p := range s.Properties {
			open(p)
		}
	}
	if len(s.Types) == 2 && s.Types[0] == "null" {
		s.Type, s.Types = s.Types[1], nil
		open(s)
	}
	open(s.Items)
}

func TestSchemaIsTheRecord(t *testing.T) {
	s, err := jsonschema.For[report.Report](&jsonschema.ForOptions{TypeSchemas: map[reflect.Type]*jsonschema.Schema{
		reflect.TypeFor[time.Time](): {Type: "string", Format: "date-time"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	open(s)
	s.Schema = "https://json-schema.org/draft/2020-12/schema"
	s.Title = "dmplens report, version 1.1"
	got, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	got = append(got, '\n')
	if *update {
		if err := os.WriteFile("report-1.1.schema.json", got, 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	if !bytes.Equal(got, Report) {
		t.Errorf("the record has changed (-published +record):\n%s", cmp.Diff(string(Report), string(got)))
	}
}

func TestSamplesFollowTheSchema(t *testing.T) {
	doc, err := validate.UnmarshalJSON(bytes.NewReader(Report))
	if err != nil {
		t.Fatal(err)
	}
	c := validate.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("report.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("report.json")
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("../../testdata/*.json")
	if err != nil || len(files) < 15 {
		t.Fatalf("%d records in testdata: %v", len(files), err)
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		record, err := validate.UnmarshalJSON(bytes.NewReader(b))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := s.Validate(record); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		// And back: a record that is read and written again is the same.
		var r report.Report
		if err := json.Unmarshal(b, &r); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var again bytes.Buffer
		e := json.NewEncoder(&again)
		e.SetIndent("", "  ")
		e.SetEscapeHTML(false)
		if err := e.Encode(&r); err != nil {
			t.Fatal(err)
		}
		if again.String() != string(b) {
			t.Errorf("%s does not come back (-file +again):\n%s", name, cmp.Diff(string(b), again.String()))
		}
	}
	// The schema can refuse: a number where the record has a string.
	bad, _ := validate.UnmarshalJSON(bytes.NewReader([]byte(`{"schema_version": 1, "file": {"path": "x"}}`)))
	if s.Validate(bad) == nil {
		t.Error("a wrong record passes")
	}
}
