package dmpfile

import (
	"sync"

	"github.com/dmplens/dmplens/dmpfile/internal/bin"
)

// TriageHeader is a TRIAGE_DUMP32 or TRIAGE_DUMP64 (SDK mindumpdef.h), the directory of a triage dump. Offsets are file offsets in
// bytes, sizes are in bytes, 0 means that there is none. A field that the writer left as filler is 0 too.
type TriageHeader struct {
	ServicePackBuild      uint32
	SizeOfDump            uint32 // where triage data ends and secondary data begins
	ValidOffset           uint32 // of the signature "TRGD", the last 4 bytes
	ContextOffset         uint32
	ExceptionOffset       uint32
	MmOffset              uint32
	UnloadedDriversOffset uint32
	PrcbOffset            uint32
	ProcessOffset         uint32
	ThreadOffset          uint32
	CallStackOffset       uint32
	SizeOfCallStack       uint32
	DriverListOffset      uint32
	DriverCount           uint32
	StringPoolOffset      uint32
	StringPoolSize        uint32
	BrokenDriverOffset    uint32
	TriageOptions         uint32   // 0x100: the list of data blocks overflowed; 0xffffffff: not set
	TopOfStack            VirtAddr // the lowest captured stack address, in spite of its name
	DataPageAddress       VirtAddr
	DataPageOffset        uint32
	DataPageSize          uint32
	DebuggerDataOffset    uint32
	DebuggerDataSize      uint32
	DataBlocksOffset      uint32
	DataBlocksCount       uint32
}

// Triage is the content of a triage dump: sections, module lists, and the blocks of memory that Windows chose to keep.
type Triage struct {
	TriageHeader

	file     *File
	areaOnce sync.Once
	memory   memoryMap
}

// sigTRGD is "TRGD", which ends the triage data.
const sigTRGD = 0x44475254

// triageSizes are the lengths of TRIAGE_DUMP32 and TRIAGE_DUMP64 as far as they are read.
const (
	triage32Size = 0x68
	triage64Size = 0x80
)

// looksLikeTriage says whether the words after the header are those of a triage directory. It is asked where DumpType does not say
// so, and therefore wants all of the fixed relations.
func looksLikeTriage(head []byte, sub int) bool {
	end, _ := bin.U32(head, sub+4)
	valid, _ := bin.U32(head, sub+8)
	context, _ := bin.U32(head, sub+0x0C)
	return end > uint32(sub) && valid == end-4 && (context == uint32(layout64.offsets[FieldContextRecord]) || context == uint32(layout32.offsets[FieldContextRecord]))
}

// triageEnds says whether the signature at the end of the triage data is there, or lies past what can be read of the file.
func (f *File) triageEnds(head []byte) bool {
	valid, ok := bin.U32(head, f.layout.size+8)
	if !ok {
		return false
	}
	if f.OnlyHead() && int64(valid)+4 > f.size {
		return true
	}
	sig, ok := bin.U32(f.window.at(int64(valid), 4), 0)
	return ok && sig == sigTRGD
}

// subHeaderSize returns how much of a sub-header has to be there before it can be read.
func (f *File) subHeaderSize() int {
	switch {
	case f.Format != TriageDump:
		return pageHeaderSize
	case f.Bits == 32:
		return triage32Size
	}
	return triage64Size
}

func (f *File) readTriage(head []byte) {
	size := f.subHeaderSize()
	b, ok := bin.Slice(head, f.layout.size, size)
	if !ok {
		return
	}
	at := 0
	u32 := func() uint32 {
		v, _ := bin.U32(b, at)
		at += 4
		if v == filler32 {
			v = 0
		}
		return v
	}
	pointer := func() VirtAddr {
		v, _ := bin.Pointer(b, at, f.Bits)
		at += f.Bits / 8
		return VirtAddr(v)
	}
	t := &Triage{file: f}
	h := &t.TriageHeader
	for _, field := range []*uint32{
		&h.ServicePackBuild, &h.SizeOfDump, &h.ValidOffset, &h.ContextOffset, &h.ExceptionOffset, &h.MmOffset,
		&h.UnloadedDriversOffset, &h.PrcbOffset, &h.ProcessOffset, &h.ThreadOffset, &h.CallStackOffset, &h.SizeOfCallStack,
		&h.DriverListOffset, &h.DriverCount, &h.StringPoolOffset, &h.StringPoolSize, &h.BrokenDriverOffset, &h.TriageOptions,
	} {
		*field = u32()
	}
	h.TopOfStack = pointer()
	if f.Bits == 64 {
		at += 16 // IA64's backing store
	}
	h.DataPageAddress = pointer()
	for _, field := range []*uint32{
		&h.DataPageOffset, &h.DataPageSize, &h.DebuggerDataOffset, &h.DebuggerDataSize, &h.DataBlocksOffset, &h.DataBlocksCount,
	} {
		*field = u32()
	}
	f.Triage = t
	if end := int64(h.SizeOfDump); end > int64(f.layout.size) && end <= f.size && !f.triageEnds(head) {
		f.find(SeverityError, TriageEndMissing, int64(h.ValidOffset), "the signature TRGD, which ends the triage data, is not where the directory says")
	}
	if h.TriageOptions != ^uint32(0) && h.TriageOptions&0x100 != 0 {
		f.find(SeverityInfo, TriageOverflow, int64(f.layout.size)+0x44, "Windows wanted to keep more blocks of memory than a triage dump can list")
	}
}

// Section returns n bytes of the file from a section's offset on. They must not be changed. An offset of 0 means that the dump has no such
// section.
func (t *Triage) Section(name string, off uint32, n int) ([]byte, error) {
	if off == 0 {
		return nil, &FormatError{Offset: 0, What: "this triage dump has no such section", Value: name}
	}
	if b, ok := t.sections().slice(int64(off), int64(n)); ok {
		return b, nil
	}
	return t.file.section(name, int64(off), int64(n))
}

// DebuggerData returns the copy of the KDDEBUGGER_DATA64.
func (t *Triage) DebuggerData() ([]byte, error) {
	const maxSize = 0x1000 // four times the largest that is known
	return t.Section("the debugger data", t.DebuggerDataOffset, int(min(t.DebuggerDataSize, maxSize)))
}

// Stack returns the range of virtual addresses whose stack content was captured: from the stack pointer upwards.
func (t *Triage) Stack() (low, high VirtAddr, ok bool) {
	if t.CallStackOffset == 0 || t.SizeOfCallStack == 0 || t.TopOfStack == 0 {
		return 0, 0, false
	}
	high = t.TopOfStack + VirtAddr(t.SizeOfCallStack)
	return t.TopOfStack, high, high > t.TopOfStack
}
