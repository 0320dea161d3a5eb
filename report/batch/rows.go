package batch

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/dmplens/dmplens/report"
)

// sameSchema says whether a row was written by the same version of the schema, but for its third number.
func sameSchema(version string) bool {
	minor := func(v string) string { return v[:max(strings.LastIndexByte(v, '.'), 0)] }
	return version != "" && minor(version) == minor(report.SchemaVersion)
}

// knownSchema says whether rows of a version of the schema can be read: fields are added over time, and never renamed.
func knownSchema(version string) bool {
	major := func(v string) string { v, _, _ = strings.Cut(v, "."); return v }
	return major(version) == major(report.SchemaVersion)
}

// maxLine bounds a row: those of a scan have a few kilobytes.
const maxLine = 16 << 20

// ErrCut says that a last line without an end is no row: a scan that was ended leaves such a one, and a copy that stopped.
var ErrCut = errors.New("the last line is cut, or is no row of a scan")

var errTooLong = fmt.Errorf("it is longer than %d MiB", maxLine>>20)

// eachLine calls visit for each line that is finished, with its number from 0, until it returns false. It returns where they end, and what
// follows, or its beginning. Of a line that is too long for a row there is nothing: it is nil.
func eachLine(r io.Reader, visit func(n int64, line []byte) bool) (end int64, rest []byte, err error) {
	in := bufio.NewReaderSize(r, 1<<18)
	var line []byte // what of it the reader has no room for
	tooLong := false
	read := int64(0)
	for n := int64(0); ; {
		part, err := in.ReadSlice('\n')
		read += int64(len(part))
		if err != nil || len(line) > 0 || tooLong {
			if tooLong = tooLong || len(line)+len(part) > maxLine; !tooLong {
				line = append(line, part...)
			}
			part = line
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err == io.EOF: // the line is not finished
			return end, line, nil
		case err != nil:
			return end, nil, err
		}
		end = read
		if tooLong {
			part = nil
		}
		if n == 0 {
			part = bytes.TrimPrefix(part, []byte("\ufeff")) // which Windows likes to put there
		}
		if !visit(n, part) {
			return end, nil, nil
		}
		n++
		line, tooLong = line[:0], false
	}
}

// asWritten are the options that take what encoding/json takes, but for the case of names.
var asWritten = json.JoinOptions(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))

// Rows reads the rows of a scan: for each line a row, or an error where it is none, behind which reading can go on. Lines that are blank are
// skipped. A last line that is not finished counts if it is a row: else the error is ErrCut.
func Rows(r io.Reader) iter.Seq2[*report.Report, error] { return eachRow(r, parseRow) }

func eachRow(r io.Reader, parse func(line []byte) (*report.Report, error)) iter.Seq2[*report.Report, error] {
	return func(yield func(*report.Report, error) bool) {
		more := true
		err := eachEntry(r, func(n int64, line []byte, cut bool) bool {
			row, err := (*report.Report)(nil), errTooLong
			if line != nil {
				row, err = parse(line)
			}
			switch {
			case err != nil && cut:
				row, err = nil, ErrCut
			case err != nil:
				row, err = nil, fmt.Errorf("line %d is no row of a scan: %w", n+1, err)
			}
			more = yield(row, err)
			return more
		})
		if more && err != nil {
			yield(nil, err)
		}
	}
}

// eachEntry calls visit for each line that has something, with its number from 0, until it returns false. The last one need not be finished,
// and then may be cut.
func eachEntry(r io.Reader, visit func(n int64, line []byte, cut bool) bool) error {
	next, more := int64(0), true
	_, last, err := eachLine(r, func(n int64, line []byte) bool {
		next = n + 1
		more = line != nil && isBlank(line) || visit(n, line, false)
		return more
	})
	if err == nil && more && !isBlank(last) {
		visit(next, last, true)
	}
	return err
}

func isBlank(line []byte) bool { return skipSpace(line, 0) == len(line) }

func parseRow(line []byte) (*report.Report, error) {
	row := new(report.Report)
	if err := json.Unmarshal(line, row, asWritten); err != nil {
		return nil, err
	}
	return row, isRow(row)
}

// isRow says why what was read is no row.
func isRow(row *report.Report) error {
	switch {
	case row.File.Path == "":
		return errors.New("it names no file")
	case !knownSchema(row.SchemaVersion):
		return fmt.Errorf("it is of schema %.40q, which this version of dmplens does not know", row.SchemaVersion)
	}
	return nil
}
