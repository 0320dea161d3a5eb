package archive

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/dmptest"
	"github.com/dmplens/dmplens/report"
	"github.com/dmplens/dmplens/report/analyze"
	"github.com/dmplens/dmplens/report/page"
	"github.com/dmplens/dmplens/report/text"
)

type file struct {
	name string
	data []byte
}

func sample(t testing.TB, name string) []byte {
	t.Helper()
	for _, s := range dmptest.Samples() {
		if s.Name == name {
			return s.Data
		}
	}
	t.Fatal("no sample", name)
	return nil
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func zipOf(t testing.TB, method uint16, files ...file) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	z.RegisterCompressor(zstd.ZipMethodWinZip, zstd.ZipCompressor())
	for _, f := range files {
		w, err := z.CreateHeader(&zip.FileHeader{Name: f.name, Method: method})
		must(t, err)
		_, err = w.Write(f.data)
		must(t, err)
	}
	must(t, z.Close())
	return b.Bytes()
}

func gzipOf(t testing.TB, name string, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	z.Name = name
	_, err := z.Write(data)
	must(t, err)
	must(t, z.Close())
	return b.Bytes()
}

func zstdOf(t testing.TB, data []byte, options ...zstd.EOption) []byte {
	t.Helper()
	var b bytes.Buffer
	z, err := zstd.NewWriter(&b, options...)
	must(t, err)
	_, err = z.Write(data)
	must(t, err)
	must(t, z.Close())
	return b.Bytes()
}

// large is a dump of pages with so many bytes, most of them zeros.
func large(t testing.TB, size int) []byte {
	t.Helper()
	b := make([]byte, size)
	h := dmptest.Load(sample(t, "task-manager-live.dmp")).Data()[:0x4000]
	copy(b, h)
	m := dmptest.Load(b)
	pages := uint64(size-0x100000) / dmptest.PageSize
	m.PutU64(0x2020, 0x100000) // HeaderSize, Pages, bits of the bitmap
	m.PutU64(0x2028, pages)
	m.PutU64(0x2030, pages)
	m.PutU64(0xFA0, uint64(size))
	return m.Data()
}

// itself is the report on an archive.
func itself(t testing.TB, name string, data []byte) *report.Report {
	t.Helper()
	r, err := (&analyze.Analyzer{}).Report(analyze.Reader(bytes.NewReader(data), int64(len(data)), report.File{Path: name}))
	must(t, err)
	return r
}

// reports are those on the members, and that on the archive itself where something is wrong with it, or it is none.
func reports(t testing.TB, a *Reader, name string, data []byte) []*report.Report {
	t.Helper()
	self := itself(t, name, data)
	if !CanUnpack(dmpfile.What(self.Dump.What)) {
		return []*report.Report{self}
	}
	var list []*report.Report
	for r, err := range a.Members(context.Background(), bytes.NewReader(data), self) {
		must(t, err)
		list = append(list, r)
	}
	if len(self.Findings) > 0 {
		list = append(list, self)
	}
	for _, r := range list {
		must(t, text.Write(io.Discard, page.Info(r), text.Style{}))
	}
	return list
}

func only(t testing.TB, a *Reader, name string, data []byte) *report.Report {
	t.Helper()
	list := reports(t, a, name, data)
	if len(list) != 1 {
		t.Fatalf("%d reports", len(list))
	}
	return list[0]
}

func find(r *report.Report, id report.FindingID) *report.Finding {
	for i, f := range r.Findings {
		if f.ID == id {
			return &r.Findings[i]
		}
	}
	return nil
}

// plain is the report of a file that is in no archive, with the file of another report.
func plain(t testing.TB, data []byte, f report.File) *report.Report {
	t.Helper()
	path := f.Path + "/" + f.Member
	r, err := (&analyze.Analyzer{}).Report(analyze.Reader(bytes.NewReader(data), int64(len(data)), report.File{Path: path}))
	must(t, err)
	r.File = f
	return r
}

