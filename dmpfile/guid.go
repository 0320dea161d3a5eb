package dmpfile

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"
)

// GUID is a globally unique identifier in the order of its bytes in a file: the first three groups little-endian.
type GUID [16]byte

// String returns the usual lower-case form, 8-4-4-4-12 digits without braces.
func (g GUID) String() string {
	le := binary.LittleEndian
	return fmt.Sprintf("%08x-%04x-%04x-%x-%x", le.Uint32(g[0:]), le.Uint16(g[4:]), le.Uint16(g[6:]), g[8:10], g[10:])
}

// ParseGUID reads the form that String writes, in either case, with or without braces.
func ParseGUID(s string) (GUID, error) {
	t := strings.TrimSuffix(strings.TrimPrefix(s, "{"), "}")
	var g GUID
	if len(t) != 36 || t[8] != '-' || t[13] != '-' || t[18] != '-' || t[23] != '-' {
		return g, fmt.Errorf("%q is no GUID", s)
	}
	b, err := hex.DecodeString(strings.ReplaceAll(t, "-", ""))
	if err != nil || len(b) != len(g) {
		return g, fmt.Errorf("%q is no GUID", s)
	}
	copy(g[:], b)
	for _, r := range [][2]int{{0, 3}, {1, 2}, {4, 5}, {6, 7}} {
		g[r[0]], g[r[1]] = g[r[1]], g[r[0]]
	}
	return g, nil
}
