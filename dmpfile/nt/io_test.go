package nt_test

import (
	"fmt"
	"testing"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/dmptest"
	"github.com/dmplens/dmplens/dmpfile/nt"
)

func name(off int, s string) patch { return func(m *dmptest.Image) { m.PutUTF16(off, s) } }

var (
	// An IRP at the second of three stack locations, which stand behind it.
	irp = all(0xD0+3*0x48, u16(0, 6, 0x1A8), u8(0x42, 3, 2), u64(0xB8, base+0xD0+0x48),
		u8(0xD0, 0xFF, 0xFF), u8(0xD0+0x48, 0x16, 2), u64(0xD0+0x48+8, 0x15400, 1, 4, 3, 0xFFFFA18C42000000), u64(0xD0+0x48+0x38, 0xFFFFF80320004930), u8(0xD0+2*0x48, 0xEE, 0xEE))
	device = all(0x150, u16(0, 3, 0x150), u64(8, base+0x1000))
	// A driver object and, behind it, its name.
	driver = all(0x150, u16(0, 4, 0x150), u64(0x18, 0xFFFFF80320000000), u16(0x38, 26, 28), u64(0x40, base+0x150), name(0x150, `\Driver\disk2`))
	power  = all(0x18, u16(0, 0x8000, 1), u64(8, 0xFFFFF80300001000, 0xFFFFF80300002000))
)

func TestReadIRP(t *testing.T) {
	at := func(location uint8, current uint64) patch { return all(0, u8(0x43, location), u64(0xB8, current)) }
	bare := func(location uint8) nt.IRP {
		return nt.IRP{StackCount: 3, CurrentLocation: location, Location: base + 0xD0 + dmpfile.VirtAddr(location-1)*0x48}
	}
	locations := []nt.StackLocation{
		{Number: 1, Major: 0xFF, Minor: 0xFF},
		{Number: 2, Major: 0x16, Minor: 2, Parameters: [4]uint64{0x15400, 1, 4, 3}, Device: 0xFFFFA18C42000000, Completion: 0xFFFFF80320004930},
		{Number: 3, Major: 0xEE, Minor: 0xEE},
	}
	found := func(location, major, minor uint8, device dmpfile.VirtAddr) nt.IRP {
		i := bare(location)
		i.HasLocation, i.Major, i.Minor, i.Device = true, major, minor, device
		i.Locations = locations[location-1:]
		return i
	}
	// cut is the IRP whose location 3 is not in the dump.
	cut := found(2, 0x16, 2, 0xFFFFA18C42000000)
	cut.Locations = locations[1:2]
	looks(t, irp, nt.ReadIRP, []look[nt.IRP]{
		{name: "second location", want: found(2, 0x16, 2, 0xFFFFA18C42000000)},
		{name: "first location", patch: at(1, base+0xD0), want: found(1, 0xFF, 0xFF, 0)},
		{name: "last location", patch: at(3, base+0xD0+2*0x48), want: found(3, 0xEE, 0xEE, 0)},
		{name: "not sent yet", patch: at(4, base+0xD0+3*0x48), want: bare(4)},
		{name: "not sent yet, memory behind it", patch: all(0xD0+4*0x48, at(4, base+0xD0+3*0x48)), want: bare(4)},
		{name: "completed", patch: at(5, base+0xD0+4*0x48), want: bare(5)},
		{name: "beyond that", patch: all(0, at(6, base+0xD0+5*0x48)), err: notThere},
		{name: "size of two locations", patch: u16(2, 0x160), err: notThere},
		{name: "more room than locations", patch: u16(2, 0x1F0), want: found(2, 0x16, 2, 0xFFFFA18C42000000)},
		{name: "location 0", patch: at(0, base+0xD0-0x48), err: notThere},
		{name: "location 0, wrapped", patch: at(0, base+0xD0+255*0x48), err: notThere},
		{name: "no locations", patch: all(0, u8(0x42, 0, 1), u64(0xB8, base+0xD0)), err: notThere},
		{name: "pointer of another location", patch: u64(0xB8, base+0xD0), err: notThere},
		{name: "pointer inside the location", patch: u64(0xB8, base+0xD0+0x49), err: notThere},
		{name: "null pointer", patch: u64(0xB8, 0), err: notThere},
		{name: "type of a device", patch: u16(0, 3), err: notThere},
		{name: "no type", patch: u16(0, 0), err: notThere},
		{name: "current location not in the dump", have: 0xD0 + 0x48, want: bare(2)},
		{name: "current location cut", have: 0xD0 + 2*0x48 - 1, want: bare(2)},
		{name: "no other location in the dump", have: 0xD0 + 2*0x48, want: cut},
		{name: "127 locations", patch: all(0xD0+127*0x48, u16(2, 0xD0+127*0x48), u8(0x42, 127, 127), u64(0xB8, base+0xD0+126*0x48)),
			want: nt.IRP{StackCount: 127, CurrentLocation: 127, Location: base + 0xD0 + 126*0x48, HasLocation: true, Locations: []nt.StackLocation{{Number: 127}}}},
		{name: "200 locations", patch: all(0xD0+200*0x48, u16(2, 0xD0+200*0x48), u8(0x42, 200, 200), u64(0xB8, base+0xD0+199*0x48)), err: notThere},
		{name: "cut", have: 0xCF, err: hole(0xCF)},
	})
}

