package pe_test

import (
	"bytes"
	"testing"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/pe"
)

// flat is a mapped image without holes, as cheap to read as memory can be.
type flat []byte

func (m flat) ReadVirtual(p []byte, a dmpfile.VirtAddr) (int, error) {
	return copy(p, m[a-kernelBase:]), nil
}

func identify(b *testing.B, open func() (*pe.Image, error)) {
	b.ReportAllocs()
	for b.Loop() {
		im, err := open()
		if err != nil {
			b.Fatal(err)
		}
		if _, err := im.PDB(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkIdentityMapped(b *testing.B) {
	m := flat(driver.Mapped().Data())
	identify(b, func() (*pe.Image, error) { return pe.NewMapped(m, kernelBase, uint32(len(m))) })
}

func BenchmarkIdentityFile(b *testing.B) {
	data := driver.File().Data()
	identify(b, func() (*pe.Image, error) { return pe.NewFile(bytes.NewReader(data), int64(len(data))) })
}
