package pdb_test

import (
	"bytes"
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/pdb"
)

// directoryOf finds the directory of a synthetic PDB, which is one block, by its superblock.
func directoryOf(b []byte) []byte {
	block := int(le.Uint32(b[0x20:]))
	list := int(le.Uint32(b[0x34:])) * block
	at := int(le.Uint32(b[list:])) * block
	return b[at : at+int(le.Uint32(b[0x2C:]))]
}

// Numbers that lead out of the file, or in circles, are errors that say where they are.
func TestHostile(t *testing.T) {
	const streams = 13
	lists := 4 + 4*streams // of the blocks, in the directory
	sizeOf := func(n int) int { return 4 + 4*n }
	put := func(at func(b []byte) []byte, off int, v uint32) func(b []byte) []byte {
		return func(b []byte) []byte {
			le.PutUint32(at(b)[off:], v)
			return b
		}
	}
	file := func(b []byte) []byte { return b }
	// dbi and records are the first blocks of these streams: block lists follow each other by stream, and info and dbi have one block each.
	blockAt := func(i int) func(b []byte) []byte {
		return func(b []byte) []byte { return b[int(le.Uint32(directoryOf(b)[lists+4*i:]))*0x400:] }
	}
	info, dbi, records := blockAt(0), blockAt(1), blockAt(2)
	for _, x := range []struct {
		what   string
		change func(b []byte) []byte
		err    string
	}{
		{"block size 0", put(file, 0x20, 0), "power of two"},
		{"block size 0x300", put(file, 0x20, 0x300), "power of two"},
		{"block size 2^31", put(file, 0x20, 1<<31), "power of two"},
		{"directory larger than the file", put(file, 0x2C, 1<<31), "larger than the file"},
		{"no directory", put(file, 0x2C, 0), "empty"},
		{"map outside", put(file, 0x34, 0xFFFFFFFF), "not in the file"},
		{"map in the superblock", put(file, 0x34, 0), "not in the file"},
		{"directory outside", func(b []byte) []byte {
			le.PutUint32(b[int(le.Uint32(b[0x34:]))*0x400:], 0x7FFFFFFF)
			return b
		}, "not in the file"},
		{"streams without end", put(directoryOf, 0, 0xFFFFFFFE), "no room"},
		{"one stream more than there is room for", put(directoryOf, 0, 0x100), "no room"},
		{"no streams", put(directoryOf, 0, 0), "no info stream"},
		{"no info stream", put(directoryOf, sizeOf(1), 0xFFFFFFFF), "no info stream"},
		{"info stream too short", put(directoryOf, sizeOf(1), 8), "too short"},
		{"info stream without the GUID", put(directoryOf, sizeOf(1), 27), "too short"},
		{"records larger than the file", put(directoryOf, sizeOf(5), 0xFFFFFFF0), "no room for the blocks"},
		{"records larger than the directory", put(directoryOf, sizeOf(5), 0x2000), "no room for the blocks"},
		{"an earlier stream larger than the directory", put(directoryOf, sizeOf(2), 0xF0000000), "no room for the blocks"},
		{"a block outside", put(directoryOf, lists+8, 0x1000), "not in the file"},
		{"a block in the superblock", put(directoryOf, lists+8, 0), "not in the file"},
		{"an old header", put(dbi, 0, 0x10), "before 1997"},
		{"a negative part", put(dbi, 24, 0x80000000), "outside its stream"},
		{"a part too large", put(dbi, 32, 0x7FFFFFFF), "outside its stream"},
		{"parts that are too large together", put(dbi, 36, 22), "too short"},
		{"more optional streams than fit", put(dbi, 48, 0xFFFFFFFF), ""},
		{"an odd list of optional streams", put(dbi, 48, 21), ""},
		{"a record of no length", put(records, 0, 0x110E0000), "impossible length"},
		{"a record of one byte", put(records, 0, 0x110E0001), "impossible length"},
		{"a record of odd length", put(records, 0, 0x110E0025), "impossible length"},
		{"a record that runs past the stream", put(records, 0, 0x110EFFFE), "runs past the end"},
		{"another kind that runs past the stream", put(records, 0, 0x1125FFFE), "runs past the end"},
		{"a public without room for a name", put(records, 0, 0x110E000A), "no name that ends"},
		{"a name that does not end", func(b []byte) []byte {
			r := records(b)
			copy(r[14:2+le.Uint16(r)], bytes.Repeat([]byte{'x'}, 0x40))
			return b
		}, "no name that ends"},
		{"an old name longer than its record", func(b []byte) []byte {
			r := records(b)
			le.PutUint16(r[2:], 0x1009)
			r[14] = 0xFF
			return b
		}, "no name that ends"},
		{"an old name that ends behind its record", func(b []byte) []byte {
			r := records(b)
			le.PutUint16(r[2:], 0x1009)
			r[14] = byte(le.Uint16(r) + 2 - 14)
			return b
		}, "no name that ends"},
		{"info of another version", put(info, 0, 0xFFFFFFFF), ""},
		{"texts of names without end", put(info, 28, 0xFFFFFFFF), ""},
	} {
		data := x.change(small.data())
		if x.err != "" {
			refused(t, x.what, data, x.err)
		} else if _, err := pdb.NewFile(bytes.NewReader(data), int64(len(data))); err != nil {
			t.Errorf("%s: %v", x.what, err)
		}
	}
	// A list of blocks that goes in a circle.
	s := small
	s.records = join(s.records, bytes.Repeat(small.records, 4))
	data := s.data()
	d := directoryOf(data)
	le.PutUint32(d[lists+12:], le.Uint32(d[lists+8:]))
	refused(t, "a block twice", data, "a block twice")
	if _, err := pdb.NewFile(bytes.NewReader(data), int64(len(data))); !errors.As(err, new(*dmpfile.FormatError)) {
		t.Errorf("%T", err)
	}
}

