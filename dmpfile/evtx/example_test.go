package evtx_test

import (
	"bytes"
	"fmt"
	"log"
	"time"

	"github.com/dmplens/dmplens/dmpfile/dmptest"
	"github.com/dmplens/dmplens/dmpfile/evtx"
)

func ExampleFile_Records() {
	data := dmptest.EVTX{Chunks: [][]dmptest.EVTXRecord{{
		{Provider: "EventLog", ID: 6005},
		{
			Provider: "Microsoft-Windows-WER-SystemErrorReporting", ID: 1001, Time: time.Date(2024, 3, 31, 12, 13, 13, 0, time.UTC),
			Data: []dmptest.EVTXData{dmptest.EVTXText("param2", `C:\Windows\MEMORY.DMP`)},
		},
	}}}.Image().Data()

	f, err := evtx.NewFile(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		log.Fatal(err)
	}
	crashes := func(provider string, id uint16) bool {
		return provider == "Microsoft-Windows-WER-SystemErrorReporting" && id == 1001
	}
	for r, err := range f.Records(crashes) {
		if err != nil {
			log.Print(err) // a damaged chunk; reading goes on
			continue
		}
		path, _ := r.Field("param2")
		fmt.Println(r.Number, r.Time, path)
	}
	// Output: 2 2024-03-31 12:13:13 +0000 UTC C:\Windows\MEMORY.DMP
}
