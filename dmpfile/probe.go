package dmpfile

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/dmplens/dmplens/dmpfile/internal/bin"
)

// What names a file that is no dump at all. The values are those of the JSON record.
type What string

// What a file that is no dump can be.
const (
	Empty           What = "empty"
	Zeros           What = "zeros"
	Filler          What = "filler" // the word that a dump header is filled with before its fields are set
	Zip             What = "zip"
	Cab             What = "cab"
	Gzip            What = "gzip"
	SevenZip        What = "7z"
	RAR             What = "rar"
	Tar             What = "tar"
	Zstd            What = "zstd"
	XZ              What = "xz"
	Bzip2           What = "bzip2"
	LZ4             What = "lz4"
	ElfCore         What = "elf-core"
	VirtualBoxCore  What = "virtualbox-core"
	VirtualBoxState What = "virtualbox-state"
	VMwareState     What = "vmware-state"
	Kdump           What = "kdump"
	LiME            What = "lime"
	RawMemory       What = "raw-memory"
	HibernationFile What = "hibernation-file"
	EWF             What = "ewf"
	VHD             What = "vhd"
	VHDX            What = "vhdx"
	VMDK            What = "vmdk"
	QCOW2           What = "qcow2"
	EventLog        What = "evtx"
	EventTrace      What = "etl"
	DumpStackLog    What = "dumpstack-log"
	RegistryHive    What = "registry-hive"
	PEImage         What = "pe"
	Text            What = "text"
	HTML            What = "html"
	Unknown         What = "unknown"
)

// IsArchive says whether a file is an archive or compressed, so that dumps can be in it.
func (w What) IsArchive() bool {
	switch w {
	case Zip, Cab, Gzip, SevenZip, RAR, Tar, Zstd, XZ, Bzip2, LZ4:
		return true
	}
	return false
}

// NotDumpError says that a file is no kernel dump, what it is instead, and what to do next.
type NotDumpError struct {
	Format  Format // UserMinidump, OfflineRaw, OfflineEncrypted or NotADump
	What    What   // set for NotADump
	Message string // one sentence: what the file is
	Next    string // one sentence: what to do

	// Size is the length of the file in bytes, -1 where NewHead was not told it.
	Size int64
	// Minidump is what a UserMinidump says cheaply; nil for other formats, and where it cannot be read.
	Minidump *Minidump
}

func (e *NotDumpError) Error() string { return e.Message }

// candidate is a file that is being recognised.
type candidate struct {
	r     io.ReaderAt
	size  int64  // of what can be read
	total int64  // of the file, -1 where it is not known
	head  []byte // the first headSize bytes, or all
}

// ReadAt reads the file; what the head has is not read again.
func (c *candidate) ReadAt(p []byte, off int64) (n int, err error) {
	if off >= 0 && off+int64(len(p)) <= int64(len(c.head)) {
		return copy(p, c.head[off:]), nil
	}
	return c.r.ReadAt(p, off)
}

func (c *candidate) startsWith(magics ...string) bool {
	for _, m := range magics {
		if bytes.HasPrefix(c.head, []byte(m)) {
			return true
		}
	}
	return false
}

// probe recognises what is no kernel dump.
type probe struct {
	match   func(*candidate) bool
	format  Format
	what    What
	message func(*candidate) string
	next    string
}

