package dmpfile

import (
	"bytes"
	"strings"

	"github.com/dmplens/dmplens/dmpfile/internal/bin"
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
	eachTextValue(b, func(key, data []byte) {
		if len(key) >= 2*len(wanted) && key[0] == wanted[0] && bin.UTF16Z(key) == wanted {
			name = textValue(data)
		}
	})
	return name
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

// decodeSMBIOS reads a RawSMBIOSData block: an 8-byte header, then structures of the DMTF's SMBIOS specification (DSP0134). Of
// each kind the first structure counts.
func decodeSMBIOS(b []byte) Hardware {
	var h Hardware
	b = b[min(8, len(b)):]
	for len(b) >= 4 && int(b[1]) >= 4 && int(b[1]) <= len(b) {
		kind, formatted := b[0], b[:b[1]]
		texts := b[b[1]:]
		// The strings end with an empty one; a structure without strings has two zero bytes.
		end := bytes.Index(texts, []byte{0, 0})
		if end < 0 {
			end = len(texts)
		}
		text := func(off int) string {
			if off >= len(formatted) || formatted[off] == 0 {
				return ""
			}
			rest, more := texts[:end], true
			for n := formatted[off]; n > 1 && more; n-- {
				_, rest, more = bytes.Cut(rest, []byte{0})
			}
			rest, _, _ = bytes.Cut(rest, []byte{0})
			return named(strings.TrimSpace(string(rest)))
		}
		switch kind {
		case 0:
			h.merge(Hardware{BIOSVendor: text(4), BIOSVersion: text(5), BIOSDate: text(8)})
		case 1:
			h.merge(Hardware{Manufacturer: text(4), Model: text(5)})
		case 2:
			h.merge(Hardware{BoardManufacturer: text(4), BoardProduct: text(5)})
		case 4:
			h.merge(Hardware{Processor: text(0x10)})
		case 127:
			return h
		}
		b = texts[min(len(texts), end+2):]
	}
	return h
}

func textValue(data []byte) string { return strings.TrimSpace(bin.UTF16Z(data)) }

// eachTextValue visits the text values of a block of registry values: {name length, name, type, data length, data}, lengths in bytes.
// Values of other types than text are left out.
func eachTextValue(b []byte, visit func(key, data []byte)) {
	const typeText = 1 // REG_SZ
	next := func() (part []byte, ok bool) {
		n, ok := bin.U32(b, 0)
		if !ok || uint64(n) > uint64(len(b)-4) {
			return nil, false
		}
		part, b = b[4:4+n], b[4+n:]
		return part, true
	}
	for {
		key, ok := next()
		if !ok {
			return
		}
		kind, ok := bin.U32(b, 0)
		if !ok {
			return
		}
		b = b[4:]
		data, ok := next()
		if !ok {
			return
		}
		if kind == typeText {
			visit(key, data)
		}
	}
}
