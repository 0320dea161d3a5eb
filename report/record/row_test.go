package record

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/dmplens/dmplens/report"
)

// sameAsMarshal compares a row with what encoding/json makes of the report, errors too.
func sameAsMarshal(t rapid.TB, r *report.Report) {
	t.Helper()
	want, wantErr := marshal(r, "")
	const before = "before"
	got, err := AppendJSONL([]byte(before), r)
	if fmt.Sprint(err) != fmt.Sprint(wantErr) {
		t.Fatalf("error %v, want %v", err, wantErr)
	}
	if d := cmp.Diff(before+string(want), string(got)); d != "" {
		t.Fatal(d)
	}
}

// filler sets whatever can be set in a value, by reflection: a field that is added to package report is among them.
type filler struct {
	present func() bool         // whether a pointer, a list or a map is there
	length  func() int          // of a list or a map
	leaf    func(reflect.Value) // sets a string, a number, a bool or a time
}

func (f filler) fill(v reflect.Value) {
	switch {
	case v.Type() == reflect.TypeFor[time.Time]():
		f.leaf(v)
	case v.Kind() == reflect.Struct:
		for _, field := range v.Fields() {
			f.fill(field)
		}
	case v.Kind() == reflect.Pointer:
		if f.present() {
			v.Set(reflect.New(v.Type().Elem()))
			f.fill(v.Elem())
		}
	case v.Kind() == reflect.Slice:
		if f.present() {
			v.Set(reflect.MakeSlice(v.Type(), f.length(), 10))
			for i := range v.Len() {
				f.fill(v.Index(i))
			}
		}
	case v.Kind() == reflect.Map:
		if f.present() {
			v.Set(reflect.MakeMap(v.Type()))
			for range f.length() {
				key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
				f.fill(key)
				f.fill(value)
				v.SetMapIndex(key, value)
			}
		}
	default:
		f.leaf(v)
	}
}

func (f filler) report() *report.Report {
	r := new(report.Report)
	f.fill(reflect.ValueOf(r).Elem())
	return r
}

func always[T any](v T) func() T { return func() T { return v } }

// TestEveryField fails for a field of package report that is not appended, and for one that is left out or kept when it must not be.
func TestEveryField(t *testing.T) {
	n := 0
	distinct := func(v reflect.Value) {
		n++
		switch x := v.Addr().Interface().(type) {
		case *string:
			*x = fmt.Sprintf("<text %d>\\\u202e", n)
		case *bool:
			*x = true
		case *time.Time:
			*x = time.Unix(int64(n)*1e6, int64(n)).UTC()
		case *float64:
			*x = float64(n) + 0.1
		case *uint32:
			*x = math.MaxUint32 - uint32(n)
		case *uint64:
			*x = math.MaxUint64 - uint64(n)
		case *int64:
			*x = math.MinInt64 + int64(n)
		case *int:
			*x = -n
		default:
			if v.Kind() != reflect.String {
				t.Errorf("%s: no value to set", v.Type())
				return
			}
			v.SetString(fmt.Sprintf("<text %d>\\\u202e", n))
		}
	}
	zero := func(reflect.Value) {}
	for name, f := range map[string]filler{
		"all":               {always(true), always(3), distinct},
		"zeros":             {always(true), always(1), zero},
		"empty lists":       {always(true), always(0), zero},
		"nothing":           {always(false), always(0), zero},
		"only plain fields": {always(false), always(0), distinct},
	} {
		t.Run(name, func(t *testing.T) { sameAsMarshal(t, f.report()) })
	}
}

