//go:build linux || darwin || freebsd || netbsd || openbsd

package batch

import (
	"os"

	"golang.org/x/sys/unix"
)

// lock takes a file for this process, until it closes it. Where the file system knows no locks, there is none.
func lock(f *os.File) error {
	if unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB) == unix.EWOULDBLOCK {
		return errLocked
	}
	return nil
}
