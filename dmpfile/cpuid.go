package dmpfile

import "github.com/dmplens/dmplens/dmpfile/internal/machine"

// CPUIDLeaf is what the CPUID instruction answers to a leaf (subleaf 0).
type CPUIDLeaf struct {
	Leaf               uint32
	EAX, EBX, ECX, EDX uint32
}

var guidProcessorRegisters = mustParseGUID("d03dc06f-d88e-44c5-ba2a-fae035172d19")

const maxRegisterStream = 64 << 10

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

// decodeCPUID reads the leaves of a stream's records.
func decodeCPUID(b []byte) (leaves []CPUIDLeaf) {
	for {
		r, ok := machine.NextRegister(b)
		if !ok {
			return leaves
		}
		b = b[machine.RegisterSize:]
		if r.Kind == machine.CPUID && r.Second != [4]uint32{} {
			leaves = append(leaves, CPUIDLeaf{r.Index, r.Second[0], r.Second[1], r.Second[2], r.Second[3]})
		}
	}
}