// Cut anywhere, a PDB is refused or names what it named whole; and nobody waits for bytes that are not there.
func TestCut(t *testing.T) {
	whole := withFrames.data()
	f := open(t, whole)
	for n := range whole {
		g, err := pdb.NewFile(bytes.NewReader(whole[:n]), int64(n))
		h, err2 := pdb.NewFile(bytes.NewReader(whole[:n]), int64(len(whole)))
		if (err == nil) != (g != nil) || (err2 == nil) != (h != nil) {
			t.Fatalf("%#x bytes: %v %v, %v %v", n, g, err, h, err2)
		}
		for _, g := range []*pdb.File{g, h} {
			if g == nil {
				continue
			}
			for rva := uint32(0x1000); rva < 0x4000; rva += 0x40 {
				a, ok := f.At(rva)
				if b, ok2 := g.At(rva); ok2 && (!ok || a != b) {
					t.Fatalf("%#x bytes, %#x: %+v, not %+v", n, rva, b, a)
				}
			}
		}
	}
}

// failing is a file whose reads fail from some place on.
type failing struct {
	data []byte
	from int64
}

var errDisk = errors.New("the disk is gone")

func (f failing) ReadAt(p []byte, off int64) (int, error) {
	if off+int64(len(p)) > f.from {
		return 0, errDisk
	}
	return bytes.NewReader(f.data).ReadAt(p, off)
}

func TestReadError(t *testing.T) {
	whole := small.data()
	for from := range int64(len(whole)) {
		if _, err := pdb.NewFile(failing{whole, from}, int64(len(whole))); err != nil && !errors.Is(err, errDisk) {
			t.Fatalf("%#x: %v", from, err)
		}
	}
	if _, err := pdb.NewFile(failing{whole, 0x1000}, int64(len(whole))); !errors.Is(err, errDisk) {
		t.Errorf("%v", err)
	}
	if _, err := pdb.NewFile(bytes.NewReader(nil), 0x1000); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("%v", err)
	}
}

