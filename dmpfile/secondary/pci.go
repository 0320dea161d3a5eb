package secondary

import (
	"fmt"

	"github.com/dmplens/dmplens/dmpfile"
)

// PCI is what the PCI bus driver kept of the configuration space of its devices.
type PCI struct {
	Devices []PCIDevice // in the order of the stream
}

// PCIDevice is one function of a device on the PCI bus.
type PCIDevice struct {
	Segment               uint16
	Bus, Device, Function uint8
	// Gone is set where the configuration space read as ones: usually the device was powered off, or removed. It does not mean that it is broken.
	// Vendor and DeviceID are then those that its header still has, often FFFF.
	Gone                 bool
	Vendor, DeviceID     uint16
	Class                uint32 // base class, subclass and programming interface: 24 bits
	Revision             uint8
	SubVendor, SubDevice uint16 // of the board; 0 where the ranges do not have it
	Command, Status      uint16
	HeaderType           uint8 // without the bit for more than one function: 0 an endpoint, 1 a bridge
	Secondary            uint8 // of a bridge: the bus behind it
	Express              *PCIExpress
	Link                 Link   // zero where there is none
	Power                string // D0 to D3 by the power management capability, "" where the ranges do not have it
	AER                  *AER
	Ranges               []PCIRange // all that the stream has of the configuration space, which shares the memory of the stream
}

// PCIRange is a part of a configuration space.
type PCIRange struct {
	Offset uint16
	Data   []byte
}

// PCIExpress is the PCI Express capability, without its link.
type PCIExpress struct {
	Type   uint8  // 0 endpoint, 4 root port, 5 upstream and 6 downstream port of a switch, 9 integrated endpoint
	Status uint16 // device status: 1 correctable, 2 non-fatal, 4 fatal error, 8 unsupported request seen
}

// Link is the state of a PCI Express link.
type Link struct {
	Speed, MaxSpeed LinkSpeed
	Width, MaxWidth uint8 // lanes; a width of 0 is a link that is down
}

// LinkSpeed is the generation of a link: 1 is 2.5 GT/s. 0 is unknown.
type LinkSpeed uint8

// String returns the speed in GT/s.
func (s LinkSpeed) String() string {
	if s == 0 || int(s) > len(linkSpeeds) {
		return fmt.Sprintf("speed %d", uint8(s))
	}
	return linkSpeeds[s-1]
}

var linkSpeeds = [...]string{"2.5 GT/s", "5 GT/s", "8 GT/s", "16 GT/s", "32 GT/s", "64 GT/s"}

// AER is the capability for advanced error reporting. The bits are those of the PCI Express specification.
type AER struct {
	Uncorrectable, UncorrectableMask, Severity uint32 // a set bit of Severity makes that error fatal
	Correctable, CorrectableMask               uint32
	FirstError                                 uint8     // the bit of the uncorrectable error to which HeaderLog belongs
	HeaderLog                                  [4]uint32 // of the packet with the first error
	RootStatus                                 uint32    // of a root port: what it was told; 0 where the ranges do not have it
}

// Bits of AER that enumeration sets on nearly every machine: they tell nothing.
const (
	unsupportedRequest = 0x100000
	advisoryNonFatal   = 0x2000
)

// Real says whether an error is recorded besides the unsupported request and the advisory non-fatal error, which looking for devices leaves behind.
func (a *AER) Real() bool {
	return a.Uncorrectable&^unsupportedRequest != 0 || a.Correctable&^advisoryNonFatal != 0
}

// Errors returns the names of the errors that are recorded, by the specification: all of them, those that Real leaves out too.
func (a *AER) Errors() (uncorrectable, correctable []string) {
	return aerNames(a.Uncorrectable, uncorrectableErrors), aerNames(a.Correctable, correctableErrors)
}

// Location returns the place of the function as bus:device.function in hexadecimal digits.
func (d *PCIDevice) Location() string {
	return fmt.Sprintf("%02x:%02x.%x", d.Bus, d.Device, d.Function)
}

// ReadPCI decodes the stream 9276c055. Its layout was worked out on real dumps; what is in the ranges is that of the PCI and PCI Express specifications.
func ReadPCI(b []byte) (*PCI, int, error) {
	return &PCI{}, 0, &dmpfile.FormatError{What: "not decoded yet", Value: len(b)}
}

// Fields returns one group for each function.
func (p *PCI) Fields() []Field { return nil }

func aerNames(bits uint32, names map[int]string) []string { return nil }

var uncorrectableErrors, correctableErrors map[int]string
