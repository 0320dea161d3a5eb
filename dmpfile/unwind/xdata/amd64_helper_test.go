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
)

const baseAMD64 dmpfile.VirtAddr = 0xFFFFF80312400000

func openAMD64(t testing.TB, path string) *pe.Image {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	im, err := pe.NewFile(f, info.Size())
	if err != nil {
		t.Fatal(path, err)
	}
	return im
}

func sampleAMD64(t testing.TB, name string) *pe.Image {
	return openAMD64(t, filepath.Join("testdata", "amd64", name+".dll"))
}

// stackAMD64 is a stack. Each word is given or poison: one below rsp is always that, as an interrupt can overwrite it.
type stackAMD64 struct {
	low, high dmpfile.VirtAddr // what memory there is
	sp        dmpfile.VirtAddr
	words     map[dmpfile.VirtAddr]uint64
}

func (s *stackAMD64) ReadVirtual(p []byte, a dmpfile.VirtAddr) (n int, err error) {
	for ; n < len(p); n++ {
		at := a + dmpfile.VirtAddr(n)
		if at < s.low || at >= s.high {
			return n, &dmpfile.NotInDumpError{Address: at}
		}
		word, ok := s.words[at&^7]
		if !ok || at < s.sp {
			word = 0xDEAD<<48 | uint64(at&^7)&0xFFFFFFFF
		}
		var b [8]byte
		binary.LittleEndian.PutUint64(b[:], word)
		p[n] = b[at&7]
	}
	return n, nil
}

// What called the functions of the tables, or was interrupted there.
const (
	topAMD64    dmpfile.VirtAddr = 0xFFFF850429B0FFF8 // where the return address stands, or the rip of a machine frame
	returnAMD64 uint64           = 0xFFFFF80355501234
	machineSP   uint64           = 0xFFFF850430000A00
)

var nonvolatiles = []insn.Register{insn.RBX, insn.RBP, insn.RSI, insn.RDI, insn.R12, insn.R13, insn.R14, insn.R15}

var callersAMD64 = map[insn.Register]uint64{
	insn.RBX: 0xB000000000000003, insn.RBP: 0xB000000000000005, insn.RSI: 0xB000000000000006, insn.RDI: 0xB000000000000007,
	insn.R12: 0xB00000000000000C, insn.R13: 0xB00000000000000D, insn.R14: 0xB00000000000000E, insn.R15: 0xB00000000000000F,
	insn.RAX: 0xB000000000000000, insn.RCX: 0xB000000000000001, // of an interrupted function
}

// withoutTable opens an image after its exception directory has been taken out.
func withoutTable(t testing.TB, data []byte) *pe.Image {
	t.Helper()
	header := binary.LittleEndian.Uint32(data[0x3C:])
	clear(data[header+0x18+0x70+3*8:][:8])
	im, err := pe.NewFile(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	return im
}
