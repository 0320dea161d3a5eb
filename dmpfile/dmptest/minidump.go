package dmptest

import "time"

// Minidump is a user-mode minidump ("MDMP"), which is no kernel dump. It has the streams SystemInfo, ModuleList with one
// module, and Exception.
type Minidump struct {
	Machine    uint16 // 0 is AMD64
	Build      uint32
	Processors uint8
	Time       time.Time // written to the second
	Module     Module
	ThreadID   uint32
	Exception  Exception
	Context    *Context
}

// Image returns the minidump.
func (d Minidump) Image() *Image {
	m := &Image{}
	m.PutASCII(0x0, "MDMP")
	m.PutU32(0x4, 0xA793, 3, 0x20, 0)
	m.PutU32(0x14, uint32(d.Time.Unix()))
	m.Grow(0x20 + 3*0xC)
	stream := func(i int, typ uint32, off, size int) {
		m.PutU32(0x20+0xC*i, typ, uint32(size), uint32(off))
	}

	info := m.Align(8)
	stream(0, 7, info, 0x38)
	m.Grow(info + 0x38)
	machine := Header{Machine: d.Machine}.machine()
	m.PutU16(info, map[uint16]uint16{X86: 0, ARM: 5, AMD64: 9, ARM64: 12}[machine])
	m.PutU8(info+0x6, d.Processors, 1)
	m.PutU32(info+0x8, 10, 0, d.Build, 2)

	list := m.Align(8)
	stream(1, 4, list, 0x4+0x6C)
	m.Grow(list + 0x70)
	m.PutU32(list, 1)
	m.PutU64(list+0x4, d.Module.Base)
	m.PutU32(list+0xC, d.Module.Size, d.Module.CheckSum, d.Module.TimeDateStamp)

	exception := m.Align(8)
	stream(2, 6, exception, 0xA8)
	m.Grow(exception + 0xA8)
	m.PutU32(exception, d.ThreadID)
	m.PutBytes(exception+0x8, d.Exception.Bytes(8))

	name := utf16Z(d.Module.Path)
	at := m.Align(8)
	m.PutU32(list+0x18, uint32(at))
	m.PutU32(at, uint32(len(name)-2))
	m.PutBytes(at+4, name)

	if d.Context != nil {
		at := m.Align(16)
		c := d.Context.Bytes(machine)
		m.PutBytes(at, c)
		m.PutU32(exception+0xA0, uint32(len(c)), uint32(at))
	}
	return m
}