// probes are tried in order; the first that matches names the file. The last always matches.
var probes = sync.OnceValue(func() []probe {
	return []probe{
		{match: magic("Raw_Dmp!"), format: OfflineRaw,
			message: say("an offline crash dump container (raw), as firmware saves it: memory that Windows has not made into a kernel dump yet"),
			next:    "Let Windows convert it on the machine's next boot, or use Microsoft's offline dump tools, then look at the .dmp that results."},
		{match: magic("Enc_Dmp!"), format: OfflineEncrypted,
			message: say("an encrypted offline crash dump container, as firmware saves it"),
			next:    "Decrypt it with the private key of the certificate that the machine was set up with; then convert the raw container to a .dmp."},
		{match: magic("MDMP"), format: UserMinidump,
			message: say("a user-mode minidump (MDMP): one process, not the kernel"),
			next:    "Open it with a user-mode debugger (WinDbg, Visual Studio, lldb, minidump-stackwalk); look for the kernel's dump under C:\\Windows\\Minidump or LiveKernelReports."},
		{match: func(c *candidate) bool { return c.size == 0 }, what: Empty,
			message: say("an empty file: it has 0 bytes"),
			next:    "The dump was never written, or its copy failed: compare with the size on the machine it came from."},
		{match: isZeros, what: Zeros, message: zerosMessage,
			next: "The space was reserved but the dump was not written into it, as when the machine loses power or its disk first: nothing can be recovered from this file."},
		{match: magic("PK\x03\x04", "PK\x05\x06", "PK\x07\x08"), what: Zip,
			message: say("a zip archive, not a dump"), next: "Unpack it and look at the .dmp inside."},
		{match: magic("MSCF"), what: Cab,
			message: say("a cabinet (CAB) archive, not a dump"), next: "Unpack it (expand on Windows, cabextract elsewhere) and look at the .dmp inside."},
		{match: magic("\x1f\x8b"), what: Gzip,
			message: say("a gzip-compressed file, not a dump"), next: "Unpack it (gunzip) and look at what is inside."},
		{match: magic("7z\xbc\xaf\x27\x1c"), what: SevenZip,
			message: say("a 7-Zip archive, not a dump"), next: "Unpack it (7z x) and look at the .dmp inside."},
		{match: isZstd, what: Zstd,
			message: say("a Zstandard-compressed file, not a dump"), next: "Unpack it (zstd -d) and look at what is inside."},
		{match: magic("Rar!\x1a\x07\x00", "Rar!\x1a\x07\x01\x00"), what: RAR,
			message: say("a RAR archive, not a dump"), next: "Unpack it (unrar x, 7z x or bsdtar) and look at the .dmp inside."},
		{match: isTar, what: Tar,
			message: say("a tar archive, not a dump"), next: "Unpack it (tar -x) and look at the .dmp inside."},
		{match: magic("\xfd7zXZ\x00"), what: XZ,
			message: say("an xz-compressed file, not a dump"), next: "Unpack it (xz -d) and look at what is inside."},
		{match: isBzip2, what: Bzip2,
			message: say("a bzip2-compressed file, not a dump"), next: "Unpack it (bunzip2) and look at what is inside."},
		{match: magic("\x04\x22\x4d\x18", "\x02\x21\x4c\x18"), what: LZ4,
			message: say("an LZ4-compressed file, not a dump"), next: "Unpack it (lz4 -d) and look at what is inside."},
		{match: isVirtualBoxCore, what: VirtualBoxCore,
			message: say("an ELF core of a VirtualBox machine: all of its memory, not a Windows dump"),
			next:    "Read it with a memory forensics tool (Volatility, MemProcFS), which can convert it; QEMU's elf2dmp does not know it."},
		{match: isELFCore, what: ElfCore,
			message: say("an ELF core file: a Linux process, or a virtual machine's memory that a hypervisor saved"),
			next:    "If it holds a Windows guest, convert it with QEMU's elf2dmp, or capture again with a Windows dump format (dump-guest-memory -w)."},
		{match: magic("\x7fVirtualBox SavedState V"), what: VirtualBoxState,
			message: say("the saved state of a VirtualBox machine: its memory is in it, but not as a dump"),
			next:    "Restore the machine and take a core (VBoxManage debugvm NAME dumpvmcore), or crash its Windows on purpose and take the dump that it writes."},
		{match: magic("\xd0\xbe\xd2\xbe", "\xd2\xbe\xd2\xbe", "\xd3\xbe\xd2\xbe", "\xd3\xbe\xd3\xbe", "\xd0\xbe\xd0\xbe", "\xd1\xba\xd1\xba", "\xd2\xba\xd2\xba"), what: VMwareState,
			message: say("the state of a VMware machine that was suspended (.vmss) or saved as a snapshot (.vmsn), not a dump"),
			next:    "Convert it with VMware's vmss2core (-W8 for Windows 8 and later), with the .vmem file of the same name beside it if there is one."},
		{match: magic("KDUMP   ", "DISKDUMP", "makedumpfile\x00\x00\x00\x00"), what: Kdump,
			message: say("a compressed kdump: a Linux kernel's memory, or a virtual machine's that QEMU or libvirt saved"),
			next:    "If it holds a Windows guest, save it again as ELF (virsh dump --memory-only --format elf) and convert that with elf2dmp, or as a Windows dump (--format win-dmp)."},
		{match: magic("EMiL\x01\x00\x00\x00", "AVML\x02\x00\x00\x00"), what: LiME,
			message: say("a memory image in LiME's format, as LiME and AVML save that of Linux, not a dump"),
			next:    "Read it with a memory forensics tool (Volatility); look elsewhere for a dump of Windows."},
		{match: isCompressedHibernation, what: HibernationFile,
			message: say("a Windows hibernation file (hiberfil.sys) whose first page was cleared, as Windows does when it has woken up, not a dump"),
			next:    "The memory in it is of the time before: convert it with a hibernation file tool, or capture the machine with a kernel dump instead."},
		{match: isHibernation, what: HibernationFile,
			message: say("a Windows hibernation file (hiberfil.sys), not a dump"),
			next:    "Convert it with a hibernation file tool, or capture the machine with a kernel dump instead."},
		{match: magic("EVF\x09\x0d\x0a\xff\x00", "EVF2\x0d\x0a\x81\x00", "LVF\x09\x0d\x0a\xff\x00", "LEF2\x0d\x0a\x81\x00"), what: EWF,
			message: say("an EnCase evidence file (EWF): an image of a disk or of memory, not a dump"),
			next:    "Mount it (ewfmount, or FTK Imager on Windows) and look for the .dmp files on the disk: Windows\\MEMORY.DMP, Windows\\Minidump, Windows\\LiveKernelReports."},
		{match: magic("vhdxfile"), what: VHDX,
			message: say("a virtual disk of Hyper-V (VHDX), not a dump"), next: mountDisk},
		{match: isVHD, what: VHD,
			message: say("a virtual disk (VHD), not a dump"), next: mountDisk},
		{match: magic("KDMV", "COWD"), what: VMDK,
			message: say("a virtual disk of VMware (VMDK), not a dump"), next: mountDisk},
		{match: magic("QFI\xfb"), what: QCOW2,
			message: say("a virtual disk of QEMU (qcow2), not a dump"), next: mountDisk},
		{match: magic("ElfFile\x00"), what: EventLog,
			message: say("a Windows event log (.evtx), not a dump"),
			next:    readEvents + " In Event Viewer, event 1001 of BugCheck or WER-SystemErrorReporting has code, parameters and the dump's path, event 41 of Kernel-Power the code of the last stop."},
		{match: isEventTrace, what: EventTrace,
			message: say("an event trace (.etl), not a dump"),
			next:    readEvents + " Windows Performance Analyzer, or tracerpt on Windows, has all of it; look for the dump of the same time elsewhere."},
		{match: magic("DLOGFILE"), what: DumpStackLog,
			message: say("a DumpStack.log, in which Windows notes how writing a dump went, not a dump"),
			next:    readEvents + " The dump itself is where the system is set to write it, usually C:\\Windows\\MEMORY.DMP."},
		{match: func(c *candidate) bool { return c.startsWith("regf") && c.size >= PageSize && !isText(c) }, what: RegistryHive,
			message: say("a registry hive, or the log of one, not a dump"),
			next:    "Open it with a registry tool; SYSTEM\\ControlSet001\\Control\\CrashControl in it says where the system writes its dumps."},
		{match: isPE, what: PEImage,
			message: say("a Windows program, driver or library (PE), not a dump"),
			next:    "It may be the image that a dump needs: keep it under its own name in a symbol store, and look at the dump."},
		{match: isFiller, what: Filler, message: fillerMessage,
			next: "The space was filled and the dump was not written into it, or its beginning was lost: look for a later dump of the same event, and copy the file again."},
		{match: isRawMemory, what: RawMemory,
			message: say("what may be a raw image of physical memory: it begins as the lowest memory of a PC does, without any header"),
			next:    "Read it with a memory forensics tool (Volatility, MemProcFS), which can make a dump of it, or capture the machine with a kernel dump."},
		{match: func(c *candidate) bool { return c.startsWith("PAGE") && c.size < 8 }, what: Unknown,
			message: func(c *candidate) string {
				return fmt.Sprintf("the first %d bytes of something that may have been a kernel dump: it ends inside the 8-byte signature", c.size)
			},
			next: "The copy was cut off at its start: copy the file again."},
		{match: isHTML, what: HTML, message: func(c *candidate) string { return "an HTML page, not a dump" + quoteStart(c, "<title>") },
			next: "A web server sent a page (an error or a sign-in) instead of the dump: open it in a browser to see what it says, and download again."},
		{match: isEventXML, what: Text, message: say("events of Windows as XML, as Event Viewer saves them, not a dump"), next: readEvents},
		{match: magic(`{"schema_version":`), what: Text,
			message: say("rows of a scan as JSON Lines, not a dump"), next: "dmplens report FILE shows them."},
		{match: isText, what: Text, message: func(c *candidate) string { return "text, not a dump" + quoteStart(c, "") },
			next: "Read it: an error message or a pointer to the real file is often saved under the dump's name."},
		{match: func(*candidate) bool { return true }, what: Unknown,
			message: func(c *candidate) string {
				return fmt.Sprintf("no format that dmplens knows: it begins with the bytes % x", c.head[:min(8, len(c.head))])
			},
			next: "A kernel dump begins with PAGEDU64 or PAGEDUMP: ask where the file came from, and whether it was encrypted, compressed or cut."},
	}
})

