package secondary

import "github.com/dmplens/dmplens/dmpfile"

// WDF is the list of drivers that are clients of the Windows Driver Framework, the framework itself first.
type WDF struct {
	Drivers []WDFDriver
}

// WDFDriver is a client, with the version of the framework that it was built for.
type WDFDriver struct {
	Name                string // without ".sys"; at most 31 characters
	Major, Minor, Build uint32
	Globals             dmpfile.VirtAddr // of its framework globals
}

// ReadWDF decodes the stream f87e4a4c.
func ReadWDF(b []byte) (*WDF, int, error) { return &WDF{}, 0, nil }

// Fields returns the drivers with their versions.
func (w *WDF) Fields() []Field { return nil }
