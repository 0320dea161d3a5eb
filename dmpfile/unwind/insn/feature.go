package insn

import (
	"strings"

	"golang.org/x/arch/x86/x86asm"

	"github.com/dmplens/dmplens/dmpfile"
)

// Feature is what a processor must have for an instruction, and where CPUID says so.
type Feature struct {
	Name    string // as Intel's and AMD's manuals have it, "" for none
	Leaf    uint32 // of CPUID
	Subleaf uint32
	In      string // the register: EAX, EBX, ECX or EDX, "" where it is not known which bit says so
	Bit     int
}

// in says whether the processor has the feature. known is false where the leaf is not at hand, as those of other subleaves than 0 never are.
func (f *Feature) in(leaves []dmpfile.CPUIDLeaf) (has, known bool) {
	for _, l := range leaves {
		if l.Leaf != f.Leaf || f.Subleaf != 0 || f.In == "" {
			continue
		}
		v := map[string]uint32{"EAX": l.EAX, "EBX": l.EBX, "ECX": l.ECX, "EDX": l.EDX}[f.In]
		return v>>f.Bit&1 != 0, true
	}
	return false, false
}

var (
	featureAVX  = Feature{"AVX", 1, 0, "ECX", 28}
	featureAVX2 = Feature{"AVX2", 7, 0, "EBX", 5}
	// featureLater is that of instructions with VEX which are in no list here.
	featureLater = Feature{Name: "an extension later than AVX2"}
)

// The instructions of AVX itself: those that it has with registers of 256 bits too, and those whose operands have 128 bits in AVX. The second need
// AVX2 with 256 bits.
var (
	wideAVX = words("vaddpd vaddps vaddsubpd vaddsubps vandnpd vandnps vandpd vandps vblendpd vblendps vblendvpd vblendvps vbroadcastf128 " +
		"vbroadcastsd vbroadcastss vcmppd vcmpps vcvtdq2pd vcvtdq2ps vcvtpd2dq vcvtpd2ps vcvtps2dq vcvtps2pd vcvttpd2dq vcvttps2dq vdivpd " +
		"vdivps vdpps vextractf128 vhaddpd vhaddps vhsubpd vhsubps vinsertf128 vlddqu vmaskmovpd vmaskmovps vmaxpd vmaxps vminpd vminps " +
		"vmovapd vmovaps vmovddup vmovdqa vmovdqu vmovmskpd vmovmskps vmovntdq vmovntpd vmovntps vmovshdup vmovsldup vmovupd vmovups vmulpd " +
		"vmulps vorpd vorps vperm2f128 vpermilpd vpermilps vptest vrcpps vroundpd vroundps vrsqrtps vshufpd vshufps vsqrtpd vsqrtps vsubpd " +
		"vsubps vtestpd vtestps vunpckhpd vunpckhps vunpcklpd vunpcklps vxorpd vxorps vzeroall vzeroupper")
	narrowAVX = words("vaddsd vaddss vcmpsd vcmpss vcomisd vcomiss vcvtsd2si vcvtsd2ss vcvtsi2sd vcvtsi2ss vcvtss2sd vcvtss2si vcvttsd2si " +
		"vcvttss2si vdivsd vdivss vdppd vextractps vinsertps vldmxcsr vmaskmovdqu vmaxsd vmaxss vminsd vminss vmovd vmovhlps vmovhpd vmovhps " +
		"vmovlhps vmovlpd vmovlps vmovntdqa vmovq vmovsd vmovss vmpsadbw vmulsd vmulss vpabsb vpabsd vpabsw vpackssdw vpacksswb vpackusdw " +
		"vpackuswb vpaddb vpaddd vpaddq vpaddsb vpaddsw vpaddusb vpaddusw vpaddw vpalignr vpand vpandn vpavgb vpavgw vpblendvb vpblendw " +
		"vpcmpeqb vpcmpeqd vpcmpeqq vpcmpeqw vpcmpestri vpcmpestrm vpcmpgtb vpcmpgtd vpcmpgtq vpcmpgtw vpcmpistri vpcmpistrm vpextrb vpextrd " +
		"vpextrq vpextrw vpextrw_c5 vpcmpestri64 vpcmpestrm64 vpcmpistri64 " +
		"vphaddd vphaddsw vphaddw vphminposuw vphsubd vphsubsw vphsubw vpinsrb vpinsrd vpinsrq vpinsrw vpmaddubsw vpmaddwd " +
		"vpmaxsb vpmaxsd vpmaxsw vpmaxub vpmaxud vpmaxuw vpminsb vpminsd vpminsw vpminub vpminud vpminuw vpmovmskb vpmovsxbd vpmovsxbq " +
		"vpmovsxbw vpmovsxdq vpmovsxwd vpmovsxwq vpmovzxbd vpmovzxbq vpmovzxbw vpmovzxdq vpmovzxwd vpmovzxwq vpmuldq vpmulhrsw vpmulhuw " +
		"vpmulhw vpmulld vpmullw vpmuludq vpor vpsadbw vpshufb vpshufd vpshufhw vpshuflw vpsignb vpsignd vpsignw vpslld vpslldq vpsllq vpsllw " +
		"vpsrad vpsraw vpsrld vpsrldq vpsrlq vpsrlw vpsubb vpsubd vpsubq vpsubsb vpsubsw vpsubusb vpsubusw vpsubw vpunpckhbw vpunpckhdq " +
		"vpunpckhqdq vpunpckhwd vpunpcklbw vpunpckldq vpunpcklqdq vpunpcklwd vpxor vrcpss vroundsd vroundss vrsqrtss vsqrtsd vsqrtss vstmxcsr " +
		"vsubsd vsubss vucomisd vucomiss")
	encryptions = words("vaesdec vaesdeclast vaesenc vaesenclast vaesimc vaeskeygenassist")
	// notVector have VEX and general registers.
	notVector = words("andn bextr blsi blsmsk blsr bzhi mulx pdep pext rorx sarx shlx shrx")
)

