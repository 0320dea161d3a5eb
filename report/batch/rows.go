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

// eachLine calls visit for each line that is finished, with its number from 0, until it returns false. It returns where they end, and what
// follows. Of a line that is too long for a row there is nothing.
func eachLine(r io.Reader, visit func(n int64, line []byte) bool) (end int64, rest []byte, err error) {
	in := bufio.NewReaderSize(r, 1<<18)
	var line []byte // what of it the reader has no room for
	tooLong := false
	read := int64(0)
	for n := int64(0); ; {
		part, err := in.ReadSlice('\n')
		read += int64(len(part))
		if err != nil || len(line) > 0 || tooLong {
			if len(line)+len(part) > maxLine {
				tooLong, line = true, line[:0]
			}
			line = append(line, part...)
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

// Rows reads the rows of a scan: for each line a row, or an error where it is none, behind which reading can go on. A last line that is
// not finished counts if it is a row: else a scan that was ended has left it.
func Rows(r io.Reader) iter.Seq2[*report.Report, error] { return eachRow(r, parseRow) }

func eachRow(r io.Reader, parse func(line []byte) (*report.Report, error)) iter.Seq2[*report.Report, error] {
	return func(yield func(*report.Report, error) bool) {
		var n int64
		more := true
		row := func(line []byte) bool {
			n++
			row, err := parse(line)
			if err != nil {
				row, err = nil, fmt.Errorf("line %d is no row of a scan: %w", n, err)
			}
			more = yield(row, err)
			return more
		}
		_, last, err := eachLine(r, func(_ int64, line []byte) bool { return row(line) })
		switch {
		case !more:
		case err != nil:
			yield(nil, err)
		case isWhole(last):
			row(last)
		}
	}
}

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
		return fmt.Errorf("it is of schema %q, which this version of dmplens does not know", row.SchemaVersion)
	}
	return nil
}

// isWhole says whether a line that does not end is a row all the same.
func isWhole(line []byte) bool {
	_, err := parseRow(line)
	return err == nil
}
