package analyze

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dmplens/dmplens/dmpfile/dmptest"
	"github.com/dmplens/dmplens/report"
	"github.com/dmplens/dmplens/report/page"
	"github.com/dmplens/dmplens/report/text"
)

// Addresses of the crashes that the tests invent.
const (
	exampleBase   = 0xfffff80320000000 // of example.sys
	exampleIP     = exampleBase + 0x1234
	exampleSP     = 0xffffa60940001000
	exampleBase32 = 0x8b000000
	exampleIP32   = exampleBase32 + 0x1234
	frame32       = 0x8b91bc00

	recordVA = 0xffffa18c41e8b000
	deviceVA = 0xffffa18c42000000
	driverVA = 0xffffa18c43000000
	nameVA   = 0xffffa18c44000000
	powerVA  = 0xffffa18c45000000
	irpVA    = 0xffffa18c46000000
	memoryVA = 0xffffa18c47000010
)

// crash is a small dump of a bug check, and the memory that it has.
type crash struct {
	build  *dmptest.Build // nil: 19041 on amd64
	number uint32         // of the build, where the header has another one
	code   uint32
	params [4]uint64
	memory map[uint64][]byte
}

func (c crash) report(t *testing.T) *report.Report {
	t.Helper()
	if c.build == nil {
		c.build = dmptest.Build19041
	}
	if c.number == 0 {
		c.number = c.build.Number
	}
	base := uint64(exampleBase)
	if c.bits() == 32 {
		base = exampleBase32
	}
	x := dmptest.Triage{
		Header:  dmptest.Header{Machine: c.build.Machine, Build: c.number, Code: &c.code, Params: c.params, WriterStatus: new(uint32(0))},
		Modules: []dmptest.Module{{Path: `\SystemRoot\System32\drivers\example.sys`, Base: base, Size: 0x10000}},
		KDBG:    &dmptest.KDBG{Build: c.build, KernBase: base},
	}
	for a, b := range c.memory {
		x.Blocks = append(x.Blocks, dmptest.Block{VA: a, Data: b})
	}
	return analyzed(t, "x.dmp", x.Image().Data())
}

func (c crash) bits() int {
	if c.build == dmptest.Build7601X86 {
		return 32
	}
	return 64
}

// garbage is the crash with something else in all of its memory.
func (c crash) garbage() crash {
	memory := map[uint64][]byte{}
	for a, b := range c.memory {
		memory[a] = bytes.Repeat([]byte{0xcc}, len(b))
	}
	c.memory = memory
	return c
}

// bytesOf builds memory.
func bytesOf(size int, put func(m *dmptest.Image)) []byte {
	m := &dmptest.Image{}
	m.Grow(size)
	put(m)
	return m.Data()
}

