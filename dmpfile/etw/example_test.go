package etw_test

import (
	"fmt"
	"log"

	"github.com/dmplens/dmplens/dmpfile/dmptest"
	"github.com/dmplens/dmplens/dmpfile/etw"
)

// A callback failed while a live dump was sized: the layout of the event is in the table of this package.
func ExampleReadStream() {
	end := dmptest.ETWEvent{Stamp: noon + 25, Provider: liveDump, ID: 112, Payload: []byte("TestDrv\x00\x9a\x00\x00\xc0")}
	data := dmptest.ETWStream{Build: 19041, Sessions: []dmptest.ETWSession{{
		Name: "EventLog-System", LoggerID: 9, Clock: 2, BufferSize: 0x1000, Buffers: []dmptest.ETWBuffer{{Records: [][]byte{end.Record()}}},
	}}}.Image().Data()
	trace, err := etw.ReadStream(data)
	if err != nil {
		log.Fatal(err)
	}
	for e, err := range trace.Events() {
		if err != nil {
			log.Print(err)
			continue
		}
		fields, _ := e.Fields()
		layout, _ := e.Layout()
		fmt.Println(e.Time.Format("15:04:05.0000000"), etw.ProviderName(e.Provider), e.ID)
		fmt.Println(layout.Expand(fields))
		fmt.Println(fields)
	}
	// Output:
	// 04:26:40.0000025 Microsoft-Windows-Kernel-LiveDump 112
	// sizing: the callback TestDrv that removes pages failed with status 0xc000009a
	// [TestDrv 0xc000009a]
}
