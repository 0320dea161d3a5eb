package batch

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"iter"
	"os"
	"strings"
	"time"

	"github.com/dmplens/dmplens/report"
	"github.com/dmplens/dmplens/report/analyze"
)

// key stands for a path, a member, and where rows are compared with files a size and a time of change.
type key [16]byte

func keyOf(path, member string, numbers ...int64) key {
	h := fnv.New128a()
	h.Write([]byte(path))
	h.Write([]byte{0})
	h.Write([]byte(member))
	for _, n := range numbers {
		h.Write(binary.LittleEndian.AppendUint64(nil, uint64(n)))
	}
	return key(h.Sum(nil))
}

// Seen knows the files that have rows.
type Seen struct {
	rows map[key]struct{}
}

// Has says whether there is a row for a file that has not changed since. Its signature is that of Scan.Skip.
func (s *Seen) Has(path, member string, size int64, modified time.Time) bool {
	_, ok := s.rows[keyOf(report.ValidUTF8(path), report.ValidUTF8(member), size, modified.UnixNano())]
	return ok
}

// Len is how many rows there are.
func (s *Seen) Len() int { return len(s.rows) }

// head is what resuming needs of a row.
type head struct {
	SchemaVersion string `json:"schema_version"`
	Depth         string `json:"depth"`
	File          report.File
}

// OpenRows opens the file in which a scan of the given depth left its rows, to append more, and tells which files have rows of that depth.
// It makes the file where there is none. A last line that a killed run left unfinished is cut off; rows of another depth or schema are not
// counted, nor are lines that are no rows.
func OpenRows(name string, depth analyze.Depth) (*os.File, *Seen, error) {
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o666)
	if err != nil {
		return nil, nil, err
	}
	seen := &Seen{map[key]struct{}{}}
	end, err := eachLine(f, func(_ int64, line []byte) bool {
		var h head
		// Of a member of an archive, the depth is what the archive allowed.
		if json.Unmarshal(line, &h) != nil || !sameSchema(h.SchemaVersion) || h.Depth != string(depth) && h.File.Member == "" {
			return true
		}
		if size, modified, ok := identity(h.File); ok {
			seen.rows[keyOf(h.File.Path, h.File.Member, size, modified.UnixNano())] = struct{}{}
		}
		return true
	})
	if err == nil {
		err = f.Truncate(end)
	}
	if err == nil {
		_, err = f.Seek(end, io.SeekStart)
	}
	if err != nil {
		f.Close()
		return nil, nil, err
	}
	return f, seen, nil
}

// identity is the size and the time of change of a file that has a row. Of some members of archives the size is not known.
func identity(f report.File) (size int64, modified time.Time, ok bool) {
	switch {
	case f.Modified == nil || f.Size == nil && f.Member == "":
		return 0, time.Time{}, false
	case f.Size == nil:
		return -1, *f.Modified, true
	}
	return *f.Size, *f.Modified, true
}

// sameSchema says whether a row was written by the same version of the schema, but for its third number.
func sameSchema(version string) bool {
	minor := func(v string) string { return v[:max(strings.LastIndexByte(v, '.'), 0)] }
	return version != "" && minor(version) == minor(report.SchemaVersion)
}

// maxLine bounds a row: those of a scan have a few kilobytes.
const maxLine = 16 << 20

// eachLine calls visit for each line that is finished, with its number from 0, until it returns false. It returns where they end. Of a
// line that is too long for a row there is nothing.
func eachLine(r io.Reader, visit func(n int64, line []byte) bool) (end int64, err error) {
	in := bufio.NewReaderSize(r, 1<<16)
	var line []byte
	tooLong := false
	read := int64(0)
	for n := int64(0); ; {
		part, err := in.ReadSlice('\n')
		if len(line)+len(part) > maxLine {
			tooLong, line = true, line[:0]
		}
		line = append(line, part...)
		read += int64(len(part))
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err == io.EOF: // the line is not finished
			return end, nil
		case err != nil:
			return end, err
		}
		end = read
		if tooLong {
			line = nil
		}
		if !visit(n, line) {
			return end, nil
		}
		n++
		line, tooLong = line[:0], false
	}
}

// Rows reads the rows of a scan: for each line a row, or an error where it is none, behind which reading can go on. A last line that is
// not finished does not count.
func Rows(r io.Reader) iter.Seq2[*report.Report, error] {
	return func(yield func(*report.Report, error) bool) {
		_, err := eachLine(r, func(n int64, line []byte) bool {
			row := new(report.Report)
			if err := json.Unmarshal(line, row); err != nil {
				return yield(nil, fmt.Errorf("line %d is no row of a scan: %w", n+1, err))
			}
			return yield(row, nil)
		})
		if err != nil {
			yield(nil, err)
		}
	}
}
