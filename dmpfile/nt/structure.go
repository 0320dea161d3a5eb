package nt

import (
	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/internal/bin"
)

// structure is a structure of the kernel: in memory at its address, or a copy of one, which is at 0 in a Memory of its own.
type structure struct {
	Memory
	at   dmpfile.VirtAddr
	bits int
}

// structureAt returns the structure at an address.
func (k *Kernel) structureAt(a dmpfile.VirtAddr) structure { return structure{k, a, k.file.Bits} }

// bytes returns the n bytes at an offset, all of them or none. They must not be changed.
func (s structure) bytes(off, n int) ([]byte, error) {
	if c, ok := s.Memory.(copied); ok {
		return c.bytes(s.at+dmpfile.VirtAddr(off), n)
	}
	return readAll(s.Memory, s.at+dmpfile.VirtAddr(off), n)
}

func (s structure) u32(off int) (uint32, error) {
	b, err := s.bytes(off, 4)
	v, _ := bin.U32(b, 0)
	return v, err
}

func (s structure) u64(off int) (uint64, error) {
	b, err := s.bytes(off, 8)
	v, _ := bin.U64(b, 0)
	return v, err
}

func (s structure) pointer(off int) (dmpfile.VirtAddr, error) {
	b, err := s.bytes(off, s.bits/8)
	v, _ := bin.Pointer(b, 0, s.bits)
	return dmpfile.VirtAddr(v), err
}

// field returns the pointer at an offset that the debugger data states; 0 where it does not, or the pointer is not in the dump.
func (s structure) field(offset func() (int, bool)) dmpfile.VirtAddr {
	off, ok := offset()
	if !ok {
		return 0
	}
	v, _ := s.pointer(off)
	return v
}

// copied is the copy of a structure in a triage dump, empty where there is none.
type copied []byte

func (c copied) bytes(a dmpfile.VirtAddr, n int) ([]byte, error) {
	b, ok := bin.Slice(c, int(a), n)
	if !ok {
		return nil, &dmpfile.NotInDumpError{Address: a}
	}
	return b, nil
}

func (c copied) ReadVirtual(p []byte, a dmpfile.VirtAddr) (n int, err error) {
	b, err := c.bytes(a, len(p))
	return copy(p, b), err
}
