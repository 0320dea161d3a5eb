package insn

import (
	"strings"

	"golang.org/x/arch/x86/x86asm"

	"github.com/dmplens/dmplens/dmpfile"
)

// access is a piece of memory that an instruction reads or writes.
type access struct {
	at      uint64
	size    uint64
	spread  uint64 // of a repeated instruction: how far from at it may have come, either way
	unknown bool   // at is not known
	missing Register
	has     bool // missing says which register is not known; otherwise it is none of the general ones
	base    Register
	index   Register
	parts   uint8 // which of base and index the address is made of: 1 and 2
	stack   bool  // of the stack, without being named
}

// covers says whether the processor can name an address for a fault of this access: that of any of its bytes, for it may cross into a page.
func (a *access) covers(v uint64) bool { return v-(a.at-a.spread) < a.size+2*a.spread }

// name is the name of an instruction in lower case, without its prefixes.
func (i *Instruction) name() string {
	if i.fixed != "" {
		n, _, _ := strings.Cut(i.fixed, " ")
		return n
	}
	n, _, _ := strings.Cut(strings.ToLower(i.Op.String()), "_xmm")
	return n
}

func (i *Instruction) hasPrefix(p x86asm.Prefix) bool {
	for _, x := range i.Prefix {
		if x&0xFF == p&0xFF && x&x86asm.PrefixIgnored == 0 && x != 0 {
			return true
		}
	}
	return false
}

func (i *Instruction) isVEX() bool  { return i.Op != 0 && i.vector(x86asm.Prefix.IsVEX) }
func (i *Instruction) isEVEX() bool { return i.Op != 0 && i.vector(x86asm.Prefix.IsEVEX) }

func (i *Instruction) vector(is func(x86asm.Prefix) bool) bool {
	for _, p := range i.Prefix {
		if p != 0 && is(p) {
			return true
		}
	}
	return false
}

// words makes a set of the words of a text.
func words(text string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(text) {
		set[w] = true
	}
	return set
}

// Instructions whose operand in memory is not read or written.
var untouching = words("lea nop fnop invlpg prefetcht0 prefetcht1 prefetcht2 prefetchnta prefetchw prefetchwt1 prefetch cldemote")

// Instructions that also reach for memory which their operands do not name: descriptor tables, the task state, shadow stacks, a save area of
// its own layout.
var reaching = words("lar lsl verr verw lldt ltr ljmp lcall lret iret iretd iretq int into icebp enter lds les lss lfs lgs " +
	"vmlaunch vmresume vmrun vmload vmsave vmread vmwrite vmclear vmptrld vmptrst vmxon rstorssp setssbsy saveprevssp clrssbsy incsspd incsspq " +
	"sysenter sysexit syscall sysret encls enclu getsec pconfig skinit wrssd wrssq wrussd wrussq psmash pvalidate rmpupdate rmpadjust")

// areaSizes are those of operands of which x86asm does not know the size.
var areaSizes = map[string]uint64{
	"fxsave": 512, "fxsave64": 512, "fxrstor": 512, "fxrstor64": 512, "fnsave": 108, "frstor": 108, "fnstenv": 28, "fldenv": 28,
	"xsave": 0x4000, "xsave64": 0x4000, "xsavec": 0x4000, "xsavec64": 0x4000, "xsaveopt": 0x4000, "xsaveopt64": 0x4000, "xsaves": 0x4000, "xsaves64": 0x4000,
	"xrstor": 0x4000, "xrstor64": 0x4000, "xrstors": 0x4000, "xrstors64": 0x4000,
	"movdir64b": 64, "enqcmd": 64, "enqcmds": 64, "clflush": 64, "clflushopt": 64, "clwb": 64, "clzero": 64, "cmpxchg16b": 16,
	"lgdt": 10, "lidt": 10, "sgdt": 10, "sidt": 10,
}

// stringOps are the instructions that move along strings, with the size of what they move along by.
var stringOps = map[x86asm.Op]uint64{
	x86asm.MOVSB: 1, x86asm.MOVSW: 2, x86asm.MOVSD: 4, x86asm.MOVSQ: 8, x86asm.STOSB: 1, x86asm.STOSW: 2, x86asm.STOSD: 4, x86asm.STOSQ: 8,
	x86asm.LODSB: 1, x86asm.LODSW: 2, x86asm.LODSD: 4, x86asm.LODSQ: 8, x86asm.CMPSB: 1, x86asm.CMPSW: 2, x86asm.CMPSD: 4, x86asm.CMPSQ: 8,
	x86asm.SCASB: 1, x86asm.SCASW: 2, x86asm.SCASD: 4, x86asm.SCASQ: 8, x86asm.INSB: 1, x86asm.INSW: 2, x86asm.INSD: 4,
	x86asm.OUTSB: 1, x86asm.OUTSW: 2, x86asm.OUTSD: 4,
}

