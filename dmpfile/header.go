package dmpfile

import (
	"time"

	"github.com/dmplens/dmplens/dmpfile/internal/bin"
)

// VirtAddr is a kernel or user virtual address in the dumped machine.
type VirtAddr uint64

// PhysAddr is a physical address in the dumped machine.
type PhysAddr uint64

// Machine is a PE machine type.
type Machine uint32

// Machines that Windows has dumped.
const (
	MachineX86   Machine = 0x014C
	MachineARM   Machine = 0x01C4
	MachineIA64  Machine = 0x0200
	MachineAMD64 Machine = 0x8664
	MachineARM64 Machine = 0xAA64
)

// String returns the usual short name, "" for a machine that is not known.
func (m Machine) String() string {
	switch m {
	case MachineX86:
		return "x86"
	case MachineARM:
		return "arm"
	case MachineIA64:
		return "ia64"
	case MachineAMD64:
		return "amd64"
	case MachineARM64:
		return "arm64"
	}
	return ""
}

// Header is a DUMP_HEADER32 or DUMP_HEADER64. Each accessor returns ok = false where the field holds the writer's filler "PAGE"
// or lies past the end of the file. Some writers clear what they do not know: where zero can be no value of a field, as with an
// address of the kernel or a count of processors, it is not known either.
type Header struct {
	// Bits is 32 or 64: which of the two headers this is, by its signature.
	Bits int

	raw    []byte
	layout *headerLayout
}

const (
	header32Size = 0x1000
	header64Size = 0x2000

	filler32 = 0x45474150         // "PAGE"
	filler64 = 0x4547415045474150 // "PAGEPAGE"
)

// Field is a field of a dump header.
type Field int

// Fields of a header, by their names in the SDK.
const (
	_ Field = iota
	FieldMajorVersion
	FieldMinorVersion
	FieldDirectoryTableBase
	FieldPfnDataBase
	FieldPsLoadedModuleList
	FieldPsActiveProcessHead
	FieldMachineImageType
	FieldNumberProcessors
	FieldBugCheckCode
	FieldBugCheckParameter1
	FieldBugCheckParameter2
	FieldBugCheckParameter3
	FieldBugCheckParameter4
	FieldVersionUser
	FieldPaeEnabled
	FieldKdSecondaryVersion
	FieldKdDebuggerDataBlock
	FieldPhysicalMemoryBlock
	FieldContextRecord
	FieldException
	FieldDumpType
	FieldRequiredDumpSpace
	FieldSystemTime
	FieldSystemUpTime
	FieldComment
	FieldMiniDumpFields
	FieldSecondaryDataState
	FieldProductType
	FieldSuiteMask
	FieldWriterStatus
	FieldAttributes
	FieldBootID
	fieldDiagnostics
	fieldCount
)

// headerLayout holds where the fields are (SDK mindumpdef.h: DUMP_HEADER32, DUMP_HEADER64). No field is at 0: that header lacks it.
type headerLayout struct {
	size        int
	contextSize int
	offsets     [fieldCount]int
	// Offsets in the PhysicalMemoryBlock, whose count of runs comes first, and how many runs it has at most.
	runPages, runs, maxRuns, runSize int
}

var layout64 = headerLayout{
	size: header64Size, contextSize: 3000,
	offsets: [fieldCount]int{
		FieldMajorVersion: 0x08, FieldMinorVersion: 0x0C, FieldDirectoryTableBase: 0x10, FieldPfnDataBase: 0x18,
		FieldPsLoadedModuleList: 0x20, FieldPsActiveProcessHead: 0x28, FieldMachineImageType: 0x30, FieldNumberProcessors: 0x34,
		FieldBugCheckCode: 0x38, FieldBugCheckParameter1: 0x40, FieldBugCheckParameter2: 0x48, FieldBugCheckParameter3: 0x50,
		FieldBugCheckParameter4: 0x58, FieldVersionUser: 0x60, FieldKdDebuggerDataBlock: 0x80, FieldPhysicalMemoryBlock: 0x88,
		FieldContextRecord: 0x348, FieldException: 0xF00, FieldDumpType: 0xF98, FieldRequiredDumpSpace: 0xFA0,
		FieldSystemTime: 0xFA8, FieldComment: 0xFB0, FieldSystemUpTime: 0x1030, FieldMiniDumpFields: 0x1038,
		FieldSecondaryDataState: 0x103C, FieldProductType: 0x1040, FieldSuiteMask: 0x1044, FieldWriterStatus: 0x1048,
		FieldKdSecondaryVersion: 0x104D, FieldAttributes: 0x1050, FieldBootID: 0x1054, fieldDiagnostics: 0x1058,
	},
	runPages: 8, runs: 0x10, maxRuns: 42, runSize: 16,
}

