package archive

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"

	"github.com/dmplens/dmplens/dmpfile/dmptest"
	"github.com/dmplens/dmplens/report"
)

// opened is the report on the member that Open chooses.
func opened(t testing.TB, a *Reader, archive string, data []byte, name string) (*report.Report, error) {
	t.Helper()
	m, err := a.Open(context.Background(), bytes.NewReader(data), itself(t, archive, data), name)
	if err != nil {
		return nil, err
	}
	defer a.Memory.Release()
	u := (&Reader{}).unpacker(context.Background(), bytes.NewReader(data), itself(t, archive, data))
	rep, err := u.reportOn(m.Source)
	must(t, err)
	m.Note(rep)
	return rep, nil
}

// A member that is opened is reported on as Members does, which cannot know yet that another one has its name.
func TestOpenIsMembers(t *testing.T) {
	archives := map[string][]byte{}
	var files []file
	for _, s := range dmptest.Samples() {
		files = append(files, file{"dumps/" + s.Name, s.Data}, file{"dumps/" + s.Name, append([]byte("x"), s.Data...)})
		archives[s.Name+".gz"] = gzipOf(t, "", s.Data)
		archives[s.Name+".zst"] = zstdOf(t, s.Data)
	}
	for _, method := range []uint16{zip.Store, zip.Deflate, zstd.ZipMethodWinZip} {
		archives[fmt.Sprintf("%d.zip", method)] = zipOf(t, method, files...)
	}
	dump := sample(t, "bitmap-full.dmp")
	zipped := gzipOf(t, "x", dump)
	archives["cut.gz"] = zipped[:len(zipped)*3/4]
	archives["trailing.gz"] = append(bytes.Clone(zipped), "something else"...)
	archives["size.zip"] = zipClaiming(t, deflated(t, dump), 0, 0x2000)
	archives["crc.zip"] = zipClaiming(t, deflated(t, dump), 1, uint64(len(dump)))
	archives["nested.gz"] = gzipOf(t, "", archives["size.zip"])
	archives["odd.zip"] = zipOf(t, zip.Deflate, file{"../a.dmp", dump}, file{"C:\\b.dmp", nil})
	n := 0
	for name, data := range archives {
		for _, want := range reports(t, &Reader{}, name, data) {
			n++
			got, err := opened(t, &Reader{}, name, data, want.File.Member)
			if err != nil {
				t.Fatalf("%s!%s: %v", name, want.File.Member, err)
			}
			got.Findings = slices.DeleteFunc(got.Findings, func(f report.Finding) bool { return strings.Contains(f.Message, "this is the first, ") })
			if len(got.Findings) == 0 {
				got.Findings = nil
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("%s!%s (-row +opened):\n%s", name, want.File.Member, d)
			}
		}
	}
	if n < 100 {
		t.Errorf("%d members", n)
	}
}

