package insn

import (
	"encoding/binary"
	"math/bits"

	"golang.org/x/arch/x86/x86asm"

	"github.com/dmplens/dmplens/dmpfile"
)

// Access is what a processor did when it met a fault.
type Access uint8

// Accesses.
const (
	AccessUnknown Access = iota
	Read
	Write
	Execute
)

// Fault is an exception of an amd64 processor, as Windows recorded it.
type Fault struct {
	IP         dmpfile.VirtAddr
	Code       uint32 // the NTSTATUS that Windows made of it; StatusAccessViolation for a page fault that it has no status for
	Address    uint64 // that the fault was about
	HasAddress bool
	Access     Access
	Registers  Registers // when the instruction began
	CPUID      []dmpfile.CPUIDLeaf
}

// Statuses that Judge knows. Windows gives StatusAccessViolation to a general protection fault, too, with an address of all ones.
const (
	StatusAccessViolation    = 0xC0000005
	StatusIllegalInstruction = 0xC000001D
	StatusInvalidLock        = 0xC000001E
	StatusDivideByZero       = 0xC0000094
	StatusIntegerOverflow    = 0xC0000095
	StatusPrivileged         = 0xC0000096
	StatusBreakpoint         = 0x80000003
)

// Verdict says whether a fault makes sense.
type Verdict uint8

// Verdicts.
const (
	NoBytes            Verdict = iota // the memory does not have the instruction, or it is none that could be decoded
	Consistent                        // the instruction explains it
	Contradicts                       // it cannot
	InsideInstruction                 // no instruction begins there
	Padding                           // it is filler between functions
	Refused                           // the processor refused a valid instruction, and nothing in the code or the registers says why
	NotOnThisProcessor                // the processor does not have the instruction
	RegisterUnknown                   // a register is not recorded that would decide
	NotJudged                         // nothing is known for or against it: it is no proof of anything
)

// IsProcessorFault says whether an NTSTATUS is one that Windows makes of a fault of the processor which Judge can look at. Others are raised by
// software, as those of C++ are, or come from elsewhere: that of an in-page error from a disk.
func IsProcessorFault(code uint32) bool {
	switch code {
	case StatusAccessViolation, StatusIllegalInstruction, StatusInvalidLock, StatusDivideByZero, StatusIntegerOverflow, StatusPrivileged, StatusBreakpoint:
		return true
	}
	return false
}

// Why is what a verdict rests on.
type Why uint8

// Reasons.
const (
	Unchecked          Why = iota // not all could be looked at
	Fetched                       // the address is that of the instruction: it could not be fetched. There are no Bytes then: they may be data
	Named                         // the instruction names the address
	OtherAddress                  // it names another one, Computed
	NoAccess                      // it reads and writes no memory
	NonCanonical                  // Computed is no address for a processor
	Misaligned                    // Computed is not aligned as the instruction needs it
	Protected                     // it is an instruction of the system, which has more reasons to fault than registers show
	NonCanonicalTarget            // it jumps to Computed, which is no address for a processor
	Undefined                     // it is an undefined instruction, or, where that is not judged, can be one
	LacksFeature                  // of Feature
	MayLackFeature                // of Feature: whether the processor has it is not known
	Unexplained                   // a general protection fault or an undefined instruction where nothing explains it
	Divides                       // it divides
	NoDivision                    // it does not, or by another number than 0
	Breaks                        // it is a breakpoint
	NoBreak                       // it is none
	NotOfProcessor                // IsProcessorFault is false
)

// OneBit says that two values differ in one bit. That is no proof of anything: it is possible that memory or a processor lost it.
type OneBit struct {
	Register   Register // that has Value
	IsRegister bool     // otherwise Value is the address of the fault, and Without the one that the instruction names
	Value      uint64
	Without    uint64
	Bit        int
}

