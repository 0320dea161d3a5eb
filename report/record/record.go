// Package record writes reports for programs.
package record

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"unicode"
	"unicode/utf16"

	"github.com/dmplens/dmplens/report"
)

// JSON writes a report, or another record of package report, as an indented object.
func JSON(w io.Writer, record any) error { return encode(w, record, "  ") }

// JSONL writes a report as an object on one line.
func JSONL(w io.Writer, r *report.Report) error { return encode(w, r, "") }

func encode(w io.Writer, record any, indent string) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetIndent("", indent)
	e.SetEscapeHTML(false)
	if err := e.Encode(record); err != nil {
		return err
	}
	_, err := w.Write(escape(b.Bytes()))
	return err
}

// escape writes control and format characters beyond ASCII as \uXXXX: the values are the same, and a terminal that shows the record
// does not obey them. They stand in strings only, where encoding/json has escaped those of ASCII.
func escape(b []byte) []byte {
	ascii := true
	for _, c := range b {
		if c >= 0x7f {
			ascii = false
			break
		}
	}
	if ascii || !bytes.ContainsFunc(b, hidden) {
		return b
	}
	var out bytes.Buffer
	for _, r := range string(b) {
		switch {
		case !hidden(r):
			out.WriteRune(r)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&out, `\u%04x\u%04x`, high, low)
		default:
			fmt.Fprintf(&out, `\u%04x`, r)
		}
	}
	return out.Bytes()
}

func hidden(r rune) bool { return r >= 0x7f && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r)) }