func TestOpenChooses(t *testing.T) {
	dump, other := sample(t, "triage-amd64.dmp"), sample(t, "header-only.dmp")
	double := append([]byte("\x00\x05\x16\x07"), make([]byte, 300)...) // what macOS puts beside a file
	text := []byte("Read me.\n")
	encrypted := zipOf(t, zip.Deflate, file{"a.dmp", dump})
	encrypted[entries(encrypted)[0]+8] |= 1
	for _, x := range []struct {
		what    string
		data    []byte
		name    string
		want    string // a member, or what the error says
		refused bool
	}{
		{"the only dump", zipOf(t, zip.Deflate, file{"readme.txt", text}, file{"a/b.dmp", dump}), "", "a/b.dmp", false},
		{"beside a file of macOS", zipOf(t, zip.Deflate, file{"__MACOSX/._b.dmp", double}, file{"b.dmp", dump}), "", "b.dmp", false},
		{"under another name", zipOf(t, zip.Deflate, file{"MEMORY.DMP.1", dump}, file{"b.txt", text}), "", "MEMORY.DMP.1", false},
		{"a dump by name comes first", zipOf(t, zip.Deflate, file{"old", dump}, file{"b.DMP", other}), "", "b.DMP", false},
		{"by name", zipOf(t, zip.Deflate, file{"a.dmp", dump}, file{"b.dmp", other}), "b.dmp", "b.dmp", false},
		{"in other letters", zipOf(t, zip.Deflate, file{"Dumps/A.dmp", dump}, file{"b.dmp", other}), `dumps\a.DMP`, "Dumps/A.dmp", false},
		{"exact before other letters", zipOf(t, zip.Deflate, file{"A.dmp", dump}, file{"a.dmp", other}), "a.dmp", "a.dmp", false},
		{"the second of a name", zipOf(t, zip.Deflate, file{"a.dmp", dump}, file{"a.dmp", other}), "a.dmp (2)", "a.dmp (2)", false},
		{"a file that is no dump", zipOf(t, zip.Deflate, file{"a.dmp", dump}, file{"readme.txt", text}), "readme.txt", "readme.txt", false},
		{"a stream by name", gzipOf(t, "a.dmp", dump), "A.DMP", "a.dmp", false},
		{"a stream that is no dump", gzipOf(t, "a.txt", text), "", "a.txt", false},

		{"ambiguous letters", zipOf(t, zip.Deflate, file{"A.dmp", dump}, file{"a.dmp", other}), "a.DMP", "did you mean", true},
		{"two dumps", zipOf(t, zip.Deflate, file{"a.dmp", dump}, file{"b.dmp", other}, file{"c.txt", text}), "", "the archive has 2 dumps: a.dmp, b.dmp", true},
		{"none", zipOf(t, zip.Deflate, file{"c.txt", text}, file{"d.dmp", text}), "", "no dump is in the archive: it has c.txt, d.dmp", true},
		{"empty", zipOf(t, zip.Deflate), "", "the archive is empty", true},
		{"empty, and a name", zipOf(t, zip.Deflate), "a", "the archive is empty", true},
		{"a wrong name", zipOf(t, zip.Deflate, file{"a/MEMORY.DMP", dump}, file{"c.txt", text}), "a/MEMRY.DMP", "did you mean a/MEMORY.DMP?", true},
		{"without its folder", zipOf(t, zip.Deflate, file{"a/b/c/d/e/MEMORY.DMP", dump}, file{"c.txt", text}), "memory.dmp", "did you mean a/b/c/d/e/MEMORY.DMP?", true},
		{"without its folder, beside one that is near", zipOf(t, zip.Deflate, file{"102622-12001-01.dmp", dump}, file{"b/102622-12000-01.dmp", other}), "102622-12000-01.dmp",
			"did you mean b/102622-12000-01.dmp?", true},
		{"in two folders", zipOf(t, zip.Deflate, file{"one/MEMORY.DMP", dump}, file{"two/MEMORY.DMP", other}), "memory.dmp", "it has one/MEMORY.DMP, two/MEMORY.DMP", true},
		{"another name", zipOf(t, zip.Deflate, file{"c.txt", text}), "nothing/like/it", "no member nothing/like/it: it has c.txt", true},
		{"a wrong name of a stream", gzipOf(t, "a.dmp", dump), "xyz", "it has a.dmp", true},
		{"encrypted", encrypted, "", "the member is encrypted: nothing of it can be read: unpack it with its password and look at the dump", true},
		{"no archive", []byte("PK\x03\x04 and nothing"), "", "the archive cannot be read", true},
		{"no gzip", []byte("\x1f\x8b"), "", "the archive cannot be read", true},
	} {
		r, err := opened(t, &Reader{}, "x", x.data, x.name)
		switch {
		case x.refused && (err == nil || !strings.Contains(err.Error(), x.want)):
			t.Errorf("%s: %v, want %s", x.what, err, x.want)
		case !x.refused && (err != nil || r.File.Member != x.want):
			t.Errorf("%s: %+v, %v, want %s", x.what, r, err, x.want)
		}
	}
	long := strings.Repeat("long", 5000)
	if _, err := opened(t, &Reader{}, "x.zip", zipOf(t, zip.Deflate, file{long + "1.dmp", dump}, file{long + "2.dmp", other}), ""); err == nil || len(err.Error()) > 1000 {
		t.Errorf("long names: %v", err)
	}
	var many []file
	for i := range 30 {
		many = append(many, file{fmt.Sprintf("%02d.dmp", i), dump[:len(dump)-i]})
	}
	var choice *ChoiceError
	if _, err := opened(t, &Reader{}, "x.zip", zipOf(t, zip.Deflate, many...), ""); !errors.As(err, &choice) || len(choice.Names) != maxNames || choice.Names[9] != "09.dmp" ||
		!strings.Contains(err.Error(), "more than 10 dumps") {
		t.Errorf("%v", err)
	}
	many = slices.Repeat([]file{{"a.txt", text}}, maxLooks+1)
	if _, err := opened(t, &Reader{}, "x.zip", zipOf(t, zip.Deflate, many...), ""); err == nil || !strings.Contains(err.Error(), "among the 1000 members") ||
		!strings.Contains(err.Error(), "and 991 more") {
		t.Errorf("%v", err)
	}
}

