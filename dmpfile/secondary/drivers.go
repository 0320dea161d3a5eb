package secondary

import (
	"encoding/binary"
	"fmt"
	"strings"
)

// What is known of these streams was worked out on real dumps: the makers of the drivers document nothing. Most of each is not decoded.

// NVIDIA is the head of what NVIDIA's display driver adds.
type NVIDIA struct {
	Version string // of the driver, as in "566.36"
	Branch  string // its build, as in "r566_31-5"
}

// ReadNVIDIA decodes the stream bf2297dc: "NVCD", its size at 14h, and from 24h on protocol buffers. The first of them has the versions.
func ReadNVIDIA(b []byte) (*NVIDIA, int, error) {
	d := &NVIDIA{}
	s := le(b)
	if string(s.upTo(0, 4)) != "NVCD" {
		return d, 0, stopped(0, "this is no stream of NVIDIA's display driver", s.u32(0))
	}
	const head = 0x24
	if !s.has(0, head) {
		return d, 4, stopped(4, "the header of the display driver's data is cut: its size", len(b))
	}
	general, n := protoField(b[head:], 1)
	versions, _ := protoField(general, 6)
	version, _ := protoField(versions, 2)
	branch, _ := protoField(versions, 3)
	d.Version, d.Branch = printable(version), printable(branch)
	return readTo(d, head+n, b)
}

// Fields returns the version.
func (d *NVIDIA) Fields() []Field {
	return addText(addText(nil, "driver version", d.Version), "driver branch", d.Branch)
}

// protoField returns the bytes of the first field of a number in a protocol buffer message, and where it ends; nil and 0 where there is none.
func protoField(b []byte, number uint64) (v []byte, end int) {
	for at := 0; at < len(b); {
		key, n := binary.Uvarint(b[at:])
		if n <= 0 {
			return nil, 0
		}
		at += n
		var size uint64
		switch key & 7 {
		case 0:
			_, n = binary.Uvarint(b[at:])
			if n <= 0 {
				return nil, 0
			}
			size = uint64(n)
		case 1:
			size = 8
		case 2:
			size, n = binary.Uvarint(b[at:])
			if n <= 0 {
				return nil, 0
			}
			at += n
		case 5:
			size = 4
		default:
			return nil, 0
		}
		if size > uint64(len(b)-at) {
			return nil, 0
		}
		if key>>3 == number && key&7 == 2 {
			return b[at : at+int(size)], at + int(size)
		}
		at += int(size)
	}
	return nil, 0
}

// AMD is the head of what AMD's display driver adds.
type AMD struct {
	Build                string // as in "2101120434-20.10.32.06-201229a-362957C-Asus"; its number with dots is the driver's release
	Vendor, Device       uint16 // of the adapter; 0 where the stream does not have it
	SubVendor, SubDevice uint16
	Revision             uint8
}

// ReadAMD decodes the streams 35c39fc3, which only has its length in the real dumps, and a5d4cd4e: a header that ends with "ENDD", then parts of a name of
// four letters, size and data, of which "OSST" has the adapter.
func ReadAMD(b []byte) (*AMD, int, error) {
	d := &AMD{}
	s := le(b)
	head := s.u32(0)
	switch {
	case len(b) == 8 && head == 8:
		return d, len(b), nil
	case head < 0x34 || int64(head) > int64(len(b)):
		return d, 0, stopped(0, "the header of the display driver's data does not fit: its size", head)
	}
	d.Build = printable(s.upTo(0x30, min(0x50, int(head)-0x34)))
	at := int(head)
	if size := int64(s.u32(at + 4)); string(s.upTo(at, 4)) == "OSST" && size >= 0x24 && size <= int64(len(b)-at) {
		d.Vendor, d.Device, d.Revision = s.u16(at+0xC), s.u16(at+0xE), s.u8(at+0x14)
		d.SubVendor, d.SubDevice = s.u16(at+0x18), s.u16(at+0x1A)
		at += int(size)
	}
	return readTo(d, at, b)
}

// Fields returns what is known.
func (d *AMD) Fields() []Field {
	f := addText(nil, "driver build", d.Build)
	if d.Vendor != 0 {
		f = append(f, textField("device", pciID(d.Vendor, d.Device)), hexField("revision", uint64(d.Revision)),
			textField("subsystem", pciID(d.SubVendor, d.SubDevice)))
	}
	return f
}