var (
	accessViolation = dmptest.Exception{Code: 0xc0000005, Address: exampleIP, Info: []uint64{1, 0x10}}
	context         = dmptest.Context{IP: exampleIP, SP: exampleSP}
	trapFrame       = bytesOf(0x190, func(m *dmptest.Image) { m.PutU64(0x168, exampleIP, 0x10, 0x246, exampleSP, 0x18) })
	trapFrame32     = bytesOf(0x8c, func(m *dmptest.Image) { m.PutU32(0x68, exampleIP32, 0x8, 0x246) })
	poolHeader      = bytesOf(0x10, func(m *dmptest.Image) { m.PutU8(2, 0x20, 2, 'E', 'x', 'm', ' ') })
	powerBlock      = bytesOf(0x18, func(m *dmptest.Image) { m.PutU16(0, 0x8000, 1); m.PutU64(8, 0xfffff80300001000, 0xfffff80300002000) })
	pnpBlock        = bytesOf(0x18, func(m *dmptest.Image) { m.PutU16(0, 0x8001, 2); m.PutU64(8, 0xfffff80300003000) })
	device          = bytesOf(0x150, func(m *dmptest.Image) { m.PutU16(0, 3, 0x150); m.PutU64(8, driverVA) })
	driver          = bytesOf(0x150, func(m *dmptest.Image) {
		m.PutU16(0, 4, 0x150)
		m.PutU64(0x18, exampleBase)
		m.PutU16(0x38, 30, 32)
		m.PutU64(0x40, nameVA)
	})
	driverName = bytesOf(32, func(m *dmptest.Image) { m.PutUTF16(0, `\Driver\example`) })
	// An error record with a machine check, as its GUIDs stand in memory.
	errorRecord = bytesOf(0x240, func(m *dmptest.Image) {
		m.PutASCII(0, "CPER")
		m.PutU32(6, 0xffffffff)
		m.PutU16(0xa, 1)
		m.PutU32(0xc, 1)
		m.PutU32(0x14, 0x240)
		m.PutBytes(0x50, []byte{0xfe, 0x6f, 0xf5, 0xe8, 0x9c, 0x91, 0xc5, 0x4c, 0xba, 0x88, 0x65, 0xab, 0xe1, 0x49, 0x13, 0xbb})
		m.PutU32(0x80, 0x200, 0x40)
		m.PutBytes(0x90, []byte{0x01, 0x1d, 0x1e, 0x8a, 0xf9, 0x42, 0x57, 0x45, 0x9c, 0x33, 0x56, 0x5e, 0x5c, 0xc3, 0xf7, 0xe8})
		m.PutU32(0xb0, 1)
		m.PutU32(0x210, 7)
		m.PutU32(0x224, 5)
		m.PutU64(0x228, 0xbe00000000800400)
	})
	hardwareRecord = dmptest.ErrorRecord{Severity: 1, Notify: dmptest.NotifyMachineCheck, Sections: []dmptest.ErrorSection{dmptest.ProcessorSection(),
		dmptest.MachineCheckSection(), dmptest.MemorySection(), dmptest.PCIExpressSection(), dmptest.RecoverySection()}}
	process = dmptest.Process{Build: dmptest.Build19041, PID: 0x7d4, Name: "example.exe"}.Image().Data()
)

// irp is at the second of three stack locations, which is for a device.
func irp(major, minor uint8, device uint64) []byte {
	return bytesOf(0xd0+3*0x48, func(m *dmptest.Image) {
		m.PutU16(0, 6, 0x1a8)
		m.PutU8(0x42, 3, 2)
		m.PutU64(0xb8, irpVA+0xd0+0x48)
		m.PutU8(0xd0+0x48, major, minor)
		m.PutU64(0xd0+0x48+0x28, device)
	})
}

const (
	driverText = `driver \Driver\example, image example.sys`
	mciStatus  = "MCi_STATUS 0xbe00000000800400, VAL UC EN MISCV ADDRV PCC, internal timer error"
	recordText = "error record, fatal, from: machine check exception"
	checkText  = "section: x86 machine check, fatal, processor 7, bank 5, " + mciStatus + ", address 0x0"
)

// followed is a fact of the memory that a parameter points to.
type followed struct {
	parameter int
	fact      string
	at        uint64 // where it was read; 0: where the parameter points to
}

func (x followed) in(c crash) report.Fact {
	a := x.at
	if a == 0 {
		a = c.params[x.parameter-1]
	}
	return report.Fact{Fact: fmt.Sprintf("parameter %d: %s", x.parameter, x.fact), Where: "memory at " + report.Pointer(a, c.bits()), Parameter: x.parameter}
}

