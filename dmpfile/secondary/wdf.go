package secondary

import (
	"fmt"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/internal/bin"
)

// WDF is the list of drivers that are clients of the Windows Driver Framework, the framework itself first.
type WDF struct {
	Drivers []WDFDriver
}

// WDFDriver is a client, with the version of the framework that it was built for.
type WDFDriver struct {
	Name                string           // without ".sys"; at most 32 characters
	Major, Minor, Build uint32           // of the framework itself those that it is
	Globals             dmpfile.VirtAddr // of its framework globals; 0 for the framework itself
}

// wdfEntry is the length of an entry: globals u64, three u32, name of 32 bytes, and four bytes that hold nothing.
const wdfEntry = 56

// ReadWDF decodes the stream f87e4a4c. Its layout was worked out on real dumps.
func ReadWDF(b []byte) (*WDF, int, error) {
	w := &WDF{}
	s := le(b)
	off := 0
	for ; s.has(off, wdfEntry); off += wdfEntry {
		w.Drivers = append(w.Drivers, WDFDriver{
			Name: bin.ASCIIZ(b[off+0x14 : off+0x34]), Globals: dmpfile.VirtAddr(s.u64(off)),
			Major: s.u32(off + 8), Minor: s.u32(off + 12), Build: s.u32(off + 16),
		})
	}
	if off != len(b) {
		return w, off, stopped(off, "an entry of the list of drivers is cut: how many of its bytes are there", len(b)-off)
	}
	return w, off, nil
}

// Fields returns the drivers with their versions.
func (w *WDF) Fields() []Field {
	f := make([]Field, len(w.Drivers))
	for i, d := range w.Drivers {
		f[i] = textField(d.Name, fmt.Sprintf("%d.%d.%d", d.Major, d.Minor, d.Build))
	}
	return f
}