// AMDRing is the ring of events of AMD's display driver (atikmdag).
type AMDRing struct {
	Events []AMDEvent // in the order of the stream
}

// AMDEvent is an event. What it and its values are the driver knows.
type AMDEvent struct {
	ID     uint32
	Values []uint64 // none, or some: addresses for the most part
}

// ReadAMDRing decodes the stream 019c061a: numbers of 64 bits, up to one that ends the list. That of an event is AA in its fourth byte and zero above; its
// values follow.
func ReadAMDRing(b []byte) (*AMDRing, int, error) {
	const end = 0xED0FDBBF
	r := &AMDRing{}
	s := le(b)
	at := 0
	for ; s.has(at, 8) && s.u64(at) != end; at += 8 {
		v := s.u64(at)
		switch n := len(r.Events); {
		case v>>24 == 0xAA:
			r.Events = append(r.Events, AMDEvent{ID: uint32(v)})
		case n == 0:
			return r, at, stopped(at, "the ring does not begin with an event", v)
		default:
			r.Events[n-1].Values = append(r.Events[n-1].Values, v)
		}
	}
	if !s.has(at, 8) {
		return r, at, stopped(at, "the end of the ring is not in the stream: its size", len(b))
	}
	for at += 8; at < len(b) && b[at] == 0; at++ {
	}
	return readTo(r, at, b)
}

// Fields returns how many events there are.
func (r *AMDRing) Fields() []Field { return []Field{countField("events", uint64(len(r.Events)))} }

// IntelGraphics is the head of what Intel's display driver adds.
type IntelGraphics struct {
	Driver string // "igdkmdn64"; "" where the driver is an older one
	Device uint16 // of the adapter; 0 where the stream does not say it
	State  string // the driver's key for what state the adapter is in
}

// ReadIntelGraphics decodes the stream d00ce1f5. Newer drivers begin it with its GUID as text, without one of the hyphens.
func ReadIntelGraphics(b []byte) (*IntelGraphics, int, error) {
	d := &IntelGraphics{}
	s := le(b)
	if string(s.upTo(0, 10)) == "{D00CE1F5-" {
		d.State = printable(s.upTo(0x28, 0x3F))
		d.Driver = printable(s.upTo(0xD5, 0x10))
		if device := s.u32(0x6C); device <= 0xFFFF && strings.Contains(d.State, fmt.Sprintf("_%04x_", device)) {
			d.Device = uint16(device)
		}
		return readTo(d, 0xE5, b)
	}
	for _, at := range [...]int{0x28, 0x30} { // with 4 bytes before the number of the form, and without
		if text := printable(s.upTo(at, 0x48)); strings.HasPrefix(text, "_") && strings.Count(text, "_") >= 8 {
			d.State = text
			return readTo(d, at+len(text), b)
		}
	}
	return d, 0, stopped(0, "this form of the display driver's data is not known", s.u32(0))
}

// Fields returns what is known.
func (d *IntelGraphics) Fields() []Field {
	f := addText(nil, "driver", d.Driver)
	if d.Device != 0 {
		f = append(f, textField("device", pciID(0x8086, d.Device)))
	}
	return addText(f, "state", d.State)
}

// IntelWiFi is the head of what Intel's Wi-Fi driver adds. The rest can hold names of networks.
type IntelWiFi struct {
	Version string // of the driver, as in "22.250.0.4"
}

// ReadIntelWiFi decodes the stream 41c9ed64: its size, another one, and the four numbers of the version, the last one first.
func ReadIntelWiFi(b []byte) (*IntelWiFi, int, error) {
	d := &IntelWiFi{}
	s := le(b)
	if !s.has(0, 0x10) || int64(s.u32(0)) > int64(len(b)) {
		return d, 0, stopped(0, "the header of the Wi-Fi driver's data does not fit: its size", s.u32(0))
	}
	d.Version = fmt.Sprintf("%d.%d.%d.%d", s.u16(0xE), s.u16(0xC), s.u16(0xA), s.u16(8))
	return readTo(d, 0x10, b)
}

// Fields returns the version.
func (d *IntelWiFi) Fields() []Field { return addText(nil, "driver version", d.Version) }

