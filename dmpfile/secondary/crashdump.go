package secondary

import "fmt"

// CrashDump is what the driver that writes dumps (crashdmp) adds about itself: nothing in most, and a few bytes that are not known in others.
type CrashDump struct {
	Size int
}

// ReadCrashDump decodes the stream 65755a40.
func ReadCrashDump(b []byte) (*CrashDump, int, error) { return readTo(&CrashDump{len(b)}, 0, b) }

// Fields says whether there is anything.
func (c *CrashDump) Fields() []Field {
	if c.Size == 0 {
		return []Field{textField("content", "none")}
	}
	return []Field{textField("content", fmt.Sprintf("%d bytes, not decoded", c.Size))}
}
