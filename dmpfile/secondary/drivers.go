package secondary

// NVIDIA is the head of what NVIDIA's display driver adds.
type NVIDIA struct {
	Version string // of the driver, as in "566.36"
	Branch  string // its build, as in "r566_31-5"
}

// AMD is the head of what AMD's display driver adds.
type AMD struct {
	Build          string // build text
	Vendor, Device uint16
	PCI            []uint16
}

// IntelGraphics is the head of what Intel's display driver adds.
type IntelGraphics struct {
	Driver string // "igdkmdn64"
	Text   string // a key of the adapter's state; its third group is the PCI device where it is four hexadecimal digits
}

// IntelWiFi is the head of what Intel's Wi-Fi driver adds.
type IntelWiFi struct {
	Version string // of the driver, as in "22.250.0.4"
}

// IntelBluetooth is what Intel's Bluetooth driver adds. Little of it is known.
type IntelBluetooth struct{}

// Realtek is what Realtek's network driver adds.
type Realtek struct {
	Vendor, Device uint16
	Parts          int
}

// AMDRing is the ring of events of AMD's display driver.
type AMDRing struct {
	Events []AMDEvent
}

// AMDEvent is one entry: its meaning is not known.
type AMDEvent struct {
	ID    uint32
	Value uint64
}

// ReadNVIDIA decodes the stream bf2297dc.
func ReadNVIDIA(b []byte) (*NVIDIA, int, error) { return &NVIDIA{}, 0, nil }

// Fields returns the version.
func (d *NVIDIA) Fields() []Field { return nil }

// ReadAMD decodes the streams 35c39fc3 and a5d4cd4e.
func ReadAMD(b []byte) (*AMD, int, error) { return &AMD{}, 0, nil }

// Fields returns what is known.
func (d *AMD) Fields() []Field { return nil }

// ReadIntelGraphics decodes the stream d00ce1f5.
func ReadIntelGraphics(b []byte) (*IntelGraphics, int, error) { return &IntelGraphics{}, 0, nil }

// Fields returns what is known.
func (d *IntelGraphics) Fields() []Field { return nil }

// ReadIntelWiFi decodes the stream 41c9ed64.
func ReadIntelWiFi(b []byte) (*IntelWiFi, int, error) { return &IntelWiFi{}, 0, nil }

// Fields returns the version.
func (d *IntelWiFi) Fields() []Field { return nil }

// ReadRealtek decodes the stream 10ec8168.
func ReadRealtek(b []byte) (*Realtek, int, error) { return &Realtek{}, 0, nil }

// Fields returns what is known.
func (d *Realtek) Fields() []Field { return nil }