// A dump that does not fit the memory is not opened by its head, and the error says how much would do.
// TestOpenSameName has two dumps of one name: neither is opened without a word.
func TestOpenSameName(t *testing.T) {
	data := zipOf(t, zip.Deflate, file{"a.dmp", sample(t, "triage-amd64.dmp")}, file{"a.dmp", sample(t, "header-only.dmp")}, file{"b.dmp", []byte("x")})
	if _, err := opened(t, &Reader{}, "x.zip", data, ""); err == nil || err.Error() != "the archive has 2 dumps: a.dmp, a.dmp (2)" {
		t.Error(err)
	}
	for name, want := range map[string]string{
		"a.dmp": `this is the first, and the next is called "a.dmp (2)" here`, "A.dmp": `this is the first, `, "a.dmp (2)": "this one got a number", "b.dmp": "",
	} {
		rep, err := opened(t, &Reader{}, "x.zip", data, name)
		must(t, err)
		said := ""
		for _, f := range rep.Findings {
			if f.ID == report.FindingArchiveName {
				said += f.Message
			}
		}
		if !strings.Contains(said, want) || want == "" && said != "" {
			t.Errorf("%s: %q, want %q", name, said, want)
		}
	}
}

func TestOpenTooLarge(t *testing.T) {
	const size = 40 << 20
	data := large(t, size)
	for name, b := range map[string][]byte{"x.zip": zipOf(t, zip.Deflate, file{"x.dmp", data}), "x.gz": gzipOf(t, "x.dmp", data), "x.zst": zstdOf(t, data)} {
		const budget = 64 << 20
		a := &Reader{Limit: budget, Memory: &Share{Budget: NewBudget(budget)}}
		_, err := opened(t, a, name, b, "")
		var large *TooLargeError
		if !errors.As(err, &large) || large.Limit >= budget/2 {
			t.Fatalf("%s: %v", name, err)
		}
		if name != "x.zip" {
			continue
		}
		if large.Size != size {
			t.Errorf("%s: %+v", name, large)
		}
		a = &Reader{Limit: large.Budget, Memory: &Share{Budget: NewBudget(large.Budget)}}
		if r, err := opened(t, a, name, b, "x.dmp"); err != nil || *r.File.Size != size || r.Depth != report.DepthFull {
			t.Errorf("%s with the budget that the error asks for: %v", name, err)
		}
	}
	r, err := opened(t, &Reader{Limit: 1 << 20}, "x.zip", zipOf(t, zip.Store, file{"x.dmp", data}), "")
	if err != nil || *r.File.Size != size || find(r, report.FindingArchiveUnchecked) == nil {
		t.Errorf("stored: %v", err)
	}
	bomb := zeros(t, 1<<10)
	if r, err := opened(t, &Reader{}, "bomb.zip", zipClaiming(t, bomb, 0, 1<<30), "x.dmp"); err != nil || r.Dump.What != "zeros" {
		t.Errorf("a bomb: %v", err)
	}
}
