package main

import (
	"syscall"
	"unsafe"
)

var globalMemoryStatusEx = syscall.NewLazyDLL("kernel32.dll").NewProc("GlobalMemoryStatusEx")

// machineMemory returns how many bytes of memory the machine has, by the MEMORYSTATUSEX of Windows.
func machineMemory() int64 {
	var s struct {
		length, load                                                           uint32
		total, free, totalPage, freePage, totalVirtual, freeVirtual, freeExtra uint64
	}
	s.length = uint32(unsafe.Sizeof(s))
	if r, _, _ := globalMemoryStatusEx.Call(uintptr(unsafe.Pointer(&s))); r == 0 {
		return 0
	}
	return int64(s.total)
}
