package nt_test

import (
	"testing"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/nt"
)

// pool is a header: the size of the block before it, index, its own size, type; then the tag.
var pool = all(0x20, u8(0, 0x11, 0x22, 0x20, 0x02, 'E', 'x', 'm', ' '))

func TestReadPoolHeader(t *testing.T) {
	looks(t, pool, nt.ReadPoolHeader, []look[nt.PoolHeader]{
		{name: "header", want: nt.PoolHeader{Tag: "Exm ", Size: 0x200}},
		{name: "smallest", patch: u8(2, 1), want: nt.PoolHeader{Tag: "Exm ", Size: 0x10}},
		{name: "largest", patch: u8(2, 0xFF), want: nt.PoolHeader{Tag: "Exm ", Size: 0xFF0}},
		{name: "size 0", patch: u8(2, 0), err: notThere},
		{name: "control character", patch: u8(7, 0x1F), err: notThere},
		{name: "NUL", patch: u8(7, 0), err: notThere},
		{name: "delete", patch: u8(4, 0x7F), err: notThere},
		{name: "beyond ASCII", patch: u8(6, 0x80), err: notThere},
		{name: "protected tag: bit 31", patch: u8(7, 'd'|0x80), err: notThere},
		{name: "cut", have: 0xF, err: hole(0xF)},
	})
	unaligned := func(m nt.Memory, a dmpfile.VirtAddr) (nt.PoolHeader, error) { return nt.ReadPoolHeader(m, a+8) }
	looks(t, all(0x20, u8(8, 0x11, 0x22, 0x20, 0x02, 'E', 'x', 'm', ' ')), unaligned, []look[nt.PoolHeader]{{name: "unaligned", err: notThere}})
}
