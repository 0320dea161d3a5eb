package nt_test

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/dmptest"
	"github.com/dmplens/dmplens/dmpfile/nt"
)

// TestCorpusAsPages puts what real small dumps hold into pages: their debugger data, plain and encoded, and the copies of the
// processor, process and thread, where they were in memory. What is then found by page tables has to be what the small dump says.
func TestCorpusAsPages(t *testing.T) {
	folder := os.Getenv("DMPLENS_CORPUS")
	if folder == "" {
		t.Skip("NO REAL DUMPS: set DMPLENS_CORPUS to the folder that has them, or what this test proves is not proven")
	}
	files, err := filepath.Glob(filepath.Join(folder, "dumps", "*.dmp"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no dumps: %v", err)
	}
	tried, current := 0, 0
	for _, name := range files {
		f, err := dmpfile.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		k, err := nt.ReadKernel(f, nt.Budget{})
		if err != nil {
			t.Fatal(err)
		}
		want := k.Snapshot()
		if want.Thread == nil {
			f.Close()
			continue
		}
		t.Run(filepath.Base(name), func(t *testing.T) {
			tried++
			if asPages(t, f, want) {
				current++
			}
		})
		f.Close()
	}
	if tried < 20 || current < 20 {
		t.Errorf("only %d dumps were tried, with %d current processors", tried, current)
	}
}

// word reads a 64-bit number of a copied structure.
func word(b []byte, off int) uint64 { return binary.LittleEndian.Uint64(b[off:]) }

// asPages makes the dumps, and says whether their current processor was found.
func asPages(t *testing.T, f *dmpfile.File, want *nt.Snapshot) bool {
	tr := f.Triage
	kdbg, err := tr.DebuggerData()
	if err != nil {
		t.Fatal(err)
	}
	half := func(off int) int { return int(binary.LittleEndian.Uint16(kdbg[off:])) }
	section := func(name string, off uint32, size int) []byte {
		b, err := tr.Section(name, off, size)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	prcb := section("PRCB", tr.PrcbOffset, half(0x2B0))
	process := section("process", tr.ProcessOffset, half(0x2A8))
	thread := section("thread", tr.ThreadOffset, half(0x2C0))
	number := binary.LittleEndian.Uint32(prcb[half(0x2BE):])
	const prcbAt = 0xFFFFF80000100180 // the dump does not say where it was
	processAt := word(thread, half(0x2A0))

	var header [0x2000]byte
	if _, err := f.ReadAt(header[:], 0); err != nil {
		t.Fatal(err)
	}
	mode := dmptest.ModeAMD64
	if m, _ := f.Machine(); m == dmpfile.MachineARM64 {
		mode = dmptest.ModeARM64
	}
	kdbgAt, _ := f.KdDebuggerDataBlock()
	found := false
	for _, encoded := range []bool{false, true} {
		sp := dmptest.NewSpace(mode, 0x100)
		for at, size := range map[uint64]int{word(kdbg, 0x208): 0x80, word(prcb, half(0x338)): 0x4D0} { // the build's name, the context
			data := make([]byte, size)
			n, _ := tr.ReadVirtual(data, dmpfile.VirtAddr(at))
			sp.Map(at, data[:n])
		}
		block := kdbg
		if encoded {
			block = dmptest.EncodeKDBG(kdbg, 0x9C5D3A1E8F4B6B27, 0x4E1B7F90A6D2C835, 0xFFFFF80312E05100)
		}
		sp.Map(uint64(kdbgAt), block)
		sp.Map(prcbAt, prcb)
		sp.Map(uint64(want.Thread.Address), thread)
		sp.Map(processAt, process)
		sp.PutPtr(word(kdbg, 0x218)+8*uint64(number), prcbAt)

		// A dump of type 6 with the header of the small one.
		image := dmptest.Bitmap{Header: dmptest.Header{DumpType: 6}, Pages: sp.Pages()}.Image().Data()
		copy(image, header[:0x1058])
		binary.LittleEndian.PutUint32(image[0xF98:], 6)
		binary.LittleEndian.PutUint64(image[0x10:], sp.Root())
		g, err := dmpfile.NewFile(bytes.NewReader(image), int64(len(image)))
		if err != nil {
			t.Fatal(err)
		}
		k, err := nt.ReadKernel(g, nt.BudgetOf(1000))
		if err != nil {
			t.Fatal(err)
		}
		state := map[bool]nt.DebuggerDataState{false: nt.DebuggerDataPlain, true: nt.DebuggerDataEncoded}[encoded]
		if k.DebuggerState != state {
			t.Fatalf("debugger data is %s, want %s", k.DebuggerState, state)
		}
		if lab, _ := k.BuildLab(); lab != want.BuildLab {
			t.Errorf("build %q, want %q", lab, want.BuildLab)
		}
		p, err := k.Processor(number)
		if err != nil {
			t.Fatal(err)
		}
		if p.Thread == nil || p.Thread.ID != want.Thread.ID || p.Thread.ProcessID != want.Thread.ProcessID || p.Idle != want.Idle {
			t.Errorf("thread %+v, idle %v, want %+v, %v", p.Thread, p.Idle, want.Thread, want.Idle)
		}
		attached := !want.Idle && word(thread, half(0x2A0)) != processAt
		if !attached && (p.Process == nil || p.Process.Name != want.Process.Name || p.Process.ID != want.Process.ID) {
			t.Errorf("process %+v, want %+v", p.Process, want.Process)
		}
		if !want.Idle && p.Process != nil && p.Process.Created.IsZero() && !strings.Contains(t.Name(), "111317-25234") {
			t.Errorf("the time when %s was created is not known", p.Process.Name)
		}
		s := k.Snapshot()
		if s.Processor != nil {
			found = true
			if *s.Processor != number || want.Stack == nt.ThreadStack && s.Stack != want.Stack {
				t.Errorf("processor %d, stack %q; want %d, %q", *s.Processor, s.Stack, number, want.Stack)
			}
		}

	}
	return found
}
