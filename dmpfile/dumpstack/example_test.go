package dumpstack_test

import (
	"bytes"
	"fmt"
	"log"

	"github.com/dmplens/dmplens/dmpfile/dmptest"
	"github.com/dmplens/dmplens/dmpfile/dumpstack"
)

// The machine hung while a driver was asked for its data: no dump came of this stop.
func ExampleRead() {
	data := dmptest.DumpStack{Lines: []string{
		"Dump stack initialized at UTC: 2026/03/04 05:06:07, local time: 2026/03/04 06:06:07.",
		"#BugCheckCode 0x00000000000000D1",
		"Dump Type: 6, Total Dump Size: 16794548, Secondary Dump Size: 5044.",
		"Dumping physical memory to disk:  100% ",
		"Finish write of bitmap dump data. Total pages:4096 Pages written:4096",
		"Starting invoking secondary dump callbacks.",
		"Calling disk.sys secondary callback.",
	}}.Image().Data()

	l, err := dumpstack.Read(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("stop %#x at %s, dump of type %d, %d%% of the memory written\n", *l.Code, l.Time.Format("2006-01-02 15:04:05 MST"), l.Type, *l.Percent)
	headers, memory, _ := l.Split()
	fmt.Println(*l.Total, "=", headers, "+", memory, "+", *l.Secondary)
	fmt.Println(l.Ending, "in", l.In)
	// Output:
	// stop 0xd1 at 2026-03-04 05:06:07 UTC, dump of type 6, 100% of the memory written
	// 16794548 = 12288 + 16777216 + 5044
	// unclosed in disk.sys
}
