//go:build unix && !aix && !solaris

package symstore

import (
	"os"
	"syscall"
)

// lock keeps others from claiming a file until it is closed. A file system without locks has files that nobody claims.
func lock(f *os.File) bool { return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil }

// claimFile opens a file that no other run has open. It keeps its old name.
func claimFile(old, _ string) (*os.File, bool) {
	f, err := os.OpenFile(old, os.O_RDWR, 0)
	if err != nil {
		return nil, false
	}
	if lock(f) {
		// It can have become another file's name while it was opened.
		there, err := os.Lstat(old)
		mine, err2 := f.Stat()
		if err == nil && err2 == nil && os.SameFile(there, mine) {
			return f, true
		}
	}
	f.Close()
	return nil, false
}
