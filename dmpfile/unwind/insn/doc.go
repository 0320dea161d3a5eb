// Package insn says what instructions of amd64 do, as far as reading a stack and judging a fault need it: where an instruction begins,
// what an address in it comes to with the registers at hand, where a function returns to, and which faults an instruction can have.
// Golang.org/x/arch decodes; a table corrects what that gets wrong.
package insn