var layout32 = headerLayout{
	size: header32Size, contextSize: 1200,
	offsets: [fieldCount]int{
		FieldMajorVersion: 0x08, FieldMinorVersion: 0x0C, FieldDirectoryTableBase: 0x10, FieldPfnDataBase: 0x14,
		FieldPsLoadedModuleList: 0x18, FieldPsActiveProcessHead: 0x1C, FieldMachineImageType: 0x20, FieldNumberProcessors: 0x24,
		FieldBugCheckCode: 0x28, FieldBugCheckParameter1: 0x2C, FieldBugCheckParameter2: 0x30, FieldBugCheckParameter3: 0x34,
		FieldBugCheckParameter4: 0x38, FieldVersionUser: 0x3C, FieldPaeEnabled: 0x5C, FieldKdSecondaryVersion: 0x5D,
		FieldKdDebuggerDataBlock: 0x60, FieldPhysicalMemoryBlock: 0x64, FieldContextRecord: 0x320, FieldException: 0x7D0,
		FieldComment: 0x820, FieldAttributes: 0x8A0, FieldBootID: 0x8A4, FieldDumpType: 0xF88, FieldMiniDumpFields: 0xF8C,
		FieldSecondaryDataState: 0xF90, FieldProductType: 0xF94, FieldSuiteMask: 0xF98, FieldWriterStatus: 0xF9C,
		FieldRequiredDumpSpace: 0xFA0, FieldSystemUpTime: 0xFB8, FieldSystemTime: 0xFC0,
	},
	runPages: 4, runs: 8, maxRuns: 86, runSize: 8,
}

// HeaderSize returns the length of the header in bytes: 0x1000 or 0x2000, where what follows it begins.
func (h *Header) HeaderSize() int64 { return int64(h.layout.size) }

// Offset returns the file offset of a field, 0 where the header of this width has no such field.
func (h *Header) Offset(f Field) int64 {
	off := int64(h.layout.offsets[f])
	if f == FieldVersionUser && h.Bits == 64 && h.Impossible() {
		off -= 4 // see VersionUser
	}
	return off
}

func newHeader(head []byte, bits int) Header {
	l := &layout64
	if bits == 32 {
		l = &layout32
	}
	return Header{Bits: bits, raw: head[:min(len(head), l.size)], layout: l}
}

func (h *Header) u32(f Field) (uint32, bool) { return h.u32At(h.layout.offsets[f]) }

func (h *Header) u32At(off int) (uint32, bool) {
	v, ok := bin.U32(h.raw, off)
	return v, ok && v != filler32
}

// nonzero is u32 of a field of which zero is no value.
func (h *Header) nonzero(f Field) (uint32, bool) {
	v, ok := h.u32(f)
	return v, ok && v != 0
}

func (h *Header) u64(f Field) (uint64, bool) {
	v, ok := bin.U64(h.raw, h.layout.offsets[f])
	return v, ok && v != filler64
}

func (h *Header) pointer(f Field) (uint64, bool) { return h.pointerAt(h.layout.offsets[f]) }

func (h *Header) pointerAt(off int) (uint64, bool) {
	v, ok := bin.Pointer(h.raw, off, h.Bits)
	if h.Bits == 32 {
		return v, ok && v != filler32
	}
	return v, ok && v != filler64
}

// address returns an address of the kernel, which is never null.
func (h *Header) address(f Field) (VirtAddr, bool) {
	v, ok := h.pointer(f)
	return VirtAddr(v), ok && v != 0
}

// u8 returns a field of one byte. A value above most is filler, or none that a writer sets.
func (h *Header) u8(f Field, most uint8) (uint8, bool) {
	off := h.layout.offsets[f]
	b, ok := bin.Slice(h.raw, off, 1)
	if !ok || off == 0 || b[0] > most {
		return 0, false
	}
	return b[0], true
}

