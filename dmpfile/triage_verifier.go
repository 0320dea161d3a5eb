package dmpfile

import (
	"strings"

	"github.com/dmplens/dmplens/dmpfile/internal/bin"
)

// Verifier is what a triage dump says of Driver Verifier: DUMP_MM_STORAGE (mindumpdef.h of the Windows Research Kernel's public headers).
type Verifier struct {
	SpecialPoolTag uint32 // of allocations that are put into special pool; 0 for none
	Level          uint32 // MmVerifyDriverLevel: the settings of Driver Verifier, 0xffffffff where it is off
	Kernel         bool   // the kernel itself is verified (KernelVerifier)
}

// verifierStorage is DUMP_MM_STORAGE64, of which the first words are the same in both sizes.
const verifierStorage = 0x50

// Verifier returns what the dump says of Driver Verifier. ok is false where it says nothing.
func (t *Triage) Verifier() (v Verifier, ok bool) {
	b, err := t.upTo(t.MmOffset, verifierStorage)
	version, _ := bin.U32(b, 0)
	size, _ := bin.U32(b, 4)
	if t.MmOffset == 0 || err != nil || len(b) < 0x18 || version != 1 || size < 0x18 || size > 0x100 {
		return v, false
	}
	v.SpecialPoolTag, _ = bin.U32(b, 0x8)
	v.Level, _ = bin.U32(b, 0x10)
	kernel, _ := bin.U32(b, 0x14)
	v.Kernel = kernel != 0 && kernel != filler32
	return v, v.Level != filler32 || v.SpecialPoolTag != filler32
}

// On says whether drivers are verified.
func (v Verifier) On() bool { return v.Level != 0 && v.Level != 0xFFFFFFFF && v.Level != filler32 }

// maxBroken bounds the name of a driver that Windows blames, in UTF-16 units.
const maxBroken = 260

// BrokenDriver returns the name of the driver that Windows itself blames (KiBugCheckDriver), "" where the dump has none.
func (t *Triage) BrokenDriver() string {
	if t.BrokenDriverOffset == 0 {
		return ""
	}
	b, err := t.upTo(t.BrokenDriverOffset, 4+2*maxBroken)
	n, ok := bin.U32(b, 0)
	if err != nil || !ok || n == 0 || n > maxBroken || 4+2*int(n) > len(b) {
		return ""
	}
	return strings.TrimRight(bin.UTF16(b[4:4+2*n]), "\x00")
}
