// Package record writes what package report holds for other programs: reports, groups and their changes, each as an object (JSON, JSON
// Lines) or as a row of columns (CSV, Markdown). It knows neither what stands in them nor files or terminals, and of ours imports package report
// alone. JSON is that of encoding/json, written by a library that takes a third of the time. A new column is an entry in one of the lists of package report, and every format has it; a new format is a file here, with a type
// like CSV that is generic over what its rows are.
package record

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"unicode"
	"unicode/utf16"

	"github.com/goccy/go-json"

	"github.com/dmplens/dmplens/report"
)

// JSON writes a report, or another record of package report, as an indented object.
func JSON(w io.Writer, record any) error { return write(w, record, "  ") }

// JSONL writes a record as an object on one line.
func JSONL(w io.Writer, record any) error { return write(w, record, "") }

func write(w io.Writer, record any, indent string) error {
	b, err := appendJSON(nil, record, indent)
	if err != nil {
		return err
	}
	_, err = w.Write(b)
	return err
}

// AppendJSONL appends a report as an object on one line, or nothing where there is an error.
func AppendJSONL(b []byte, r *report.Report) ([]byte, error) { return appendJSON(b, r, "") }

// appendJSON appends JSON of a record, and a line feed.
func appendJSON(b []byte, record any, indent string) ([]byte, error) {
	out := bytes.NewBuffer(b)
	e := json.NewEncoder(out)
	e.SetIndent("", indent)
	e.SetEscapeHTML(false)
	if err := e.Encode(record); err != nil {
		return b, err
	}
	made := out.Bytes()
	if indent != "" {
		made = joinNumbers(made, len(b))
	}
	return escape(made, len(b)), nil
}

// escape writes control and format characters beyond ASCII as \uXXXX, from an offset on: the values are the same, and a terminal that
// shows the record does not obey them. They stand in strings only, where those of ASCII are escaped already.
func escape(b []byte, from int) []byte {
	from += indexBeyond(b[from:])
	if !bytes.ContainsFunc(b[from:], hidden) {
		return b
	}
	rest := string(b[from:])
	b = b[:from]
	for _, r := range rest {
		if !hidden(r) {
			b = append(b, string(r)...)
			continue
		}
		for _, unit := range utf16.AppendRune(nil, r) {
			b = fmt.Appendf(b, `\u%04x`, unit)
		}
	}
	return b
}

// indexBeyond returns where the first byte of 0x7f and more is, or the length. Rows have some two thousand bytes and seldom such a one.
func indexBeyond(b []byte) int {
	const high, ones = 0x8080808080808080, 0x0101010101010101
	rest := b
	for len(rest) >= 8 {
		v := binary.LittleEndian.Uint64(rest)
		if (v|(v+ones))&high != 0 { // 1 more than 0x7f has the high bit set
			break
		}
		rest = rest[8:]
	}
	for len(rest) > 0 && rest[0] < 0x7f {
		rest = rest[1:]
	}
	return len(b) - len(rest)
}

func hidden(r rune) bool { return r >= 0x7f && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r)) }

// Rows writes records as objects, each on one line.
type Rows[T any] struct {
	w io.Writer
	b []byte // the last row, whose room is used again
}

// NewRows returns what writes the rows; there is no head.
func NewRows[T any](w io.Writer) *Rows[T] { return &Rows[T]{w: w} }

// Write writes a record, at once.
func (w *Rows[T]) Write(v T) error {
	b, err := appendJSON(w.b[:0], v, "")
	if err != nil {
		return err
	}
	w.b = b
	_, err = w.w.Write(b)
	return err
}
