package dmptest_test

import (
	"fmt"
	"time"

	"github.com/dmplens/dmplens/dmpfile/dmptest"
)

func ExampleSystem() {
	s := dmptest.System{
		Build:    dmptest.Build26100,
		Header:   dmptest.Header{Code: new(uint32(0x161)), Attributes: new(uint32(dmptest.AttrLive))},
		BuildLab: "26100.1.amd64fre.synthetic.000000-0000",
		Modules: []dmptest.SystemModule{
			{Name: "ntoskrnl.exe", Image: &dmptest.PE{TimeDateStamp: 0x1234}},
			{Name: "hal.dll", Size: 0x6000},
			{Name: "lens.sys", Image: &dmptest.PE{TimeDateStamp: 0x5678}},
		},
		Processors: []dmptest.SystemProcessor{{Process: 2, Stack: []byte("at SP")}, {Idle: true}},
		Processes:  []dmptest.Process{{}, {Name: "smss.exe"}, {Name: "lens.exe"}, {Name: "cmd.exe"}},
		Shared:     &dmptest.SharedData{InterruptTime: time.Hour, ProductType: 1},
	}
	s.Header.Context = new(s.Registers(0))
	sp := s.Space()
	sp.Drop(s.NameAt(2), 1)                                    // a name is missing
	sp.PutPtr(s.ProcessLinksAt(3), s.ProcessLinksAt(1))        // a list without end
	sp.PutEntry(0xFFFFF80500000000, 1, 0x1234880)              // a page in transition
	sp.Processes[2].Map(0x7FF700000000, []byte("user memory")) // of one process
	data := s.Bitmap(sp).Image().Data()
	fmt.Printf("%s, page tables at %#x\n", data[:8], sp.Root())
	// Output: PAGEDU64, page tables at 0x1af000
}
