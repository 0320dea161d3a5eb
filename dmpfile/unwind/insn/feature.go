package insn

import (
	"strings"

	"golang.org/x/arch/x86/x86asm"

	"github.com/dmplens/dmplens/dmpfile"
)

// Feature is what a processor must have for an instruction, and where CPUID says so.
type Feature struct {
	Name string // as Intel's and AMD's manuals have it, "" for none
	Leaf uint32 // of CPUID
	In   string // the register: EAX, EBX, ECX or EDX
	Bit  int
}

// in says whether the processor has the feature. known is false where the leaf is not at hand.
func (f *Feature) in(leaves []dmpfile.CPUIDLeaf) (has, known bool) {
	for _, l := range leaves {
		if l.Leaf != f.Leaf {
			continue
		}
		v := map[string]uint32{"EAX": l.EAX, "EBX": l.EBX, "ECX": l.ECX, "EDX": l.EDX}[f.In]
		return v>>f.Bit&1 != 0, true
	}
	return false, false
}

var featureAVX = Feature{"AVX", 1, "ECX", 28}

// featureTable has the instructions beyond those that every processor with 64 bits has, of AVX those that need more than that. Where an
// instruction without its feature does something else, as lzcnt and endbr64, it is left out.
var featureTable = []struct {
	Feature
	instructions map[string]bool
}{
	{Feature{"SSE3", 1, "ECX", 0}, words("addsubpd addsubps haddpd haddps hsubpd hsubps lddqu movddup movshdup movsldup")},
	{Feature{"PCLMULQDQ", 1, "ECX", 1}, words("pclmulqdq")},
	{Feature{"MONITOR", 1, "ECX", 3}, words("monitor mwait")},
	{Feature{"SSSE3", 1, "ECX", 9}, words("pabsb pabsd pabsw palignr phaddd phaddsw phaddw phsubd phsubsw phsubw pmaddubsw pmulhrsw pshufb psignb psignd psignw")},
	{Feature{"CMPXCHG16B", 1, "ECX", 13}, words("cmpxchg16b")},
	{Feature{"SSE4.1", 1, "ECX", 19}, words("blendpd blendps blendvpd blendvps dppd dpps extractps insertps movntdqa mpsadbw packusdw pblendvb pblendw pcmpeqq " +
		"pextrb pextrd pextrq phminposuw pinsrb pinsrd pinsrq pmaxsb pmaxsd pmaxud pmaxuw pminsb pminsd pminud pminuw pmovsxbd pmovsxbq pmovsxbw " +
		"pmovsxdq pmovsxwd pmovsxwq pmovzxbd pmovzxbq pmovzxbw pmovzxdq pmovzxwd pmovzxwq pmuldq pmulld ptest roundpd roundps roundsd roundss")},
	{Feature{"SSE4.2", 1, "ECX", 20}, words("crc32 pcmpestri pcmpestrm pcmpgtq pcmpistri pcmpistrm")},
	{Feature{"MOVBE", 1, "ECX", 22}, words("movbe")},
	{Feature{"POPCNT", 1, "ECX", 23}, words("popcnt")},
	{Feature{"AES", 1, "ECX", 25}, words("aesdec aesdeclast aesenc aesenclast aesimc aeskeygenassist")},
	{Feature{"XSAVE", 1, "ECX", 26}, words("xsave xsave64 xrstor xrstor64 xgetbv xsetbv")},
	{Feature{"F16C", 1, "ECX", 29}, words("vcvtph2ps vcvtps2ph")},
	{Feature{"RDRAND", 1, "ECX", 30}, words("rdrand")},
	{Feature{"FSGSBASE", 7, "EBX", 0}, words("rdfsbase rdgsbase wrfsbase wrgsbase")},
	{Feature{"BMI1", 7, "EBX", 3}, words("andn bextr blsi blsmsk blsr")},
	{Feature{"BMI2", 7, "EBX", 8}, words("bzhi mulx pdep pext rorx sarx shlx shrx")},
	{Feature{"INVPCID", 7, "EBX", 10}, words("invpcid")},
	{Feature{"RTM", 7, "EBX", 11}, words("xbegin xend xabort")},
	{Feature{"RDSEED", 7, "EBX", 18}, words("rdseed")},
	{Feature{"ADX", 7, "EBX", 19}, words("adcx adox")},
	{Feature{"SMAP", 7, "EBX", 20}, words("stac clac")},
	{Feature{"CLFLUSHOPT", 7, "EBX", 23}, words("clflushopt")},
	{Feature{"CLWB", 7, "EBX", 24}, words("clwb")},
	{Feature{"SHA", 7, "EBX", 29}, words("sha1msg1 sha1msg2 sha1nexte sha1rnds4 sha256msg1 sha256msg2 sha256rnds2")},
	{Feature{"PKU", 7, "ECX", 3}, words("rdpkru wrpkru")},
	{Feature{"WAITPKG", 7, "ECX", 5}, words("tpause umonitor umwait")},
	{Feature{"CET_SS", 7, "ECX", 7}, words("saveprevssp rstorssp setssbsy clrssbsy wrssd wrssq wrussd wrussq")},
	{Feature{"RDPID", 7, "ECX", 22}, words("rdpid")},
	{Feature{"MOVDIRI", 7, "ECX", 27}, words("movdiri")},
	{Feature{"MOVDIR64B", 7, "ECX", 28}, words("movdir64b")},
	{Feature{"ENQCMD", 7, "ECX", 29}, words("enqcmd enqcmds")},
	{Feature{"SERIALIZE", 7, "EDX", 14}, words("serialize")},
	{Feature{"LAHF/SAHF", 0x80000001, "ECX", 0}, words("lahf sahf")},
	{Feature{"SSE4A", 0x80000001, "ECX", 6}, words("extrq insertq movntsd movntss")},
	{Feature{"RDTSCP", 0x80000001, "EDX", 27}, words("rdtscp")},
	{Feature{"XSAVEOPT", 0, "", 0}, words("xsaveopt xsaveopt64 xsavec xsavec64 xsaves xsaves64 xrstors xrstors64 clzero monitorx mwaitx")}, // of leaves that are not kept
}

