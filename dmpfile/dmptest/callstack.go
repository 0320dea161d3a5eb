package dmptest

import "fmt"

// CallStack is the content of a kernel's stack, from its lowest address up. What is not written is zero.
type CallStack struct {
	Low uint64
	m   Image
}

// NewCallStack returns a stack of size bytes.
func NewCallStack(low uint64, size int) *CallStack {
	s := &CallStack{Low: low}
	s.m.Grow(size)
	return s
}

// Block is the stack as a part of a dump.
func (s *CallStack) Block() Block { return Block{s.Low, s.m.Data()} }

// Words writes words of 64 bits.
func (s *CallStack) Words(at uint64, v ...uint64) { s.m.PutU64(int(at-s.Low), v...) }

// BugCheck writes what the call of KeBugCheckEx leaves: the address it returns to, and the arguments, which that function stores behind it.
func (s *CallStack) BugCheck(at, ip uint64, args [5]uint64) {
	s.Words(at, ip)
	s.Words(at+0x8, args[:]...)
}

// Trap is a KTRAP_FRAME of amd64.
type Trap struct {
	IP, SP  uint64
	Handler uint64 // the word below the frame
	User    bool
	Rax     uint64
	Rcx     uint64
	Rbp     uint64
}

// Trap writes a trap frame, and the word below it.
func (s *CallStack) Trap(at uint64, t Trap) {
	cs, ss := uint64(0x10), uint64(0x18)
	if t.User {
		cs, ss = 0x33, 0x2B
	}
	s.Words(at-0x8, t.Handler)
	s.Words(at+0x30, t.Rax, t.Rcx)
	s.Words(at+0x158, t.Rbp)
	s.Words(at+0x168, t.IP, cs, 0x10246, t.SP, ss)
}

// Kept writes the registers of a KEXCEPTION_FRAME.
func (s *CallStack) Kept(at, rbx, rdi, rsi, r12, r13, r14, r15 uint64) {
	s.Words(at+0x100, rbx, rdi, rsi, r12, r13, r14, r15)
}

// Exception writes an EXCEPTION_RECORD.
func (s *CallStack) Exception(at uint64, e Exception) { s.m.PutBytes(int(at-s.Low), e.Bytes(8)) }

// RuntimeFunction is an entry of the function table of an image.
type RuntimeFunction struct {
	Base       uint64 // of the image
	At         uint64 // where the entry is
	Begin, End uint32 // of the function, from the base on
}

// Block is the entry.
func (f RuntimeFunction) Block() Block {
	var m Image
	m.PutU32(0, f.Begin, f.End, 0x1000)
	return Block{f.At, m.Data()}
}

// History writes an UNWIND_HISTORY_TABLE of functions.
func (s *CallStack) History(at uint64, list ...RuntimeFunction) {
	low, high := ^uint64(0), uint64(0)
	for i, f := range list {
		low, high = min(low, f.Base+uint64(f.Begin)), max(high, f.Base+uint64(f.End))
		s.Words(at+0x18+0x10*uint64(i), f.Base, f.At)
	}
	s.m.PutU32(int(at-s.Low), uint32(len(list)), 0x00010100)
	s.Words(at+0x8, low, high)
}

// Linked writes frames that are linked by their frame pointers, of 4 or 8 bytes: at each of the places the next one, and behind it the address
// that the function returns to. The last one leads to 0.
func (s *CallStack) Linked(pointer int, places, returns []uint64) {
	if len(places) != len(returns) {
		panic(fmt.Sprintf("dmptest: %d frames return to %d addresses", len(places), len(returns)))
	}
	for i, at := range places {
		next := uint64(0)
		if i+1 < len(places) {
			next = places[i+1]
		}
		s.m.PutPtr(int(at-s.Low), pointer, next, returns[i])
	}
}

// ReturnCode is code of amd64 that gives up so much room of a frame, and pops registers, by their numbers below 8, before it returns.
func ReturnCode(room uint32, pops ...byte) []byte {
	var m Image
	m.PutU8(0, 0x8B, 0xF8, 0x48, 0x81, 0xC4) // mov edi, eax; add rsp, room
	m.PutU32(5, room)
	for _, r := range pops {
		m.PutU8(m.Len(), 0x58+r)
	}
	m.PutU8(m.Len(), 0xC3)
	return m.Data()
}
