package dmptest

// Full is a complete dump, type 1: the pages of all runs behind the header. Pages without contents are as PageBytes says.
// RequiredDumpSpace is the header and the pages.
type Full struct {
	Header    Header
	Pages     Pages  // contents, for pages of Header.Runs
	Secondary []byte // appended
}

// Image returns the dump.
func (f Full) Image() *Image {
	h := f.Header
	h.DumpType = orElse(h.DumpType, 1)
	m := h.Image()
	for _, r := range h.Runs {
		for i := range r.Count {
			f.Pages.put(m, r.Base+i)
		}
	}
	h.putRequired(m, uint64(m.Len()))
	m.Append(f.Secondary)
	return m
}

// HeaderOnly returns a dump of type 3.
func HeaderOnly(h Header) *Image {
	h.DumpType = orElse(h.DumpType, 3)
	m := h.Image()
	h.putRequired(m, uint64(m.Len()))
	return m
}

// orElse returns v, or usual if v is zero.
func orElse[T comparable](v, usual T) T {
	var zero T
	if v == zero {
		return usual
	}
	return v
}
