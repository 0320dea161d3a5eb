package xdata_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/pe"
	"github.com/dmplens/dmplens/dmpfile/unwind/insn"
	"github.com/dmplens/dmplens/dmpfile/unwind/xdata"
)

// failureAMD64 names an error by its kind and place.
func failureAMD64(err error) string {
	var format *dmpfile.FormatError
	var absent *dmpfile.NotInDumpError
	switch {
	case err == nil:
		return ""
	case errors.Is(err, xdata.ErrVersion):
		return "version"
	case errors.Is(err, xdata.ErrRegister):
		return "register"
	case errors.Is(err, xdata.ErrLeaf):
		return "leaf"
	case errors.As(err, &format):
		return fmt.Sprintf("format %#x", format.Offset)
	case errors.As(err, &absent):
		return fmt.Sprintf("absent %#x", uint64(absent.Address))
	}
	return err.Error()
}

// frameAt is a stack with a return address on its top, and registers of which each is known.
func frameAt(depth int) (*stackAMD64, insn.Registers) {
	f := functionTable{}
	return f.state(row{depth: depth})
}

func TestErrorsAMD64(t *testing.T) {
	for _, c := range []struct {
		image    string
		rva      uint32
		returned bool
		want     string
	}{
		{"odd", 0x1200, false, "format 0x2228"}, // cycle
		{"odd", 0x1300, false, "version"},       // version3
		{"odd", 0x1300, true, "leaf"},           // before it is nothing
		{"odd", 0x1301, true, "version"},
		{"odd", 0x1400, false, "format 0x2254"},     // unknown
		{"odd", 0x1500, false, "format 0x225c"},     // cut
		{"odd", 0x1A00, false, "register"},          // push_rsp
		{"odd", 0x1B00, false, "format 0x22b0"},     // frameless
		{"odd", 0x1C00, false, "format 0x22b8"},     // buried
		{"odd", 0x1D00, false, "format 0xfffffff0"}, // outside
		{"odd", 0x1E00, false, "format 0x22c1"},     // endless
		{"odd", 0x1F00, true, "leaf"},               // leaf, which calls nothing
		{"odd", 0x1F01, true, "leaf"},
		{"v1", 0x0, true, "format 0x0"}, // outside of the image
		{"v1", 0x5000, false, "format 0x0"},
		{"v1", 0xFFFFFFFF, false, "format 0x0"},
	} {
		m, registers := frameAt(0)
		got, err := xdata.CallerAMD64(sampleAMD64(t, c.image), baseAMD64, m, baseAMD64+dmpfile.VirtAddr(c.rva), registers, c.returned)
		if failure := failureAMD64(err); failure != c.want || got != (xdata.Caller{}) {
			t.Errorf("%s at %#x: %q (%v), should be %q; %+v", c.image, c.rva, failure, err, c.want, got)
		}
	}
}

// A call that does not return can be the last instruction of a function: the return address is in the next one, which is another frame.
func TestNoReturnAMD64(t *testing.T) {
	im := sampleAMD64(t, "v1")
	for returned, want := range map[bool]int{true: 0x28, false: 0x48} {
		m, registers := frameAt(want)
		c, err := xdata.CallerAMD64(im, baseAMD64, m, baseAMD64+0x1809, registers, returned)
		if err != nil || c.Slot != topAMD64 || c.IP != dmpfile.VirtAddr(returnAMD64) {
			t.Errorf("returned %v: %+v, %v", returned, c, err)
		}
	}
}

// ret n takes arguments off the stack.
func TestReturnArgumentsAMD64(t *testing.T) {
	im := sampleAMD64(t, "v1")
	f := functionTable{slots: map[string]int{"rsi": 8}}
	for _, r := range []row{{0x1734, 0x28, "rsi"}, {0x1738, 8, "rsi"}, {0x1739, 0, ""}} {
		m, registers := f.state(r)
		c, err := xdata.CallerAMD64(im, baseAMD64, m, baseAMD64+dmpfile.VirtAddr(r.rva), registers, false)
		sp, _ := c.Registers.Get(insn.RSP)
		rsi, _ := c.Registers.Get(insn.RSI)
		if err != nil || c.IP != dmpfile.VirtAddr(returnAMD64) || c.Slot != topAMD64 || sp != 0xFFFF850429B10010 || rsi != 0xB000000000000006 {
			t.Errorf("%#x: %+v, %v", r.rva, c, err)
		}
	}
}

