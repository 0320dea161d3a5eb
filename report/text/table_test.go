package text

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/olekukonko/tablewriter/pkg/twwidth"

	"github.com/dmplens/dmplens/report"
)

func table(t *testing.T, names string, style Style, rows ...*report.Report) string {
	t.Helper()
	columns, err := report.Columns(names)
	if err != nil {
		t.Fatal(err)
	}
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
	got := table(t, "path,process,total,verdict", Style{Width: 60},
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

// Rows that come after the widths are chosen fit them too, and no row is lost.
func TestTableOfManyRows(t *testing.T) {
	var rows []*report.Report
	for i := range 3 * looked {
		rows = append(rows, &report.Report{File: report.File{Path: strings.Repeat("x", i) + fmt.Sprint(i)}, Origin: &report.Origin{Source: report.Source(strings.Repeat("\u202e", i))}})
	}
	lines := strings.Split(strings.TrimSuffix(table(t, report.TableColumns, Style{Width: 120}, rows...), "\n"), "\n")
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
	if got := table(t, "path,total", Style{}); got != "path  total\n" {
		t.Errorf("%q", got)
	}
}
