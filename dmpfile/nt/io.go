package nt

import (
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
	if kind != typeIRP || int(size) < whole || irp.StackCount == 0 || irp.CurrentLocation == 0 || int(irp.CurrentLocation) > int(irp.StackCount)+2 || dmpfile.VirtAddr(current) != at {
		return IRP{}, ErrNotThere
	}
	irp.Location = at
	if location, err := readAll(m, at, sizeStackLocation); err == nil && irp.CurrentLocation <= irp.StackCount {
		irp.HasLocation = true
		irp.Major, irp.Minor = location[0], location[1]
		device, _ := bin.U64(location, 0x28)
		irp.Device = dmpfile.VirtAddr(device)
	}
	return irp, nil
}

// ReadDeviceDriver returns the driver object of a device object of a 64-bit kernel.
func ReadDeviceDriver(m Memory, a dmpfile.VirtAddr) (driver dmpfile.VirtAddr, err error) {
	b, err := readAll(m, a, 0x10)
	if err != nil {
		return 0, err
	}
	kind, _ := bin.U16(b, 0)
	size, _ := bin.U16(b, 2)
	p, _ := bin.U64(b, 8)
	if kind != typeDevice || size < sizeDevice || p == 0 {
		return 0, ErrNotThere
	}
	return dmpfile.VirtAddr(p), nil
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
