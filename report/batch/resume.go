package batch

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"hash/maphash"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/dmplens/dmplens/report"
)

// key stands for a path, a member, and where rows are compared with files a size and a time of change. Keys of this process only are
// compared with one another. That two of a million are equal by chance is less likely than one in thirty million.
type key uint64

var seed = maphash.MakeSeed()

func keyOf(path, member string, numbers ...int64) key {
	var h maphash.Hash
	h.SetSeed(seed)
	h.WriteString(path)
	h.WriteByte(0)
	h.WriteString(member)
	for _, n := range numbers {
		var b [8]byte
		binary.LittleEndian.PutUint64(b[:], uint64(n))
		h.Write(b[:])
	}
	return key(h.Sum64())
}

// Seen knows the files that have rows.
type Seen struct {
	rows  map[key]key // of each file or member what its last row says: which state of the file it is of, or why there is none
	first firsts      // files that later ones are compared with
	now   map[key]key // the content of those that have more than one row
	key   sampleKey   // that of their samples
	keyed bool        // there is one
}

// noState is that of a file that has to be looked at again, whatever its last row says.
const noState = key(0)

// stateOf stands for a state of a file. failureOf stands for why it cannot be read.
func stateOf(size int64, modified time.Time) key { return keyOf("", "", size, modified.UnixNano()) }
func failureOf(err *report.Error) key            { return keyOf("", err.Message) }

// has says whether there is a row for a file that has not changed since. Of the file it takes the path as it is, or as its row has it.
func (s *Seen) has(path, member string, size int64, modified time.Time) bool {
	if s == nil {
		return false
	}
	return s.rows[keyOf(report.ValidUTF8(path), report.ValidUTF8(member))] == stateOf(size, modified)
}

// hasFailure says whether there is a row that says the same of a file that cannot be read.
func (s *Seen) hasFailure(row *report.Report) bool {
	if s == nil {
		return false
	}
	return s.rows[keyOf(row.File.Path, "")] == failureOf(row.Error)
}

// knows says whether a file has a row of any kind.
func (s *Seen) knows(path string) bool {
	if s == nil {
		return false
	}
	_, ok := s.rows[keyOf(report.ValidUTF8(path), "")]
	return ok
}

// firstOf returns the first file with a content, unless it was changed since.
func (s *Seen) firstOf(k key) (name string, ok bool) {
	if s == nil {
		return "", false
	}
	if name, ok = s.first.get(k); !ok {
		return "", false
	}
	if now, again := s.now[keyOf(name, "")]; again && now != k {
		return "", false
	}
	return name, true
}

// remember notes the content that a row is of. A file can have had another row before.
func (s *Seen) remember(file *report.File, again bool) {
	k, ok := contentKey(&report.Report{File: *file})
	if again {
		if s.now == nil {
			s.now = map[key]key{}
		}
		s.now[keyOf(file.Path, "")] = k
	}
	if !ok {
		return
	}
	if sample, ok := keyOfSamples(file.Samples); ok {
		s.key, s.keyed = sample, true
	}
	if _, ok := s.firstOf(k); !ok {
		s.first.set(k, file.Path)
	}
}

// Len is how many files and members have rows, of any kind.
func (s *Seen) Len() int {
	if s == nil {
		return 0
	}
	return len(s.rows)
}

// head is what resuming needs of a row.
type head struct {
	SchemaVersion string           `json:"schema_version"`
	Depth         string           `json:"depth"`
	File          report.File      `json:"file"`
	Error         *report.Error    `json:"error"`
	Dump          *report.Dump     `json:"dump"`
	Findings      []report.Finding `json:"findings"`
}

// isRow says whether a line was one.
func (h *head) isRow() bool { return h.SchemaVersion != "" && h.File.Path != "" }

// counts says whether the row of a file of the given depth is all that such a scan would write. The members of an archive have the
// depth that it allowed; it is theirs only if that is said.
func (h *head) counts(depth report.Depth) bool {
	if !sameSchema(h.SchemaVersion) {
		return false
	}
	if h.File.Member == "" || h.Depth == string(depth) || h.Depth == "" {
		return h.Depth == string(depth) || h.File.Member != ""
	}
	return slices.ContainsFunc(h.Findings, func(f report.Finding) bool {
		return f.ID == report.FindingArchiveHead || f.ID == report.FindingArchiveBomb
	})
}

// isArchive says whether the row is that of an archive, which stands for the rows of all of its members.
func (h *head) isArchive() bool {
	return h.File.Member == "" && isArchive(h.Dump)
}

// errLocked is why a file of rows cannot be gone on with.
var errLocked = errors.New("another scan is writing to it")

// NewRows makes a new file for rows, and takes it for this process.
func NewRows(name string) (*os.File, error) {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return nil, err
	}
	return f, lockRows(f)
}

func lockRows(f *os.File) error {
	err := lock(f)
	if err == nil {
		return nil
	}
	f.Close()
	return &os.PathError{Op: "resume", Path: f.Name(), Err: err}
}

// OpenRows opens the file in which a scan of the given depth left its rows, to append more, and tells which files have rows of that depth.
// It makes the file where there is none, and takes it for this process: two scans at a time would spoil it. A last line that a killed run
// left unfinished is cut off; rows of another depth or schema are not counted, nor are lines that are no rows. A file that holds something
// else than rows is an error, and stays as it is.
func OpenRows(name string, depth report.Depth) (*os.File, *Seen, error) {
	if info, err := os.Stat(name); err == nil && !info.Mode().IsRegular() {
		return nil, nil, &os.PathError{Op: "resume", Path: name, Err: errNotRegular}
	}
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o666)
	if err != nil {
		return nil, nil, err
	}
	if err := lockRows(f); err != nil {
		return nil, nil, err
	}
	seen := &Seen{rows: map[key]key{}}
	var archives []key
	good, bad := 0, 0
	end, _, err := eachLine(f, func(_ int64, line []byte) bool {
		var h head
		if json.Unmarshal(line, &h) != nil || !h.isRow() {
			bad++
			return true
		}
		good++
		k, state := keyOf(h.File.Path, h.File.Member), noState
		size, modified, ok := identity(h.File)
		switch {
		case !h.counts(depth):
		case h.Error != nil && h.Dump == nil && h.File.Member == "":
			state = failureOf(h.Error)
		case ok:
			state = stateOf(size, modified)
			if h.isArchive() {
				archives = append(archives, k)
			}
		}
		if h.File.Member == "" {
			_, again := seen.rows[k]
			seen.remember(&h.File, again)
		}
		seen.rows[k] = state
		return true
	})
	if err == nil && good == 0 {
		err = onlyBegun(f, end)
	}
	if err == nil {
		err = f.Truncate(end)
	}
	if err != nil {
		f.Close()
		return nil, nil, err
	}
	if bad > 0 { // rows of members can have been lost
		for _, k := range archives {
			seen.rows[k] = noState
		}
	}
	return f, seen, nil
}

// onlyBegun says that a file without rows has nothing, or the beginning of one: else it is somebody's.
func onlyBegun(f *os.File, end int64) error {
	const begin = `{"schema_version"`
	b := make([]byte, len(begin))
	n, err := f.ReadAt(b, 0)
	if err != nil && err != io.EOF {
		return err
	}
	if end > 0 || !strings.HasPrefix(begin, string(b[:n])) {
		return &os.PathError{Op: "resume", Path: f.Name(), Err: errors.New("it has no rows of a scan, and is left as it is")}
	}
	return nil
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