// Sense is whether a fault makes sense, and what that rests on.
type Sense struct {
	Verdict     Verdict
	Why         Why
	At          dmpfile.VirtAddr // of the instruction: the one before IP for a breakpoint that was met
	Bytes       []byte           // of the instruction; what there is where it could not be decoded
	Instruction string           // in Intel's syntax and lower case
	Begin       dmpfile.VirtAddr // of the instruction that At lies inside of, for InsideInstruction
	Meet, Miss  int              // what Boundary counts
	Computed    uint64           // the address that the instruction names
	HasComputed bool
	Register    Register // that is not known, for RegisterUnknown
	HasRegister bool     // otherwise it is a segment's base, a vector, or memory that the dump does not have
	Feature     Feature  // that the instruction needs beyond what every processor has
	Bit         *OneBit
}

// Judge says whether a fault makes sense by the code of the instruction, the registers, and what is known of the processor.
func Judge(m Memory, f Fault) Sense {
	s := Sense{At: f.IP}
	var b [maxLength]byte
	n := readBytes(m, b[:], f.IP)
	if f.Code == StatusBreakpoint && (n == 0 || b[0] != int3) {
		// The processor is behind it by then.
		var one [1]byte
		if readBytes(m, one[:], f.IP-1) == 1 && one[0] == int3 {
			s.At = f.IP - 1
			n = readBytes(m, b[:], s.At)
		}
	}
	s.Bytes = append([]byte(nil), b[:n]...)
	fetch := f.Code == StatusAccessViolation && f.HasAddress && f.Address-uint64(f.IP) < maxLength && (f.Access == Execute || n == 0 || f.Address == uint64(f.IP))
	if fetch {
		s.Bytes, s.Verdict, s.Why = nil, Consistent, Fetched
		return s
	}
	i, err := Decode(b[:n])
	if err == nil {
		s.Bytes, s.Instruction = s.Bytes[:i.Len], i.Text(s.At)
	}
	if !IsProcessorFault(f.Code) {
		s.Verdict, s.Why = NotJudged, NotOfProcessor
		return s
	}
	if n == 0 {
		return s
	}
	if isPaddingFor(m, &f, s.At) {
		s.Verdict = Padding
		return s
	}
	j := judge{Sense: s, memory: m, fault: &f, i: &i}
	if err == nil {
		j.run()
		if j.Why == Named { // what lies inside of an instruction does not name the address of a fault
			return j.Sense
		}
	}
	sw := sweep(m, s.At)
	s.Meet, s.Miss = sw.meet, sw.miss
	if sw.inside() {
		s.Verdict, s.Begin = InsideInstruction, sw.over
		return s
	}
	if err != nil {
		if f.Code == StatusIllegalInstruction && n == maxLength {
			s.Verdict, s.Why = NotJudged, Undefined
			if isUndefined(b[:]) {
				s.Verdict = Consistent
			}
		}
		return s
	}
	j.Meet, j.Miss = sw.meet, sw.miss
	if j.Verdict == Refused && sw.more {
		j.say(NotJudged, Unchecked) // it is not sure that there is such an instruction
	}
	return j.Sense
}

// isPaddingFor says whether a fault was in padding, by what a breakpoint tells beyond IsPadding: the processor may be behind one that is none,
// and what called it may be on the stack.
func isPaddingFor(m Memory, f *Fault, a dmpfile.VirtAddr) bool {
	if !IsPadding(m, a) {
		return false
	}
	var b [8]byte
	var back dmpfile.VirtAddr
	if sp, known := f.Registers.Get(RSP); known && readBytes(m, b[:], dmpfile.VirtAddr(sp)) == len(b) {
		back = dmpfile.VirtAddr(binary.LittleEndian.Uint64(b[:]))
	}
	is := func(a dmpfile.VirtAddr) bool { return IsPadding(m, a) && (back == 0 || !isCalledFrom(m, back, a)) }
	if f.Code == StatusBreakpoint && a == f.IP && readBytes(m, b[:1], a-1) == 1 && b[0] == int3 && !is(a-1) {
		return false
	}
	return is(a)
}

