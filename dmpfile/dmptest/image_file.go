package dmptest

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
)

// ReadImages returns the images in a symbol store, whose files are at NAME/ID/NAME, by their names. PDBs are left out.
func ReadImages(store string) (map[string][]byte, error) {
	paths, err := filepath.Glob(filepath.Join(store, "*", "*", "*"))
	if err != nil {
		return nil, err
	}
	images := map[string][]byte{}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		if bytes.HasPrefix(data, []byte("MZ")) {
			images[filepath.Base(path)] = data
		}
	}
	if len(images) == 0 {
		return nil, fmt.Errorf("dmptest: no images in %s", store)
	}
	return images, nil
}

// MapImage returns the image of a PE32+ file as Windows maps it at base. Nothing is relocated, and no imports are bound.
func MapImage(file []byte, base uint64) []byte {
	le := binary.LittleEndian
	header := int(le.Uint32(file[0x3C:]))
	m := Load(file[:le.Uint32(file[header+0x54:])])
	m.PutU64(header+0x30, base)
	m.Grow(int(le.Uint32(file[header+0x50:])))
	eachSection(file, func(_ string, rva, size, off, raw uint32) {
		m.PutBytes(int(rva), file[off:off+min(size, raw)])
	})
	return m.Data()
}

// eachSection visits the sections of a PE32+ image, in a file or in memory.
func eachSection(image []byte, visit func(name string, rva, size, off, raw uint32)) {
	le := binary.LittleEndian
	header := int(le.Uint32(image[0x3C:]))
	first := header + 0x18 + int(le.Uint16(image[header+0x14:]))
	for i := range int(le.Uint16(image[header+6:])) {
		s := image[first+0x28*i:][:0x28]
		name, _, _ := bytes.Cut(s[:8], []byte{0})
		visit(string(name), le.Uint32(s[0xC:]), le.Uint32(s[0x8:]), le.Uint32(s[0x14:]), le.Uint32(s[0x10:]))
	}
}

// mappedSection returns the RVA of a section of an image in memory.
func mappedSection(image []byte, section string) (at uint32) {
	eachSection(image, func(name string, rva, _, _, _ uint32) {
		if name == section {
			at = rva
		}
	})
	if at == 0 {
		panic("dmptest: the image has no section " + section)
	}
	return at
}

// mappedFacts returns what lists of modules repeat of the headers of an image in memory.
func mappedFacts(image []byte) (size, timeDateStamp, checkSum uint32) {
	le := binary.LittleEndian
	header := le.Uint32(image[0x3C:])
	return le.Uint32(image[header+0x50:]), le.Uint32(image[header+0x8:]), le.Uint32(image[header+0x58:])
}
