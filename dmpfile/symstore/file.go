package symstore

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/pdb"
	"github.com/dmplens/dmplens/dmpfile/pe"
)

// File is an open image or PDB whose identity is right. It is safe for concurrent use. The caller closes it.
type File struct {
	Name  string    // where it is; of a file in a cabinet, where that is
	Size  int64     // in bytes
	Image *pe.Image // what was identified, until the File is closed; nil for a PDB

	r     io.ReaderAt
	close func() error
}

// ReadAt is that of an io.ReaderAt.
func (f *File) ReadAt(p []byte, off int64) (int, error) { return f.r.ReadAt(p, off) }

// Close closes the file. What a cabinet was expanded into is removed.
func (f *File) Close() error { return f.close() }

// Refused says why what was found at a place is not the file that was asked for, or why a server failed.
type Refused struct {
	Place string // a file, or the address of a server, without a password
	Err   error
}

func (e *Refused) Error() string { return e.Place + ": " + e.Err.Error() }
func (e *Refused) Unwrap() error { return e.Err }

// NotFoundError says that no place has a file, and what was refused. It is fs.ErrNotExist unless a server failed, which can have the file.
type NotFoundError struct {
	ID      ID
	Refused []*Refused
	Failed  bool // a server could not be asked
}

func (e *NotFoundError) Error() string {
	var b strings.Builder
	if e.Failed {
		fmt.Fprintf(&b, "%s could not be asked for", e.ID)
	} else {
		fmt.Fprintf(&b, "%s was not found", e.ID)
	}
	said := make(map[string]bool) // a server answers alike for every spelling and form
	for _, r := range e.Refused {
		if text := r.Error(); !said[text] {
			said[text] = true
			b.WriteString("; " + text)
		}
	}
	return b.String()
}

// Is makes it fs.ErrNotExist.
func (e *NotFoundError) Is(target error) bool { return target == fs.ErrNotExist && !e.Failed }

// mismatch says that a file is another one of its kind.
type mismatch struct{ what, got, want string }

func (e *mismatch) Error() string {
	return fmt.Sprintf("it is another file: its %s is %s, not %s", e.what, e.got, e.want)
}

// identify checks that a file is what id says, and keeps what was read of it.
func (f *File) identify(id ID) error {
	if id.isPDB {
		return f.identifyPDB(id.pdb)
	}
	im, err := pe.NewFile(f.r, f.Size)
	var format *dmpfile.FormatError
	switch {
	case errors.As(err, &format) && format.Offset > 0:
		return fmt.Errorf("it is a damaged image: %w", err)
	case errors.As(err, &format):
		return fmt.Errorf("it is no image, but %s", describe(f.r, f.Size))
	case err != nil:
		return err
	case im.TimeDateStamp != id.timeDateStamp:
		return &mismatch{"time stamp", fmt.Sprintf("%#x", im.TimeDateStamp), fmt.Sprintf("%#x", id.timeDateStamp)}
	case im.SizeOfImage != id.sizeOfImage:
		return &mismatch{"size", fmt.Sprintf("%#x", im.SizeOfImage), fmt.Sprintf("%#x", id.sizeOfImage)}
	}
	for _, s := range im.Sections {
		if end := int64(s.FileOffset) + int64(s.FileSize); s.FileSize > 0 && end > f.Size {
			return fmt.Errorf("it is cut short: %d bytes of at least %d", f.Size, end)
		}
	}
	f.Image = im
	return nil
}

// identifyPDB checks the GUID and the ages of a PDB.
func (f *File) identifyPDB(want pe.PDB) error {
	if want.Signature != 0 {
		return errors.New("PDBs that have a signature, not a GUID, are not read")
	}
	guid, info, dbi, err := pdb.Identify(f.r, f.Size)
	switch {
	case err != nil:
		return err
	case guid != want.GUID:
		return &mismatch{"GUID", guid.String(), want.GUID.String()}
	case f.isCutPDB():
		return errors.New("it is cut short")
	case info != want.Age && dbi != want.Age:
		return &mismatch{"age", fmt.Sprintf("%d, that of its debug information %d", info, dbi), fmt.Sprint(want.Age)}
	}
	return nil
}

// isCutPDB says whether a PDB is shorter than the blocks that it counts at its beginning.
func (f *File) isCutPDB() bool {
	b := make([]byte, 12) // the size of a block, which list of free blocks is used, how many blocks there are
	_, err := f.r.ReadAt(b, 0x20)
	return err == nil && int64(binary.LittleEndian.Uint32(b))*int64(binary.LittleEndian.Uint32(b[8:])) > f.Size
}

const htmlPage = "an HTML page"

// ErrPage says that a server answered with a page for people, not with a file or that there is none.
var ErrPage = errors.New("it answers with an HTML page (a login, or a proxy?)")

// isPage says whether the first bytes of an answer are those of a page for people.
func isPage(head []byte) bool { return describe(bytes.NewReader(head), int64(len(head))) == htmlPage }

// describe says what a file is that is not what it should be.
func describe(r io.ReaderAt, size int64) string {
	head := make([]byte, min(size, 0x2100))
	n, _ := r.ReadAt(head, 0)
	_, err := dmpfile.NewHead(head[:n], size)
	var not *dmpfile.NotDumpError
	if !errors.As(err, &not) {
		return "a dump"
	}
	switch not.What {
	case dmpfile.Empty:
		return "an empty file"
	case dmpfile.HTML:
		return htmlPage
	case dmpfile.Text:
		return fmt.Sprintf("text, which begins %q", head[:min(n, 60)])
	case dmpfile.Unknown, "":
		return fmt.Sprintf("something that begins % x", head[:min(n, 8)])
	}
	return "a file of the kind " + string(not.What)
}