// IntelBluetooth is what an Intel Bluetooth controller answered when its driver asked for its version. In most dumps there is no answer.
type IntelBluetooth struct {
	Vendor, Product uint16 // USB identifiers of the controller, as in 8087:0026
	Build           uint32 // number of the firmware
	Address         string // of the controller, private; "" where the answer has none
}

// ReadIntelBluetooth decodes the stream 6752c89d. It has two answers to the command Intel Read Version (FC05), of the boot loader and of the firmware, as
// tagged values; the tags are those of Linux' driver (btintel.h).
func ReadIntelBluetooth(b []byte) (*IntelBluetooth, int, error) {
	d := &IntelBluetooth{}
	s := le(b)
	n := 0
	for _, at := range [...]int{0x8C, 0xEC} {
		if s.u8(at) != 0x0E || s.u16(at+3) != 0xFC05 || s.u8(at+5) != 0 {
			continue // no event of a command that is complete
		}
		// The length of the firmware's answer is larger than what is kept of it.
		end := min(at+2+int(s.u8(at+1)), at+0x60, len(b))
		for t := at + 6; t+2 <= end && s.u8(t) >= 0x10 && t+2+int(s.u8(t+1)) <= end; t += 2 + int(s.u8(t+1)) {
			d.tagged(s.u8(t), s[t+2:t+2+int(s.u8(t+1))])
			n = t + 2 + int(s.u8(t+1))
		}
	}
	return readTo(d, n, b)
}

func (d *IntelBluetooth) tagged(tag uint8, v le) {
	switch tag {
	case 0x17:
		d.Vendor = v.u16(0)
	case 0x18:
		d.Product = v.u16(0)
	case 0x1F:
		d.Build = v.u32(0)
	case 0x30:
		if len(v) == 6 {
			d.Address = fmt.Sprintf("%02x:%02x:%02x:%02x:%02x:%02x", v[5], v[4], v[3], v[2], v[1], v[0])
		}
	}
}

// Fields returns what the controller answered.
func (d *IntelBluetooth) Fields() []Field {
	var f []Field
	if d.Vendor != 0 {
		f = append(f, textField("USB device", pciID(d.Vendor, d.Product)))
	}
	if d.Build != 0 {
		f = append(f, countField("firmware build", uint64(d.Build)))
	}
	return addPrivate(f, "address", d.Address)
}

// Realtek is what Realtek's network driver adds: registers of the controller, for the most part.
type Realtek struct {
	Vendor, Device uint16 // of the controller; 0 where the stream does not have it
	Revision       uint8
	Parts          []RealtekPart
}

// RealtekPart is a part of the stream.
type RealtekPart struct {
	Kind uint8
	Data []byte // shares the memory of the stream
}

// ReadRealtek decodes the stream 10ec8168: parts of three fixed bytes, a kind, and the u32 offset of their end. Part 3 has a copy of the configuration space.
func ReadRealtek(b []byte) (*Realtek, int, error) {
	const partHeader = 0x20
	d := &Realtek{}
	s := le(b)
	at := 0
	for at < len(b) {
		end := int64(s.u32(at + 4))
		if !s.has(at, partHeader) || string(b[at:at+3]) != "\x29\x81\x01" || end < int64(at+partHeader) || end > int64(len(b)) {
			return d, at, stopped(at, "no part of the network driver's data begins here", s.u32(at))
		}
		p := RealtekPart{b[at+3], b[at+partHeader : end : end]}
		d.Parts = append(d.Parts, p)
		if config := le(p.Data); p.Kind == 3 && config.has(0, 0x40) && config.u16(0) == 0x10EC {
			d.Vendor, d.Device, d.Revision = config.u16(0), config.u16(2), config.u8(8)
		}
		at = int(end)
	}
	return d, at, nil
}

// Fields returns the controller and the sizes of the parts. Their data is not shown: it has the address of the adapter.
func (d *Realtek) Fields() []Field {
	var f []Field
	if d.Vendor != 0 {
		f = append(f, textField("device", pciID(d.Vendor, d.Device)), hexField("revision", uint64(d.Revision)))
	}
	for _, p := range d.Parts {
		f = append(f, textField(fmt.Sprintf("part %d", p.Kind), fmt.Sprintf("%d bytes, not decoded", len(p.Data))))
	}
	return f
}
