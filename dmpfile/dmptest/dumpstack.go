package dmptest

import "strings"

// DumpStack is a DumpStack.log.
type DumpStack struct {
	Lines  []string // without line ends
	Closed bool     // Windows finished it: the length is the end of the text, else that of the file
	Size   int      // of the file in bytes; 0 is 0x3000
	Stale  string   // what stands at the end of the file, from before
}

// Image returns the file.
func (d DumpStack) Image() *Image {
	m := &Image{}
	m.PutASCII(0x0, "DLOGFILE00010000DUMP")
	m.PutASCII(0x20, "\r\n"+strings.Join(d.Lines, "\r\n"))
	if len(d.Lines) != 0 {
		m.PutASCII(m.Len(), "\r\n")
	}
	end, size := m.Len(), orElse(d.Size, 0x3000)
	m.Grow(size)
	m.Truncate(size)
	m.PutASCII(size-len(d.Stale), d.Stale)
	m.PutU32(0x14, uint32(size))
	if d.Closed {
		m.PutU32(0x14, uint32(end))
	}
	return m
}

// CallbackLines are the lines of callbacks for secondary data that return and whose data is written.
func CallbackLines(names ...string) []string {
	var lines []string
	for _, n := range names {
		lines = append(lines, "Calling "+n+" secondary callback.", "Return from "+n+" secondary callback.",
			"Writing "+n+" secondary callback data.", "Writing "+n+" secondary callback data done.")
	}
	return lines
}
