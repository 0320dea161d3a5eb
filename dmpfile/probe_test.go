package dmpfile_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/dmptest"
)

// elf is the start of an ELF file of a kind, ET_CORE being 4, in one of the two byte orders (1: little-endian).
func elf(order, lowKind, highKind byte) []byte {
	b := make([]byte, 64)
	copy(b, "\x7fELF\x02")
	b[5], b[16], b[17] = order, lowKind, highKind
	return b
}

// onlyByte returns size zero bytes of which one is not zero.
func onlyByte(size, at int) []byte {
	b := make([]byte, size)
	b[at] = 1
	return b
}

// at returns size bytes, zero but for the parts.
func at(size int, parts map[int]string) []byte {
	b := make([]byte, size)
	for off, s := range parts {
		copy(b[off:], s)
	}
	return b
}

// vectors are n interrupt vectors of real mode, as a PC's firmware sets them.
func vectors(n int) string { return strings.Repeat("\x53\xff\x00\xf0", n) }

// startBlock is what a kernel leaves for the start of processors, with an address of the kernel and a top page table.
func startBlock(kernel, table string) string {
	return string(at(0xA8, map[int]string{0: "\xe9\x4d\x06\x00\x01", 0x70: kernel, 0xA0: table}))
}

const (
	kernelEntry = "\x10\x20\x30\x40\x03\xf8\xff\xff"
	topTable    = "\x00\xd0\x1a\x00\x00"
)

