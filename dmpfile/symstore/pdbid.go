package symstore

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/pe"
)

// identifyPDB checks the GUID and the ages of a PDB.
func identifyPDB(r io.ReaderAt, size int64, want pe.PDB) error {
	le := binary.LittleEndian
	head := make([]byte, 0x38)
	if n, _ := r.ReadAt(head, 0); n < len(head) || !bytes.HasPrefix(head, []byte("Microsoft C/C++ MSF 7.00\r\n\x1aDS\x00\x00\x00")) {
		return fmt.Errorf("it is no PDB, but %s", describe(r, size))
	}
	bs := int64(le.Uint32(head[0x20:]))
	dirBytes := int64(le.Uint32(head[0x2C:]))
	if bs < 512 || bs > 65536 || dirBytes > size || dirBytes > 1<<26 {
		return errors.New("it is a damaged PDB")
	}
	block := func(n uint32) []byte {
		b := make([]byte, bs)
		got, _ := r.ReadAt(b, int64(n)*bs)
		return b[:got]
	}
	mapBlock := block(le.Uint32(head[0x34:]))
	var dir []byte
	for int64(len(dir)) < dirBytes && len(mapBlock) >= 4 {
		dir = append(dir, block(le.Uint32(mapBlock))...)
		mapBlock = mapBlock[4:]
	}
	u32 := func(off int) uint32 {
		if off < 0 || off+4 > len(dir) {
			return 0
		}
		return le.Uint32(dir[off:])
	}
	streams := int(u32(0))
	first := func(stream, n int) []byte {
		at := 4 + 4*streams
		for i := range stream {
			if s := u32(4 + 4*i); s != 0xFFFFFFFF {
				at += 4 * int((int64(s)+bs-1)/bs)
			}
		}
		if s := u32(4 + 4*stream); streams <= stream || s == 0xFFFFFFFF || int(s) < n {
			return nil
		}
		b := block(u32(at))
		return b[:min(n, len(b))]
	}
	info := first(1, 28)
	if len(info) < 28 {
		return errors.New("it is a damaged PDB")
	}
	guid, age := dmpfile.GUID(info[12:]), le.Uint32(info[8:])
	if guid != want.GUID {
		return &mismatch{"GUID", guid.String(), want.GUID.String()}
	}
	dbi := first(3, 12)
	if age != want.Age && (len(dbi) < 12 || le.Uint32(dbi[8:]) != want.Age) {
		return &mismatch{"age", fmt.Sprint(age), fmt.Sprint(want.Age)}
	}
	return nil
}
