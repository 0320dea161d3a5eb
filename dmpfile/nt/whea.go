package nt

import (
	"encoding/binary"
	"errors"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/whea"
)

// ReadErrorRecord reads a WHEA_ERROR_RECORD: its header, and what the dump has of the rest. The error is ErrNotThere where no record begins there, or
// says that the dump does not have the header. What is missing behind it the record says itself.
func ReadErrorRecord(m Memory, a dmpfile.VirtAddr) (*whea.Record, error) {
	head, err := readAll(m, a, whea.HeaderSize)
	if err != nil {
		return nil, err
	}
	if !whea.IsRecord(head) {
		return nil, ErrNotThere
	}
	const lengthAt = 0x14
	b := make([]byte, min(max(binary.LittleEndian.Uint32(head[lengthAt:]), whea.HeaderSize), whea.MaxSize))
	n, err := m.ReadVirtual(b, a)
	if errors.Is(err, ErrLimit) {
		return nil, err
	}
	r, err := whea.Read(b[:n])
	if r == nil || err != nil && len(r.Sections) == 0 && n == len(b) {
		return nil, ErrNotThere // the header is none, and nothing is missing
	}
	return r, nil
}