// otherKinds are files that are no dumps, by their first bytes and more.
var otherKinds = []struct {
	name string
	data []byte
	what dmpfile.What
	says string
}{
	{"RAR 4", []byte("Rar!\x1a\x07\x00\xcf"), "rar", "RAR"},
	{"RAR 5", []byte("Rar!\x1a\x07\x01\x00"), "rar", "RAR"},
	{"no RAR", []byte("Rar!\x1a\x07\x02\x00"), "unknown", "52 61 72 21"},
	{"tar", at(1024, map[int]string{0: "MEMORY.DMP", 257: "ustar\x0000"}), "tar", "tar archive"},
	{"GNU tar", at(1024, map[int]string{0: "MEMORY.DMP", 257: "ustar  "}), "tar", "tar archive"},
	{"xz", []byte("\xfd7zXZ\x00\x00\x04"), "xz", "xz-compressed"},
	{"bzip2", []byte("BZh91AY&SY\x00"), "bzip2", "bzip2"},
	{"empty bzip2", []byte("BZh9\x17\x72\x45\x38\x50\x90"), "bzip2", "bzip2"},
	{"text that begins as bzip2", []byte("BZh9 is a name"), "text", "BZh9 is"},
	{"LZ4", []byte("\x04\x22\x4d\x18\x64"), "lz4", "LZ4"},
	{"legacy LZ4", []byte("\x02\x21\x4c\x18\x00"), "lz4", "LZ4"},
	{"VirtualBox core", append(elf(1, 4, 0), "\x07\x00\x00\x00\x18\x00\x00\x00\x00\x0b\x00\x00VBCORE\x00\x00"...), "virtualbox-core", "VirtualBox"},
	{"VirtualBox state", []byte("\x7fVirtualBox SavedState V2.0\n\x00"), "virtualbox-state", "VirtualBox"},
	{"VMware state", at(64, map[int]string{0: "\xd2\xbe\xd2\xbe\x08"}), "vmware-state", "VMware"},
	{"VMware snapshot", at(64, map[int]string{0: "\xd0\xbe\xd2\xbe\x08"}), "vmware-state", "VMware"},
	{"kdump", at(64, map[int]string{0: "KDUMP   \x06"}), "kdump", "kdump"},
	{"flat kdump", at(64, map[int]string{0: "makedumpfile"}), "kdump", "kdump"},
	{"LiME", at(64, map[int]string{0: "EMiL\x01"}), "lime", "LiME"},
	{"no LiME", at(64, map[int]string{0: "EMiL\x07"}), "unknown", "45 4d 69 4c"},
	{"EWF", at(64, map[int]string{0: "EVF\x09\x0d\x0a\xff\x00\x01"}), "ewf", "EnCase"},
	{"EWF 2", at(64, map[int]string{0: "EVF2\x0d\x0a\x81\x00"}), "ewf", "EnCase"},
	{"VHDX", at(64, map[int]string{0: "vhdxfile"}), "vhdx", "VHDX"},
	{"dynamic VHD", at(1024, map[int]string{0: "conectix"}), "vhd", "VHD"},
	{"fixed VHD", at(0x4200, map[int]string{0: "\x33\xc0", 0x4000: "conectix"}), "vhd", "VHD"},
	{"footer that is not at the end", at(0x4400, map[int]string{0: "\x33\xc0", 0x4000: "conectix"}), "unknown", "33 c0"},
	{"VMDK", at(64, map[int]string{0: "KDMV\x01"}), "vmdk", "VMDK"},
	{"qcow2", at(64, map[int]string{0: "QFI\xfb\x00"}), "qcow2", "qcow2"},
	{"event log", at(0x2000, map[int]string{0: "ElfFile\x00"}), "evtx", "event log"},
	{"event trace", at(0x1000, map[int]string{0: "\x00\x10\x00\x00\x90\x02", 0x48: "\x02\x00\x02\xc0"}), "etl", "event trace"},
	{"trace of another version", at(0x1000, map[int]string{0: "\x00\x10\x00\x00\x90\x02", 0x48: "\x01\x00\x02\xc0"}), "unknown", "00 10"},
	{"trace without records", at(0x1000, map[int]string{0: "\x00\x10\x00\x00\x48", 0x48: "\x02\x00\x02\xc0"}), "unknown", "00 10"},
	{"DumpStack.log", []byte("DLOGFILE00010000DUMP\x2e\x00\x00\x00"), "dumpstack-log", "DumpStack.log"},
	{"events as XML", []byte("<?xml version=\"1.0\"?>\n<Events><Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>"), "text", "events of Windows"},
	{"an event as XML", []byte("\ufeff <Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'>"), "text", "events of Windows"},
	{"other XML", []byte("<?xml version='1.0'?><Event><Name/></Event>"), "text", "text, not a dump"},
	{"text about events", []byte("see <Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'>"), "text", "text, not a dump"},
	{"registry hive", at(0x1000, map[int]string{0: "regf\x01"}), "registry-hive", "registry"},
	{"text that begins as a hive", []byte(strings.Repeat("regfoo ", 700)), "text", "regfoo"},
	{"PE", at(0x200, map[int]string{0: "MZ", 0x3C: "\x80", 0x80: "PE\x00\x00"}), "pe", "program"},
	{"DOS program", at(0x200, map[int]string{0: "MZ", 0x3C: "\x80", 0x80: "NE"}), "unknown", "4d 5a"},
	{"PE beyond the end", at(0x40, map[int]string{0: "MZ", 0x3C: "\xff\xff\xff\xff"}), "unknown", "4d 5a"},
	{"filler", bytes.Repeat([]byte("PAGE"), 3000), "filler", "filler word PAGE"},
	{"filler that ends inside the word", bytes.Repeat([]byte("PAGE"), 3000)[:101], "filler", "each of the 101 bytes"},
	{"a little filler", []byte("PAGEPAGEPAGE"), "text", "PAGEPAGEPAGE"},
	{"filler and more", append(bytes.Repeat([]byte("PAGE"), 64), " of 3"...), "text", "PAGEPAGE"},
	{"hibernation file that was woken from", at(0x20000, map[int]string{0x7000: "\x81\x81xpress"}), "hibernation-file", "first page was cleared"},
	{"compressed block within a page", at(0x20000, map[int]string{0x7010: "\x81\x81xpress"}), "unknown", "00 00"},
	{"memory with vectors", at(16<<20, map[int]string{0: vectors(32)}), "raw-memory", "may be"},
	{"memory with some vectors", at(16<<20, map[int]string{0: vectors(23)}), "unknown", "53 ff 00 f0"},
	{"vectors alone", at(0x1000, map[int]string{0: vectors(32)}), "unknown", "53 ff 00 f0"},
	{"bytes of ones", append(bytes.Repeat([]byte{0xff}, 0x1000), make([]byte, 16<<20-0x1000)...), "unknown", "ff ff"},
	{"memory with a start block", at(16<<20, map[int]string{0x13000: startBlock(kernelEntry, topTable), 16<<20 - 1: "x"}), "raw-memory", "may be"},
	{"start block of no kernel", at(16<<20, map[int]string{0x13000: startBlock("\x10", topTable), 16<<20 - 1: "x"}), "unknown", "00 00"},
	{"start block within a page", at(16<<20, map[int]string{0x13008: startBlock(kernelEntry, topTable), 16<<20 - 1: "x"}), "unknown", "00 00"},
}

