package dmpfile

import "github.com/dmplens/dmplens/dmpfile/internal/bin"

// CPUID is what a processor answered to the CPUID instruction, twice: at an earlier time, on whichever processor, and on the one that stopped
// the system.
type CPUID struct {
	Leaf             uint32
	Earlier, Stopped CPUIDRegisters
}

// CPUIDRegisters are what a leaf of CPUID answers.
type CPUIDRegisters struct{ EAX, EBX, ECX, EDX uint32 }

// CPUID returns the leaves that Windows kept in the secondary data, in its order; none where it has no such stream. The layout of the stream is
// not published: records of 40 bytes, which begin with 0 for CPUID and 1 for a model-specific register (seen in 73 dumps of builds 9600 to
// 26100).
func (f *File) CPUID() []CPUID {
	const record, isCPUID = 0x28, 0
	for _, s := range f.Secondary().Streams {
		if s.GUID != guidCPURegisters {
			continue
		}
		b := make([]byte, min(s.Size, maxHardwareStream))
		if _, err := f.ReadCached(b, s.Offset); err != nil {
			return nil
		}
		var leaves []CPUID
		for ; len(b) >= record; b = b[record:] {
			if kind, _ := bin.U32(b, 0); kind != isCPUID {
				continue
			}
			leaf, _ := bin.U32(b, 4)
			leaves = append(leaves, CPUID{leaf, cpuidRegisters(b[0x8:]), cpuidRegisters(b[0x18:])})
		}
		return leaves
	}
	return nil
}

func cpuidRegisters(b []byte) (r CPUIDRegisters) {
	r.EAX, _ = bin.U32(b, 0)
	r.EBX, _ = bin.U32(b, 4)
	r.ECX, _ = bin.U32(b, 8)
	r.EDX, _ = bin.U32(b, 12)
	return r
}
