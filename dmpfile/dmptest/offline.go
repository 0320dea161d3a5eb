package dmptest

// Encrypted returns a dump with n bytes of cipher text behind its header (attribute bit 0x100 is added). Type 0 is 6.
func Encrypted(h Header, n int) *Image {
	h.DumpType = orElse(h.DumpType, 6)
	var attributes uint32
	if h.Attributes != nil {
		attributes = *h.Attributes
	}
	h.Attributes = new(attributes | AttrEncrypted)
	m := h.Image()
	cipher := generator(3)
	m.Append(cipher.bytes(n))
	h.putRequired(m, uint64(m.Len()))
	return m
}

// Section types of an OfflineSection.
const (
	OfflineDDRRange   = 1
	OfflineCPUContext = 2
	OfflineVendor     = 3
	OfflineReason     = 4
	OfflineSystemInfo = 5
)

// OfflineSection is a section of a raw dump that firmware wrote.
type OfflineSection struct {
	Type uint32
	Name string   // at most 20 bytes
	Info [16]byte // depends on the type
	Data []byte
}

// OfflineRaw returns the container "Raw_Dmp!" with its sections.
func OfflineRaw(sections ...OfflineSection) *Image {
	m := &Image{}
	m.PutASCII(0x0, "Raw_Dmp!")
	m.PutU16(0x8, 1, 0)
	m.PutU32(0xC, 1) // valid
	m.PutU32(0x34, uint32(len(sections)))
	m.Grow(0x38 + 0x40*len(sections))
	for i, s := range sections {
		off := 0x38 + 0x40*i
		data := m.Append(s.Data)
		m.PutU32(off, 1)
		m.PutU16(off+0x4, 1, 0)
		m.PutU32(off+0x8, s.Type)
		m.PutU64(off+0xC, uint64(data), uint64(len(s.Data)))
		m.PutBytes(off+0x1C, s.Info[:])
		m.PutASCII(off+0x2C, s.Name[:min(len(s.Name), 20)])
	}
	m.PutU64(0x24, uint64(m.Len()), uint64(m.Len()))
	return m
}

// OfflineEncrypted returns the container "Enc_Dmp!" with a key and n bytes of cipher text.
func OfflineEncrypted(n int) *Image {
	m := &Image{}
	random := generator(4)
	const iv, key = 16, 256
	m.PutASCII(0x0, "Enc_Dmp!")
	// header size, key information, dump, reserved
	m.PutU32(0x8, 0x18, 0x18, 0x28+iv+key, 0)
	// block size, AES-256-CTR, sizes of what follows
	m.PutU32(0x18, 16, 3, iv, key)
	m.Append(random.bytes(iv + key + n))
	return m
}