// What is not known stays so, and is an error only where the way to the caller needs it.
func TestUnknownRegistersAMD64(t *testing.T) {
	im := sampleAMD64(t, "v1")
	frame := functionTable{slots: map[string]int{"rbp": 8, "r15": 0x10}}
	for _, c := range []struct {
		what   string
		row    row
		forget insn.Register
		want   string
	}{
		{"rsp", row{0x1500, 0, ""}, insn.RSP, "register"},
		{"rsp of a leaf", row{0x1000, 0, ""}, insn.RSP, "register"},
		{"the frame register", row{0x1518, 0x1038, "rbp=18 r15"}, insn.RBP, "register"},
		{"the frame register, in an epilogue", row{0x1521, 0x1038, "rbp=18 r15!"}, insn.RBP, "register"},
		{"the frame register, before it is set", row{0x1505, 0x38, "rbp"}, insn.RBP, ""},
		{"the frame register, when it is not needed any more", row{0x1525, 8, "rbp=18"}, insn.RBP, ""},
		{"another one", row{0x1525, 8, "rbp=18"}, insn.RSI, ""},
	} {
		m, registers := frame.state(c.row)
		registers.Forget(c.forget)
		caller, err := xdata.CallerAMD64(im, baseAMD64, m, baseAMD64+dmpfile.VirtAddr(c.row.rva), registers, false)
		if failure := failureAMD64(err); failure != c.want {
			t.Errorf("%s: %q (%v), should be %q", c.what, failure, err, c.want)
		}
		if _, known := caller.Registers.Get(insn.RSI); err == nil && known != (c.forget != insn.RSI) {
			t.Errorf("%s: rsi is known: %v", c.what, known)
		}
	}
}

// The registers of a dump can be garbage: what would be below the stack pointer called nothing.
func TestDownTheStackAMD64(t *testing.T) {
	f := functionTable{slots: map[string]int{"rbp": 8, "r15": 0x10}}
	for _, at := range []uint32{0x1518, 0x1521} { // by the frame register: its codes, and an epilogue
		m, registers := f.state(row{at, 0x38, "rbp=18 r15"})
		registers.Set(insn.RBP, uint64(topAMD64)-0x1000)
		c, err := xdata.CallerAMD64(sampleAMD64(t, "v1"), baseAMD64, m, baseAMD64+dmpfile.VirtAddr(at), registers, false)
		if failureAMD64(err) != fmt.Sprintf("format %#x", at) || c != (xdata.Caller{}) {
			t.Errorf("%#x: %+v, %v", at, c, err)
		}
	}
}

// An image for another machine has another table.
func TestOtherMachineAMD64(t *testing.T) {
	im := sampleAMD64(t, "v1")
	im.Machine = dmpfile.MachineARM64
	m, registers := frameAt(0)
	c, err := xdata.CallerAMD64(im, baseAMD64, m, baseAMD64+0x1000, registers, false)
	if failureAMD64(err) != "format 0x0" || c != (xdata.Caller{}) {
		t.Errorf("%+v, %v", c, err)
	}
}

