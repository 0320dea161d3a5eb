package nt

import (
	"slices"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/internal/bin"
)

// I/O objects have had one layout in all 64-bit kernels from Windows 7 to build 26100 (wdm.h; public symbols). Each begins with a type
// and a size, which are checked before anything is believed.
const (
	typeIRP    = 6
	typeDevice = 3
	typeDriver = 4

	sizeIRP           = 0xD0
	sizeStackLocation = 0x48
	sizeDevice        = 0x150 // at least: a driver's extension can follow
	sizeDriver        = 0x150

	maxStackLocations = 127 // the count is a signed byte
)

// IRP is an I/O request packet.
type IRP struct {
	StackCount, CurrentLocation uint8 // locations from 1 to StackCount; above it no driver has the IRP: not sent yet, or completed
	// Location is the address of the current stack location. HasLocation says whether it is in the dump; Major and Minor are its
	// function codes then, and Device is the device object that it was sent to.
	Location     dmpfile.VirtAddr
	HasLocation  bool
	Major, Minor uint8
	Device       dmpfile.VirtAddr

	// Locations are the current stack location and those above it: of the drivers that have passed the IRP on, by their numbers. Those
	// that are not in the dump are left out.
	Locations []StackLocation
}

// StackLocation is an IO_STACK_LOCATION: what an IRP asks of one driver.
type StackLocation struct {
	Number       uint8 // 1 is that of the lowest driver
	Major, Minor uint8
	Parameters   [4]uint64
	Device       dmpfile.VirtAddr // 0 where no driver has used the location
	Completion   dmpfile.VirtAddr // called when this driver is done with the IRP; the driver above has set it
}

// ReadIRP reads an IRP of a 64-bit kernel. Its pointer to the current stack location has to agree with its number.
func ReadIRP(m Memory, a dmpfile.VirtAddr) (IRP, error) {
	b, err := readAll(m, a, sizeIRP)
	if err != nil {
		return IRP{}, err
	}
	kind, _ := bin.U16(b, 0)
	size, _ := bin.U16(b, 2)
	irp := IRP{StackCount: b[0x42], CurrentLocation: b[0x43]}
	current, _ := bin.U64(b, 0xB8)
	at := a + sizeIRP + dmpfile.VirtAddr(irp.CurrentLocation-1)*sizeStackLocation
	whole := sizeIRP + int(irp.StackCount)*sizeStackLocation
	if kind != typeIRP || irp.StackCount > maxStackLocations || int(size) < whole || irp.StackCount == 0 || irp.CurrentLocation == 0 || int(irp.CurrentLocation) > int(irp.StackCount)+2 || dmpfile.VirtAddr(current) != at {
		return IRP{}, ErrNotThere
	}
	irp.Location = at
	for n := irp.CurrentLocation; n <= irp.StackCount; n++ {
		if l, err := readStackLocation(m, a, n); err == nil {
			irp.Locations = append(irp.Locations, l)
		}
	}
	if len(irp.Locations) > 0 && irp.Locations[0].Number == irp.CurrentLocation {
		l := irp.Locations[0]
		irp.HasLocation, irp.Major, irp.Minor, irp.Device = true, l.Major, l.Minor, l.Device
	}
	return irp, nil
}

// readStackLocation reads the location of that number of the IRP at a.
func readStackLocation(m Memory, a dmpfile.VirtAddr, number uint8) (StackLocation, error) {
	b, err := readAll(m, a+sizeIRP+dmpfile.VirtAddr(number-1)*sizeStackLocation, sizeStackLocation)
	if err != nil {
		return StackLocation{}, err
	}
	l := StackLocation{Number: number, Major: b[0], Minor: b[1]}
	for i := range l.Parameters {
		l.Parameters[i], _ = bin.U64(b, 8+8*i)
	}
	device, _ := bin.U64(b, 0x28)
	completion, _ := bin.U64(b, 0x38)
	l.Device, l.Completion = dmpfile.VirtAddr(device), dmpfile.VirtAddr(completion)
	return l, nil
}

