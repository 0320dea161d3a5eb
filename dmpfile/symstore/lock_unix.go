//go:build unix && !aix && !solaris

package symstore

import (
	"os"
	"syscall"
)

// lock keeps others from claiming a file until it is closed. Where another run was faster, the error is errClaimed. A file system without locks has files
// that nobody claims.
func lock(f *os.File) error {
	err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == syscall.EWOULDBLOCK {
		return errClaimed
	}
	return err
}

// claimFile opens a file that no other run has open. It keeps its old name.
func claimFile(old, _ string) (*os.File, bool) {
	f, err := os.OpenFile(old, os.O_RDWR, 0)
	if err != nil {
		return nil, false
	}
	if lock(f) == nil && isAt(f, old) { // it can have become another file's name while it was opened
		return f, true
	}
	f.Close()
	return nil, false
}
