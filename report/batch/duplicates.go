package batch

import (
	"github.com/dmplens/dmplens/report"
)

// How files with the same content are found, as Scan.Duplicates says it.
const (
	DuplicatesBySamples = "samples" // by size, header and samples of the content: no file is read whole
	DuplicatesExact     = "exact"   // where samples are equal both files are read whole
	DuplicatesOff       = "off"
)

// duplicates finds files with the same content by what their rows say, in the order in which they are written.
type duplicates struct {
	seen  *Seen        // of earlier scans, which is not changed here
	exact *exactHashes // nil where samples are enough
	first firsts
	now   map[key]key // the content of files that were looked at again
}

// contentKey stands for the content of a file by the samples in its row. Rows that were read again from JSON have the same keys as before.
// Other rows have none.
func contentKey(r *report.Report) (key, bool) {
	if r.File.Samples == "" {
		return 0, false
	}
	return keyOf(r.File.Samples, ""), true
}

// mark names the earlier file in the row of a later one with the same content, and says whether there is one.
func (d *duplicates) mark(row *report.Report, name string) bool {
	if row.File.Member != "" {
		return false
	}
	k, ok := contentKey(row)
	if d.seen.knows(name) {
		if d.now == nil {
			d.now = map[key]key{}
		}
		d.now[keyOf(report.ValidUTF8(name), "")] = k // what had its old content is no duplicate of it
	}
	if !ok {
		return false
	}
	first, by := d.earlier(k, name), DuplicatesBySamples
	if first == "" || first == name { // the same name is looked at again
		return false
	}
	if d.exact != nil {
		if equal, known := d.exact.equal(first, name); known {
			by = DuplicatesExact
			if !equal {
				k, _ = d.exact.contentKey(name)
				if first = d.earlier(k, name); first == "" || first == name {
					return false
				}
			}
		}
	}
	row.File.DuplicateOf, row.File.DuplicateBy = report.ValidUTF8(first), by
	return true
}

// earlier returns the first file with a content, none where there was none: then this one is it.
func (d *duplicates) earlier(k key, name string) string {
	if first, ok := d.seen.firstOf(k); ok && d.has(first, k) {
		return first
	}
	first, ok := d.first.add(k, name)
	switch {
	case !ok:
		return ""
	case !d.has(first, k):
		d.first.set(k, name)
		return ""
	}
	return first
}

// has says whether a file still has the content that it had.
func (d *duplicates) has(name string, k key) bool {
	now, ok := d.now[keyOf(report.ValidUTF8(name), "")]
	return !ok || now == k
}
