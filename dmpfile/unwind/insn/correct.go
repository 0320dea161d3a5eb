package insn

import (
	"strings"

	"golang.org/x/arch/x86/x86asm"
)

// form is what stands behind the opcode of an instruction.
type form uint8

const (
	bare     form = iota // nothing: the last byte of the opcode is all of it
	memory               // a ModRM byte that names memory
	register             // a ModRM byte that names a register
	either               // a ModRM byte that names either
	toReg                // a ModRM byte: a register from either
	fromReg              // a ModRM byte: either from a register
)

// correction is an instruction that x86asm does not know or takes for another one.
type correction struct {
	prefix byte   // the prefix that is a part of the opcode, or 0
	opcode string // without the 0F that all begin with
	digit  int8   // the middle bits of the ModRM byte, -1 for any
	form   form
	name   string
}

// corrections are by the opcode maps of Intel's and AMD's manuals. First come those that Windows has in its kernel.
var corrections = []correction{
	{0, "\x01\xCA", -1, bare, "clac"}, {0, "\x01\xCB", -1, bare, "stac"},
	{0xF3, "\x1E\xFA", -1, bare, "endbr64"}, {0xF3, "\x1E\xFB", -1, bare, "endbr32"},
	{0xF3, "\x1E", 1, register, "rdssp"}, {0xF3, "\xAE", 5, register, "incssp"},
	{0xF3, "\x01\xE8", -1, bare, "setssbsy"}, {0xF3, "\x01\xEA", -1, bare, "saveprevssp"}, {0xF3, "\x01", 5, memory, "rstorssp"},
	{0xF3, "\xAE", 6, memory, "clrssbsy"}, {0, "\x38\xF6", -1, fromReg, "wrss"}, {0x66, "\x38\xF5", -1, fromReg, "wruss"},
	{0, "\x01\xC1", -1, bare, "vmcall"}, {0, "\x01\xC2", -1, bare, "vmlaunch"}, {0, "\x01\xC3", -1, bare, "vmresume"},
	{0, "\x01\xC4", -1, bare, "vmxoff"}, {0, "\x78", -1, fromReg, "vmread"}, {0, "\x79", -1, toReg, "vmwrite"},
	{0x66, "\xC7", 6, memory, "vmclear"}, {0xF3, "\xC7", 6, memory, "vmxon"}, {0, "\xC7", 6, memory, "vmptrld"}, {0, "\xC7", 7, memory, "vmptrst"},
	{0x66, "\x38\x80", -1, toReg, "invept"}, {0x66, "\x38\x81", -1, toReg, "invvpid"},
	{0, "\x01\xD8", -1, bare, "vmrun"}, {0, "\x01\xD9", -1, bare, "vmmcall"}, {0, "\x01\xDA", -1, bare, "vmload"}, {0, "\x01\xDB", -1, bare, "vmsave"},
	{0, "\x01\xDC", -1, bare, "stgi"}, {0, "\x01\xDD", -1, bare, "clgi"}, {0, "\x01\xDE", -1, bare, "skinit"}, {0, "\x01\xDF", -1, bare, "invlpga"},
	{0xF2, "\x01\xFF", -1, bare, "pvalidate"}, {0xF3, "\x01\xFF", -1, bare, "psmash"}, {0xF2, "\x01\xFE", -1, bare, "rmpupdate"},
	{0xF3, "\x01\xFE", -1, bare, "rmpadjust"}, {0, "\x01\xC5", -1, bare, "pconfig"}, {0, "\x01\xCF", -1, bare, "encls"},
	{0, "\x01\xD7", -1, bare, "enclu"}, {0, "\x37", -1, bare, "getsec"}, {0, "\x01\xE8", -1, bare, "serialize"},
	{0xF2, "\x01\xE8", -1, bare, "xsusldtrk"}, {0xF2, "\x01\xE9", -1, bare, "xresldtrk"},
	{0, "\x01\xEE", -1, bare, "rdpkru"}, {0, "\x01\xEF", -1, bare, "wrpkru"}, {0, "\x01\xFA", -1, bare, "monitorx"},
	{0, "\x01\xFB", -1, bare, "mwaitx"}, {0, "\x01\xFC", -1, bare, "clzero"}, {0, "\x0E", -1, bare, "femms"},
	{0, "\xC7", 7, register, "rdseed"}, {0xF3, "\xC7", 7, register, "rdpid"}, {0xF3, "\xAE", 4, either, "ptwrite"},
	{0x66, "\xAE", 6, memory, "clwb"}, {0x66, "\xAE", 6, register, "tpause"}, {0xF3, "\xAE", 6, register, "umonitor"},
	{0xF2, "\xAE", 6, register, "umwait"}, {0x66, "\x38\xF6", -1, toReg, "adcx"}, {0xF3, "\x38\xF6", -1, toReg, "adox"},
	{0, "\x38\xF9", -1, fromReg, "movdiri"}, {0x66, "\x38\xF8", -1, toReg, "movdir64b"}, {0xF2, "\x38\xF8", -1, toReg, "enqcmd"},
	{0xF3, "\x38\xF8", -1, toReg, "enqcmds"}, {0, "\x0D", -1, memory, "prefetch"}, {0, "\x1C", 0, memory, "cldemote"},
	{0, "\x18", -1, register, "nop"}, {0, "\x1F", -1, either, "nop"}, {0xF3, "\x1E", -1, register, "nop"},
	{0, "\xB9", -1, toReg, "ud1"}, {0, "\xFF", -1, toReg, "ud0"},
}

