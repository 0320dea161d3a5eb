package symstore_test

import (
	"errors"
	"fmt"
	"io/fs"
	"log"
	"os"
	"path/filepath"

	"github.com/dmplens/dmplens/dmpfile/symstore"
)

// A module of a dump is looked for in a store on this machine. The server of the path is asked by Fetch alone.
func ExamplePath_Open() {
	dir, err := os.MkdirTemp("", "symbols")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	data, id := image("amdppm.sys", 0xC9C03000, 16)
	folder := filepath.Join(dir, "AMDPPM.SYS", "c9c030006000")
	if err := os.MkdirAll(folder, 0o777); err != nil {
		log.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "amdppm.sys"), data, 0o666); err != nil {
		log.Fatal(err)
	}

	p, err := symstore.ParsePath("srv*" + dir + "*" + symstore.PublicServer)
	if err != nil {
		log.Fatal(err)
	}
	f, err := p.Open(id)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(id, f.Size, f.Image.Sections[0].Name)
	f.Close()

	_, err = p.Open(symstore.ImageID(`\SystemRoot\System32\drivers\storport.sys`, 0x5A3C9F10, 0xA4000))
	fmt.Println(errors.Is(err, fs.ErrNotExist), err)
	// Output:
	// amdppm.sys/C9C030006000/amdppm.sys 17920 .text
	// true storport.sys/5A3C9F10a4000/storport.sys was not found
}
