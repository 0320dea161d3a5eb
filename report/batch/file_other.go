//go:build !linux && !darwin

package batch

import "os"

// rawFile is an open file that is only read.
type rawFile struct{ *os.File }

func openFile(name string) (*rawFile, error) {
	f, err := os.Open(name)
	return &rawFile{f}, err
}

func (f *rawFile) stat() (fileInfo, error) {
	info, err := f.Stat()
	if err != nil {
		return fileInfo{}, err
	}
	return fileInfo{info.Size(), info.ModTime(), info.Mode().IsRegular()}, nil
}