// TestSamples reads all samples in each kind of archive: the reports are those of the plain files.
func TestSamples(t *testing.T) {
	var files []file
	for _, s := range dmptest.Samples() {
		files = append(files, file{"dumps/" + s.Name, s.Data})
	}
	for _, method := range []uint16{zip.Store, zip.Deflate, zstd.ZipMethodWinZip} {
		list := reports(t, &Reader{}, "all.zip", zipOf(t, method, files...))
		if len(list) != len(files) {
			t.Fatalf("%d reports", len(list))
		}
		for i, r := range list {
			if r.File.Path != "all.zip" || r.File.Member != files[i].name || *r.File.Size != int64(len(files[i].data)) {
				t.Errorf("file %+v", r.File)
			}
			if d := cmp.Diff(plain(t, files[i].data, r.File), r); d != "" {
				t.Errorf("method %d, %s: %s", method, files[i].name, d)
			}
		}
	}
	for _, f := range files {
		for name, data := range map[string][]byte{
			"C:\\x\\a.dmp.gz": gzipOf(t, "", f.data), "b.dmp.ZST": zstdOf(t, f.data), "n.gz": gzipOf(t, "a.dmp", f.data),
		} {
			r := only(t, &Reader{}, name, data)
			if r.File.Member != "a.dmp" && r.File.Member != "b.dmp" {
				t.Errorf("%s: member %s", name, r.File.Member)
			}
			if d := cmp.Diff(plain(t, f.data, r.File), r); d != "" {
				t.Errorf("%s of %s: %s", name, f.name, d)
			}
		}
	}
}

func TestCanUnpack(t *testing.T) {
	for magic, can := range map[string]bool{
		"7z\xbc\xaf\x27\x1c": false, "MSCF": false, "PK\x05\x06": true, "\x1f\x8b": true, "\x28\xb5\x2f\xfd": true, "PAGEDU64": false, "text": false,
	} {
		r := only(t, &Reader{}, "x", []byte(magic))
		if CanUnpack(dmpfile.What(r.Dump.What)) != can || (find(r, "archive-damaged") != nil) != can {
			t.Errorf("%q: %+v %+v", magic, r.Dump, r.Findings)
		}
	}
}

func TestWant(t *testing.T) {
	dump := sample(t, "triage-amd64.dmp")
	data := zipOf(t, zip.Deflate, file{"a/", nil}, file{"a/b.dmp", dump}, file{"readme.txt", []byte("Read me.\n")}, file{"c.dmp", dump})
	a := &Reader{Want: func(name string) bool { return strings.HasSuffix(name, ".dmp") }}
	if list := reports(t, a, "x.zip", data); len(list) != 2 || list[1].File.Member != "c.dmp" {
		t.Errorf("%d reports", len(list))
	}
	if list := reports(t, &Reader{}, "x.zip", data); len(list) != 3 || list[1].Dump.What != "text" {
		t.Errorf("%d reports", len(list))
	}
	if list := reports(t, &Reader{}, "x.zip", zipOf(t, zip.Deflate)); len(list) != 0 {
		t.Errorf("%d reports of an empty zip", len(list))
	}
	for range (&Reader{}).Members(context.Background(), bytes.NewReader(data), itself(t, "x.zip", data)) {
		break // the sequence can be left
	}
}

