//go:build !linux && !darwin

package dmpfile

import "os"

// RegularFile is an open file that is only read. Its methods are safe for concurrent use.
type RegularFile struct{ f *os.File }

func openRegular(name string) (*RegularFile, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	return &RegularFile{f}, nil
}

// Close closes the file. It must not be called while the file is read.
func (f *RegularFile) Close() error { return f.f.Close() }

// ReadAt is that of an io.ReaderAt. Errors other than io.EOF are of type *os.PathError.
func (f *RegularFile) ReadAt(p []byte, off int64) (int, error) { return f.f.ReadAt(p, off) }

// Stat asks again what is known of the open file.
func (f *RegularFile) Stat() (FileInfo, error) {
	info, err := f.f.Stat()
	if err != nil {
		return FileInfo{}, err
	}
	return FileInfo{info.Size(), -1, info.ModTime(), info.Mode()}, nil
}
