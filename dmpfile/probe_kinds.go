package dmpfile

import (
	"bytes"
	"fmt"

	"github.com/dmplens/dmplens/dmpfile/internal/bin"
)

// What kinds of files need more than their first bytes to be told.

// isTar goes by the magic of POSIX and of GNU archives; older ones have none.
func isTar(c *candidate) bool {
	b, ok := bin.Slice(c.head, 257, 5)
	return ok && string(b) == "ustar"
}

// isBzip2 wants what follows the three letters, which a text can begin with: the level, and the magic of a block or of the end.
func isBzip2(c *candidate) bool {
	if !c.startsWith("BZh") || len(c.head) < 10 || c.head[3] < '1' || c.head[3] > '9' {
		return false
	}
	block := string(c.head[4:10])
	return block == "1AY&SY" || block == "\x17\x72\x45\x38\x50\x90"
}

// isVirtualBoxCore looks for the name of the note that VirtualBox writes first into its cores.
func isVirtualBoxCore(c *candidate) bool {
	return isELFCore(c) && bytes.Contains(c.head, []byte("VBCORE\x00"))
}

// isVHD looks for the footer, which dynamic disks have at their beginning too.
func isVHD(c *candidate) bool {
	const footer = 512
	if c.startsWith("conectix") {
		return true
	}
	if c.size != c.total || c.size < 2*footer {
		return false
	}
	b, err := readUpTo(c, c.size-footer, footer, c.size)
	return err == nil && bytes.HasPrefix(b, []byte("conectix"))
}

// isPE follows the DOS header to the signature.
func isPE(c *candidate) bool {
	at, ok := bin.U32(c.head, 0x3C)
	if !c.startsWith("MZ") || !ok || uint64(at) >= uint64(len(c.head)) {
		return false
	}
	return bytes.HasPrefix(c.head[at:], []byte("PE\x00\x00"))
}

// isEventTrace recognises the first buffer of a trace: its size in whole KiB, how much of it is in use, and behind its header of 0x48
// bytes the header of a system record in version 2, the log file's own.
func isEventTrace(c *candidate) bool {
	size, ok := bin.U32(c.head, 0)
	used, _ := bin.U32(c.head, 4)
	record, _ := bin.Slice(c.head, 0x48, 4)
	return ok && record != nil && size >= 0x400 && size <= 16<<20 && size%0x400 == 0 && used > 0x48 && used <= size &&
		record[0] == 2 && record[1] == 0 && (record[2] == 1 || record[2] == 2) && record[3] == 0xC0
}

// isCompressedHibernation looks for the compressed blocks of Windows 7 and before behind a cleared first page. They begin on one of the
// first pages.
func isCompressedHibernation(c *candidate) bool {
	const pages = 16
	if c.size < pages*PageSize || len(bytes.Trim(c.head[:min(PageSize, len(c.head))], "\x00")) > 0 {
		return false
	}
	b, err := readUpTo(c, 0, pages*PageSize, c.size)
	if err != nil {
		return false
	}
	for off := PageSize; off < len(b); off += PageSize {
		if bytes.HasPrefix(b[off:], []byte("\x81\x81xpress")) {
			return true
		}
	}
	return false
}

// isFiller says whether all that was read of the file is the filler of headers, and enough of it that it is no text.
func isFiller(c *candidate) bool {
	const least = 64
	return len(c.head) >= least && len(c.head) == fillerLength(c.head)
}

// fillerLength is how many bytes at the beginning are filler.
func fillerLength(b []byte) int {
	n := 0
	for n < len(b) && b[n] == "PAGE"[n%4] {
		n++
	}
	return n
}

func fillerMessage(c *candidate) string {
	return fmt.Sprintf("the filler word PAGE again and again, in each of the %d bytes looked at: Windows fills the header of a dump with it before it sets the fields", len(c.head))
}

// leastMemory is less than any machine has that Windows was dumped on: smaller files are parts of something.
const leastMemory = 16 << 20

// isRawMemory recognises the lowest memory of a PC, by what real mode and Windows leave there. Nothing of it is a signature, so that this
// is never more than likely.
func isRawMemory(c *candidate) bool {
	if max(c.size, c.total) < leastMemory || max(c.size, c.total)%PageSize != 0 {
		return false
	}
	return hasRealModeVectors(c.head) || hasStartBlock(c)
}

// hasRealModeVectors says whether the first 32 interrupt vectors, {offset, segment} of 16 bits each, lead into the ROM: firmware sets all
// of them, and Windows leaves the page as it is.
func hasRealModeVectors(head []byte) bool {
	const vectors, least, rom = 32, 24, 0xC000
	n := 0
	for i := range vectors {
		if segment, ok := bin.U16(head, i*4+2); ok && segment >= rom && segment != 0xFFFF {
			n++
		}
	}
	return n >= least
}

// hasStartBlock looks in the first MiB for the page by which a 64-bit kernel starts processors: a jump of real mode, the kernel's
// address at 0x70, and the top page table below 1 TiB at 0xA0. MemProcFS finds kernels by it (vmmwininit.c).
func hasStartBlock(c *candidate) bool {
	b, err := readUpTo(c, 0, 1<<20, c.size)
	if err != nil {
		return false
	}
	for off := PageSize; off+0xA8 <= len(b); off += PageSize {
		jump, _ := bin.U64(b, off)
		kernel, _ := bin.U64(b, off+0x70)
		table, _ := bin.U64(b, off+0xA0)
		if jump&^0xFF00 == 0x1000600E9 && kernel&0xFFFFF80000000003 == 0xFFFFF80000000000 && table&0xFFFFFF0000000FFF == 0 {
			return true
		}
	}
	return false
}
