package dmpfile

import (
	"errors"
	"os"
	"syscall"
	"time"
)

// ErrNotRegular says that a name is that of a pipe, a device or a socket.
var ErrNotRegular = errors.New("is not a regular file")

// FileInfo is what is asked of an open file.
type FileInfo struct {
	Size int64 // in bytes
	// Allocated is how many bytes of storage the file takes, -1 where the system does not say it. It is a hint only: sparse, compressed,
	// deduplicated files and placeholders of a cloud take less than they hold, and others take more.
	Allocated int64
	Modified  time.Time
	Mode      os.FileMode
}

// OpenRegular opens a regular file for reading, and returns what is known of the open file. Pipes and devices can block for ever: that
// one has taken the place of a file does not block this either, where the system can do that. Errors are of type *os.PathError: around
// ErrNotRegular, syscall.EISDIR, or that of the system.
func OpenRegular(name string) (*RegularFile, FileInfo, error) {
	f, err := openRegular(name)
	if err != nil {
		// Many things that are no regular file cannot be opened so: that they are none says more.
		info, statErr := os.Stat(name)
		if statErr != nil {
			return nil, FileInfo{}, statErr
		}
		if kind := checkRegular(name, info.Mode()); kind != nil {
			err = kind
		}
		return nil, FileInfo{}, err
	}
	info, err := f.Stat()
	if err == nil {
		err = checkRegular(name, info.Mode)
	}
	if err != nil {
		f.Close()
		return nil, FileInfo{}, err
	}
	return f, info, nil
}

func checkRegular(name string, mode os.FileMode) error {
	switch {
	case mode.IsDir():
		return &os.PathError{Op: "read", Path: name, Err: syscall.EISDIR}
	case !mode.IsRegular():
		return &os.PathError{Op: "read", Path: name, Err: ErrNotRegular}
	}
	return nil
}
