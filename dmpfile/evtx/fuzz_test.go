package evtx

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/dmplens/dmplens/dmpfile/dmptest"
)

// check holds what is true of any record.
func check(t *testing.T, r *Record, err error) {
	t.Helper()
	if (r == nil) != (err != nil) {
		t.Fatalf("%v, %v", r, err)
	}
	if err != nil {
		return
	}
	size := 0
	for _, f := range r.Data {
		size += len(f.Name) + len(f.Value)
	}
	if len(r.Data) > maxFields || len(r.Binary) > maxText || size > maxFields*maxName*4+maxText {
		t.Fatalf("%d fields, %d bytes of text, %d of data", len(r.Data), size, len(r.Binary))
	}
}

// FuzzNewFile changes bytes of a log and makes its checksums right again: with wrong ones hardly anything is read.
func FuzzNewFile(f *testing.F) {
	whole := logWith([]dmptest.EVTXRecord{power, crash, started, pnp, direct, power}).Data()
	whole2 := logOf(valueTests...)
	f.Add(false, whole[:0x200])
	open := dmptest.EVTX{Dirty: true, Chunks: [][]dmptest.EVTXRecord{{power}, {crash, started}}}.Image()
	open.PutU32(0x11034, 1)
	f.Add(false, open.Data())
	f.Add(true, []byte{0x22, 0x02, 0xFF, 0x4D, 0x02, 0x99})
	f.Add(true, bytes.Repeat([]byte{0x00, 0x03, 0x0C}, 40))
	f.Fuzz(func(t *testing.T, values bool, changes []byte) {
		if raw, err := NewFile(bytes.NewReader(changes), int64(len(changes))); err == nil {
			for r, err := range raw.Records(nil) {
				check(t, r, err)
			}
		}
		data := bytes.Clone(whole)
		if values {
			data = bytes.Clone(whole2)
		}
		for range min(64, len(changes)/3) { // two bytes say which byte of the chunk, one what it becomes
			data[0x1000+int(binary.LittleEndian.Uint16(changes))] = changes[2]
			changes = changes[3:]
		}
		m := dmptest.Load(data)
		dmptest.SealEVTX(m)
		for r, err := range openLog(t, m.Data()).Records(nil) {
			check(t, r, err)
		}
		n := 0
		for r, err := range openLog(t, m.Data()).Records(func(_ string, id uint16) bool { n++; return id == 1001 }) {
			check(t, r, err)
			if err == nil && r.ID != 1001 {
				t.Fatalf("nobody wants %d", r.ID)
			}
		}
		if n > 0x10000/recordOverhead {
			t.Fatalf("%d records in a chunk", n)
		}
	})
}

func FuzzReadXML(f *testing.F) {
	f.Add([]byte(event + userEvent))
	f.Add([]byte(inUTF16(event, binary.LittleEndian, true)))
	f.Add([]byte(inUTF16(userEvent, binary.BigEndian, true)[:99]))
	f.Add([]byte("<Event><Event a='b'></Event></Event> <Event"))
	f.Fuzz(func(t *testing.T, data []byte) {
		IsXML(data)
		n := 0
		for r, err := range ReadXML(bytes.NewReader(data), nil) {
			check(t, r, err)
			n++
		}
		if n > 1+len(data)/len(eventOpen) {
			t.Fatalf("%d events in %d bytes", n, len(data))
		}
	})
}