func TestOtherKinds(t *testing.T) {
	for _, c := range otherKinds {
		_, err := dmpfile.NewFile(bytes.NewReader(c.data), int64(len(c.data)))
		var got *dmpfile.NotDumpError
		if !errors.As(err, &got) {
			t.Fatalf("%s: NewFile: %v", c.name, err)
		}
		if got.Format != dmpfile.NotADump || got.What != c.what || !strings.Contains(got.Message, c.says) || !strings.HasSuffix(got.Next, ".") {
			t.Errorf("%s: %s, %q, next %q; want %s, %q", c.name, got.What, got.Message, got.Next, c.what, c.says)
		}
		log := slices.Contains([]dmpfile.What{dmpfile.EventLog, dmpfile.EventTrace, dmpfile.DumpStackLog}, c.what) || c.says == "events of Windows"
		if log != strings.Contains(got.Next, "dmplens events ") {
			t.Errorf("%s: next %q", c.name, got.Next)
		}
	}
	// Of a head the length of the whole counts.
	_, err := dmpfile.NewHead(at(64<<10, map[int]string{0: vectors(32)}), 16<<20)
	var got *dmpfile.NotDumpError
	if !errors.As(err, &got) || got.What != dmpfile.RawMemory {
		t.Errorf("the head of an image: %v", err)
	}
}

// pageOf returns a page of zeros behind a text.
func pageOf(s string) []byte { return append([]byte(s), make([]byte, 0x1000-len(s))...) }

func utf16Text(s string) []byte {
	m := &dmptest.Image{}
	m.PutU16(0, 0xFEFF)
	m.PutUTF16(2, s)
	return m.Data()
}

// headSize is what is read of a file to recognise it.
const headSize = 0x2100

func TestNotADump(t *testing.T) {
	for _, c := range []struct {
		name   string
		data   []byte
		format dmpfile.Format // "" is not-a-dump
		what   dmpfile.What
		says   string // part of the message
	}{
		{name: "nothing", what: "empty", says: "0 bytes"},
		{"one zero", []byte{0}, "", "zeros", "all 1 bytes"},
		{"zeros", make([]byte, 200<<10), "", "zeros", "all 204800 bytes"},
		{"zeros behind a full sampling block", make([]byte, 64<<10+1), "", "zeros", "all 65537 bytes"},
		{"one byte set in the middle", onlyByte(200<<10, 100<<10), "", "unknown", "00 00 00 00 00 00 00 00"},
		{"the last byte set", onlyByte(64<<10+1, 64<<10), "", "unknown", "00 00"},
		{"zip", []byte("PK\x03\x04rest"), "", "zip", "zip"},
		{"empty zip", []byte("PK\x05\x06rest"), "", "zip", "zip"},
		{"spanned zip", []byte("PK\x07\x08rest"), "", "zip", "zip"},
		{"cab", []byte("MSCF\x00\x00\x00\x00"), "", "cab", "CAB"},
		{"gzip", []byte("\x1f\x8b\x08\x00"), "", "gzip", "gzip"},
		{"7z", []byte("7z\xbc\xaf\x27\x1c\x00\x04"), "", "7z", "7-Zip"},
		{"zstd", []byte("\x28\xb5\x2f\xfd\x04"), "", "zstd", "Zstandard"},
		{"zstd behind a skippable frame", []byte("\x50\x2a\x4d\x18\x04\x00\x00\x00abcd\x28\xb5\x2f\xfd\x04"), "", "zstd", "Zstandard"},
		{"zstd behind two", []byte("\x5f\x2a\x4d\x18\x00\x00\x00\x00\x51\x2a\x4d\x18\x01\x00\x00\x00a\x28\xb5\x2f\xfd"), "", "zstd", "Zstandard"},
		{"ELF core", elf(1, 4, 0), "", "elf-core", "ELF"},
		{"ELF core, big-endian", elf(2, 0, 4), "", "elf-core", "ELF"},
		{"ELF executable", elf(1, 2, 0), "", "unknown", "7f 45 4c 46"},
		{"ELF of another byte order", elf(1, 0, 4), "", "unknown", "7f 45 4c 46"},
		{"ELF cut before its kind", elf(1, 4, 0)[:17], "", "unknown", "7f 45 4c 46"},
		{"hibernation", pageOf("hibr"), "", "hibernation-file", "hiberfil"},
		{"hibernation, upper case", pageOf("HIBR"), "", "hibernation-file", "hiberfil"},
		{"resumed hibernation", pageOf("wake"), "", "hibernation-file", "hiberfil"},
		{"resuming hibernation", pageOf("RSTR"), "", "hibernation-file", "hiberfil"},
		{"text that begins like one", []byte("wake up"), "", "text", `it begins "wake up"`},
		{"HTML", []byte("<!DOCTYPE html><html><head><TITLE>502 Bad\nGateway</TITLE>"), "", "html", `its title is "502 Bad"`},
		{"HTML behind a comment", []byte("\r\n<!-- a --> <!-- b -->\n<HTML>"), "", "html", "HTML page"},
		{"HTML behind a byte order mark", []byte("\ufeff<html>"), "", "html", "HTML page"},
		{"XHTML", []byte("<?xml version='1.0'?><html>"), "", "html", "HTML page"},
		{"XML", []byte("<?xml version='1.0'?><dump>"), "", "text", "it begins"},
		{"a comment without end", []byte("<!-- <html>"), "", "text", "it begins"},
		{"text", []byte("\r\n  access denied \nline 2"), "", "text", `it begins "access denied"`},
		{"long text", []byte(strings.Repeat("ä", 61)), "", "text", `it begins "` + strings.Repeat("ä", 60) + `..."`},
		{"text behind a byte order mark", []byte("\ufeffsee \\\\server\\share"), "", "text", `it begins "see `},
		{"UTF-16 text", utf16Text("Zugriff verweigert: ä\n"), "", "text", `it begins "Zugriff verweigert: ä"`},
		{"a rune cut by the end of what is read", []byte(strings.Repeat("x", headSize-1) + "ä tail"), "", "text", "it begins"},
		{"text with a zero byte", []byte("text\x00"), "", "unknown", "74 65 78 74 00"},
		{"bytes that are no UTF-8", []byte("text \xff\xff\xff\xff text"), "", "unknown", "74 65"},
		{"a cut signature", []byte("PAGEDU"), "", "unknown", "the first 6 bytes of something that may have been a kernel dump"},
		{"another signature of 8 bytes", []byte("PAGEDU65"), "", "text", `it begins "PAGEDU65"`},
		{"unknown bytes", []byte("\x01\x02\xfe"), "", "unknown", "01 02 fe"},
		{"user minidump", dmptest.Minidump{}.Image().Data(), "user-minidump", "", "MDMP"},
		{"raw container", dmptest.OfflineRaw().Data(), "offline-raw", "", "raw"},
		{"encrypted container", dmptest.OfflineEncrypted(16).Data(), "offline-encrypted", "", "encrypted"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, err := dmpfile.NewFile(bytes.NewReader(c.data), int64(len(c.data)))
			var got *dmpfile.NotDumpError
			if !errors.As(err, &got) {
				t.Fatalf("NewFile = %v, %v", f, err)
			}
			if c.format == "" {
				c.format = dmpfile.NotADump
			}
			expect(t, "format, what", []string{string(got.Format), string(got.What)}, []string{string(c.format), string(c.what)})
			if !strings.Contains(got.Message, c.says) || got.Error() != got.Message {
				t.Errorf("message %q, error %q; want %q in them", got.Message, got.Error(), c.says)
			}
			if got.Size != int64(len(c.data)) || (got.Minidump != nil) != (c.format == dmpfile.UserMinidump) {
				t.Errorf("size %d, minidump %v", got.Size, got.Minidump)
			}
			if !strings.HasSuffix(got.Next, ".") {
				t.Errorf("next step %q", got.Next)
			}
		})
	}
}

