package dmpfile

import "io"

// ReadPhysical reads the physical memory of the dumped machine at a. It crosses page boundaries, and stops at the first byte that
// the file does not have: n bytes were read then, and the error is a *PageMissingError. Other errors are those of Page and of
// reading the file. It allocates memory only for an error.
func (f *File) ReadPhysical(p []byte, a PhysAddr) (n int, err error) {
	x, err := f.index()
	if err != nil {
		return 0, err
	}
	for n < len(p) {
		at, part := a+PhysAddr(n), p[n:]
		in := uint64(at) % PageSize
		i, pages := x.findRun(uint64(at)/PageSize, (in+uint64(len(part))+PageSize-1)/PageSize)
		if pages == 0 {
			return n, &PageMissingError{Address: at, Read: n}
		}
		part = part[:min(uint64(len(part)), pages*PageSize-in)]
		got, err := f.ReadAt(part, f.pageOffset(i)+int64(in))
		n += got
		if err == io.EOF {
			return n, &PageMissingError{Address: at + PhysAddr(got), Read: n, Truncated: true}
		}
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

// findRun is find that looks as far as the most page frames that are wanted; n can be more.
func (x *pageIndex) findRun(pfn, most uint64) (i, n uint64) {
	i, n = x.find(pfn)
	for n > 0 && n < most {
		next, more := x.find(pfn + n)
		if more == 0 || next != i+n {
			break
		}
		n += more
	}
	return i, n
}
