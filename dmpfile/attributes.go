package dmpfile

import (
	"math/bits"
	"strconv"
	"sync"
)

// Attributes are the flag bits of a dump header. Windows 10 and later set them; class "written at the next boot" leaves filler.
type Attributes uint32

// Attribute bits with a known meaning.
const (
	HiberCrash             Attributes = 1 << iota // the crash happened while hibernating
	DumpDevicePoweredOff                          // the dump device was powered off
	InsufficientDumpfile                          // the dump file was too small for the configured dump
	KernelGeneratedTriage                         // the kernel itself wrote this triage dump
	LiveDumpGenerated                             // captured without a crash
	DumpGeneratedOffline                          // made from an offline (firmware) collection
	FilterDumpFile                                // active memory dump: some pages were filtered out
	EarlyBootCrash                                // the crash happened early in the boot
	EncryptedDumpData                             // the data after the header is encrypted
	DecryptedDump                                 // it was encrypted and is decrypted now
	_                                             // unknown
	VBSRunning                                    // likely: virtualization-based security was running
	DiagnosticDataInHeader                        // the header has a diagnostic area
)

var attributeNames = sync.OnceValue(func() map[Attributes]string {
	return map[Attributes]string{
		HiberCrash:             "hiber-crash",
		DumpDevicePoweredOff:   "dump-device-powered-off",
		InsufficientDumpfile:   "insufficient-dumpfile-size",
		KernelGeneratedTriage:  "kernel-generated-triage-dump",
		LiveDumpGenerated:      "live-dump",
		DumpGeneratedOffline:   "generated-offline",
		FilterDumpFile:         "filter-dump-file",
		EarlyBootCrash:         "early-boot-crash",
		EncryptedDumpData:      "encrypted",
		DecryptedDump:          "decrypted",
		VBSRunning:             "vbs-running",
		DiagnosticDataInHeader: "diagnostic-data",
	}
})

// Names returns a name for each set bit, lowest first; a bit without a known meaning is "bit-" and its number.
func (a Attributes) Names() []string {
	names := make([]string, 0, bits.OnesCount32(uint32(a)))
	for ; a != 0; a &= a - 1 {
		i := bits.TrailingZeros32(uint32(a))
		name, ok := attributeNames()[1<<i]
		if !ok {
			name = "bit-" + strconv.Itoa(i)
		}
		names = append(names, name)
	}
	return names
}

// Attributes returns the flag bits. A header of an impossible dump type has none: it is laid out in another way.
func (h *Header) Attributes() (Attributes, bool) {
	v, ok := h.u32(FieldAttributes)
	return Attributes(v), ok && !h.Impossible()
}

// has says whether the attributes are set at all and hold the bit.
func (h *Header) has(bit Attributes) bool {
	a, ok := h.Attributes()
	return ok && a&bit != 0
}

// Encrypted says whether the data after the header is encrypted.
func (h *Header) Encrypted() bool { return h.has(EncryptedDumpData) && !h.has(DecryptedDump) }