// Device is a device object.
type Device struct {
	Driver   dmpfile.VirtAddr // its driver object
	Attached dmpfile.VirtAddr // the device object on top of it in the device stack, 0 for none
}

// ReadDevice reads a device object of a 64-bit kernel.
func ReadDevice(m Memory, a dmpfile.VirtAddr) (Device, error) {
	b, err := readAll(m, a, 0x20)
	if err != nil {
		return Device{}, err
	}
	kind, _ := bin.U16(b, 0)
	size, _ := bin.U16(b, 2)
	driver, _ := bin.U64(b, 8)
	attached, _ := bin.U64(b, 0x18)
	if kind != typeDevice || size < sizeDevice || driver == 0 {
		return Device{}, ErrNotThere
	}
	return Device{dmpfile.VirtAddr(driver), dmpfile.VirtAddr(attached)}, nil
}

// StackedDevice is a device object of a device stack.
type StackedDevice struct {
	Address dmpfile.VirtAddr
	Device
}

// maxDevices is more than any device stack has.
const maxDevices = 64

// ReadDeviceStack follows a device stack of a 64-bit kernel upwards from a device object. Where it goes on in memory that the dump does not
// have, it returns the devices before that and the error; where it comes back to a device, ErrCircle; where it has more devices than any
// stack, ErrTooLong.
func ReadDeviceStack(m Memory, a dmpfile.VirtAddr) ([]StackedDevice, error) {
	var list []StackedDevice
	for a != 0 {
		if slices.ContainsFunc(list, func(d StackedDevice) bool { return d.Address == a }) {
			return list, ErrCircle
		}
		if len(list) == maxDevices {
			return list, ErrTooLong
		}
		d, err := ReadDevice(m, a)
		if err != nil {
			return list, err
		}
		list = append(list, StackedDevice{a, d})
		a = d.Attached
	}
	return list, nil
}

// Driver is a driver object.
type Driver struct {
	Name  string           // "\Driver\disk"; "" where it is not in the dump
	Start dmpfile.VirtAddr // of the image
}

// ReadDriver reads a driver object of a 64-bit kernel.
func ReadDriver(m Memory, a dmpfile.VirtAddr) (Driver, error) {
	b, err := readAll(m, a, 0x48)
	if err != nil {
		return Driver{}, err
	}
	kind, _ := bin.U16(b, 0)
	size, _ := bin.U16(b, 2)
	start, _ := bin.U64(b, 0x18)
	if kind != typeDriver || size != sizeDriver {
		return Driver{}, ErrNotThere
	}
	name, _ := readUnicode(b, 0x38, 64).text(m)
	return Driver{Name: name, Start: dmpfile.VirtAddr(start)}, nil
}

// PowerBlock is the block that bug check 0x9F points to: nt!_TRIAGE_9F_POWER or nt!_TRIAGE_9F_PNP (documented with the bug check).
type PowerBlock struct {
	PnP      bool
	Revision uint16
	// First and Second are the pointers after the signature: IrpList and ThreadList, or CompletionQueue and DelayedWorkQueue.
	First, Second dmpfile.VirtAddr
}

// ReadPowerBlock reads such a block of a 64-bit kernel, whose signature tells which of the two it is.
func ReadPowerBlock(m Memory, a dmpfile.VirtAddr) (PowerBlock, error) {
	b, err := readAll(m, a, 0x18)
	if err != nil {
		return PowerBlock{}, err
	}
	signature, _ := bin.U16(b, 0)
	revision, _ := bin.U16(b, 2)
	if signature != 0x8000 && signature != 0x8001 {
		return PowerBlock{}, ErrNotThere
	}
	first, _ := bin.U64(b, 8)
	second, _ := bin.U64(b, 0x10)
	return PowerBlock{PnP: signature == 0x8001, Revision: revision, First: dmpfile.VirtAddr(first), Second: dmpfile.VirtAddr(second)}, nil
}