// text returns the NUL-terminated ASCII text in the n bytes at off, without the filler that can stand there.
func (h *Header) text(off, n int) (string, bool) {
	b, ok := bin.Slice(h.raw, off, n)
	if !ok {
		return "", false
	}
	if v, _ := bin.U32(b, 0); v == filler32 {
		return "", false
	}
	return bin.ASCIIZ(b), true
}

// MajorVersion is 0xF for a free (retail) and 0xC for a checked build of Windows.
func (h *Header) MajorVersion() (uint32, bool) { return h.u32(FieldMajorVersion) }

// MinorVersion is the build number of Windows. Tools other than Windows write their own idea of it.
func (h *Header) MinorVersion() (uint32, bool) { return h.nonzero(FieldMinorVersion) }

// DirectoryTableBase is the physical address of the top paging table, with flags (PCID) in its low 12 bits.
func (h *Header) DirectoryTableBase() (PhysAddr, bool) {
	v, ok := h.pointer(FieldDirectoryTableBase)
	return PhysAddr(v), ok && v != 0
}

// PfnDataBase is the PFN database, or the variable that points to it: writers differ.
func (h *Header) PfnDataBase() (VirtAddr, bool) { return h.address(FieldPfnDataBase) }

// PsLoadedModuleList is the address of the head of the list of loaded modules.
func (h *Header) PsLoadedModuleList() (VirtAddr, bool) { return h.address(FieldPsLoadedModuleList) }

// PsActiveProcessHead is the address of the head of the list of processes.
func (h *Header) PsActiveProcessHead() (VirtAddr, bool) {
	return h.address(FieldPsActiveProcessHead)
}

// Machine is the machine type of the kernel.
func (h *Header) Machine() (Machine, bool) {
	v, ok := h.nonzero(FieldMachineImageType)
	return Machine(v), ok
}

// NumberProcessors is the number of processors that Windows used.
func (h *Header) NumberProcessors() (uint32, bool) { return h.nonzero(FieldNumberProcessors) }

// BugCheckCode is the code as it stands in the header, with the _M bit that Windows sets when it makes a small dump from a large
// one.
func (h *Header) BugCheckCode() (uint32, bool) { return h.u32(FieldBugCheckCode) }

// BugCheckParameter returns parameter n, 1 to 4.
func (h *Header) BugCheckParameter(n int) (uint64, bool) {
	if n < 1 || n > 4 {
		return 0, false
	}
	return h.pointer(FieldBugCheckParameter1 + Field(n-1))
}

// PaeEnabled says whether a 32-bit kernel used PAE paging. Old files hold filler there.
func (h *Header) PaeEnabled() (pae, ok bool) {
	v, ok := h.u8(FieldPaeEnabled, 1)
	return v == 1, ok
}

// KdSecondaryVersion is the flavour of the context record (2: current AMD64). A byte of the filler is no version.
func (h *Header) KdSecondaryVersion() (uint8, bool) { return h.u8(FieldKdSecondaryVersion, 0x40) }

// VersionUser is a text that some tools set to their name. A tool that packs the structure for 64 bits has it four bytes earlier, right
// behind the parameters, and every field behind it too, so that its dump type is impossible.
func (h *Header) VersionUser() (string, bool) { return h.text(int(h.Offset(FieldVersionUser)), 32) }

// KdDebuggerDataBlock is the address of the KDDEBUGGER_DATA64.
func (h *Header) KdDebuggerDataBlock() (VirtAddr, bool) {
	return h.address(FieldKdDebuggerDataBlock)
}

// DumpType is the type by the header alone; File.Format also looks at the sub-header.
func (h *Header) DumpType() (uint32, bool) { return h.u32(FieldDumpType) }

// Impossible says whether the header has a dump type that no dump has. It is not what it seems to be then: fields can lie elsewhere.
func (h *Header) Impossible() bool {
	t, ok := h.DumpType()
	return ok && formatOfType(t) == ""
}