// TestOverLimit reads a dump that does not fit: the report is that of its header.
func TestOverLimit(t *testing.T) {
	const size, limit = 8 << 20, 4 << 20
	data := large(t, size)
	whole := plain(t, data, report.File{Path: "x"}) // its pages are zeros, which compress like a bomb
	if find(whole, "truncated") != nil {
		t.Fatalf("the dump is not whole: %+v", whole.Findings)
	}
	halves := append(gzipOf(t, "x.dmp", data[:5<<20]), gzipOf(t, "", data[5<<20:])...)
	for _, x := range []struct {
		name  string
		data  []byte
		sized bool
	}{
		{"x.zip", zipOf(t, zip.Deflate, file{"x.dmp", data}), true},
		{"x.gz", gzipOf(t, "x.dmp", data), true},
		{"halves.gz", halves, false}, // each part has a size of its own
		{"x.zst", zstdOf(t, data), false},
	} {
		r := only(t, &Reader{Limit: limit}, x.name, x.data)
		if r.Depth != "header" || find(r, "archive-head") == nil || (find(r, "archive-bomb") != nil) != x.sized || len(r.Findings) > 2 {
			t.Errorf("%s: depth %s, %+v", x.name, r.Depth, r.Findings)
		}
		if d := cmp.Diff([]any{whole.Dump, whole.Bugcheck.Code, whole.Origin.Source}, []any{r.Dump, r.Bugcheck.Code, r.Origin.Source}); d != "" {
			t.Errorf("%s: %s", x.name, d)
		}
		if x.sized {
			if *r.File.Size != size || r.Sizes.Missing != nil || *r.Sizes.Primary != size-0x100000 || r.Sizes.SecondaryUsed != nil || r.Verdict != report.Complete {
				t.Errorf("%s: %+v, %s", x.name, r.Sizes, r.Verdict)
			}
		} else if r.File.Size != nil || r.Sizes != nil || r.Verdict != "" {
			t.Errorf("%s: %+v, %s", x.name, r.Sizes, r.Verdict)
		}
	}
	r := only(t, &Reader{Limit: limit}, "x.zip", zipOf(t, zip.Store, file{"x.dmp", data}))
	if r.Depth != "full" || find(r, "archive-unchecked") == nil || *r.Sizes.Primary != size-0x100000 {
		t.Errorf("stored: depth %s, %+v", r.Depth, r.Findings)
	}
	if r := only(t, &Reader{Limit: size}, "halves.gz", halves); r.Depth != "full" || *r.File.Size != size || find(r, "archive-head") != nil {
		t.Errorf("at the limit: depth %s, %+v", r.Depth, r.Findings)
	}
}

// TestSizesAtBlocks reads files whose ends fall on and beside those of blocks.
func TestSizesAtBlocks(t *testing.T) {
	for _, size := range []int{blockSize - 1, blockSize, blockSize + 1, 2 * blockSize, 3*blockSize + 1} {
		data := large(t, size)
		for name, b := range map[string][]byte{
			"zip": zipOf(t, zip.Deflate, file{"x", data}), "gz": gzipOf(t, "x", data), "zst": zstdOf(t, data),
			"limit": gzipOf(t, "x", data),
		} {
			a := &Reader{}
			if name == "limit" {
				a.Limit = int64(size)
			}
			r := only(t, a, "p", b)
			if d := cmp.Diff(plain(t, data, r.File), r); d != "" || *r.File.Size != int64(size) {
				t.Errorf("%s of %d bytes: %s", name, size, d)
			}
		}
	}
}

// zipClaiming is a zip whose directory claims a size of its only member.
func zipClaiming(t testing.TB, raw []byte, crc uint32, size uint64) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.CreateRaw(&zip.FileHeader{Name: "x.dmp", Method: zip.Deflate, CRC32: crc, CompressedSize64: uint64(len(raw)), UncompressedSize64: size})
	must(t, err)
	_, err = w.Write(raw)
	must(t, err)
	must(t, z.Close())
	return b.Bytes()
}

// zipOfRaw is a zip of n members with the same content, which is given compressed too.
func zipOfRaw(t testing.TB, n int, raw, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := range n {
		w, err := z.CreateRaw(&zip.FileHeader{Name: fmt.Sprint(i), Method: zip.Deflate, CRC32: crc32.ChecksumIEEE(data),
			CompressedSize64: uint64(len(raw)), UncompressedSize64: uint64(len(data))})
		must(t, err)
		_, err = w.Write(raw)
		must(t, err)
	}
	must(t, z.Close())
	return b.Bytes()
}

func deflated(t testing.TB, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, flate.BestSpeed)
	must(t, err)
	_, err = w.Write(data)
	must(t, err)
	must(t, w.Close())
	return b.Bytes()
}

// zeros is a deflate stream of n MiB of zeros: what a MiB adds is the same each time.
func zeros(t testing.TB, n int) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, flate.BestCompression)
	must(t, err)
	mib := make([]byte, 1<<20)
	_, err = w.Write(mib)
	must(t, err)
	must(t, w.Flush())
	first := b.Len()
	_, err = w.Write(mib)
	must(t, err)
	must(t, w.Flush())
	more := bytes.Clone(b.Bytes()[first:])
	if end, err := io.ReadAll(flate.NewReader(io.MultiReader(bytes.NewReader(b.Bytes()), bytes.NewReader(more)))); len(end) != 3<<20 || err != io.ErrUnexpectedEOF {
		t.Fatalf("%d bytes, %v", len(end), err)
	}
	return append(append(b.Bytes(), bytes.Repeat(more, n-2)...), 1, 0, 0, 0xff, 0xff) // an empty last block
}

