package fpo

import (
	"errors"
	"fmt"
	"strings"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/pdb"
	"github.com/dmplens/dmplens/dmpfile/unwind/insn"
)

// Reasons why a caller is not found, beside memory that cannot be read.
var (
	ErrRegister = errors.New("a register is needed whose value is not known")
	ErrProgram  = errors.New("the program of the frame data is not understood")
	ErrFrame    = errors.New("the frame data does not tell what called the code") // a trap frame, or code inside the prologue
	ErrReturn   = errors.New("no return address is where the frame data has it")
)

// Caller is what called a function.
type Caller struct {
	IP   dmpfile.VirtAddr
	Slot dmpfile.VirtAddr // where IP stood on the stack
	// Registers are those that are known in the caller, under the numbers that the processor gives them: RSP is esp, and so on. The value
	// of esp is that behind the return address: parameters may follow, see Params.
	Registers insn.Registers
	Params    uint32 // bytes of parameters that the caller had pushed, for the next step
	// Searched is set where the return address is not the first word that the frame data allows: words that can be none were passed over.
	Searched bool
}

// maxSearch bounds the search for a return address, in words. What a function pushed for the calls that it makes is not in the frame data.
const maxSearch = 32

// Unwind finds what called the code at rva, which frame f describes. r are the registers there, under the numbers that the processor gives
// them; m is the memory of the stack. pushed is how many bytes of parameters follow esp, of the function that the code has called: Params of
// the step before, 0 for the first. isReturn says whether a number can be a return address; where it is nil the first word that the frame
// data allows is taken.
//
// A register that the function may have changed is known in the caller only where the frame data says where it was saved. Frame data does not
// describe epilogues: where the code is between the first instruction that gives the stack back and the return, the answer can be that of a
// frame further up.
func Unwind(m insn.Memory, f pdb.Frame, rva uint32, r insn.Registers, pushed uint32, isReturn func(dmpfile.VirtAddr) bool) (Caller, error) {
	esp, known := r.Get(insn.RSP)
	if !known {
		return Caller{}, fmt.Errorf("%w: esp", ErrRegister)
	}
	s := search{memory: m, isReturn: isReturn, first: uint32(esp) + pushed + f.Locals + f.SavedRegisters}
	var c Caller
	var err error
	switch offset := rva - f.RVA; {
	case f.Start && offset == 0: // nothing has happened yet but the call
		c, err = popped(m, uint32(esp), r)
	case offset > 0 && offset < f.Prologue: // no record says how much of it is done
		err = fmt.Errorf("%w: offset %#x is in a prologue of %#x bytes", ErrFrame, offset, f.Prologue)
	case f.Kind == pdb.FrameProgram:
		c, err = byProgram(m, f, r, &s)
	case f.Kind == pdb.FrameFPO:
		c, err = bySizes(m, f, r, &s)
	case f.Kind == pdb.FrameStandard:
		c, err = byEBP(m, f, r)
	default:
		err = fmt.Errorf("%w: it is of a trap", ErrFrame)
	}
	if err != nil {
		return Caller{}, err
	}
	now, _ := c.Registers.Get(insn.RSP)
	if now <= esp { // the stack of a caller is above
		return Caller{}, fmt.Errorf("%w: esp would be %#x after %#x", ErrReturn, now, esp)
	}
	if isReturn != nil && !isReturn(c.IP) {
		return Caller{}, fmt.Errorf("%w: %#x", ErrReturn, uint64(c.IP))
	}
	c.Params, c.Searched = f.Params, s.moved
	return c, nil
}

// search looks for a return address upwards from where the frame data has it.
type search struct {
	memory   insn.Memory
	isReturn func(dmpfile.VirtAddr) bool
	first    uint32
	moved    bool
}

// slot returns where the return address is.
func (s *search) slot() (uint32, error) {
	if s.isReturn == nil {
		return s.first, nil
	}
	for i := range uint32(maxSearch) {
		v, err := load(s.memory, s.first+4*i)
		if err != nil {
			return 0, err
		}
		if s.isReturn(dmpfile.VirtAddr(v)) {
			s.moved = i > 0
			return s.first + 4*i, nil
		}
	}
	return 0, fmt.Errorf("%w: from %#x", ErrReturn, s.first)
}

// kept are the registers that a function gives back as they were.
var kept = [...]insn.Register{insn.RBX, insn.RBP, insn.RSI, insn.RDI}

