package dmpfile

import "github.com/dmplens/dmplens/dmpfile/internal/bin"

// Diagnostics is the area that newer kernels (seen on build 26100) write behind the fields of a 64-bit header. The positions come
// from real dumps.
type Diagnostics struct {
	LastLine  string // the last status line of the dump writer, "Dump completed successfully."
	BuildText string // the build number as text; "" where it is filler
	Revision  uint32 // the update revision (UBR), behind the dot in 26100.4946
	Major     uint32 // 10
	Minor     uint32 // 0
	// HasRevision says whether Revision, Major and Minor are set.
	HasRevision bool
	// Offset is the file offset of LastLine.
	Offset int64
}

// Offsets in the header, and the two equal size fields at the start of the area.
const (
	diagSize      = 0x298
	diagLastLine  = 0x11F0
	diagLineSize  = 0x100
	diagBuildText = 0x12F0
	diagBuildSize = 12
	diagRevision  = 0x1300
)

// Diagnostics returns the diagnostic area, where attribute bit 12 and the size fields of the area say that there is one.
func (h *Header) Diagnostics() (Diagnostics, bool) {
	off := h.layout.offsets[fieldDiagnostics]
	if off == 0 || !h.has(DiagnosticDataInHeader) {
		return Diagnostics{}, false
	}
	size1, ok1 := h.u32At(off)
	size2, ok2 := h.u32At(off + 4)
	if !ok1 || !ok2 || size1 != size2 || size1 != diagSize {
		return Diagnostics{}, false
	}
	d := Diagnostics{Offset: diagLastLine}
	d.LastLine, _ = h.text(diagLastLine, diagLineSize)
	if _, ok := h.u32At(diagBuildText); ok {
		if b, ok := bin.Slice(h.raw, diagBuildText, diagBuildSize); ok {
			d.BuildText = bin.UTF16Z(b)
		}
	}
	revision, ok1 := h.u32At(diagRevision)
	major, ok2 := h.u32At(diagRevision + 4)
	minor, ok3 := h.u32At(diagRevision + 8)
	// The three stand together: a version other than 10 or 11 behind the revision means that these bytes are something else.
	if ok1 && ok2 && ok3 && (major == 10 || major == 11) && revision < 1<<20 {
		d.Revision, d.Major, d.Minor, d.HasRevision = revision, major, minor, true
	}
	return d, true
}
