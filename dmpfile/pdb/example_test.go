package pdb_test

import (
	"bytes"
	"fmt"
	"log"

	"github.com/dmplens/dmplens/dmpfile/pdb"
)

// An address in a driver is named as a debugger names it.
func ExampleFile_At() {
	data := synthetic{
		machine:  0x8664,
		sections: sectionHeader("PAGE", 0x1C000, 0x19848, code),
		records: join(
			public(2, 0x4B78, 1, "InitAcpiCpc"),
			public(2, 0xBB70, 1, "?ProcLibDeviceStart@CProcessor@@UEAAJPEAX@Z"),
		),
	}.data()
	f, err := pdb.NewFile(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		log.Fatal(err)
	}
	info, dbi := f.Ages()
	fmt.Println(f.GUID(), info, dbi)
	for _, rva := range []uint32{0x20E8F, 0x283F6, 0x40000} {
		if s, ok := f.At(rva); ok {
			fmt.Printf("%s+%#x\n", f.Undecorate(s.Name), rva-s.RVA)
		} else {
			fmt.Printf("no name for %#x\n", rva)
		}
	}
	// Output:
	// 1c19fddb-27bb-3399-d9b4-5973efeafcf3 3 1
	// InitAcpiCpc+0x317
	// CProcessor::ProcLibDeviceStart+0x886
	// no name for 0x40000
}
