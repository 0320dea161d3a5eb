package analyze

import (
	"encoding/hex"
	"errors"
	"os"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/nt"
	"github.com/dmplens/dmplens/report"
)

// ReadMemory reads memory of the dumped machine from a virtual address of the kernel on, or with physical from a physical one on. It
// returns how many bytes it read before the first that is not there; the error says why that is not there, or that the dump has no such
// memory at all, which reading no bytes tells too.
func (d *Dump) ReadMemory(p []byte, address uint64, physical bool) (n int, err error) {
	switch {
	case d.other != nil:
		return 0, d.other
	case physical && d.f.Triage != nil:
		return 0, errNoPhysical
	case physical && len(p) == 0:
		return 0, nil
	case physical:
		return d.f.ReadPhysical(p, dmpfile.PhysAddr(address))
	case d.virtual == nil:
		if d.virtual, err = nt.KernelMemory(d.f); err != nil {
			return 0, err
		}
	}
	return d.virtual.ReadVirtual(p, dmpfile.VirtAddr(address))
}

var errNoPhysical = errors.New("a triage dump holds no physical memory: leave out --physical")

// Memory reports on n bytes of memory, as far as they are there. The error says that the dump has no such memory at all, or that the file
// cannot be read.
func (d *Dump) Memory(address uint64, n int, physical bool) (*report.Report, error) {
	b := make([]byte, n)
	got, err := d.ReadMemory(b, address, physical)
	var path *os.PathError
	if errors.As(err, &path) || errors.Is(err, nt.ErrNoAddressSpace) || err == errNoPhysical || d.other != nil {
		return nil, err
	}
	m := &report.Memory{Address: report.Pointer(address, d.f.Bits), Physical: physical, Length: got, Data: hex.EncodeToString(b[:got])}
	if err != nil {
		m.Missing = err.Error()
	}
	return &report.Report{
		SchemaVersion: report.SchemaVersion, ToolVersion: d.a.ToolVersion, File: report.File{Path: report.ValidUTF8(d.file.Path), Member: report.ValidUTF8(d.file.Member)}, Memory: m,
	}, nil
}
