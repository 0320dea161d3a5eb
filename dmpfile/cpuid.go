package dmpfile

import "github.com/dmplens/dmplens/dmpfile/internal/bin"

// CPUIDLeaf is what the CPUID instruction answers to a leaf (subleaf 0).
type CPUIDLeaf struct {
	Leaf               uint32
	EAX, EBX, ECX, EDX uint32
}

var guidProcessorRegisters = mustParseGUID("d03dc06f-d88e-44c5-ba2a-fae035172d19")

const (
	registerRecord    = 40 // a kind, an index, and two samples of 16 bytes
	maxRegisterStream = 64 << 10
)

// CPUID returns the leaves that the secondary data has of the processor that stopped, nil where it has none. They are in no certain order.
// (The records also hold an earlier sample, of a processor that need not be the same; where the later one is empty, the leaf is left out.)
func (f *File) CPUID() []CPUIDLeaf {
	for _, s := range f.Secondary().Streams {
		if s.GUID != guidProcessorRegisters || s.Size > maxRegisterStream {
			continue
		}
		b := make([]byte, s.Size)
		if _, err := f.ReadAt(b, s.Offset); err != nil {
			return nil
		}
		return decodeCPUID(b)
	}
	return nil
}

// decodeCPUID reads the records of a stream: {0 for CPUID or 1 for an MSR, index, sample, sample}.
func decodeCPUID(b []byte) (leaves []CPUIDLeaf) {
	for ; len(b) >= registerRecord; b = b[registerRecord:] {
		word := func(off int) uint32 {
			v, _ := bin.U32(b, off)
			return v
		}
		l := CPUIDLeaf{Leaf: word(4), EAX: word(24), EBX: word(28), ECX: word(32), EDX: word(36)}
		if word(0) == 0 && l != (CPUIDLeaf{Leaf: l.Leaf}) {
			leaves = append(leaves, l)
		}
	}
	return leaves
}
