//go:build linux || darwin

package batch

import (
	"io"
	"time"

	"golang.org/x/sys/unix"
)

// rawFile is an open file that is only read, by system calls alone: os.File asks the poller too, which regular files have no use for, and
// that takes longer than to open and read a small dump.
type rawFile struct{ fd int }

// openFile opens a file for reading. A pipe that has taken its place does not block that.
func openFile(name string) (*rawFile, error) {
	for {
		fd, err := unix.Open(name, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
		switch err {
		case nil:
			return &rawFile{fd}, nil
		case unix.EINTR: // slow file systems can be interrupted
		default:
			return nil, err
		}
	}
}

func (f *rawFile) Close() error { return unix.Close(f.fd) }

func (f *rawFile) ReadAt(p []byte, off int64) (n int, err error) {
	for n < len(p) {
		got, err := unix.Pread(f.fd, p[n:], off+int64(n))
		switch {
		case err == unix.EINTR:
		case err != nil:
			return n, err
		case got == 0:
			return n, io.EOF
		default:
			n += got
		}
	}
	return n, nil
}

func (f *rawFile) stat() (fileInfo, error) {
	for {
		var s unix.Stat_t
		switch err := unix.Fstat(f.fd, &s); err {
		case nil:
			return fileInfo{s.Size, time.Unix(s.Mtim.Unix()), s.Mode&unix.S_IFMT == unix.S_IFREG}, nil
		case unix.EINTR:
		default:
			return fileInfo{}, err
		}
	}
}
