package nt

import (
	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/internal/bin"
)

// DebuggerData is a KDDEBUGGER_DATA64 (SDK WDBGEXTS.H): where the kernel's variables are, and offsets inside its structures. It has
// one form for all machines; 32-bit kernels extend the sign of pointers. Its size grew over time, so each accessor returns
// ok = false for a field that this kernel does not have or has left zero.
type DebuggerData struct {
	raw  []byte
	bits int
}

const (
	tagKDBG     = 0x4742444B // "KDBG"
	minKDBGSize = 0x200
	maxKDBGSize = 0x600
)

// parseDebuggerData checks the tag and size of a debugger data block of a kernel of 32 or 64 bits. An encoded block fails: its tag
// is not in clear.
func parseDebuggerData(b []byte, bits int) (*DebuggerData, error) {
	tag, _ := bin.U32(b, 0x10)
	size, _ := bin.U32(b, 0x14)
	if tag != tagKDBG {
		return nil, &dmpfile.FormatError{Offset: 0x10, What: "the debugger data block has no KDBG tag", Value: tag}
	}
	if size < minKDBGSize || size > maxKDBGSize {
		return nil, &dmpfile.FormatError{Offset: 0x14, What: "the debugger data block has an impossible size", Value: size}
	}
	return &DebuggerData{b[:min(int(size), len(b))], bits}, nil
}

// Size returns how many bytes of the block there are.
func (d *DebuggerData) Size() int { return len(d.raw) }

func (d *DebuggerData) u16(off int) (int, bool) {
	v, ok := bin.U16(d.raw, off)
	return int(v), ok && v != 0
}

func (d *DebuggerData) u32(off int) (int, bool) {
	v, ok := bin.U32(d.raw, off)
	return int(v), ok && v != 0
}

func (d *DebuggerData) address(off int) (dmpfile.VirtAddr, bool) {
	v, ok := bin.U64(d.raw, off)
	if d.bits == 32 {
		v = uint64(uint32(v))
	}
	return dmpfile.VirtAddr(v), ok && v != 0
}

// KernBase is the base address of the kernel image.
func (d *DebuggerData) KernBase() (dmpfile.VirtAddr, bool) { return d.address(0x18) }

// PsLoadedModuleList is the address of the head of the list of loaded modules.
func (d *DebuggerData) PsLoadedModuleList() (dmpfile.VirtAddr, bool) { return d.address(0x48) }

// PsActiveProcessHead is the address of the head of the list of processes.
func (d *DebuggerData) PsActiveProcessHead() (dmpfile.VirtAddr, bool) { return d.address(0x50) }

// NtBuildLab is the address of the build text, NUL-terminated ASCII.
func (d *DebuggerData) NtBuildLab() (dmpfile.VirtAddr, bool) { return d.address(0x208) }

// KiProcessorBlock is the address of the array of the processors' PRCB addresses.
func (d *DebuggerData) KiProcessorBlock() (dmpfile.VirtAddr, bool) { return d.address(0x218) }

// unloadedDrivers are the addresses of MmUnloadedDrivers, a pointer to an array, and of MmLastUnloadedDriver, the number of the slot
// of it that is written next.
func (d *DebuggerData) unloadedDrivers() (array, next dmpfile.VirtAddr, ok bool) {
	array, ok1 := d.address(0x220)
	next, ok2 := d.address(0x228)
	return array, next, ok1 && ok2
}

// l1tf are the indexes of the bits that guard against L1TF, 0 where they are not set.
func (d *DebuggerData) l1tf() (high, swizzle uint8) {
	if b, ok := bin.Slice(d.raw, 0x2C2, 2); ok {
		return b[0], b[1]
	}
	return 0, 0
}

// Offsets and sizes of kernel structures, as the kernel itself states them.
func (d *DebuggerData) offsetPrcbCurrentThread() (int, bool)  { return d.u16(0x2B4) }
func (d *DebuggerData) offsetKThreadTeb() (int, bool)         { return d.u16(0x29A) }
func (d *DebuggerData) offsetKThreadKernelStack() (int, bool) { return d.u16(0x29C) }
func (d *DebuggerData) offsetKThreadApcProcess() (int, bool)  { return d.u16(0x2A0) }
func (d *DebuggerData) offsetEprocessDirectory() (int, bool)  { return d.u16(0x2AE) }
func (d *DebuggerData) offsetPrcbMhz() (int, bool)            { return d.u16(0x2B6) }
func (d *DebuggerData) offsetPrcbStateContext() (int, bool)   { return d.u16(0x2BC) }
func (d *DebuggerData) offsetPrcbSpecialReg() (int, bool)     { return d.u16(0x2F2) }
func (d *DebuggerData) offsetPrcbNumber() (int, bool)         { return d.u16(0x2BE) }
func (d *DebuggerData) offsetPrcbContext() (int, bool)        { return d.u16(0x338) }
func (d *DebuggerData) offsetPrcbIdleThread() (int, bool)     { return d.u16(0x350) }
func (d *DebuggerData) offsetPrcbDpcStack() (int, bool)       { return d.u16(0x354) }
func (d *DebuggerData) offsetPrcbIsrStack() (int, bool)       { return d.u16(0x356) }
func (d *DebuggerData) offsetKThreadStackLimit() (int, bool)  { return d.u32(0x340) }
func (d *DebuggerData) offsetKThreadStackBase() (int, bool)   { return d.u32(0x344) }
func (d *DebuggerData) offsetEprocessPeb() (int, bool)        { return d.u16(0x2AA) }
func (d *DebuggerData) offsetEprocessParent() (int, bool)     { return d.u16(0x2AC) }
func (d *DebuggerData) sizeEProcess() (int, bool)             { return d.u16(0x2A8) }
func (d *DebuggerData) sizeEThread() (int, bool)              { return d.u16(0x2C0) }
func (d *DebuggerData) sizePrcb() (int, bool)                 { return d.u16(0x2B0) }

// CopySizes are the sizes in bytes of the copies that a triage dump has of the PRCB, the process and the thread; 0 where it is not known.
func (d *DebuggerData) CopySizes() [3]int {
	prcb, _ := d.sizePrcb()
	process, _ := d.sizeEProcess()
	thread, _ := d.sizeEThread()
	return [3]int{prcb, process, thread}
}
