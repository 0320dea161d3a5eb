package text

import (
	"strings"
	"testing"

	"github.com/dmplens/dmplens/report/page"
)

func TestCutToWidth(t *testing.T) {
	long := "nt!" + strings.Repeat("a", 200) + "+0x7e"
	table := page.Table{Columns: []page.Column{{Name: "#"}, {Name: "at", Cut: true}, {Name: "by"}}, Rows: [][]string{{"0", long, "unwind"}, {"1", "nt!b", "scan"}}}
	for _, width := range []int{60, 80, 160} {
		got := cutToWidth(table, width)
		if w := tableWidth(got); w != width {
			t.Errorf("width %d: %d wide", width, w)
		}
		if cell := got.Rows[0][1]; !strings.HasPrefix(cell, "nt!a") || !strings.HasSuffix(cell, "+0x7e") || strings.Count(cell, ellipsis) != 1 {
			t.Errorf("width %d: %s", width, cell)
		}
		if got.Rows[1][1] != "nt!b" || table.Rows[0][1] != long {
			t.Errorf("width %d: other cells are changed", width)
		}
	}
	if got := cutToWidth(table, 300); got.Rows[0][1] != long {
		t.Error("cut though there is room")
	}
	if got := cutToWidth(table, 10); len([]rune(got.Rows[0][1])) != narrowestCut {
		t.Errorf("less than the least stays: %s", got.Rows[0][1])
	}
}

// A column that has no room beside the others stands below them.
func TestLastColumnBelow(t *testing.T) {
	short := page.Table{Label: "Stack", Columns: []page.Column{{}, {}, {}}, Rows: [][]string{{"nvlddmkm.sys+0x12634e", "context", "not Windows' own"}}} // wrapped, it fits
	table := page.Table{Label: "Devices", Columns: []page.Column{{}, {}, {}, {}}, Rows: [][]string{
		{"6", `\Driver\iaStorAC`, "partmgr.sys", "PowerDeviceD3, has the IRP, then ntoskrnl.exe+0x37b0d0"},
		{"", "", "", "alone"},
		{"", `\Driver\ACPI`, "ACPI.sys", ""},
	}}
	const line = "  Stack      nvlddmkm.sys+0x12634e  context  not Windows'"
	const wrapped, whole = line + "\n                                             own\n", line + " own\n"
	for width, want := range map[int]string{
		60: wrapped + `  Devices    6  \Driver\iaStorAC  partmgr.sys
                PowerDeviceD3, has the IRP, then
                ntoskrnl.exe+0x37b0d0
                alone
                \Driver\ACPI      ACPI.sys
`,
		80: whole + `  Devices    6  \Driver\iaStorAC  partmgr.sys  PowerDeviceD3, has the IRP, then
                                               ntoskrnl.exe+0x37b0d0
                                               alone
                \Driver\ACPI      ACPI.sys
`,
	} {
		var b strings.Builder
		if err := Write(&b, &page.Page{Sections: []page.Section{{short, table}}}, Style{Width: width}); err != nil || b.String() != want {
			t.Errorf("width %d (%v):\n%s", width, err, b.String())
		}
	}
}
