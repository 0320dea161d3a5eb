package secondary

import "github.com/dmplens/dmplens/dmpfile"

// StorePage is the page of the memory store whose content did not fit its checksum: stop 0x1C7.
type StorePage struct {
	Address    dmpfile.VirtAddr // where the content is: parameter 2 of the stop
	Parameter3 uint64           // of the stop
	Parameter4 uint64           // of the stop
	Page       []byte           // the damaged content; it shares the memory of the stream
}

// storePageHeader is the length of what is before the content.
const storePageHeader = 0x30

// ReadStorePage decodes the stream d6d379dc. Its layout was worked out on one real dump, by the parameters of its stop.
func ReadStorePage(b []byte) (*StorePage, int, error) {
	p := &StorePage{}
	s := le(b)
	if !s.has(0, storePageHeader) {
		return p, 0, stopped(0, "the header of the damaged page is cut: its size", len(b))
	}
	p.Address, p.Parameter3, p.Parameter4 = dmpfile.VirtAddr(s.u64(8)), s.u64(0x18), s.u64(0x28)
	size := s.u64(0x10)
	if size > uint64(len(b)-storePageHeader) {
		return p, storePageHeader, stopped(0x10, "the damaged page does not end in the stream: its size", size)
	}
	end := storePageHeader + int(size)
	p.Page = b[storePageHeader:end:end]
	return readTo(p, end, b)
}

// Fields returns the header. The content can be anybody's memory: its size is shown.
func (p *StorePage) Fields() []Field {
	return []Field{
		addressField("address", p.Address), hexField("parameter 3", p.Parameter3), hexField("parameter 4", p.Parameter4),
		countField("bytes of the page", uint64(len(p.Page))),
	}
}
