package page_test

import (
	"fmt"

	"github.com/dmplens/dmplens/report"
	"github.com/dmplens/dmplens/report/page"
)

func ExampleInfo() {
	p := page.Info(&report.Report{
		File:    report.File{Path: "MEMORY.DMP"},
		Dump:    &report.Dump{Format: report.FormatBitmapKernel, Machine: "amd64"},
		Sizes:   &report.Sizes{Total: 3020824},
		Verdict: report.Complete,
	})
	fmt.Println(p.Title, p.About)
	for _, section := range p.Sections {
		for _, block := range section {
			switch b := block.(type) {
			case page.Row:
				fmt.Println(b.Label, "=", b.Value)
			case page.SizeBar:
				fmt.Println(b.Table.Label, b.Table.Rows)
			case page.Table:
				fmt.Println(b.Label, b.Rows)
			}
		}
	}
	// Output:
	// MEMORY.DMP [kernel dump (bitmap, kernel memory) amd64 2.88 MiB]
	// What = no bug check code: the header does not have one
	// Captured = unknown when
	// Sizes [[total 3,020,824 2.88 MiB ]]
	// Verdict = complete: a debugger can open it
}
