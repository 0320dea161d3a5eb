package pe

import (
	"encoding/binary"
	"fmt"
	"strings"
)

// SymbolPath returns where a symbol server or store keeps the PDB, with slashes: name/GUID and age/name. ok is false where the name
// of the PDB is none that a path may contain. Whether every system can have it as a file, symstore's ID.Key says.
func (p PDB) SymbolPath() (path string, ok bool) {
	if p.Signature != 0 {
		return symbolPath(p.Name(), fmt.Sprintf("%08X%x", p.Signature, p.Age))
	}
	le := binary.LittleEndian
	g := p.GUID
	return symbolPath(p.Name(), fmt.Sprintf("%08X%04X%04X%X%x", le.Uint32(g[0:]), le.Uint16(g[4:]), le.Uint16(g[6:]), g[8:], p.Age))
}

// ImageSymbolPath returns where a symbol server or store keeps an image, with slashes: name/time stamp and size/name. Both numbers
// are those of the image's header; the list of loaded modules repeats them. ok is false where the name is none that a path may contain.
// Whether every system can have it as a file, symstore's ID.Key says.
func ImageSymbolPath(name string, timeDateStamp, sizeOfImage uint32) (path string, ok bool) {
	return symbolPath(name, fmt.Sprintf("%08X%x", timeDateStamp, sizeOfImage))
}

// symbolPath puts a path together. Names come from the dump: none may lead out of the store, or name a stream or device on Windows.
func symbolPath(name, key string) (string, bool) {
	if strings.Trim(name, ".") == "" || strings.ContainsAny(name, `\/:*?"<>|`) {
		return "", false
	}
	for _, c := range []byte(name) {
		if c < 0x20 || c == 0x7F {
			return "", false
		}
	}
	return name + "/" + key + "/" + name, true
}
