package dmpfile_test

import (
	"bytes"
	"slices"
	"sync"
	"testing"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/dmptest"
)

// dumpWith returns a dump whose primary data ends at 0x3000-shift, with tail behind it.
func dumpWith(shift int, tail []byte) []byte {
	m := dmptest.Bitmap{HeaderSize: uint64(0x2080 - shift), Pages: pagesOf(1)}.Image()
	m.Append(tail)
	return m.Data()
}

const secondaryBegin = 0x3080

func TestSecondary(t *testing.T) {
	etw := dmptest.Blob{Tag: dmptest.TagETW, Data: []byte("etw")}
	null := dmptest.Blob{Tag: dmptest.TagNull}
	padded := dmptest.Blob{Tag: dmptest.TagSMBIOS, Data: []byte("smbios"), PrePad: 5, PostPad: 9}
	long := dmptest.Blob{Tag: dmptest.TagCPURegistry, Data: make([]byte, 70000)} // longer than what one read takes
	at := func(off int) int64 { return secondaryBegin + int64(off) }
	for _, c := range []struct {
		name     string
		shift    int // of the end of primary data, backwards
		gap      int // zero bytes between primary and secondary data
		blobs    []dmptest.Blob
		patch    func(m *dmptest.Image) // of the secondary data
		want     []int64                // offset, size, offset, size ... of the streams
		used     int64
		findings []string
	}{
		{name: "no blobs", want: nil, used: 0x10},
		{name: "one", blobs: []dmptest.Blob{etw}, want: []int64{at(0x30), 3}, used: 0x33},
		{name: "a GUID that repeats", blobs: []dmptest.Blob{etw, etw, etw}, want: []int64{at(0x30), 3, at(0x53), 3, at(0x76), 3}, used: 0x79},
		{name: "the null GUID in the middle", blobs: []dmptest.Blob{etw, null, etw}, want: []int64{at(0x30), 3, at(0x53), 0, at(0x73), 3}, used: 0x76},
		{name: "pads", blobs: []dmptest.Blob{padded, etw}, want: []int64{at(0x35), 6, at(0x35 + 6 + 9 + 0x20), 3}, used: 0x35 + 6 + 9 + 0x20 + 3},
		{name: "a pad behind the end of the file", blobs: []dmptest.Blob{padded},
			patch: func(m *dmptest.Image) { m.Truncate(m.Len() - 4) }, want: []int64{at(0x35), 6}, used: 0x35 + 6 + 5},
		{name: "long", blobs: []dmptest.Blob{long, etw, long}, want: []int64{at(0x30), 70000, at(0x50 + 70000), 3, at(0x73 + 70000), 70000}, used: 0x73 + 140000},
		{name: "a longer header of the list", patch: func(m *dmptest.Image) {
			m.PutU32(8, 0x18)
			m.PutZero(0x10, 8)
			m.Append(dmptest.Secondary(1, etw)[0x10:])
		}, want: []int64{at(0x38), 3}, used: 0x3B},
		{name: "a header of the list that is too short", blobs: []dmptest.Blob{etw}, patch: func(m *dmptest.Image) { m.PutU32(8, 0xF) },
			want: []int64{at(0x30), 3}, used: 0x33},
		{name: "a header of the list that is too long", blobs: []dmptest.Blob{etw}, patch: func(m *dmptest.Image) { m.PutU32(8, 0x1000) },
			want: []int64{at(0x30), 3}, used: 0x33},
		{name: "a long header ends the list", blobs: []dmptest.Blob{etw, etw}, patch: func(m *dmptest.Image) { m.PutU32(0x33, 0x21) }, want: []int64{at(0x30), 3}, used: 0x33},
		{name: "stale bytes right behind the end", blobs: []dmptest.Blob{etw},
			patch: func(m *dmptest.Image) { m.Append(bytes.Repeat([]byte{0x55}, 0x1000)) }, want: []int64{at(0x30), 3}, used: 0x33},
		{name: "a short header ends the list", blobs: []dmptest.Blob{etw, etw}, patch: func(m *dmptest.Image) { m.PutU32(0x33, 0x1F) }, want: []int64{at(0x30), 3}, used: 0x33},
		{name: "zeros and stale bytes behind the end", blobs: []dmptest.Blob{etw},
			patch: func(m *dmptest.Image) { m.Grow(0x200); m.Append(bytes.Repeat([]byte{0x55}, 0x1000)) }, want: []int64{at(0x30), 3}, used: 0x33},
		{name: "fewer bytes than a header behind the end", blobs: []dmptest.Blob{etw},
			patch: func(m *dmptest.Image) { m.Append(dmptest.Secondary(1, etw)[0x10:0x2F]) }, want: []int64{at(0x30), 3}, used: 0x33},
		{name: "a blob that overruns the file", blobs: []dmptest.Blob{etw, etw}, patch: func(m *dmptest.Image) { m.Truncate(m.Len() - 1) },
			want: []int64{at(0x30), 3}, used: 0x55, findings: []string{"error stream-truncated"}},
		{name: "a blob of 4 GiB", blobs: []dmptest.Blob{etw}, patch: func(m *dmptest.Image) { m.PutU32(0x24, 0xFFFFFFFF) },
			used: 0x33, findings: []string{"error stream-truncated"}},
		{name: "start rounded up to 8", shift: 5, gap: 5, blobs: []dmptest.Blob{etw}, want: []int64{at(0x30), 3}, used: 5 + 0x33},
		{name: "start rounded up to 0x200", shift: 5, gap: 5 + 0x180, blobs: []dmptest.Blob{etw}, want: []int64{at(0x1B0), 3}, used: 5 + 0x1B3},
		{name: "start rounded up to 0x1000", shift: 5, gap: 5 + 0xF80, blobs: []dmptest.Blob{etw}, want: []int64{at(0xFB0), 3}, used: 5 + 0xFB3},
		{name: "start somewhere else", gap: 0x20, blobs: []dmptest.Blob{etw}, findings: []string{"warning trailing-bytes"}},
		{name: "no DumpBlob", patch: func(m *dmptest.Image) { m.PutU8(0, 'd') }, findings: []string{"warning trailing-bytes"}},
		{name: "nothing behind", patch: func(m *dmptest.Image) { m.Truncate(0) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			tail := dmptest.Load(dmptest.Secondary(26100, c.blobs...))
			if c.patch != nil {
				c.patch(tail)
			}
			f := open(t, dumpWith(c.shift, append(make([]byte, c.gap), tail.Data()...)))
			expect(t, "end of primary data", f.Regions.PrimaryEnd(), int64(secondaryBegin-c.shift))
			s := f.Secondary()
			var got []int64
			for i, x := range s.Streams {
				got = append(got, x.Offset, x.Size)
				if x.Index != i {
					t.Errorf("stream %d has index %d", i, x.Index)
				}
				if i < len(c.blobs) && !bytes.Equal(x.GUID[:], dmptest.GUID(c.blobs[i].Tag)) {
					t.Errorf("stream %d: GUID %s, want %s", i, x.GUID, c.blobs[i].Tag)
				}
			}
			expect(t, "streams", got, c.want)
			expect(t, "used", s.Used, c.used)
			if cut := slices.Contains(c.findings, "error stream-truncated"); (s.Cut != nil) != cut || cut && s.Cut.Offset+s.Cut.Size != f.Size() {
				t.Errorf("the stream that is cut: %+v", s.Cut)
			}
			expectIDs(t, s.Findings, c.findings...)
			expectIDs(t, f.Findings())
		})
	}
}

