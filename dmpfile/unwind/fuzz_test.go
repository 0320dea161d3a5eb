package unwind_test

import (
	"testing"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/dmptest"
	"github.com/dmplens/dmplens/dmpfile/unwind"
)

// FuzzWalk walks stacks of any content, with code of any content in both images.
func FuzzWalk(f *testing.F) {
	x := newMachine(dmpfile.MachineAMD64)
	x.BugCheck(called, kernelAt+0x1A55, [5]uint64{0x7E, 1, 2, 3, 4})
	x.History(stackAt+0x300, functions...)
	x.Words(faultAt-0x1E0-8, kernelAt+0x7BAC)
	x.Exception(faultAt-0xA8, dmptest.Exception{Code: 0xC0000005, Address: fault.IP})
	x.Trap(faultAt, fault)
	x.Words(stackAt+0xBD8, driverAt+0x3050, 0, driverAt+0x4000)
	f.Add(uint16(0x8664), x.Block().Data[:0xD00], dmptest.ReturnCode(0x28, 3))
	y := newMachine(dmpfile.MachineARM64)
	y.Linked(8, []uint64{stackAt + 0x10, stackAt + 0x40}, []uint64{driverAt + 0x3050, kernelAt + 0x5004})
	f.Add(uint16(0xAA64), y.Block().Data[:0x80], []byte{})
	f.Add(uint16(0x14C), y.Block().Data[:0x80], []byte{0xC3})
	f.Fuzz(func(t *testing.T, machine uint16, content, code []byte) {
		if len(content) > stackSize {
			return
		}
		x := newMachine(dmpfile.Machine(machine))
		x.memory[stackAt] = content
		for at := uint64(driverAt); len(code) > 0 && at < driverAt+0x8000; at += 0x1000 {
			x.code(at, code[:min(len(code), 0x1000)])
			x.code(at-driverAt+kernelAt, code[:min(len(code), 0x1000)])
		}
		for _, fn := range functions {
			x.add(fn.Block())
		}
		s := &x.stack
		s.Fault = dmpfile.VirtAddr(fault.IP)
		from := at(driverAt+0x2010, stackAt)
		from.FP = stackAt + 0x10
		starts := []unwind.Frame{from}
		if c, _, ok := s.Caller(called, 0x7E, 4); ok {
			starts = append(starts, c)
		}
		for _, start := range starts {
			frames := s.Walk(start)
			if len(frames) > 200 {
				t.Fatalf("%d frames", len(frames))
			}
			for i, f := range frames[1:] {
				if f.Trust == "" || f.Slot == 0 && f.Record == 0 {
					t.Fatalf("frame %d is %+v", i+1, f)
				}
			}
		}
	})
}
