package secondary

import (
	"strings"

	"github.com/dmplens/dmplens/dmpfile/internal/bin"
)

// Blamed is the driver that Windows itself names for the stop (IoBugCheckDriverData).
type Blamed struct {
	Driver string // file name, as in "win32kfull.sys"
	Path   string // where the stream has more than a name; private, as it can name a user
}

// ReadBlamed decodes the stream fe96ddbf: UTF-16 text, to the end or to a NUL.
func ReadBlamed(b []byte) (*Blamed, int, error) {
	text := bin.UTF16Z(b)
	d := &Blamed{Driver: text[strings.LastIndexAny(text, `\/`)+1:]}
	if d.Driver != text {
		d.Path = text
	}
	if len(b)%2 != 0 {
		return d, len(b) - 1, stopped(len(b)-1, "a text of 16-bit characters has an odd length", len(b))
	}
	return d, len(b), nil
}

// Fields returns the name, and the path where there is one.
func (d *Blamed) Fields() []Field {
	return addPrivate([]Field{textField("driver", d.Driver)}, "path", d.Path)
}
