package nt

import (
	"encoding/binary"
	"math/bits"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/internal/bin"
)

// decodeDebuggerData decodes the debugger data block of a 64-bit kernel that runs without a debugger. Windows keeps each word x of it
// as byteswap(rotate(x ^ a, n) ^ b) ^ c, with three secrets a, b and c of the boot, and n a part of a. The same word operations undo
// each other bit by bit, so that of two words
//
//	plain ^ plain' = byteswap(rotate(x ^ x', n))
//
// without any of the secrets but n, of which there are 64. The header of the dump has two words of the block in plain: the addresses
// of the heads of the module list and of the process list. They give n, and each other word. The tag and the size of the block then
// prove it.
func decodeDebuggerData(b []byte, modules, processes dmpfile.VirtAddr) (plain []byte, ok bool) {
	const modulesAt, processesAt = 0x48, 0x50
	x, ok1 := bin.U64(b, modulesAt)
	y, ok2 := bin.U64(b, processesAt)
	if !ok1 || !ok2 || modules == 0 || processes == 0 || modules == processes {
		return nil, false
	}
	for n := range 64 {
		decode := func(v uint64) uint64 {
			return bits.ReverseBytes64(bits.RotateLeft64(v^x, n)) ^ uint64(modules)
		}
		if decode(y) != uint64(processes) {
			continue
		}
		plain = make([]byte, len(b)&^7)
		for i := 0; i < len(plain); i += 8 {
			v, _ := bin.U64(b, i)
			binary.LittleEndian.PutUint64(plain[i:], decode(v))
		}
		if _, err := parseDebuggerData(plain, 64); err == nil {
			return plain, true
		}
	}
	return nil, false
}
