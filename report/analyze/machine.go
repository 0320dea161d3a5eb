package analyze

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/etw"
	"github.com/dmplens/dmplens/dmpfile/secondary"
	"github.com/dmplens/dmplens/report"
)

// Tags of the streams that conclusions rest on.
var (
	tagSMBIOS    = tagOf("bc5c008f-1e3a-44d7-988d-86f6884c6758")
	tagRegisters = tagOf("d03dc06f-d88e-44c5-ba2a-fae035172d19")
	tagRegistry  = tagOf("6c7ac389-4313-47dc-9f34-a8800a0fb56c")
	tagBoot      = tagOf("f57308df-cc45-4e01-ad76-29a4ebb010ec")
	tagPCI       = tagOf("9276c055-eb87-425c-b8b5-04e4d247f6cd")
	tagStorage   = tagOf("da82441d-7142-4bc1-b844-0807c5a4b67f")
	tagDisplay   = tagOf("270a33fd-3da6-460d-ba89-3c1bae21e39b")
	tagBlamed    = tagOf("fe96ddbf-850d-4c4a-a7bf-c686be526047")
	tagStorePage = tagOf("d6d379dc-c699-43e9-8c5e-f5fd8dd65780")
	tagEvents    = tagOf(etw.StreamGUID)
)

func tagOf(s string) dmpfile.GUID {
	g, err := dmpfile.ParseGUID(s)
	if err != nil {
		panic(err)
	}
	return g
}

// maxRead bounds what is read of a stream for conclusions, in bytes.
const maxRead = 1 << 20

// decoded reads the first stream with a tag that is not empty, as far as it can be. The source names it; it is "" where there is none.
func decoded[T any](f *facts, tag dmpfile.GUID, read func(b []byte) (T, int, error)) (v T, source string) {
	v, source, _ = wholly(f, tag, read)
	return v, source
}

// wholly is decoded, and says whether all of the stream was understood.
func wholly[T any](f *facts, tag dmpfile.GUID, read func(b []byte) (T, int, error)) (v T, source string, whole bool) {
	for _, s := range f.Secondary().Streams {
		if s.Size == 0 || s.GUID != tag {
			continue
		}
		b := make([]byte, min(s.Size, maxRead))
		if n, err := f.ReadAt(b, s.Offset); err != nil && err != io.EOF {
			return v, "", false
		} else {
			b = b[:n]
		}
		v, _, err := read(b) // what came before an error is true
		return v, sourceOf(s), err == nil && int64(len(b)) == s.Size
	}
	return v, "", false
}

// sourceOf names a stream as the source of what is said.
func sourceOf(s dmpfile.Stream) string { return fmt.Sprintf("stream %d, %s", s.Index, s.Name()) }

// identify fills in what the firmware says of the memory, and who the machine is.
func (f *facts) identify(h *report.Hardware) {
	if !f.Regions.Known || f.OnlyHead() {
		return
	}
	registry, _ := decoded(f, tagRegistry, secondary.ReadRegistry)
	brand, signature := h.Processor, ""
	if registry != nil {
		signature = registry.Identifier
		if registry.Microcode != 0 && registry.Microcode != 0xFFFFFFFF {
			h.Microcode = report.Hex(registry.Microcode)
		}
	}
	if !f.brief { // what the processor itself says outranks what was noted at boot
		if r, _ := decoded(f, tagRegisters, secondary.ReadRegisters); r != nil && r.Microcode != 0 && r.Microcode != 0xFFFFFFFF {
			h.Microcode = report.Hex(r.Microcode)
		}
	}
	m, _, whole := wholly(f, tagSMBIOS, secondary.ReadSMBIOS)
	if m == nil {
		m = new(secondary.SMBIOS)
	}
	if !f.brief && whole { // a part of the table can lack modules
		slots, boards := len(m.Memory)+m.EmptySlots, 0
		for _, a := range m.Arrays {
			boards += int(min(a.Slots, 1<<10))
		}
		slots = max(slots, boards)
		named := map[string]int{}
		for _, d := range m.Memory {
			named[d.Slot]++
		}
		for _, d := range m.Memory {
			if named[d.Slot] > 1 && d.Bank != "" { // two channels can have a slot of one name
				d.Slot = strings.TrimSpace(d.Slot + " of " + d.Bank)
			}
			h.Memory = append(h.Memory, report.MemoryModule{
				Slot: report.ValidUTF8(d.Slot), Manufacturer: report.ValidUTF8(d.Manufacturer), Part: report.ValidUTF8(d.Part), Type: d.Type,
				Size: d.Size, Rated: d.Rated, Configured: d.Configured,
			})
		}
		if slots > 0 {
			h.Slots = &slots
		}
	}
	switch s, b := &m.System, &m.Board; {
	case b.Serial != "":
		h.MachineID = identityOf("board", b.Manufacturer, b.Product, b.Serial)
	case s.Serial != "":
		h.MachineID = identityOf("system", s.Manufacturer, s.Product, s.Serial)
	}
	p, _ := decoded(f, tagPCI, secondary.ReadPCI)
	if p == nil {
		p = new(secondary.PCI)
	}
	h.ModelID = modelOf(m, p, signature, brand)
	h.Devices = devicesOf(p)
}

