package analyze

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/report"
)

// zeroRun is a run of pages, or of blocks of triage data of that size, that are nothing but zeros.
type zeroRun struct{ off, pages int64 }

// longestRuns is how many runs of zeros a finding names.
const longestRuns = 4

// readPages reads all of the file once. It finds what cannot be read and which pages are zeros, and takes the file's SHA-256. look, if it is not nil,
// sees all bytes that can be read.
func (f *facts) readPages(progress func(done, of uint64), look func(off int64, b []byte)) {
	if f.OnlyHead() {
		return
	}
	const block = 256 << 10
	first, end := int64(0), f.Size()
	if f.Regions.Known {
		first, end = f.Regions.Header, f.Regions.PrimaryEnd()
	}
	of := uint64(end-first) / dmpfile.PageSize
	if progress == nil {
		progress = func(uint64, uint64) {}
	}
	defer progress(of, of)
	hash := sha256.New()
	var zeros int64
	var runs []zeroRun // the longest ones, and the last one
	buf := make([]byte, block)
	for off := int64(0); off < f.Size(); {
		next := f.Size() // blocks begin where pages do
		switch {
		case off < first:
			next = first
		case off < end:
			next = end
		}
		part := buf[:min(block, next-off)]
		n, err := f.ReadAt(part, off)
		if err != nil && !(errors.Is(err, io.EOF) && n == len(part)) {
			f.note(report.SeverityError, report.FindingReadError, off+int64(n), "the file cannot be read from here on: %v", err)
			return
		}
		hash.Write(part)
		if look != nil {
			look(off, part)
		}
		if off >= first && off < end {
			for at := 0; at < len(part); at += dmpfile.PageSize {
				if allZero(part[at:min(at+dmpfile.PageSize, len(part))]) {
					zeros++
					runs = appendZero(runs, off+int64(at))
				}
			}
			progress(uint64(off+int64(len(part))-first)/dmpfile.PageSize, of)
		}
		off += int64(len(part))
	}
	f.hash = hex.EncodeToString(hash.Sum(nil))
	if f.Triage != nil || !f.Regions.Known {
		return
	}
	f.note(report.SeverityInfo, report.FindingPagesRead, first, "%d pages were read, %d of them nothing but zeros%s", of, zeros, describeRuns(runs))
}

// appendZero adds the page at off, and drops the shortest run where there are too many.
func appendZero(runs []zeroRun, off int64) []zeroRun {
	last := len(runs) - 1
	if last >= 0 && runs[last].off+runs[last].pages*dmpfile.PageSize == off {
		runs[last].pages++
		return runs
	}
	if len(runs) > longestRuns {
		least := 0
		for i, r := range runs {
			if r.pages < runs[least].pages {
				least = i
			}
		}
		runs = slices.Delete(runs, least, least+1)
	}
	return append(runs, zeroRun{off, 1})
}

// describeRuns names the longest runs of zeros, in file order.
func describeRuns(runs []zeroRun) string {
	var list []string
	for _, r := range runs {
		if r.pages > 1 && len(list) < longestRuns {
			list = append(list, fmt.Sprintf("%d at offset %#x", r.pages, r.off))
		}
	}
	if list == nil {
		return ""
	}
	return "; the longest runs: " + strings.Join(list, ", ")
}

var zeroPage [dmpfile.PageSize]byte

// allZero says whether b is nothing but zeros.
func allZero(b []byte) bool {
	for len(b) > len(zeroPage) {
		if !bytes.Equal(b[:len(zeroPage)], zeroPage[:]) {
			return false
		}
		b = b[len(zeroPage):]
	}
	return bytes.Equal(b, zeroPage[:len(b)])
}