func TestMemoryFacts(t *testing.T) {
	x86, arm64 := dmptest.Build7601X86, dmptest.Build22000ARM64
	const status, bad = "parameters 3 and 4: " + mciStatus, 0xc0000005
	const accessText = "STATUS_ACCESS_VIOLATION (0xc0000005) at example.sys+0x1234"
	violation := followed{3, accessText + ", write to 0x0000000000000010 (null + 0x10)", 0}
	contextText := "context at example.sys+0x1234, stack pointer 0xffffa60940001000"
	power := map[uint64][]byte{deviceVA: device, driverVA: driver, nameVA: driverName, powerVA: powerBlock, irpVA: irp(0x16, 2, deviceVA)}
	without := func(addresses ...uint64) map[uint64][]byte {
		m := map[uint64][]byte{}
		for a, b := range power {
			m[a] = b
		}
		for _, a := range addresses {
			delete(m, a)
		}
		return m
	}
	stuck := [4]uint64{3, deviceVA, powerVA, irpVA}
	const location = irpVA + 0xd0 + 0x48
	at := followed{4, "IRP at stack location 2 of 3", 0}
	sent := followed{4, "IRP_MJ_POWER, IRP_MN_SET_POWER, sent to the device object 0xffffa18c42000000", location}
	of := func(parameter int) followed {
		return followed{parameter, "device of the driver object 0xffffa18c43000000", deviceVA}
	}
	by := func(parameter int, text string) followed { return followed{parameter, text, driverVA} }
	block := followed{3, "nt!_TRIAGE_9F_POWER, revision 1: IrpList 0xfffff80300001000, ThreadList 0xfffff80300002000", 0}
	lost := "driver object: not in this dump"
	mca := [4]uint64{0, recordVA, 0xbe000000, 0x00800400}
	whea := map[uint64][]byte{recordVA: errorRecord}
	access := func(word uint64) crash {
		e := accessViolation
		e.Info = []uint64{word, 0x10}
		return crash{code: 0x7e, params: [4]uint64{bad, exampleIP, recordVA}, memory: map[uint64][]byte{recordVA: e.Bytes(8)}}
	}
	notCanonical := access(1)
	notCanonical.memory = map[uint64][]byte{recordVA: (&dmptest.Exception{Code: 0xc0000005, Address: exampleIP, Info: []uint64{1, ^uint64(0)}}).Bytes(8)}
	alone := func(major, minor uint8) crash {
		return crash{code: 0x9f, params: [4]uint64{3, 0, 0, irpVA}, memory: map[uint64][]byte{irpVA: irp(major, minor, 0)}}
	}
	const blockVA, tag = memoryVA + 0x10, `pool header, tag "Exm ", block of 512 bytes`
	pool := func(code uint32, params ...uint64) crash {
		c := crash{code: code, memory: map[uint64][]byte{memoryVA: poolHeader}}
		copy(c.params[:], params)
		return c
	}
	checked := []followed{{2, recordText, 0}, {2, checkText, recordVA + 0x200}}
	for name, c := range map[string]struct {
		crash
		status string // what the parameters say together
		facts  []followed
	}{
		"0x7E": {crash{code: 0x7e, params: [4]uint64{bad, exampleIP, recordVA, memoryVA}, memory: map[uint64][]byte{
			recordVA: accessViolation.Bytes(8), memoryVA: context.Bytes(dmptest.AMD64)}}, "", []followed{violation, {4, contextText, 0}}},
		"0x7E, breakpoint elsewhere": {crash{code: 0x7e, params: [4]uint64{0x80000003, 0x1234, recordVA}, memory: map[uint64][]byte{
			recordVA: dmptest.BreakpointException(0x1234).Bytes(8)}}, "", []followed{{3, "STATUS_BREAKPOINT (0x80000003) at 0x0000000000001234 (null + 0x1234)", 0}}},
		"0x7E, context missing": {crash{code: 0x7e, params: [4]uint64{bad, exampleIP, recordVA, memoryVA}, memory: map[uint64][]byte{
			recordVA: accessViolation.Bytes(8)}}, "", []followed{violation, {4, "context record: not in this dump", 0}}},
		"0x3B": {crash{code: 0x3b, params: [4]uint64{bad, exampleIP, memoryVA}, memory: map[uint64][]byte{
			memoryVA: context.Bytes(dmptest.AMD64)}}, "", []followed{{3, contextText, 0}}},
		"0x3B on arm64": {crash{code: 0x3b, build: arm64, params: [4]uint64{bad, exampleIP, memoryVA}, memory: map[uint64][]byte{
			memoryVA: context.Bytes(dmptest.ARM64)}}, "", []followed{{3, contextText, 0}}},
		"0x8E": {crash{code: 0x8e, build: x86, params: [4]uint64{bad, exampleIP32, frame32}, memory: map[uint64][]byte{
			frame32: trapFrame32}}, "", []followed{{3, "trap frame from kernel mode at example.sys+0x1234, stack pointer 0x8b91bc74", 0}}},
		"0x8E on amd64": {crash{code: 0x8e, params: [4]uint64{bad, exampleIP, memoryVA}, memory: map[uint64][]byte{
			memoryVA: trapFrame}}, "", []followed{{3, "trap frame from kernel mode at example.sys+0x1234, stack pointer 0xffffa60940001000", 0}}},
		"0x9F": {crash{code: 0x9f, params: stuck, memory: power}, "", []followed{
			{2, of(2).fact, 0}, by(2, driverText), block, at, sent, of(4), by(4, driverText)}},
		"0x9F, name missing": {crash{code: 0x9f, params: stuck, memory: without(nameVA)}, "", []followed{
			{2, of(2).fact, 0}, by(2, "driver, image example.sys"), block, at, sent, of(4), by(4, "driver, image example.sys")}},
		"0x9F, driver missing": {crash{code: 0x9f, params: stuck, memory: without(driverVA)}, "", []followed{
			{2, of(2).fact, 0}, by(2, lost), block, at, sent, of(4), by(4, lost)}},
		"0x9F, device missing": {crash{code: 0x9f, params: stuck, memory: without(deviceVA)}, "", []followed{
			{2, "device object: not in this dump", 0}, block, at, sent, {4, "device object: not in this dump", deviceVA}}},
		"0x9F, Plug and Play": {crash{code: 0x9f, params: [4]uint64{4, 300, 0, powerVA}, memory: map[uint64][]byte{
			powerVA: pnpBlock}}, "", []followed{{4, "nt!_TRIAGE_9F_PNP, revision 2: CompletionQueue 0xfffff80300003000", 0}}},
		"0x9F, driver object": {crash{code: 0x9f, params: [4]uint64{2, 0, 0, driverVA}, memory: map[uint64][]byte{
			driverVA: driver, nameVA: driverName}}, "", []followed{{4, driverText, 0}}},
		"0xEF":           {crash{code: 0xef, params: [4]uint64{memoryVA}, memory: map[uint64][]byte{memoryVA: process}}, "", []followed{{1, "process example.exe (2004)", 0}}},
		"0xEF, a thread": {crash{code: 0xef, params: [4]uint64{memoryVA, 1}}, "", nil},
		"0x124":          {crash{code: 0x124, params: mca, memory: whea}, status, checked},
		"0x124, a record of Windows": {crash{code: 0x124, params: mca, memory: map[uint64][]byte{recordVA: hardwareRecord.Image().Data()}}, status, []followed{
			{2, recordText, 0},
			{2, "section: x86 machine check, fatal, processor 7, bank 5 (UPI link), " + mciStatus + ", address 0x12345000", recordVA + 0x2a8},
			{2, "section: memory, corrected, single-bit ECC, physical address 0x23456780, node 0, card 1, module 2, rank 1, bank 3, row 70196, bit 6", recordVA + 0x3cc},
			{2, "section: PCI Express, fatal, root port, bus 0, device 28, function 4, id 8086:a114, completion time-out, receiver error", recordVA + 0x41c},
			{2, "section: processor, fatal, processor id 5, cache error, address 0x12345680", recordVA + 0x1e8},
			{2, "section: recovery, informational", recordVA + 0x4ec}}},
		"0x124, a record in part": {crash{code: 0x124, params: mca, memory: map[uint64][]byte{recordVA: hardwareRecord.Image().Data()[:0x2f0]}}, status, []followed{
			{2, recordText, 0},
			{2, "section: x86 machine check, fatal, processor 7, bank 5 (UPI link), " + mciStatus + ", address 0x12345000; the dump does not have all of it", recordVA + 0x2a8},
			{2, "section: processor, fatal, processor id 5, cache error, address 0x12345680", recordVA + 0x1e8},
			{2, "section: memory, corrected; the dump does not have all of it", recordVA + 0x3cc},
			{2, "section: PCI Express, fatal; the dump does not have all of it", recordVA + 0x41c},
			{2, "section: recovery, informational; the dump does not have all of it", recordVA + 0x4ec}}},
		"0x124 on arm64": {crash{code: 0x124, build: arm64, params: mca, memory: whea}, "", checked},
		"0x124, PCI Express": {crash{code: 0x124, params: [4]uint64{4, recordVA, 0xbe000000, 0x00800400}, memory: whea},
			"", checked},
		"0x7E, read":      {access(0), "", []followed{{3, accessText + ", read of 0x0000000000000010 (null + 0x10)", 0}}},
		"0x7E, execution": {access(8), "", []followed{{3, accessText + ", execution of 0x0000000000000010 (null + 0x10)", 0}}},
		"0x7E, another":   {access(2), "", []followed{{3, accessText, 0}}},
		"0x7E, record of another exception": {crash{code: 0x7e, params: [4]uint64{0xc000001d, exampleIP, recordVA}, memory: map[uint64][]byte{
			recordVA: (&dmptest.Exception{Code: 0xc00000aa, Address: 0x1234}).Bytes(8)}}, "", []followed{{3, "exception record: the dump has something else there", 0}}},
		"0x7E, not canonical, missing": {notCanonical, "", []followed{{3, accessText + ", a general protection fault: the processor tells neither address nor kind of access", 0}}},

		"0x9F, another minor function": {alone(0x16, 3), "", []followed{at, {4, "IRP_MJ_POWER, minor function 0x3", location}}},
		"0x9F, another major function": {alone(0xe, 2), "", []followed{at, {4, "IRP_MJ_DEVICE_CONTROL, minor function 0x2", location}}},
		"0x9F, unknown major function": {alone(0x1c, 0), "", []followed{at, {4, "major function 0x1c, minor function 0x0", location}}},
		"0x9F, no block":               {crash{code: 0x9f, params: [4]uint64{5, 0, powerVA}, memory: power}, "", nil},

		"0x19, 0x20":            {pool(0x19, 0x20, memoryVA, 0, 0), "", []followed{{2, tag, 0}}},
		"0x19, 6":               {pool(0x19, 6, 0, 0, memoryVA), "", []followed{{4, tag, 0}}},
		"0xC2, 1":               {pool(0xc2, 1, memoryVA), "", []followed{{2, tag, 0}}},
		"0xC2, 6":               {pool(0xc2, 6, 0, memoryVA), "", []followed{{3, tag, 0}}},
		"0x19, no pool":         {pool(0x19, 0x23, memoryVA), "", nil},
		"0xC2, no pool":         {pool(0xc2, 0x46, memoryVA), "", nil},
		"0x19, 0x21, a block":   {pool(0x19, 0x21, blockVA, 0x1f0, 0x55), "", []followed{{2, tag, memoryVA}}},
		"0xC2, 7, a block":      {pool(0xc2, 7, 0, 0, blockVA), "", []followed{{4, tag, memoryVA}}},
		"0x13A, a block":        {pool(0x13a, 0x12, 0, blockVA), "", []followed{{3, tag, memoryVA}}},
		"0x13A, a block, whole": {pool(0x13a, 0x12, 0, blockVA&^0xfff), "", nil},
	} {
		check := func(in crash, facts []followed, whole bool) {
			t.Helper()
			var want []report.Fact
			if c.status != "" {
				want = append(want, report.Fact{Fact: c.status, Where: "header+0x50"})
			}
			for _, x := range facts {
				want = append(want, x.in(c.crash))
			}
			got := in.report(t).Bugcheck.Facts
			if !whole { // what it is that is missing has many names
				for i := range got {
					head, rest, _ := strings.Cut(got[i].Fact, ": ")
					if at := strings.LastIndex(rest, ": "); at > 0 {
						got[i].Fact = head + rest[at:]
					}
				}
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("%s (-want +got):\n%s", name, d)
			}
		}
		check(c.crash, c.facts, true)
		instead := func(fact string) []followed {
			var list []followed
			for i, x := range c.facts {
				if i == 0 || x.parameter != c.facts[i-1].parameter {
					list = append(list, followed{x.parameter, fact, 0})
				}
			}
			return list
		}
		if strings.Contains(name, "missing") || strings.Contains(name, "another exception") {
			continue
		}
		if strings.Contains(name, "a block") { // newer pools have blocks without header: its absence is no news
			instead = func(string) []followed { return nil }
		}
		empty := c.crash
		empty.memory = nil
		check(empty, instead("not in this dump"), false)
		check(c.crash.garbage(), instead("the dump has something else there"), false)
	}
}

