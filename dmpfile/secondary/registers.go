package secondary

import (
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/dmplens/dmplens/dmpfile/internal/bin"
	"github.com/dmplens/dmplens/dmpfile/internal/machine"
)

// Registers are records of CPUID leaves and model-specific registers (MSRs) of two moments: the first sample is an earlier one, of a processor that need not be
// the same, and the second one is of the processor that stopped. What is said of the processor is by the second sample, or by the first where the second
// has only zeros.
type Registers struct {
	Vendor     string // "GenuineIntel", "AuthenticAMD" ...
	Brand      string // the processor's own name for itself
	Core       string // of a hybrid processor, the kind of core that stopped: "performance", "efficiency"; else ""
	MHz        Frequencies
	Microcode  uint32 // the revision that is loaded, by MSR 0x8B; 0 is unknown, as always for AMD
	Hypervisor bool   // the bit of CPUID leaf 1, in either sample: true also where Windows' own hypervisor runs on a physical machine

	records []machine.Register
}

// Frequencies are those of CPUID leaf 0x16, in MHz; 0 is unknown. They are what the processor is made for, not what it ran at.
type Frequencies struct {
	Base, Max, Bus uint32
}

// Registers that are read here: Intel's Software Developer's Manual, volume 4.
const (
	msrMicrocode    = 0x8B
	msrThermal      = 0x19C
	maxRegisters    = 4096 // a bound for records: real streams have up to 53
	hypervisorBit   = 1 << 31
	coreEfficiency  = 0x20
	corePerformance = 0x40
)

// CPUID returns both samples of a leaf (subleaf 0) as EAX, EBX, ECX, EDX. A sample of zeros was not taken, or the leaf says nothing.
func (r *Registers) CPUID(leaf uint32) (first, second [4]uint32, ok bool) {
	return r.find(machine.CPUID, leaf)
}

// MSR returns both samples of a model-specific register.
func (r *Registers) MSR(index uint32) (first, second uint64, ok bool) {
	a, b, ok := r.find(machine.MSR, index)
	return msrValue(a), msrValue(b), ok
}

func msrValue(sample [4]uint32) uint64 { return uint64(sample[1])<<32 | uint64(sample[0]) }

func (r *Registers) find(kind, index uint32) (first, second [4]uint32, ok bool) {
	for _, x := range r.records {
		if x.Kind == kind && x.Index == index {
			return x.First, x.Second, true
		}
	}
	return first, second, false
}

// leaf is the sample of a leaf that counts.
func (r *Registers) leaf(leaf uint32) [4]uint32 {
	first, second, _ := r.CPUID(leaf)
	if second == [4]uint32{} {
		return first
	}
	return second
}

// Signature is CPUID leaf 1's EAX, 0 where it is unknown.
func (r *Registers) Signature() uint32 { return r.leaf(1)[0] }

// Model returns family, model and stepping as Windows and the vendors count them, with the extended fields added; ok is false where the signature is unknown.
func (r *Registers) Model() (family, model, stepping uint32, ok bool) {
	s := r.Signature()
	family, model, stepping = s>>8&0xF, s>>4&0xF, s&0xF
	if family == 6 || family == 0xF {
		model |= s >> 12 & 0xF0
	}
	if family == 0xF {
		family += s >> 20 & 0xFF
	}
	return family, model, stepping, s != 0
}

// Thermal returns both samples of IA32_THERM_STATUS; ok is false where the stream has none, as always for AMD.
func (r *Registers) Thermal() (first, second ThermalStatus, ok bool) {
	a, b, ok := r.MSR(msrThermal)
	return ThermalStatus(a), ThermalStatus(b), ok
}

// ThermalStatus is the MSR IA32_THERM_STATUS (0x19C) of a core, by Intel's Software Developer's Manual, volume 4.
type ThermalStatus uint64

// Limits of a ThermalStatus: the bit of what holds now. The bit above each logs that it held since it was last cleared.
const (
	ThermalThrottle    ThermalStatus = 1 << 0  // the core's sensor is hot, and slows the core
	ThermalProchot     ThermalStatus = 1 << 2  // PROCHOT# or FORCEPR#: another part of the machine slows the processor
	ThermalCritical    ThermalStatus = 1 << 4  // close to the temperature at which it is no longer sure to work
	ThermalThreshold1  ThermalStatus = 1 << 6  // a threshold that software sets
	ThermalThreshold2  ThermalStatus = 1 << 8  // another one
	ThermalPowerLimit  ThermalStatus = 1 << 10 // slowed for its power: usual
	ThermalCurrent     ThermalStatus = 1 << 12 // slowed for its current
	ThermalCrossDomain ThermalStatus = 1 << 14 // slowed for another part of the processor, as for graphics
)

// thermalNames are Intel's names for the limits, in the order of their bits.
var thermalNames = [...]string{
	"thermal status", "PROCHOT# or FORCEPR# event", "critical temperature status", "thermal threshold #1", "thermal threshold #2",
	"power limitation status", "current limit status", "cross domain limit status",
}

