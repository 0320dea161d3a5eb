package dmptest

import (
	"compress/gzip"
	"io"
	"os"
)

// ReadPacked reads a sample that is kept as gzip.
func ReadPacked(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r, err := gzip.NewReader(f)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}