// isUndefined says whether b has an opcode that no processor takes in 64-bit mode. What other bytes that cannot be decoded are is not known:
// the maps behind 0F, VEX, EVEX and XOP have room for instructions that are newer than x86asm, or that it does not have.
func isUndefined(b []byte) bool {
	for _, c := range b {
		switch c {
		case 0x66, 0x67, 0xF0, 0xF2, 0xF3, 0x2E, 0x36, 0x3E, 0x26, 0x64, 0x65:
			continue
		case 0x06, 0x07, 0x0E, 0x16, 0x17, 0x1E, 0x1F, 0x27, 0x2F, 0x37, 0x3F, 0x60, 0x61, 0x82, 0x9A, 0xCE, 0xD4, 0xD6, 0xEA:
			return true
		}
		if c&0xF0 != 0x40 {
			return false
		}
	}
	return false
}

// judge is a fault whose instruction is known.
type judge struct {
	Sense
	memory Memory
	fault  *Fault
	i      *Instruction
}

func (j *judge) say(v Verdict, why Why) { j.Verdict, j.Why = v, why }

func (j *judge) run() {
	f := j.fault
	switch f.Code {
	case StatusAccessViolation, StatusPrivileged:
		j.accessViolation()
	case StatusIllegalInstruction, StatusInvalidLock:
		j.illegal()
	case StatusBreakpoint:
		if j.Bytes[0] == int3 || j.i.Op == x86asm.INT {
			j.say(Consistent, Breaks)
		} else {
			j.say(Contradicts, NoBreak)
		}
	case StatusDivideByZero, StatusIntegerOverflow:
		j.divide()
	}
}

// illegal judges an undefined instruction.
func (j *judge) illegal() {
	switch j.i.name() {
	case "ud0", "ud1", "ud2":
		j.say(Consistent, Undefined)
		return
	}
	mayLack := false
	for _, f := range j.i.features() {
		has, known := f.in(j.fault.CPUID)
		if known && has {
			continue
		}
		j.Feature, mayLack = f, !known
		if known {
			j.say(NotOnThisProcessor, LacksFeature)
			return
		}
	}
	if mayLack {
		j.say(NotJudged, MayLackFeature)
		return
	}
	// AVX has to be turned on by the system, which every Windows that knows it does.
	avx := Feature{"OSXSAVE", 1, 0, "ECX", 27}
	on, known := avx.in(j.fault.CPUID)
	switch {
	case j.i.isVEX() && known && !on:
		j.say(Consistent, Undefined)
	case j.i.isVEX() && !known, j.i.mayBeUndefined():
		j.say(NotJudged, Undefined)
	default:
		j.say(Refused, Unexplained)
	}
}

// divide judges a division by zero, or one whose result is too large.
func (j *judge) divide() {
	switch j.i.Op {
	case x86asm.DIV, x86asm.IDIV:
	default:
		j.say(Contradicts, NoDivision)
		return
	}
	j.say(Consistent, Divides)
	x, ok := j.i.Args[0].(x86asm.Reg)
	g, general := generalRegister(x)
	if j.fault.Code != StatusDivideByZero || !ok || !general || x86asm.AH <= x && x <= x86asm.BH {
		return
	}
	v, known := j.fault.Registers.Get(g)
	switch width := j.i.DataSize; {
	case !known:
		j.say(RegisterUnknown, Unchecked)
		j.Register, j.HasRegister = g, true
	case x < x86asm.AX:
		v &= 1<<8 - 1
	case width < 64:
		v &= 1<<width - 1
	}
	if known && v != 0 {
		j.say(Contradicts, NoDivision)
	}
}

// allOnes is the address that Windows gives to a general protection fault.
const allOnes = ^uint64(0)