func TestBombs(t *testing.T) {
	const mib = 10 << 10
	bomb := zeros(t, mib)
	r := only(t, &Reader{}, "bomb.zip", zipClaiming(t, bomb, 0, mib<<20))
	if r.Dump.What != "zeros" || *r.File.Size != mib<<20 || find(r, "archive-head") == nil || find(r, "archive-bomb") == nil ||
		r.Error.Message != "nothing but zero bytes in the first 1048576; the rest was not looked at" {
		t.Errorf("zeros: %+v %+v", r.Error, r.Findings)
	}
	for _, claim := range []int{0, 1, 100, 0x2000, 1 << 20, 1<<20 + 1} { // less than there is
		r := only(t, &Reader{}, "bomb.zip", zipClaiming(t, bomb, 0, uint64(claim)))
		if claim > 0 && *r.File.Size != int64(claim) || find(r, "archive-size") == nil && claim <= 1<<20 {
			t.Errorf("claim of %d: %+v %+v", claim, r.File, r.Findings)
		}
	}
	dump := sample(t, "triage-amd64.dmp")
	r = only(t, &Reader{}, "more.zip", zipClaiming(t, deflated(t, append(bytes.Clone(dump), 1, 2, 3)), 0, uint64(len(dump))))
	if find(r, "archive-size") == nil || r.Verdict != report.Damaged || *r.File.Size != int64(len(dump)) || find(r, "truncated") != nil {
		t.Errorf("more than claimed: %s %+v", r.Verdict, r.Findings)
	}
	r = only(t, &Reader{}, "less.zip", zipClaiming(t, deflated(t, dump), 0, 1<<63))
	if find(r, "archive-damaged") == nil || r.Verdict != report.Damaged || *r.File.Size != int64(len(dump)) {
		t.Errorf("less than claimed: %s %+v", r.Verdict, r.Findings)
	}
}

// TestManyBombs has dumps that fit the limit, each of them, and compress by more than any archive of real ones.
func TestManyBombs(t *testing.T) {
	const limit = 2 << 20
	data := large(t, limit)
	list := reports(t, &Reader{Limit: limit}, "many.zip", zipOfRaw(t, 100, deflated(t, data), data))
	if len(list) != 100 || find(list[0], "archive-bomb") != nil || find(list[99], "archive-bomb") == nil || list[99].Bugcheck == nil {
		t.Errorf("%d reports: %+v, %+v", len(list), list[0].Findings, list[99].Findings)
	}
}

func TestManyMembers(t *testing.T) {
	if testing.Short() {
		t.Skip("the race detector would take minutes; other tests work side by side")
	}
	dump := sample(t, "triage-amd64.dmp")
	data := zipOfRaw(t, 10000, deflated(t, dump), dump)
	a := &Reader{Analyzer: &analyze.Analyzer{Depth: report.DepthHeader}}
	n := 0
	for r, err := range a.Members(context.Background(), bytes.NewReader(data), itself(t, "many.zip", data)) {
		must(t, err)
		if len(r.Findings) > 0 || r.Bugcheck == nil || r.File.Member != fmt.Sprint(n) {
			t.Fatalf("%+v: %+v", r.File, r.Findings)
		}
		n++
	}
	if n != 10000 {
		t.Errorf("%d reports", n)
	}
}

// entries are the offsets of the entries of a zip's directory.
func entries(b []byte) (list []int) {
	for i := 0; ; {
		at := bytes.Index(b[i:], []byte("PK\x01\x02"))
		if at < 0 {
			return list
		}
		list = append(list, i+at)
		i += at + 4
	}
}