// The number of streams is bounded.
func TestManyStreams(t *testing.T) {
	f := open(t, dumpWith(0, dmptest.Secondary(26100, make10001()...)))
	expect(t, "streams", len(f.Secondary().Streams), 10000)
	expectIDs(t, f.Secondary().Findings, "warning stream-count")
}

func make10001() []dmptest.Blob {
	blobs := make([]dmptest.Blob, 10001)
	for i := range blobs {
		blobs[i].Tag = dmptest.TagNull
	}
	return blobs
}

func TestStream(t *testing.T) {
	data := dumpWith(0, dmptest.Secondary(26100, dmptest.Blob{Tag: dmptest.TagETW, Data: []byte("12345678")}))
	f := open(t, data)
	s := f.Secondary().Streams[0]
	expect(t, "name", s.Name(), "ETW buffers")
	expect(t, "name of an unknown tag", dmpfile.Stream{GUID: dmpfile.GUID{1}}.Name(), "")
	b := make([]byte, s.Size)
	if _, err := f.ReadAt(b, s.Offset); err != nil || string(b) != "12345678" {
		t.Errorf("its data: %q, %v", b, err)
	}
}

// What is read late is read once, also when many ask.
func TestConcurrentUse(t *testing.T) {
	f := open(t, sample(t, "triage-amd64-kernel.dmp").Data())
	want := f.Triage.TopOfStack
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			s := f.Secondary()
			if len(s.Streams) != 4 || s != f.Secondary() {
				t.Errorf("%d streams", len(s.Streams))
			}
			if n, err := f.Triage.ReadVirtual(make([]byte, 8), want); n != 8 || err != nil {
				t.Errorf("ReadVirtual: %d, %v", n, err)
			}
		})
	}
	wg.Wait()
}