// feature is what a processor needs for an instruction; its name is "" where every one has it.
func (i *Instruction) feature() Feature {
	name := i.name()
	switch {
	case i.isEVEX():
		return Feature{"AVX-512", 7, "EBX", 16}
	case i.isVEX() && (strings.HasPrefix(name, "vfm") || strings.HasPrefix(name, "vfnm")):
		return Feature{"FMA", 1, "ECX", 12}
	}
	for k := range featureTable {
		if f := &featureTable[k]; f.instructions[name] {
			return f.Feature
		}
	}
	if i.isVEX() || name == "vzeroupper" || name == "vzeroall" {
		return featureAVX
	}
	return Feature{}
}

// Instructions that are there, and still undefined until the system has turned them on, or in its mode of running.
var switched = words("vmcall vmlaunch vmresume vmxoff vmread vmwrite vmclear vmptrld vmptrst vmxon invept invvpid vmrun vmmcall vmload vmsave " +
	"stgi clgi skinit invlpga getsec encls enclu pconfig pvalidate psmash rmpupdate rmpadjust xsetbv xgetbv rdfsbase rdgsbase wrfsbase wrgsbase " +
	"sysret sysexit sysenter syscall swapgs rsm monitor mwait monitorx mwaitx rdpkru wrpkru femms xabort xbegin xend invpcid " +
	"saveprevssp rstorssp setssbsy clrssbsy wrssd wrssq wrussd wrussq enqcmd enqcmds xsave xsave64 xrstor xrstor64")

// mayBeUndefined says whether an instruction that the processor has can be undefined all the same.
func (i *Instruction) mayBeUndefined() bool {
	if i.isEVEX() || switched[i.name()] || i.hasPrefix(x86asm.PrefixLOCK) {
		return true
	}
	for _, a := range i.Args {
		// Control and debug registers that there are not, and cs as a target.
		if x, ok := a.(x86asm.Reg); ok && (x86asm.CR0 <= x && x <= x86asm.DR15 || x86asm.ES <= x && x <= x86asm.GS) {
			return true
		}
	}
	return false
}
