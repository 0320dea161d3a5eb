package machine

import "github.com/dmplens/dmplens/dmpfile/internal/bin"

// What a Register is one of.
const (
	CPUID = 0
	MSR   = 1
)

// Register is a record of a processor's registers: an earlier sample, and one of the processor that stopped.
type Register struct {
	Kind          uint32 // CPUID or MSR
	Index         uint32 // the leaf, or the number of the register
	First, Second [4]uint32
}

// RegisterSize is the size of a record in bytes.
const RegisterSize = 40

// NextRegister returns the first record of b; ok is false where b is shorter than one.
func NextRegister(b []byte) (r Register, ok bool) {
	if len(b) < RegisterSize {
		return Register{}, false
	}
	word := func(off int) uint32 {
		v, _ := bin.U32(b, off)
		return v
	}
	r = Register{Kind: word(0), Index: word(4)}
	for i := range r.First {
		r.First[i], r.Second[i] = word(8+4*i), word(24+4*i)
	}
	return r, true
}
