package nt

import (
	"errors"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/internal/bin"
)

// Memory is the virtual memory of a dumped machine. ReadVirtual returns how many bytes it read before the first that is not there.
type Memory interface {
	ReadVirtual(p []byte, a dmpfile.VirtAddr) (n int, err error)
}

// readAll reads n bytes, all of them or none.
func readAll(m Memory, a dmpfile.VirtAddr, n int) ([]byte, error) {
	b := make([]byte, n)
	if _, err := m.ReadVirtual(b, a); err != nil {
		return nil, err
	}
	return b, nil
}

// unicode is a UNICODE_STRING: its length in bytes and where the text is.
type unicode struct {
	length uint16
	buffer dmpfile.VirtAddr
}

// readUnicode reads a UNICODE_STRING at off in b; a missing one is empty.
func readUnicode(b []byte, off, bits int) unicode {
	length, _ := bin.U16(b, off)
	buffer, ok := bin.Pointer(b, off+bits/8, bits)
	if !ok {
		return unicode{}
	}
	return unicode{length, dmpfile.VirtAddr(buffer)}
}

// maxString is more than the name of any kernel object or the path of a driver, in bytes.
const maxString = 1024

// text reads the text. The error is ErrNotThere where the string is none, ErrLimit, or says that the dump does not have the text.
func (u unicode) text(m Memory) (string, error) {
	if u.length == 0 || u.length > maxString || u.length%2 != 0 || u.buffer == 0 {
		return "", ErrNotThere
	}
	b, err := readAll(m, u.buffer, int(u.length))
	if errors.Is(err, ErrLimit) {
		return "", ErrLimit
	}
	if err != nil {
		return "", err
	}
	return bin.UTF16Z(b), nil
}

// printable says whether s is a text that the kernel would keep: not empty and without control characters.
func printable(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] == 0x7f {
			return false
		}
	}
	return s != ""
}
