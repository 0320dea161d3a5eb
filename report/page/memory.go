package page

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/dmplens/dmplens/report"
)

// MemoryFormat is how bytes of memory are shown.
type MemoryFormat string

// Formats of memory. Numbers are little-endian.
const (
	MemoryBytes    MemoryFormat = "bytes" // and text
	MemoryWords    MemoryFormat = "words"
	MemoryDwords   MemoryFormat = "dwords"
	MemoryQwords   MemoryFormat = "qwords"
	MemoryPointers MemoryFormat = "pointers" // one on a line, with the module that it points into
	MemoryASCII    MemoryFormat = "ascii"
)

// MemoryFormats are the formats of memory.
var MemoryFormats = []MemoryFormat{MemoryBytes, MemoryWords, MemoryDwords, MemoryQwords, MemoryPointers, MemoryASCII}

// Memory is the memory of a report, each line with its address. The address and the data have to be hexadecimal digits. Pointers are named
// by the modules of the report.
func Memory(r *report.Report, format MemoryFormat) (*Page, error) {
	m := r.Memory
	data, err := hex.DecodeString(m.Data)
	if err != nil {
		return nil, err
	}
	address, err := strconv.ParseUint(strings.TrimPrefix(m.Address, "0x"), 16, 64)
	if err != nil {
		return nil, err
	}
	bits := 4 * (len(m.Address) - len("0x")) // it has all digits of a pointer
	perLine, show := 16, bytesAndText
	switch format {
	case MemoryWords:
		show = numbers(2)
	case MemoryDwords:
		show = numbers(4)
	case MemoryQwords:
		show = numbers(8)
	case MemoryPointers:
		perLine, show = pointerSize(bits), pointers(r, bits)
	case MemoryASCII:
		perLine, show = 64, text
	}
	var lines Lines
	for line := range slices.Chunk(data, perLine) {
		lines = append(lines, report.Pointer(address, bits)+"  "+show(line))
		address += uint64(len(line))
	}
	if m.Missing != "" {
		lines = append(lines, report.Pointer(address, bits)+"  "+m.Missing)
	}
	p := &Page{}
	if len(lines) > 0 {
		p.add(Section{lines})
	}
	return p, nil
}

// pointerSize is the size of a pointer in bytes.
func pointerSize(bits int) int {
	if bits <= 32 {
		return 4
	}
	return 8
}

// bytesAndText shows up to 16 bytes as digits and as text.
func bytesAndText(line []byte) string {
	var digits strings.Builder
	for i, b := range line {
		if i == 8 {
			digits.WriteByte(' ')
		}
		fmt.Fprintf(&digits, " %02x", b)
	}
	return fmt.Sprintf("%-49s  %s", digits.String(), text(line))
}

// text shows bytes as ASCII, with a dot for each that is no character.
func text(line []byte) string {
	chars := make([]byte, len(line))
	for i, b := range line {
		chars[i] = '.'
		if ' ' <= b && b <= '~' {
			chars[i] = b
		}
	}
	return string(chars)
}

// numbers shows bytes as numbers of the given size.
func numbers(size int) func([]byte) string {
	return func(line []byte) string {
		var list []string
		for part := range slices.Chunk(line, size) {
			list = append(list, number(part, size))
		}
		return strings.Join(list, "  ")
	}
}

// number is the digits of a number, or as many bytes as there are of it: those that are not there are unknown, and not zero.
func number(part []byte, size int) string {
	if len(part) < size {
		return fmt.Sprintf("(% x)", part)
	}
	var b [8]byte
	copy(b[:], part)
	return fmt.Sprintf("%0*x", 2*size, binary.LittleEndian.Uint64(b[:]))
}

// pointers shows a pointer, and the module that it points into.
func pointers(r *report.Report, bits int) func([]byte) string {
	images := imagesOf(r)
	return func(line []byte) string {
		if len(line) < pointerSize(bits) {
			return number(line, pointerSize(bits))
		}
		digits := number(line, pointerSize(bits))
		value, err := strconv.ParseUint(digits, 16, 64)
		if err != nil {
			return digits
		}
		for _, x := range images {
			if x.base <= value && value < x.end {
				return fmt.Sprintf("%s  %s+%#x%s", digits, x.name, value-x.base, x.note)
			}
		}
		return digits
	}
}

// image is a module that is or was in memory.
type image struct {
	base, end  uint64
	name, note string
}

// imagesOf returns the loaded modules, then the unloaded ones.
func imagesOf(r *report.Report) (list []image) {
	address := func(s string) uint64 {
		v, _ := strconv.ParseUint(strings.TrimPrefix(s, "0x"), 16, 64) // 0 is no module's
		return v
	}
	for _, m := range r.Modules {
		if base := address(m.Base); base != 0 && m.Name != "" {
			list = append(list, image{base, base + uint64(m.Size), m.Name, ""})
		}
	}
	for _, m := range r.UnloadedModules {
		if base := address(m.Base); base != 0 && m.Name != "" {
			list = append(list, image{base, address(m.End), m.Name, " (unloaded)"})
		}
	}
	return list
}
