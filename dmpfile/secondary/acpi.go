package secondary

// ACPI are the firmware's ACPI tables, each cut by Windows to its begin.
type ACPI struct {
	Tables     []ACPITable
	ProductKey string // private: the product key of Windows in the table MSDM; "" where there is none or it is cut off
}

// ACPITable is the begin of a table. What is cut off is empty.
type ACPITable struct {
	Signature string // "FACP", "SSDT" ...
	Length    uint32 // of the whole table in bytes
	Kept      int    // how many of them the stream has
	Revision  uint8
	OEM       string // who made the table
	OEMTable  string
}

// ReadACPI reads a stream e83b40d2.
func ReadACPI(b []byte) (*ACPI, int, error) { return &ACPI{}, 0, nil }

// Fields is all of it.
func (a *ACPI) Fields() []Field { return nil }
