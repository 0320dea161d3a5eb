package nt

import (
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

// maxString is more than the name of any kernel object, in bytes.
const maxString = 512

// unicodeString reads the text of a UNICODE_STRING of a 64-bit kernel at off in b. It is empty where the text is not in the dump.
func unicodeString(m Memory, b []byte, off int) string {
	length, ok1 := bin.U16(b, off)
	buffer, ok2 := bin.U64(b, off+8)
	if !ok1 || !ok2 || length == 0 || length > maxString || length%2 != 0 {
		return ""
	}
	text, err := readAll(m, dmpfile.VirtAddr(buffer), int(length))
	if err != nil {
		return ""
	}
	return bin.UTF16Z(text)
}