// featureTable has the instructions beyond those that every processor with 64 bits has, of AVX those that need more than that. Where an
// instruction without its feature does something else, as lzcnt and endbr64, it is left out.
var featureTable = []struct {
	Feature
	instructions map[string]bool
}{
	{Feature{"SSE3", 1, 0, "ECX", 0}, words("addsubpd addsubps haddpd haddps hsubpd hsubps lddqu movddup movshdup movsldup")},
	{Feature{"PCLMULQDQ", 1, 0, "ECX", 1}, words("pclmulqdq")},
	{Feature{"MONITOR", 1, 0, "ECX", 3}, words("monitor mwait")},
	{Feature{"SSSE3", 1, 0, "ECX", 9}, words("pabsb pabsd pabsw palignr phaddd phaddsw phaddw phsubd phsubsw phsubw pmaddubsw pmulhrsw pshufb psignb psignd psignw")},
	{Feature{"CMPXCHG16B", 1, 0, "ECX", 13}, words("cmpxchg16b")},
	{Feature{"SSE4.1", 1, 0, "ECX", 19}, words("blendpd blendps blendvpd blendvps dppd dpps extractps insertps movntdqa mpsadbw packusdw pblendvb pblendw pcmpeqq " +
		"pextrb pextrd pextrq phminposuw pinsrb pinsrd pinsrq pmaxsb pmaxsd pmaxud pmaxuw pminsb pminsd pminud pminuw pmovsxbd pmovsxbq pmovsxbw " +
		"pmovsxdq pmovsxwd pmovsxwq pmovzxbd pmovzxbq pmovzxbw pmovzxdq pmovzxwd pmovzxwq pmuldq pmulld ptest roundpd roundps roundsd roundss")},
	{Feature{"SSE4.2", 1, 0, "ECX", 20}, words("crc32 pcmpestri pcmpestrm pcmpgtq pcmpistri pcmpistrm")},
	{Feature{"MOVBE", 1, 0, "ECX", 22}, words("movbe")},
	{Feature{"POPCNT", 1, 0, "ECX", 23}, words("popcnt")},
	{Feature{"AES", 1, 0, "ECX", 25}, words("aesdec aesdeclast aesenc aesenclast aesimc aeskeygenassist")},
	{Feature{"XSAVE", 1, 0, "ECX", 26}, words("xsave xsave64 xrstor xrstor64 xgetbv xsetbv")},
	{Feature{"F16C", 1, 0, "ECX", 29}, words("vcvtph2ps vcvtps2ph")},
	{Feature{"RDRAND", 1, 0, "ECX", 30}, words("rdrand")},
	{Feature{"FSGSBASE", 7, 0, "EBX", 0}, words("rdfsbase rdgsbase wrfsbase wrgsbase")},
	{Feature{"BMI1", 7, 0, "EBX", 3}, words("andn bextr blsi blsmsk blsr")},
	{Feature{"BMI2", 7, 0, "EBX", 8}, words("bzhi mulx pdep pext rorx sarx shlx shrx")},
	{Feature{"INVPCID", 7, 0, "EBX", 10}, words("invpcid")},
	{Feature{"RTM", 7, 0, "EBX", 11}, words("xbegin xend xabort")},
	{Feature{"RDSEED", 7, 0, "EBX", 18}, words("rdseed")},
	{Feature{"ADX", 7, 0, "EBX", 19}, words("adcx adox")},
	{Feature{"SMAP", 7, 0, "EBX", 20}, words("stac clac")},
	{Feature{"CLFLUSHOPT", 7, 0, "EBX", 23}, words("clflushopt")},
	{Feature{"CLWB", 7, 0, "EBX", 24}, words("clwb")},
	{Feature{"SHA", 7, 0, "EBX", 29}, words("sha1msg1 sha1msg2 sha1nexte sha1rnds4 sha256msg1 sha256msg2 sha256rnds2")},
	{Feature{"PKU", 7, 0, "ECX", 3}, words("rdpkru wrpkru")},
	{Feature{"WAITPKG", 7, 0, "ECX", 5}, words("tpause umonitor umwait")},
	{Feature{"CET_SS", 7, 0, "ECX", 7}, words("saveprevssp rstorssp setssbsy clrssbsy incsspd incsspq wrssd wrssq wrussd wrussq")},
	{Feature{"RDPID", 7, 0, "ECX", 22}, words("rdpid")},
	{Feature{"MOVDIRI", 7, 0, "ECX", 27}, words("movdiri")},
	{Feature{"MOVDIR64B", 7, 0, "ECX", 28}, words("movdir64b")},
	{Feature{"ENQCMD", 7, 0, "ECX", 29}, words("enqcmd enqcmds")},
	{Feature{"SERIALIZE", 7, 0, "EDX", 14}, words("serialize")},
	{Feature{"LAHF/SAHF", 0x80000001, 0, "ECX", 0}, words("lahf sahf")},
	{Feature{"SSE4A", 0x80000001, 0, "ECX", 6}, words("extrq insertq movntsd movntss")},
	{Feature{"RDTSCP", 0x80000001, 0, "EDX", 27}, words("rdtscp")},
	{Feature{"TSXLDTRK", 7, 0, "EDX", 16}, words("xsusldtrk xresldtrk")},
	{Feature{"PTWRITE", 0x14, 0, "EBX", 4}, words("ptwrite")},
	{Feature{"MONITORX", 0x80000001, 0, "ECX", 29}, words("monitorx mwaitx")},
	{Feature{"CLZERO", 0x80000008, 0, "EBX", 0}, words("clzero")},
	{Feature{"XSAVEOPT", 0xD, 1, "EAX", 0}, words("xsaveopt xsaveopt64")},
	{Feature{"XSAVEC", 0xD, 1, "EAX", 1}, words("xsavec xsavec64")},
	{Feature{"XSAVES", 0xD, 1, "EAX", 3}, words("xsaves xsaves64 xrstors xrstors64")},
	{Feature{"GFNI", 7, 0, "ECX", 8}, words("vgf2p8affineqb vgf2p8affineinvqb vgf2p8mulb")},
	{Feature{"AVX-VNNI", 7, 1, "EAX", 4}, words("vpdpbusd vpdpbusds vpdpwssd vpdpwssds")},
	{featureAVX2, words("vbroadcasti128 vextracti128 vinserti128 vpblendd vpbroadcastb vpbroadcastd vpbroadcastq vpbroadcastw vperm2i128 vpermd " +
		"vpermpd vpermps vpermq vpgatherdd vpgatherdq vpgatherqd vpgatherqq vgatherdpd vgatherdps vgatherqpd vgatherqps vpmaskmovd vpmaskmovq " +
		"vpsllvd vpsllvq vpsravd vpsrlvd vpsrlvq")},
}

