package dmptest

import "time"

// Machine types of a header.
const (
	X86   = 0x014C
	ARM   = 0x01C4
	IA64  = 0x0200
	AMD64 = 0x8664
	ARM64 = 0xAA64
)

// Attribute bits of a header.
const (
	AttrHiberCrash       = 0x1
	AttrDevicePoweredOff = 0x2
	AttrInsufficientSize = 0x4
	AttrKernelTriage     = 0x8
	AttrLive             = 0x10
	AttrOffline          = 0x20
	AttrFiltered         = 0x40
	AttrEarlyBoot        = 0x80
	AttrEncrypted        = 0x100
	AttrDecrypted        = 0x200
	AttrVBS              = 0x800
	AttrDiagnostics      = 0x1000
)

// Run is a run of physical pages.
type Run struct {
	Base, Count uint64
}

// Header holds the values that all kernel dumps have in common. A field that is nil, zero or empty stays filler, except
// where noted; where a zero would be a value of its own, the field is a pointer: new(uint32(0)).
type Header struct {
	Machine             uint16 // 0 is AMD64
	MajorVersion        uint32 // 0 is 0xF, a retail build
	Build               uint32
	Processors          uint32
	DirectoryTableBase  uint64
	PfnDataBase         uint64
	PsLoadedModuleList  uint64
	PsActiveProcessHead uint64
	KdDebuggerDataBlock uint64

	Code   *uint32
	Params [4]uint64 // written if Code is

	DumpType           uint32  // 0 is the builder's own type
	Required           *uint64 // RequiredDumpSpace; builders compute it where it is nil
	Attributes         *uint32
	BootID             *uint32
	MiniDumpFields     *uint32
	SecondaryDataState *uint32
	ProductType        *uint32
	SuiteMask          *uint32
	WriterStatus       *uint32
	KdSecondaryVersion *uint8
	PAE                *uint8 // 32-bit only
	VersionUser        []byte
	Time               time.Time
	Uptime             time.Duration
	Comment            string

	Runs        []Run // more than 42 (32-bit: 86) are counted, but not written
	ClearRuns   bool  // the block that Runs stand in is zero, as Windows leaves it in dumps that have a bitmap
	Context     *Context
	Exception   *Exception
	Diagnostics *Diagnostics // 64-bit only
}

// Diagnostics is the area at 0x1058 that newer kernels write (attribute bit 0x1000).
type Diagnostics struct {
	LastLine  string
	BuildText string // the build in UTF-16, at 0x12F0
	Revision  uint32
}

// Size is the length of the header: 0x1000 or 0x2000.
func (h Header) Size() int {
	if h.is32() {
		return 0x1000
	}
	return 0x2000
}

// Image returns the header alone, in the width of its machine.
func (h Header) Image() *Image {
	if h.is32() {
		return h.Image32()
	}
	return h.Image64()
}

func (h Header) is32() bool { return h.Machine == X86 || h.Machine == ARM }

func (h Header) machine() uint16 {
	if h.Machine == 0 {
		return AMD64
	}
	return h.Machine
}

// pointerSize is the size of a pointer in the dumped system.
func (h Header) pointerSize() int {
	if h.is32() {
		return 4
	}
	return 8
}

// Image64 returns a header of 0x2000 bytes.
func (h Header) Image64() *Image {
	w := headerWriter{NewImage(0x2000), 8}
	w.PutASCII(0x0, "PAGEDU64")
	w.u32(0x8, h.majorVersion())
	w.u32(0xC, h.Build)
	w.ptr(0x10, h.DirectoryTableBase)
	w.ptr(0x18, h.PfnDataBase)
	w.ptr(0x20, h.PsLoadedModuleList)
	w.ptr(0x28, h.PsActiveProcessHead)
	w.PutU32(0x30, uint32(h.machine()))
	w.u32(0x34, h.Processors)
	w.bugCheck(0x38, 0x40, h)
	w.PutBytes(0x60, h.VersionUser)
	w.ptr(0x80, h.KdDebuggerDataBlock)
	if h.Runs != nil {
		w.PutU32(0x88, uint32(len(h.Runs)))
		w.runs(0x90, 0x98, 42, h.Runs)
	}
	if h.ClearRuns {
		w.PutZero(0x88, 700)
	}
	w.context(0x348, 0xF00, h)
	w.u32(0xF98, h.DumpType)
	w.optional64(0xFA0, h.Required)
	w.time(0xFA8, h.Time)
	w.comment(0xFB0, h.Comment)
	w.uptime(0x1030, h.Uptime)
	w.optional32(0x1038, h.MiniDumpFields)
	w.optional32(0x103C, h.SecondaryDataState)
	w.optional32(0x1040, h.ProductType)
	w.optional32(0x1044, h.SuiteMask)
	w.optional32(0x1048, h.WriterStatus)
	w.optional8(0x104D, h.KdSecondaryVersion)
	w.optional32(0x1050, h.Attributes)
	w.optional32(0x1054, h.BootID)
	if d := h.Diagnostics; d != nil {
		w.PutU32(0x1058, 0x298, 0x298)
		w.PutZero(0x1060, 0x12F0-0x1060)
		w.PutASCII(0x11F0, d.LastLine)
		if d.BuildText != "" {
			w.PutBytes(0x12F0, utf16Z(d.BuildText))
		}
		if d.Revision != 0 {
			w.PutU32(0x1300, d.Revision, 10, 0)
		}
	}
	return w.Image
}

