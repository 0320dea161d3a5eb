package text

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/olekukonko/tablewriter/pkg/twwidth"

	"github.com/dmplens/dmplens/report"
)

func columns(t *testing.T, names string) []report.Column[*report.Report] {
	t.Helper()
	list, err := report.Columns(names)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func table(t *testing.T, columns []report.Column[*report.Report], style Style, rows ...*report.Report) string {
	t.Helper()
	var b strings.Builder
	w := NewTable(&b, columns, style)
	for _, r := range rows {
		if err := w.Write(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestTable(t *testing.T) {
	got := table(t, columns(t, "path,process,total,verdict"), Style{Width: 60},
		&report.Report{File: report.File{Path: "/a/long/path/that/does/not/fit/into/sixty/columns/MEMORY.DMP"}, Sizes: &report.Sizes{Total: 123456789}, Verdict: report.Complete},
		&report.Report{File: report.File{Path: "b\n\x1b[2J|.dmp"}, Process: &report.Process{Name: "計算機計算機計算機計算機計算機計算機計算機計算機"}, Verdict: report.Damaged},
		&report.Report{})
	want := `path                process                  total  verdict
…olumns/MEMORY.DMP  -                    123456789  complete
b��[2J|.dmp         計算機計算機計算機…          -  damaged
-                   -                            -  -
`
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// TestTableIsGrid has rows that all fit, which look as tablewriter draws them.
func TestTableIsGrid(t *testing.T) {
	list := columns(t, "path,total,process,missing,verdict")
	var reports []*report.Report
	cells := [][]string{{}}
	var right []int
	for i, c := range list {
		cells[0] = append(cells[0], c.Name)
		if c.Right {
			right = append(right, i)
		}
	}
	for i, name := range []string{"", " a ", "計算機.dmp", "e\u0301", "👩‍👩‍👧.dmp", "｡ｱ", "\t|", "\xff", "a\u202eb", strings.Repeat("x", 60)} {
		size := int64(1) << (3 * i)
		r := &report.Report{File: report.File{Path: name}, Process: &report.Process{Name: name + name}, Sizes: &report.Sizes{Total: size}}
		if i%2 == 0 {
			r.Sizes.Missing, r.Verdict = &size, report.Damaged
		}
		reports = append(reports, r)
		var row []string
		for _, c := range list {
			row = append(row, orDash(Clean(c.Value(r))))
		}
		cells = append(cells, row)
	}
	var want strings.Builder
	if err := grid(&want, "", cells, right...); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want.String(), table(t, list, Style{Uncut: true}, reports...)); d != "" {
		t.Error(d)
	}
}

// Rows that come after the widths are chosen fit them too, and no row is lost.
func TestTableOfManyRows(t *testing.T) {
	var rows []*report.Report
	for i := range 3 * looked {
		rows = append(rows, &report.Report{File: report.File{Path: strings.Repeat("x", i) + fmt.Sprint(i)}, Origin: &report.Origin{Source: report.Source(strings.Repeat("\u202e", i))}})
	}
	lines := strings.Split(strings.TrimSuffix(table(t, report.TableColumns(), Style{Width: 120}, rows...), "\n"), "\n")
	if len(lines) != len(rows)+1 {
		t.Errorf("%d lines of %d rows", len(lines), len(rows))
	}
	for i, line := range lines {
		if w := twwidth.Width(line); w > 120 || Clean(line) != line {
			t.Errorf("line %d has %d columns: %q", i, w, line)
		}
	}
}

func TestTableWithoutRows(t *testing.T) {
	if got := table(t, columns(t, "path,total"), Style{}); got != "path  total\n" {
		t.Errorf("%q", got)
	}
	if got := table(t, nil, Style{}, &report.Report{}); got != "" {
		t.Errorf("without columns: %q", got)
	}
}

func TestNarrowTable(t *testing.T) {
	for width, want := range map[int]string{
		119: "path  signature  verdict  problem\n", 120: "path  captured  origin  signature  total  verdict  problem\n",
	} {
		if got := table(t, report.TableColumns(), Style{Width: width}); got != want {
			t.Errorf("at %d: %q", width, got)
		}
	}
	if got := table(t, columns(t, "captured"), Style{}); got != "captured\n" {
		t.Errorf("asked for: %q", got)
	}
}

// Where nobody looks no cell is cut, also where the first rows were shorter.
func TestUncut(t *testing.T) {
	var rows []*report.Report
	want := "path     verdict\n"
	for i := range looked + 9 {
		path := fmt.Sprintf("%d/a.dmp", i%10)
		if i > looked {
			path = strings.Repeat("long/", 30) + path
		}
		rows = append(rows, &report.Report{File: report.File{Path: path}, Verdict: report.Complete})
		want += path + "  complete\n"
	}
	if d := cmp.Diff(want, table(t, columns(t, "path,verdict"), Style{Uncut: true}, rows...)); d != "" {
		t.Error(d)
	}
}

// What must not be cut is whole even where the first rows had less, and only its row moves.
func TestWiderLater(t *testing.T) {
	var rows []*report.Report
	for i := range 2*looked + 5 {
		r := &report.Report{File: report.File{Path: "p"}, Bugcheck: &report.Bugcheck{Code: "0x1"}}
		if i > looked && i%2 == 0 {
			r.Bugcheck.Code = fmt.Sprintf("0x%016x", i)
		}
		rows = append(rows, r)
	}
	want := "\x1b[2mcode  path\x1b[0m\n"
	for _, r := range rows {
		want += fmt.Sprintf("%-4s  p\n", r.Bugcheck.Code)
	}
	if d := cmp.Diff(want, table(t, columns(t, "code,path"), Style{Color: true}, rows...)); d != "" {
		t.Error(d)
	}
}

// Rows do not wait once the widths are chosen: a scan can be slow.
func TestRowsAtOnce(t *testing.T) {
	var b strings.Builder
	w := NewTable(&b, columns(t, "path"), Style{})
	for i := range looked + 3 {
		if err := w.Write(&report.Report{File: report.File{Path: fmt.Sprint(i)}}); err != nil {
			t.Fatal(err)
		}
		if n, want := strings.Count(b.String(), "\n"), i+2; i < looked-1 && n != 0 || i >= looked && n != want {
			t.Errorf("%d lines of %d rows", n, i+1)
		}
	}
}
