package nt_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"testing"

	"pgregory.net/rapid"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/dmptest"
	"github.com/dmplens/dmplens/dmpfile/nt"
)

// TestEncodedDebuggerData decodes blocks with any secrets, whose only plain words are in the header of the dump.
func TestEncodedDebuggerData(t *testing.T) {
	s := windows(dmptest.Build26100, dmptest.ModeAMD64)
	sp := s.Space()
	x := s.Bitmap(sp)
	whole := x.Image().Data()
	f := open(t, whole)
	pfn, ok := sp.Frame(s.KdbgAt())
	off, stored, err := f.Page(pfn)
	if !ok || !stored || err != nil {
		t.Fatal(ok, stored, err)
	}
	off += int64(s.KdbgAt() % 0x1000)
	plain := bytes.Clone(whole[off : off+0x3A0])
	rapid.Check(t, func(t *rapid.T) {
		secret := rapid.Uint64()
		copy(whole[off:], dmptest.EncodeKDBG(plain, secret.Draw(t, "never"), secret.Draw(t, "always"), secret.Draw(t, "address")))
		k, err := nt.ReadKernel(f, 100)
		if err != nil {
			t.Fatal(err)
		}
		base, _ := k.Base()
		lab, err := k.BuildLab()
		if k.DebuggerData == nil || uint64(base) != s.BaseAt(0) || lab != s.BuildLab || err != nil {
			t.Fatalf("%s, kernel at %#x, %q, %v", k.DebuggerState, base, lab, err)
		}
	})
}

// fuzzSystems are dumps that differ in where their lists and tables are.
func fuzzSystems() (all [][]byte) {
	for _, c := range machines {
		s := windows(c.build, c.mode)
		sp := s.Space()
		all = append(all, s.Bitmap(sp).Image().Data())
	}
	s := windows(dmptest.Build26100, dmptest.ModeAMD64)
	s.Encoded = true
	all = append(all, s.Bitmap(s.Space()).Image().Data())
	other := *dmptest.Build26100
	other.Process.ImageName += 0x28
	s = windows(&other, dmptest.ModeAMD64)
	s.Header.Build = 27900
	return append(all, s.Bitmap(s.Space()).Image().Data())
}

// FuzzKernel changes words of a dump's memory: 4 bytes say where, 8 bytes what. Words that are not zero are chosen among those of the
// dump itself too, so that pointers lead to wrong places that exist.
func FuzzKernel(f *testing.F) {
	dumps := fuzzSystems()
	var words [][]int // offsets of the words of each dump that are not zero
	for _, d := range dumps {
		var list []int
		for off := 0x2000; off+8 <= len(d); off += 8 {
			if binary.LittleEndian.Uint64(d[off:]) != 0 {
				list = append(list, off)
			}
		}
		words = append(words, list)
	}
	for i := range dumps {
		f.Add(uint8(i), []byte{})
		f.Add(uint8(i), []byte{1, 0, 0, 0x80, 2, 0, 0, 0, 0, 0, 0, 0x80})
		f.Add(uint8(i), []byte{5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9, 1, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF})
	}
	f.Fuzz(func(t *testing.T, which uint8, changes []byte) {
		n := int(which) % len(dumps)
		data, list := bytes.Clone(dumps[n]), words[n]
		for range 64 {
			if len(changes) < 12 {
				break
			}
			at, v := int(binary.LittleEndian.Uint32(changes)), binary.LittleEndian.Uint64(changes[4:])
			if v>>63 != 0 && v>>48 != 0xFFFF { // a word of the dump
				v = binary.LittleEndian.Uint64(data[list[v%uint64(len(list))]:])
			}
			binary.LittleEndian.PutUint64(data[list[at%len(list)]:], v)
			changes = changes[12:]
		}
		d, err := dmpfile.NewFile(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			return
		}
		const limit = 200
		k, err := nt.ReadKernel(d, limit)
		if err != nil {
			return
		}
		lookAtKernel(t, k)
		if _, err := k.Modules(); errors.Is(err, nt.ErrLimit) {
			k.Allow(limit)
		}
	})
}

// lookAtKernel asks a kernel for everything, and checks what has to hold of any answer.
func lookAtKernel(t *testing.T, k *nt.Kernel) {
	modules, err := k.Modules()
	for i := range modules {
		if m := &modules[i]; m.Base == 0 || m.Size == 0 || err == nil && len(modules) > 100 {
			t.Fatalf("module %d of %d: %+v", i, len(modules), m)
		}
		k.Identify(&modules[i])
	}
	processes, _ := k.Processes()
	for _, p := range processes {
		if p.Name == "" || len(p.Name) > 15 || p.ID >= 1<<32 {
			t.Fatalf("process %+v", p)
		}
	}
	unloaded, _ := k.UnloadedModules()
	if len(unloaded) > 50 {
		t.Fatalf("%d unloaded modules", len(unloaded))
	}
	for n := range uint32(3) {
		p, err := k.Processor(n)
		if (p == nil) != (err != nil) {
			t.Fatalf("%+v, %v", p, err)
		}
		if p != nil && (p.Number != n || p.Idle && p.Process == nil) {
			t.Fatalf("%+v", p)
		}
		if a, size, err := k.ProcessorArea(n); err == nil {
			if u, err := k.Pages(a, uint64(size)); err == nil && (u.Have > u.Mapped || u.Mapped > u.Of || u.Of > 17) {
				t.Fatalf("%+v", u)
			}
		}
	}
	s := k.Snapshot()
	if s == nil || s.Idle && s.Process == nil || s.Context == nil && s.ContextAt != 0 {
		t.Fatalf("%+v", s)
	}
	k.Base()
	if lab, err := k.BuildLab(); len(lab) > 128 || lab == "" && err == nil {
		t.Fatalf("%q, %v", lab, err)
	}
	for _, bits := range []int{32, 64} {
		nt.ReadSharedData(k, bits)
	}
	if have, of, missing, _ := k.UserPages(256); have > of || of > 256 || missing < 0 {
		t.Fatalf("%d of %d user pages, %d missing", have, of, missing)
	}
}
