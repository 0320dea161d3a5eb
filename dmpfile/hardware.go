package dmpfile

import (
	"strings"

	"github.com/dmplens/dmplens/dmpfile/internal/bin"
	"github.com/dmplens/dmplens/dmpfile/internal/machine"
)

// Hardware is what the secondary data says of the machine. An empty field is not known; what firmware has in the place of a name that
// nobody filled in is no name. Serial numbers are not read.
type Hardware struct {
	Manufacturer      string
	Model             string
	BoardManufacturer string // of the main board
	BoardProduct      string
	BIOSVendor        string
	BIOSVersion       string
	BIOSDate          string // as the firmware writes it, usually MM/DD/YYYY
	Processor         string
}

// How much of a stream is read, and of how many: real dumps have one of each kind, below 32 KiB.
const (
	maxHardwareStream  = 1 << 20
	maxHardwareStreams = 8
)

// Hardware returns what the SMBIOS tables and the processor's registry values of the secondary data say. They are read with Secondary.
func (f *File) Hardware() Hardware {
	f.Secondary()
	return f.hardware.Hardware
}

// hardware is a Hardware that is being read.
type hardware struct {
	Hardware
	streams int // how many it was read from
}

// read takes what a stream says of the machine, if it is one that does.
func (h *hardware) read(s Stream, w *window) {
	if s.GUID != guidSMBIOS && s.GUID != guidCPURegistry || h.streams == maxHardwareStreams {
		return
	}
	h.streams++
	n := min(s.Size, maxHardwareStream)
	b := w.at(s.Offset, n)
	switch {
	case int64(len(b)) < n: // it cannot be read
	case s.GUID == guidSMBIOS:
		h.merge(decodeSMBIOS(b))
	default:
		if name := processorName(b); name != "" {
			h.Processor = name // what Windows shows; SMBIOS gives the board maker's wording
		}
	}
}

// processorName is what Windows calls the processor, by a block of its registry values.
func processorName(b []byte) (name string) {
	const wanted = "ProcessorNameString"
	for {
		v, n, ok := machine.NextRegistryValue(b)
		if !ok {
			return name
		}
		b = b[n:]
		if v.Type == machine.RegSZ && len(v.Name) >= 2*len(wanted) && v.Name[0] == wanted[0] && bin.UTF16Z(v.Name) == wanted {
			name = strings.TrimSpace(bin.UTF16Z(v.Data))
		}
	}
}

// merge takes what is not known yet.
func (h *Hardware) merge(o Hardware) {
	for _, f := range []struct{ to, from *string }{
		{&h.Manufacturer, &o.Manufacturer}, {&h.Model, &o.Model},
		{&h.BoardManufacturer, &o.BoardManufacturer}, {&h.BoardProduct, &o.BoardProduct}, {&h.BIOSVendor, &o.BIOSVendor},
		{&h.BIOSVersion, &o.BIOSVersion}, {&h.BIOSDate, &o.BIOSDate}, {&h.Processor, &o.Processor},
	} {
		if *f.to == "" {
			*f.to = *f.from
		}
	}
}

// decodeSMBIOS reads a RawSMBIOSData block. Of each kind of structure the first one counts.
func decodeSMBIOS(b []byte) Hardware {
	var h Hardware
	b = b[min(machine.SMBIOSHeader, len(b)):]
	for {
		s, n, ok := machine.NextStructure(b)
		if !ok {
			return h
		}
		switch s.Type {
		case 0:
			h.merge(Hardware{BIOSVendor: s.Name(4), BIOSVersion: s.Name(5), BIOSDate: s.Name(8)})
		case 1:
			h.merge(Hardware{Manufacturer: s.Name(4), Model: s.Name(5)})
		case 2:
			h.merge(Hardware{BoardManufacturer: s.Name(4), BoardProduct: s.Name(5)})
		case 4:
			h.merge(Hardware{Processor: s.Name(0x10)})
		case machine.EndOfTables:
			return h
		}
		b = b[n:]
	}
}
