package fpo_test

import (
	"bytes"
	"encoding/binary"
	"testing"

	"golang.org/x/arch/x86/x86asm"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/dmptest"
	"github.com/dmplens/dmplens/dmpfile/pdb"
	"github.com/dmplens/dmplens/dmpfile/unwind/fpo"
	"github.com/dmplens/dmplens/dmpfile/unwind/insn"
)

// sample reads a file that a compiler made; it is beside the reader of PDBs.
func sample(t testing.TB, name string) []byte {
	data, err := dmptest.ReadPacked("../../pdb/testdata/" + name + ".gz")
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// The sample is at imageBase; its code, of textSize bytes, is at RVA 0x1000 and begins at textOffset in the file.
const (
	imageBase  = 0x400000
	textOffset = 0x400
	textSize   = 0x1DD
	entryRVA   = 0x11A0
	stackTop   = 0x120000
	stackSize  = 0x2000
)

// computer runs the few instructions that the sample has, and keeps what was called from where.
type computer struct {
	t     *testing.T
	code  []byte
	stack []byte
	data  [4]byte
	regs  [8]uint32 // by the numbers of the processor
	eip   uint32
	calls []call
}

// call is the state of a caller: where it goes on, its stack pointer behind the return address, and its registers.
type call struct {
	ret, esp uint32
	regs     [8]uint32
}

func (c *computer) at(a uint32, n int) []byte {
	switch {
	case a >= imageBase+0x3000 && a < imageBase+0x3004:
		return c.data[:n]
	case a >= stackTop-stackSize && a <= stackTop-uint32(n):
		return c.stack[a-(stackTop-stackSize):][:n]
	}
	c.t.Fatalf("eip %#x: access to %#x", c.eip, a)
	return nil
}

// ReadVirtual is the stack as a dump has it.
func (c *computer) ReadVirtual(p []byte, a dmpfile.VirtAddr) (int, error) {
	if a < stackTop-stackSize || a >= stackTop {
		return 0, &dmpfile.NotInDumpError{Address: a}
	}
	n := copy(p, c.stack[a-(stackTop-stackSize):])
	if n < len(p) {
		return n, &dmpfile.NotInDumpError{Address: a + dmpfile.VirtAddr(n)}
	}
	return n, nil
}

func (c *computer) address(m x86asm.Mem) uint32 {
	a := uint32(m.Disp)
	if m.Base != 0 {
		a += c.regs[m.Base-x86asm.EAX]
	}
	if m.Index != 0 {
		a += c.regs[m.Index-x86asm.EAX] * uint32(m.Scale)
	}
	return a
}

func (c *computer) get(arg x86asm.Arg) uint32 {
	switch x := arg.(type) {
	case x86asm.Reg:
		return c.regs[x-x86asm.EAX]
	case x86asm.Imm:
		return uint32(x)
	case x86asm.Mem:
		return binary.LittleEndian.Uint32(c.at(c.address(x), 4))
	}
	c.t.Fatalf("eip %#x: operand %v", c.eip, arg)
	return 0
}

func (c *computer) set(arg x86asm.Arg, v uint32) {
	switch x := arg.(type) {
	case x86asm.Reg:
		c.regs[x-x86asm.EAX] = v
	case x86asm.Mem:
		binary.LittleEndian.PutUint32(c.at(c.address(x), 4), v)
	default:
		c.t.Fatalf("eip %#x: operand %v", c.eip, arg)
	}
}

func (c *computer) push(v uint32) {
	c.regs[4] -= 4
	binary.LittleEndian.PutUint32(c.at(c.regs[4], 4), v)
}

func (c *computer) pop() uint32 {
	v := binary.LittleEndian.Uint32(c.at(c.regs[4], 4))
	c.regs[4] += 4
	return v
}

// step runs one instruction.
func (c *computer) step() {
	i, err := x86asm.Decode(c.code[c.eip-imageBase-0x1000:], 32)
	if err != nil {
		c.t.Fatalf("eip %#x: %v", c.eip, err)
	}
	next := c.eip + uint32(i.Len)
	a, b := i.Args[0], i.Args[1]
	switch i.Op {
	case x86asm.MOV:
		c.set(a, c.get(b))
	case x86asm.LEA:
		c.set(a, c.address(b.(x86asm.Mem)))
	case x86asm.MOVSX:
		c.set(a, uint32(int8(c.at(c.address(b.(x86asm.Mem)), 1)[0])))
	case x86asm.ADD:
		c.set(a, c.get(a)+c.get(b))
	case x86asm.SUB:
		c.set(a, c.get(a)-c.get(b))
	case x86asm.AND:
		c.set(a, c.get(a)&c.get(b))
	case x86asm.IMUL:
		c.set(a, c.get(a)*c.get(b))
	case x86asm.PUSH:
		c.push(c.get(a))
	case x86asm.POP:
		c.set(a, c.pop())
	case x86asm.CALL:
		c.calls = append(c.calls, call{next, c.regs[4], c.regs})
		c.push(next)
		next += uint32(a.(x86asm.Rel))
	case x86asm.RET:
		next = c.pop()
		if a != nil {
			c.regs[4] += c.get(a)
		}
		c.calls = c.calls[:len(c.calls)-1]
	default:
		c.t.Fatalf("eip %#x: %v", c.eip, i)
	}
	c.eip = next
}

// The program of a sample is run, and before each instruction the whole stack is unwound: each caller is the one that called, its stack
// pointer is right, and so is every register that is said to be known. Epilogues are left out, which frame data does not describe.
func TestRun(t *testing.T) {
	epilogues := map[uint32]bool{}
	for _, a := range []uint32{0x1076, 0x1077, 0x1078, 0x1079, 0x1148, 0x1149, 0x1199, 0x11DC} {
		epilogues[a] = true
	}
	data := sample(t, "frames.pdb")
	f, err := pdb.NewFile(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	const start = 0xDEAD0000 // where the program is called from
	c := &computer{t: t, code: sample(t, "frames.exe")[textOffset:][:textSize], stack: bytes.Repeat([]byte{0xCC}, stackSize), eip: imageBase + entryRVA}
	c.regs = [8]uint32{1, 2, 3, 0xB0B0B0B0, stackTop - 0x100, 0xEB0EB0EB, 0x51515151, 0xD1D1D1D1}
	c.calls = []call{{start, c.regs[4], c.regs}}
	c.push(start)
	returns := map[dmpfile.VirtAddr]bool{start: true}
	for i := range c.code[5:] {
		if c.code[i] == 0xE8 {
			returns[dmpfile.VirtAddr(imageBase+0x1000+i+5)] = true
		}
	}
	isReturn := func(a dmpfile.VirtAddr) bool { return returns[a] }
	steps, frames, known, searched := 0, 0, 0, 0
	for ; len(c.calls) > 0; c.step() {
		if steps++; steps > 10000 {
			t.Fatal("the program does not end")
		}
		if epilogues[c.eip-imageBase] {
			continue
		}
		var r insn.Registers
		for i, v := range c.regs {
			r.Set(insn.Register(i), uint64(v))
		}
		rva, pushed := c.eip-imageBase, uint32(0)
		for i := len(c.calls) - 1; i >= 0; i-- {
			frame, ok := f.FrameAt(rva)
			if !ok {
				t.Fatalf("%#x: no frame data", rva)
			}
			got, err := fpo.Unwind(c, frame, rva, r, pushed, isReturn)
			want := c.calls[i]
			if err != nil {
				t.Fatalf("eip %#x, frame %d at %#x: %v", c.eip, len(c.calls)-1-i, rva, err)
			}
			esp, _ := got.Registers.Get(insn.RSP)
			if uint32(got.IP) != want.ret || uint32(esp) != want.esp || uint32(got.Slot) != want.esp-4 {
				t.Fatalf("eip %#x, frame %d at %#x: back to %#x with esp %#x, not %#x with %#x", c.eip, len(c.calls)-1-i, rva, got.IP, esp, want.ret, want.esp)
			}
			for _, x := range []insn.Register{insn.RBX, insn.RBP, insn.RSI, insn.RDI} {
				v, ok := got.Registers.Get(x)
				if ok {
					known++
				}
				if !ok || uint32(v) != want.regs[x] {
					t.Fatalf("eip %#x, frame %d at %#x: %s %#x, %v; not %#x", c.eip, len(c.calls)-1-i, rva, x, v, ok, want.regs[x])
				}
			}
			for _, x := range []insn.Register{insn.RAX, insn.RCX, insn.RDX} {
				if v, ok := got.Registers.Get(x); ok {
					t.Fatalf("eip %#x: %s is known: %#x", c.eip, x, v)
				}
			}
			if got.Searched {
				searched++
				if i < len(c.calls)-1 {
					t.Fatalf("eip %#x: the return address of caller %d was searched", c.eip, i)
				}
			}
			if i < len(c.calls)-1 { // a caller needs no search
				if plain, err := fpo.Unwind(c, frame, rva, r, pushed, nil); plain != got || err != nil {
					t.Fatalf("eip %#x, frame %d at %#x: without a search %+v, %v; not %+v", c.eip, len(c.calls)-1-i, rva, plain, err, got)
				}
			}
			frames++
			rva, r, pushed = uint32(got.IP)-imageBase-1, got.Registers, got.Params
		}
	}
	if steps < 500 || searched == 0 {
		t.Errorf("%d steps, %d searches", steps, searched)
	}
	t.Logf("%d steps, %d frames, %d registers, %d return addresses searched", steps, frames, known, searched)
}
