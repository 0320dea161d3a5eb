package pe

import (
	"fmt"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/internal/bin"
)

// VersionNumber is a version of four numbers, the most significant first.
type VersionNumber [4]uint16

// String returns the numbers with dots between them, as in 10.0.19041.1110.
func (v VersionNumber) String() string { return fmt.Sprintf("%d.%d.%d.%d", v[0], v[1], v[2], v[3]) }

// Version is what the VS_FIXEDFILEINFO of the version resource says.
type Version struct {
	File    VersionNumber
	Product VersionNumber
}

// Parts of a resource directory (winnt.h): a directory is followed by entries, the named ones first; an entry leads to a directory
// or to the description of data. Offsets count from the start of the resources.
const (
	resourceDirSize   = 0x10
	resourceEntrySize = 0x8
	resourceIsDir     = 1 << 31
	resourceVersion   = 16
)

// maxResourceEntries bounds the directories on the way to the version: resource types, of which Windows defines 24, and names and
// languages of the version, of which there is one as a rule.
const maxResourceEntries = 512

// VS_VERSIONINFO: three lengths, a key, and the VS_FIXEDFILEINFO at the next multiple of 4 (verrsrc.h).
const (
	versionKey   = "VS_VERSION_INFO"
	versionKeyAt = 0x6
	fixedInfoAt  = 0x28
	fixedInfoEnd = fixedInfoAt + 0x34
)

// resources are the resources of an image.
type resources struct {
	im *Image
	Directory
}

// slice reads n bytes at an offset, all of them or none.
func (r resources) slice(off uint32, n int) ([]byte, error) {
	if uint64(off)+uint64(n) > uint64(r.Size) {
		return nil, &dmpfile.FormatError{Offset: int64(r.RVA), What: "a resource directory lies outside the resources; its offset there", Value: off}
	}
	return r.im.read("a resource directory", r.RVA+off, n)
}

// entries reads the entries of the directory at an offset. The first of them, as many as named says, have names.
func (r resources) entries(off uint32) (b []byte, named int, err error) {
	head, err := r.slice(off, resourceDirSize)
	if err != nil {
		return nil, 0, err
	}
	names, _ := bin.U16(head, 0xC)
	ids, _ := bin.U16(head, 0xE)
	n := int(names) + int(ids)
	if n > maxResourceEntries {
		return nil, 0, &dmpfile.FormatError{Offset: int64(r.RVA + off), What: "a resource directory has an impossible number of entries", Value: n}
	}
	b, err = r.slice(off+resourceDirSize, n*resourceEntrySize)
	return b, int(names), err
}

// Version returns the version of the image from its version resource, of the first name and language that it has.
func (im *Image) Version() (*Version, error) {
	d, err := im.directory(directoryResource, "the resource directory")
	if err != nil {
		return nil, err
	}
	r := resources{im, d}
	entry, err := r.versionType()
	if err != nil {
		return nil, err
	}
	for range 2 { // the levels of names and of languages
		if entry&resourceIsDir == 0 {
			return nil, &dmpfile.FormatError{Offset: int64(d.RVA), What: "the version resource has no name or language; entry", Value: entry}
		}
		b, _, err := r.entries(entry &^ resourceIsDir)
		if err != nil {
			return nil, err
		}
		next, ok := bin.U32(b, 4)
		if !ok {
			return nil, ErrNone // an empty directory
		}
		entry = next
	}
	if entry&resourceIsDir != 0 {
		return nil, &dmpfile.FormatError{Offset: int64(d.RVA), What: "the version resource is nested too deeply; entry", Value: entry}
	}
	data, err := r.slice(entry, 0x10)
	if err != nil {
		return nil, err
	}
	rva, _ := bin.U32(data, 0)
	size, _ := bin.U32(data, 4)
	return im.versionInfo(rva, size)
}

// versionType returns the entry of the root directory that leads to the version resources.
func (r resources) versionType() (uint32, error) {
	b, named, err := r.entries(0)
	if err != nil {
		return 0, err
	}
	for i := named * resourceEntrySize; i < len(b); i += resourceEntrySize {
		if id, _ := bin.U32(b, i); id == resourceVersion {
			entry, _ := bin.U32(b, i+4)
			return entry, nil
		}
	}
	return 0, ErrNone
}

// versionInfo reads the VS_VERSIONINFO at an RVA.
func (im *Image) versionInfo(rva, size uint32) (*Version, error) {
	if size < fixedInfoEnd {
		return nil, &dmpfile.FormatError{Offset: int64(rva), What: "the version resource is too short; its size", Value: size}
	}
	b, err := im.read("the version resource", rva, fixedInfoEnd)
	if err != nil {
		return nil, err
	}
	if key := bin.UTF16Z(b[versionKeyAt:fixedInfoAt]); key != versionKey {
		return nil, &dmpfile.FormatError{Offset: int64(rva) + versionKeyAt, What: "the version resource has the wrong key", Value: key}
	}
	fixed := b[fixedInfoAt:]
	if sig, _ := bin.U32(fixed, 0); sig != 0xFEEF04BD {
		return nil, &dmpfile.FormatError{Offset: int64(rva) + fixedInfoAt, What: "the version resource has no fixed part; its signature", Value: sig}
	}
	return &Version{File: versionNumber(fixed, 0x8), Product: versionNumber(fixed, 0x10)}, nil
}

// versionNumber reads two numbers of 32 bits, each with the more significant half on top.
func versionNumber(b []byte, off int) (v VersionNumber) {
	for i := range v {
		v[i], _ = bin.U16(b, off+2*(i^1))
	}
	return v
}
