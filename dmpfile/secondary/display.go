package secondary

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/dmplens/dmplens/dmpfile"
)

// Display is what the display kernel (dxgkrnl) and the watchdog kept of adapters, and of the time-out that is the reason for the dump.
type Display struct {
	Adapters []Adapter     // the software adapters of Microsoft (vendor 1414) are among them
	TimeOut  *TimeOut      // nil where the dump has none
	Parts    []DisplayPart // all that the stream has, in the order of its directory: most of it is not decoded
}

// Adapter is a display adapter.
type Adapter struct {
	Vendor, Device uint16 // PCI identifiers, 0 where it has none
	ACPI           string // identifier of an adapter that is not on the PCI bus, as in "QCOM083A"
	WDDM           uint32 // version of the driver model in thousandths: 2700 is 2.7
	Kind           uint32 // 3 in real dumps where a driver of the maker drives a screen; other values are not known
}

// Software says whether the adapter is one of Microsoft's that have no hardware.
func (a *Adapter) Software() bool { return a.Vendor == 0x1414 }

// ID returns the identifiers as lists of devices have them.
func (a *Adapter) ID() string {
	if a.ACPI != "" {
		return a.ACPI
	}
	return pciID(a.Vendor, a.Device)
}

// TimeOut is the record of a time-out of a graphics engine ("vTDR"): stops 0x116, 0x117, 0x141.
type TimeOut struct {
	Ticks      uint64 // of the timer since boot, 15.625 ms each
	ReasonCode uint32
	Reason     string           // its name in Microsoft's documentation, "" where that has none
	Node       uint32           // number of the graphics engine; which engine that is, the driver defines
	Owner      dmpfile.VirtAddr // an address in the driver that is responsible, as is parameter 2 of the stop
}

// SinceBoot is when the engine timed out. Compare it with the header's uptime; it is exact to some 16 ms.
func (t *TimeOut) SinceBoot() time.Duration {
	const most = 100 * 365 * 24 * 3600 * 64 // 100 years
	return time.Duration(min(t.Ticks, most)) * 15625 * time.Microsecond
}

// timeOutReasons are the reasons that Microsoft's documentation of stop 0x116 and of changes of TDR in Windows 8 names.
var timeOutReasons = map[uint32]string{9: "TdrEngineTimeoutPromotedToAdapterReset"}

// DisplayPart is an entry of the directory of the stream.
type DisplayPart struct {
	ID   uint32
	Data []byte // shares the memory of the stream
}

// The stream begins with the number of 8-byte entries that its directory has, this one among them; each other has an offset and what it is. Parts end
// where the next one begins; where the stream was made for a time-out they are packed, and zeros at their ends are left out.
const (
	displayEntry   = 8
	maxDirectory   = 1024
	partAdapters   = 0x20 // to 0x2F
	partTimeOut    = 0xFFFF
	displayAdapter = 16 // WDDM version, vendor, device, kind: u32 each
	displayTimeOut = 0x58
)

// ReadDisplay decodes the stream 270a33fd. Its layout was worked out on real dumps; what the time-out says was compared with the stop that it is for.
func ReadDisplay(b []byte) (*Display, int, error) {
	d := &Display{}
	s := le(b)
	count := s.u32(0)
	if !s.has(0, displayEntry) || count == 0 || count > maxDirectory || !s.has(0, int(count)*displayEntry) {
		return d, 0, stopped(0, "the directory of the display data does not fit: its entries", count)
	}
	starts := []int{len(b)}
	for i := 1; i < int(count); i++ {
		if at := int(s.u32(i * displayEntry)); at != 0 && at <= len(b) {
			starts = append(starts, at)
		}
	}
	slices.Sort(starts)
	var err error
	n := len(b)
	for i := 1; i < int(count); i++ {
		at, id := int(s.u32(i*displayEntry)), s.u32(i*displayEntry+4)
		if at == 0 && id == 0 {
			continue // not used
		}
		if at < int(count)*displayEntry || at > len(b) {
			if err == nil {
				n, err = i*displayEntry, stopped(i*displayEntry, "a part of the display data lies outside the stream: its offset", at)
			}
			continue
		}
		end, _ := slices.BinarySearch(starts, at+1)
		part := DisplayPart{ID: id, Data: b[at:starts[min(end, len(starts)-1)]:len(b)]}
		d.Parts = append(d.Parts, part)
		d.read(part)
	}
	return d, n, err
}

// read decodes a part, where it is one that is known.
func (d *Display) read(p DisplayPart) {
	s := le(p.Data)
	switch {
	case p.ID >= partAdapters && p.ID < partAdapters+0x10 && len(p.Data) > 0:
		var whole [displayAdapter]byte // what the part lacks is zero
		copy(whole[:], p.Data)
		s = whole[:]
		a := Adapter{WDDM: s.u32(0), Kind: s.u32(0xC)}
		if s.u32(4) > 0xFFFF {
			a.ACPI = printable(s[4:12])
		} else {
			a.Vendor, a.Device = s.u16(4), s.u16(8)
		}
		d.Adapters = append(d.Adapters, a)
	case p.ID == partTimeOut && string(s.upTo(0, 4)) == "vTDR" && s.has(0, displayTimeOut) && d.TimeOut == nil:
		reason := s.u32(0x28)
		d.TimeOut = &TimeOut{
			Ticks: s.u64(8), ReasonCode: reason, Reason: timeOutReasons[reason], Node: s.u32(0x38), Owner: dmpfile.VirtAddr(s.u64(0x50)),
		}
	}
}

// printable returns the characters of a text of one byte each up to the first that is none, without spaces at its end.
func printable(b []byte) string {
	for i, c := range b {
		if c < ' ' || c > '~' {
			b = b[:i]
			break
		}
	}
	return strings.TrimRight(string(b), " ")
}

// Fields returns the adapters, the time-out and the sizes of the other parts.
func (d *Display) Fields() []Field {
	var f []Field
	for i := range d.Adapters {
		a := &d.Adapters[i]
		f = append(f, Field{Name: "adapter", Fields: []Field{
			textField("device", a.ID()), textField("WDDM", fmt.Sprintf("%d.%d", a.WDDM/1000, a.WDDM%1000/100)), countField("kind", uint64(a.Kind)),
		}})
	}
	if t := d.TimeOut; t != nil {
		g := []Field{countField("ticks since boot", t.Ticks), textField("since boot", t.SinceBoot().String()), countField("reason", uint64(t.ReasonCode))}
		g = addText(g, "reason name", t.Reason)
		g = append(g, countField("node", uint64(t.Node)), addressField("owner", t.Owner))
		f = append(f, Field{Name: "time-out", Fields: g})
	}
	for _, p := range d.Parts {
		known := p.ID >= partAdapters && p.ID < partAdapters+0x10 || p.ID == partTimeOut
		if len(p.Data) > 0 && !known {
			f = append(f, Field{Name: fmt.Sprintf("part %#x", p.ID), Value: fmt.Sprintf("%d bytes, not decoded", len(p.Data))})
		}
	}
	return f
}
