package bugcheck_test

import (
	"fmt"

	"github.com/dmplens/dmplens/bugcheck"
)

func ExampleDecode() {
	code, _ := bugcheck.Lookup(0x161)
	fmt.Println(code.Name, code.Use)
	for _, p := range bugcheck.Decode(0x161, [4]uint64{0x005461736b6d6772}) {
		fmt.Printf("%d 0x%016x %s: %s %q\n", p.Index, p.Value, p.Label, p.Meaning, p.Text)
	}
	// Output:
	// LIVE_SYSTEM_DUMP live
	// 1 0x005461736b6d6772 Caller's label: Task Manager "Taskmgr"
	// 2 0x0000000000000000 Caller's second value: not set ""
	// 3 0x0000000000000000 Caller's third value: not set ""
	// 4 0x0000000000000000 Caller's fourth value: not set ""
}

func ExampleBase() {
	fmt.Printf("%#x\n", bugcheck.Base(0x1000009f)) // the bit Windows adds
	fmt.Printf("%#x\n", bugcheck.Base(0xdeaddead)) // a code that has it by chance
	// Output:
	// 0x9f
	// 0xdeaddead
}
