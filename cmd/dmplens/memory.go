package main

import (
	"encoding/hex"
	"errors"
	"fmt"
	"os"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/nt"
	"github.com/dmplens/dmplens/report"
	"github.com/dmplens/dmplens/report/page"
	"github.com/dmplens/dmplens/report/record"
	"github.com/dmplens/dmplens/report/text"
)

var memoryVerb = &verb{
	name: "memory", args: "[flags] FILE ADDRESS", short: "read the memory of the dumped machine",
	long: `
Read the memory of the dumped machine at a virtual address of the kernel, or with
--physical at a physical one. What the dump does not have is not zero: reading
stops there and says why, with exit code 1.

Numbers are hexadecimal, as WinDbg prints them, with or without 0x and backquotes;
0n256 is decimal.`,
	examples: `  dmplens memory MEMORY.DMP 'fffff803` + "`" + `17c89800' --length 40
  dmplens memory LiveDump.dmp 1ad000 --physical --length 1000 --output page.bin
`,
	run: runMemory,
}

// maxShown is how many bytes are shown: more is no text to read.
const maxShown = 1 << 20

func runMemory(c *command, args []string) (int, error) {
	physical := c.flags.Bool("physical", false, "ADDRESS is a physical one")
	length := c.flags.String("length", "100", "read `N` bytes, a hexadecimal number")
	output := c.flags.String("output", "", "write the bytes to this new `FILE`; - is standard output")
	asJSON := c.flags.Bool("json", false, "write an indented JSON object")
	words, err := c.parse(args)
	switch {
	case err != nil:
		return exitUnusable, err
	case len(words) != 2:
		return exitUnusable, c.usageError("name one file and one address")
	case *asJSON && *output != "":
		return exitUnusable, c.usageError("choose one of --json and --output")
	}
	address, _, err := readNumber(words[1], 64)
	if err != nil {
		return exitUnusable, c.usageError("%v", err)
	}
	n, _, err := readNumber(*length, 31)
	if err != nil {
		return exitUnusable, c.usageError("--length: %v", err)
	}
	if *output == "" && n > maxShown {
		return exitUnusable, c.usageError("--length: write more than 0x%x bytes to a file with --output", maxShown)
	}
	f, err := dmpfile.Open(words[0])
	if err != nil {
		return exitUnusable, notFound(words[0], inFile(words[0], err))
	}
	defer f.Close()
	memory, err := openMemory(f, *physical)
	if err != nil {
		return exitUnusable, inFile(words[0], err)
	}
	if *output != "" {
		return writeMemory(*output, memory, address, int64(n), c)
	}
	m, err := readMemory(memory, address, int(n), f.Bits)
	if err != nil {
		return exitUnusable, inFile(words[0], err)
	}
	m.Physical = *physical
	result := exitOK
	if m.Missing != "" {
		result = exitFinding
	}
	if *asJSON {
		r := &report.Report{SchemaVersion: report.SchemaVersion, ToolVersion: version, File: report.File{Path: report.ValidUTF8(words[0])}, Memory: m}
		return result, record.JSON(c.stdout, r)
	}
	p, err := page.Memory(m, f.Bits)
	if err != nil {
		return exitUnusable, err
	}
	return result, text.Write(c.stdout, p, text.Style{})
}

// inFile says which file an error is about, where it does not say so itself.
func inFile(name string, err error) error {
	var path *os.PathError
	if errors.As(err, &path) {
		return err
	}
	return fmt.Errorf("%s: %w", name, err)
}

// reader reads memory at an address.
type reader func(p []byte, a uint64) (n int, err error)

func openMemory(f *dmpfile.File, physical bool) (reader, error) {
	if physical {
		if f.Triage != nil {
			return nil, errors.New("a triage dump holds no physical memory: leave out --physical")
		}
		return func(p []byte, a uint64) (int, error) { return f.ReadPhysical(p, dmpfile.PhysAddr(a)) }, nil
	}
	m, err := nt.KernelMemory(f)
	if err != nil {
		return nil, err
	}
	return func(p []byte, a uint64) (int, error) { return m.ReadVirtual(p, dmpfile.VirtAddr(a)) }, nil
}

// readMemory reads n bytes, as far as they are there.
func readMemory(read reader, address uint64, n, bits int) (*report.Memory, error) {
	b := make([]byte, n)
	got, err := read(b, address)
	var path *os.PathError
	if errors.As(err, &path) {
		return nil, err
	}
	m := &report.Memory{Address: report.Pointer(address, bits), Length: got, Data: hex.EncodeToString(b[:got])}
	if err != nil {
		m.Missing = err.Error()
	}
	return m, nil
}

// writeMemory copies memory to a new file, or to standard output, a piece at a time. What is missing ends it: the exit code and
// standard error say so, and what was read stays.
func writeMemory(name string, read reader, address uint64, n int64, c *command) (code int, err error) {
	out := c.stdout
	if name != "-" {
		file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
		if err != nil {
			return exitUnusable, err
		}
		defer func() {
			if closed := file.Close(); err == nil && closed != nil {
				code, err = exitUnusable, closed
			}
		}()
		out = file
	}
	b := make([]byte, min(n, 1<<20))
	for done := int64(0); done < n; {
		part := b[:min(int64(len(b)), n-done)]
		got, missing := read(part, address+uint64(done))
		if _, err := out.Write(part[:got]); err != nil {
			return exitUnusable, err
		}
		done += int64(got)
		if missing != nil {
			c.complain(fmt.Errorf("%d of %d bytes: %w", done, n, missing))
			return exitFinding, nil
		}
	}
	return exitOK, nil
}