// maxDevices bounds the devices of a row: machines have some ten.
const maxDevices = 32

// devicesOf are the devices that drivers of others are for, each once, in the order of their names.
func devicesOf(p *secondary.PCI) []string {
	var list []string
	for i := range p.Devices {
		d := &p.Devices[i]
		if class := pciClasses[d.Class>>16]; class != "" && !d.Gone && len(list) < maxDevices {
			list = append(list, fmt.Sprintf("%s %04x:%04x", class, d.Vendor, d.DeviceID))
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// boots adds what the boot status data says of this boot and of the last one that ended as it should.
func (f *facts) boots(h *report.Dump) {
	if f.heads || !f.Regions.Known || f.OnlyHead() {
		return
	}
	b, _ := decoded(f, tagBoot, secondary.ReadBootStatus)
	switch {
	case b == nil || b.BootID == 0:
	case h.BootID == nil:
		h.BootID = &b.BootID
		fallthrough
	case *h.BootID == b.BootID: // else one of the two is not what it looks like
		h.LastCleanBoot = known(b.LastGoodShutdown, b.LastGoodShutdown != 0 && b.LastGoodShutdown < b.BootID)
	}
}

// modelOf names the model of a machine by what machines of one model have in common; without the tables of the firmware that is the set of places on its PCI
// buses. It is "" where neither is known.
func modelOf(m *secondary.SMBIOS, p *secondary.PCI, signature, brand string) string {
	s, b := &m.System, &m.Board
	if s.Product != "" || b.Product != "" {
		return identityOf("model", s.Manufacturer, s.Product, s.Version, s.SKU, s.Family, b.Manufacturer, b.Product, b.Version, signature, brand)
	}
	if len(p.Devices) == 0 {
		return ""
	}
	places := make([]string, len(p.Devices))
	for i, d := range p.Devices {
		places[i] = fmt.Sprintf("%x:%x:%x.%x", d.Segment, d.Bus, d.Device, d.Function)
	}
	slices.Sort(places)
	return identityOf("pci", append(slices.Compact(places), signature, brand)...)
}

// virtualMachines are how the makers of virtual machines name them in the firmware, in lower case.
var virtualMachines = []string{"virtual machine", "vmware", "virtualbox", "kvm", "qemu", "bochs", "xen", "hvm domu", "parallels", "google compute engine", "amazon ec2", "bhyve"}

// guest names the maker of the virtual machine that Windows ran in, "" where the firmware names none.
func guest(h dmpfile.Hardware) string {
	for _, name := range []string{h.Manufacturer + " " + h.Model, h.BoardManufacturer + " " + h.BoardProduct} {
		low := strings.ToLower(name)
		if slices.ContainsFunc(virtualMachines, func(v string) bool { return strings.Contains(low, v) }) {
			return strings.TrimSpace(name)
		}
	}
	return ""
}
