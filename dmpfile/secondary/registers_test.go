package secondary_test

import (
	"testing"

	"github.com/dmplens/dmplens/dmpfile/dmptest"
	"github.com/dmplens/dmplens/dmpfile/secondary"
)

// cpu is a hybrid processor of Intel's: the later sample is of an efficiency core.
var cpu = []dmptest.Register{
	{Index: 0, First: [4]uint32{0x20, 0x756E6547, 0x6C65746E, 0x49656E69}, Second: [4]uint32{0x20, 0x756E6547, 0x6C65746E, 0x49656E69}},
	{Index: 1, First: [4]uint32{0xB0671, 0x10800, 0xFFFAFBBF, 0xBFEBFBFF}, Second: [4]uint32{0xB0671, 0x4010800, 0x7FFAFBBF, 0xBFEBFBFF}},
	{Index: 2},
	{Index: 0x16, First: [4]uint32{2100, 5200, 100}, Second: [4]uint32{1500, 4100, 100}},
	{Index: 0x1A, First: [4]uint32{0x40000001}, Second: [4]uint32{0x20000001}},
	{MSR: true, Index: 0x8B, First: [4]uint32{0, 0x11D}, Second: [4]uint32{0, 0x11F}},
	{MSR: true, Index: 0x19C, First: [4]uint32{0x884B0000}, Second: [4]uint32{0x88122C0A}},
	{MSR: true, Index: 0xC0000080, First: [4]uint32{0xD01}, Second: [4]uint32{0xD01}},
	{Index: 0x80000002, Second: [4]uint32{0x74686769, 0x206E, 0, 0}},
	{Index: 0x80000003}, {Index: 0x80000004},
}

func TestRegisters(t *testing.T) {
	b := dmptest.Registers(cpu...).Data
	r, n, err := secondary.ReadRegisters(b)
	if err != nil || n != 40*len(cpu) {
		t.Fatalf("%d of %d bytes: %v", n, len(b), err)
	}
	expect(t, "vendor", r.Vendor, "GenuineIntel")
	expect(t, "brand", r.Brand, "ightn")
	expect(t, "core", r.Core, "efficiency")
	expect(t, "MHz", r.MHz, secondary.Frequencies{Base: 1500, Max: 4100, Bus: 100})
	expect(t, "microcode", r.Microcode, 0x11F)
	expect(t, "hypervisor", r.Hypervisor, true)
	expect(t, "signature", r.Signature(), 0xB0671)
	family, model, stepping, ok := r.Model()
	expect(t, "model", [3]uint32{family, model, stepping}, [3]uint32{6, 183, 1})
	expect(t, "model is known", ok, true)
	first, second, ok := r.MSR(0x8B)
	expect(t, "MSR 8B", [2]uint64{first, second}, [2]uint64{0x11D00000000, 0x11F00000000})
	expect(t, "MSR 8B is there", ok, true)
	_, _, ok = r.MSR(0x1A2)
	expect(t, "MSR 1A2 is there", ok, false)
	_, _, ok = r.CPUID(0x19C)
	expect(t, "an MSR is a leaf", ok, false)
	leaf, _, ok := r.CPUID(1)
	expect(t, "leaf 1", leaf, [4]uint32{0xB0671, 0x10800, 0xFFFAFBBF, 0xBFEBFBFF})
	expect(t, "leaf 1 is there", ok, true)
}

func TestThermal(t *testing.T) {
	r, _, _ := secondary.ReadRegisters(dmptest.Registers(cpu...).Data)
	first, second, ok := r.Thermal()
	expect(t, "thermal status is there", ok, true)
	degrees, valid := first.Below()
	expect(t, "earlier", degrees, 75)
	expect(t, "earlier reading", valid, true)
	degrees, _ = second.Below()
	expect(t, "later", degrees, 18)
	_, valid = secondary.ThermalStatus(0x00120000).Below()
	expect(t, "a reading that is not valid", valid, false)
	for limit, want := range map[secondary.ThermalStatus][2]bool{ // now, logged
		secondary.ThermalThrottle: {false, true}, secondary.ThermalProchot: {false, true}, secondary.ThermalCritical: {false, false},
		secondary.ThermalPowerLimit: {true, true}, secondary.ThermalCurrent: {false, true}, secondary.ThermalCrossDomain: {false, false},
	} {
		expect(t, "a limit", [2]bool{second.Now(limit), second.Logged(limit)}, want)
	}
	expect(t, "fields", text(second.Fields()), "value: 0x88122c0a\nbelow the maximum: 18 °C\nholds: power limitation status\n"+
		"logged: thermal status, PROCHOT# or FORCEPR# event, power limitation status, current limit status\n")
	amd, _, _ := secondary.ReadRegisters(dmptest.Registers(dmptest.Register{Index: 1, Second: [4]uint32{0xA20F12}}).Data)
	_, _, ok = amd.Thermal()
	expect(t, "thermal status of AMD", ok, false)
	family, model, stepping, _ := amd.Model()
	expect(t, "model of AMD", [3]uint32{family, model, stepping}, [3]uint32{25, 33, 2})
}

// What the later sample does not have, the earlier one may.
func TestRegistersOfOneSample(t *testing.T) {
	var one []dmptest.Register
	for _, r := range cpu {
		r.Second = [4]uint32{}
		one = append(one, r)
	}
	r, _, err := secondary.ReadRegisters(dmptest.Registers(one...).Data)
	if err != nil {
		t.Fatal(err)
	}
	expect(t, "vendor", r.Vendor, "GenuineIntel")
	expect(t, "core", r.Core, "performance")
	expect(t, "base", r.MHz.Base, 2100)
	expect(t, "microcode", r.Microcode, 0x11D)
}

func TestRegistersStop(t *testing.T) {
	b := dmptest.Registers(cpu...).Data
	_, n, err := secondary.ReadRegisters(b[:85])
	if err == nil || n != 80 {
		t.Errorf("a cut stream: %d bytes, %v", n, err)
	}
	bad := dmptest.Load(b)
	bad.PutU32(40, 2)
	r, n, err := secondary.ReadRegisters(bad.Data())
	if err == nil || n != 40 || r.Vendor != "GenuineIntel" {
		t.Errorf("a record of another kind: %d bytes, %q, %v", n, r.Vendor, err)
	}
	r, n, err = secondary.ReadRegisters(nil)
	if err != nil || n != 0 || r.Signature() != 0 {
		t.Errorf("nothing: %d bytes, %v", n, err)
	}
	many := make([]byte, 5000*40)
	if _, n, err = secondary.ReadRegisters(many); err == nil || n != 4096*40 {
		t.Errorf("too many records: %d bytes, %v", n, err)
	}
}

func FuzzRegisters(f *testing.F) {
	whole := dmptest.Registers(cpu...).Data
	f.Add(whole)
	for cut := 0; cut < len(whole); cut += 41 {
		f.Add(whole[cut:])
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		r, n, err := secondary.ReadRegisters(b)
		checkRead(t, b, r, n, err)
		if n%40 != 0 {
			t.Fatalf("%d bytes are no records", n)
		}
		if first, second, ok := r.Thermal(); ok {
			first.Fields()
			second.Fields()
		}
	})
}
