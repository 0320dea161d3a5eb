//go:build !linux && !windows

package main

import (
	"runtime"

	"golang.org/x/sys/unix"
)

// machineMemory returns how many bytes of memory the machine has, 0 where that is not known.
func machineMemory() int64 {
	name := map[string]string{"darwin": "hw.memsize", "freebsd": "hw.physmem", "netbsd": "hw.physmem64", "openbsd": "hw.physmem"}[runtime.GOOS]
	if name == "" {
		return 0
	}
	n, err := unix.SysctlUint64(name)
	if err != nil {
		return 0
	}
	return int64(n)
}
