package analyze

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/dmptest"
	"github.com/dmplens/dmplens/dmpfile/nt"
	"github.com/dmplens/dmplens/report"
)

// others are what a copy can go on with, from an offset on: n bytes.
var others = map[string]func(b []byte, n int) []byte{
	"random": func(b []byte, n int) []byte {
		random := rand.New(rand.NewPCG(uint64(len(b)), uint64(n)))
		t := make([]byte, n+8)
		for i := 0; i < n; i += 8 {
			binary.LittleEndian.PutUint64(t[i:], random.Uint64())
		}
		return t[:n]
	},
	"erased": func(_ []byte, n int) []byte { return bytes.Repeat([]byte{0xFF}, n) },
	"text": func(_ []byte, n int) []byte {
		return bytes.Repeat([]byte("other bytes, as a disk had them before.\r\n"), n/40+1)[:n]
	},
	"stale": func(b []byte, n int) []byte { return bytes.Repeat(b, n/len(b)+1)[:n] }, // the file from its beginning
}

// TestOtherBytesBehind has dumps whose later part is other bytes, at the right length.
func TestOtherBytesBehind(t *testing.T) {
	for _, s := range dmptest.Samples() {
		switch s.Name {
		case "header-only.dmp", "encrypted.dmp", "offline-raw.dmp", "user-minidump.dmp":
			continue // nothing in them can be known
		}
		for _, percent := range []int{25, 40, 55, 70, 85} {
			for name, other := range others {
				from := len(s.Data) * percent / 100
				b := append(bytes.Clone(s.Data[:from]), other(s.Data[:from], len(s.Data)-from)...)
				for _, depth := range []report.Depth{report.DepthFull, report.DepthDeep} {
					if r := analyzedBy(t, Analyzer{Depth: depth}, b); r.Verdict != report.Damaged {
						t.Errorf("%s, %s from %d %% on, %s: %s, %+v", s.Name, name, percent, depth, r.Verdict, r.Findings)
					}
				}
			}
		}
	}
	s := dmptest.Samples()[slices.IndexFunc(dmptest.Samples(), func(s dmptest.Sample) bool { return s.Name == "bitmap-full.dmp" })]
	b := append(bytes.Clone(s.Data[:200_000]), others["random"](nil, len(s.Data)-200_000)...)
	if r := analyzedBy(t, Analyzer{}, b); r.Verdict != report.Damaged || !has(r, report.FindingPageTables, report.SeverityError) {
		t.Errorf("random from offset 200000 on: %s, %+v", r.Verdict, r.Findings)
	}
}