// A name out of memory cannot harm a terminal, and is valid text.
func TestFactsAreText(t *testing.T) {
	name := bytes.Clone(driverName)
	copy(name[2*8:], []byte{0x1b, 0, 0x0d, 0, 0x00, 0xd8})
	c := crash{code: 0x9f, params: [4]uint64{3, deviceVA}, memory: map[uint64][]byte{deviceVA: device, driverVA: driver, nameVA: name}}
	r := c.report(t)
	if len(r.Bugcheck.Facts) != 2 || !strings.Contains(r.Bugcheck.Facts[1].Fact, `\Driver\`) {
		t.Fatalf("%+v", r.Bugcheck.Facts)
	}
	var out bytes.Buffer
	if err := text.Write(&out, page.Info(r), text.Style{}); err != nil || bytes.ContainsAny(out.Bytes(), "\x1b\r") || !strings.Contains(out.String(), `\Driver\`) {
		t.Errorf("%v: %q", err, out.Bytes())
	}
}

// A number is no status because a status has the same one.
func TestNoStatusByValue(t *testing.T) {
	r := crash{code: 0x9f, params: [4]uint64{3, deviceVA, powerVA, irpVA}}.report(t)
	var all bytes.Buffer
	if err := json.NewEncoder(&all).Encode(r); err != nil {
		t.Fatal(err)
	}
	if err := text.Write(&all, page.Info(r), text.Style{}); err != nil {
		t.Fatal(err)
	}
	if s := all.String(); strings.Contains(s, "STATUS_") || !strings.Contains(s, "a device object has held an IRP for too long") {
		t.Error(s)
	}
}

// What parameters mean depends on the system and on each other.
func TestParametersInContext(t *testing.T) {
	const undocumented = "undocumented value"
	type reading struct{ Type, Label, Meaning string }
	fault := [4]uint64{0xffff800000001000, 0x11, exampleIP}
	x86, arm64 := dmptest.Build7601X86, dmptest.Build22000ARM64
	inPage := func(p1, p3 uint64) [4]uint64 { return [4]uint64{p1, 0xc000000e, p3, 0xffff800000002000} }
	for _, c := range []struct {
		crash
		parameter int
		want      reading
	}{
		{crash{code: 0x50, params: fault}, 2, reading{"flags", "Page fault bits", "execution of a no-execute page"}},
		{crash{code: 0x50, params: fault, number: 7601}, 2, reading{"enum", "Access", undocumented}},
		{crash{code: 0x50, params: fault, build: x86}, 2, reading{"enum", "Access", undocumented}},
		{crash{code: 0x50, params: fault, build: arm64}, 2, reading{"enum", "Access", undocumented}},
		{crash{code: 0x50, params: [4]uint64{0, 8}, number: 7601}, 2, reading{"enum", "Access", "execution"}},
		{crash{code: 0x1a, params: [4]uint64{0x402}}, 1, reading{"enum", "Violation", undocumented}},
		{crash{code: 0x1a, params: [4]uint64{0x411}}, 1, reading{"enum", "Violation", "a PTE is corrupt"}},
		{crash{code: 0x7a, params: inPage(1, memoryVA)}, 3, reading{"process", "Current process", ""}},
		{crash{code: 0x7a, params: inPage(2, 0)}, 3, reading{"reserved", "", ""}},
		{crash{code: 0x7a, params: inPage(3, 0)}, 3, reading{"address", "InPageSupport structure", "none"}},
		{crash{code: 0x7a, params: inPage(4, 0)}, 3, reading{"address", "InPageSupport structure", "null"}},
		{crash{code: 0x7a, params: inPage(0xffffbe5f2f980400, 0x80)}, 3, reading{"value", "PTE contents", ""}},
		{crash{code: 0x7a, params: inPage(0xffffbe5f2f980400, 0x80)}, 1,
			reading{"enum", "Lock type, or page table entry", "address of the page table entry"}},
	} {
		p := c.report(t).Bugcheck.Parameters[c.parameter-1]
		if d := cmp.Diff(c.want, reading{p.Type, p.Label, p.Meaning}); d != "" {
			t.Errorf("%#x %#x, parameter %d (-want +got):\n%s", c.code, c.params, c.parameter, d)
		}
	}
}

// A dump of pages: a literal page table with four levels maps 0xfffff80000201000; of the pages behind it one is in a page
// file, one was never touched, and one is not in the dump.
func TestFactsOfPages(t *testing.T) {
	const va = 0xfffff80000201000 // indexes 0x1f0, 0, 1, 1
	entries := func(list map[int]uint64) []byte {
		return bytesOf(0x1000, func(m *dmptest.Image) {
			for i, e := range list {
				m.PutU64(8*i, e)
			}
		})
	}
	record := bytesOf(0x1000, func(m *dmptest.Image) { m.PutBytes(0x10, accessViolation.Bytes(8)) })
	pages := dmptest.Pages{
		0x10: entries(map[int]uint64{0x1f0: 0x11003}), 0x11: entries(map[int]uint64{0: 0x12003}), 0x12: entries(map[int]uint64{1: 0x13003}),
		0x13: entries(map[int]uint64{1: 0x14003, 2: 0x0000700000002080, 4: 0x15003, 5: 0x80}), 0x14: record,
	}
	const fact = "STATUS_ACCESS_VIOLATION (0xc0000005) at 0xfffff80320001234, write to 0x0000000000000010 (null + 0x10)"
	for _, c := range []struct {
		address, root uint64
		want          []string
	}{
		{va + 0x10, 0x10002, []string{"parameter 3: " + fact}},
		{va + 0x800, 0x10002, []string{"parameter 3: exception record: the dump has something else there"}},
		{va + 0x1000, 0x10002, []string{"parameter 3: exception record: not in this dump: it was paged out"}},
		{va + 0x4000, 0x10002, []string{"parameter 3: exception record: not in this dump: it was not in memory"}},
		{va + 0x2000, 0x10002, []string{"parameter 3: exception record: not in this dump, by its page tables"}},
		{va + 0x3000, 0x10002, []string{"parameter 3: exception record: not in this dump"}},
		{va + 0x10, 0x50000, []string{"parameter 3: exception record: not in this dump"}},
		{va + 0x10, 0, nil}, // without a page table nothing is known
	} {
		h := dmptest.Header{Build: 19041, DumpType: 6, DirectoryTableBase: c.root, Code: new(uint32(0x7e)), Params: [4]uint64{0xc0000005, exampleIP, c.address}}
		r := analyzed(t, "x.dmp", dmptest.Bitmap{Header: h, Bits: 0x100, Pages: pages}.Image().Data())
		var got []string
		for _, f := range r.Bugcheck.Facts {
			got = append(got, f.Fact)
		}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%#x, page table at %#x (-want +got):\n%s", c.address, c.root, d)
		}
	}
}
