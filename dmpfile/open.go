package dmpfile

import (
	"errors"
	"os"
	"syscall"
)

// ErrNotRegular says that a name is that of a pipe, a device or a socket.
var ErrNotRegular = errors.New("is not a regular file")

// OpenRegular opens a regular file for reading, and returns what is known of the open file. Pipes and devices can block for ever: that
// one has taken the place of a file does not block this either, where the system can do that. Errors are of type *os.PathError: around
// ErrNotRegular, syscall.EISDIR, or that of the system.
func OpenRegular(name string) (*os.File, os.FileInfo, error) {
	f, err := os.OpenFile(name, os.O_RDONLY|openNonblock, 0)
	if err != nil {
		// Many things that are no regular file cannot be opened so: that they are none says more.
		info, statErr := os.Stat(name)
		if statErr != nil {
			return nil, nil, statErr
		}
		if kind := checkRegular(name, info); kind != nil {
			err = kind
		}
		return nil, nil, err
	}
	info, err := f.Stat()
	if err == nil {
		err = checkRegular(name, info)
	}
	if err != nil {
		f.Close()
		return nil, nil, err
	}
	return f, info, nil
}

func checkRegular(name string, info os.FileInfo) error {
	switch {
	case info.IsDir():
		return &os.PathError{Op: "read", Path: name, Err: syscall.EISDIR}
	case !info.Mode().IsRegular():
		return &os.PathError{Op: "read", Path: name, Err: ErrNotRegular}
	}
	return nil
}
