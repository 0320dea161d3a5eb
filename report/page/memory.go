package page

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"github.com/dmplens/dmplens/report"
)

// Memory is bytes with their addresses, and as text, 16 on a line. The address and the data have to be hexadecimal digits.
func Memory(m *report.Memory) (*Page, error) {
	data, err := hex.DecodeString(m.Data)
	if err != nil {
		return nil, err
	}
	address, err := strconv.ParseUint(strings.TrimPrefix(m.Address, "0x"), 16, 64)
	if err != nil {
		return nil, err
	}
	bits := 4 * (len(m.Address) - len("0x")) // it has all digits of a pointer
	var lines Lines
	for off := 0; off < len(data); off += 16 {
		line := data[off:min(off+16, len(data))]
		var digits, chars strings.Builder
		for i, b := range line {
			if i == 8 {
				digits.WriteByte(' ')
			}
			fmt.Fprintf(&digits, " %02x", b)
			if ' ' <= b && b <= '~' {
				chars.WriteByte(b)
			} else {
				chars.WriteByte('.')
			}
		}
		lines = append(lines, fmt.Sprintf("%s  %-49s  %s", report.Pointer(address+uint64(off), bits), digits.String(), chars.String()))
	}
	if m.Missing != "" {
		lines = append(lines, report.Pointer(address+uint64(len(data)), bits)+"  "+m.Missing)
	}
	p := &Page{}
	if len(lines) > 0 {
		p.add(Section{lines})
	}
	return p, nil
}
