package secondary

// Registers are records of CPUID leaves and model-specific registers (MSRs) of two moments: the first sample is an earlier one, of a processor that need not be
// the same, and the second one is of the processor that stopped.
type Registers struct {
	Vendor     string // "GenuineIntel", "AuthenticAMD" ...
	Brand      string // the processor's own name for itself
	Core       string // of a hybrid processor, the kind of core that stopped: "performance", "efficiency"; else ""
	MHz        Frequencies
	Microcode  uint32 // the revision that is loaded, by MSR 0x8B; 0 is unknown, as always for AMD
	Hypervisor bool   // the bit of CPUID leaf 1, in either sample: true also where Windows' own hypervisor runs on a physical machine
}

// Frequencies are those of CPUID leaf 0x16, in MHz; 0 is unknown. They are what the processor is made for, not what it ran at.
type Frequencies struct {
	Base, Max, Bus uint32
}

// CPUID returns both samples of a leaf (subleaf 0) as EAX, EBX, ECX, EDX. A sample of zeros was not taken, or the leaf says nothing.
func (r *Registers) CPUID(leaf uint32) (first, second [4]uint32, ok bool) { return }

// MSR returns both samples of a model-specific register.
func (r *Registers) MSR(index uint32) (first, second uint64, ok bool) { return }

// Signature is CPUID leaf 1's EAX, 0 where it is unknown.
func (r *Registers) Signature() uint32 { return 0 }

// Model returns family, model and stepping as Windows and the vendors count them, with the extended fields added; ok is false where the signature is unknown.
func (r *Registers) Model() (family, model, stepping uint32, ok bool) { return }

// Thermal returns both samples of IA32_THERM_STATUS; ok is false where the stream has none, as always for AMD.
func (r *Registers) Thermal() (first, second ThermalStatus, ok bool) { return }

// ThermalStatus is the MSR IA32_THERM_STATUS (0x19C) of a core, by Intel's Software Developer's Manual, volume 4.
type ThermalStatus uint64

// Limits of a ThermalStatus: the bit of what holds now. The bit above each logs that it held since it was last cleared.
const (
	ThermalThrottle    ThermalStatus = 1 << 0
	ThermalProchot     ThermalStatus = 1 << 2
	ThermalCritical    ThermalStatus = 1 << 4
	ThermalThreshold1  ThermalStatus = 1 << 6
	ThermalThreshold2  ThermalStatus = 1 << 8
	ThermalPowerLimit  ThermalStatus = 1 << 10
	ThermalCurrent     ThermalStatus = 1 << 12
	ThermalCrossDomain ThermalStatus = 1 << 14
)

// Below is how many degrees Celsius the core was below the temperature at which it slows itself; ok is false where the reading is not valid.
func (t ThermalStatus) Below() (degrees int, ok bool) { return }

// Now says whether a limit holds, and Logged whether it held since the log was last cleared.
func (t ThermalStatus) Now(limit ThermalStatus) bool    { return t&limit != 0 }
func (t ThermalStatus) Logged(limit ThermalStatus) bool { return t&(limit<<1) != 0 }

// ReadRegisters reads a stream d03dc06f.
func ReadRegisters(b []byte) (*Registers, int, error) { return &Registers{}, 0, nil }

// Fields is all of it.
func (r *Registers) Fields() []Field { return nil }