func TestReadDevice(t *testing.T) {
	on := func(attached dmpfile.VirtAddr) nt.Device { return nt.Device{Driver: base + 0x1000, Attached: attached} }
	looks(t, device, nt.ReadDevice, []look[nt.Device]{
		{name: "device", want: on(0)},
		{name: "device below another", patch: u64(0x18, base+0x2000), want: on(base + 0x2000)},
		{name: "type of a driver", patch: u16(0, 4), err: notThere},
		{name: "with an extension", patch: u16(2, 0x400), want: on(0)},
		{name: "too small", patch: u16(2, 0x14F), err: notThere},
		{name: "no driver", patch: u64(8, 0), err: notThere},
		{name: "cut", have: 0x1F, err: hole(0x1F)},
	})
}

func TestReadDeviceStack(t *testing.T) {
	// deviceOn is a device with the one at attached on top of it.
	deviceOn := func(attached uint64) []byte { return look[int]{patch: u64(0x18, attached)}.image(device) }
	stack := func(devices int, last uint64) memory {
		m := memory{}
		for i := range devices {
			next := base + 0x1000*uint64(i+1)
			if i == devices-1 {
				next = last
			}
			m[base+dmpfile.VirtAddr(0x1000*i)] = deviceOn(next)
		}
		return m
	}
	for _, c := range []struct {
		name string
		m    memory
		want int // devices
		err  error
	}{
		{"one device", stack(1, 0), 1, nil},
		{"four devices", stack(4, 0), 4, nil},
		{"a device on itself", stack(1, base), 1, nt.ErrCircle},
		{"a circle", stack(4, base+0x1000), 4, nt.ErrCircle},
		{"as many as there can be", stack(64, 0), 64, nil},
		{"more than that", stack(65, 0), 64, nt.ErrTooLong},
		{"goes on in what the dump does not have", stack(3, base+0x900000), 3, &dmpfile.NotInDumpError{Address: base + 0x900000}},
		{"goes on in something else", memory{base: deviceOn(base + 0x1000), base + 0x1000: make([]byte, 0x150)}, 1, nt.ErrNotThere},
		{"nothing", memory{}, 0, &dmpfile.NotInDumpError{Address: base}},
	} {
		list, err := nt.ReadDeviceStack(c.m, base)
		if len(list) != c.want || fmt.Sprint(err) != fmt.Sprint(c.err) {
			t.Errorf("%s: %d devices, %v, want %d, %v", c.name, len(list), err, c.want, c.err)
		}
		for i, d := range list {
			if d.Address != base+dmpfile.VirtAddr(0x1000*i) || d.Driver != base+0x1000 {
				t.Errorf("%s: device %d is %+v", c.name, i, d)
			}
		}
	}
}

func TestReadDriver(t *testing.T) {
	const start = 0xFFFFF80320000000
	nameless := nt.Driver{Start: start}
	long := make([]uint16, 513)
	for i := range long {
		long[i] = 'x'
	}
	looks(t, driver, nt.ReadDriver, []look[nt.Driver]{
		{name: "driver", want: nt.Driver{Name: `\Driver\disk2`, Start: start}},
		{name: "name that ends early", patch: u16(0x150+2*7, 0), want: nt.Driver{Name: `\Driver`, Start: start}},
		{name: "name of one character", patch: u16(0x38, 2), want: nt.Driver{Name: `\`, Start: start}},
		{name: "name not in the dump", have: 0x150, want: nameless},
		{name: "name cut", have: 0x150 + 25, want: nameless},
		{name: "name elsewhere", patch: u64(0x40, base+0x10000), want: nameless},
		{name: "name of no length", patch: u16(0x38, 0), want: nameless},
		{name: "name of half a character", patch: u16(0x38, 25), want: nameless},
		{name: "name too long", patch: all(0, u16(0x38, 1026), u16(0x150, long...)), want: nameless},
		{name: "wrong size", patch: u16(2, 0x148), err: notThere},
		{name: "type of a device", patch: u16(0, 3), err: notThere},
		{name: "cut", have: 0x47, err: hole(0x47)},
	})
}

func TestReadPowerBlock(t *testing.T) {
	const first, second = 0xFFFFF80300001000, 0xFFFFF80300002000
	looks(t, power, nt.ReadPowerBlock, []look[nt.PowerBlock]{
		{name: "IRP", want: nt.PowerBlock{Revision: 1, First: first, Second: second}},
		{name: "Plug and Play", patch: u16(0, 0x8001, 2), want: nt.PowerBlock{PnP: true, Revision: 2, First: first, Second: second}},
		{name: "the number behind", patch: u16(0, 0x8002), err: notThere},
		{name: "the number before", patch: u16(0, 0x7FFF), err: notThere},
		{name: "zeros", patch: u32(0, 0), err: notThere},
		{name: "cut", have: 0x17, err: hole(0x17)},
	})
}
