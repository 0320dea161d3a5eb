package nt_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/dmptest"
	"github.com/dmplens/dmplens/dmpfile/nt"
)

// table is a page of 64-bit entries.
func table(entries map[int]uint64) []byte {
	m := &dmptest.Image{}
	m.Grow(0x1000)
	for i, e := range entries {
		m.PutU64(8*i, e)
	}
	return m.Data()
}

// Page tables with literal entries: present and writable is 3.
func TestKernelMemory(t *testing.T) {
	const va = 0xFFFFF80000201000 // indexes 0x1F0, 0, 1, 1 on four levels; 0x1FF, 0x1F0, 0, 1, 1 on five
	text := bytes.Repeat([]byte("dmplens "), 512)
	four := dmptest.Pages{
		0x10: table(map[int]uint64{0x1F0: 0x11003, 0x1ED: 0x10003}), 0x11: table(map[int]uint64{0: 0x12003}),
		0x12: table(map[int]uint64{1: 0x13003}), 0x13: table(map[int]uint64{1: 0x14003}), 0x14: text,
	}
	five := dmptest.Pages{
		0x20: table(map[int]uint64{0x1FF: 0x10003, 0x1ED: 0x20003}), 0x10: table(map[int]uint64{0x1F0: 0x11003}),
		0x11: four[0x11], 0x12: four[0x12], 0x13: four[0x13], 0x14: text,
	}
	// A 32-bit kernel: 0x80401000 has the indexes 2, 2, 1 with PAE, and 0x201, 1 without.
	const va32 = 0x80401000
	pae := dmptest.Pages{
		0x10: table(map[int]uint64{2: 0x11001}), 0x11: table(map[int]uint64{2: 0x12003}), 0x12: table(map[int]uint64{1: 0x14003}), 0x14: text,
	}
	plain := dmptest.Pages{0x10: make([]byte, 0x1000), 0x11: make([]byte, 0x1000), 0x14: text}
	plain[0x10][4*0x201], plain[0x10][4*0x201+1], plain[0x10][4*0x201+2] = 0x03, 0x10, 0x01
	plain[0x11][4], plain[0x11][5], plain[0x11][6] = 0x03, 0x40, 0x01

	for name, c := range map[string]struct {
		machine uint16
		root    uint64
		pages   dmptest.Pages
		va      dmpfile.VirtAddr
		pae     *uint8
	}{
		"amd64, 4 levels":       {dmptest.AMD64, 0x10002, four, va, nil},
		"amd64, 5 levels":       {dmptest.AMD64, 0x20000, five, va, nil},
		"arm64":                 {dmptest.ARM64, 0x10000, four, va, nil},
		"x86, PAE":              {dmptest.X86, 0x10000, pae, va32, new(uint8(1))},
		"x86, no PAE":           {dmptest.X86, 0x10000, plain, va32, new(uint8(0))},
		"x86, PAE not said":     {dmptest.X86, 0x10000, pae, va32, nil},
		"x86, no PAE, not said": {dmptest.X86, 0x10000, plain, va32, nil},
	} {
		t.Run(name, func(t *testing.T) {
			h := dmptest.Header{Machine: c.machine, Build: 19041, DirectoryTableBase: c.root, PsLoadedModuleList: uint64(c.va), PAE: c.pae, DumpType: 6}
			b := dmptest.Bitmap{Header: h, Bits: 0x100, Pages: c.pages}.Image().Data()
			f, err := dmpfile.NewFile(bytes.NewReader(b), int64(len(b)))
			if err != nil {
				t.Fatal(err)
			}
			m, err := nt.KernelMemory(f)
			if err != nil {
				t.Fatal(err)
			}
			got := make([]byte, 16)
			if n, err := m.ReadVirtual(got, c.va+8); err != nil || n != 16 || string(got) != "dmplens dmplens " {
				t.Errorf("%q, %v", got[:n], err)
			}
			n, err := m.ReadVirtual(got, c.va+0xff8)
			if n != 8 || err == nil {
				t.Errorf("across the end of what is mapped: %d bytes, %v", n, err)
			}
		})
	}
	b := dmptest.Bitmap{Header: dmptest.Header{DumpType: 6}, Bits: 8, Pages: dmptest.Pages{1: nil}}.Image().Data()
	f, err := dmpfile.NewFile(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := nt.KernelMemory(f); !errors.Is(err, nt.ErrNoAddressSpace) {
		t.Errorf("without a directory table base: %v", err)
	}
}