// A file of another kind is named.
func TestForeign(t *testing.T) {
	for head, want := range map[string]string{
		"": "an empty file",
		"Microsoft C/C++ program database 2.00\r\n\x1aJG\x00\x00": "program database 2.00, JG",
		"Microsoft C/C++ MSF 8.00\r\n\x1aDS\x00\x00\x00":          "MSF file of another version",
		"BSJB\x01\x00\x01\x00":                                    "a portable PDB (BSJB)",
		"MSCF\x00\x00\x00\x00":                                    "a cabinet (MSCF)",
		"PK\x03\x04":                                              "a ZIP archive",
		"\x1f\x8b\x08":                                            "a gzip file",
		"MZ\x90":                                                  "a program or driver",
		"<!DOCTYPE html>":                                         "an HTML page",
		"\xef\xbb\xbf\r\n<HTML><body>":                            "an HTML page",
		"<?xml version":                                           "an XML document",
		"MSG: file is private":                                    "a message of a symbol server",
		"\x00\x00\x00\x00\x00\x00\x00\x00\x00":                    "zeros",
		"Microsoft C/C":                                           "the beginning of one",
		"hello":                                                   `begins with "hello"`,
		"Microsoft C++":                                           `begins with "Microsof"`,
	} {
		data := []byte(head)
		_, err := pdb.NewFile(bytes.NewReader(data), int64(len(data)))
		var e *pdb.NotPDBError
		if !errors.As(err, &e) || !bytes.Contains([]byte(err.Error()), []byte(want)) {
			t.Errorf("%q: %v; not %s", head, err, want)
		}
		_, _, _, err = pdb.Identify(bytes.NewReader(data), int64(len(data)))
		if !errors.As(err, &e) {
			t.Errorf("%q: identified: %v", head, err)
		}
	}
	if _, err := pdb.NewFile(bytes.NewReader(nil), -1); err == nil {
		t.Error("a size below 0")
	}
}

// sparse is a file of the blocks that are in it, and of zeros.
type sparse map[int64][]byte

func (s sparse) ReadAt(p []byte, off int64) (int, error) {
	clear(p)
	for at, b := range s {
		if from := max(off, at); from < min(off+int64(len(p)), at+int64(len(b))) {
			copy(p[from-off:], b[from-at:])
		}
	}
	return len(p), nil
}

// What a file takes of memory follows what it has, and not how long it says that it is: sparse files have no limit that matters.
func TestHostileSparse(t *testing.T) {
	allocated := func(r io.ReaderAt, size int64) (bytes uint64, err error) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err = pdb.NewFile(r, size)
		runtime.ReadMemStats(&after)
		return after.TotalAlloc - before.TotalAlloc, err
	}
	const most = 16 << 20
	long := sparse{0: small.data()} // zeros follow
	if n, err := allocated(long, 1<<40); n > most || err != nil {
		t.Errorf("a file of 1 TiB takes %d bytes: %v", n, err)
	}
	// A directory of 512 MiB, all of it the sizes of streams.
	const block, directory = 0x10000, 0x20000000
	head := append([]byte("Microsoft C/C++ MSF 7.00\r\n\x1aDS\x00\x00\x00"), make([]byte, 24)...)
	for i, v := range []uint32{block, 1, 0x2002, directory, 0, 1} {
		le.PutUint32(head[0x20+4*i:], v)
	}
	var blocks []byte
	for i := range uint32(directory / block) {
		blocks = le.AppendUint32(blocks, 2+i)
	}
	many := sparse{0: head, block: blocks, 2 * block: le.AppendUint32(nil, directory/4-1)}
	n, err := allocated(many, 0x2002*block)
	var format *dmpfile.FormatError
	if n > most || !errors.As(err, &format) || !strings.Contains(err.Error(), "more streams") {
		t.Errorf("a directory of 512 MiB takes %d bytes: %v", n, err)
	}
}
