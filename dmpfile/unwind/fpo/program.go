package fpo

import (
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/unwind/insn"
)

// Bounds of a program. Compilers write some 40 words, name some 10 variables and have up to 4 numbers at hand.
const (
	maxWords     = 256
	maxVariables = 32
	maxStack     = 16
)

// number is a value of 32 bits, or why there is none.
type number struct {
	v    uint32
	err  error
	name string // the variable that it was taken from
	slot uint32 // where in memory it was read, if it was
	read bool
}

// machine runs a program: words between spaces, in postfix notation. A variable is $ and a name, those of registers among them; a word that
// begins with a dot is a size of the frame, or where the return address is.
type machine struct {
	memory   insn.Memory
	constant func(word string) (number, bool) // of registers before the program, and of words with a dot
	assigned map[string]number
}

// operators are those of two numbers.
var operators = map[string]func(a, b uint32) (v uint32, ok bool){
	"+": func(a, b uint32) (uint32, bool) { return a + b, true },
	"-": func(a, b uint32) (uint32, bool) { return a - b, true },
	"*": func(a, b uint32) (uint32, bool) { return a * b, true },
	"/": func(a, b uint32) (uint32, bool) { return a / max(b, 1), b != 0 },
	"%": func(a, b uint32) (uint32, bool) { return a % max(b, 1), b != 0 },
	"@": func(a, b uint32) (uint32, bool) { return a &^ (b - 1), b != 0 && b&(b-1) == 0 }, // a, rounded down to a multiple of b
}

// run runs a program and leaves what it assigns. A number that cannot be had is an error only where it is looked at.
func (m *machine) run(program string) error {
	words := strings.Fields(program)
	if len(words) > maxWords {
		return fmt.Errorf("%w: it has %d words", ErrProgram, len(words))
	}
	var stack []number
	for i, word := range words {
		bad := fmt.Errorf("%w: word %d, %q", ErrProgram, i+1, word)
		n := len(stack)
		switch operate := operators[word]; {
		case word == "^" && n >= 1:
			stack[n-1] = m.load(stack[n-1])
		case word == "=" && n >= 2 && stack[n-2].name != "":
			m.assigned[stack[n-2].name] = stack[n-1]
			stack = stack[:n-2]
			if len(m.assigned) > maxVariables {
				return bad
			}
		case operate != nil && n >= 2:
			x, ok := compute(operate, stack[n-2], stack[n-1])
			if !ok {
				return bad
			}
			stack = append(stack[:n-2], x)
		default: // an operator without its numbers is no number either
			x, ok := m.value(word)
			if !ok || n == maxStack {
				return bad
			}
			stack = append(stack, x)
		}
	}
	if len(stack) > 0 {
		return fmt.Errorf("%w: %d numbers are left over", ErrProgram, len(stack))
	}
	return nil
}

func compute(operate func(a, b uint32) (uint32, bool), a, b number) (number, bool) {
	if a.err != nil || b.err != nil {
		if a.err == nil {
			a = b
		}
		return number{err: a.err}, true
	}
	v, ok := operate(a.v, b.v)
	return number{v: v}, ok
}

// value is what a word stands for.
func (m *machine) value(word string) (number, bool) {
	if strings.HasPrefix(word, "$") && len(word) > 1 {
		n, ok := m.assigned[word]
		if !ok {
			if n, ok = m.constant(word); !ok {
				n.err = fmt.Errorf("%w: %s", ErrRegister, word[1:])
			}
		}
		n.name = word
		return n, true
	}
	if n, ok := m.constant(word); ok {
		return n, true
	}
	digits, negative := strings.CutPrefix(word, "-")
	base := 10
	if hex, ok := strings.CutPrefix(digits, "0x"); ok {
		digits, base = hex, 16
	}
	v, err := strconv.ParseUint(digits, base, 32)
	if negative {
		v = -v
	}
	return number{v: uint32(v)}, err == nil
}

func (m *machine) load(a number) number {
	if a.err != nil {
		return number{err: a.err}
	}
	v, err := load(m.memory, a.v)
	return number{v: v, err: err, slot: a.v, read: err == nil}
}

// load reads a word of memory.
func load(m insn.Memory, a uint32) (uint32, error) {
	var b [4]byte
	if n, err := m.ReadVirtual(b[:], dmpfile.VirtAddr(a)); n < len(b) {
		if err == nil {
			err = &dmpfile.NotInDumpError{Address: dmpfile.VirtAddr(a) + dmpfile.VirtAddr(n)}
		}
		return 0, err
	}
	return binary.LittleEndian.Uint32(b[:]), nil
}