// accesses lists what memory an instruction at ip touches. more is true where it may touch other memory too.
func (i *Instruction) accesses(ip dmpfile.VirtAddr, r *Registers) (list []access, more bool) {
	name := i.name()
	more = reaching[name]
	rsp, known := r.Get(RSP)
	stack := func(at int64) {
		list = append(list, access{at: rsp + uint64(at), size: 8, unknown: !known, missing: RSP, has: true, base: RSP, parts: 1, stack: true})
	}
	implicit := func(base Register, size uint64) {
		v, known := r.Get(base)
		list = append(list, access{at: v, size: size, unknown: !known, missing: base, has: true, base: base, parts: 1})
	}
	for _, a := range i.Args {
		m, ok := a.(x86asm.Mem)
		if !ok || untouching[name] {
			continue
		}
		list = append(list, i.operand(m, ip, r))
	}
	switch i.Op {
	case x86asm.PUSH, x86asm.CALL, x86asm.PUSHF, x86asm.PUSHFD, x86asm.PUSHFQ:
		stack(-8)
	case x86asm.RET, x86asm.POP, x86asm.POPF, x86asm.POPFD, x86asm.POPFQ:
		stack(0)
		if i.Op == x86asm.POP && len(list) > 1 && list[0].parts&1 != 0 && list[0].base == RSP {
			list[0].size += 8 // the address is that after the pop
		}
	case x86asm.LEAVE:
		implicit(RBP, 8)
	case x86asm.XLATB, x86asm.MONITOR:
		more = true
	case x86asm.MASKMOVQ, x86asm.MASKMOVDQU:
		implicit(RDI, 16)
	}
	if name == "movdir64b" || name == "enqcmd" || name == "enqcmds" {
		if g, ok := i.Args[0].(x86asm.Reg); ok {
			if d, ok := generalRegister(g); ok {
				implicit(d, 64)
			}
		}
	}
	if name == "clzero" {
		implicit(RAX, 64)
	}
	return list, more
}

// operand is the memory of an operand that an instruction names.
func (i *Instruction) operand(m x86asm.Mem, ip dmpfile.VirtAddr, r *Registers) access {
	a := access{at: uint64(m.Disp), size: uint64(max(i.MemBytes, 0))}
	if s, ok := areaSizes[i.name()]; ok {
		a.size = s
	}
	if a.size == 0 && stringOps[i.Op] != 0 {
		a.size = stringOps[i.Op]
	}
	if a.size == 0 {
		a.size = 64 // no other operand is larger
	}
	if m.Segment == x86asm.FS || m.Segment == x86asm.GS {
		a.unknown = true
	}
	add := func(x x86asm.Reg, scale uint64) (g Register, ok bool) {
		g, ok = generalRegister(x)
		if !ok {
			a.unknown = true // a vector
			return 0, false
		}
		v, known := r.Get(g)
		if !known && !a.has {
			a.unknown, a.missing, a.has = true, g, true
		}
		a.at += v * scale
		return g, true
	}
	switch {
	case m.Base == x86asm.RIP || m.Base == x86asm.EIP:
		a.at += uint64(ip) + uint64(i.Len)
	case m.Base != 0:
		if g, ok := add(m.Base, 1); ok {
			a.base, a.parts = g, 1
		}
	}
	if m.Index != 0 {
		if g, ok := add(m.Index, uint64(m.Scale)); ok {
			a.index = g
			a.parts |= 2
		}
	}
	switch i.Op {
	case x86asm.BT, x86asm.BTS, x86asm.BTR, x86asm.BTC:
		// A bit number in a register can lie outside of the operand.
		g, ok := i.Args[1].(x86asm.Reg)
		if !ok {
			break
		}
		x, _ := generalRegister(g)
		v, known := r.Get(x)
		switch {
		case !known:
			a.unknown = true
			if !a.has {
				a.missing, a.has = x, true
			}
		case i.DataSize == 64:
			a.at += uint64(int64(v) >> 6 << 3)
		case i.DataSize == 32:
			a.at += uint64(int64(int32(v)) >> 5 << 2)
		default:
			a.at += uint64(int64(int16(v)) >> 4 << 1)
		}
	}
	if i.AddrSize == 32 {
		a.at = uint64(uint32(a.at))
	}
	if !i.hasPrefix(x86asm.PrefixREP) && !i.hasPrefix(x86asm.PrefixREPN) {
		return a
	}
	if stringOps[i.Op] != 0 {
		count, known := r.Get(RCX)
		if !known {
			a.unknown = true
			if !a.has {
				a.missing, a.has = RCX, true
			}
		}
		a.spread = min(count, 1<<40) * a.size
	}
	return a
}

// isCanonical says whether a processor with addresses of 48 bits takes an address for one.
func isCanonical(a uint64) bool { return a+1<<47 < 1<<48 }

// aligned says how the operand of an instruction in memory has to be aligned, 1 where it need not be.
func (i *Instruction) aligned(size uint64) uint64 {
	name := i.name()
	switch name {
	case "cmpxchg16b", "fxsave", "fxsave64", "fxrstor", "fxrstor64":
		return 16
	case "xsave", "xsave64", "xsavec", "xsavec64", "xsaveopt", "xsaveopt64", "xsaves", "xsaves64", "xrstor", "xrstor64", "xrstors", "xrstors64",
		"movdir64b", "enqcmd", "enqcmds":
		return 64
	}
	if i.isVEX() || i.isEVEX() {
		for _, p := range [...]string{"vmovap", "vmovdqa", "vmovnt"} {
			if strings.HasPrefix(name, p) {
				return size
			}
		}
		return 1
	}
	if size != 16 || i.fixed != "" {
		return 1
	}
	switch i.Op {
	case x86asm.MOVUPS, x86asm.MOVUPD, x86asm.MOVDQU, x86asm.LDDQU, x86asm.PCMPESTRI, x86asm.PCMPESTRM, x86asm.PCMPISTRI, x86asm.PCMPISTRM, x86asm.MASKMOVDQU:
		return 1
	}
	return 16
}
