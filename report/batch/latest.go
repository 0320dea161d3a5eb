package batch

import (
	"io"

	"github.com/dmplens/dmplens/report"
)

// Latest tells which row of a file is the last one: a file that changed, or was looked at again, has more than one. Of an archive that
// changed, the members of before are gone. Lines are counted from 1 over all that is added, as Rows yields them.
type Latest struct {
	last     map[key]int64
	archives map[key]int64 // when an archive was changed, by the last row of it or of a member
	n        int64
	cursor   cursor
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
	if isWhole(last) {
		l.add(last)
	}
	return err
}

func (l *Latest) add(line []byte) {
	l.n++
	r, ok := l.head(line)
	if !ok || r.File.Path == "" || !knownSchema(r.SchemaVersion) {
		return
	}
	file, archive := keyOf(r.File.Path, r.File.Member), keyOf(r.File.Path, "")
	_, again := l.last[file]
	_, was := l.archives[archive]
	inArchive := was || r.File.Member != "" || isArchive(r.Dump)
	if (again || inArchive) && !l.cursor.isValid(line) {
		return // it would be complained of later, and must not take the place of a row
	}
	l.last[file] = l.n
	if inArchive && r.File.Modified != nil {
		l.archives[archive] = r.File.Modified.UnixNano() // what took the place of an archive has no members
	}
}

// head reads the beginning of a row, up to what the file is: scans write it first.
func (l *Latest) head(line []byte) (r report.Report, ok bool) {
	c := &l.cursor
	c.reset(line)
	c.members(func(name []byte) bool {
		switch string(name) {
		case "schema_version":
			readText(c, &r.SchemaVersion)
		case "file":
			c.file(&r.File)
		case "dump":
			r.Dump = new(report.Dump)
			known := r.SchemaVersion != "" && r.File.Path != ""
			c.members(func(name []byte) bool {
				switch string(name) {
				case "format":
					readText(c, &r.Dump.Format)
					return !known || r.Dump.Format == report.FormatNotADump // of which there is more to know
				case "what":
					readText(c, &r.Dump.What)
				}
				return true
			})
			return !known
		}
		return true
	})
	return r, c.err == nil
}

// Is says whether the row of line n, which is r, is the last one of its file.
func (l *Latest) Is(n int64, r *report.Report) bool {
	if r.File.Member != "" && r.File.Modified != nil {
		if at, ok := l.archives[keyOf(r.File.Path, "")]; ok && at != r.File.Modified.UnixNano() {
			return false
		}
	}
	last, ok := l.last[keyOf(r.File.Path, r.File.Member)]
	return !ok || last == n // a row whose path stands behind the rest is none of a scan's, and not left out
}
