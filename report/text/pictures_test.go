package text

import (
	"bytes"
	"testing"

	"github.com/dmplens/dmplens/report"
	"github.com/dmplens/dmplens/report/page"
)

// What is drawn elsewhere is printed as its rows, and a map that is drawn only is not.
func TestPictures(t *testing.T) {
	table := func(label, cell string) page.Table {
		return page.Table{Label: label, Columns: make([]page.Column, 2), Rows: [][]string{{cell, "x"}}}
	}
	for _, c := range []struct {
		name, text, markdown string
		block                page.Block
	}{
		{"a map", "  Memory map memory  x\n  Areas      stack  x\n", "| Memory map |  |\n| --- | --- |\n| memory | x |\n\n| Areas |  |\n| --- | --- |\n| stack | x |\n",
			page.MemoryMap{Table: table("Memory map", "memory"), Areas: table("Areas", "stack"), Cells: make([]page.MapCell, 9)}},
		{"a map without areas", "  Memory map memory  x\n", "| Memory map |  |\n| --- | --- |\n| memory | x |\n", page.MemoryMap{Table: table("Memory map", "memory")}},
		{"a map that is a picture alone", "", "", page.MemoryMap{Table: table("Memory map", "memory"), Areas: table("Areas", "stack"), Aside: true}},
		{"a time line", "  Before     1 s  x\n", "| Before |  |\n| --- | --- |\n| 1 s | x |\n", page.TimeLine{Table: table("Before", "1 s"), Before: []float64{1}, Boot: 100, Booted: "00:01:40", End: "stop"}},
		{"frames", "  Stack      nt+0x1  x\n", "| Stack |  |\n| --- | --- |\n| nt+0x1 | x |\n", page.Frames{Table: table("Stack", "nt+0x1"), Trust: []report.Trust{report.TrustScan}}},
	} {
		p := &page.Page{Sections: []page.Section{{c.block}}}
		var text, markdown bytes.Buffer
		if err := Write(&text, p, Style{}); err != nil {
			t.Fatal(err)
		}
		if err := Markdown(&markdown, p); err != nil {
			t.Fatal(err)
		}
		if text.String() != c.text || markdown.String() != c.markdown {
			t.Errorf("%s: %q, and %q", c.name, &text, &markdown)
		}
	}
}
