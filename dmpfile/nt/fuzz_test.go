package nt_test

import (
	"bytes"
	"testing"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/dmptest"
	"github.com/dmplens/dmplens/dmpfile/nt"
)

func FuzzSnapshotOfTriage(f *testing.F) {
	for _, s := range dmptest.Samples() {
		f.Add(s.Data)
	}
	for _, b := range []*dmptest.Build{dmptest.Build9600, dmptest.Build26100, dmptest.Build22000ARM64, dmptest.Build7601X86} {
		x := machine(b)
		whole := x.Image().Data()
		f.Add(whole)
		for _, off := range []int{0x1C, 0x20, 0x24, 0x28, 0x70, 0x74, 0x78} { // offsets of the parts
			m := dmptest.Load(whole)
			m.PutU32(x.Header.Size()+off, uint32(len(whole)-0x40))
			f.Add(m.Data())
		}
		f.Add(whole[:len(whole)/2])
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := dmpfile.NewFile(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			return
		}
		if d.Triage == nil {
			return
		}
		k, err := nt.ReadKernel(d, nt.Budget{})
		if err != nil {
			t.Fatal(err)
		}
		x := k.Snapshot()
		if (x.DebuggerData == nil) != (k.DebuggerErr != nil) || (x.Process == nil) != (x.Thread == nil) || x.Idle && x.Process == nil {
			t.Fatalf("%+v", x)
		}
		x.Context(k)
		if p := x.Process; p != nil && !x.Idle && (p.Name == "" || len(p.Name) > 15 || p.ID == 0 || p.ID != x.Thread.ProcessID) {
			t.Fatalf("process %+v, thread %+v", p, x.Thread)
		}
		if len(x.BuildLab) > 128 {
			t.Fatalf("build text of %d bytes", len(x.BuildLab))
		}
	})
}

func FuzzParseDebuggerData(f *testing.F) {
	for _, b := range []*dmptest.Build{dmptest.Build9600, dmptest.Build26100, dmptest.Build7601X86} {
		whole := dmptest.KDBG{Build: b, KernBase: 0x82843000, PsLoadedModuleList: 1, PsActiveProcessHead: 2, NtBuildLab: 3}.Image().Data()
		for _, cut := range []int{0, 0x10, 0x14, 0x17, 0x18, 0x200, len(whole) - 1, len(whole)} {
			f.Add(whole[:cut], b.Machine == dmptest.X86)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte, narrow bool) {
		bits := 64
		if narrow {
			bits = 32
		}
		d, err := nt.ParseDebuggerData(data, bits)
		if (d == nil) != (err != nil) {
			t.Fatalf("%v, %v", d, err)
		}
		if err != nil {
			return
		}
		if d.Size() > len(data) || d.Size() > 0x600 || string(data[0x10:0x14]) != "KDBG" {
			t.Fatalf("%d bytes of %d", d.Size(), len(data))
		}
		for _, a := range addresses(d) {
			if narrow && a > 0xFFFFFFFF {
				t.Fatalf("a 32-bit address %#x", a)
			}
		}
	})
}