// Below is how many degrees Celsius the core was below the temperature at which it slows itself; ok is false where the reading is not valid.
func (t ThermalStatus) Below() (degrees int, ok bool) { return int(t >> 16 & 0x7F), t>>31&1 != 0 }

// Now says whether a limit holds, and Logged whether it held since the log was last cleared.
func (t ThermalStatus) Now(limit ThermalStatus) bool    { return t&limit != 0 }
func (t ThermalStatus) Logged(limit ThermalStatus) bool { return t&(limit<<1) != 0 }

// Fields is all of it.
func (t ThermalStatus) Fields() []Field {
	f := []Field{hexField("value", uint64(t))}
	if degrees, ok := t.Below(); ok {
		f = append(f, Field{Name: "below the maximum", Value: fmt.Sprintf("%d °C", degrees)})
	}
	var now, logged []string
	for i, name := range thermalNames {
		if limit := ThermalStatus(1) << (2 * i); t.Now(limit) {
			now = append(now, name)
		}
		if limit := ThermalStatus(1) << (2 * i); t.Logged(limit) {
			logged = append(logged, name)
		}
	}
	f = addText(f, "holds", strings.Join(now, ", "))
	return addText(f, "logged", strings.Join(logged, ", "))
}

// ReadRegisters reads a stream d03dc06f.
func ReadRegisters(b []byte) (*Registers, int, error) {
	r := &Registers{}
	n := 0
	var err error
	for n < len(b) {
		x, ok := machine.NextRegister(b[n:])
		switch {
		case !ok:
			err = stopped(n, "the stream ends inside a record: its size in bytes", len(b))
		case x.Kind != machine.CPUID && x.Kind != machine.MSR:
			err = stopped(n, "no kind of register that is known", x.Kind)
		case len(r.records) == maxRegisters:
			err = stopped(n, "more records than are read: their bound", maxRegisters)
		}
		if err != nil {
			break
		}
		r.records = append(r.records, x)
		n += machine.RegisterSize
	}
	r.describe()
	return r, n, err
}

// describe fills in what the records say of the processor.
func (r *Registers) describe() {
	name := func(words ...uint32) string {
		var text []byte
		for _, w := range words {
			text = binary.LittleEndian.AppendUint32(text, w)
		}
		return strings.TrimSpace(bin.ASCIIZ(text))
	}
	v := r.leaf(0)
	r.Vendor = name(v[1], v[3], v[2])
	var brand []uint32
	for leaf := uint32(0x80000002); leaf <= 0x80000004; leaf++ {
		part := r.leaf(leaf)
		brand = append(brand, part[:]...)
	}
	r.Brand = name(brand...)
	switch r.leaf(0x1A)[0] >> 24 {
	case corePerformance:
		r.Core = "performance"
	case coreEfficiency:
		r.Core = "efficiency"
	}
	f := r.leaf(0x16)
	r.MHz = Frequencies{f[0] & 0xFFFF, f[1] & 0xFFFF, f[2] & 0xFFFF}
	first, second, _ := r.MSR(msrMicrocode)
	if r.Microcode = uint32(second >> 32); r.Microcode == 0 {
		r.Microcode = uint32(first >> 32)
	}
	a, b, _ := r.CPUID(1)
	r.Hypervisor = (a[2]|b[2])&hypervisorBit != 0
}

// Fields is all of it.
func (r *Registers) Fields() []Field {
	f := addText(nil, "vendor", r.Vendor)
	f = addText(f, "name", r.Brand)
	f = addHex(f, "signature", uint64(r.Signature()))
	if family, model, stepping, ok := r.Model(); ok {
		f = append(f, textField("model", fmt.Sprintf("family %d, model %d, stepping %d", family, model, stepping)))
	}
	f = addText(f, "core", r.Core)
	f = addCount(f, "base frequency", uint64(r.MHz.Base), " MHz")
	f = addCount(f, "maximum frequency", uint64(r.MHz.Max), " MHz")
	f = addCount(f, "bus frequency", uint64(r.MHz.Bus), " MHz")
	f = addHex(f, "microcode", uint64(r.Microcode))
	f = append(f, yesField("hypervisor", r.Hypervisor))
	if first, second, ok := r.Thermal(); ok {
		f = addGroup(f, "thermal status, earlier", first.Fields())
		f = addGroup(f, "thermal status", second.Fields())
	}
	empty := 0
	for _, x := range r.records {
		if x.Kind == machine.CPUID && x.First == x.Second && x.First == [4]uint32{} {
			empty++
			continue
		}
		if x.Kind == machine.MSR {
			f = append(f, Field{Name: fmt.Sprintf("MSR %#x", x.Index), Fields: []Field{
				hexField("earlier", msrValue(x.First)), hexField("value", msrValue(x.Second))}})
			continue
		}
		f = append(f, Field{Name: fmt.Sprintf("CPUID %#x", x.Index), Fields: []Field{
			textField("earlier", leafText(x.First)), textField("value", leafText(x.Second))}})
	}
	return addCount(f, "empty CPUID leaves", uint64(empty), "")
}

func leafText(r [4]uint32) string { return fmt.Sprintf("%08x %08x %08x %08x", r[0], r[1], r[2], r[3]) }
