package dmpfile_test

import (
	"errors"
	"fmt"
	"log"

	"github.com/dmplens/dmplens/dmpfile"
)

func ExampleOpen() {
	f, err := dmpfile.Open("../testdata/task-manager-live.dmp")
	if err != nil {
		log.Fatal(err)
	}
	defer f.Close()

	code, _ := f.BugCheckCode()
	fmt.Printf("%s, bug check %#x\n", f.Format, code)
	r := f.Regions
	fmt.Println(r.Header, "+", r.Primary, "+", r.Secondary, "=", r.Total)
	for _, s := range f.Secondary().Streams {
		fmt.Println(s.GUID, s.Name(), s.Size)
	}
	// Output:
	// bitmap-kernel, bug check 0x161
	// 16384 + 393216 + 750 = 410350
	// bc5c008f-1e3a-44d7-988d-86f6884c6758 SMBIOS tables 240
	// 6c7ac389-4313-47dc-9f34-a8800a0fb56c processor registry values 430
}

func ExampleNotDumpError() {
	_, err := dmpfile.Open("../testdata/user-minidump.dmp")
	var other *dmpfile.NotDumpError
	if errors.As(err, &other) {
		fmt.Println(other.Format)
		fmt.Println(other.Message)
	}
	// Output:
	// user-minidump
	// a user-mode minidump (MDMP): one process, not the kernel
}

// Memory that is not in a dump is an error, never zeros.
func ExampleTriage_ReadVirtual() {
	f, err := dmpfile.Open("../testdata/triage-amd64.dmp")
	if err != nil {
		log.Fatal(err)
	}
	defer f.Close()

	low, high, _ := f.Triage.Stack()
	b := make([]byte, 16)
	n, err := f.Triage.ReadVirtual(b, high-8)
	fmt.Printf("stack of %d bytes; %d bytes before its end: ", high-low, n)
	var hole *dmpfile.NotInDumpError
	fmt.Println(errors.As(err, &hole) && hole.Address == high)
	// Output:
	// stack of 5632 bytes; 8 bytes before its end: true
}