func TestRefused(t *testing.T) {
	dump := sample(t, "header-only.dmp")
	for _, x := range []struct {
		id    string
		patch func(entry []byte)
		says  string
	}{
		{"archive-encrypted", func(e []byte) { e[8] |= 1 }, "encrypted"},
		{"archive-encrypted", func(e []byte) { e[8] |= 1; e[10] = 99 }, "encrypted"},
		{"archive-method", func(e []byte) { e[10] = 99 }, "method 99 (AES encryption)"},
		{"archive-method", func(e []byte) { e[10] = 9 }, "method 9 (Deflate64)"},
		{"archive-method", func(e []byte) { e[10] = 14 }, "method 14 (LZMA)"},
		{"archive-method", func(e []byte) { e[11] = 0xff }, "method 65288"},
		{"archive-damaged", func(e []byte) { binary.LittleEndian.PutUint32(e[42:], 0x7fffffff) }, "cannot be read"},
	} {
		b := zipOf(t, zip.Deflate, file{"a.dmp", dump}, file{"b.dmp", dump})
		x.patch(b[entries(b)[0]:])
		list := reports(t, &Reader{}, "x.zip", b)
		if len(list) != 2 || len(list[1].Findings) > 0 {
			t.Fatalf("%s: %d reports", x.says, len(list))
		}
		r := list[0]
		if find(r, report.FindingID(x.id)) == nil || !strings.Contains(r.Error.Message, x.says) || r.Verdict != "" || r.File.Member != "a.dmp" || *r.File.Size != int64(len(dump)) {
			t.Errorf("%s: %+v %+v", x.says, r.Error, r.Findings)
		}
	}
}

func TestDamaged(t *testing.T) {
	dump := sample(t, "bitmap-full.dmp")
	crc := func(b []byte) []byte {
		b[entries(b)[0]+16] ^= 1
		return b
	}
	cut := func(b []byte) []byte { return b[:len(b)*3/4] }
	flipped := func(b []byte, at int) []byte {
		b[at] ^= 0x10
		return b
	}
	whole := int64(len(dump))
	zipped := gzipOf(t, "x", dump)
	for name, x := range map[string]struct {
		data []byte
		id   string
		size int64 // 0: less than all
	}{
		"checksum in a zip":      {crc(zipOf(t, zip.Store, file{"x", dump})), "archive-damaged", whole},
		"checksum of gzip":       {flipped(bytes.Clone(zipped), len(zipped)-8), "archive-damaged", whole},
		"cut gzip":               {cut(zipped), "archive-damaged", 0},
		"cut zstd":               {cut(zstdOf(t, dump, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithWindowSize(1<<10))), "archive-damaged", 0},
		"cut deflate":            {zipClaiming(t, cut(deflated(t, dump)), 0, uint64(whole)), "archive-damaged", 0},
		"something behind gzip":  {append(bytes.Clone(zipped), "something else"...), "archive-trailing", whole},
		"a checksum of zstd":     {func() []byte { b := zstdOf(t, dump); return flipped(b, len(b)-1) }(), "archive-damaged", 0},
		"padding behind gzip":    {append(bytes.Clone(zipped), make([]byte, 512)...), "archive-trailing", whole},
		"a line behind gzip":     {append(bytes.Clone(zipped), '\n'), "archive-trailing", whole},
		"half a magic of gzip":   {append(bytes.Clone(zipped), 0x1f), "archive-trailing", whole},
		"half a header of gzip":  {append(bytes.Clone(zipped), zipped[:5]...), "archive-damaged", whole},
		"a second dump with zip": {zipClaiming(t, deflated(t, dump), 1, uint64(whole)), "archive-damaged", whole},
	} {
		r := only(t, &Reader{}, "x", x.data)
		f := find(r, report.FindingID(x.id))
		if f == nil {
			t.Errorf("%s: %+v %+v", name, r.File, r.Findings)
			continue
		}
		if x.size != 0 && *r.File.Size != x.size || x.size == 0 && (*r.File.Size <= 0x2000 || *r.File.Size >= whole) {
			t.Errorf("%s: %d of %d bytes", name, *r.File.Size, whole)
		}
		if r.Bugcheck == nil || (r.Verdict == report.Damaged) != (f.Severity == "error") {
			t.Errorf("%s: %s, %+v", name, r.Verdict, r.Findings)
		}
	}
	b := zipOf(t, zip.Deflate, file{"x", dump})
	if r := only(t, &Reader{}, "x.zip", b[:len(b)-4]); r.Dump.What != "zip" || find(r, "archive-damaged") == nil || r.File.Member != "" {
		t.Errorf("a zip without its end: %+v", r.Findings)
	}
}

