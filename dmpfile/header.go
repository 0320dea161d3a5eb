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
// or lies behind the end of the file.
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

// headerLayout holds the offsets of the fields (SDK mindumpdef.h: DUMP_HEADER32, DUMP_HEADER64).
type headerLayout struct {
	size                                        int
	majorVersion, minorVersion                  int
	directoryTableBase, pfnDataBase             int
	psLoadedModuleList, psActiveProcessHead     int
	machineImageType, numberProcessors          int
	bugCheckCode, bugCheckParameter1            int
	versionUser, paeEnabled, kdSecondaryVersion int
	kdDebuggerDataBlock, physicalMemoryBlock    int
	contextRecord, contextSize, exception       int
	dumpType, requiredDumpSpace                 int
	systemTime, systemUpTime, comment           int
	miniDumpFields, secondaryDataState          int
	productType, suiteMask, writerStatus        int
	attributes, bootID                          int
	diagnostics                                 int // 0: the header has no diagnostic area
	runCount, runPages, runs, maxRuns, runSize  int // in the PhysicalMemoryBlock
}

var layout64 = headerLayout{
	size:         header64Size,
	majorVersion: 0x08, minorVersion: 0x0C,
	directoryTableBase: 0x10, pfnDataBase: 0x18, psLoadedModuleList: 0x20, psActiveProcessHead: 0x28,
	machineImageType: 0x30, numberProcessors: 0x34, bugCheckCode: 0x38, bugCheckParameter1: 0x40,
	versionUser: 0x60, paeEnabled: -1, kdSecondaryVersion: 0x104D, kdDebuggerDataBlock: 0x80, physicalMemoryBlock: 0x88,
	contextRecord: 0x348, contextSize: 3000, exception: 0xF00,
	dumpType: 0xF98, requiredDumpSpace: 0xFA0, systemTime: 0xFA8, comment: 0xFB0, systemUpTime: 0x1030,
	miniDumpFields: 0x1038, secondaryDataState: 0x103C, productType: 0x1040, suiteMask: 0x1044, writerStatus: 0x1048,
	attributes: 0x1050, bootID: 0x1054, diagnostics: 0x1058,
	runCount: 0, runPages: 8, runs: 0x10, maxRuns: 42, runSize: 16,
}

var layout32 = headerLayout{
	size:         header32Size,
	majorVersion: 0x08, minorVersion: 0x0C,
	directoryTableBase: 0x10, pfnDataBase: 0x14, psLoadedModuleList: 0x18, psActiveProcessHead: 0x1C,
	machineImageType: 0x20, numberProcessors: 0x24, bugCheckCode: 0x28, bugCheckParameter1: 0x2C,
	versionUser: 0x3C, paeEnabled: 0x5C, kdSecondaryVersion: 0x5D, kdDebuggerDataBlock: 0x60, physicalMemoryBlock: 0x64,
	contextRecord: 0x320, contextSize: 1200, exception: 0x7D0,
	dumpType: 0xF88, requiredDumpSpace: 0xFA0, systemTime: 0xFC0, comment: 0x820, systemUpTime: 0xFB8,
	miniDumpFields: 0xF8C, secondaryDataState: 0xF90, productType: 0xF94, suiteMask: 0xF98, writerStatus: 0xF9C,
	attributes: 0x8A0, bootID: 0x8A4,
	runCount: 0, runPages: 4, runs: 8, maxRuns: 86, runSize: 8,
}

func newHeader(head []byte, bits int) Header {
	l := &layout64
	if bits == 32 {
		l = &layout32
	}
	return Header{Bits: bits, raw: head[:min(len(head), l.size)], layout: l}
}

func (h *Header) u32(off int) (uint32, bool) {
	v, ok := bin.U32(h.raw, off)
	return v, ok && v != filler32
}

func (h *Header) u64(off int) (uint64, bool) {
	v, ok := bin.U64(h.raw, off)
	return v, ok && v != filler64
}

