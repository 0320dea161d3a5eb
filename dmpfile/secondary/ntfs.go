package secondary

import (
	"fmt"
	"time"

	"github.com/dmplens/dmplens/dmpfile"
)

// NTFS is what the file system noted of operations that took long. In all real dumps that were seen it noted none, so what a record holds besides its
// head is not known.
type NTFS struct {
	Time    time.Time
	Slots   []NTFSSlot   // operations that run; those that are used
	Records []NTFSRecord // of slow operations
}

// NTFSSlot is an operation that runs.
type NTFSSlot struct {
	IRP, SCB, Thread dmpfile.VirtAddr
}

// NTFSRecord is a noted operation.
type NTFSRecord struct {
	Kind   uint16 // 1 is slow I/O, 2 an oplock
	Length uint16 // in bytes
	Offset int    // in the stream
}

// Offsets in a stream of NTFS, and sizes.
const (
	ntfsSize      = 0x02 // of the stream in bytes; version 0 is before it
	ntfsFirst     = 0x04 // offset of the first record
	ntfsTime      = 0x08
	ntfsSlotCount = 0x10
	ntfsSlots     = 0x12 // offset of the slots
	ntfsHeader    = 0x14
	ntfsSlot      = 0x20
	ntfsRecord    = 6 // kind, length, offset of the next one
)

// ReadNTFS reads a stream 00afe9c4.
func ReadNTFS(b []byte) (*NTFS, int, error) {
	d := le(b)
	n := &NTFS{}
	if !d.has(0, ntfsHeader) {
		return n, 0, stopped(0, "the stream ends in the header of the NTFS record: its size in bytes", len(b))
	}
	if v := d.u16(0); v != 0 {
		return n, 0, stopped(0, "no version of the NTFS record that is known", v)
	}
	n.Time = d.time(ntfsTime)
	size := int(d.u16(ntfsSize))
	if size < ntfsHeader || size > len(b) {
		return n, ntfsSize, stopped(ntfsSize, "the record's size does not fit into the stream", size)
	}
	slots, count := int(d.u16(ntfsSlots)), int(d.u16(ntfsSlotCount))
	if slots+count*ntfsSlot > size {
		return n, ntfsSlotCount, stopped(ntfsSlotCount, "the slots do not fit into the record: their number", count)
	}
	for at := slots; at < slots+count*ntfsSlot; at += ntfsSlot {
		s := NTFSSlot{dmpfile.VirtAddr(d.u64(at)), dmpfile.VirtAddr(d.u64(at + 8)), dmpfile.VirtAddr(d.u64(at + 16))}
		if s != (NTFSSlot{}) {
			n.Slots = append(n.Slots, s)
		}
	}
	// Each record has the offset of the next one, which lies behind it, so that there is an end.
	for from, at := ntfsFirst, int(d.u16(ntfsFirst)); at != 0; {
		if at < ntfsHeader || at+ntfsRecord > size {
			return n, from, stopped(from, "a record of NTFS lies outside: its offset", at)
		}
		r := NTFSRecord{Kind: d.u16(at), Length: d.u16(at + 2), Offset: at}
		if r.Kind == 0 {
			break
		}
		n.Records = append(n.Records, r)
		from = at + 4
		next := int(d.u16(from))
		if next != 0 && next < at+ntfsRecord {
			return n, from, stopped(from, "the next record of NTFS is not behind this one", next)
		}
		at = next
	}
	m, err := whole(b, size)
	return n, m, err
}

// Fields is all of it.
func (n *NTFS) Fields() []Field {
	f := addTime(nil, "time", n.Time)
	f = append(f, countField("operations in progress", uint64(len(n.Slots))))
	for _, s := range n.Slots {
		f = addGroup(f, "operation", []Field{addressField("IRP", s.IRP), addressField("SCB", s.SCB), addressField("thread", s.Thread)})
	}
	f = append(f, countField("records", uint64(len(n.Records))))
	for _, r := range n.Records {
		kind := fmt.Sprintf("kind %d", r.Kind)
		switch r.Kind {
		case 1:
			kind = "slow I/O"
		case 2:
			kind = "oplock"
		}
		f = append(f, Field{Name: "record", Value: kind, Fields: []Field{countField("size", uint64(r.Length)), hexField("offset", uint64(r.Offset))}})
	}
	return f
}
