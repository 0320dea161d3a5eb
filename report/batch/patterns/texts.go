package patterns

import (
	"bytes"
	"hash/maphash"
)

const (
	chunk   = 1 << 20
	maxText = 1 << 12 // bytes: paths, and names of firmware and drivers, are shorter
	maxKept = 1 << 10 // chunks
)

// texts keeps many texts in few allocations, without pointers: a million of them cost little more than their bytes.
type texts struct {
	chunks [][]byte
	places []uint32 // of the texts that have numbers
	table  []int32  // their numbers by hash, never full
	seed   maphash.Seed
}

// place of a text in the chunks: two bytes of length, and its bytes.
type place uint32

// keep keeps a text.
func (t *texts) keep(s []byte) place {
	s = s[:min(len(s), maxText)]
	last := len(t.chunks) - 1
	if last < 0 || len(t.chunks[last])+2+len(s) > chunk {
		t.chunks = append(t.chunks, make([]byte, 0, chunk))
		last++
	}
	b := t.chunks[last]
	p := place(last*chunk + len(b))
	t.chunks[last] = append(append(b, byte(len(s)), byte(len(s)>>8)), s...)
	return p
}

func (t *texts) text(p place) []byte {
	b := t.chunks[p/chunk][p%chunk:]
	n := int(b[0]) | int(b[1])<<8
	return b[2 : 2+n]
}

// full says whether there is no room for more.
func (t *texts) full() bool { return len(t.chunks) > maxKept }

// number returns the number of a text, from 1; 0 is that of no text.
func (t *texts) number(s string) int32 {
	var b [256]byte
	return t.numberOf(append(b[:0], s[:min(len(s), maxText)]...))
}

// numberOf is number of the bytes of a text.
func (t *texts) numberOf(s []byte) int32 {
	s = s[:min(len(s), maxText)]
	if len(s) == 0 {
		return 0
	}
	if 4*len(t.places) >= 3*len(t.table) {
		t.grow()
	}
	i := t.slot(maphash.Bytes(t.seed, s))
	for ; t.table[i] != 0; i = (i + 1) & (len(t.table) - 1) {
		if bytes.Equal(t.text(place(t.places[t.table[i]-1])), s) {
			return t.table[i]
		}
	}
	t.places = append(t.places, uint32(t.keep(s)))
	t.table[i] = int32(len(t.places))
	return t.table[i]
}

func (t *texts) slot(hash uint64) int { return int(hash & uint64(len(t.table)-1)) }

func (t *texts) grow() {
	if len(t.table) == 0 {
		t.seed = maphash.MakeSeed()
	}
	t.table = make([]int32, max(1024, 2*len(t.table)))
	for n, p := range t.places {
		i := t.slot(maphash.Bytes(t.seed, t.text(place(p))))
		for t.table[i] != 0 {
			i = (i + 1) & (len(t.table) - 1)
		}
		t.table[i] = int32(n + 1)
	}
}

// textOf is the text with a number.
func (t *texts) textOf(n int32) []byte {
	if n == 0 {
		return nil
	}
	return t.text(place(t.places[n-1]))
}

func (t *texts) name(n int32) string { return string(t.textOf(n)) }
