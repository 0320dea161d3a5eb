package main

import (
	"encoding/binary"
	"syscall"
)

// machineMemory returns how many bytes of memory the machine has. Sysctl takes the number for a text, and leaves out a zero byte at its end.
func machineMemory() int64 {
	s, err := syscall.Sysctl("hw.memsize")
	if err != nil || len(s) > 8 {
		return 0
	}
	var b [8]byte
	copy(b[:], s)
	return int64(binary.LittleEndian.Uint64(b[:]))
}
