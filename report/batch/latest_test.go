package batch

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dmplens/dmplens/report"
)

// TestLatest has files and archives that were looked at more than once.
func TestLatest(t *testing.T) {
	row := func(path, member, modified, what string) string {
		return `{"schema_version":"1.1.0","file":{"path":"` + path + `","member":"` + member + `","modified":"2025-01-0` + modified + `T00:00:00Z"},"dump":{"what":"` + what + `"}}` + "\n"
	}
	lines := row("a.dmp", "", "1", "") + row("z.zip", "gone.dmp", "1", "") + row("z.zip", "stays.dmp", "1", "") + row("z.zip", "", "1", "zip") +
		row("y.zip", "1.dmp", "1", "") + row("y.zip", "", "1", "zip") + "no row\n" +
		row("z.zip", "stays.dmp", "2", "") + row("z.zip", "", "2", "zip") + row("a.dmp", "", "2", "") +
		row("x.zip", "1.dmp", "1", "") + row("x.zip", "2.dmp", "1", "") + row("x.zip", "", "1", "zip") +
		row("x.zip", "2.dmp", "2", "") + // where the second scan was interrupted
		row("w.zip", "1.dmp", "1", "") + row("w.zip", "", "1", "zip") + row("w.zip", "", "2", "") + // a dump took its place
		strings.TrimSuffix(row("last.dmp", "", "1", ""), "\n") // without the end of its line
	var latest Latest
	if err := latest.Add(strings.NewReader(lines)); err != nil {
		t.Fatal(err)
	}
	var got []string
	n := int64(0)
	for r, err := range Rows(strings.NewReader(lines)) {
		if n++; err == nil && latest.Is(n, r) {
			got = append(got, report.PathOf(r)+r.File.Modified.Format(" 2"))
		}
	}
	want := []string{"y.zip!1.dmp 1", "y.zip 1", "z.zip!stays.dmp 2", "z.zip 2", "a.dmp 2", "x.zip 1", "x.zip!2.dmp 2", "w.zip 2", "last.dmp 1"}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}
