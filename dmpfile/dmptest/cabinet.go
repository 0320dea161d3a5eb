package dmptest

import (
	"bytes"
	"compress/flate"
)

// Cabinet is a cabinet with one folder.
type Cabinet struct {
	Files          []CabinetFile
	Compression    uint16 // 0 is stored, 1 MSZIP; blocks of any other are stored too
	Reserve        int    // bytes that the header, the folder and every block have beside their fields
	Previous, Next string // names of other cabinets of the set
	BlockSize      int    // 0 is 0x8000
}

// CabinetFile is a file in a cabinet.
type CabinetFile struct {
	Name string
	Data []byte
}

// Image returns the cabinet.
func (c Cabinet) Image() *Image {
	m := &Image{}
	m.PutASCII(0x0, "MSCF")
	m.PutU8(0x18, 3, 1)
	m.PutU16(0x1A, 1, uint16(len(c.Files)))
	var flags uint16
	end := 0x24
	if c.Reserve != 0 {
		flags |= 4
		m.PutU16(end, uint16(c.Reserve))
		m.PutU8(end+2, uint8(c.Reserve), uint8(c.Reserve))
		end += 4 + c.Reserve
	}
	for i, name := range []string{c.Previous, c.Next} {
		if name != "" {
			flags |= 1 << i
			m.PutASCII(end, name+"\x00"+"disk\x00")
			end += len(name) + 6
		}
	}
	m.PutU16(0x1E, flags, 0x1234, 0)
	folder := end
	end += 8 + c.Reserve
	m.PutU32(0x10, uint32(end))
	var data []byte
	for _, f := range c.Files {
		m.PutU32(end, uint32(len(f.Data)), uint32(len(data)))
		m.PutU16(end+8, 0, 0x5A21, 0x6000, 0x20)
		m.PutASCII(end+16, f.Name+"\x00")
		end += 16 + len(f.Name) + 1
		data = append(data, f.Data...)
	}
	m.PutU32(folder, uint32(end))
	blocks, size := 0, orElse(c.BlockSize, 0x8000)
	for at := 0; at < len(data); at += size {
		block := data[at:min(len(data), at+size)]
		packed := block
		if c.Compression == 1 {
			packed = msZip(block, data[max(0, at-0x8000):at])
		}
		m.PutU16(end+4, uint16(len(packed)), uint16(len(block)))
		m.PutBytes(end+8+c.Reserve, packed)
		m.PutU32(end, cabinetSum(packed, uint32(len(packed))|uint32(len(block))<<16))
		end += 8 + c.Reserve + len(packed)
		blocks++
	}
	m.PutU16(folder+4, uint16(blocks), c.Compression)
	m.PutU32(0x8, uint32(end))
	return m
}

func msZip(block, before []byte) []byte {
	b := bytes.NewBufferString("CK")
	w, err := flate.NewWriterDict(b, flate.BestCompression, before)
	if err == nil {
		_, err = w.Write(block)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		panic(err) // a buffer takes everything
	}
	return b.Bytes()
}

// cabinetSum is the checksum of a block, as MS-CAB describes it: byte i of a whole word counts 8*(i%4) bits, the bytes of a last part of one
// count down to 0.
func cabinetSum(p []byte, sum uint32) uint32 {
	for i, c := range p {
		shift := i % 4
		if whole := len(p) &^ 3; i >= whole {
			shift = len(p) - 1 - i
		}
		sum ^= uint32(c) << (8 * shift)
	}
	return sum
}