func (h *Header) pointer(off int) (uint64, bool) {
	if h.Bits == 64 {
		return h.u64(off)
	}
	v, ok := h.u32(off)
	return uint64(v), ok
}

func (h *Header) address(off int) (VirtAddr, bool) {
	v, ok := h.pointer(off)
	return VirtAddr(v), ok
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
func (h *Header) MajorVersion() (uint32, bool) { return h.u32(h.layout.majorVersion) }

// MinorVersion is the build number of Windows. Tools other than Windows write their own idea of it.
func (h *Header) MinorVersion() (uint32, bool) { return h.u32(h.layout.minorVersion) }

// DirectoryTableBase is the physical address of the top paging table, with flags (PCID) in its low 12 bits.
func (h *Header) DirectoryTableBase() (PhysAddr, bool) {
	v, ok := h.pointer(h.layout.directoryTableBase)
	return PhysAddr(v), ok
}

// PfnDataBase is the PFN database, or the variable that points to it: writers differ.
func (h *Header) PfnDataBase() (VirtAddr, bool) { return h.address(h.layout.pfnDataBase) }

// PsLoadedModuleList is the address of the head of the list of loaded modules.
func (h *Header) PsLoadedModuleList() (VirtAddr, bool) { return h.address(h.layout.psLoadedModuleList) }

// PsActiveProcessHead is the address of the head of the list of processes.
func (h *Header) PsActiveProcessHead() (VirtAddr, bool) {
	return h.address(h.layout.psActiveProcessHead)
}

// Machine is the machine type of the kernel.
func (h *Header) Machine() (Machine, bool) {
	v, ok := h.u32(h.layout.machineImageType)
	return Machine(v), ok
}

// NumberProcessors is the number of processors that Windows used.
func (h *Header) NumberProcessors() (uint32, bool) { return h.u32(h.layout.numberProcessors) }

// BugCheckCode is the code as it stands in the header, with the _M bit that Windows sets when it makes a small dump from a large
// one.
func (h *Header) BugCheckCode() (uint32, bool) { return h.u32(h.layout.bugCheckCode) }

// BugCheckParameter returns parameter n, 1 to 4.
func (h *Header) BugCheckParameter(n int) (uint64, bool) {
	if n < 1 || n > 4 {
		return 0, false
	}
	return h.pointer(h.BugCheckParameterOffset(n))
}

// BugCheckParameterOffset returns the file offset of parameter n, 1 to 4.
func (h *Header) BugCheckParameterOffset(n int) int {
	return h.layout.bugCheckParameter1 + (n-1)*h.Bits/8
}

// BugCheckCodeOffset returns the file offset of the bug check code.
func (h *Header) BugCheckCodeOffset() int { return h.layout.bugCheckCode }

// AttributesOffset returns the file offset of the attributes.
func (h *Header) AttributesOffset() int { return h.layout.attributes }

// CommentOffset returns the file offset of the comment.
func (h *Header) CommentOffset() int { return h.layout.comment }

// DumpTypeOffset returns the file offset of the dump type.
func (h *Header) DumpTypeOffset() int { return h.layout.dumpType }

// WriterStatusOffset returns the file offset of the writer status.
func (h *Header) WriterStatusOffset() int { return h.layout.writerStatus }

// PaeEnabled says whether a 32-bit kernel used PAE paging. Old files hold filler there.
func (h *Header) PaeEnabled() (pae, ok bool) {
	b, ok := bin.Slice(h.raw, h.layout.paeEnabled, 1)
	if !ok || b[0] > 1 {
		return false, false
	}
	return b[0] == 1, true
}

// KdSecondaryVersion is the flavour of the context record (2: current AMD64). A byte of the filler is no version.
func (h *Header) KdSecondaryVersion() (uint8, bool) {
	b, ok := bin.Slice(h.raw, h.layout.kdSecondaryVersion, 1)
	if !ok || b[0] > 0x40 {
		return 0, false
	}
	return b[0], true
}

// VersionUser is a text that some writers set.
func (h *Header) VersionUser() (string, bool) { return h.text(h.layout.versionUser, 32) }

// KdDebuggerDataBlock is the address of the KDDEBUGGER_DATA64.
func (h *Header) KdDebuggerDataBlock() (VirtAddr, bool) {
	return h.address(h.layout.kdDebuggerDataBlock)
}

// DumpType is the type by the header alone; File.Format also looks at the sub-header.
func (h *Header) DumpType() (uint32, bool) { return h.u32(h.layout.dumpType) }

// RequiredDumpSpace is what the writer expected to need, in bytes. Writers differ in what they count, so a file of another
// length is not damaged for that.
func (h *Header) RequiredDumpSpace() (uint64, bool) { return h.u64(h.layout.requiredDumpSpace) }

// SystemTime is when the dump was captured, in UTC, to 100 ns. A zero time field is no time.
func (h *Header) SystemTime() (time.Time, bool) {
	v, ok := h.u64(h.layout.systemTime)
	if !ok {
		return time.Time{}, false
	}
	return bin.Filetime(v)
}

// SystemUpTime is how long Windows had run, to 100 ns. A time that a Duration cannot hold (292 years) is none.
func (h *Header) SystemUpTime() (time.Duration, bool) {
	v, ok := h.u64(h.layout.systemUpTime)
	if !ok || v > (1<<63-1)/100 {
		return 0, false
	}
	return time.Duration(v) * 100, true
}

// Comment is the text that a debugger's .dump /c, or another tool, left. It may hold any bytes.
func (h *Header) Comment() (string, bool) { return h.text(h.layout.comment, 128) }

// MiniDumpFields says which parts a triage dump claims to have. Writers set it differently for equal content.
func (h *Header) MiniDumpFields() (uint32, bool) { return h.u32(h.layout.miniDumpFields) }

// SecondaryDataState is a legacy field. It does not locate the secondary data.
func (h *Header) SecondaryDataState() (uint32, bool) { return h.u32(h.layout.secondaryDataState) }

// ProductType is 1 for a workstation, 2 for a domain controller, 3 for a server.
func (h *Header) ProductType() (uint32, bool) { return h.u32(h.layout.productType) }

// SuiteMask holds the VER_SUITE bits of the Windows edition.
func (h *Header) SuiteMask() (uint32, bool) { return h.u32(h.layout.suiteMask) }

// WriterStatus is set by the debugger engine, 0 for success. The kernel leaves filler.
func (h *Header) WriterStatus() (uint32, bool) { return h.u32(h.layout.writerStatus) }

// BootID counts the boots of the installation.
func (h *Header) BootID() (uint32, bool) { return h.u32(h.layout.bootID) }

// Run is a range of page frames: Count pages of physical memory from page frame Base on.
type Run struct {
	Base, Count uint64
}

// PhysicalMemory returns the memory runs and the page count of the PhysicalMemoryBlock. ok is false where the block holds filler
// or more runs than fit into it.
func (h *Header) PhysicalMemory() (runs []Run, pages uint64, ok bool) {
	l := h.layout
	n, ok := h.u32(l.physicalMemoryBlock + l.runCount)
	if !ok || n > uint32(l.maxRuns) {
		return nil, 0, false
	}
	if pages, ok = h.pointer(l.physicalMemoryBlock + l.runPages); !ok {
		return nil, 0, false
	}
	for i := range int(n) {
		off := l.physicalMemoryBlock + l.runs + i*l.runSize
		base, ok1 := h.pointer(off)
		count, ok2 := h.pointer(off + l.runSize/2)
		if !ok1 || !ok2 {
			return nil, 0, false
		}
		runs = append(runs, Run{base, count})
	}
	return runs, pages, true
}
