package secondary

import (
	"time"

	"github.com/dmplens/dmplens/dmpfile/internal/bin"
)

// CodeIntegrity is the last image that Code Integrity refused. A refusal of an image of user mode is ordinary.
type CodeIntegrity struct {
	Version uint16
	Options uint32
	Failure time.Time // when it refused; zero where it did not
	Status  uint32    // the NTSTATUS of the refusal; 0 where there was none
	Count   uint32    // of refusals
	Path    string    // of the image; "" where Status is 0, as what stands there then is stale. Private where it is in a user's folder
}

// Offsets in a stream of Code Integrity.
const (
	ciSize    = 0x00
	ciVersion = 0x02
	ciOptions = 0x08
	ciFailure = 0x18
	ciStatus  = 0x38
	ciCount   = 0x48
)

// ciPath is where the path's length in bytes is, by version; the path follows.
var ciPath = map[uint16]int{2: 0xD4, 3: 0xE4}

// ReadCodeIntegrity reads a stream 4ee76bd8.
func ReadCodeIntegrity(b []byte) (*CodeIntegrity, int, error) {
	d := le(b)
	c := &CodeIntegrity{Version: d.u16(ciVersion)}
	at := ciPath[c.Version]
	if at == 0 || !d.has(0, at+2) {
		return c, 0, stopped(0, "no version of the Code Integrity record that is known, or one that is cut", c.Version)
	}
	size := int(d.u16(ciSize))
	if size < at+2 || size > len(b) {
		return c, 0, stopped(ciSize, "the record's size does not fit into the stream", size)
	}
	c.Options, c.Failure, c.Status, c.Count = d.u32(ciOptions), d.time(ciFailure), d.u32(ciStatus), d.u32(ciCount)
	if c.Status != 0 {
		length := int(d.u16(at))
		if at+2+length > size {
			return c, at, stopped(at, "the path's length does not fit into the record", length)
		}
		c.Path = bin.UTF16Z(b[at+2 : at+2+length])
	}
	n, err := whole(b, size)
	return c, n, err
}

// Fields is all of it.
func (c *CodeIntegrity) Fields() []Field {
	f := []Field{hexField("options", uint64(c.Options)), countField("refusals", uint64(c.Count))}
	f = addTime(f, "last refusal", c.Failure)
	f = addHex(f, "status", uint64(c.Status))
	return addPath(f, "image", c.Path)
}