// feature is what a processor needs for an instruction; its name is "" where every one has it.
func (i *Instruction) feature() Feature {
	name := i.name()
	switch {
	case i.isEVEX(), i.isVEX() && strings.HasPrefix(name, "k"): // with masks
		return Feature{"AVX-512", 7, 0, "EBX", 16}
	case !i.isVEX():
	case strings.HasPrefix(name, "vfm") || strings.HasPrefix(name, "vfnm"):
		if !strings.Contains(name, "132") && !strings.Contains(name, "213") && !strings.Contains(name, "231") {
			return Feature{"FMA4", 0x80000001, 0, "ECX", 16}
		}
		return Feature{"FMA", 1, 0, "ECX", 12}
	case encryptions[name] && i.has256():
		return Feature{"VAES", 7, 0, "ECX", 9}
	case encryptions[name]:
		return Feature{"AES", 1, 0, "ECX", 25}
	case name == "vpclmulqdq" && i.has256():
		return Feature{"VPCLMULQDQ", 7, 0, "ECX", 10}
	case name == "vpclmulqdq":
		return Feature{"PCLMULQDQ", 1, 0, "ECX", 1}
	case narrowAVX[name] && i.has256(), (name == "vbroadcastss" || name == "vbroadcastsd") && isVector(i.Args[1]):
		return featureAVX2
	}
	for k := range featureTable {
		if f := &featureTable[k]; f.instructions[name] {
			return f.Feature
		}
	}
	switch {
	case wideAVX[name], narrowAVX[name]:
		return featureAVX
	case i.isVEX():
		return featureLater
	}
	return Feature{}
}

