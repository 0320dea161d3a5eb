package batch

import (
	"encoding/json"
	"io"

	"github.com/dmplens/dmplens/report"
)

// Latest tells which row of a file is the last one: a file that changed, or was looked at again, has more than one. Of an archive that
// changed, the members of before are gone. Lines are counted from 1 over all that is added, as Rows yields them.
type Latest struct {
	last     map[key]int64
	archives map[key]int64 // when an archive was changed, by the last row of it or of a member
	n        int64
}

// Add reads rows.
func (l *Latest) Add(r io.Reader) error {
	if l.last == nil {
		l.last, l.archives = map[key]int64{}, map[key]int64{}
	}
	_, last, err := eachLine(r, func(_ int64, line []byte) bool {
		l.add(line)
		return true
	})
	if isRow(last) {
		l.add(last)
	}
	return err
}

func (l *Latest) add(line []byte) {
	l.n++
	var h head
	if json.Unmarshal(line, &h) != nil || h.File.Path == "" || !knownSchema(h.SchemaVersion) {
		return
	}
	l.last[keyOf(h.File.Path, h.File.Member)] = l.n
	archive := keyOf(h.File.Path, "")
	if _, was := l.archives[archive]; (was || h.File.Member != "" || h.isArchive()) && h.File.Modified != nil {
		l.archives[archive] = h.File.Modified.UnixNano() // what took the place of an archive has no members
	}
}

// Is says whether the row of line n, which is r, is the last one of its file.
func (l *Latest) Is(n int64, r *report.Report) bool {
	if r.File.Member != "" && r.File.Modified != nil {
		if at, ok := l.archives[keyOf(r.File.Path, "")]; ok && at != r.File.Modified.UnixNano() {
			return false
		}
	}
	return l.last[keyOf(r.File.Path, r.File.Member)] == n
}
