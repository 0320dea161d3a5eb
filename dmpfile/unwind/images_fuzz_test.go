package unwind_test

import (
	"bytes"
	"testing"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/pdb"
	"github.com/dmplens/dmplens/dmpfile/pe"
	"github.com/dmplens/dmplens/dmpfile/unwind"
	"github.com/dmplens/dmplens/dmpfile/unwind/insn"
)

// FuzzWalkImages walks stacks of any content by the unwind data of an image of any content, which is loaded in the kernel and in user mode; and those of
// x86 by frame data of any content. inMemory is how much of the image the dump has itself.
func FuzzWalkImages(f *testing.F) {
	x := newHandlerMachine(f)
	x.machineFrame(stackAt+0x40, inPushes, 0x10, stackAt+0x100)
	amd64 := x.Block().Data[:0x1200]
	for _, name := range []string{"v1", "v2", "raw", "odd"} {
		f.Add(uint16(dmpfile.MachineAMD64), sample(f, "amd64/"+name+".dll"), amd64, uint16(0x190C), uint16(0))
		f.Add(uint16(dmpfile.MachineAMD64), sample(f, "amd64/"+name+".dll"), amd64[0x100:], uint16(0x1108), uint16(0x2400))
	}
	f.Add(uint16(dmpfile.MachineARM64), sample(f, "arm64/frames.sys"), newARM64Machine(f).Block().Data[0x100:0x1500], uint16(0x1000), uint16(0))
	f.Add(uint16(dmpfile.MachineX86),
		[]byte("$T0 .raSearch = $eip $T0 ^ = $esp $T0 4 + = $ebp $T0 4 - ^ = "),
		newX86Machine(f).Block().Data[0x100:0x400], uint16(0x1009), uint16(0))
	f.Fuzz(func(t *testing.T, machine uint16, file, content []byte, rva, inMemory uint16) {
		if len(content) > stackSize || len(file) > 1<<16 {
			return
		}
		x := newMachine(dmpfile.Machine(machine))
		x.memory[stackAt] = content
		x.memory[userStack] = content
		x.memory[driverAt] = file[:min(len(file), int(inMemory))]
		if im, err := pe.NewFile(bytes.NewReader(file), int64(len(file))); err == nil {
			x.stack.Image = store{driverAt: im, userAt: im}.image
		}
		bases := []dmpfile.VirtAddr{driverAt, userAt}
		low := dmpfile.VirtAddr(stackAt)
		if x.stack.Machine == dmpfile.MachineX86 {
			bases, low = []dmpfile.VirtAddr{x86At, 0x400000}, stackX86
			x.memory[stackX86] = content
			x.stack.Low, x.stack.High = low, low+stackSize
			x.stack.FrameData = func(a dmpfile.VirtAddr) (pdb.Frame, uint32, bool) {
				data := pdb.Frame{RVA: uint32(a) &^ 0xFF, Size: 0x100, Kind: pdb.FrameKind(a >> 8 & 7), Locals: uint32(a & 0x3C), Params: uint32(a & 0xC)}
				if data.Kind == pdb.FrameProgram {
					data.Program = string(file)
				}
				return data, uint32(a), true
			}
		}
		kernel := x.stack.Module
		x.stack.Module = func(a dmpfile.VirtAddr) (base, end dmpfile.VirtAddr, ok bool) {
			for _, base := range bases {
				if base <= a && a < base+0x10000 {
					return base, base + 0x10000, true
				}
			}
			return kernel(a)
		}
		for i, base := range bases {
			from := unwind.Frame{IP: base + dmpfile.VirtAddr(rva), SP: low, FP: low + 0x10, Trust: unwind.Context, User: i == 1}
			for r := range 31 {
				from.ARM64.Set(r, uint64(low)+8*uint64(r))
			}
			from.Registers.Set(insn.RBP, uint64(low)+0x80)
			returned := from
			returned.Slot, returned.Trust = low-8, unwind.Scan
			for _, from := range []unwind.Frame{from, returned} {
				frames := x.stack.Walk(from)
				if len(frames) > 200 {
					t.Fatalf("%d frames", len(frames))
				}
				for k, f := range frames[1:] {
					before := frames[k]
					switch {
					case f.Trust == "":
						t.Fatalf("frame %d is %+v", k+1, f)
					case f.Trust.Rank() < before.Trust.Rank() && f.Record == 0:
						t.Fatalf("frame %d is surer than the one before:\n%s", k+1, text(frames))
					case before.User && (!f.User || f.IP>>47 != 0):
						t.Fatalf("frame %d is called from the kernel:\n%s", k+1, text(frames))
					case machine == uint16(dmpfile.MachineAMD64) && f.Slot != 0 && f.Slot < before.SP:
						t.Fatalf("frame %d is below the one before:\n%s", k+1, text(frames))
					}
				}
			}
		}
	})
}
