package secondary

import (
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/dmplens/dmplens/dmpfile/internal/bin"
	"github.com/dmplens/dmplens/dmpfile/internal/machine"
)

// Registry is what the registry has of a processor: HKLM\HARDWARE\DESCRIPTION\System\CentralProcessor\0.
type Registry struct {
	Name       string // ProcessorNameString
	Identifier string // as in "Intel64 Family 6 Model 165 Stepping 5"
	Vendor     string // VendorIdentifier
	MHz        uint32 // 0 is unknown
	FeatureSet uint32 // 0 is unknown
	Microcode  uint32 // the revision that is loaded: the high dword of MSR8B or "Update Revision"; 0 is unknown, as always for AMD
	Values     []RegistryValue
}

// RegistryValue is one value, of a type as winnt.h numbers them.
type RegistryValue struct {
	Name string
	Type uint32
	Data []byte // a part of the stream
}

// maxRegistryValues bounds how many values are read: real streams have 7 or 8.
const maxRegistryValues = 4096

// ReadRegistry reads a stream 6c7ac389.
func ReadRegistry(b []byte) (*Registry, int, error) {
	r := &Registry{}
	n := 0
	for n < len(b) {
		v, size, ok := machine.NextRegistryValue(b[n:])
		if !ok {
			return r, n, stopped(n, "the stream ends inside a value: its size in bytes", len(b))
		}
		if len(r.Values) == maxRegistryValues {
			return r, n, stopped(n, "more values than are read: their bound", maxRegistryValues)
		}
		r.take(RegistryValue{Name: bin.UTF16Z(v.Name), Type: v.Type, Data: v.Data})
		n += size
	}
	return r, n, nil
}

// take adds a value.
func (r *Registry) take(v RegistryValue) {
	r.Values = append(r.Values, v)
	switch v.Name {
	case "ProcessorNameString":
		r.Name = v.text()
	case "Identifier":
		r.Identifier = v.text()
	case "VendorIdentifier":
		r.Vendor = v.text()
	case "~MHz":
		r.MHz = v.number()
	case "FeatureSet":
		r.FeatureSet = v.number()
	case "MSR8B", "Update Revision", "Update Signature": // the name has changed with versions of Windows
		if high := le(v.Data).u32(4); high != 0 && len(v.Data) == 8 {
			r.Microcode = high
		}
	}
}

// text is a text value, "" of another type.
func (v RegistryValue) text() string {
	if v.Type != machine.RegSZ && v.Type != machine.RegExpandSZ {
		return ""
	}
	return strings.TrimSpace(bin.UTF16Z(v.Data))
}

// number is a DWORD value, 0 of another type.
func (v RegistryValue) number() uint32 {
	if v.Type != machine.RegDWORD || len(v.Data) != 4 {
		return 0
	}
	return le(v.Data).u32(0)
}

// String is the value as people write it: a text, a number, or bytes as they follow each other.
func (v RegistryValue) String() string {
	switch {
	case v.Type == machine.RegSZ || v.Type == machine.RegExpandSZ:
		return v.text()
	case v.Type == machine.RegDWORD && len(v.Data) == 4:
		return fmt.Sprintf("%#x", v.number())
	case v.Type == machine.RegQWORD && len(v.Data) == 8:
		return fmt.Sprintf("%#x", le(v.Data).u64(0))
	}
	return hex.EncodeToString(v.Data)
}

// Fields is all of it.
func (r *Registry) Fields() []Field {
	var f []Field
	for _, v := range r.Values {
		f = append(f, textField(v.Name, v.String()))
	}
	return addHex(f, "microcode", uint64(r.Microcode))
}
