package archive_test

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"strings"

	"github.com/dmplens/dmplens/dmpfile/dmptest"
	"github.com/dmplens/dmplens/report"
	"github.com/dmplens/dmplens/report/analyze"
	"github.com/dmplens/dmplens/report/batch/archive"
)

func ExampleReader_Members() {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, s := range dmptest.Samples() {
		if w, err := z.Create("case 7/" + s.Name); err == nil {
			w.Write(s.Data)
		}
	}
	z.Close()

	file := bytes.NewReader(b.Bytes())
	dumps, err := new(analyze.Analyzer).Report(analyze.Reader(file, file.Size(), report.File{Path: "dumps.zip"}))
	if err != nil {
		fmt.Println(err)
		return
	}
	archives := archive.Reader{Want: func(name string) bool { return strings.Contains(name, "live") }}
	for r, err := range archives.Members(context.Background(), file, dumps) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(r.File.Path, r.File.Member, r.Bugcheck.Code, r.Origin.Source, r.Verdict)
	}
	// Output:
	// dumps.zip case 7/task-manager-live.dmp 0x161 task-manager complete
	// dumps.zip case 7/powershell-live.dmp 0x161 storage-diagnostics complete
	// dumps.zip case 7/live-ndis.dmp 0x15e component complete
}
