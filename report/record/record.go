// Package record writes reports for programs.
package record

import (
	"bytes"
	"encoding/json"
	"io"
	"unicode"
	"unicode/utf8"
)

// JSON writes a report, or another record of package report, as an indented object.
func JSON(w io.Writer, record any) error { return encode(w, record, "  ") }

func encode(w io.Writer, record any, indent string) error {
	b, err := marshal(record, indent)
	if err != nil {
		return err
	}
	_, err = w.Write(b)
	return err
}

// marshal makes JSON of a record, and ends it with a line feed.
func marshal(record any, indent string) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetIndent("", indent)
	e.SetEscapeHTML(false)
	if err := e.Encode(record); err != nil {
		return nil, err
	}
	return escape(b.Bytes()), nil
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
	var out []byte
	for _, r := range string(b) {
		if hidden(r) {
			out = appendEscaped(out, r)
		} else {
			out = utf8.AppendRune(out, r)
		}
	}
	return out
}

func hidden(r rune) bool { return r >= 0x7f && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r)) }