// popped is the caller whose return address stands at slot. It has those registers of r that a function gives back.
func popped(m insn.Memory, slot uint32, r insn.Registers) (Caller, error) {
	ip, err := load(m, slot)
	if err != nil {
		return Caller{}, err
	}
	c := Caller{IP: dmpfile.VirtAddr(ip), Slot: dmpfile.VirtAddr(slot)}
	for _, x := range kept {
		if v, known := r.Get(x); known {
			c.Registers.Set(x, v)
		}
	}
	c.Registers.Set(insn.RSP, uint64(slot+4))
	return c, nil
}

// forget makes the registers unknown that the old form has no places for.
func (c *Caller) forget(f pdb.Frame) {
	if f.SavedRegisters > 0 {
		for _, x := range [...]insn.Register{insn.RBX, insn.RSI, insn.RDI} {
			c.Registers.Forget(x)
		}
	}
}

func bySizes(m insn.Memory, f pdb.Frame, r insn.Registers, s *search) (Caller, error) {
	slot, err := s.slot()
	if err != nil {
		return Caller{}, err
	}
	c, err := popped(m, slot, r)
	c.forget(f)
	if f.UsesEBP {
		c.Registers.Forget(insn.RBP)
	}
	return c, err
}

func byEBP(m insn.Memory, f pdb.Frame, r insn.Registers) (Caller, error) {
	ebp, known := r.Get(insn.RBP)
	if !known {
		return Caller{}, fmt.Errorf("%w: ebp", ErrRegister)
	}
	c, err := popped(m, uint32(ebp)+4, r)
	if err != nil {
		return Caller{}, err
	}
	c.forget(f)
	c.Registers.Forget(insn.RBP)
	if v, err := load(m, uint32(ebp)); err == nil {
		c.Registers.Set(insn.RBP, uint64(v))
	}
	return c, nil
}

// variable is the name of a register in programs.
func variable(x insn.Register) string { return "$e" + x.String()[1:] }

func byProgram(memory insn.Memory, f pdb.Frame, r insn.Registers, s *search) (Caller, error) {
	m := machine{memory: memory, assigned: map[string]number{}}
	m.constant = func(word string) (number, bool) {
		switch word {
		case ".cbLocals":
			return number{v: f.Locals}, true
		case ".cbParams":
			return number{v: f.Params}, true
		case ".cbSavedRegs":
			return number{v: f.SavedRegisters}, true
		case ".raSearch", ".raSearchStart":
			slot, err := s.slot()
			return number{v: slot, err: err}, true
		}
		name, _ := strings.CutPrefix(word, "$e")
		x, ok := insn.RegisterOf("r" + name)
		v, known := r.Get(x)
		return number{v: uint32(v)}, ok && known && word == variable(x)
	}
	if err := m.run(f.Program); err != nil {
		return Caller{}, err
	}
	ip, ok := m.assigned["$eip"]
	esp, ok2 := m.assigned["$esp"]
	switch {
	case !ok || !ok2:
		return Caller{}, fmt.Errorf("%w: it sets no eip or no esp", ErrProgram)
	case ip.err != nil:
		return Caller{}, ip.err
	case esp.err != nil:
		return Caller{}, esp.err
	}
	c := Caller{IP: dmpfile.VirtAddr(ip.v)}
	if ip.read {
		c.Slot = dmpfile.VirtAddr(ip.slot)
	}
	c.Registers.Set(insn.RSP, uint64(esp.v))
	// A register that the program does not bring back is as it was, if all that were saved are accounted for. Where the frame is at EBP
	// itself, as Microsoft's compiler has it, EBP is not among what is counted as saved.
	ebp, known := r.Get(insn.RBP)
	atEBP := known && m.assigned["$T0"].v == uint32(ebp)
	missing := f.SavedRegisters
	for _, x := range kept {
		n, ok := m.assigned[variable(x)]
		if ok && n.err == nil {
			c.Registers.Set(x, uint64(n.v))
		}
		if ok && !(atEBP && x == insn.RBP) {
			missing -= min(missing, 4)
		}
	}
	for _, x := range kept {
		if _, ok := m.assigned[variable(x)]; !ok && missing == 0 {
			if v, known := r.Get(x); known {
				c.Registers.Set(x, v)
			}
		}
	}
	return c, nil
}