// A file of gzip or zstd can be of several parts, and one of zstd can begin with what is no part of the content.
func TestParts(t *testing.T) {
	dump := sample(t, "bitmap-full.dmp")
	half := len(dump) / 2
	skippable := []byte("\x50\x2a\x4d\x18\x04\x00\x00\x00abcd")
	for name, data := range map[string][]byte{
		"gzip":      append(gzipOf(t, "x", dump[:half]), gzipOf(t, "y", dump[half:])...),
		"zstd":      append(zstdOf(t, dump[:half]), zstdOf(t, dump[half:])...),
		"skippable": append(skippable, zstdOf(t, dump)...),
	} {
		r := only(t, &Reader{}, "x", data)
		if *r.File.Size != int64(len(dump)) || r.Verdict != report.Complete || len(r.Findings) != 0 {
			t.Errorf("%s: %d bytes, %s, %+v", name, *r.File.Size, r.Verdict, r.Findings)
		}
	}
}

// A dump in an archive is looked at as deep as one outside.
func TestZeroTailInside(t *testing.T) {
	dump := bytes.Clone(sample(t, "range.dmp"))
	clear(dump[len(dump)*6/10:])
	for name, data := range map[string][]byte{"gzip": gzipOf(t, "x", dump), "zip": zipOf(t, zip.Deflate, file{"x", dump}), "zstd": zstdOf(t, dump)} {
		if r := only(t, &Reader{}, "x", data); r.Verdict != report.Damaged || find(r, report.FindingZeroTail) == nil {
			t.Errorf("%s: %s, %+v", name, r.Verdict, r.Findings)
		}
	}
}

func TestZstdWindow(t *testing.T) {
	b := zstdOf(t, make([]byte, 1<<20), zstd.WithWindowSize(512<<20), zstd.WithSingleSegment(false))
	b[5] = 19 << 3 // 512 MiB: the window descriptor
	b[4] &^= 0x20  // no single segment
	if r := only(t, &Reader{}, "x.zst", b); find(r, "archive-method") == nil || !strings.HasSuffix(find(r, "archive-method").Message, "unpack it with zstd -d --long=31") {
		t.Errorf("%+v %+v", r.Dump, r.Findings)
	}
}

func TestNested(t *testing.T) {
	inner := zipOf(t, zip.Deflate, file{"x.dmp", sample(t, "header-only.dmp")})
	list := reports(t, &Reader{}, "x.zip", zipOf(t, zip.Store, file{"a.zip", inner}, file{"b.gz", gzipOf(t, "", inner)}, file{"c.7z", []byte("7z\xbc\xaf\x27\x1c")}))
	var whats []string
	for _, r := range list {
		if whats = append(whats, r.Dump.What); find(r, "archive-nested") == nil {
			t.Errorf("%s: %+v", r.File.Member, r.Findings)
		}
	}
	if !slices.Equal(whats, []string{"zip", "gzip", "7z"}) {
		t.Errorf("%v", whats)
	}
}

func TestHostileNames(t *testing.T) {
	names := []string{"/etc/passwd", "../../x.dmp", `C:\Windows\x.dmp`, "a\x00b", "\x1b[2Jx", "\u202epmd.x", "\xff\xfe.dmp", "same", "same", "", "a/../b", strings.Repeat("n", 65000)}
	var files []file
	for _, n := range names {
		files = append(files, file{n, sample(t, "header-only.dmp")})
	}
	var wanted []string
	a := &Reader{Want: func(name string) bool { wanted = append(wanted, name); return true }}
	list := reports(t, a, "x.zip", zipOf(t, zip.Deflate, files...))
	if !slices.Equal(wanted, names) || len(list) != len(names) {
		t.Fatalf("%q", wanted)
	}
	names[8] = "same (2)" // so that rows can be told apart
	for i, r := range list {
		if r.File.Member != report.ValidUTF8(names[i]) || r.File.Path != "x.zip" {
			t.Errorf("%+v", r.File)
		}
		var out bytes.Buffer
		must(t, text.Write(&out, page.Info(r), text.Style{}))
		if bytes.ContainsAny(out.Bytes(), "\x1b\x00\u202e") {
			t.Errorf("%q", out.Bytes())
		}
	}
}

// broken is a file on a disk that cannot be read from an offset on.
type broken struct {
	b  []byte
	at int64
}

var errDisk = errors.New("the disk is broken")