// A register whose slot is not in the memory is not known in the caller; without a return address there is none.
func TestMissingStackAMD64(t *testing.T) {
	im := sampleAMD64(t, "v1")
	f := functionTable{slots: map[string]int{"rbx": 8, "rdi": 0x10, "r12": 0x18}}
	r := row{0x110B, 0x38, "rbx rdi r12"}
	m, registers := f.state(r)
	m.low = topAMD64 - 8
	c, err := xdata.CallerAMD64(im, baseAMD64, m, baseAMD64+0x110B, registers, false)
	if got, want := describe(c, err), "0xfffff80355501234 of 0xffff850429b0fff8, machine false, rsp=0xffff850429b10000 rbx=0xb000000000000003"+
		" rbp=0xb000000000000005 rsi=0xb000000000000006 r13=0xb00000000000000d r14=0xb00000000000000e r15=0xb00000000000000f"; got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	for _, high := range []dmpfile.VirtAddr{topAMD64, topAMD64 + 4} {
		m.high = high
		_, err := xdata.CallerAMD64(im, baseAMD64, m, baseAMD64+0x110B, registers, false)
		if failureAMD64(err) != fmt.Sprintf("absent %#x", uint64(high)) {
			t.Errorf("a stack up to %#x: %v", uint64(high), err)
		}
	}
	machine := functionTable{machine: true}
	m, registers = machine.state(row{0x1A00, 8, ""})
	m.high = topAMD64 + 0x18
	if _, err := xdata.CallerAMD64(im, baseAMD64, m, baseAMD64+0x1A00, registers, false); failureAMD64(err) != "absent 0xffff850429b10010" {
		t.Errorf("half a machine frame: %v", err)
	}
}

// pagedAMD64 is an image in memory, with a page that is not in the dump, and counts what is read of it.
type pagedAMD64 struct {
	data         []byte
	missing      int // the page
	reads, bytes int
}

func (m *pagedAMD64) ReadVirtual(p []byte, a dmpfile.VirtAddr) (n int, err error) {
	m.reads++
	for ; n < len(p); n++ {
		at := int(a-baseAMD64) + n
		if at < 0 || at >= len(m.data) || at/dmpfile.PageSize == m.missing {
			return n, &dmpfile.NotInDumpError{Address: a + dmpfile.VirtAddr(n)}
		}
		p[n] = m.data[at]
		m.bytes++
	}
	return n, nil
}

// mappedAMD64 maps a sample.
func mappedAMD64(t testing.TB, im *pe.Image) (*pe.Image, *pagedAMD64) {
	t.Helper()
	m := &pagedAMD64{data: make([]byte, im.Size()), missing: -1}
	for at := 0; at < len(m.data); at += dmpfile.PageSize { // between sections is nothing
		im.ReadAt(m.data[at:min(at+dmpfile.PageSize, len(m.data))], int64(at))
	}
	mapped, err := pe.NewMapped(m, baseAMD64, im.Size())
	if err != nil {
		t.Fatal(err)
	}
	return mapped, m
}

// Pages of an image that are not in a dump are no zeros: neither version 0 nor no functions nor a code that is not an epilogue.
func TestMissingPagesAMD64(t *testing.T) {
	im, memory := mappedAMD64(t, sampleAMD64(t, "v1"))
	d, err := im.ExceptionDirectory()
	if err != nil {
		t.Fatal(err)
	}
	const code, data = 1, 2 // the pages of .text, and of .rdata with the unwind data
	for _, c := range []struct {
		what     string
		page     int
		returned bool
		want     string
	}{
		{"all there", -1, false, ""},
		{"no table of functions", int(d.RVA) / dmpfile.PageSize, false, fmt.Sprintf("absent %#x", uint64(baseAMD64)+uint64(d.RVA)+5*12)},
		{"no unwind data", data, false, "absent 0xfffff80312402024"},
		{"no code", code, false, "absent 0xfffff80312401110"},
		{"no code where it is not needed", code, true, ""},
	} {
		memory.missing = c.page
		f := functionTable{slots: map[string]int{"rbx": 8, "rdi": 0x10, "r12": 0x18}}
		r := row{0x1110, 0x38, "rbx rdi r12"}
		m, registers := f.state(r)
		got, err := xdata.CallerAMD64(im, baseAMD64, m, baseAMD64+0x1110, registers, c.returned)
		if failure := failureAMD64(err); failure != c.want {
			t.Errorf("%s: %q (%v), should be %q", c.what, failure, err, c.want)
		}
		if err == nil && describe(got, nil) != f.want(r) {
			t.Errorf("%s: %s", c.what, describe(got, nil))
		}
	}
}