func TestGUID(t *testing.T) {
	const text = "bc5c008f-1e3a-44d7-988d-86f6884c6758"
	for _, s := range []string{text, "{" + text + "}", "BC5C008F-1E3A-44D7-988D-86F6884C6758"} {
		g, err := dmpfile.ParseGUID(s)
		if err != nil || !bytes.Equal(g[:], dmptest.GUID(text)) || g.String() != text {
			t.Errorf("ParseGUID(%q) = %v, %v", s, g, err)
		}
	}
	for _, s := range []string{"", text[1:], text + "0", "bc5c008f-1e3a-44d7-988d+86f6884c6758", "gc5c008f-1e3a-44d7-988d-86f6884c6758", "bc5c008f-1e3a-44d7-988d-86f6884c67--"} {
		if g, err := dmpfile.ParseGUID(s); err == nil {
			t.Errorf("ParseGUID(%q) = %v", s, g)
		}
	}
}

// The ends of the list: a signature alone, and an empty stream.
func TestSecondaryAtTheEnd(t *testing.T) {
	pages := dmptest.Pages{1: nil}
	f := open(t, dmptest.Bitmap{Pages: pages, Secondary: []byte("DumpBlob")}.Image().Data())
	if s := f.Secondary(); s.Used != 8 || f.Regions.Secondary != 8 || len(s.Streams) != 0 {
		t.Errorf("a signature alone: %+v of %d bytes", s, f.Regions.Secondary)
	}
	f = open(t, dmptest.Bitmap{Pages: pages, Secondary: dmptest.Secondary(1, dmptest.Blob{Tag: dmptest.TagNull})}.Image().Data())
	s := f.Secondary()
	if len(s.Streams) != 1 || s.Streams[0].Offset != f.Size() {
		t.Fatalf("an empty stream: %+v", s)
	}
	if size := s.Streams[0].Size; size != 0 {
		t.Errorf("its data has %d bytes", size)
	}
}

// A file that cannot be read behind its triage data still shows where that ends.
func TestUnreadableSecondary(t *testing.T) {
	m := sample(t, "triage-amd64.dmp")
	end := open(t, m.Data()).Regions.PrimaryEnd()
	for _, from := range []int64{end, end + 0x10} {
		f, err := dmpfile.NewFile(failingReader{bytes.NewReader(m.Data()), from, errBroken}, int64(m.Len()))
		if err != nil {
			t.Fatal(err)
		}
		expectIDs(t, f.Findings())
		expectIDs(t, f.Secondary().Findings, "error read-error")
		expect(t, "hardware", f.Hardware(), dmpfile.Hardware{})
	}
}