func TestKernelDumpSignature(t *testing.T) {
	for signature, bits := range map[string]int{"PAGEDU64": 64, "PAGEDUMP": 32} {
		f := open(t, []byte(signature))
		expect(t, signature, []any{f.Bits, f.Size(), f.Format}, []any{bits, int64(8), dmpfile.Format("")})
		expectIDs(t, f.Findings(), "error header-truncated")
	}
}

// A file too large to be read whole is judged by blocks of it; the first and the last are among them.
func TestLargeZeros(t *testing.T) {
	const size = 5 << 20
	for _, c := range []struct {
		name string
		set  int64 // where a byte is not zero; negative: nowhere
		want dmpfile.What
	}{{"hole", -1, dmpfile.Zeros}, {"first block", 0x8000, dmpfile.Unknown}, {"last byte", size - 1, dmpfile.Unknown}} {
		t.Run(c.name, func(t *testing.T) {
			name := filepath.Join(t.TempDir(), "MEMORY.DMP")
			w, err := os.Create(name)
			if err != nil {
				t.Fatal(err)
			}
			defer w.Close()
			if err := w.Truncate(size); err != nil {
				t.Fatal(err)
			}
			if c.set >= 0 {
				if _, err := w.WriteAt([]byte{1}, c.set); err != nil {
					t.Fatal(err)
				}
			}
			_, err = dmpfile.Open(name)
			var got *dmpfile.NotDumpError
			if !errors.As(err, &got) || got.What != c.want {
				t.Fatalf("Open: %v; want %s", err, c.want)
			}
			if c.want == dmpfile.Zeros && !strings.Contains(got.Message, "16 blocks of 64 KiB") {
				t.Errorf("message %q does not say how much was looked at", got.Message)
			}
		})
	}
}

