package pe_test

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/dmptest"
	"github.com/dmplens/dmplens/dmpfile/pe"
)

const kernelBase dmpfile.VirtAddr = 0xFFFFF80312400000

// memory is a mapped image at a base, some pages of which (by number) are not in the dump.
type memory struct {
	base  dmpfile.VirtAddr
	data  []byte
	holes map[int]bool
}

func (m memory) ReadVirtual(p []byte, a dmpfile.VirtAddr) (n int, err error) {
	for ; n < len(p); n++ {
		at := int(a - m.base + dmpfile.VirtAddr(n))
		if at < 0 || at >= len(m.data) || m.holes[at/dmpfile.PageSize] {
			return n, &dmpfile.NotInDumpError{Address: a + dmpfile.VirtAddr(n)}
		}
		p[n] = m.data[at]
	}
	return n, nil
}

func openMapped(data []byte, holes ...int) (*pe.Image, error) {
	m := memory{kernelBase, data, map[int]bool{}}
	for _, h := range holes {
		m.holes[h] = true
	}
	return pe.NewMapped(m, kernelBase, uint32(len(data)))
}

func openFile(data []byte) (*pe.Image, error) {
	return pe.NewFile(bytes.NewReader(data), int64(len(data)))
}

// opened returns an image that must open.
func opened(im *pe.Image, err error) *pe.Image {
	if err != nil {
		panic(err)
	}
	return im
}

// layouts opens the image in memory and in a file, each patched: patch gets the offset of a section in that layout.
func layouts(p dmptest.PE, patch func(m *dmptest.Image, section func(string) int)) map[string]*pe.Image {
	mapped, file := p.Mapped(), p.File()
	if patch != nil {
		patch(mapped, func(s string) int { rva, _ := p.Section(s); return rva })
		patch(file, func(s string) int { _, off := p.Section(s); return off })
	}
	return map[string]*pe.Image{
		"mapped": opened(openMapped(mapped.Data())),
		"file":   opened(openFile(file.Data())),
	}
}

var (
	guid = [16]byte{0xDB, 0xFD, 0x19, 0x1C, 0xBB, 0x27, 0x99, 0x33, 0xD9, 0xB4, 0x59, 0x73, 0xEF, 0xEA, 0xFC, 0xF3}

	driver = dmptest.PE{
		TimeDateStamp: 0xC9C03000, CheckSum: 0x4B1D2, EntryPoint: 0x1010, ImageBase: 0x1C0000000,
		Sections: []dmptest.PESection{
			{Name: ".text", Data: bytes.Repeat([]byte("\x48\x89\x5C\x24"), 0x500), Characteristics: 0x68000020},
			{Name: ".data", Data: []byte("initialised"), Size: 0x2345, Characteristics: 0xC8000040},
			{Name: "PAGELONG", Data: bytes.Repeat([]byte{0xCC}, 0x1000), Characteristics: 0x60000020},
		},
		Exceptions: bytes.Repeat([]byte{0x10, 0x20, 0, 0, 0x30, 0x20, 0, 0, 0, 0x30, 0, 0}, 100),
		CodeView:   dmptest.RSDS(guid, 1, "amdppm.pdb"),
		Version:    dmptest.VersionInfo([4]uint16{10, 0, 19041, 1110}, [4]uint16{10, 1, 65535, 2}),
	}
)

// expect compares two values.
func expect(t rapid.TB, what string, got, want any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}

// failure names an error by its kind and place.
func failure(err error) string {
	var format *dmpfile.FormatError
	var absent *dmpfile.NotInDumpError
	switch {
	case err == nil:
		return ""
	case err == pe.ErrNone:
		return "none"
	case errors.As(err, &format):
		return fmt.Sprintf("format %#x", format.Offset)
	case errors.As(err, &absent):
		return fmt.Sprintf("absent %#x", uint64(absent.Address-kernelBase))
	}
	return err.Error()
}
