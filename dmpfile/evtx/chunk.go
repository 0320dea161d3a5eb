package evtx

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/internal/bin"
)

const (
	chunkSize       = 0x10000
	chunkHeaderSize = 0x200
	recordHeader    = 24 // signature, size, number, time
	recordOverhead  = recordHeader + 4

	noChecksums = 4 // a flag, of a file or a chunk
)

// chunk is one chunk of the file in memory, with what its records share.
type chunk struct {
	offset    int64 // in the file
	data      []byte
	end       int    // of its records
	next      uint64 // the number that its next record must have; 0: any
	templates map[uint32]*template
	names     map[uint32]string
	ops       []op // of all its templates
	cost      int  // of the compiled templates
	steps     int  // in building its records
	values    []value
}

// read reads the chunk at an offset of the file. No error and false: there is none there, only zeros. The checksums of an open chunk are old,
// and are not asked for.
func (c *chunk) read(r io.ReaderAt, offset int64, noCheck, open bool) (bool, error) {
	c.offset, c.next = offset, 0
	noCheck = noCheck || open
	clear(c.templates)
	clear(c.names)
	c.ops = c.ops[:0]
	c.cost, c.steps = 0, 0
	n, err := r.ReadAt(c.data, offset)
	if n < len(c.data) && err != io.EOF {
		return false, fmt.Errorf("at %#x: %w", offset, err)
	}
	clear(c.data[n:])
	used, err := checkHeader(c.data[:chunkHeaderSize], offset, noCheck)
	if !used || err != nil {
		return false, err
	}
	if n < len(c.data) {
		return false, &dmpfile.FormatError{Offset: offset, What: "the file ends inside a chunk, of which it has so many bytes", Value: n}
	}
	c.end = int(binary.LittleEndian.Uint32(c.data[48:]))
	if !noCheck && c.data[120]&noChecksums == 0 {
		if sum := binary.LittleEndian.Uint32(c.data[52:]); sum != crc32.ChecksumIEEE(c.data[chunkHeaderSize:c.end]) {
			return false, &dmpfile.FormatError{Offset: offset, What: "the records of a chunk do not have its checksum", Value: sum}
		}
	}
	return true, nil
}

// checkHeader checks the header of a chunk. A header of zeros is no chunk, and no error.
func checkHeader(h []byte, offset int64, noCheck bool) (used bool, err error) {
	if !bytes.HasPrefix(h, []byte("ElfChnk\x00")) {
		if len(bytes.TrimLeft(h, "\x00")) == 0 {
			return false, nil
		}
		return true, &dmpfile.FormatError{Offset: offset, What: "a chunk begins with other bytes than ElfChnk", Value: string(h[:8])}
	}
	if !noCheck && h[120]&noChecksums == 0 {
		sum := crc32.Update(crc32.ChecksumIEEE(h[:120]), crc32.IEEETable, h[128:])
		if want := binary.LittleEndian.Uint32(h[124:]); sum != want {
			return true, &dmpfile.FormatError{Offset: offset, What: "the header of a chunk does not have its checksum", Value: want}
		}
	}
	if end := binary.LittleEndian.Uint32(h[48:]); end < chunkHeaderSize || end > chunkSize {
		return true, &dmpfile.FormatError{Offset: offset + 48, What: "the records of a chunk end outside it", Value: end}
	}
	return true, nil
}

// records goes through the records of the chunk until yield returns false. It returns whether to go on with the next chunk.
func (c *chunk) records(b *builder, want func(provider string, id uint16) bool, yield func(*Record, error) bool) bool {
	b.size = 0
	for at := chunkHeaderSize; at < c.end; {
		size, _ := bin.U32(c.data, at+4)
		raw := frame(c.data[:c.end], at)
		if raw == nil {
			return yield(nil, c.errorf(at, "no record is where one should be", size))
		}
		if number := binary.LittleEndian.Uint64(raw[8:]); c.next != 0 && number != c.next {
			return yield(nil, c.errorf(at, "the record is not the one that follows: its number", uint32(number)))
		} else if c.next != 0 {
			c.next++
		}
		r, err := c.record(b, at, len(raw), want)
		if (r != nil || err != nil) && !yield(r, err) {
			return false
		}
		if b.size > maxText || c.steps > maxSteps {
			return true
		}
		at += len(raw)
	}
	return true
}

// frame returns the bytes of the record at an offset, nil where none is there: its size stands at both ends.
func frame(data []byte, at int) []byte {
	size, _ := bin.U32(data, at+4)
	raw, ok := bin.Slice(data, at, int(size))
	if !ok || len(raw) < recordOverhead || string(raw[:4]) != "**\x00\x00" || !bytes.Equal(raw[4:8], raw[len(raw)-4:]) {
		return nil
	}
	return raw
}

// record builds the record at an offset; nil where nobody wants it.
func (c *chunk) record(b *builder, at, size int, want func(provider string, id uint16) bool) (*Record, error) {
	t, values, err := c.fragment(at+recordHeader, at+size-4, c.values[:0], true)
	if err != nil {
		return nil, err
	}
	c.values = values
	early := false
	if want != nil {
		provider, ok := c.providerName(t.provider, values)
		id, ok2 := c.eventID(t.id, values)
		if early = ok && ok2; early && !want(provider, id) {
			return nil, nil
		}
	}
	b.reset()
	if err := c.build(b, t, values, 0); err != nil {
		if _, ok := errors.AsType[*dmpfile.FormatError](err); !ok {
			err = fmt.Errorf("at %#x: %w", c.offset+int64(at), err)
		}
		return nil, err
	}
	r := b.record
	if want != nil && !early && !want(r.Provider, r.ID) {
		return nil, nil
	}
	if r.Number == 0 {
		r.Number = binary.LittleEndian.Uint64(c.data[at+8:])
	}
	if r.Time.IsZero() {
		r.Time, _ = bin.EventTime(binary.LittleEndian.Uint64(c.data[at+16:]))
	}
	return r, nil
}

// providerName returns the provider of a record without building it.
func (c *chunk) providerName(s source, values []value) (string, bool) {
	if !s.known || !s.isSub {
		return s.text, s.known
	}
	if int(s.sub) >= len(values) || values[s.sub].typ != typeString {
		return "", false
	}
	return bin.UTF16Z(c.bytes(values[s.sub])), true
}

// eventID returns the id of a record without building it.
func (c *chunk) eventID(s source, values []value) (uint16, bool) {
	if !s.known || !s.isSub {
		return uint16(number(s.text, 16)), s.known
	}
	if int(s.sub) >= len(values) || values[s.sub].typ != typeUint16 || values[s.sub].size != 2 {
		return 0, false
	}
	return uint16(integer(c.bytes(values[s.sub]))), true
}
