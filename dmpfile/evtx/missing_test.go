package evtx

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"strings"
	"testing"

	"github.com/dmplens/dmplens/dmpfile/dmptest"
)

// TestMissing cuts logs of four chunks with two records each, or makes holes in them.
func TestMissing(t *testing.T) {
	numbered := func(first uint64) []dmptest.EVTXRecord {
		a, b := power, crash
		a.Number, b.Number = first, first+1
		return []dmptest.EVTXRecord{a, b}
	}
	const second, third, fourth = 0x11000, 0x21000, 0x31000
	for _, test := range []struct {
		name  string
		dirty bool
		first []uint64 // number of each chunk
		patch func(m *dmptest.Image)
		want  string
	}{
		{"whole", false, []uint64{1, 3, 5, 7}, nil, ""},
		{"it began anew at its start", false, []uint64{9, 3, 5, 7}, func(m *dmptest.Image) { m.PutU64(0x18, 11) }, ""},
		{"cleared: the numbers go on", false, []uint64{900}, nil, ""},
		{"no record since it was cleared", false, []uint64{1}, func(m *dmptest.Image) {
			m.PutU64(0x1008, 1, 1<<64-1, 1, 1<<64-1)
			m.PutU32(0x1030, 0x200)
		}, ""},
		{"left of an earlier use behind the header's count", false, []uint64{500, 3, 7}, func(m *dmptest.Image) { m.PutU16(0x2A, 1); m.PutU64(0x18, 502) }, ""},
		{"cut at a chunk", false, []uint64{1, 3, 5, 7}, func(m *dmptest.Image) { m.Truncate(third) },
			"the header counts chunks that are not in the file: 2 of 4; records 5 to 8 are missing"},
		{"cut by one record", false, []uint64{1, 3}, func(m *dmptest.Image) { m.Truncate(second); m.PutU64(0x18, 4) },
			"the header counts chunks that are not in the file: 1 of 2; record 3 is missing"},
		{"the header alone", false, []uint64{1, 3, 5, 7}, func(m *dmptest.Image) { m.Truncate(0x1000) },
			"the header counts chunks that are not in the file: 4 of 4"},
		{"a hole", false, []uint64{1, 3, 5, 7}, func(m *dmptest.Image) { m.PutZero(second, 0x10000) },
			"records 3 to 4 are missing: the chunk is not in the file, or is damaged | the header counts chunks that are not in the file: 1 of 4"},
		{"a chunk twice", false, []uint64{1, 1, 5, 7}, nil, "records 3 to 4 are missing: the chunk is not in the file, or is damaged"},
		{"the header is damaged: its counts prove nothing", false, []uint64{1, 3, 5, 7}, func(m *dmptest.Image) { m.PutU16(0x2A, 9) }, ""},
		{"an export by a query has gaps", false, []uint64{1, 30, 50, 70}, func(m *dmptest.Image) {
			for i, at := range []int{0x1000, second, third, fourth} {
				m.PutU64(at+8, uint64(2*i+1), uint64(2*i+2))
			}
		}, ""},
		{"not closed: old counts", true, []uint64{1, 3, 5, 7}, func(m *dmptest.Image) { m.PutU16(0x2A, 2); m.PutU64(0x18, 4) }, ""},
		{"not closed: more chunks by the header, and room for them", true, []uint64{1, 3, 5, 7}, func(m *dmptest.Image) { m.PutZero(fourth, 0x10000) }, ""},
		{"not closed, and cut", true, []uint64{1, 3, 5, 7}, func(m *dmptest.Image) { m.Truncate(third) },
			"the header counts chunks that are not in the file: 2 of 4"},
		{"not closed, with a hole", true, []uint64{1, 3, 5, 7}, func(m *dmptest.Image) { m.PutZero(third, 0x10000) },
			"records 5 to 6 are missing: the chunk is not in the file, or is damaged"},
		{"not closed: the last number of a chunk is old", true, []uint64{1, 5}, nil, ""},
	} {
		var log dmptest.EVTX
		for _, n := range test.first {
			log.Chunks = append(log.Chunks, numbered(n))
		}
		log.Dirty = test.dirty
		m := log.Image()
		if test.patch != nil {
			test.patch(m)
		}
		if !strings.Contains(test.name, "damaged") {
			dmptest.SealEVTX(m)
			if strings.Contains(test.name, "hole") || strings.Contains(test.name, "room") {
				for at := 0x1000; at < m.Len(); at += 0x10000 {
					if m.Data()[at] == 0 {
						m.PutZero(at, 0x10000)
					}
				}
			}
		}
		if got := strings.Join(openLog(t, m.Data()).Missing, " | "); got != test.want {
			t.Errorf("%s: %q", test.name, got)
		}
	}
}

