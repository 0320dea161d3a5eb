package secondary

import "github.com/dmplens/dmplens/dmpfile/internal/bin"

// Blamed is the driver that Windows itself names for the stop (IoBugCheckDriverData).
type Blamed struct {
	Driver string // file name, as in "win32kfull.sys"
}

// ReadBlamed decodes the stream fe96ddbf: UTF-16 text, to the end or to a NUL.
func ReadBlamed(b []byte) (*Blamed, int, error) {
	d := &Blamed{Driver: bin.UTF16Z(b)}
	if len(b)%2 != 0 {
		return d, len(b) - 1, stopped(len(b)-1, "a text of 16-bit characters has an odd length", len(b))
	}
	return d, len(b), nil
}

// Fields returns the name.
func (d *Blamed) Fields() []Field { return []Field{textField("driver", d.Driver)} }
