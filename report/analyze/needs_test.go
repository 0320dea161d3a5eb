package analyze

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
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

// saysOtherBytes says whether a report has a finding of what checkNeeds looks at.
func saysOtherBytes(r *report.Report) bool {
	return slices.ContainsFunc(r.Findings, func(f report.Finding) bool { return strings.HasPrefix(f.Message, "other bytes than those of the dump") })
}

// TestOtherBytesBehind has dumps whose later part is other bytes, at the right length. Stale bytes look like page tables that map nothing,
// so that of those less is known.
func TestOtherBytesBehind(t *testing.T) {
	if testing.Short() {
		t.Skip("the race detector would take minutes; other tests work side by side")
	}
	stale, known := 0, 0
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
					r := analyzedBy(t, Analyzer{Depth: depth}, b)
					switch is := r.Verdict == report.Damaged; {
					case name == "stale":
						stale++
						if is {
							known++
						}
					case !is:
						t.Errorf("%s, %s from %d %% on, %s: %s, %+v", s.Name, name, percent, depth, r.Verdict, r.Findings)
					}
				}
			}
		}
	}
	if known < stale/2 {
		t.Errorf("of %d with stale bytes %d are known", stale, known)
	}
	s := dmptest.Samples()[slices.IndexFunc(dmptest.Samples(), func(s dmptest.Sample) bool { return s.Name == "bitmap-full.dmp" })]
	b := append(bytes.Clone(s.Data[:200_000]), others["random"](nil, len(s.Data)-200_000)...)
	if r := analyzedBy(t, Analyzer{}, b); r.Verdict != report.Damaged || !has(r, report.FindingPageTables, report.SeverityError) {
		t.Errorf("random from offset 200000 on: %s, %+v", r.Verdict, r.Findings)
	}
	b = bytes.Clone(s.Data)
	copy(b[200_000:], others["random"](nil, 100_000)) // and the rest is right
	if r := analyzedBy(t, Analyzer{}, b); r.Verdict != report.Damaged || !saysOtherBytes(r) {
		t.Errorf("random from offset 200000 to 300000: %s, %+v", r.Verdict, r.Findings)
	}
}