// TestOpenChunk has logs that were copied while Windows wrote to them: what their newest chunk says of itself is old.
func TestOpenChunk(t *testing.T) {
	const second = 0x11000
	size := func(b []byte, at int) int { return int(binary.LittleEndian.Uint32(b[at+4:])) }
	fifth := func(m *dmptest.Image) int { // where the third record of the second chunk is
		at := second + 0x200
		for range 2 {
			at += size(m.Data(), at)
		}
		return at
	}
	for _, test := range []struct {
		name    string
		dirty   bool
		patch   func(m *dmptest.Image)
		numbers string
		failed  string
		open    OpenChunk
	}{
		{"whole", true, func(m *dmptest.Image) {}, "1 2 3 4 5 6", "", OpenChunk{}},
		{"an old checksum", true, func(m *dmptest.Image) { m.PutU32(second+0x34, 1); sealHeader(m, second) }, "1 2 3 4 5 6", "", OpenChunk{Records: 4, Unchecked: true}},
		{"an old checksum of the header", true, func(m *dmptest.Image) { m.PutU32(second+0x7C, 1) }, "1 2 3 4 5 6", "", OpenChunk{Records: 4, Unchecked: true}},
		{"the log was closed", false, func(m *dmptest.Image) { m.PutU32(second+0x34, 1); sealHeader(m, second) },
			"1 2", "at 0x11000: the records of a chunk do not have its checksum", OpenChunk{}},
		{"it is not the newest chunk", true, func(m *dmptest.Image) { m.PutU32(0x1034, 1); sealHeader(m, 0x1000) },
			"3 4 5 6", "at 0x1000: the records of a chunk do not have its checksum", OpenChunk{}},
		{"an old end", true, func(m *dmptest.Image) { m.PutU32(second+0x30, uint32(fifth(m)-second)); dmptest.SealEVTX(m) },
			"1 2 3 4 5 6", "", OpenChunk{Records: 2, Behind: 2}},
		{"an old end of a log that was closed", false, func(m *dmptest.Image) { m.PutU32(second+0x30, uint32(fifth(m)-second)); dmptest.SealEVTX(m) },
			"1 2 3 4", "", OpenChunk{}},
		{"what is behind the end has older numbers", true, func(m *dmptest.Image) {
			m.PutU64(fifth(m)+8, 2)
			m.PutU32(second+0x30, uint32(fifth(m)-second))
			dmptest.SealEVTX(m)
		}, "1 2 3 4", "", OpenChunk{}},
		{"what is behind the end does not follow", true, func(m *dmptest.Image) {
			m.PutU64(fifth(m)+8, 9)
			m.PutU32(second+0x30, uint32(fifth(m)-second))
			dmptest.SealEVTX(m)
		}, "1 2 3 4", "", OpenChunk{LeftOut: 9}},
		{"an old checksum and a damaged record", true, func(m *dmptest.Image) {
			m.PutU8(fifth(m), 0)
			m.PutU32(second+0x34, 1)
			sealHeader(m, second)
		}, "1 2 3 4", "no record is where one should be", OpenChunk{Records: 2, Unchecked: true}},
		{"an old checksum and a number that does not follow", true, func(m *dmptest.Image) {
			m.PutU64(fifth(m)+8, 7)
			m.PutU32(second+0x34, 1)
			sealHeader(m, second)
		}, "1 2 3 4", "the record is not the one that follows: its number: 0x7", OpenChunk{Records: 2, Unchecked: true}},
		{"its first record has another number than its header says", true, func(m *dmptest.Image) {
			m.PutU64(second+0x18, 90, 99)
			m.PutU32(second+0x34, 1)
		}, "1 2", "at 0x11000: the header of a chunk does not have its checksum", OpenChunk{}},
	} {
		m := dmptest.EVTX{Dirty: test.dirty, Chunks: [][]dmptest.EVTXRecord{{power, crash}, {power, crash, started, power}}}.Image()
		test.patch(m)
		f := openLog(t, m.Data())
		numbers, failed := readSome(t, m.Data())
		o := f.Open
		o.offset, o.first, o.end = 0, 0, 0
		bad := 0
		if strings.Contains(test.failed, "header") {
			bad = 1
		}
		if numbers != test.numbers || o != test.open || f.BadChunks != bad || !strings.Contains(failed, test.failed) || (failed == "") != (test.failed == "") {
			t.Errorf("%s: %s, %q, %+v, %d bad", test.name, numbers, failed, o, f.BadChunks)
		}
	}
	whole := dmptest.EVTX{Dirty: true, Chunks: [][]dmptest.EVTXRecord{{power, crash}}}.Image().Data()
	if f, err := NewFile(bytes.NewReader(whole[:0x1100]), 0x1100); err != nil || f.Open != (OpenChunk{}) {
		t.Errorf("%+v, %v", f, err)
	}
}

