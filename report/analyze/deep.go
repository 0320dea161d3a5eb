package analyze

import (
	"bytes"
	"errors"
	"io"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/report"
)

// readPages reads all of the pages, or of the triage data, once. It finds what cannot be read, and an end that was never written.
func (f *facts) readPages(progress func(done, of uint64)) {
	if !f.Regions.Known {
		return
	}
	const block = 1 << 20
	first, end := f.Regions.Header, f.Regions.PrimaryEnd()
	of := uint64(end-first) / dmpfile.PageSize
	if progress == nil {
		progress = func(uint64, uint64) {}
	}
	defer progress(of, of)
	var zeros, filled int64 // pages of zeros in all, and behind the last one that is not
	buf := make([]byte, block)
	for off := first; off < end; {
		part := buf[:min(block, end-off)]
		n, err := f.ReadAt(part, off)
		if err != nil && !(errors.Is(err, io.EOF) && n == len(part)) {
			f.note(report.SeverityError, report.FindingReadError, off+int64(n), "the file cannot be read from here on: %v", err)
			return
		}
		for at := 0; at < len(part); at += dmpfile.PageSize {
			page := part[at:min(at+dmpfile.PageSize, len(part))]
			if allZero(page) {
				zeros++
				filled++
			} else {
				filled = 0
			}
		}
		off += int64(len(part))
		progress(uint64(off-first)/dmpfile.PageSize, of)
	}
	tail := filled * dmpfile.PageSize
	if whole := end - first; filled > 1 && (tail > whole/4 || tail > 64<<20) {
		severity, other := report.SeverityWarning, ""
		if f.Format == dmpfile.Full || f.Format == dmpfile.BitmapFull {
			severity, other = report.SeverityInfo, ", and so does the free memory of an idle machine"
		}
		f.note(severity, report.FindingZeroTail, end-tail, "the last %d pages are nothing but zeros: a copy that stopped, into a file that had been made as long before, looks so%s", filled, other)
	}
	if f.Triage == nil {
		f.note(report.SeverityInfo, report.FindingPagesRead, first, "%d pages were read, %d of them nothing but zeros", of, zeros)
	}
}

var zeroPage [dmpfile.PageSize]byte

func allZero(b []byte) bool { return bytes.Equal(b, zeroPage[:len(b)]) }