func TestOpen(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "x.dmp")
	data := sample(t, "full-x86-pae.dmp").Data()
	if err := os.WriteFile(name, data, 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := dmpfile.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	expect(t, "file", []any{f.Format, f.Size()}, []any{dmpfile.Full, int64(len(data))})
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	if _, err := f.ReadAt(make([]byte, 1), 0); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("reading a closed file: %v", err)
	}
	if err := open(t, data).Close(); err != nil {
		t.Errorf("closing what Open did not open: %v", err)
	}
	if _, err := dmpfile.Open(name + ".missing"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
	var path *fs.PathError
	for _, name := range []string{dir, os.DevNull} {
		if _, err := dmpfile.Open(name); !errors.As(err, &path) || path.Path != name {
			t.Errorf("%s is no regular file: %v", name, err)
		}
	}
}

// brokenReader fails at one offset and behind it.
type brokenReader struct {
	*bytes.Reader
	at int64
}

var errBroken = errors.New("the disk is broken")

func (r brokenReader) ReadAt(p []byte, off int64) (int, error) {
	if off+int64(len(p)) > r.at {
		return 0, errBroken
	}
	return r.Reader.ReadAt(p, off)
}

func TestReadError(t *testing.T) {
	data := sample(t, "triage-amd64.dmp").Data()
	if _, err := dmpfile.NewFile(brokenReader{bytes.NewReader(data), 0x1000}, int64(len(data))); !errors.Is(err, errBroken) {
		t.Errorf("NewFile: %v", err)
	}
	// Which file of zeros this is cannot be said when it cannot be read.
	zeros := make([]byte, 200<<10)
	if _, err := dmpfile.NewFile(brokenReader{bytes.NewReader(zeros), 64 << 10}, int64(len(zeros))); err == nil || strings.Contains(err.Error(), "zero") {
		t.Errorf("NewFile of zeros: %v", err)
	}
	f, err := dmpfile.NewFile(brokenReader{bytes.NewReader(data), headSize}, int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	_, errModules := f.Triage.Modules()
	_, errUnloaded := f.Triage.UnloadedModules()
	_, errData := f.Triage.DebuggerData()
	for what, err := range map[string]error{"Modules": errModules, "UnloadedModules": errUnloaded, "DebuggerData": errData} {
		if !errors.Is(err, errBroken) {
			t.Errorf("%s: %v", what, err)
		}
	}
	_, err = f.Triage.ReadVirtual(make([]byte, 8), f.Triage.TopOfStack)
	if !errors.Is(err, errBroken) {
		t.Errorf("ReadVirtual: %v", err)
	}
}

// A part that cannot be read is a finding of its own: it is not taken for what the dump lacks.
func TestReadErrorInside(t *testing.T) {
	m := dmptest.Bitmap{Bits: 0x40000, Pages: pagesOf(1, 2), Secondary: dmptest.Secondary(1)}.Image()
	for _, c := range []struct {
		name      string
		size      int    // of the file
		readable  int64  // how far it can be read
		open      string // findings of opening it, and of its secondary data
		secondary string
	}{
		{"bitmap of a dump that is cut", m.Len() - 0x1000, headSize, "error read-error, error truncated", ""},
		{"secondary data", m.Len(), headSize, "", "error read-error"},
	} {
		f, err := dmpfile.NewFile(brokenReader{bytes.NewReader(m.Data()), c.readable}, int64(c.size))
		if err != nil {
			t.Fatal(err)
		}
		expect(t, c.name+": findings", strings.Join(ids(f.Findings()), ", "), c.open)
		expect(t, c.name+": findings of secondary data", strings.Join(ids(f.Secondary().Findings), ", "), c.secondary)
	}
}

func TestReadAt(t *testing.T) {
	f := open(t, append([]byte("PAGEDU64"), 1, 2))
	for _, c := range []struct {
		off  int64
		n    int
		want string
		eof  bool
	}{{0, 4, "PAGE", false}, {6, 4, "64\x01\x02", false}, {8, 4, "\x01\x02", true}, {10, 1, "", true}, {-1, 1, "", true}} {
		b := make([]byte, c.n)
		n, err := f.ReadAt(b, c.off)
		if string(b[:n]) != c.want || (err != nil) != c.eof {
			t.Errorf("ReadAt(%d bytes, %d) = %q, %v; want %q", c.n, c.off, b[:n], err, c.want)
		}
	}
}
