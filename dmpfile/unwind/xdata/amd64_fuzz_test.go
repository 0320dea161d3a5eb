package xdata_test

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/pe"
	"github.com/dmplens/dmplens/dmpfile/unwind/insn"
	"github.com/dmplens/dmplens/dmpfile/unwind/xdata"
)

// countedAMD64 is a file that counts how often it is read.
type countedAMD64 struct {
	*bytes.Reader
	reads int
}

func (r *countedAMD64) ReadAt(p []byte, off int64) (int, error) {
	r.reads++
	return r.Reader.ReadAt(p, off)
}

// FuzzAMD64 unwinds from an address of a sample that has been changed: patch is a list of places, 2 bytes each, and the byte that goes there.
// The stack is of any content.
func FuzzAMD64(f *testing.F) {
	var samples [][]byte
	paths, err := filepath.Glob(filepath.Join("testdata", "amd64", "*.dll"))
	if err != nil || len(paths) == 0 {
		f.Fatal("no images", err)
	}
	for i, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		samples = append(samples, data)
		for rva := uint16(0x1000); rva < 0x2000; rva += 0x104 {
			patch := []byte{0x00, 0x14, byte(rva >> 4), 0x24, 0x14, 0x22, byte(rva), 0x15, 0xF5}
			f.Add(uint8(i), patch, rva, rva&4 == 0, []byte("\x11\x22\x33\x44\x55\x66\x77\x88 a stack of words"))
		}
	}
	f.Fuzz(func(t *testing.T, sample uint8, patch []byte, offset uint16, returned bool, stack []byte) {
		data, rva := bytes.Clone(samples[int(sample)%len(samples)]), uint32(offset)
		for ; len(patch) >= 3; patch = patch[3:] {
			data[int(binary.LittleEndian.Uint16(patch))%len(data)] = patch[2]
		}
		file := &countedAMD64{Reader: bytes.NewReader(data)}
		im, err := pe.NewFile(file, int64(len(data)))
		if err != nil {
			return
		}
		file.reads = 0
		found, ok, err := xdata.FunctionAMD64(im, rva)
		if ok && (err != nil || rva < found.Begin || rva >= found.End) || !ok && found != (xdata.Function{}) || file.reads > 64 {
			t.Fatalf("%#x: %+v, %v, %v after %d reads", rva, found, ok, err, file.reads)
		}
		if ok {
			if p, err := xdata.PrimaryAMD64(im, found); err != nil && p != (xdata.Function{}) {
				t.Fatalf("%+v, %v", p, err)
			}
		}

		sp := topAMD64 - 0x40
		m := &stackAMD64{sp, sp + dmpfile.VirtAddr(len(stack)), sp, map[dmpfile.VirtAddr]uint64{}}
		for i := 0; i+8 <= len(stack); i += 8 {
			m.words[sp+dmpfile.VirtAddr(i)] = binary.LittleEndian.Uint64(stack[i:])
		}
		var registers insn.Registers
		for x := insn.RAX; x <= insn.R15; x++ {
			registers.Set(x, uint64(sp)+uint64(x)*8)
		}
		registers.Set(insn.RSP, uint64(sp))
		registers.Forget(insn.R14)
		file.reads = 0
		c, err := xdata.CallerAMD64(im, baseAMD64, m, baseAMD64+dmpfile.VirtAddr(rva), registers, returned)
		if file.reads > 4096 {
			t.Fatalf("%d reads", file.reads)
		}
		if err != nil {
			if c != (xdata.Caller{}) {
				t.Fatalf("%+v, %v", c, err)
			}
			return
		}
		if _, known := c.Registers.Get(insn.RSP); !known || c.Slot < m.low || c.Slot+8 > m.high {
			t.Fatalf("%+v", c)
		}
		if _, known := c.Registers.Get(insn.RDX); known && !c.Machine {
			t.Fatalf("rdx is known: %+v", c)
		}
	})
}

// BenchmarkCallerAMD64 unwinds frames of a real driver's size of table, or of a sample where that is not at hand.
func BenchmarkCallerAMD64(b *testing.B) {
	im := sampleAMD64(b, "c2")
	for name, c := range map[string]struct {
		rva      uint32
		returned bool
	}{"returned": {0x12D0, true}, "body": {0x12D0, false}, "epilogue": {0x1323, false}} {
		b.Run(name, func(b *testing.B) {
			f := functionTable{slots: map[string]int{"rsi": 8, "rdi": 0x10, "rbx": 0x18}}
			m, registers := f.state(row{0, 0x38, "rsi rdi rbx"})
			b.ReportAllocs()
			for b.Loop() {
				if _, err := xdata.CallerAMD64(im, baseAMD64, m, baseAMD64+dmpfile.VirtAddr(c.rva), registers, c.returned); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkFunctionAMD64(b *testing.B) {
	im := driverAMD64(b, "Wdf01000.sys")
	b.ReportAllocs()
	for b.Loop() {
		if _, ok, err := xdata.FunctionAMD64(im, 0x6EC5F); !ok || err != nil {
			b.Fatal(ok, err)
		}
	}
}