// sealHeader makes the checksum of a chunk's header right.
func sealHeader(m *dmptest.Image, at int) {
	b := m.Data()[at:]
	m.PutU32(at+0x7C, crc32.Update(crc32.ChecksumIEEE(b[:0x78]), crc32.IEEETable, b[0x80:0x200]))
}

// A time that no clock shows is none: the event has the other time that its record has, or no time.
func TestNoTime(t *testing.T) {
	for _, stamp := range []uint64{0, 1, 5e9, 119600064000000000 - 1, 2650467744000000000, 1<<63 - 1, 1<<64 - 1} {
		m := logWith([]dmptest.EVTXRecord{power})
		b := m.Data()
		right := binary.LittleEndian.AppendUint64(nil, dmptest.FileTime(bootTime))
		wrong := binary.LittleEndian.AppendUint64(nil, stamp)
		at := bytes.LastIndex(b, right)
		if at < 0x1218 || !bytes.Equal(b[0x1210:0x1218], right) {
			t.Fatal("the record has no time where one should be")
		}
		m.PutBytes(at, wrong)
		dmptest.SealEVTX(m)
		if r := readAll(t, m.Data())[0]; !r.Time.Equal(bootTime) {
			t.Errorf("%#x: %v", stamp, r.Time)
		}
		m.PutBytes(0x1210, wrong)
		dmptest.SealEVTX(m)
		if r := readAll(t, m.Data())[0]; !r.Time.IsZero() {
			t.Errorf("%#x: %v", stamp, r.Time)
		}
	}
	for _, text := range []string{"1601-01-01T00:00:00.000Z", "1979-12-31T23:59:59Z", "10000-01-01T00:00:00Z", "30000-01-01T00:00:00Z", ""} {
		for r, err := range ReadXML(strings.NewReader(`<Event><System><TimeCreated SystemTime="`+text+`"/></System></Event>`), nil) {
			if err != nil || !r.Time.IsZero() {
				t.Errorf("%s: %v, %v", text, r, err)
			}
		}
	}
}
