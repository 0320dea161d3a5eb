package secondary

// Registry is what the registry has of a processor: HKLM\HARDWARE\DESCRIPTION\System\CentralProcessor\0.
type Registry struct {
	Name       string // ProcessorNameString
	Identifier string // as in "Intel64 Family 6 Model 165 Stepping 5"
	Vendor     string // VendorIdentifier
	MHz        uint32 // 0 is unknown
	FeatureSet uint32 // 0 is unknown
	Microcode  uint32 // the revision that is loaded: the high dword of MSR8B or "Update Revision"; 0 is unknown
	Values     []RegistryValue
}

// RegistryValue is one value, of a type as winnt.h numbers them.
type RegistryValue struct {
	Name string
	Type uint32
	Data []byte // a part of the stream
}

// ReadRegistry reads a stream 6c7ac389.
func ReadRegistry(b []byte) (*Registry, int, error) { return &Registry{}, 0, nil }

// Fields is all of it.
func (r *Registry) Fields() []Field { return nil }
