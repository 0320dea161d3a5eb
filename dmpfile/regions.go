package dmpfile

import "fmt"

// Regions are the sizes in bytes of the parts of a dump file: Header + Primary + Secondary = Total.
type Regions struct {
	Total int64 // the length of the file; -1 where it is not known
	// Header is everything before the first page, or before the triage data: the dump header with the sub-header and bitmap.
	Header int64
	// Known says whether the dump says how much primary data it holds. The fields below are meaningless where it does not.
	Known bool
	// Primary is what the file has of the pages or of the triage data.
	Primary int64
	// Secondary is all that stands behind, the reserved tail included.
	Secondary int64
	// Declared is how much primary data the dump says it has.
	Declared int64
	// Pages is Declared in pages; 0 for a triage dump.
	Pages uint64
	// Missing is how many bytes of header and primary data the file is too short for.
	Missing int64
	// MissingPages is how many pages are not wholly there.
	MissingPages uint64
	// LastWholePage is the page frame of the last page that is wholly there, for a file that is too short; nil where there is
	// none, or the dump does not name it.
	LastWholePage *uint64
}

// PrimaryEnd returns the file offset where primary data ends, and secondary data can begin.
func (r Regions) PrimaryEnd() int64 { return r.Header + r.Primary }

// measure computes the regions, and reports a file that is too short.
func (f *File) measure() {
	r := Regions{Total: f.total, Header: min(f.size, int64(f.layout.size))}
	first := int64(f.layout.size)
	switch {
	case f.Encrypted():
		// The sub-header is behind the part that is in clear, so nothing says where the data ends.
		f.find(Warning, "encrypted", f.Offset(FieldAttributes), "the data behind the header is encrypted: only the header can be read, and a debugger needs it decrypted first")
	case f.total < 0:
	case f.Format == TriageDump && f.Triage != nil && f.Triage.SizeOfDump >= uint32(first):
		r.Known = true
		r.Declared = int64(f.Triage.SizeOfDump) - first
	case f.pages.known:
		first = f.pages.first
		r.Known = true
		r.Header = min(f.total, first)
		r.Pages = f.pages.count
		r.Declared = int64(f.pages.count) * PageSize
	}
	if r.Known {
		r.Primary = min(r.Declared, r.Total-r.Header)
		r.Secondary = r.Total - r.Header - r.Primary
		r.Missing = max(0, first+r.Declared-r.Total)
		r.MissingPages = r.Pages - uint64(r.Primary/PageSize)
		if r.Pages == 0 {
			r.MissingPages = 0
		}
	}
	f.Regions = r
	if r.Missing > 0 {
		f.reportTruncation()
	}
}

// reportTruncation says what a file that is too short lacks, and finds the last page that it has.
func (f *File) reportTruncation() {
	r := &f.Regions
	if f.Format == TriageDump {
		f.find(Error, "truncated", r.Total, "the file is %d bytes short: its triage data should end at offset %#x", r.Missing, r.Total+r.Missing)
		return
	}
	last := "no page is whole"
	if whole := r.Primary / PageSize; whole > 0 {
		last = "the dump does not name the last page that is whole"
		if f.OnlyHead() {
			last = "the last page that is whole was not looked for"
		}
		pfn, ok, err := f.StoredPage(uint64(whole - 1))
		if err != nil {
			f.readError(f.pages.bitmap+f.pages.ranges, err)
		}
		if ok {
			r.LastWholePage = &pfn
			last = fmt.Sprintf("the last whole page is page frame %#x at offset %#x", pfn, f.pages.first+(whole-1)*PageSize)
		}
	}
	f.find(Error, "truncated", r.Total, "the file is %d bytes short: %d of its %d pages are missing; %s", r.Missing, r.MissingPages, r.Pages, last)
}
