package nt_test

import (
	"fmt"
	"log"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/nt"
)

func ExampleKernel_Snapshot() {
	f, err := dmpfile.Open("../../testdata/triage-amd64-kernel.dmp")
	if err != nil {
		log.Fatal(err)
	}
	defer f.Close()
	k, err := nt.ReadKernel(f, nt.Budget{}) // a small dump has no pages to be counted
	if err != nil {
		log.Fatal(err)
	}
	t := k.Snapshot()
	fmt.Println(t.BuildLab)
	fmt.Println(t.Process.Name, t.Process.ID, t.Thread.ID)
	fmt.Println("whose stack:", t.Stack)
	// Output:
	// 26100.1.amd64fre.ge_release.240331-1435
	// example-service 6800 11084
	// whose stack: dpc
}

func ExampleReadKernel() {
	f, err := dmpfile.Open("../../testdata/powershell-live.dmp")
	if err != nil {
		log.Fatal(err)
	}
	defer f.Close()
	k, err := nt.ReadKernel(f, nt.BudgetOf(1000))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("debugger data:", k.DebuggerState)
	modules, err := k.Modules()
	if err != nil {
		log.Fatal(err)
	}
	for _, m := range modules.All() {
		k.Identify(m)
		fmt.Printf("%#x %s %s %v\n", uint64(m.Base), m.Name, m.Version, m.Missing)
	}
	s := k.Snapshot()
	fmt.Println("captured by", s.Process.Name, s.Process.ID)
	// Output:
	// debugger data: encoded
	// 0xfffff80312400000 ntoskrnl.exe 10.0.26100.4946 []
	// 0xfffff80312410000 hal.dll  []
	// 0xfffff80321490000 ndis.sys  [pdb version]
	// 0xfffff803214b0000 example.sys 1.7.0.42 []
	// captured by svchost.exe 1012
}