// features are all that a processor needs for an instruction.
func (i *Instruction) features() (list []Feature) {
	f := i.feature()
	if (i.isVEX() || i.isEVEX()) && !notVector[i.name()] && f != featureAVX {
		list = append(list, featureAVX)
	}
	if f.Name != "" {
		list = append(list, f)
	}
	return list
}

// has256 says whether the instruction has a register of 256 bits.
func (i *Instruction) has256() bool {
	for _, a := range i.Args {
		if x, ok := a.(x86asm.Reg); ok && x86asm.Y0 <= x && x <= x86asm.Y31 {
			return true
		}
	}
	return false
}

// isVector says whether an operand is a register of 128 or 256 bits.
func isVector(a x86asm.Arg) bool {
	x, ok := a.(x86asm.Reg)
	return ok && (x86asm.X0 <= x && x <= x86asm.X31 || x86asm.Y0 <= x && x <= x86asm.Y31)
}

// Instructions that are there, and still undefined until the system has turned them on, or in its mode of running.
var switched = words("vmcall vmlaunch vmresume vmxoff vmread vmwrite vmclear vmptrld vmptrst vmxon invept invvpid vmrun vmmcall vmload vmsave " +
	"stgi clgi skinit invlpga getsec encls enclu pconfig pvalidate psmash rmpupdate rmpadjust xsetbv xgetbv rdfsbase rdgsbase wrfsbase wrgsbase " +
	"sysret sysexit sysenter syscall swapgs rsm monitor mwait monitorx mwaitx rdpkru wrpkru femms xabort xbegin xend invpcid " +
	"saveprevssp rstorssp setssbsy clrssbsy wrssd wrssq wrussd wrussq enqcmd enqcmds xsave xsave64 xrstor xrstor64")

// mayBeUndefined says whether an instruction that the processor has can be undefined all the same.
func (i *Instruction) mayBeUndefined() bool {
	if i.isEVEX() || i.isVEX() && strings.HasPrefix(i.name(), "k") || switched[i.name()] || i.hasPrefix(x86asm.PrefixLOCK) {
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
