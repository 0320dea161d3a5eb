package symstore_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log"
	"net/http"
	"net/http/httptest"
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

// What no place on this machine has is fetched, checked, and kept in the store.
func ExamplePath_Fetch() {
	dir, err := os.MkdirTemp("", "symbols")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	data, id := image("amdppm.sys", 0xC9C03000, 16)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/amdppm.sys/C9C030006000/amdppm.sys" {
			http.NotFound(w, r)
			return
		}
		w.Write(data)
	}))
	defer server.Close()

	p, err := symstore.ParsePath("srv*" + dir + "*" + server.URL)
	if err != nil {
		log.Fatal(err)
	}
	f, err := p.Fetch(context.Background(), id, func(done, total int64) {})
	if err != nil {
		log.Fatal(err)
	}
	name, err := filepath.Rel(dir, f.Name)
	fmt.Println(filepath.ToSlash(name), f.Size, err)
	f.Close()

	_, err = p.Fetch(context.Background(), symstore.ImageID("storport.sys", 0x5A3C9F10, 0xA4000), nil)
	fmt.Println(errors.Is(err, fs.ErrNotExist), err) // false would say that a server failed
	// Output:
	// amdppm.sys/C9C030006000/amdppm.sys 17920 <nil>
	// true storport.sys/5A3C9F10a4000/storport.sys was not found
}
