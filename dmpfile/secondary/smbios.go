package secondary

// SMBIOS is what the firmware says of the machine: the tables of the DMTF's SMBIOS specification (DSP0134). A text is empty where the firmware has none,
// or a word that says that its maker filled in none.
type SMBIOS struct {
	Version    string // of the specification, as in "3.3"
	System     System
	Board      Board
	BIOS       BIOS
	Chassis    string // the kind: "notebook", "desktop" ...
	Processors []SMBIOSProcessor
	Arrays     []MemoryArray  // of the main memory
	Memory     []MemoryDevice // the slots that hold one, in the order of the table
	EmptySlots int            // of memory devices
	Structures int            // how many there are of all kinds
}

// System is the computer as its maker names it. Serial and UUID are private, and empty where they are no number that somebody chose.
type System struct {
	Manufacturer, Product, Version, SKU, Family string
	Serial, UUID                                string
}

// Board is the main board. Serial and AssetTag are private.
type Board struct {
	Manufacturer, Product, Version string
	Serial, AssetTag               string
}

// BIOS is the firmware.
type BIOS struct {
	Vendor, Version string
	Date            string // as the firmware writes it, usually MM/DD/YYYY
}

// SMBIOSProcessor is a processor, or the socket for one.
type SMBIOSProcessor struct {
	Socket, Manufacturer, Name string
	Populated                  bool
	MaxMHz, CurrentMHz         uint32 // 0 is unknown; MaxMHz is what the socket takes, and CurrentMHz what it was set to at the start
	Cores, Enabled, Threads    uint32 // 0 is unknown
}

// MemoryArray is what the board has slots for.
type MemoryArray struct {
	Slots      uint32
	MaxSize    uint64 // in bytes, 0 is unknown
	Correction string // "none", "single-bit ECC" ...
}

// MemoryDevice is a module of memory, or memory soldered on.
type MemoryDevice struct {
	Slot, Bank         string
	Manufacturer, Part string
	Serial             string // private; empty where it is no number that somebody chose
	Type               string // "DDR4" ..., "" is unknown
	Form               string // "DIMM", "SODIMM" ..., "" is unknown
	Size               uint64 // in bytes, 0 is unknown
	Rated, Configured  uint32 // MT/s, 0 is unknown: what the device can (as the firmware says, which can include an overclocking profile), and what it was set to
}

// ReadSMBIOS reads a stream bc5c008f.
func ReadSMBIOS(b []byte) (*SMBIOS, int, error) { return &SMBIOS{}, 0, nil }

// Fields is all of it.
func (s *SMBIOS) Fields() []Field { return nil }
