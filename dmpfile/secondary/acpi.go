package secondary

import (
	"strings"

	"github.com/dmplens/dmplens/dmpfile/internal/bin"
)

// ACPI are the firmware's ACPI tables, each cut by Windows to its begin.
type ACPI struct {
	Tables     []ACPITable
	ProductKey string // private: the product key of Windows in the table MSDM; "" where there is none or it is cut off
}

// ACPITable is the begin of a table. What is cut off is empty.
type ACPITable struct {
	Signature string // "FACP", "SSDT" ...
	Length    uint32 // of the whole table in bytes
	Kept      int    // how many of them the stream has
	Revision  uint8
	OEM       string // who made the table
	OEMTable  string
	Creator   string // the tool that made it
}

// Offsets in a table's header, and in the table MSDM (Microsoft's "Microsoft Software Licensing Tables").
const (
	acpiHeader    = 36
	acpiLength    = 4
	acpiRevision  = 8
	acpiOEM       = 10
	acpiOEMTable  = 16
	acpiCreator   = 28
	msdmKeyLength = 0x34
	msdmKey       = 0x38
	keyLength     = 29
)

// maxACPITables bounds how many tables there are: real streams have up to 30.
const maxACPITables = 512

// ReadACPI reads a stream e83b40d2: tables one behind the other. Windows keeps no more than four bytes a table that it found, and of an SSDT only the
// header, so the number of tables says where each ends. (Every SSDT is the first one: Windows asks for each by its name.)
func ReadACPI(b []byte) (*ACPI, int, error) {
	a := &ACPI{}
	if len(b) == 0 {
		return a, 0, nil
	}
	count := acpiCount(b)
	if count == 0 {
		return a, 0, stopped(0, "no number of ACPI tables fits the stream: its size in bytes", len(b))
	}
	for at := 0; at < len(b); {
		kept := acpiKept(b[at:], count)
		a.take(b[at : at+kept])
		at += kept
	}
	return a, len(b), nil
}

// acpiCount is the number of tables with which they fill the stream, 0 where none does. Where more than one does, the smallest counts.
func acpiCount(b []byte) int {
	for count := 2; count <= maxACPITables && 8*count <= len(b); count++ {
		at, n := 0, 0
		for n < count && at < len(b) {
			kept := acpiKept(b[at:], count)
			if kept == 0 {
				break
			}
			at += kept
			n++
		}
		if at == len(b) && n == count {
			return count
		}
	}
	return 0
}

// acpiKept is how many bytes the stream has of the table that b begins with, where it has that many tables; 0 where b begins with none.
func acpiKept(b []byte, count int) int {
	length, ok := bin.U32(b, acpiLength)
	if !ok || length < 8 {
		return 0
	}
	for _, c := range b[:4] {
		if c < ' ' || c > '~' {
			return 0
		}
	}
	kept := int(min(int64(length), 4*int64(count)))
	if string(b[:4]) == "SSDT" {
		kept = min(kept, acpiHeader)
	}
	if kept > len(b) {
		return 0
	}
	return kept
}

// take adds a table.
func (a *ACPI) take(b []byte) {
	d := le(b)
	t := ACPITable{Signature: string(b[:4]), Length: d.u32(acpiLength), Kept: len(b), Revision: d.u8(acpiRevision)}
	text := func(off, n int) string {
		if part, ok := bin.Slice(b, off, n); ok {
			return strings.TrimSpace(bin.ASCIIZ(part))
		}
		return ""
	}
	t.OEM, t.OEMTable, t.Creator = text(acpiOEM, 6), text(acpiOEMTable, 8), text(acpiCreator, 4)
	a.Tables = append(a.Tables, t)
	if t.Signature == "MSDM" && d.u32(msdmKeyLength) == keyLength {
		if key := text(msdmKey, keyLength); len(key) == keyLength {
			a.ProductKey = key
		}
	}
}

// Fields is all of it.
func (a *ACPI) Fields() []Field {
	var f []Field
	for _, t := range a.Tables {
		table := addText(nil, "OEM", t.OEM)
		table = addText(table, "OEM table", t.OEMTable)
		table = addText(table, "creator", t.Creator)
		table = append(table, countField("revision", uint64(t.Revision)), countField("size", uint64(t.Length)), countField("kept", uint64(t.Kept)))
		f = append(f, Field{Name: "table", Value: t.Signature, Fields: table})
	}
	return addPrivate(f, "product key", a.ProductKey)
}
