package analyze

import (
	"fmt"
	"math/bits"
	"regexp"
	"slices"
	"strings"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/nt"
	"github.com/dmplens/dmplens/dmpfile/unwind"
	"github.com/dmplens/dmplens/dmpfile/unwind/insn"
	"github.com/dmplens/dmplens/report"
)

// senseFacts are the fault of an instruction, and whether it makes sense.
type senseFacts struct {
	ok    bool // whether the bug check is about one whose kind is known
	fault insn.Fault
	sense insn.Sense
}

// sense says whether the fault that the bug check is about can have happened at the instruction that it names, by the bytes of that. ok is false
// where it is about none, or what the processor met there is not known.
func (f *facts) sense() (s insn.Sense, ok bool) {
	x := f.senseOfFault()
	return x.sense, x.ok
}

func (f *facts) senseOfFault() *senseFacts {
	l := &f.lazy
	if !l.judged {
		l.judged = true
		if l.sense.fault, l.sense.ok = f.instructionFault(); l.sense.ok {
			l.sense.sense = insn.Judge(f.memory, l.sense.fault)
		}
	}
	return &l.sense
}

// instructionFault is what the processor met at the instruction that the bug check is about: its registers by the record of the fault, what it
// was by the exception's record, and where there is none by the parameters.
func (f *facts) instructionFault() (x insn.Fault, ok bool) {
	machine, _ := f.Machine()
	frame, hasFrame := f.faultFrame()
	p, hasInstruction := f.faultingInstruction()
	if f.kernel == nil || machine != dmpfile.MachineAMD64 || f.isLive() || frame.User || !hasFrame && !hasInstruction {
		return insn.Fault{}, false
	}
	if x.IP = frame.IP; !hasFrame {
		x.IP = dmpfile.VirtAddr(p.Value)
	}
	if r := f.faultRecord(); r != nil && r.from == report.RecordInterrupted {
		return insn.Fault{}, false // it was only interrupted
	}
	x.Registers, x.CPUID = frame.Registers, f.CPUID()
	c := &f.code
	switch {
	case f.isPageFault() || c.value == codeReadOnlyWrite && c.has[0]:
		x.Code, x.Address, x.HasAddress, x.Access = insn.StatusAccessViolation, c.values[0], true, accesses[f.parameterAccess()]
		return x, true
	default:
		var known bool
		if x.Code, known = c.status(); !known || !insn.IsProcessorFault(x.Code) {
			return insn.Fault{}, false
		}
	}
	if e, ok := f.exceptionAt(x); ok {
		if access, a, known := f.accessOf(e); access != "" {
			x.Address, x.HasAddress, x.Access = uint64(a), true, accesses[access]
			if !known {
				x.Access = insn.AccessUnknown // nor does the processor tell that
			}
		}
	}
	return x, true
}

var accesses = map[report.Access]insn.Access{report.AccessRead: insn.Read, report.AccessWrite: insn.Write, report.AccessExecute: insn.Execute}

// exceptionAt finds the record of the exception at an instruction: one that a parameter leads to, the header's, or the one that stands with a trap
// frame on the stack.
func (f *facts) exceptionAt(x insn.Fault) (dmpfile.Exception, bool) {
	is := func(e dmpfile.Exception) bool {
		return e.Code == x.Code && (e.Address == x.IP || e.Code == statusBreakpoint && e.Address+1 == x.IP)
	}
	for _, r := range f.records {
		if e, ok := r.value.(dmpfile.Exception); ok && is(e) {
			return e, true
		}
	}
	low, high := f.capturedStack()
	if high == 0 {
		return dmpfile.Exception{}, false
	}
	s := f.stackAround(low)
	traps := s.TrapFrames()
	if r := f.faultRecord(); r != nil {
		if t, ok := r.value.(nt.TrapFrame); ok {
			traps = append(slices.Clone(traps), unwind.Trap{At: r.at, TrapFrame: t})
		}
	}
	for _, t := range traps {
		if t.IP != x.IP {
			continue
		}
		if e, ok := s.ExceptionFrame(t, 0); ok && is(e.Exception) {
			return e.Exception, true
		}
	}
	return dmpfile.Exception{}, false
}

