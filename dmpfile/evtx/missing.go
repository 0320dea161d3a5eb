package evtx

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"slices"
)

// span is a chunk that has records, by its header.
type span struct {
	place                   int64  // of the chunk in the file, counted from 0
	first, last             uint64 // numbers of its records, by which Event Viewer knows them
	firstInFile, lastInFile uint64 // and their numbers in this file: those of an export by a query go on where the others have gaps
	stale                   bool   // the header does not have its checksum
}

// listChunks reads the headers of the chunks, and returns those that have records in the order of the file.
func (f *File) listChunks() ([]span, error) {
	var list []span
	var h [chunkHeaderSize]byte
	le := binary.LittleEndian
	for place, at := int64(0), f.first; at < f.size; place, at = place+1, at+chunkSize {
		n, err := f.r.ReadAt(h[:min(f.size-at, chunkHeaderSize)], at)
		if err != nil && err != io.EOF {
			return nil, fmt.Errorf("at %#x: %w", at, err)
		}
		clear(h[n:])
		used, err := checkHeader(h[:], at, f.noCheck)
		if used {
			f.Chunks++
		}
		whole := f.size-at >= chunkSize
		if err != nil || used && !whole {
			f.BadChunks++
		}
		stale := err != nil
		if stale { // what it says can be true of a chunk that Windows was writing to
			_, err = checkHeader(h[:], at, true)
		}
		if s := (span{place, le.Uint64(h[24:]), le.Uint64(h[32:]), le.Uint64(h[8:]), le.Uint64(h[16:]), stale}); used && whole && err == nil && s.sane() {
			list = append(list, s)
		}
	}
	return list, nil
}

// sane is whether the numbers of a chunk can be: one without records has others.
func (s *span) sane() bool {
	return s.first > 0 && s.first <= s.last && s.last-s.first < math.MaxUint32 && s.last < math.MaxUint64 &&
		s.firstInFile > 0 && s.firstInFile <= s.lastInFile && s.lastInFile < math.MaxUint64
}

// missing says what is certainly not in the file. counted are the chunks by the header.
func (f *File) missing(list []span, counted int64) (out []string) {
	present := slices.DeleteFunc(slices.Clone(list), func(s span) bool {
		return s.stale && f.first+s.place*chunkSize != f.Open.offset || !f.Dirty && !f.HeaderDamaged && s.place >= counted // left of an earlier use
	})
	slices.SortFunc(present, func(a, b span) int { return cmp.Compare(a.first, b.first) })
	for i := 1; i < len(present); i++ {
		a, b := present[i-1], present[i]
		if b.first <= a.last+1 || b.firstInFile <= a.lastInFile+1 {
			continue
		}
		// The last number of a chunk that Windows has open is old, so there the place of another chunk must be seen as well.
		if !f.Dirty || b.place > a.place+1 {
			out = append(out, fmt.Sprintf("%s missing: the chunk is not in the file, or is damaged", numbers(a.last+1, b.first-1)))
		}
	}
	here := int64(f.Chunks)
	room := (f.size - f.first + chunkSize - 1) / chunkSize
	if f.HeaderDamaged || here >= counted || f.Dirty && room >= counted { // a log that is not closed has old counts: they prove only that a file is cut
		return out
	}
	what := fmt.Sprintf("the header counts chunks that are not in the file: %d of %d", counted-here, counted)
	if n := len(present); !f.Dirty && n > 0 && f.Next > present[n-1].last+1 {
		what += "; " + numbers(present[n-1].last+1, f.Next-1) + " missing"
	}
	return append(out, what)
}

func numbers(first, last uint64) string {
	if first == last {
		return fmt.Sprintf("record %d is", first)
	}
	return fmt.Sprintf("records %d to %d are", first, last)
}

// OpenChunk is the chunk that Windows was writing to when a log was copied. What its header says can be older than its records, which are
// true ones where each has its size at both ends and the number after that of the one before.
type OpenChunk struct {
	Records   int    // that are read without a checksum; 0: the newest chunk is as its header says, or the log was closed
	Behind    int    // of them, those behind the end that the header gives
	LeftOut   uint64 // the number of a record behind them that is newer and does not follow: it is not read; 0: none
	Unchecked bool   // the chunk does not have its checksum

	offset int64
	first  uint64
	end    int
}

// readOpen looks for the chunk that Windows was writing to: the one with the highest numbers. Where its header does not have its checksum, its
// records must say the same.
func (f *File) readOpen(list []span) {
	list = slices.SortedFunc(slices.Values(list), func(a, b span) int { return cmp.Compare(b.first, a.first) })
	for _, s := range list[:min(len(list), 4)] {
		o, ok := f.openChunk(s)
		if ok && (o.Records > 0 || o.LeftOut > 0) {
			f.Open = o
			if s.stale && o.Records > 0 {
				f.BadChunks--
			}
		}
		if ok && o.Records > 0 || !s.stale {
			return
		}
	}
}

func (f *File) openChunk(s span) (o OpenChunk, ok bool) {
	o = OpenChunk{offset: f.first + s.place*chunkSize, first: s.first}
	data := make([]byte, chunkSize)
	if n, _ := f.r.ReadAt(data, o.offset); n < len(data) {
		return o, false // the error is given where the records are read
	}
	if used, err := checkHeader(data[:chunkHeaderSize], o.offset, true); !used || err != nil { // a file that changes
		return o, false
	}
	end := int(binary.LittleEndian.Uint32(data[48:]))
	checked := f.noCheck || data[120]&noChecksums != 0
	o.Unchecked = !checked && (s.stale || binary.LittleEndian.Uint32(data[52:]) != crc32.ChecksumIEEE(data[chunkHeaderSize:end]))
	at, next := chunkHeaderSize, s.first
	for {
		raw := frame(data, at)
		if raw == nil {
			break
		}
		if number := binary.LittleEndian.Uint64(raw[8:]); number != next {
			if number > next && at >= end {
				o.LeftOut = number
			}
			break
		}
		if at >= end {
			o.Behind++
		}
		o.Records++
		at += len(raw)
		next++
	}
	if o.end = at; !o.Unchecked {
		o.Records = o.Behind
	}
	return o, true
}