// A frame takes a few small reads of the image, however long its table is.
func TestReadsAMD64(t *testing.T) {
	im, memory := mappedAMD64(t, sampleAMD64(t, "c2"))
	f := functionTable{slots: map[string]int{"rsi": 8, "rdi": 0x10, "rbx": 0x18}}
	for returned, want := range map[bool]int{false: 5, true: 5} {
		m, registers := f.state(row{0x12D0, 0x38, "rsi rdi rbx"})
		memory.reads, memory.bytes = 0, 0
		if _, err := xdata.CallerAMD64(im, baseAMD64, m, baseAMD64+0x12D0, registers, returned); err != nil {
			t.Error(err)
		}
		if memory.reads > want || memory.bytes > 256 {
			t.Errorf("%d reads of %d bytes", memory.reads, memory.bytes)
		}
	}
}

func TestFunctionAMD64(t *testing.T) {
	im := sampleAMD64(t, "raw")
	for _, c := range []struct {
		rva     uint32
		begin   uint32 // of the entry, 0 for none
		primary uint32
	}{
		{0, 0, 0}, {0xFFF, 0, 0}, {0x1000, 0x1000, 0x1000}, {0x102B, 0x1000, 0x1000}, {0x102C, 0, 0},
		{0x1100, 0x1100, 0x1100}, {0x110D, 0x1100, 0x1100}, {0x110E, 0x110E, 0x1100}, {0x1125, 0x111A, 0x1100}, {0x113B, 0x112F, 0x1100},
		{0x141D, 0x1418, 0x1400}, {0x1A00, 0, 0}, {0xFFFFFFFF, 0, 0},
	} {
		f, ok, err := xdata.FunctionAMD64(im, c.rva)
		if err != nil || ok != (c.begin != 0) || f.Begin != c.begin {
			t.Errorf("%#x: %+v, %v, %v", c.rva, f, ok, err)
		}
		if !ok {
			continue
		}
		if p, err := xdata.PrimaryAMD64(im, f); err != nil || p.Begin != c.primary {
			t.Errorf("%#x: %+v, %v", c.rva, p, err)
		}
	}
	odd := sampleAMD64(t, "odd")
	for rva, want := range map[uint32]string{
		0x1103: "0x1100", 0x1641: "0x1600", 0x1681: "0x1600", 0x1200: "format 0x2228", 0x1300: "version", 0x1E00: "format 0x22c1",
	} {
		f, ok, err := xdata.FunctionAMD64(odd, rva)
		if !ok || err != nil {
			t.Fatal(rva, ok, err)
		}
		p, err := xdata.PrimaryAMD64(odd, f)
		got := failureAMD64(err)
		if err == nil {
			got = fmt.Sprintf("%#x", p.Begin)
		}
		if got != want {
			t.Errorf("%#x: %s (%v), should be %s", rva, got, err, want)
		}
	}
}

// An image without a table of functions has only leaf functions.
func TestNoTableAMD64(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("testdata", "amd64", "v1.dll"))
	if err != nil {
		t.Fatal(err)
	}
	im := withoutTable(t, data)
	if f, ok, err := xdata.FunctionAMD64(im, 0x1100); ok || err != nil {
		t.Error(f, ok, err)
	}
	m, registers := frameAt(0)
	if c, err := xdata.CallerAMD64(im, baseAMD64, m, baseAMD64+0x1108, registers, false); err != nil || c.Slot != topAMD64 {
		t.Errorf("%+v, %v", c, err)
	}
	if _, err := xdata.CallerAMD64(im, baseAMD64, m, baseAMD64+0x1110, registers, true); !errors.Is(err, xdata.ErrLeaf) {
		t.Error(err)
	}
}
