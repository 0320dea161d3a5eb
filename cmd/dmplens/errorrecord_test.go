package main

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"github.com/dmplens/dmplens/dmpfile/dmptest"
)

// TestErrorRecordText has the record as tools write it.
func TestErrorRecordText(t *testing.T) {
	data := dmptest.ErrorRecord{Sections: []dmptest.ErrorSection{dmptest.PCIExpressSection(), dmptest.NMISection()}}.Image().Data()
	// Text beside the bytes that looks like bytes itself.
	copy(data[len(data)-20:], "ABCDEF0123 AB CD EF ")
	data = data[:len(data)-5]
	each := func(format, between string) string {
		list := make([]string, len(data))
		for i, b := range data {
			list[i] = fmt.Sprintf(format, b)
		}
		return strings.Join(list, between)
	}
	// columns writes lines of 16 bytes. A line is an offset, the bytes in groups, and the text in a column.
	columns := func(offset func(int) string, group int, gap, before string) string {
		var s strings.Builder
		for i := 0; i < len(data); i += 16 {
			line := ""
			for n, b := range data[i:min(i+16, len(data))] {
				if n > 0 && n%group == 0 {
					line += " "
				}
				if n == 8 {
					line += gap
				}
				line += fmt.Sprintf("%02x", b)
			}
			text := strings.Map(func(r rune) rune {
				if r < ' ' || r > '~' {
					return '.'
				}
				return r
			}, string(data[i:min(i+16, len(data))]))
			fmt.Fprintf(&s, "%s%-*s%s%s\r\n", offset(i), 32+16/group+len(gap), line, before, text)
		}
		return s.String()
	}
	hexOffset := func(i int) string { return fmt.Sprintf("%08x: ", i) }
	var octal strings.Builder
	for i := 0; i < len(data); i += 16 {
		fmt.Fprintf(&octal, "%07o % x\n", i, data[i:min(i+16, len(data))])
	}
	fmt.Fprintf(&octal, "%07o\n", len(data))
	for name, text := range map[string]string{
		"0x each":         each("0x%02x", " "),
		"0X each, commas": "byte[] b = { " + each("0X%02X", ", ") + " };",
		"0x, one digit":   each("0x%x", ","),
		"0x at the front": "0x" + each("%02x", ""),
		"backslashes":     `"` + each(`\x%02x`, "") + `"`,
		"colons":          each("%02x", ":"),
		"dashes":          each("%02X", "-"),
		"plain":           "RawData: " + each("%02x", ""),
		"XML":             `<Data Name="RawData">` + each("%02X", "") + "</Data>",
		"xxd":             columns(hexOffset, 2, "", " "),
		"hexdump -C":      hex.Dump(data),
		"certutil":        columns(func(i int) string { return fmt.Sprintf("    %04x  ", i) }, 1, " ", "   "),
		"WinDbg":          columns(func(i int) string { return fmt.Sprintf("ffffe603`%08x  ", 0x99990000+i) }, 1, "", " "),
		"Event Viewer":    "In Words\n\n0000: 52455043 FFFF0210 0002FFFF\n\nIn Bytes\n\n" + columns(func(i int) string { return fmt.Sprintf("%04X: ", i) }, 1, "", "  "),
		"od":              octal.String(),
	} {
		list := errorRecordBytes([]byte(text))
		if len(list) != 1 || !bytes.Equal(list[0], data) {
			t.Errorf("%s: %d records, %x\nof\n%s", name, len(list), list, text)
		}
		if list := errorRecordBytes([]byte(text + "\nnext\n" + text)); len(list) != 2 || !bytes.Equal(list[1], data) {
			t.Errorf("%s, twice: %d records", name, len(list))
		}
	}
	// Lines that are the same as the one before are a star.
	same := append(bytes.Clone(data[:96]), make([]byte, 64)...)
	dump := strings.SplitAfter(hex.Dump(same), "\n")
	starred := strings.Join(dump[:7], "") + "*\n000000a0\n"
	if list := errorRecordBytes([]byte(starred)); len(list) != 1 || !bytes.Equal(list[0], same) {
		t.Errorf("with a star: %x\nof\n%s", list, starred)
	}
	// Where a line is missing the bytes end.
	gap := strings.Join(append(dump[:2:2], dump[3:]...), "")
	if list := errorRecordBytes([]byte(gap)); len(list) != 1 || !bytes.Equal(list[0], same[:32]) {
		t.Errorf("without its third line: %x", list)
	}
	// What is no record, or cannot be told, is left as it is.
	for _, text := range []string{"52455043 FFFF0210 0002FFFF", "", "43504552", "0000: 43504552\n0004: 00000000\n"} {
		if list := errorRecordBytes([]byte(text)); len(list) != 1 || string(list[0]) != text {
			t.Errorf("%s: %x", text, list)
		}
	}
}

// TestErrorRecordStars: a few bytes of text do not become more than is read of a file.
func TestErrorRecordStars(t *testing.T) {
	total := 0
	for _, b := range errorRecordBytes([]byte(strings.Repeat("0000: 43 50 45 52 00 00 FF FF FF FF\n000a: 00 00 00 00 00 00 00 00 00 00\n*\n003ffff0\nnext\n", 100))) {
		total += len(b)
	}
	if total < 1<<20 || total > maxRecordFile+100*10 {
		t.Errorf("%d bytes", total)
	}
}

func FuzzErrorRecordText(f *testing.F) {
	data := dmptest.ErrorRecord{Sections: []dmptest.ErrorSection{dmptest.NMISection()}}.Image().Data()
	for _, s := range []string{hex.Dump(data), hex.EncodeToString(data), "0000: 43504552\n*\nffffffff\n", "0000: 43 50 45 52 00 00 FF FF FF FF\n000a: 00 00 00 00 00 00 00 00 00 00\n*\n0000ffff\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		total := 0
		for _, b := range errorRecordBytes(text) {
			total += len(b)
		}
		if total > 2*maxRecordFile+len(text) {
			t.Fatalf("%d bytes of %d", total, len(text))
		}
	})
}