// Image32 returns a header of 0x1000 bytes.
func (h Header) Image32() *Image {
	w := headerWriter{NewImage(0x1000), 4}
	w.PutASCII(0x0, "PAGEDUMP")
	w.u32(0x8, h.majorVersion())
	w.u32(0xC, h.Build)
	w.ptr(0x10, h.DirectoryTableBase)
	w.ptr(0x14, h.PfnDataBase)
	w.ptr(0x18, h.PsLoadedModuleList)
	w.ptr(0x1C, h.PsActiveProcessHead)
	w.PutU32(0x20, uint32(h.machine()))
	w.u32(0x24, h.Processors)
	w.bugCheck(0x28, 0x2C, h)
	w.PutBytes(0x3C, h.VersionUser)
	w.optional8(0x5C, h.PAE)
	w.optional8(0x5D, h.KdSecondaryVersion)
	w.ptr(0x60, h.KdDebuggerDataBlock)
	if h.Runs != nil {
		w.PutU32(0x64, uint32(len(h.Runs)))
		w.runs(0x68, 0x6C, 86, h.Runs)
	}
	if h.ClearRuns {
		w.PutZero(0x64, 700)
	}
	w.context(0x320, 0x7D0, h)
	w.comment(0x820, h.Comment)
	w.optional32(0x8A0, h.Attributes)
	w.optional32(0x8A4, h.BootID)
	w.u32(0xF88, h.DumpType)
	w.optional32(0xF8C, h.MiniDumpFields)
	w.optional32(0xF90, h.SecondaryDataState)
	w.optional32(0xF94, h.ProductType)
	w.optional32(0xF98, h.SuiteMask)
	w.optional32(0xF9C, h.WriterStatus)
	w.optional64(0xFA0, h.Required)
	w.uptime(0xFB8, h.Uptime)
	w.time(0xFC0, h.Time)
	return w.Image
}

func (h Header) majorVersion() uint32 {
	if h.MajorVersion == 0 {
		return 0xF
	}
	return h.MajorVersion
}

// putRequired writes RequiredDumpSpace where the caller has not chosen a value himself.
func (h Header) putRequired(m *Image, size uint64) {
	if h.Required == nil {
		m.PutU64(0xFA0, size) // the same place in both widths
	}
}

// headerWriter leaves out what is zero or nil.
type headerWriter struct {
	*Image
	pointer int
}

func (w headerWriter) u32(off int, v uint32) {
	if v != 0 {
		w.PutU32(off, v)
	}
}

func (w headerWriter) ptr(off int, v uint64) {
	if v != 0 {
		w.PutPtr(off, w.pointer, v)
	}
}

func (w headerWriter) optional8(off int, v *uint8) {
	if v != nil {
		w.PutU8(off, *v)
	}
}

func (w headerWriter) optional32(off int, v *uint32) {
	if v != nil {
		w.PutU32(off, *v)
	}
}

func (w headerWriter) optional64(off int, v *uint64) {
	if v != nil {
		w.PutU64(off, *v)
	}
}

func (w headerWriter) bugCheck(code, params int, h Header) {
	if h.Code != nil {
		w.PutU32(code, *h.Code)
		w.PutPtr(params, w.pointer, h.Params[:]...)
	}
}

func (w headerWriter) runs(total, first, capacity int, runs []Run) {
	w.PutPtr(total, w.pointer, pageCount(runs))
	for i, r := range runs[:min(len(runs), capacity)] {
		w.PutPtr(first+2*w.pointer*i, w.pointer, r.Base, r.Count)
	}
}

func (w headerWriter) context(context, exception int, h Header) {
	if h.Context != nil {
		w.PutBytes(context, h.Context.Bytes(h.machine()))
	}
	if h.Exception != nil {
		h.Exception.put(w.Image, exception, w.pointer)
	}
}

func (w headerWriter) comment(off int, s string) {
	if s != "" {
		w.PutASCII(off, s+"\x00")
	}
}

func (w headerWriter) time(off int, t time.Time) {
	if !t.IsZero() {
		w.PutU64(off, FileTime(t))
	}
}

func (w headerWriter) uptime(off int, d time.Duration) {
	if d != 0 {
		w.PutU64(off, uint64(d/100))
	}
}

// FileTime returns t in units of 100 ns since the beginning of 1601.
func FileTime(t time.Time) uint64 {
	return uint64(t.Unix()+11644473600)*10000000 + uint64(t.Nanosecond()/100)
}

func pageCount(runs []Run) uint64 {
	var n uint64
	for _, r := range runs {
		n += r.Count
	}
	return n
}
