package pe_test

import (
	"bytes"
	"fmt"
	"log"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/dmptest"
	"github.com/dmplens/dmplens/dmpfile/pe"
)

// Of a driver in a small dump Windows kept the headers and the debug directory.
func ExampleNewMapped() {
	image := driver.Mapped().Data()
	data := dmptest.Triage{Blocks: []dmptest.Block{
		{VA: uint64(kernelBase), Data: image[:0x1000]},
		{VA: uint64(kernelBase) + 0x8000, Data: image[0x8000:0x9000]},
	}}.Image().Data()
	f, err := dmpfile.NewFile(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		log.Fatal(err)
	}
	im, err := pe.NewMapped(f.Triage, kernelBase, 0xA000)
	if err != nil {
		log.Fatal(err)
	}
	pdb, err := im.PDB()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(pdb.SymbolPath())
	fmt.Println(pe.ImageSymbolPath("amdppm.sys", im.TimeDateStamp, im.SizeOfImage))
	_, err = im.Version()
	fmt.Println(err)
	// Output:
	// amdppm.pdb/1C19FDDB27BB3399D9B45973EFEAFCF31/amdppm.pdb true
	// amdppm.sys/C9C03000a000/amdppm.sys true
	// the memory at 0xfffff80312409000 is not in this dump
}