func TestRandomReports(t *testing.T) {
	texts := rapid.OneOf(
		rapid.Just(""),
		rapid.Map(rapid.SliceOfN(rapid.SampledFrom(hostile), 0, 6), func(list []string) string { return strings.Join(list, "") }),
		rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 12), func(b []byte) string { return string(b) }),
		rapid.StringN(0, 12, -1),
	)
	floats := rapid.OneOf(rapid.Float64(), rapid.SampledFrom([]float64{
		0, math.Copysign(0, -1), 1e-6, 9.99e-7, 1e-9, 1.5e-10, 1e20, 999999999999999999999, 1e21, -1e21, 1e100, 93903.1415926,
		math.SmallestNonzeroFloat64, math.MaxFloat64,
	}))
	zones := rapid.Map(rapid.IntRange(-86399, 86399), func(s int) *time.Location { return time.FixedZone("", s) })
	rapid.Check(t, func(t *rapid.T) {
		f := filler{
			present: func() bool { return rapid.IntRange(0, 3).Draw(t, "present") > 0 },
			length:  func() int { return rapid.IntRange(0, 3).Draw(t, "length") },
		}
		f.leaf = func(v reflect.Value) {
			switch x := v.Addr().Interface().(type) {
			case *string:
				*x = texts.Draw(t, "text")
			case *bool:
				*x = rapid.Bool().Draw(t, "bool")
			case *float64:
				*x = floats.Draw(t, "float")
			case *uint32:
				*x = rapid.Uint32().Draw(t, "uint32")
			case *uint64:
				*x = rapid.Uint64().Draw(t, "uint64")
			case *int64:
				*x = rapid.Int64().Draw(t, "int64")
			case *int:
				*x = rapid.Int().Draw(t, "int")
			case *time.Time:
				// Years are 1 to 9998: others would make an error of nearly every report.
				*x = time.Unix(rapid.Int64Range(-62e9, 253e9).Draw(t, "second"), rapid.Int64Range(0, 999_999_999).Draw(t, "nanosecond"))
				*x = x.In(zones.Draw(t, "zone"))
			}
		}
		sameAsMarshal(t, f.report())
	})
}

func TestUnwritableValues(t *testing.T) {
	east := time.FixedZone("", 24*60*60)
	late := time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, r := range []*report.Report{
		{Dump: &report.Dump{UptimeSeconds: new(math.NaN())}},
		{Dump: &report.Dump{UptimeSeconds: new(math.Inf(-1)), CapturedAt: &late}},
		{File: report.File{Modified: &late}, Dump: &report.Dump{UptimeSeconds: new(math.NaN())}},
		{File: report.File{Modified: new(time.Date(-1, 1, 1, 0, 0, 0, 0, time.UTC))}},
		{File: report.File{Modified: new(time.Date(2025, 1, 1, 0, 0, 0, 0, east))}},
		{Process: &report.Process{CreatedAt: &late}, Processes: []report.Process{{}}},
		{Processes: []report.Process{{CreatedAt: &late}}},
	} {
		sameAsMarshal(t, r)
		var b bytes.Buffer
		if err := JSONL(&b, r); err == nil || b.Len() > 0 {
			t.Errorf("%v, and %q is written", err, b.String())
		}
	}
}

func TestRows(t *testing.T) {
	var b, want strings.Builder
	rows := NewRows(&b)
	for _, r := range hostileRows() {
		line, err := marshal(r, "")
		if err != nil {
			t.Fatal(err)
		}
		want.Write(line)
		if err := rows.Write(r); err != nil {
			t.Fatal(err)
		}
	}
	if d := cmp.Diff(want.String(), b.String()); d != "" {
		t.Error(d)
	}
}

// typicalRow is a report as a scan makes it.
func typicalRow(t testing.TB) *report.Report {
	t.Helper()
	b, err := os.ReadFile("../../testdata/live-ndis.json")
	if err != nil {
		t.Fatal(err)
	}
	r := new(report.Report)
	if err := json.Unmarshal(b, r); err != nil {
		t.Fatal(err)
	}
	r.File.Modified = r.Dump.CapturedAt
	r.Dump.MemoryRuns, r.Context.Registers = nil, nil
	r.Streams, r.Modules, r.UnloadedModules, r.Contents, r.LiveContent = nil, nil, nil, nil, nil
	sameAsMarshal(t, r)
	return r
}

func TestRowsDoNotAllocate(t *testing.T) {
	r := typicalRow(t)
	r.Context.Registers = map[string]string{"rax": "0x1", "rip": "0x2", "rsp": "0x3"}
	room := make([]byte, 0, 8<<10)
	if n := testing.AllocsPerRun(100, func() { _, _ = AppendJSONL(room, r) }); n != 0 {
		t.Errorf("AppendJSONL allocates %v times", n)
	}
	rows := NewRows(io.Discard)
	if n := testing.AllocsPerRun(100, func() { _ = rows.Write(r) }); n != 0 {
		t.Errorf("Rows allocate %v times", n)
	}
}

func BenchmarkAppendJSONL(b *testing.B) {
	r := typicalRow(b)
	room := make([]byte, 0, 8<<10)
	rows := NewRows(io.Discard)
	for _, c := range []struct {
		name  string
		write func() error
	}{
		{"append", func() error { _, err := AppendJSONL(room, r); return err }},
		{"rows", func() error { return rows.Write(r) }},
		{"jsonl", func() error { return JSONL(io.Discard, r) }},
		{"encoding-json", func() error { return encode(io.Discard, r, "") }},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := c.write(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
