package secondary

import (
	"errors"
	"maps"
	"slices"
	"testing"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/dmptest"
)

// checkDecoded checks what every decoder promises of any bytes.
func checkDecoded(t *testing.T, b []byte, v Value, n int, err error) {
	t.Helper()
	if v == nil || n < 0 || n > len(b) {
		t.Fatalf("value %v, %d of %d bytes", v, n, len(b))
	}
	v.Fields()
	var format *dmpfile.FormatError
	switch {
	case err == nil && n != len(b):
		t.Fatalf("%d of %d bytes are understood, without an error", n, len(b))
	case err != nil && (!errors.As(err, &format) || format.Offset < 0 || format.What == ""):
		t.Fatalf("error %v", err)
	}
	if err != nil && err.Error() == "" {
		t.Fatal("an error without a text")
	}
}

// deviceBlobs are streams of every kind that devices and drivers add.
func deviceBlobs() []dmptest.Blob {
	request := dmptest.StorageRequest{Command: []byte{0x28, 0, 1, 2, 3, 4, 0, 0, 8}, Registers: []byte{0, 8}, Start: 1e9, End: 2e9, Status: 0x50}
	ring, next, last := dmptest.TraceRing(100, 5, 8, 8, 20, 20)
	return []dmptest.Blob{
		dmptest.PCIBlob(examplePort, exampleDisk, dmptest.PCIFunction{Gone: true}),
		dmptest.StorageBlob("storport.sys", request, request), dmptest.StorageBlob("ataport.sys", request),
		dmptest.DisplayBlob(nil, exampleAdapters...), dmptest.DisplayBlob(&dmptest.DisplayTimeOut{Ticks: 5}, exampleAdapters...),
		dmptest.WDFBlob(dmptest.WDFDriver{Name: "a"}), dmptest.KMDFBlob("a", ring, next, last), dmptest.WPPBlob("a", ring, next, last, ring, next, last),
		dmptest.TriageDataBlob(exampleMemory...), dmptest.SectionsBlob(exampleMemory...), dmptest.StorePageBlob(1, 2, 3, make([]byte, 64)),
		dmptest.NVIDIABlob("1.2", "r1"), {Tag: dmptest.TagBlamed, Data: []byte{'a', 0}}, {Tag: dmptest.TagCrashDump, Data: []byte{1}},
		{Tag: dmptest.TagPowerWatch, Data: append(make([]byte, 16), "POWD"...)}, {Tag: dmptest.TagAMD, Data: []byte{8, 0, 0, 0, 0, 0, 0, 0}},
		{Tag: dmptest.TagAMDRing, Data: []byte{1, 0, 0, 0xAA, 0, 0, 0, 0}}, {Tag: dmptest.TagIntelGPU, Data: []byte("{D00CE1F5-")},
		{Tag: dmptest.TagIntelWiFi, Data: make([]byte, 16)}, {Tag: dmptest.TagIntelBT, Data: make([]byte, 0x100)},
		{Tag: dmptest.TagRealtek, Data: append([]byte{0x29, 0x81, 1, 3, 0x20, 0, 0, 0}, make([]byte, 0x18)...)},
	}
}

func FuzzDecode(f *testing.F) {
	tags := slices.Sorted(maps.Keys(decoders))
	for _, blob := range deviceBlobs() {
		i := slices.Index(tags, blob.Tag)
		if i < 0 {
			f.Fatalf("no decoder for %s", blob.Tag)
		}
		f.Add(byte(i), blob.Data)
		f.Add(byte(i), blob.Data[:len(blob.Data)/2])
	}
	for i := range tags {
		f.Add(byte(i), []byte{})
		f.Add(byte(i), make([]byte, 300))
	}
	f.Fuzz(func(t *testing.T, which byte, b []byte) {
		tag, err := dmpfile.ParseGUID(tags[int(which)%len(tags)])
		if err != nil {
			t.Fatal(err)
		}
		v, n, err := Decode(tag, b)
		checkDecoded(t, b, v, n, err)
	})
}

// addBlobs adds the streams with a tag as they are, cut, and each with a word changed.
func addBlobs(f *testing.F, tag string) {
	for _, blob := range deviceBlobs() {
		if blob.Tag != tag {
			continue
		}
		f.Add(blob.Data)
		f.Add(blob.Data[:len(blob.Data)-1])
		for off := 0; off+4 <= min(len(blob.Data), 0x80); off += 4 {
			m := dmptest.Load(blob.Data)
			m.PutU32(off, 0xFFFFFFFF)
			f.Add(m.Data())
		}
	}
}

func FuzzPCI(f *testing.F) {
	addBlobs(f, dmptest.TagPCI)
	f.Fuzz(func(t *testing.T, b []byte) {
		p, n, err := ReadPCI(b)
		checkDecoded(t, b, p, n, err)
		for i := range p.Devices {
			d := &p.Devices[i]
			total := 0
			for _, r := range d.Ranges {
				total += len(r.Data)
			}
			if total > len(b) || d.Gone && (d.AER != nil || d.Express != nil || d.Power != "") || d.Device > 31 || d.Function > 7 {
				t.Fatalf("%+v of %d bytes", d, len(b))
			}
		}
	})
}

func FuzzStorage(f *testing.F) {
	addBlobs(f, dmptest.TagStorage)
	f.Fuzz(func(t *testing.T, b []byte) {
		s, n, err := ReadStorage(b)
		checkDecoded(t, b, s, n, err)
		if len(s.Requests)*60 > len(b) {
			t.Fatalf("%d requests of %d bytes", len(s.Requests), len(b))
		}
		for i := range s.Requests {
			q := &s.Requests[i]
			if q.Duration < 0 || !q.Finished && (q.Status != 0 || q.Failed || q.Duration != 0) || q.Command == "" {
				t.Fatalf("%+v", q)
			}
			if _, ok := s.Ended(q, stopTime, 1e12); ok && !q.Finished {
				t.Fatalf("not finished, and ended: %+v", q)
			}
		}
	})
}

func FuzzSections(f *testing.F) {
	addBlobs(f, dmptest.TagSections)
	f.Fuzz(func(t *testing.T, b []byte) {
		s, n, err := ReadSections(b)
		checkDecoded(t, b, s, n, err)
		total := 0
		for _, section := range s.Sections {
			for _, m := range section.Blocks {
				total += 16 + len(m.Data)
			}
		}
		if total > len(b) {
			t.Fatalf("%d bytes of memory in %d", total, len(b))
		}
	})
}