var verdicts = map[insn.Verdict]report.FaultVerdict{
	insn.NoBytes: report.FaultNoBytes, insn.Consistent: report.FaultConsistent, insn.Contradicts: report.FaultContradicts,
	insn.InsideInstruction: report.FaultInsideInstruction, insn.Padding: report.FaultPadding, insn.Refused: report.FaultRefused,
	insn.NotOnThisProcessor: report.FaultNotOnProcessor, insn.RegisterUnknown: report.FaultRegisterUnknown, insn.NotJudged: report.FaultNotJudged,
}

// explains says whether the instruction and its registers are the reason of a fault: not that nothing speaks against it.
func explains(s *insn.Sense) bool {
	switch s.Why {
	case insn.Named, insn.Misaligned, insn.NonCanonical, insn.NonCanonicalTarget, insn.Divides:
		return s.Verdict == insn.Consistent
	}
	return false
}

// faultReport writes whether the fault makes sense.
func (f *facts) faultReport() *report.Fault {
	x := f.senseOfFault()
	if !x.ok {
		return nil
	}
	s := &x.sense
	r := &report.Fault{Address: f.pointer(s.At), Verdict: verdicts[s.Verdict], Reason: report.ValidUTF8(f.senseSentence(x))}
	r.Module, r.Offset = f.placeOf(s.At).names()
	if r.Instruction = s.Instruction; len(s.Bytes) > 0 {
		r.Bytes = fmt.Sprintf("% x", s.Bytes)
	}
	if s.Bit != nil {
		r.Bit = &s.Bit.Bit
	}
	return r
}

// entryBit is the one bit that a page table entry has that bug check 0x1A calls corrupt. Only one that was zero has none: it is possible that
// memory or a processor got the bit wrong.
func (f *facts) entryBit() (bit int, ok bool) {
	const corrupt = 0x41792
	c := &f.code
	if c.value != codeMemoryManagement || !c.is(corrupt, c.values[1], c.values[2]) || bits.OnesCount64(c.values[2]) != 1 {
		return 0, false
	}
	return bits.TrailingZeros64(c.values[2]), true
}

// senseSentence says what a verdict rests on.
func (f *facts) senseSentence(x *senseFacts) string {
	s := &x.sense
	switch s.Verdict {
	case insn.NoBytes:
		if len(s.Bytes) == 0 {
			return ""
		}
		return "these bytes are no instruction that dmplens knows"
	case insn.Padding:
		return "nothing runs it: a jump or return to a wrong place, or other code in memory than there should be"
	case insn.InsideInstruction:
		return fmt.Sprintf("read from earlier bytes on, instructions step over it: %d ways against %d; one begins at %s", s.Miss, s.Meet, f.text(f.placeOf(s.Begin)))
	case insn.RegisterUnknown:
		if s.HasRegister {
			return fmt.Sprintf("it depends on %s, which is not recorded", s.Register)
		}
		return "it depends on what is not recorded: a segment's base, a vector register, or memory that the dump does not have"
	}
	return f.whySentence(x) + bitSentence(s.Bit)
}

func (f *facts) whySentence(x *senseFacts) string {
	s, named := &x.sense, f.namedAddress(x)
	says := "the fault says " + f.address(x.fault.Address)
	if !x.fault.HasAddress {
		says = "the fault has no address"
	}
	switch s.Why {
	case insn.Fetched:
		return "the processor could not fetch the instruction: the fault is about its own address"
	case insn.Named:
		return named + ", as the fault says"
	case insn.OtherAddress:
		return named + ", " + says
	case insn.NoAccess:
		return "it reads and writes no memory, " + says
	case insn.NonCanonical:
		return named
	case insn.Misaligned:
		return named + ", and it needs one that is aligned"
	case insn.NonCanonicalTarget:
		return "it goes to " + f.address(s.Computed)
	case insn.Protected:
		return "it is one of the system's, which can fault for reasons that these registers do not show"
	case insn.Undefined:
		return "it is an undefined instruction, or can be one"
	case insn.LacksFeature:
		return fmt.Sprintf("it needs %s, and %s is 0", s.Feature.Name, featureBit(s.Feature))
	case insn.MayLackFeature:
		if s.Feature.In == "" {
			return fmt.Sprintf("it needs %s; whether the processor has it is not known", s.Feature.Name)
		}
		return fmt.Sprintf("it needs %s, by %s; whether the processor has it is not known", s.Feature.Name, featureBit(s.Feature))
	case insn.Unexplained:
		return f.unexplained(x, named)
	case insn.Divides:
		return "it divides"
	case insn.NoDivision:
		return "it does not divide by zero"
	case insn.Breaks:
		return "it is a breakpoint"
	case insn.NoBreak:
		return "it is no breakpoint"
	}
	return "not all that the instruction does could be checked"
}

