package machine

import "github.com/dmplens/dmplens/dmpfile/internal/bin"

// Types of registry values, as winnt.h numbers them.
const (
	RegSZ       = 1
	RegExpandSZ = 2
	RegBinary   = 3
	RegDWORD    = 4
	RegQWORD    = 11
)

// RegistryValue is a value of the registry. Its name and its data are parts of the block that it comes from.
type RegistryValue struct {
	Name []byte // UTF-16, with a NUL
	Type uint32
	Data []byte
}

// NextRegistryValue returns the first value of a block {name length, name, type, data length, data}, lengths in bytes, and how many bytes it takes.
// ok is false where the block ends inside it.
func NextRegistryValue(b []byte) (v RegistryValue, n int, ok bool) {
	part := func() (data []byte, ok bool) {
		size, ok := bin.U32(b, n)
		if !ok || uint64(size) > uint64(len(b)-n-4) {
			return nil, false
		}
		data = b[n+4 : n+4+int(size)]
		n += 4 + int(size)
		return data, true
	}
	if v.Name, ok = part(); !ok {
		return v, 0, false
	}
	if v.Type, ok = bin.U32(b, n); !ok {
		return v, 0, false
	}
	n += 4
	if v.Data, ok = part(); !ok {
		return v, 0, false
	}
	return v, n, true
}