// accessViolation judges a page fault or a general protection fault.
func (j *judge) accessViolation() {
	f := j.fault
	list, more := j.i.accesses(j.At, &f.Registers)
	unknown := j.unknown(list)
	general := f.Code == StatusPrivileged || f.HasAddress && f.Address == allOnes
	if f.HasAddress && f.Code != StatusPrivileged {
		for k := range list {
			if a := &list[k]; !a.unknown && a.covers(f.Address) {
				j.say(Consistent, Named)
				j.Computed, j.HasComputed = a.at, true
				j.bitOfRegister(a)
				return
			}
		}
	}
	if general || !f.HasAddress {
		j.generalProtection(list, more, unknown, general)
		return
	}
	if len(list) > 0 && !list[0].unknown {
		j.Computed, j.HasComputed = list[0].at, true
	}
	switch {
	case more:
		j.say(NotJudged, Unchecked)
	case unknown != nil:
		j.say(RegisterUnknown, Unchecked)
		j.Register, j.HasRegister = unknown.missing, unknown.has
	case j.i.isEVEX():
		j.say(RegisterUnknown, Unchecked) // its mask says what it touches
	case len(list) == 0:
		j.say(Contradicts, NoAccess)
	case (j.i.Op == x86asm.CALL || j.i.Op == x86asm.RET) && f.Address>>63 != 0:
		j.say(NotJudged, Unchecked) // there may be a shadow stack, whose pointer is not recorded
	default:
		j.say(Contradicts, OtherAddress)
		for k := range list {
			if d := list[k].at ^ f.Address; bits.OnesCount64(d) == 1 {
				j.Computed = list[k].at
				j.Bit = &OneBit{Value: f.Address, Without: list[k].at, Bit: bits.TrailingZeros64(d)}
			}
		}
	}
}

// unknown is the first access whose address is not known.
func (j *judge) unknown(list []access) *access {
	for k := range list {
		if list[k].unknown {
			return &list[k]
		}
	}
	return nil
}

// protected are instructions of which a general protection fault can have reasons that general registers do not show: privileges, reserved
// bits, model-specific and control registers, descriptors, and what they load into the processor.
var protected = words("in out insb insw insd outsb outsw outsd cli sti hlt lgdt lidt lldt ltr lmsw clts invd wbinvd wbnoinvd invlpg invlpga invpcid " +
	"rdmsr wrmsr rdpmc rdtsc rdtscp xsetbv xgetbv iret iretd iretq sysret sysexit sysenter syscall swapgs wrfsbase wrgsbase rsm monitor mwait " +
	"ldmxcsr vldmxcsr fxrstor fxrstor64 xrstor xrstor64 xrstors xrstors64 xsaves xsaves64 popf popfd popfq lcall ljmp lret int into icebp enter " +
	"lss lfs lgs getsec encls enclu pconfig skinit stgi clgi vmcall vmlaunch vmresume vmxoff vmread vmwrite vmclear vmptrld vmptrst vmxon " +
	"invept invvpid vmrun vmmcall vmload vmsave pvalidate psmash rmpupdate rmpadjust rstorssp setssbsy saveprevssp clrssbsy incsspd incsspq wrssd wrssq wrussd wrussq " +
	"rdpkru wrpkru enqcmd enqcmds tpause umonitor umwait monitorx mwaitx lar lsl verr verw fldenv frstor lldt ud0 ud1 ud2")

func (j *judge) isProtected() bool {
	if protected[j.i.name()] {
		return true
	}
	for _, a := range j.i.Args {
		if x, ok := a.(x86asm.Reg); ok && x >= x86asm.ES { // a segment, system, control or debug register
			return true
		}
	}
	return false
}