func (b broken) ReadAt(p []byte, off int64) (int, error) {
	if off+int64(len(p)) > b.at {
		return 0, errDisk
	}
	return copy(p, b.b[off:]), nil
}

func TestErrors(t *testing.T) {
	data := large(t, 4<<20)
	for i := range data[0x4000:] {
		data[0x4000+i] = byte(i * i >> 3) // so that it is long when compressed too
	}
	z := gzipOf(t, "x", data)
	end := func(ctx context.Context, r io.ReaderAt) (n int, err error) {
		for _, e := range (&Reader{}).Members(ctx, r, itself(t, "x.gz", z)) {
			n++
			err = e
		}
		return n, err
	}
	for _, at := range []int64{10, int64(len(z) / 2)} {
		if n, err := end(context.Background(), broken{z, at}); n != 1 || !errors.Is(err, errDisk) {
			t.Errorf("%d, %v", n, err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if n, err := end(ctx, bytes.NewReader(z)); n != 1 || !errors.Is(err, context.Canceled) {
		t.Errorf("%d, %v", n, err)
	}
}

func TestBuffer(t *testing.T) {
	data := large(t, 2*blockSize+5)
	var b buffer
	if err := b.fill(bytes.NewReader(data), 1<<40); err != io.EOF {
		t.Fatal(err)
	}
	for _, off := range []int64{0, blockSize - 2, blockSize, 2 * blockSize, 2*blockSize + 4, 2*blockSize + 5, 1 << 40} {
		for _, n := range []int{0, 1, 5, blockSize, 3 * blockSize} {
			got, want := make([]byte, n), make([]byte, n)
			gn, gerr := b.ReadAt(got, off)
			wn, werr := bytes.NewReader(data).ReadAt(want, off)
			if n > 0 && (gn != wn || gerr != werr) || !bytes.Equal(got, want) {
				t.Errorf("%d bytes at %d: %d, %v; want %d, %v", n, off, gn, gerr, wn, werr)
			}
		}
	}
}

// TestBufferBounds sees that a member takes no more memory than the limit and a block.
func TestBufferBounds(t *testing.T) {
	if testing.Short() {
		t.Skip("the race detector would take minutes; other tests work side by side")
	}
	const limit = 4 << 20
	for _, b := range [][]byte{gzipOf(t, "", large(t, 64<<20)), zstdOf(t, large(t, 64<<20)), zipClaiming(t, deflated(t, large(t, 64<<20)), 0, limit)} {
		u := &unpacker{Reader: Reader{Limit: limit}, src: &source{ctx: context.Background(), r: bytes.NewReader(b), size: int64(len(b))}, left: 1 << 40}
		seq, err := gzipMember(u.src, "x")
		if b[0] == 'P' {
			seq, err = zipMembers(u.src, nil)
		} else if b[0] == 0x28 {
			seq, err = zstdMember(u.src, "x")
		}
		must(t, err)
		for m := range seq {
			m.size = min(m.size, limit) // so that it is not believed to be too large
			_, err := u.unpack(m)
			must(t, err)
			if n := len(u.buf.blocks); n > limit/blockSize+1 {
				t.Errorf("%d blocks", n)
			}
		}
	}
}

// TestSeverities wants each id to be one that reports can have.
func TestSeverities(t *testing.T) {
	for id := range severities {
		if !id.Known() {
			t.Errorf("%s is not known", id)
		}
	}
}

// TestOddNames has names that would do harm as paths, or to who reads them.
func TestOddNames(t *testing.T) {
	dump := sample(t, "triage-amd64.dmp")
	for name, odd := range map[string]bool{
		"MEMORY.DMP": false, "a/b c/ä.dmp": false, `Minidump\x.dmp`: false, "a..b/...dmp": false,
		"../x.dmp": true, `a\..\x.dmp`: true, "/etc/x.dmp": true, `C:\x.dmp`: true, `\\host\share\x.dmp`: true,
		"a\x1b[31m.dmp": true, "user\u202exe.dmp": true, "bytes\xff.dmp": true,
	} {
		r := only(t, &Reader{}, "x.zip", zipOf(t, zip.Deflate, file{name, dump}))
		if (find(r, "archive-name") != nil) != odd || r.Verdict != report.Complete {
			t.Errorf("%q: %s %+v", name, r.Verdict, r.Findings)
		}
	}
}
