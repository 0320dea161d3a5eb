package pe

import (
	"bytes"
	"strings"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/internal/bin"
)

// PDB identifies the PDB file that belongs to an image.
type PDB struct {
	Path string // as the linker wrote it: with or without folder, any bytes
	// GUID is zero in the old form of the record (NB10), which has a Signature instead.
	GUID      dmpfile.GUID
	Signature uint32 // seconds since 1970; zero in the usual form (RSDS)
	Age       uint32
}

// Name returns the file name without the folder.
func (p PDB) Name() string { return p.Path[strings.LastIndexAny(p.Path, `\/`)+1:] }

// An IMAGE_DEBUG_DIRECTORY entry (winnt.h), and its types for a CodeView record and a reproducible build.
const (
	debugEntrySize    = 0x1C
	debugCodeView     = 2
	debugReproducible = 16
)

// maxDebugEntries bounds how many entries are looked at. Real images have up to ten.
const maxDebugEntries = 64

// Lengths of CodeView records up to the name, in bytes; and more than the name of a PDB ever has.
const (
	rsdsSize    = 0x18
	nb10Size    = 0x10
	maxPDBName  = 1024
	maxCodeView = rsdsSize + maxPDBName + 1
)

// PDB returns which PDB file belongs to the image, from its debug directory.
func (im *Image) PDB() (*PDB, error) {
	d, err := im.directory(directoryDebug, "the debug directory")
	if err != nil {
		return nil, err
	}
	entries, readErr := im.read("the debug directory", d.RVA, int(min(d.Size/debugEntrySize, maxDebugEntries))*debugEntrySize)
	var first error
	for ; len(entries) >= debugEntrySize; entries = entries[debugEntrySize:] {
		if t, _ := bin.U32(entries, 0xC); t != debugCodeView {
			continue
		}
		pdb, err := im.codeView(entries)
		if err == nil {
			return pdb, nil
		}
		if first == nil && err != ErrNone {
			first = err
		}
	}
	switch {
	case first != nil:
		return nil, first
	case readErr != nil: // the record may be in the part that is missing
		return nil, readErr
	}
	return nil, ErrNone
}

// codeView reads the record of a debug directory entry.
func (im *Image) codeView(entry []byte) (*PDB, error) {
	size, _ := bin.U32(entry, 0x10)
	rva, _ := bin.U32(entry, 0x14)
	n := int(min(size, maxCodeView))
	at := int64(rva)
	var b []byte
	var err error
	if rva != 0 {
		b, err = im.read("the CodeView record", rva, n)
	} else if f, ok := im.source.(*file); ok { // a record that is never mapped has a file offset alone
		off, _ := bin.U32(entry, 0x18)
		at = int64(off)
		b, err = f.readOutside("the CodeView record", off, n)
	} else {
		return nil, ErrNone
	}
	pdb, nameAt := parseCodeView(b)
	switch {
	case pdb == nil && err != nil:
		return nil, err
	case pdb == nil:
		return nil, &dmpfile.FormatError{Offset: at, What: "the CodeView record is of an unknown form or too short; it begins", Value: string(b[:min(4, len(b))])}
	}
	name := b[nameAt:]
	end := bytes.IndexByte(name, 0)
	switch {
	case end >= 0:
		pdb.Path = string(name[:end])
	case err != nil:
		return nil, err
	case size > maxCodeView:
		return nil, &dmpfile.FormatError{Offset: at, What: "the name of the PDB does not end; size of the CodeView record", Value: size}
	default:
		pdb.Path = string(name)
	}
	return pdb, nil
}

// parseCodeView reads a record up to the name, which begins at nameAt.
func parseCodeView(b []byte) (pdb *PDB, nameAt int) {
	switch {
	case len(b) >= rsdsSize && string(b[:4]) == "RSDS":
		pdb = &PDB{GUID: dmpfile.GUID(b[0x4:0x14])}
		pdb.Age, _ = bin.U32(b, 0x14)
		return pdb, rsdsSize
	case len(b) >= nb10Size && string(b[:4]) == "NB10":
		pdb = &PDB{}
		pdb.Signature, _ = bin.U32(b, 0x8)
		pdb.Age, _ = bin.U32(b, 0xC)
		return pdb, nb10Size
	}
	return nil, 0
}