// isKnown says of an opcode that a row fits whether x86asm has it right, or there is no such instruction.
func isKnown(c *correction, modrm byte) bool {
	switch c.name {
	case "prefetch":
		return modrm>>3&7 == 1 // prefetchw
	case "movdiri", "wrss", "wruss", "movdir64b", "enqcmd", "enqcmds":
		return modrm >= 0xC0 // memory only: there is no such instruction
	}
	return false
}

var (
	// alwaysWide have operands of 64 bits without a prefix that says so.
	alwaysWide = words("vmread vmwrite vmclear vmxon vmptrld vmptrst invept invvpid rstorssp clrssbsy rdpid umonitor")
	sized      = words("rdssp incssp wrss wruss") // the name says how wide they are
	lines      = words("clwb prefetch cldemote")  // they are about a line of the cache
)

// correct decodes what x86asm does not know, or gets wrong.
func correct(b []byte) (i Instruction, ok bool) {
	b = b[:min(len(b), maxLength)]
	if n := vexZero(b); n > 0 {
		// It is decoded with a ModRM byte that it does not have.
		name := "vzeroupper"
		if b[n-2]&4 != 0 {
			name = "vzeroall"
		}
		return Instruction{x86asm.Inst{Len: n, Mode: 64}, name}, true
	}
	mandatory, at := byte(0), 0
	for ; at < len(b) && at < 4; at++ {
		switch p := b[at]; {
		case p == 0x66 && mandatory == 0, p == 0xF2, p == 0xF3:
			mandatory = p
		case p == 0x66, p == 0x2E, p == 0x3E, p == 0x26, p == 0x36, p == 0x64, p == 0x65, p == 0x67:
		default:
			goto opcode
		}
	}
opcode:
	prefixes := at
	rex := at < len(b) && b[at]&0xF0 == 0x40
	if rex {
		at++
	}
	if at+1 >= len(b) || b[at] != 0x0F {
		return Instruction{}, false
	}
	at++
	for k := range corrections {
		c := &corrections[k]
		if c.prefix != mandatory && !(c.name == "nop" && c.prefix == 0) || !strings.HasPrefix(string(b[at:]), c.opcode) {
			continue
		}
		end := at + len(c.opcode)
		if c.form == bare {
			return Instruction{x86asm.Inst{Len: end, Mode: 64}, c.name}, true
		}
		if end >= len(b) {
			return Instruction{}, false
		}
		modrm := b[end]
		switch {
		case c.digit >= 0 && modrm>>3&7 != byte(c.digit), c.form == memory && modrm >= 0xC0, c.form == register && modrm < 0xC0, isKnown(c, modrm):
			continue
		}
		return likeMultiply(b, prefixes, rex, end, c)
	}
	return Instruction{}, false
}

// vexZero is the length of a vzeroupper or vzeroall, 0 where b is none.
func vexZero(b []byte) int {
	switch {
	case len(b) >= 3 && b[0] == 0xC5 && b[1]&0x7B == 0x78 && b[2] == 0x77:
		return 3
	case len(b) >= 4 && b[0] == 0xC4 && b[1]&0x1F == 1 && b[2]&0x7B == 0x78 && b[3] == 0x77:
		return 4
	}
	return 0
}

// likeMultiply decodes the operands of an instruction as those of imul, which has a register and a ModRM byte of any form.
func likeMultiply(b []byte, prefixes int, rex bool, modrm int, c *correction) (i Instruction, ok bool) {
	var like [maxLength + 3]byte
	n := 0
	for _, p := range b[:prefixes] {
		if p != 0x66 && p != 0xF2 && p != 0xF3 {
			like[n] = p
			n++
		}
	}
	wide := rex && b[prefixes]&8 != 0
	switch always := alwaysWide[c.name]; {
	case rex && always:
		like[n] = b[prefixes] | 8
		n++
	case rex:
		like[n] = b[prefixes]
		n++
	case always:
		like[n] = 0x48
		n++
	}
	n += copy(like[n:], "\x0F\xAF")
	operands := n
	n += copy(like[n:], b[modrm:])
	inst, err := x86asm.Decode(like[:min(n, maxLength)], 64)
	if err != nil {
		return Instruction{}, false
	}
	length := modrm + inst.Len - operands
	if length > len(b) {
		return Instruction{}, false
	}
	switch c.form {
	case memory, register, either:
		inst.Args[0], inst.Args[1] = inst.Args[1], nil
	case fromReg:
		inst.Args[0], inst.Args[1] = inst.Args[1], inst.Args[0]
	}
	_, text, _ := strings.Cut(intelSyntax(inst, 0), "imul ")
	name := c.name
	switch {
	case !sized[name]:
	case wide:
		name += "q"
	default:
		name += "d"
	}
	if lines[name] {
		text = strings.Replace(text, "dword", "byte", 1)
	}
	inst.Len, inst.Op = length, 0
	if inst.PCRel != 0 { // it stands where the shorter opcode has it
		inst.PCRelOff += modrm - operands
	}
	return Instruction{inst, name + " " + text}, true
}
