package nt_test

import (
	"fmt"
	"log"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/nt"
)

func ExampleReadTriage() {
	f, err := dmpfile.Open("../../testdata/triage-amd64-kernel.dmp")
	if err != nil {
		log.Fatal(err)
	}
	defer f.Close()
	t, err := nt.ReadTriage(f)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(t.BuildLab)
	fmt.Println(t.Process.Name, t.Process.ID, t.Thread.ID)
	fmt.Println("whose stack:", t.Stack)
	// Output:
	// 26100.1.amd64fre.ge_release.240331-1435
	// example-service 6800 11084
	// whose stack: dpc
}
