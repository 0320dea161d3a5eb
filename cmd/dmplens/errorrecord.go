package main

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"unicode"

	"github.com/dmplens/dmplens/dmpfile/whea"
	"github.com/dmplens/dmplens/report/analyze"
	"github.com/dmplens/dmplens/report/page"
	"github.com/dmplens/dmplens/report/record"
	"github.com/dmplens/dmplens/report/text"
)

// explainRecord says what the record of a hardware error in a file holds.
func (c *command) explainRecord(a *analyze.Analyzer, name string, asJSON bool, style text.Style) (int, error) {
	in, title := io.Reader(c.stdin), "standard input"
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return exitUnusable, notFound(name, err)
		}
		defer f.Close()
		in, title = f, name
	}
	const enough = 4 << 20 // the text of a record has some thousand bytes
	data, err := io.ReadAll(io.LimitReader(in, enough))
	if err != nil {
		return exitUnusable, fmt.Errorf("%s: %w", title, err)
	}
	e := a.ExplainRecord(title, errorRecordBytes(data))
	result := exitOK
	if e.Error != nil || e.Record.Stopped != "" {
		result = exitFinding
	}
	if asJSON {
		return result, record.JSON(c.stdout, e)
	}
	return result, text.Write(c.stdout, page.ErrorRecord(e), style)
}

// errorRecordBytes are the bytes of a record: those of the file, or those that its hexadecimal text says, with spaces, 0x and a name such as RawData before
// them, as event logs and their viewers write it.
func errorRecordBytes(data []byte) []byte {
	if whea.IsRecord(data) {
		return data
	}
	plain := []byte(decodeText(data))
	const begins = "43504552" // CPER
	digits := make([]byte, 0, len(plain))
	for _, b := range plain {
		if !unicode.IsSpace(rune(b)) && b != '-' && b != ':' && b != ',' {
			digits = append(digits, b)
		}
	}
	i := bytes.Index(digits, []byte(begins))
	if i < 0 {
		return data
	}
	digits = digits[i:]
	n := 0
	for n < len(digits) && bytes.IndexByte([]byte("0123456789abcdefABCDEF"), digits[n]) >= 0 {
		n++
	}
	b := make([]byte, n/2)
	if _, err := hex.Decode(b, digits[:n&^1]); err != nil || !whea.IsRecord(b) {
		return data
	}
	return b
}