// RequiredDumpSpace is what the writer expected to need, in bytes. Writers differ in what they count, so a file of another
// length is not damaged for that; WinPmem counts pages.
func (h *Header) RequiredDumpSpace() (uint64, bool) {
	v, ok := h.u64(FieldRequiredDumpSpace)
	return v, ok && v != 0
}

// SystemTime is when the dump was captured, in UTC, to 100 ns. A zero time field is no time.
func (h *Header) SystemTime() (time.Time, bool) {
	v, ok := h.u64(FieldSystemTime)
	if !ok {
		return time.Time{}, false
	}
	return bin.Filetime(v)
}

// SystemUpTime is how long Windows had run, to 100 ns. A time that a Duration cannot hold (292 years) is none.
func (h *Header) SystemUpTime() (time.Duration, bool) {
	v, ok := h.u64(FieldSystemUpTime)
	if !ok || v == 0 || v > (1<<63-1)/100 {
		return 0, false
	}
	return time.Duration(v) * 100, true
}

// Comment is the text that a debugger's .dump /c, or another tool, left. It may hold any bytes.
func (h *Header) Comment() (string, bool) { return h.text(h.layout.offsets[FieldComment], 128) }

// MiniDumpFields says which parts a triage dump claims to have. Writers set it differently for equal content.
func (h *Header) MiniDumpFields() (uint32, bool) { return h.u32(FieldMiniDumpFields) }

// SecondaryDataState is a legacy field. It does not locate the secondary data.
func (h *Header) SecondaryDataState() (uint32, bool) { return h.u32(FieldSecondaryDataState) }

// ProductType is 1 for a workstation, 2 for a domain controller, 3 for a server.
func (h *Header) ProductType() (uint32, bool) { return h.u32(FieldProductType) }

// SuiteMask holds the VER_SUITE bits of the Windows edition.
func (h *Header) SuiteMask() (uint32, bool) { return h.u32(FieldSuiteMask) }

// WriterStatus is set by the debugger engine, 0 for success. The kernel leaves filler.
func (h *Header) WriterStatus() (uint32, bool) { return h.u32(FieldWriterStatus) }

// BootID counts the boots of the installation.
func (h *Header) BootID() (uint32, bool) { return h.nonzero(FieldBootID) }

// Run is a range of page frames: Count pages of physical memory from page frame Base on.
type Run struct {
	Base, Count uint64
}

// PhysicalMemory returns the memory runs and the page count of the PhysicalMemoryBlock. ok is false where the block holds filler,
// more runs than fit into it, or none: Windows clears the whole block of dumps that have a bitmap.
func (h *Header) PhysicalMemory() (runs []Run, pages uint64, ok bool) {
	l := h.layout
	block := l.offsets[FieldPhysicalMemoryBlock]
	n, ok := h.u32At(block)
	if !ok || n == 0 || n > uint32(l.maxRuns) {
		return nil, 0, false
	}
	if pages, ok = h.pointerAt(block + l.runPages); !ok {
		return nil, 0, false
	}
	for i := range int(n) {
		off := block + l.runs + i*l.runSize
		base, ok1 := h.pointerAt(off)
		count, ok2 := h.pointerAt(off + l.runSize/2)
		if !ok1 || !ok2 {
			return nil, 0, false
		}
		runs = append(runs, Run{base, count})
	}
	return runs, pages, true
}

// Memory returns the runs of physical memory that the machine had, in ascending order, and their pages. ok is false where the
// PhysicalMemoryBlock does not say, or contradicts itself or the file: runs that are empty or overlap, a page count that is not
// theirs, less memory than the dump holds pages of. A dump of all memory can hold some of a hypervisor's own beside it.
func (f *File) Memory() (runs []Run, pages uint64, ok bool) {
	runs, pages, ok = f.PhysicalMemory()
	if !ok || pages == 0 || pages >= maxPages {
		return nil, 0, false
	}
	var sum, end uint64
	for _, r := range runs {
		if r.Count == 0 || r.Count >= maxPages || r.Base >= maxPages || r.Base < end {
			return nil, 0, false
		}
		sum, end = sum+r.Count, r.Base+r.Count
	}
	held := f.Regions.Pages
	if f.Format == BitmapFull {
		held /= 2
	}
	if sum != pages || f.Regions.Known && held > pages {
		return nil, 0, false
	}
	return runs, pages, true
}