// generalProtection judges a fault for which the processor gives no address: in a list of what can be its reason it looks for one that holds.
// Where certain is false, it may have been a page fault, of which the address is not recorded.
func (j *judge) generalProtection(list []access, more bool, unknown *access, certain bool) {
	for k := range list {
		a := &list[k]
		if a.unknown {
			continue
		}
		if !isCanonical(a.at) || !isCanonical(a.at+a.size-1) && a.size <= 64 {
			j.say(Consistent, NonCanonical)
			j.Computed, j.HasComputed = a.at, true
			j.bitOfRegister(a)
			return
		}
		if n := j.i.aligned(a.size); n > 1 && !a.stack && a.at%n != 0 {
			j.say(Consistent, Misaligned)
			j.Computed, j.HasComputed = a.at, true
			return
		}
	}
	if len(list) > 0 && !list[0].unknown {
		j.Computed, j.HasComputed = list[0].at, true
	}
	target, jumps, known := j.target(list)
	switch {
	case j.isProtected():
		j.say(NotJudged, Protected)
	case unknown != nil:
		j.say(RegisterUnknown, Unchecked)
		j.Register, j.HasRegister = unknown.missing, unknown.has
	case jumps && !known:
		j.say(RegisterUnknown, Unchecked)
		if x, ok := register64(j.i.Args[0]); ok {
			j.Register, j.HasRegister = x, true
		}
	case jumps && !isCanonical(target):
		j.say(Consistent, NonCanonicalTarget)
		j.Computed, j.HasComputed = target, true
	case more || !certain || j.i.isEVEX():
		j.say(NotJudged, Unchecked)
	default:
		j.say(Refused, Unexplained)
	}
}

// target is where an indirect jump or call, or a return leads to.
func (j *judge) target(list []access) (a uint64, jumps, known bool) {
	at := -1
	switch j.i.Op {
	case x86asm.CALL, x86asm.JMP:
		if _, direct := j.i.Args[0].(x86asm.Rel); direct {
			return 0, false, false
		}
		if x, ok := register64(j.i.Args[0]); ok {
			a, known = j.fault.Registers.Get(x)
			return a, true, known
		}
		at = 0
	case x86asm.RET:
		at = len(list) - 1
	default:
		return 0, false, false
	}
	var b [8]byte
	if at < 0 || at >= len(list) || list[at].unknown || readBytes(j.memory, b[:], dmpfile.VirtAddr(list[at].at)) < len(b) {
		return 0, true, false
	}
	return binary.LittleEndian.Uint64(b[:]), true, true
}

// The values that a bit may have been lost from or come to: small ones, as offsets from a null pointer, below what Windows leaves unmapped.
const smallValue = 1 << 16

// bitOfRegister looks whether one bit makes a better value of a register of an address that faulted.
func (j *judge) bitOfRegister(a *access) {
	for part, x := range [...]Register{a.base, a.index} {
		v, known := j.fault.Registers.Get(x)
		if !known || a.parts>>part&1 == 0 || a.stack {
			continue
		}
		if bit, ok := j.oneBit(v); ok {
			j.Bit = &OneBit{Register: x, IsRegister: true, Value: v, Without: v ^ 1<<bit, Bit: bit}
			return
		}
	}
}

func (j *judge) oneBit(v uint64) (bit int, ok bool) {
	if !isCanonical(v) {
		for bit := 47; bit < 64; bit++ {
			if isCanonical(v ^ 1<<bit) {
				return bit, true
			}
		}
		return 0, false
	}
	if v >= smallValue && bits.OnesCount64(v&^(smallValue-1)) == 1 {
		return bits.TrailingZeros64(v &^ (smallValue - 1)), true
	}
	// A kernel address beside one that the dump has. Low bits tell nothing: much that lies near is there.
	if v>>47 == 1<<17-1 {
		for bit := 32; bit < 47; bit++ {
			var b [1]byte
			if readBytes(j.memory, b[:], dmpfile.VirtAddr(v^1<<bit)) == 1 {
				return bit, true
			}
		}
	}
	return 0, false
}
