package schema

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
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
	if s.Ref != "" { // all is said there
		s.Types = nil
	}
	open(s.Items)
}

// recordSchema is the schema of a record, as it is published.
func recordSchema[T any](t *testing.T, title string, types map[reflect.Type]*jsonschema.Schema) []byte {
	t.Helper()
	s, err := jsonschema.For[T](&jsonschema.ForOptions{TypeSchemas: types})
	if err != nil {
		t.Fatal(err)
	}
	if types[reflect.TypeFor[[]report.StreamField]()] != nil && reflect.TypeFor[T]() == reflect.TypeFor[report.Report]() {
		field, err := jsonschema.For[report.StreamField](&jsonschema.ForOptions{TypeSchemas: types})
		if err != nil {
			t.Fatal(err)
		}
		open(field)
		s.Defs = map[string]*jsonschema.Schema{"field": field}
	}
	open(s)
	s.Schema = "https://json-schema.org/draft/2020-12/schema"
	s.Title = title
	b, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return append(b, '\n')
}

func TestSchemaIsTheRecord(t *testing.T) {
	reports := map[reflect.Type]*jsonschema.Schema{
		reflect.TypeFor[time.Time]():            {Type: "string", Format: "date-time"},
		reflect.TypeFor[[]report.StreamField](): {Type: "array", Items: &jsonschema.Schema{Ref: "#/$defs/field"}}, // which has fields of its own kind
	}
	lists := map[reflect.Type]*jsonschema.Schema{reflect.TypeFor[report.Report](): {Ref: "report-1.1.schema.json"}}
	for _, x := range []struct {
		name           string
		published, got []byte
	}{
		{"report-1.1.schema.json", Report, recordSchema[report.Report](t, "dmplens report, version 1.1", reports)},
		{"symbols-1.0.schema.json", Symbols, recordSchema[report.SymbolList](t, "dmplens symbols, version 1.0", lists)},
		{"events-1.0.schema.json", Events, recordSchema[report.EventList](t, "dmplens events, version 1.0", reports)},
		{"patterns-1.0.schema.json", Patterns, recordSchema[report.Pattern](t, "dmplens report --patterns, version 1.0", reports)},
	} {
		if *update {
			if err := os.WriteFile(x.name, x.got, 0o666); err != nil {
				t.Fatal(err)
			}
		} else if !bytes.Equal(x.got, x.published) {
			t.Errorf("the record of %s has changed (-published +record):\n%s", x.name, cmp.Diff(string(x.published), string(x.got)))
		}
	}
}

// compiled is a published schema, which can refer to that of the report.
func compiled(t *testing.T, name string) *validate.Schema {
	t.Helper()
	c := validate.NewCompiler()
	c.AssertFormat()
	for name, published := range map[string][]byte{"report-1.1.schema.json": Report, "symbols-1.0.schema.json": Symbols, "events-1.0.schema.json": Events,
		"patterns-1.0.schema.json": Patterns} {
		doc, err := validate.UnmarshalJSON(bytes.NewReader(published))
		if err != nil {
			t.Fatal(err)
		}
		if err := c.AddResource(name, doc); err != nil {
			t.Fatal(err)
		}
	}
	s, err := c.Compile(name)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// follows checks that the record in a file follows its schema, and comes back: one that is read into r and written again is the same.
func follows(t *testing.T, s *validate.Schema, name string, r any) {
	t.Helper()
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
	if err := json.Unmarshal(b, r); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	var again bytes.Buffer
	e := json.NewEncoder(&again)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	if err := e.Encode(r); err != nil {
		t.Fatal(err)
	}
	if again.String() != string(b) {
		t.Errorf("%s does not come back (-file +again):\n%s", name, cmp.Diff(string(b), again.String()))
	}
}

func TestSamplesFollowTheSchema(t *testing.T) {
	s := compiled(t, "report-1.1.schema.json")
	files, err := filepath.Glob("../../testdata/*.json")
	if err != nil || len(files) < 15 {
		t.Fatalf("%d records in testdata: %v", len(files), err)
	}
	for _, name := range files {
		follows(t, s, name, new(report.Report))
	}
	// The schema can refuse: a number where the record has a string.
	bad, _ := validate.UnmarshalJSON(bytes.NewReader([]byte(`{"schema_version": 1, "file": {"path": "x"}}`)))
	if s.Validate(bad) == nil {
		t.Error("a wrong record passes")
	}
}

func TestSymbolsFollowTheSchema(t *testing.T) {
	s := compiled(t, "symbols-1.0.schema.json")
	files, err := filepath.Glob("../../testdata/symbols/*.json")
	if err != nil || len(files) < 2 {
		t.Fatalf("%d records in testdata: %v", len(files), err)
	}
	for _, name := range files {
		follows(t, s, name, new(report.SymbolList))
	}
	for _, bad := range []string{
		`{"schema_version": "1", "dumps": [], "images": {}, "pdbs": {}, "files": []}`,
		`{"schema_version": "1", "dumps": [{"schema_version": 1, "file": {"path": "x"}}], "images": {"needed": 0, "have": 0, "missing": 0, "not_askable": 0, "missing_on_stack": 0}, "pdbs": {"needed": 0, "have": 0, "missing": 0, "not_askable": 0, "missing_on_stack": 0}, "files": []}`,
	} {
		record, err := validate.UnmarshalJSON(strings.NewReader(bad))
		if err != nil || s.Validate(record) == nil {
			t.Errorf("%s passes, %v", bad, err)
		}
	}
}

func TestEventsFollowTheSchema(t *testing.T) {
	s := compiled(t, "events-1.0.schema.json")
	files, err := filepath.Glob("../../testdata/logs/*.json")
	if err != nil || len(files) < 2 {
		t.Fatalf("%d records in testdata: %v", len(files), err)
	}
	for _, name := range files {
		follows(t, s, name, new(report.EventList))
	}
	record, err := validate.UnmarshalJSON(strings.NewReader(`{"schema_version": "1", "all": false, "logs": [], "events": [{"kind": "crash", "id": "41", "text": "", "source": "dump"}]}`))
	if err != nil || s.Validate(record) == nil {
		t.Errorf("an id that is a text passes, %v", err)
	}
}

func TestPatternsFollowTheSchema(t *testing.T) {
	s := compiled(t, "patterns-1.0.schema.json")
	p := report.Pattern{SchemaVersion: report.PatternSchemaVersion, Kind: report.PatternMachines, Key: "0xd1|x.sys", Text: "12 machines have 0xd1|x.sys",
		Confidence: report.Likely, Machines: 12, Dumps: 14, Examples: []string{"a.dmp"}, Numbers: map[string]float64{"with_both": 12, "chance": 1e-5}}
	for _, numbers := range []map[string]float64{p.Numbers, nil} {
		p.Numbers = numbers
		b, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Join(t.TempDir(), "pattern.json")
		var indented bytes.Buffer
		if err := json.Indent(&indented, b, "", "  "); err != nil {
			t.Fatal(err)
		}
		indented.WriteByte('\n')
		if err := os.WriteFile(name, indented.Bytes(), 0o666); err != nil {
			t.Fatal(err)
		}
		follows(t, s, name, new(report.Pattern))
	}
	record, err := validate.UnmarshalJSON(strings.NewReader(`{"schema_version": "1", "kind": "began", "key": "", "text": "", "confidence": "likely", "machines": 1, "dumps": 1, "examples": ["a"], "numbers": {"chance": "low"}}`))
	if err != nil || s.Validate(record) == nil {
		t.Errorf("a number that is a text passes, %v", err)
	}
}
