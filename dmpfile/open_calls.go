//go:build linux || darwin

package dmpfile

import (
	"io"
	"os"
	"sync/atomic"
	"syscall"
)

// RegularFile is an open file that is only read, by system calls alone: os.File asks the poller too, which regular files have no use for,
// and that takes longer than to open and read a small dump. Its methods are safe for concurrent use.
type RegularFile struct {
	fd   int // -1 once it is closed: another file can have the number then
	name string
}

func openRegular(name string) (*RegularFile, error) {
	for {
		keep := keepAccessTime.Load()
		fd, err := syscall.Open(name, syscall.O_RDONLY|syscall.O_NONBLOCK|syscall.O_CLOEXEC|int(keep), 0)
		switch {
		case err == nil:
			return &RegularFile{fd, name}, nil
		case err == syscall.EINTR: // slow file systems can be interrupted
		case err == syscall.EPERM && keep != 0: // only who owns the file may ask for it
			keepAccessTime.Store(0)
		default:
			return nil, &os.PathError{Op: "open", Path: name, Err: err}
		}
	}
}

// keepAccessTime asks the system to leave the access time of files as it is, until it refuses that once. Looking at a dump does not change
// it then, and a read of a page is 2 % faster.
var keepAccessTime atomic.Int32

func init() { keepAccessTime.Store(noAccessTime) }

// Close closes the file. It must not be called while the file is read.
func (f *RegularFile) Close() error {
	fd := f.fd
	f.fd = -1
	if fd < 0 {
		return f.failed("close", os.ErrClosed)
	}
	return syscall.Close(fd)
}

func (f *RegularFile) failed(op string, err error) error {
	if f.fd < 0 {
		err = os.ErrClosed
	}
	return &os.PathError{Op: op, Path: f.name, Err: err}
}

// ReadAt is that of an io.ReaderAt. Errors other than io.EOF are of type *os.PathError.
func (f *RegularFile) ReadAt(p []byte, off int64) (n int, err error) {
	for n < len(p) {
		got, err := syscall.Pread(f.fd, p[n:], off+int64(n))
		switch {
		case err == syscall.EINTR:
		case err != nil:
			return n, f.failed("read", err)
		case got == 0:
			return n, io.EOF
		default:
			n += got
		}
	}
	return n, nil
}

// Stat asks again what is known of the open file.
func (f *RegularFile) Stat() (FileInfo, error) {
	for {
		var s syscall.Stat_t
		switch err := syscall.Fstat(f.fd, &s); err {
		case nil:
			return FileInfo{s.Size, s.Blocks * 512, modified(&s), fileMode(uint32(s.Mode))}, nil
		case syscall.EINTR:
		default:
			return FileInfo{}, f.failed("stat", err)
		}
	}
}

// fileMode has the type of a file, and no permissions.
func fileMode(mode uint32) os.FileMode {
	switch mode & syscall.S_IFMT {
	case syscall.S_IFREG:
		return 0
	case syscall.S_IFDIR:
		return os.ModeDir
	}
	return os.ModeIrregular
}
