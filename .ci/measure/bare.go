//go:build unix

package main

import (
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
)

// bare does what nothing can be faster than: files SIZE FOLDER opens each file of a tree, asks for its size, reads so much of it, or all,
// and closes it, by system calls, on all processors; cat FILE reads a file; sha256 FILE hashes it.
func bare(what string, args []string) error {
	switch what {
	case "files":
		size, err := strconv.Atoi(args[0])
		if args[0] == "all" {
			size, err = 0, nil
		}
		if err != nil {
			return err
		}
		return bareFiles(args[1], size)
	case "cat":
		return bareRead(args[0], io.Discard)
	case "sha256":
		h := sha256.New()
		err := bareRead(args[0], h)
		fmt.Printf("%x\n", h.Sum(nil))
		return err
	}
	return fmt.Errorf("unknown: %s", what)
}

// bareFiles reads size bytes of each file below a folder; 0 is all of it.
func bareFiles(folder string, size int) error {
	names := make(chan []string, 16)
	var wait sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wait.Go(func() {
			b := make([]byte, max(size, 1<<20))
			for list := range names {
				for _, name := range list {
					if err := readFile(name, b, size); err != nil {
						fatal(err)
					}
				}
			}
		})
	}
	err := filepath.WalkDir(folder, func(path string, d os.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		var list []string
		entries, err := os.ReadDir(path)
		for _, e := range entries {
			if strings.HasSuffix(e.Name(), ".dmp") {
				list = append(list, path+"/"+e.Name())
			}
		}
		for len(list) > 0 {
			n := min(len(list), 64)
			names <- list[:n]
			list = list[n:]
		}
		return err
	})
	close(names)
	wait.Wait()
	return err
}

// readFile reads size bytes of a file, or all of it, into b.
func readFile(name string, b []byte, size int) error {
	fd, err := syscall.Open(name, syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer syscall.Close(fd)
	var stat syscall.Stat_t
	if err := syscall.Fstat(fd, &stat); err != nil {
		return err
	}
	if size == 0 {
		size = int(stat.Size)
	}
	for off := 0; off < size; {
		n, err := syscall.Pread(fd, b[:min(len(b), size-off)], int64(off))
		if err != nil || n == 0 {
			return err
		}
		off += n
	}
	return nil
}

func bareRead(name string, w io.Writer) error {
	fd, err := syscall.Open(name, syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer syscall.Close(fd)
	b := make([]byte, 128<<10) // as cat
	for {
		n, err := syscall.Read(fd, b)
		if err != nil || n == 0 {
			return err
		}
		if _, err := w.Write(b[:n]); err != nil {
			return err
		}
	}
}
