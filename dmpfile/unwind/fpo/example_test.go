package fpo_test

import (
	"fmt"
	"log"

	"github.com/dmplens/dmplens/dmpfile/pdb"
	"github.com/dmplens/dmplens/dmpfile/unwind/fpo"
	"github.com/dmplens/dmplens/dmpfile/unwind/insn"
)

// A function that has saved ESI and has two words of locals.
func ExampleUnwind() {
	stack := words{0xAAAAAAAA, 0xBBBBBBBB, 0x51515151, 0x401234}
	frame := pdb.Frame{Program: "$T0 .raSearch = $eip $T0 ^ = $esp $T0 4 + = $esi $T0 4 - ^ =", Locals: 8, SavedRegisters: 4}
	var r insn.Registers
	r.Set(insn.RSP, 0x1000)
	c, err := fpo.Unwind(stack, frame, 0x2345, r, 0, nil)
	if err != nil {
		log.Fatal(err)
	}
	esp, _ := c.Registers.Get(insn.RSP)
	esi, _ := c.Registers.Get(insn.RSI)
	fmt.Printf("back to %#x, esp %#x, esi %#x\n", uint64(c.IP), esp, esi)
	// Output: back to 0x401234, esp 0x1010, esi 0x51515151
}
