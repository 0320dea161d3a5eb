package analyze

import (
	"slices"

	"github.com/dmplens/dmplens/bugcheck"
	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/nt"
	"github.com/dmplens/dmplens/report"
)

// stackedDevice is a device of the device stack that holds an IRP.
type stackedDevice struct {
	address  dmpfile.VirtAddr
	err      error // why nothing of the device object is known
	driver   nt.Driver
	location *nt.StackLocation // that of the IRP for the device, nil where there is none or it is not known
	current  bool              // the driver has the IRP
}

// readDeviceStack reads the device stack of the IRP that bug check 0x9F is about: its devices from the top to the physical device object,
// as far as the dump has them, and those of the IRP's stack locations that the stack does not show.
func (f *facts) readDeviceStack() {
	c := &f.code
	if f.Bits != 64 || c.value != codePowerState || !c.is(stuckIRP) || !c.has[1] || !c.has[3] {
		return
	}
	irp, _ := nt.ReadIRP(f.memory, dmpfile.VirtAddr(c.values[3])) // without it, there is still the device stack
	stack, cut := nt.ReadDeviceStack(f.memory, dmpfile.VirtAddr(c.values[1]))
	slices.Reverse(stack)
	var list []stackedDevice
	for _, d := range stack {
		list = append(list, f.stackedDevice(d.Address, d.Device, nil))
	}
	for _, l := range slices.Backward(irp.Locations) {
		if l.Device == 0 {
			continue // no driver has used it yet
		}
		i := slices.IndexFunc(list, func(d stackedDevice) bool { return d.address == l.Device })
		if i < 0 {
			i = len(list) // of another stack that the IRP was sent to
			if cut != nil {
				i -= len(stack) // the stack was followed from below, and is cut there
			}
			d, err := nt.ReadDevice(f.memory, l.Device)
			list = slices.Insert(list, i, f.stackedDevice(l.Device, d, err))
		}
		list[i].location, list[i].current = &l, l.Number == irp.CurrentLocation
	}
	f.devices = list
}

func (f *facts) stackedDevice(a dmpfile.VirtAddr, d nt.Device, err error) stackedDevice {
	s := stackedDevice{address: a, err: err}
	if err == nil {
		s.driver, s.err = nt.ReadDriver(f.memory, d.Driver)
	}
	return s
}

// deviceStack writes the device stack.
func (f *facts) deviceStack() []report.StackedDevice {
	var list []report.StackedDevice
	for _, d := range f.devices {
		r := report.StackedDevice{Device: f.pointer(d.address), Driver: report.ValidUTF8(d.driver.Name), Current: known(true, d.current)}
		if d.err != nil {
			r.Missing = missing(d.err)
		} else {
			r.Image, _ = f.placeOf(d.driver.Start).names()
		}
		if l := d.location; l != nil {
			r.Location = known(int(l.Number), true)
			r.PowerState = powerState(*l)
			if l.Completion != 0 {
				r.Completion = f.text(f.placeOf(l.Completion))
			}
		}
		list = append(list, r)
	}
	return list
}

// powerState is the power state that an IRP asks a driver for, "" where it asks for none.
func powerState(l nt.StackLocation) string {
	const power, setPower, queryPower, system, device = 0x16, 2, 3, 0, 1
	if l.Major != power || l.Minor != setPower && l.Minor != queryPower {
		return ""
	}
	switch l.Parameters[1] {
	case system:
		return bugcheck.Name("system-power-state", l.Parameters[2]&0xffffffff)
	case device:
		return bugcheck.Name("device-power-state", l.Parameters[2]&0xffffffff)
	}
	return ""
}

// driverOf names the image of the driver that a parameter leads to: of a driver object, a device object, or of the device that holds an IRP;
// "" where that is not known.
func (f *facts) driverOf(parameter int) string {
	image := ""
	for _, r := range f.records {
		if v, ok := r.value.(nt.Driver); ok && r.parameter == parameter {
			image, _ = f.placeOf(v.Start).names()
		}
	}
	return image
}