// TestOtherBytes has other bytes in one page each.
func TestOtherBytes(t *testing.T) {
	s := liveSystem("Taskmgr.exe", 3)
	space := s.Space()
	data := s.Bitmap(space).Image().Data()
	f, err := dmpfile.NewFile(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	k, err := nt.ReadKernel(f, nt.BudgetOf(1000))
	if err != nil {
		t.Fatal(err)
	}
	type place struct {
		name string
		off  int64
		want report.FindingID
	}
	var places []place
	for name, at := range map[string]uint64{
		"shared data": s.SharedAt(), "PRCB": s.PrcbAt(0), "thread": s.ThreadAt(0), "stack": s.StackAt(0) - 8, "module": s.EntryAt(1),
		"debugger data": s.KdbgAt(), "image": s.BaseAt(0),
	} {
		off, ok := k.FileOffset(dmpfile.VirtAddr(at))
		if !ok {
			t.Fatalf("%s is not there", name)
		}
		places = append(places, place{name, off &^ 0xFFF, report.FindingForeignContent})
	}
	for name, at := range map[string]uint64{"shared data": s.SharedAt(), "PRCB": s.PrcbAt(0), "stack": s.StackAt(0) - 8} {
		tables := k.Tables(dmpfile.VirtAddr(at))
		places = append(places, place{"the page table of " + name, tables[len(tables)-1], report.FindingPageTables})
	}
	for _, p := range places {
		for _, name := range []string{"random", "erased", "text"} {
			b := bytes.Clone(data)
			copy(b[p.off:], others[name](nil, 0x1000))
			r := analyzedBy(t, Analyzer{}, b)
			if r.Verdict != report.Damaged || !has(r, p.want, report.SeverityError) && !has(r, report.FindingModuleList, report.SeverityError) && !has(r, report.FindingPageTables, report.SeverityError) {
				t.Errorf("%s, %s: %s, %+v", p.name, name, r.Verdict, r.Findings)
			}
		}
	}
}

// What a dump leaves out, and what a system or a tool can have left so, is no damage.
func TestLeftOut(t *testing.T) {
	s := liveSystem("Taskmgr.exe", 3)
	for name, change := range map[string]func(sp *dmptest.Space){
		"shared data": func(sp *dmptest.Space) { sp.Drop(s.SharedAt(), 1) },
		"PRCBs":       func(sp *dmptest.Space) { sp.Drop(s.PrcbAt(0), 0x1000); sp.Drop(s.PrcbAt(1), 0x1000) },
		"a thread":    func(sp *dmptest.Space) { sp.Drop(s.ThreadAt(1), 8) },
		"another object where the thread of a processor ended": func(sp *dmptest.Space) { sp.Map(s.ThreadAt(1), []byte{0x41}) },
		"page table of shared data":                            func(sp *dmptest.Space) { sp.DropTable(s.SharedAt(), 1) },
		"stack":                                                func(sp *dmptest.Space) { sp.Drop(s.StackAt(0)-8, 8) },
		"one wiped image header":                               func(sp *dmptest.Space) { sp.Map(s.BaseAt(1), []byte("wiped")) },
	} {
		for _, depth := range []report.Depth{report.DepthFull, report.DepthDeep} {
			if r := dumped(t, Analyzer{Depth: depth}, s, change); r.Verdict != report.Complete {
				t.Errorf("%s, %s: %s, %+v", name, depth, r.Verdict, r.Findings)
			}
		}
	}
}

// TestOtherBytesInCopies has other bytes in one copy of a small dump each.
func TestOtherBytesInCopies(t *testing.T) {
	for _, s := range dmptest.Samples() {
		f, err := dmpfile.NewFile(bytes.NewReader(s.Data), int64(len(s.Data)))
		if err != nil || f.Triage == nil {
			continue
		}
		for what, off := range map[string]uint32{"PRCB": f.Triage.PrcbOffset, "process": f.Triage.ProcessOffset, "thread": f.Triage.ThreadOffset, "stack": f.Triage.CallStackOffset} {
			for _, name := range []string{"random", "erased", "text"} {
				b := bytes.Clone(s.Data)
				n := 0x200
				if what == "stack" {
					n = int(f.Triage.SizeOfCallStack)
				}
				copy(b[off:], others[name](nil, n))
				if r := analyzedBy(t, Analyzer{}, b); r.Verdict != report.Damaged || !has(r, report.FindingForeignContent, report.SeverityError) {
					t.Errorf("%s, %s, %s: %s, %+v", s.Name, what, name, r.Verdict, r.Findings)
				}
			}
		}
	}
}

func TestLooksEncoded(t *testing.T) {
	encoded := others["random"](nil, 0x340)
	for _, i := range []int{0x50, 0x88, 0x100, 0x208} { // words that are zero in plain
		copy(encoded[i:], "\x12\x34\x56\x78\x9a\xbc\xde\xf0")
	}
	if !looksEncoded(encoded) {
		t.Error("an encoded block")
	}
	for _, name := range []string{"random", "erased", "text"} {
		if looksEncoded(others[name](nil, 0x340)) {
			t.Error(fmt.Sprint(name, " as a block"))
		}
	}
}
