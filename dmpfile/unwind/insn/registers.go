package insn

import "github.com/dmplens/dmplens/dmpfile"

// Memory is the virtual memory of a dumped machine, as nt.Memory. ReadVirtual returns how many bytes it read before the first that is
// not there.
type Memory interface {
	ReadVirtual(p []byte, a dmpfile.VirtAddr) (n int, err error)
}

// Register is a general register of amd64, by the number that the processor gives it.
type Register uint8

// General registers.
const (
	RAX Register = iota
	RCX
	RDX
	RBX
	RSP
	RBP
	RSI
	RDI
	R8
	R9
	R10
	R11
	R12
	R13
	R14
	R15
)

var registerNames = [...]string{"rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15"}

// String is the name of the register, in lower case.
func (r Register) String() string { return registerNames[r&15] }

// RegisterOf finds a register of 64 bits by its name, in lower case.
func RegisterOf(name string) (r Register, ok bool) {
	for i, n := range registerNames {
		if n == name {
			return Register(i), true
		}
	}
	return 0, false
}

// Registers are the values of those registers that are known.
type Registers struct {
	values [16]uint64
	known  uint16
}

// Set makes a value known.
func (r *Registers) Set(x Register, v uint64) {
	r.values[x&15] = v
	r.known |= 1 << (x & 15)
}

// Forget makes a value unknown.
func (r *Registers) Forget(x Register) { r.known &^= 1 << (x & 15) }

// Get returns the value of a register. known is false where it was not recorded.
func (r *Registers) Get(x Register) (v uint64, known bool) {
	return r.values[x&15], r.known>>(x&15)&1 != 0
}