const readEvents = "dmplens events FILE shows what it says of crashes and dumps."

const mountDisk = "Mount it (Mount-DiskImage or qemu-nbd) and look for the .dmp files on it: Windows\\MEMORY.DMP, Windows\\Minidump, Windows\\LiveKernelReports."

func magic(m ...string) func(*candidate) bool {
	return func(c *candidate) bool { return c.startsWith(m...) }
}

func say(s string) func(*candidate) string { return func(*candidate) string { return s } }

// kernelDump returns the width of the kernel dump that a file begins as, 0 for everything else.
func kernelDump(head []byte) (bits int) {
	switch {
	case bytes.HasPrefix(head, []byte("PAGEDU64")):
		return 64
	case bytes.HasPrefix(head, []byte("PAGEDUMP")):
		return 32
	}
	return 0
}

// recognise says what a file is that is no kernel dump.
func recognise(c *candidate) *NotDumpError {
	for _, p := range probes() {
		if !p.match(c) {
			continue
		}
		format := p.format
		if format == "" {
			format = NotADump
		}
		e := &NotDumpError{Format: format, What: p.what, Message: p.message(c), Next: p.next, Size: c.total}
		if format == UserMinidump {
			e.Minidump, _ = readMinidump(c, c.size) // without it the file is still recognised
		}
		return e
	}
	panic("the last probe matches everything")
}

