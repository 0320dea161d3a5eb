package text

import (
	"encoding/hex"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/dmplens/dmplens/report"
)

// Memory writes bytes with their addresses, and as text, 16 on a line.
func Memory(w io.Writer, m *report.Memory, bits int) error {
	data, err := hex.DecodeString(m.Data)
	if err != nil {
		return err
	}
	address, err := strconv.ParseUint(strings.TrimPrefix(m.Address, "0x"), 16, 64)
	if err != nil {
		return err
	}
	p := &page{}
	for off := 0; off < len(data); off += 16 {
		line := data[off:min(off+16, len(data))]
		var digits, chars strings.Builder
		for i := range 16 {
			if i == 8 {
				digits.WriteByte(' ')
			}
			if i >= len(line) {
				digits.WriteString("   ")
				continue
			}
			fmt.Fprintf(&digits, " %02x", line[i])
			if ' ' <= line[i] && line[i] <= '~' {
				chars.WriteByte(line[i])
			} else {
				chars.WriteByte('.')
			}
		}
		fmt.Fprintf(p, "%s  %s  %s\n", report.Pointer(address+uint64(off), bits), digits.String(), chars.String())
	}
	if m.Missing != "" {
		fmt.Fprintf(p, "%s  %s\n", report.Pointer(address+uint64(len(data)), bits), Clean(m.Missing))
	}
	_, err = w.Write(p.Bytes())
	return err
}
