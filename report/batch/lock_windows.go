package batch

import (
	"os"

	"golang.org/x/sys/windows"
)

// lock takes a file for this process, until it closes it. Windows keeps others from what is locked, so that is a byte that no file has.
func lock(f *os.File) error {
	at := &windows.Overlapped{OffsetHigh: 1 << 30}
	err := windows.LockFileEx(windows.Handle(f.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, at)
	if err == windows.ERROR_LOCK_VIOLATION {
		return errLocked
	}
	return nil
}