// A large file is not read whole to see whether it is all zeros: zeroSamples blocks of zeroBlock bytes are, evenly spread.
const (
	zeroBlock   = 64 << 10
	zeroSamples = 16
)

func isZeros(c *candidate) bool {
	if len(bytes.Trim(c.head, "\x00")) > 0 {
		return false
	}
	blocks := (c.size + zeroBlock - 1) / zeroBlock
	samples := min(blocks, zeroSamples)
	for i := range samples {
		block := i
		if samples > 1 {
			block = i * (blocks - 1) / (samples - 1) // the first and the last block are always looked at
		}
		b, err := readUpTo(c.r, block*zeroBlock, zeroBlock, c.size)
		if err != nil || len(bytes.Trim(b, "\x00")) > 0 {
			return false
		}
	}
	return true
}

func zerosMessage(c *candidate) string {
	if c.size != c.total {
		return fmt.Sprintf("nothing but zero bytes in the first %d; the rest was not looked at", c.size)
	}
	if c.size > zeroBlock*zeroSamples {
		return fmt.Sprintf("nothing but zero bytes in each of the %d blocks of 64 KiB looked at, from the first to the last", zeroSamples)
	}
	return fmt.Sprintf("all %d bytes are zero", c.size)
}

// isZstd accepts a stream that begins with skippable frames (RFC 8878, 3.1.2: as pzstd and seekable writers have them), where a frame of
// zstd follows: LZ4 has the same skippable frames.
func isZstd(c *candidate) bool {
	const frame, skippable, most = 0xFD2FB528, 0x184D2A50, 16
	b := c.head
	for off, n := int64(0), 0; n <= most; n++ {
		magic, _ := bin.U32(b, 0)
		if magic == frame {
			return true
		}
		size, ok := bin.U32(b, 4)
		if !ok || magic&^0xF != skippable {
			return false
		}
		off += 8 + int64(size)
		var err error
		if b, err = readUpTo(c.r, off, 8, c.size); err != nil || len(b) < 4 {
			return false
		}
	}
	return false
}

