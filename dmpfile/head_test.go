package dmpfile_test

import (
	"bytes"
	"errors"
	"maps"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/dmptest"
)

// TestNewHeadOfWhole gives whole samples as heads: they are the file.
func TestNewHeadOfWhole(t *testing.T) {
	for _, s := range dmptest.Samples() {
		size := int64(len(s.Data))
		want, wantErr := dmpfile.NewFile(bytes.NewReader(s.Data), size)
		got, err := dmpfile.NewHead(append(bytes.Clone(s.Data), 1, 2, 3), size)
		if !reflect.DeepEqual(err, wantErr) {
			t.Errorf("%s: %v, want %v", s.Name, err, wantErr)
			continue
		}
		if err != nil {
			continue
		}
		if got.OnlyHead() || !reflect.DeepEqual(got.Regions, want.Regions) || !reflect.DeepEqual(got.Findings(), want.Findings()) ||
			!reflect.DeepEqual(got.Secondary(), want.Secondary()) {
			t.Errorf("%s: %+v %+v, want %+v %+v", s.Name, got.Regions, got.Findings(), want.Regions, want.Findings())
		}
	}
}

// TestNewHead cuts samples behind their headers: a head misses nothing that the whole file has.
func TestNewHead(t *testing.T) {
	for _, s := range dmptest.Samples() {
		size := int64(len(s.Data))
		whole, err := dmpfile.NewFile(bytes.NewReader(s.Data), size)
		if err != nil {
			continue
		}
		for _, n := range []int{0x2100, 0x3000, 0x5000} {
			if n >= len(s.Data) {
				continue
			}
			f, err := dmpfile.NewHead(s.Data[:n], size)
			if err != nil {
				t.Fatalf("%s: %v", s.Name, err)
			}
			if !f.OnlyHead() || f.Size() != size || f.Format != whole.Format || len(f.Secondary().Streams)+len(f.Secondary().Findings) > 0 {
				t.Errorf("%s, %#x bytes: %s, %+v", s.Name, n, f.Format, f.Secondary())
			}
			r := f.Regions
			r.LastWholePage = whole.Regions.LastWholePage // whose list can lie behind the head
			if r != whole.Regions || len(f.Findings()) != len(whole.Findings()) {
				t.Errorf("%s, %#x bytes: %+v %+v, want %+v %+v", s.Name, n, f.Regions, f.Findings(), whole.Regions, whole.Findings())
			}
			f, err = dmpfile.NewHead(s.Data[:n], -1)
			if err != nil {
				t.Fatalf("%s: %v", s.Name, err)
			}
			if f.Size() != -1 || f.Regions.Known || f.Regions.Missing != 0 || f.Regions.Total != -1 || f.Format != whole.Format {
				t.Errorf("%s, %#x bytes of a file of unknown length: %+v", s.Name, n, f.Regions)
			}
			for _, x := range f.Findings() {
				if p := x.Problem; p == dmpfile.Truncated || p == dmpfile.HeaderTruncated || p == dmpfile.ReadFailed {
					t.Errorf("%s, %#x bytes of a file of unknown length: %+v", s.Name, n, x)
				}
			}
		}
	}
}

func TestNewHeadOfOthers(t *testing.T) {
	_, err := dmpfile.NewHead(make([]byte, 1<<20), 10<<30)
	var other *dmpfile.NotDumpError
	if !errors.As(err, &other) || other.What != dmpfile.Zeros || other.Size != 10<<30 ||
		other.Message != "nothing but zero bytes in the first 1048576; the rest was not looked at" {
		t.Errorf("%#v", err)
	}
	if _, err = dmpfile.NewHead([]byte("PK\x03\x04"), -1); !errors.As(err, &other) || other.What != dmpfile.Zip || other.Size != -1 {
		t.Errorf("%#v", err)
	}
}

func FuzzNewHead(f *testing.F) {
	for _, seed := range damaged() {
		f.Add(seed, int64(1<<30))
	}
	f.Fuzz(func(t *testing.T, data []byte, size int64) {
		d, err := dmpfile.NewHead(data, max(size, -1))
		if err != nil {
			var other *dmpfile.NotDumpError
			if !errors.As(err, &other) {
				t.Fatal(err)
			}
			return
		}
		r := d.Regions
		if r.Total != max(size, -1) || min(r.Header, r.Primary, r.Secondary, r.Missing, r.Declared) < 0 {
			t.Fatalf("regions %+v", r)
		}
		if r.Known && r.Header+r.Primary+r.Secondary != r.Total {
			t.Fatalf("the regions do not add up: %+v", r)
		}
		d.Secondary()
		d.Hardware()
		if d.Triage != nil {
			d.Triage.Modules()
			d.Triage.ReadVirtual(make([]byte, 100), d.Triage.TopOfStack)
		}
		d.Page(1)
		d.StoredPage(1)
	})
}

// TestReader opens one file after another with one Reader: each looks as with a fresh one, whatever was opened before.
func TestReader(t *testing.T) {
	r := new(dmpfile.Reader)
	var samples []dmptest.Sample
	for _, s := range dmptest.Samples() {
		// The same dump with another end comes next.
		other := s
		if other.Data = bytes.Clone(s.Data); len(s.Data) > 0x4000 {
			clear(other.Data[len(s.Data)-0x800:])
		}
		samples = append(samples, s, other)
	}
	for i, s := range samples {
		if i%3 == 0 { // files that are no dump, or the head of one, come between
			if f, err := r.Reset(strings.NewReader("text"), 4); f != nil || err == nil {
				t.Fatal("text is a dump")
			}
		}
		if i%4 == 0 {
			r.ResetHead(s.Data[:min(len(s.Data), 64<<10)], int64(len(s.Data)))
		}
		got, err := r.Reset(bytes.NewReader(s.Data), int64(len(s.Data)))
		want, wantErr := dmpfile.NewFile(bytes.NewReader(s.Data), int64(len(s.Data)))
		expect(t, s.Name, err, wantErr)
		if err != nil || wantErr != nil {
			continue
		}
		look := func(f *dmpfile.File) []any {
			code, _ := f.BugCheckCode()
			c, _ := f.Context()
			all := []any{f.Format, f.Regions, f.Findings(), code, maps.Collect(c.Registers()), *f.Secondary(), f.Hardware()}
			if f.Triage != nil {
				modules, err := f.Triage.Modules()
				unloaded, unloadedErr := f.Triage.UnloadedModules()
				stack := make([]byte, 64)
				n, _ := f.Triage.ReadVirtual(stack, f.Triage.TopOfStack)
				all = append(all, modules, err, unloaded, unloadedErr, stack[:n])
			}
			return all
		}
		expect(t, s.Name, look(got), look(want))
	}
}

// TestReaderAllocates has a Reader that allocates next to nothing for its second dump: it reads into the memory of the first.
func TestReaderAllocates(t *testing.T) {
	data := dumpWith(0, dmptest.Secondary(26100, dmptest.Blob{Tag: dmptest.TagETW, Data: make([]byte, 64<<10)}))
	src, r := bytes.NewReader(data), new(dmpfile.Reader)
	read := func() {
		f, err := r.Reset(src, int64(len(data)))
		if err != nil {
			t.Fatal(err)
		}
		f.Hardware()
	}
	read()
	const runs = 100
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range runs {
		read()
	}
	runtime.ReadMemStats(&after)
	if n := (after.TotalAlloc - before.TotalAlloc) / runs; n > 4<<10 {
		t.Errorf("%d bytes for each dump", n)
	}
}