// TestOneOtherPage has other bytes in one page each: one pointer or one entry of a page table that is wrong looks so too, and a system can
// have crashed of that.
func TestOneOtherPage(t *testing.T) {
	s := liveSystem("Taskmgr.exe", 3)
	data := s.Bitmap(s.Space()).Image().Data()
	f, err := dmpfile.NewFile(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	k, err := nt.ReadKernel(f, nt.BudgetOf(1000))
	if err != nil {
		t.Fatal(err)
	}
	places := map[string]int64{}
	for name, at := range map[string]uint64{
		"shared data": s.SharedAt(), "PRCB": s.PrcbAt(0), "thread": s.ThreadAt(0), "stack": s.StackAt(0) - 8, "module": s.EntryAt(1),
		"debugger data": s.KdbgAt(), "image": s.BaseAt(0),
	} {
		off, ok := k.FileOffset(dmpfile.VirtAddr(at))
		if !ok {
			t.Fatalf("%s is not there", name)
		}
		places[name] = off &^ 0xFFF
		if tables := k.Tables(dmpfile.VirtAddr(at)); name == "shared data" || name == "PRCB" || name == "stack" {
			places["the page table of "+name] = tables[len(tables)-1]
		}
	}
	for _, name := range []string{"random", "erased", "text"} {
		all := bytes.Clone(data)
		for place, off := range places {
			b := bytes.Clone(data)
			copy(b[off:], others[name](nil, 0x1000))
			if r := analyzedBy(t, Analyzer{}, b); saysOtherBytes(r) {
				t.Errorf("%s, %s: %+v", place, name, r.Findings)
			}
			if strings.HasPrefix(place, "the page table") {
				copy(all[off:], others[name](nil, 0x1000))
			}
		}
		if r := analyzedBy(t, Analyzer{}, all); r.Verdict != report.Damaged {
			t.Errorf("several page tables, %s: %s, %+v", name, r.Verdict, r.Findings)
		}
	}
}

// TestOneFault has what systems crash of, or what tools write: the verdict of none is that bytes of the file are wrong.
func TestOneFault(t *testing.T) {
	s := liveSystem("Taskmgr.exe", 3)
	sp := s.Registers(0).SP
	entry := func(a uint64, change func(e uint64) uint64) func(*dmptest.Space) {
		return func(sp *dmptest.Space) { sp.PutEntry(a, 1, change(sp.Entry(a, 1))) }
	}
	cases := map[string]func(sp *dmptest.Space){
		"a thread that is locked":          func(sp *dmptest.Space) { sp.Map(s.ThreadAt(0), []byte{0x86}) },
		"a link with a bit that flipped":   func(sp *dmptest.Space) { sp.PutPtr(s.EntryAt(2), s.EntryAt(3)^1<<30) },
		"a link to another object":         func(sp *dmptest.Space) { sp.PutPtr(s.EntryAt(2), s.ThreadAt(1)+0x20) },
		"a link to nothing":                func(sp *dmptest.Space) { sp.PutPtr(s.EntryAt(2), 0) },
		"text in an entry of modules":      func(sp *dmptest.Space) { sp.Map(s.EntryAt(2), bytes.Repeat([]byte("A"), 16)) },
		"a stack that was overwritten":     func(m *dmptest.Space) { m.Map(sp, bytes.Repeat([]byte("A"), int(s.StackAt(0)-sp))) },
		"shared data: product type":        func(sp *dmptest.Space) { sp.Map(s.SharedAt()+0x264, []byte{0x41}) },
		"shared data: version":             func(sp *dmptest.Space) { sp.Map(s.SharedAt()+0x26C, []byte{0x41}) },
		"shared data: clock between ticks": func(sp *dmptest.Space) { sp.Map(s.SharedAt()+0x18, []byte{0x41}) },
		"pages of a device": func(sp *dmptest.Space) {
			for i := range uint64(20) {
				a := 0xFFFFD00000000000 + i<<12
				sp.Map(a, []byte{1})
				sp.PutEntry(a, 1, (0x1000000000000+i<<48)&(1<<51-1)|0x63)
			}
		},
		"a pointer to the array of processors": func(sp *dmptest.Space) { sp.PutPtr(s.KdbgAt()+0x218, s.EntryAt(0)) },
	}
	for name, a := range map[string]uint64{"shared data": s.SharedAt(), "PRCB": s.PrcbAt(0), "thread": s.ThreadAt(0), "stack": s.StackAt(0) - 8, "debugger data": s.KdbgAt()} {
		cases["bit 45 of the entry of "+name] = entry(a, func(e uint64) uint64 { return e ^ 1<<45 })
		cases["bit 51 of the entry of "+name] = entry(a, func(e uint64) uint64 { return e ^ 1<<51 })
		cases["bit 13 of the entry of "+name] = entry(a, func(e uint64) uint64 { return e ^ 1<<13 })
		cases["no entry of "+name] = entry(a, func(uint64) uint64 { return 0 })
		for _, bit := range []int{12, 13, 14, 15, 16, 45} {
			cases[fmt.Sprintf("bit %d of the entry of the table of %s", bit, name)] = func(sp *dmptest.Space) { sp.PutEntry(a, 2, sp.Entry(a, 2)^1<<bit) }
		}
	}
	check := func(name string, s dmptest.System, change func(sp *dmptest.Space)) {
		for _, depth := range []report.Depth{report.DepthFull, report.DepthDeep} {
			if r := dumped(t, Analyzer{Depth: depth}, s, change); saysOtherBytes(r) {
				t.Errorf("%s, %s: %+v", name, depth, r.Findings)
			}
		}
	}
	for name, change := range cases {
		check(name, s, change)
	}
	none := func(*dmptest.Space) {}
	for _, a := range []uint64{1, 0x12345678, 0xFFFFF80312345000, ^uint64(0), s.BaseAt(0), s.ThreadAt(0)} {
		x := s
		x.Header.KdDebuggerDataBlock = a
		check(fmt.Sprintf("the debugger data block at %#x", a), x, none)
	}
	x := s
	x.Processors, x.StackPages = slices.Clone(s.Processors), 4
	x.Processors[0].Stack = bytes.Repeat([]byte("local buffer "), 0x2400/13)
	x.Header.Context = new(x.Registers(0))
	check("a buffer on the stack", x, none)
	x = s
	x.Processors = slices.Clone(s.Processors)
	for range 6 {
		x.Processors = append(x.Processors, dmptest.SystemProcessor{Idle: true})
	}
	check("another table for PRCBs", x, func(sp *dmptest.Space) {
		for i := range 8 {
			sp.PutEntry(x.PrcbAt(i), 2, sp.Entry(x.BaseAt(0), 2))
		}
	})
}

// TestOneBit has a bit that flipped, anywhere in a dump.
func TestOneBit(t *testing.T) {
	if testing.Short() {
		t.Skip("the race detector would take minutes; other tests work side by side")
	}
	random := rand.New(rand.NewPCG(1, 2))
	for _, s := range dmptest.Samples() {
		whole := analyzedBy(t, Analyzer{}, s.Data)
		if saysOtherBytes(whole) {
			t.Errorf("%s: %+v", s.Name, whole.Findings)
		}
		for range 50 {
			b, at := bytes.Clone(s.Data), random.IntN(len(s.Data))
			b[at] ^= 1 << random.IntN(8)
			if r := analyzedBy(t, Analyzer{}, b); saysOtherBytes(r) {
				t.Errorf("%s, a bit at offset %#x: %+v", s.Name, at, r.Findings)
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

// TestOtherBytesInCopies has other bytes in one copy of a small dump each, which the system can have crashed of, and in three, which it
// cannot.
func TestOtherBytesInCopies(t *testing.T) {
	for _, s := range dmptest.Samples() {
		f, err := dmpfile.NewFile(bytes.NewReader(s.Data), int64(len(s.Data)))
		if err != nil || f.Triage == nil {
			continue
		}
		x := f.Triage
		for _, name := range []string{"random", "erased", "text"} {
			all := bytes.Clone(s.Data)
			for what, off := range map[string]uint32{"PRCB": x.PrcbOffset, "process": x.ProcessOffset, "thread": x.ThreadOffset, "stack": x.CallStackOffset} {
				b, n := bytes.Clone(s.Data), 0x200
				if what == "stack" {
					n = int(x.SizeOfCallStack)
				}
				copy(b[off:], others[name](nil, n))
				if r := analyzedBy(t, Analyzer{}, b); saysOtherBytes(r) {
					t.Errorf("%s, %s, %s: %+v", s.Name, what, name, r.Findings)
				}
				copy(all[off:], others[name](nil, n))
			}
			if r := analyzedBy(t, Analyzer{}, all); r.Verdict != report.Damaged || !has(r, report.FindingForeignContent, report.SeverityError) {
				t.Errorf("%s, all, %s: %s, %+v", s.Name, name, r.Verdict, r.Findings)
			}
		}
		for what, off := range map[string]uint32{"process": x.ProcessOffset, "thread": x.ThreadOffset} {
			b := bytes.Clone(s.Data)
			b[off] |= 0x80 // it is locked
			if r, whole := analyzedBy(t, Analyzer{}, b), analyzedBy(t, Analyzer{}, s.Data); r.Verdict != whole.Verdict || len(r.Findings) != len(whole.Findings) {
				t.Errorf("%s, a %s that is locked: %s, %+v", s.Name, what, r.Verdict, r.Findings)
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
