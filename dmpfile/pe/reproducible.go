package pe

import (
	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/internal/bin"
)

// Reproducible says whether the image is a reproducible build, by its debug directory: such a linker leaves an entry of type REPRO, and
// the time stamp of the header is a hash. An image without a debug directory is none. Where the directory cannot be read whole, or is
// none any more, the error says why, since the entry may be what is missing.
func (im *Image) Reproducible() (bool, error) {
	d, err := im.directory(directoryDebug, "the debug directory")
	if err == ErrNone {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	n := d.Size / debugEntrySize
	entries, readErr := im.read("the debug directory", d.RVA, int(min(n, maxDebugEntries))*debugEntrySize)
	for at := int64(d.RVA); len(entries) >= debugEntrySize; at, entries = at+debugEntrySize, entries[debugEntrySize:] {
		reserved, _ := bin.U32(entries, 0)
		t, _ := bin.U32(entries, 0xC)
		switch {
		case reserved != 0 || t == 0 || t > maxDebugType: // memory that Windows took back, once the driver had started
			return false, &dmpfile.FormatError{Offset: at, What: "this is no entry of a debug directory; its type", Value: t}
		case t == debugReproducible:
			return true, nil
		}
	}
	switch {
	case readErr != nil:
		return false, readErr
	case n == 0 || n > maxDebugEntries:
		return false, &dmpfile.FormatError{Offset: int64(d.RVA), What: "an impossible length of a debug directory", Value: d.Size}
	}
	return false, nil
}

// maxDebugType is above the types of debug directory entries that are defined, which end with 20.
const maxDebugType = 0xFF
