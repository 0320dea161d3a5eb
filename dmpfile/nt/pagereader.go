package nt

import "github.com/dmplens/dmplens/dmpfile"

// pageReader reads the pages of a dump, keeps the last ones, and stops when it has read as many as it may. Structures lie close
// together, so that most of them are in a page that was read before.
type pageReader struct {
	file  *dmpfile.File
	left  int // pages that may still be read
	kept  int // of left: pages that are kept for later
	pages map[uint64]*[dmpfile.PageSize]byte
	free  []*[dmpfile.PageSize]byte // pages that were kept once
}

// keptPages is how many pages a pageReader keeps: 1 MiB.
const keptPages = 256

// reset lets it read so many pages of another dump.
func (r *pageReader) reset(f *dmpfile.File, limit int) {
	r.forget()
	r.file, r.left, r.kept = f, limit, 0
}

// forget frees the pages that are kept.
func (r *pageReader) forget() {
	for _, page := range r.pages {
		r.free = append(r.free, page)
	}
	clear(r.pages)
}

// room returns a page to read into.
func (r *pageReader) room() *[dmpfile.PageSize]byte {
	if len(r.pages) >= keptPages {
		r.forget()
	}
	last := len(r.free) - 1
	if last < 0 {
		return new([dmpfile.PageSize]byte)
	}
	page := r.free[last]
	r.free = r.free[:last]
	return page
}

// ReadPhysical is that of dmpfile.File. The error is ErrLimit too.
func (r *pageReader) ReadPhysical(p []byte, a dmpfile.PhysAddr) (n int, err error) {
	for n < len(p) {
		at := a + dmpfile.PhysAddr(n)
		in := int(at % dmpfile.PageSize)
		part := p[n:min(len(p), n+dmpfile.PageSize-in)]
		page, err := r.page(uint64(at / dmpfile.PageSize))
		switch {
		case err != nil:
			return n, err
		case page != nil:
			n += copy(part, page[in:])
			continue
		}
		got, err := r.file.ReadPhysical(part, at) // a page that the file cuts, or does not have
		n += got
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

// page returns a page that is wholly in the file, nil for every other.
func (r *pageReader) page(frame uint64) (*[dmpfile.PageSize]byte, error) {
	if page := r.pages[frame]; page != nil {
		return page, nil
	}
	_, ok, err := r.file.Page(frame)
	if err != nil || !ok {
		return nil, err
	}
	if r.left <= r.kept {
		return nil, ErrLimit
	}
	r.left--
	page := r.room()
	if _, err := r.file.ReadPhysical(page[:], dmpfile.PhysAddr(frame*dmpfile.PageSize)); err != nil {
		r.free = append(r.free, page)
		return nil, err
	}
	if r.pages == nil {
		r.pages = map[uint64]*[dmpfile.PageSize]byte{}
	}
	r.pages[frame] = page
	return page, nil
}
