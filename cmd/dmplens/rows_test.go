package main

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/dmplens/dmplens/report"
)

// TestFilesOfRows has files of rows that are broken in part, or are none.
func TestFilesOfRows(t *testing.T) {
	at := time.Date(2025, 3, 1, 12, 0, 0, 0, time.UTC)
	b, err := os.ReadFile(rowsFile(t, "rows.jsonl", crashRow("a.dmp", "0x50|x.sys", "a1", at), crashRow("b.dmp", "0xd1|y.sys", "b2", at)))
	if err != nil {
		t.Fatal(err)
	}
	rows := string(b)
	first, second, _ := strings.Cut(rows, "\n")
	t.Chdir(t.TempDir())
	for name, text := range map[string]string{
		"rows": rows, "noend": strings.TrimSuffix(rows, "\n"), "blank": "\n \r\n" + rows + "\n\t\n  ", "empty": "", "marked": "\xff\xfe",
		"cut": rows[:len(rows)-100], "behind": rows + "x", "cr": strings.ReplaceAll(rows, "\n", "\r"), "begun": first[:40],
		"words": "garbage text no newline", "array": "[" + first + "," + strings.TrimSpace(second) + "]", "blanks": "\n\n \n", "page": "<html>\n</html>\n",
		"columns": first[:100] + "\n" + second[:100] + "\n", "later": strings.ReplaceAll(rows, report.SchemaVersion, "9.0.0"), "broken": first + "\nx\ny\n",
		"long": first + "\n" + strings.Repeat("x", 16<<20) + "\n", "longcut": first + "\n" + strings.Repeat("x", 16<<20+1),
		"rows.gz": string(gzipped(t, b)), "rows.zip": string(zipped(t, "rows.jsonl", rows)), "rows.zst": "\x28\xb5\x2f\xfd\x00",
	} {
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	const isCut = "the last line is cut, or is no row of a scan\n"
	for _, x := range []struct {
		args   string
		code   int
		rows   int
		stderr string // all of it, or what it begins with
	}{
		{"report rows", exitOK, 2, ""},
		{"report noend", exitOK, 2, ""},
		{"report blank", exitOK, 2, ""},
		{"report empty", exitOK, 0, ""},
		{"report marked", exitOK, 0, ""},
		{"report cut", exitFinding, 1, "dmplens: cut: " + isCut},
		{"report behind", exitFinding, 2, "dmplens: behind: " + isCut},
		{"report cut rows", exitFinding, 2, "dmplens: cut: " + isCut}, // what is in both is in the last
		{"report blank behind cut noend", exitFinding, 2, "dmplens: behind: " + isCut},
		{"report cr", exitFinding, 0, "dmplens: cr: " + isCut},
		{"report begun", exitFinding, 0, "dmplens: begun: " + isCut},
		{"report long", exitFinding, 1, "dmplens: long: line 2 is no row of a scan: it is longer than 16 MiB\n"},
		{"report longcut", exitFinding, 1, "dmplens: longcut: " + isCut},
		{"report broken", exitFinding, 1, "dmplens: broken: line 2 is no row of a scan: "},
		{"report words", exitUnusable, 0, "dmplens: not one line of words is a row of a scan (the last line is cut, or is no row of a scan)\n"},
		{"report array", exitUnusable, 0, "dmplens: not one line of array is a row of a scan (the last line is cut, or is no row of a scan)\n"},
		{"report blanks", exitUnusable, 0, "dmplens: not one line of blanks is a row of a scan\n"},
		{"report page", exitUnusable, 0, "dmplens: not one line of page is a row of a scan (line 1 is no row of a scan: "},
		{"report columns", exitUnusable, 0, "dmplens: not one line of columns is a row of a scan (line 1 is no row of a scan: "},
		{"report later", exitUnusable, 0, "dmplens: not one line of later is a row of a scan (line 1 is no row of a scan: it is of schema \"9.0.0\", which this "},
		{"report rows.gz", exitUnusable, 0, "dmplens: rows.gz is a gzip file: unpack the rows first; of dumps in it, dmplens scan --format jsonl --output rows.jsonl rows.gz makes rows\n"},
		{"report rows.zip", exitUnusable, 0, "dmplens: rows.zip is a zip file: unpack the rows first; of dumps in it, dmplens scan --format jsonl --output rows.jsonl rows.zip makes rows\n"},
		{"report rows.zst", exitUnusable, 0, "dmplens: rows.zst is a zstd file: unpack the rows first; of dumps in it, dmplens scan --format jsonl --output rows.jsonl rows.zst makes rows\n"},
		{"report -", exitUnusable, 0, "dmplens: report: report does not read standard input: save the rows, which are read twice, to a file and name that (./- is a file of that name); see dmplens report --help\n"},
		{"diff - rows", exitUnusable, 0, "dmplens: diff: diff does not read standard input: save the rows, which are read twice, to a file and name that (./- is a file of that name); see dmplens diff --help\n"},
		{"report rows --html --baseline -", exitUnusable, 0, "dmplens: report: report does not read standard input: save the rows, which are read twice, to a file and name that (./- is a file of that name); see dmplens report --help\n"},
		{"diff page rows", exitUnusable, 0, "dmplens: not one line of page is a row of a scan (line 1 is no row of a scan: "},
		{"diff rows page", exitUnusable, 0, "dmplens: not one line of page is a row of a scan (line 1 is no row of a scan: "},
		{"diff none.jsonl rows", exitUnusable, 0, "dmplens: none.jsonl: no such file or directory\n"},
		{"report rows --html --baseline page", exitUnusable, 0, "dmplens: not one line of page is a row of a scan (line 1 is no row of a scan: "},
	} {
		args := strings.Fields(x.args)
		if args[0] == "report" && !strings.Contains(x.args, "--html") {
			args = append(args, "--format", "jsonl")
		}
		code, out, stderr := ran(bytes.NewReader(nil), args...)
		if code != x.code || strings.Count(out, "\n") != x.rows || !strings.HasPrefix(stderr, x.stderr) || x.stderr == "" && stderr != "" {
			t.Errorf("%s: code %d, want %d and %d rows\n%s%s", x.args, code, x.code, x.rows, out, stderr)
		}
	}
	// A page says at its head what it lacks.
	for _, x := range []struct{ args, want string }{
		{"report broken --html", "This page is not of all files. 2 lines of the rows could not be read."},
		{"report rows --html --baseline cut", "This page is not of all files. 1 line of cut could not be read. What is missing there can look new or growing."},
		{"diff broken cut --html", "This page is not of all rows. 2 lines of broken could not be read. This page is not of all rows. 1 line of cut could not be read."},
	} {
		code, out, stderr := ran(nil, strings.Fields(x.args)...)
		if code != exitFinding || !strings.Contains(words(out), x.want) {
			t.Errorf("%s: code %d, without %q\n%s%s", x.args, code, x.want, words(out), stderr)
		}
	}
}

// TestPageOfCopies leaves a copy without its file: the head of the page and the table count it as one dump.
func TestPageOfCopies(t *testing.T) {
	at := time.Date(2025, 3, 1, 12, 0, 0, 0, time.UTC)
	list := []*report.Report{crashRow("a/a.dmp", "0x50|x.sys", "a1", at)}
	for _, name := range []string{"b/b.dmp", "b/c.dmp"} {
		r := crashRow(name, "0x50|x.sys", "a1", at)
		r.File.DuplicateOf = "a/a.dmp"
		list = append(list, r)
	}
	first := rowsFile(t, "rows.jsonl", list...)
	last := rowsFile(t, "rows.jsonl", list[1], list[2], list[0])
	for _, x := range []struct{ where, head, table string }{
		{`file.path startsWith "b/"`, "crashes 1 copies 1 ", " 1 + 1 copy "},
		{`file.path == "b/c.dmp"`, "crashes 1 machines 1 ", "0x50|x.sys 1 1 "},
		{`true`, "crashes 1 copies 2 ", " 1 + 2 copies "},
	} {
		for _, name := range []string{first, last} {
			code, out, stderr := ran(nil, "report", name, "--html", "--where", x.where)
			if text := words(out); code != exitOK || !strings.Contains(text, x.head) || !strings.Contains(text, x.table) {
				t.Errorf("%s: code %d, without %q or %q\n%s%s", x.where, code, x.head, x.table, text, stderr)
			}
			code, out, stderr = ran(nil, "diff", name, name, "--html", "--where", x.where)
			if text := words(out); code != exitOK || !strings.Contains(text, "dumps 1 1 ") {
				t.Errorf("%s: code %d\n%s%s", x.where, code, text, stderr)
			}
		}
	}
}

// TestLongMessages cites values that have no end.
func TestLongMessages(t *testing.T) {
	at := time.Date(2025, 3, 1, 12, 0, 0, 0, time.UTC)
	for _, long := range []string{strings.Repeat("x", 10_000), strings.Repeat("x y ", 5000), strings.Repeat("é\u202e", 100_000)} {
		a, b := crashRow("a.dmp", "0x50|x.sys", "a1", at), crashRow("b.dmp", "0x50|x.sys", "a1", at)
		b.Signature.Version = long
		code, _, stderr := ran(nil, "report", rowsFile(t, "rows.jsonl", a, b), "--group-by", "signature")
		if code != exitUnusable || len(stderr) > 1000 || !strings.Contains(stderr, "signatures of version 1 and of version "+long[:2]) {
			t.Errorf("code %d, %d bytes: %.300s", code, len(stderr), stderr)
		}
		if s := brief("signature " + long + " is no path"); len(s) > 2*maxMessage+10 || !strings.HasPrefix(s, "signature "+long[:2]) {
			t.Errorf("%d bytes: %.300s", len(s), s)
		}
	}
	path := strings.Repeat("/folder", 100) + "/a.dmp"
	if s := brief(path + ": no such file"); s != path+": no such file" {
		t.Error(s)
	}
	if s := brief(strings.Repeat("x", 1001) + ": no such file"); s != strings.Repeat("x", 200)+"… no such file" {
		t.Error(s)
	}
}

// TestWebPageOfUnread has files that cannot be read among those of a page.
func TestWebPageOfUnread(t *testing.T) {
	dump := string(sampleBytes(t, "triage-amd64-kernel.dmp"))
	t.Chdir(t.TempDir())
	for name, data := range map[string][]byte{"a.dmp": []byte(dump), "two.zip": zipped(t, "a.dmp", dump, "b.dmp", dump+"x")} {
		if err := os.WriteFile(name, data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	code, out, stderr := ran(nil, "info", "--html", "none/<b>.dmp", "a.dmp", "two.zip")
	text := words(out)
	for _, want := range []string{"none/ &lt;b&gt;.dmp", "could not be read: no such file or directory", "example.sys", "two.zip", "could not be read: the archive has 2 dumps: a.dmp, b.dmp;"} {
		if code != exitUnusable || !strings.Contains(text, want) || strings.Count(stderr, "\n") != 2 {
			t.Errorf("code %d, without %q\n%s%s", code, want, text, stderr)
		}
	}
	if code, out, _ := ran(nil, "info", "--html", "none.dmp"); code != exitUnusable || out != "" {
		t.Errorf("code %d\n%s", code, out)
	}
}
