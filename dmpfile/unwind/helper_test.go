package unwind_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/dmptest"
	"github.com/dmplens/dmplens/dmpfile/unwind"
)

// The invented machine: a kernel, a driver, and one that has been unloaded.
const (
	kernelAt   = 0xFFFFF80300000000
	kernelEnd  = kernelAt + 0x1000000
	driverAt   = 0xFFFFF80320000000
	driverEnd  = driverAt + 0x100000
	unloadedAt = 0xFFFFF80330000000
	stackAt    = 0xFFFFA18C41E8B000
	stackSize  = 0x2000
)

// memory is the memory of a machine: pieces, by the address that each begins at. All else is not in the dump.
type memory map[dmpfile.VirtAddr][]byte

func (m memory) ReadVirtual(p []byte, a dmpfile.VirtAddr) (n int, err error) {
	for n < len(p) {
		at := a + dmpfile.VirtAddr(n)
		got := 0
		for start, b := range m {
			if off := at - start; off < dmpfile.VirtAddr(len(b)) {
				got = copy(p[n:], b[off:])
			}
		}
		if got == 0 || at < a {
			return n, &dmpfile.NotInDumpError{Address: at}
		}
		n += got
	}
	return n, nil
}

// machine is a dump with a stack.
type machine struct {
	*dmptest.CallStack
	memory memory
	stack  unwind.Stack
}

func newMachine(m dmpfile.Machine) *machine {
	x := &machine{CallStack: dmptest.NewCallStack(stackAt, stackSize), memory: memory{}}
	x.stack = unwind.Stack{
		Memory: x.memory, Machine: m, Low: stackAt, High: stackAt + stackSize, Open: true, Kernel: kernelAt,
		Module: func(a dmpfile.VirtAddr) (base, end dmpfile.VirtAddr, ok bool) {
			switch {
			case kernelAt <= a && a < kernelEnd:
				return kernelAt, kernelEnd, true
			case driverAt <= a && a < driverEnd:
				return driverAt, driverEnd, true
			}
			return 0, 0, false
		},
		Unloaded: func(a dmpfile.VirtAddr) bool { return unloadedAt <= a && a < unloadedAt+0x10000 },
	}
	return x
}

// code puts bytes of code into the dump.
func (x *machine) code(at uint64, b []byte) { x.add(dmptest.Block{VA: at, Data: b}) }

func (x *machine) add(blocks ...dmptest.Block) {
	for _, b := range blocks {
		x.memory[dmpfile.VirtAddr(b.VA)] = b.Data
	}
}

// headers are those of an image with code from 0x1000 on, and data from 0x2000 on, of a page each.
func headers() []byte {
	image := dmptest.PE{Sections: []dmptest.PESection{
		{Name: ".text", Data: bytes.Repeat([]byte{0x90}, 0x1000), Characteristics: 0x68000020},
		{Name: ".data", Data: make([]byte, 0x1000), Characteristics: 0xC8000040},
	}}
	return image.Mapped().Data()[:0x1000]
}

// build finishes the stack.
func (x *machine) build() *unwind.Stack {
	x.add(x.Block())
	return &x.stack
}

// name says where an address lies.
func name(a dmpfile.VirtAddr) string {
	switch {
	case kernelAt <= a && a < kernelEnd:
		return fmt.Sprintf("nt+%x", uint64(a-kernelAt))
	case driverAt <= a && a < driverEnd:
		return fmt.Sprintf("driver+%x", uint64(a-driverAt))
	}
	return fmt.Sprintf("%x", uint64(a))
}

// text is a walk, a frame a line: where it is, its stack pointer, from the begin of the stack on if it is there, its trust, and what its unwind data
// says: where it returns to by that alone, or that it does not tell.
func text(frames []unwind.Frame) string {
	var b strings.Builder
	for _, f := range frames {
		sp := fmt.Sprintf("%x", uint64(f.SP))
		if stackAt <= f.SP && f.SP <= stackAt+stackSize {
			sp = fmt.Sprintf("+%x", uint64(f.SP-stackAt))
		}
		fmt.Fprintf(&b, "%s %s %s", name(f.IP), sp, f.Trust)
		if f.Gap {
			b.WriteString(" gap")
		}
		if f.Unloaded {
			b.WriteString(" unloaded")
		}
		if f.User {
			b.WriteString(" user")
		}
		if f.Dispute != 0 {
			b.WriteString(" not " + name(f.Dispute))
		}
		if f.Err != nil && f.Err != unwind.ErrNoImage {
			b.WriteString(" error")
		}
		b.WriteString("\n")
	}
	return b.String()
}

func expectWalk(t *testing.T, name string, got []unwind.Frame, want ...string) {
	t.Helper()
	if g, w := text(got), strings.Join(want, "\n")+"\n"; g != w {
		t.Errorf("%s: the walk is\n%swant\n%s", name, g, w)
	}
}

// at is a frame whose registers were saved.
func at(ip, sp uint64) unwind.Frame {
	return unwind.Frame{IP: dmpfile.VirtAddr(ip), SP: dmpfile.VirtAddr(sp), Trust: unwind.Context}
}