func isELFCore(c *candidate) bool {
	if !c.startsWith("\x7fELF") || len(c.head) < 18 {
		return false
	}
	kind, _ := bin.U16(c.head, 16)
	if c.head[5] == 2 { // big-endian
		kind = kind>>8 | kind<<8
	}
	return kind == 4 // ET_CORE
}

// isHibernation wants more than the four letters, which a text can begin with.
func isHibernation(c *candidate) bool {
	return c.startsWith("hibr", "HIBR", "wake", "WAKE", "rstr", "RSTR") && c.size >= PageSize && !isText(c)
}

func isHTML(c *candidate) bool {
	s := strings.ToLower(strings.TrimLeft(string(c.head[:min(512, len(c.head))]), "\ufeff \t\r\n"))
	for strings.HasPrefix(s, "<!--") {
		_, rest, found := strings.Cut(s, "-->")
		if !found {
			return false
		}
		s = strings.TrimLeft(rest, " \t\r\n")
	}
	for _, p := range []string{"<!doctype html", "<html", "<head", "<body", "<title"} {
		if strings.HasPrefix(s, p) {
			return true
		}
	}
	return strings.HasPrefix(s, "<?xml") && strings.Contains(s, "<html")
}

// isText accepts UTF-8 and UTF-16 with a byte order mark, without control characters, in all that was read of the file.
func isText(c *candidate) bool {
	s := headText(c)
	if s == "" {
		return false
	}
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		cut := len(s) < utf8.UTFMax && c.size > int64(len(c.head)) // the end of the head can cut a rune
		broken := r == utf8.RuneError && n == 1 && !cut
		if broken || r < ' ' && !strings.ContainsRune("\t\r\n\f\x1b", r) || r == 0x7f {
			return false
		}
		s = s[n:]
	}
	return true
}

// isEventXML accepts XML that has an event of Windows in its head.
func isEventXML(c *candidate) bool {
	s := strings.TrimLeft(headText(c), " \t\r\n")
	if !strings.HasPrefix(s, "<?xml") && !strings.HasPrefix(s, "<Event") || !isText(c) {
		return false
	}
	_, event, found := strings.Cut(s, "<Event ")
	return found && strings.Contains(event, "schemas.microsoft.com/win/2004/08/events/event")
}

// headText decodes the head as text; a rune that the end of the head cuts stays as U+FFFD.
func headText(c *candidate) string {
	if c.startsWith("\xff\xfe") {
		return bin.UTF16(c.head[2:])
	}
	if c.startsWith("\xfe\xff") { // the same in big-endian order
		swapped := bytes.Clone(c.head[2 : len(c.head)&^1])
		for i := 0; i < len(swapped); i += 2 {
			swapped[i], swapped[i+1] = swapped[i+1], swapped[i]
		}
		return bin.UTF16(swapped)
	}
	return strings.TrimPrefix(string(c.head), "\ufeff")
}

// quoteStart returns the first line of the text, or what follows the marker, for the end of a sentence.
func quoteStart(c *candidate, marker string) string {
	s := headText(c)
	if marker != "" {
		i := strings.Index(lowerASCII(s), marker)
		if i < 0 {
			return ""
		}
		s = s[i+len(marker):]
		s, _, _ = strings.Cut(s, "<")
	}
	s, _, _ = strings.Cut(strings.TrimSpace(s), "\n")
	s = strings.TrimSpace(s)
	if runes := []rune(s); len(runes) > 60 {
		s = string(runes[:60]) + "..."
	}
	if s == "" {
		return ""
	}
	if marker != "" {
		return fmt.Sprintf("; its title is %q", s)
	}
	return fmt.Sprintf("; it begins %q", s)
}

// lowerASCII keeps every byte where it is, which strings.ToLower does not.
func lowerASCII(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}