// unexplained says of an instruction that was refused why it should not have been.
func (f *facts) unexplained(x *senseFacts, named string) string {
	s := &x.sense
	var parts []string
	const fewWays = 16 // tell nothing: most ways come through one place
	if s.Meet+s.Miss >= fewWays {
		parts = append(parts, fmt.Sprintf("it begins where %d of %d ways from earlier bytes have one", s.Meet, s.Meet+s.Miss))
	}
	switch {
	case s.HasComputed && x.fault.HasAddress && x.fault.Address == ^uint64(0):
		parts = append(parts, named+", which is a possible address, and the processor told none")
	case named != "":
		parts = append(parts, named)
	}
	return strings.Join(append(parts, "nothing in the code or the registers explains it: firmware, a hypervisor or hardware are possible"), "; ")
}

func featureBit(x insn.Feature) string {
	leaf := fmt.Sprintf("%X", x.Leaf)
	if x.Subleaf != 0 {
		leaf += fmt.Sprintf(".%X", x.Subleaf)
	}
	return fmt.Sprintf("CPUID.%s:%s bit %d", leaf, x.In, x.Bit)
}

// bitSentence says that one bit would explain a value. One alone is no more than possible.
func bitSentence(b *insn.OneBit) string {
	switch {
	case b == nil:
		return ""
	case b.IsRegister:
		return fmt.Sprintf("; %s would be %#x without bit %d: a bit that memory or a processor got wrong is possible", b.Register, b.Without, b.Bit)
	}
	return fmt.Sprintf("; the two differ in bit %d alone: a bit that memory or a processor got wrong is possible", b.Bit)
}

// operand matches the address in an instruction's text.
var operand = regexp.MustCompile(`\[([a-z0-9+*-]+)\]`)

// registerName matches what can be a register in such an address.
var registerName = regexp.MustCompile(`[a-z][a-z0-9]+`)

// namedAddress says which address an instruction names, and by which registers; "" where that is not known.
func (f *facts) namedAddress(x *senseFacts) string {
	s := &x.sense
	if !s.HasComputed {
		return ""
	}
	m := operand.FindStringSubmatch(s.Instruction)
	if m == nil {
		return "it names " + f.address(s.Computed)
	}
	if _, alone := insn.RegisterOf(m[1]); alone {
		return m[1] + " is " + f.address(s.Computed)
	}
	var registers []string
	for _, name := range registerName.FindAllString(m[1], -1) {
		if r, ok := insn.RegisterOf(name); ok {
			if v, known := x.fault.Registers.Get(r); known {
				registers = append(registers, fmt.Sprintf("%s = %s", name, report.Hex(v)))
			}
		}
	}
	return strings.ReplaceAll(m[1], "+", " + ") + " is " + f.address(s.Computed) + prefixed(", with ", strings.Join(registers, ", "))
}

// address names an address by what lies there.
func (f *facts) address(v uint64) string {
	a := dmpfile.VirtAddr(v)
	if module, offset := f.placeOf(a).names(); module != "" {
		return module + "+" + offset
	}
	if f.isNoAddress(v) {
		return report.Hex(v) + ", which is what Windows writes where the processor tells none"
	}
	return report.Hex(v) + inBrackets(f.describe(a))
}
