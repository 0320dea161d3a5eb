package analyze_test

import (
	"fmt"
	"log"

	"github.com/dmplens/dmplens/report/analyze"
)

func ExampleAnalyzer_Open() {
	var a analyze.Analyzer
	d, err := a.Open(analyze.File("../../testdata/task-manager-live.dmp"))
	if err != nil {
		log.Fatal(err)
	}
	defer d.Close()
	r := d.Report()
	fmt.Println(r.Bugcheck.Name, r.Bugcheck.Code)
	fmt.Println(r.Origin.Source, r.Origin.Confidence)
	for _, e := range r.Origin.Evidence {
		fmt.Println(e.Fact, "at", e.Where)
	}
	fmt.Println(r.Verdict)
	// Output:
	// LIVE_SYSTEM_DUMP 0x161
	// task-manager certain
	// parameter 1 = 0x005461736b6d6772, the text "Taskmgr" at header+0x40
	// captured in the process Taskmgr.exe (8996) at process object 0xffffa18c3b005040
	// complete
}
