package nt_test

import (
	"errors"
	"maps"
	"reflect"
	"testing"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/dmptest"
	"github.com/dmplens/dmplens/dmpfile/nt"
	"github.com/dmplens/dmplens/dmpfile/whea"
)

// counted counts what is read of a memory.
type counted struct {
	nt.Memory
	calls, bytes int
}

func (c *counted) ReadVirtual(p []byte, a dmpfile.VirtAddr) (int, error) {
	c.calls++
	c.bytes += len(p)
	return c.Memory.ReadVirtual(p, a)
}

// plausible says what is wrong with something that was read, if anything is.
func plausible(x any) string {
	switch x := x.(type) {
	case dmpfile.Exception:
		if len(x.Information) > 15 {
			return "more words than there is room for"
		}
	case dmpfile.Context:
		if len(maps.Collect(x.Registers())) == 0 {
			return "no registers"
		}
	case nt.IRP:
		if x.StackCount == 0 || x.CurrentLocation == 0 || int(x.CurrentLocation) > int(x.StackCount)+1 ||
			x.HasLocation && x.CurrentLocation > x.StackCount || !x.HasLocation && x.Device != 0 {
			return "an impossible location"
		}
	case nt.Driver:
		if len(x.Name) > 256*3 {
			return "a long name"
		}
	case nt.PoolHeader:
		if len(x.Tag) != 4 || x.Size < 0x10 || x.Size > 0xFF0 {
			return "an impossible header"
		}
	case *whea.Record:
		if len(x.Sections) > 64 {
			return "many sections"
		}
	case nt.Process:
		if x.Name == "" || len(x.Name) > 15 || x.ID%4 != 0 || x.ID >= 1<<32 {
			return "an impossible process"
		}
	}
	return ""
}

// anyReader makes one kind of reader out of all.
func anyReader[T any](read func(nt.Memory, dmpfile.VirtAddr) (T, error)) func(nt.Memory, dmpfile.VirtAddr) (any, error) {
	return func(m nt.Memory, a dmpfile.VirtAddr) (any, error) { return read(m, a) }
}

func readers() map[string]func(nt.Memory, dmpfile.VirtAddr) (any, error) {
	list := map[string]func(nt.Memory, dmpfile.VirtAddr) (any, error){
		"irp": anyReader(nt.ReadIRP), "device": anyReader(nt.ReadDevice), "driver": anyReader(nt.ReadDriver),
		"power": anyReader(nt.ReadPowerBlock), "pool": anyReader(nt.ReadPoolHeader), "whea": anyReader(nt.ReadErrorRecord),
	}
	for name, bits := range map[string]int{"exception, 64": 64, "exception, 32": 32} {
		list[name] = func(m nt.Memory, a dmpfile.VirtAddr) (any, error) { return nt.ReadException(m, a, bits) }
	}
	for _, x := range []dmpfile.Machine{dmpfile.MachineAMD64, dmpfile.MachineX86, dmpfile.MachineARM, dmpfile.MachineARM64, 0} {
		list["context, "+x.String()] = func(m nt.Memory, a dmpfile.VirtAddr) (any, error) { return nt.ReadContext(m, a, x) }
		list["trap frame, "+x.String()] = func(m nt.Memory, a dmpfile.VirtAddr) (any, error) { return nt.ReadTrapFrame(m, a, x) }
	}
	list["device stack"] = func(m nt.Memory, a dmpfile.VirtAddr) (any, error) {
		devices, err := nt.ReadDeviceStack(m, a)
		if err != nil || len(devices) == 0 { // those before the error are no failure
			return []nt.StackedDevice(nil), nt.ErrNotThere
		}
		return devices, nil
	}
	list["trap frame on a stack"] = func(m nt.Memory, a dmpfile.VirtAddr) (any, error) {
		_, t, ok := nt.FindTrapFrame(m, a, a+0x1000, func(t nt.TrapFrame) bool { return !t.User })
		if !ok {
			return nt.TrapFrame{}, nt.ErrNotThere
		}
		return t, nil
	}
	return list
}

// FuzzRecords reads every structure out of memory that holds anything, at addresses in it, at its edges and far from it.
func FuzzRecords(f *testing.F) {
	for _, whole := range []patch{
		exception64, exception32, contextAMD64, contextARM64, contextX86, trapAMD64, trapX86, irp, device, driver, power, pool, record,
		eprocess(0x440, 0x5A8), all(0), all(0x200, func(m *dmptest.Image) { m.PutFiller(0, 0x200) }),
	} {
		b := look[int]{}.image(whole)
		for _, at := range []uint64{0, 1, 8, 0x10, uint64(len(b)), ^uint64(0x7F)} {
			f.Add(b, at, at == 8)
		}
		f.Add(b[:len(b)*3/4], uint64(base), true)
	}
	list := readers()
	f.Fuzz(func(t *testing.T, data []byte, at uint64, high bool) {
		data = data[:min(len(data), 1<<16)]
		start, size := dmpfile.VirtAddr(base), dmpfile.VirtAddr(len(data))
		if high {
			start = -size // so that the memory ends where the address space does
		}
		addresses := []dmpfile.VirtAddr{
			start, start - 1, start - 0x10, start + size - 1, start + size - 0x10, start + size, start + dmpfile.VirtAddr(at), dmpfile.VirtAddr(at), 0, ^dmpfile.VirtAddr(0),
		}
		judge := func(name string, a dmpfile.VirtAddr, got any, err error) {
			var h *dmpfile.NotInDumpError
			switch {
			case err == nil:
				if s := plausible(got); s != "" {
					t.Fatalf("%s at %#x: %s: %+v", name, a, s, got)
				}
			case !reflect.ValueOf(got).IsZero():
				t.Fatalf("%s at %#x: %+v and %v", name, a, got, err)
			case !(errors.Is(err, nt.ErrNotThere) || errors.Is(err, nt.ErrUnknownLayout)) && !errors.As(err, &h):
				t.Fatalf("%s at %#x: %v", name, a, err)
			}
		}
		m := memory{start: data}
		for _, a := range addresses {
			for name, read := range list {
				c := &counted{Memory: m}
				got, err := read(c, a)
				judge(name, a, got, err)
				// The most is an error record: its header, and all of it. A stack that is searched for a trap frame may have 256 of them, and
				// pointers to as many, each read with the word below it.
				calls, bytes := 1+2*64, 0x80+whea.MaxSize
				if name == "trap frame on a stack" {
					calls, bytes = 1+4*256, 0x1000+2*256*(0x190+8)
				}
				if c.calls > calls || c.bytes > bytes {
					t.Fatalf("%s at %#x: %d reads of %d bytes", name, a, c.calls, c.bytes)
				}
			}
		}
		d := open(t, dmptest.Triage{
			Header: dmptest.Header{Build: 19041},
			KDBG:   &dmptest.KDBG{Build: dmptest.Build19041, KernBase: 0x82843000},
			Blocks: []dmptest.Block{{VA: uint64(start), Data: data}},
		}.Image().Data())
		x, err := nt.ReadKernel(d, nt.Budget{})
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range addresses {
			got, err := x.ProcessAt(a)
			judge("process", a, got, err)
		}
	})
}
