package whea

// bankName names the unit that a bank of machine check registers is of, "" where it is not known. signature is that of the processor, 0 where it is not
// known. MCA_IPID of AMD tells it itself: what a number is differs between the models, and between the processors of one.
func bankName(v Vendor, signature, bank uint32, ipid *uint64) string {
	family, model := familyModel(signature)
	switch {
	case v == AMD && ipid != nil:
		return amdUnits[unit{uint16(*ipid >> 32 & 0xFFF), uint16(*ipid >> 48)}]
	case v == AMD && family >= 0x17:
		return amdZen[bank]
	case v == AMD && (family == 0x15 || family == 0x16):
		return amdFamily15[bank]
	case v == AMD && family >= 0xF && family <= 0x14:
		return amdFamily10[bank]
	case v == Intel && family == 6:
		for _, x := range intelBanks {
			for _, m := range x.models {
				if m == model {
					return x.banks[bank]
				}
			}
		}
	}
	return ""
}

// familyModel reads a signature, CPUID 1 in EAX.
func familyModel(signature uint32) (family, model uint32) {
	family, model = signature>>8&0xF, signature>>4&0xF
	if family == 0xF || family == 6 {
		model |= signature >> 12 & 0xF0
	}
	if family == 0xF {
		family += signature >> 20 & 0xFF
	}
	return family, model
}

// unit is a unit of an AMD processor by its MCA_IPID: the HwId and the McaType.
type unit struct{ hardware, kind uint16 }

// amdUnits are the units of Zen processors (AMD's Processor Programming References; the kernel of Linux, arch/x86/kernel/cpu/mce/amd.c, has the same
// numbers).
var amdUnits = map[unit]string{
	{0xB0, 0x00}: "load-store unit", {0xB0, 0x10}: "load-store unit", {0xB0, 1}: "instruction fetch unit", {0xB0, 2}: "L2 cache", {0xB0, 3}: "decode unit",
	{0xB0, 5}: "execution unit", {0xB0, 6}: "floating-point unit", {0xB0, 7}: "L3 cache",
	{0x2E, 0}: "coherent station (data fabric)", {0x2E, 2}: "coherent station (data fabric)", {0x2E, 1}: "power, interrupts, etc. (data fabric)",
	{0x2E, 4}: "memory-attached last level cache", {0x96, 0}: "memory controller", {0x96, 1}: "memory controller", {0x05, 0}: "parameter block",
	{0xFF, 0}: "security processor", {0xFF, 1}: "security processor", {0x01, 0}: "system management unit", {0x01, 1}: "system management unit",
	{0x01, 2}: "microprocessor 5", {0x01, 3}: "MPDMA", {0x18, 0}: "northbridge I/O", {0x46, 0}: "PCI Express root port", {0x46, 1}: "PCI Express root port",
	{0x50, 0}: "xGMI link", {0x6C, 0}: "NBIF", {0x80, 0}: "SHUB", {0xA8, 0}: "SATA", {0xAA, 0}: "USB", {0x170, 0}: "USR DP", {0x180, 0}: "USR CP",
	{0x241, 0}: "GMI link", {0x259, 0}: "xGMI PHY", {0x267, 0}: "WAFL PHY", {0x269, 0}: "GMI PHY",
}

// amdZen are the banks that all Zen processors have: those of the core (AMD's Processor Programming References of families 17h, 19h and 1Ah).
var amdZen = map[uint32]string{0: "load-store unit", 1: "instruction fetch unit", 2: "L2 cache", 3: "decode unit", 5: "execution unit", 6: "floating-point unit"}

// amdFamily15 are the banks of families 15h and 16h, amdFamily10 of the earlier ones (AMD's BIOS and Kernel Developer's Guides).
var (
	amdFamily15 = map[uint32]string{0: "load-store unit", 1: "instruction fetch unit", 2: "L2 cache and bus unit", 4: "northbridge", 5: "execution unit",
		6: "floating-point unit"}
	amdFamily10 = map[uint32]string{0: "data cache", 1: "instruction cache", 2: "bus unit", 3: "load-store unit", 4: "northbridge", 5: "reorder buffer"}
)

const (
	ifu, dcu, dtlb, mlc = "instruction fetch unit", "data cache unit", "data TLB", "L2 cache"
	pcu, iio            = "power control unit", "integrated I/O"
	qpi, upi            = "QPI link", "UPI link"
	home, m2m, imc      = "home agent", "mesh to memory", "memory controller"
	cbo, cha            = "L3 cache slice", "caching and home agent"
)

// intelBanks are the banks of Intel's processors by model of family 6: of the servers by the model-specific registers in the Intel SDM, volume 4, and by
// the model files of mcelog; of the clients only the core's four are known to be the same. Hybrid processors have two kinds of cores, of which a record
// does not say which it is about: they are left out.
var intelBanks = []struct {
	models []uint32
	banks  map[uint32]string
}{
	{[]uint32{0x2A, 0x3A, 0x3C, 0x45, 0x46, 0x3D, 0x47, 0x4E, 0x5E, 0x8E, 0x9E, 0xA5, 0xA6}, core(nil)}, // Sandy Bridge to Comet Lake
	{[]uint32{0x2D}, core(banks{pcu: {4}, qpi: {6, 7}, imc: {8, 9, 10, 11}})},
	{[]uint32{0x3E}, core(banks{pcu: {4}, qpi: {5}, iio: {6}, home: {7, 8}, imc: {9, 10, 11, 12, 13, 14, 15, 16}})},
	{[]uint32{0x3F, 0x4F}, core(banks{pcu: {4}, qpi: {5, 20, 21}, iio: {6}, home: {7, 8}, imc: {9, 10, 11, 12, 13, 14, 15, 16}, cbo: {17, 18, 19}})},
	{[]uint32{0x56}, core(banks{pcu: {4}, iio: {6}, home: {7}, imc: {9, 10}})},
	{[]uint32{0x55}, core(banks{pcu: {4}, upi: {5, 12, 19}, iio: {6}, m2m: {7, 8}, cha: {9, 10, 11}, imc: {13, 14, 15, 16, 17, 18}})},
	{[]uint32{0x6A}, core(banks{pcu: {4}, upi: {5, 7, 8}, m2m: {12, 16, 20, 24}, imc: {13, 14, 15, 17, 18, 19, 21, 22, 23, 25, 26, 27}})},
	{[]uint32{0x6C}, core(banks{pcu: {4}, m2m: {12, 16}, imc: {13, 14, 15, 17, 18, 19}})},
	{[]uint32{0x8F, 0xCF}, core(banks{pcu: {4}, upi: {5}, m2m: {12}, imc: {13, 14, 15, 16, 17, 18, 19, 20}})},
	{[]uint32{0xAD, 0xAE}, core(banks{upi: {5}, pcu: {6}, m2m: {12}, imc: {13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24}})},
}

// banks are the numbers of the banks of each unit.
type banks map[string][]uint32

// core adds the four banks of a core to others.
func core(others banks) map[uint32]string {
	names := map[uint32]string{0: ifu, 1: dcu, 2: dtlb, 3: mlc}
	for name, numbers := range others {
		for _, n := range numbers {
			names[n] = name
		}
	}
	return names
}
