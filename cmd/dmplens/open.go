package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/report"
	"github.com/dmplens/dmplens/report/analyze"
	"github.com/dmplens/dmplens/report/batch/archive"
)

// opened is what a name of the command line means: a file, standard input, or a dump in an archive.
type opened struct {
	*analyze.Dump
	member *archive.Member // nil unless it is in an archive
	share  *archive.Share  // the memory that the member takes
	file   io.Closer       // the archive, nil where there is nothing to close
	noDump error           // why nothing in an archive was opened: reports are on the archive itself
}

func (o *opened) Close() {
	o.Dump.Close()
	o.share.Release()
	if o.file != nil {
		o.file.Close()
	}
}

// Report reports on the dump, and says what is wrong with the archive that it is in.
func (o *opened) Report() *report.Report {
	r := o.Dump.Report()
	o.note(r)
	return r
}

// note adds to a report what is known of the archive.
func (o *opened) note(r *report.Report) {
	if o.member != nil {
		o.member.Note(r)
	}
	if o.noDump != nil && r.Error != nil {
		r.Error.Message += "; " + report.ValidUTF8(o.noDump.Error())
		if errors.As(o.noDump, new(*archive.ChoiceError)) {
			r.Error.Next = "" // it would be to unpack it
		}
	}
}

// files returns the files that are named, of which one may be standard input.
func (c *command) files(names []string) ([]string, error) {
	names = expand(names)
	if i := slices.Index(names, "-"); i >= 0 && slices.Contains(names[i+1:], "-") {
		return nil, c.usageError("- is standard input, which can be read once (./- is a file of that name)")
	}
	return names, nil
}

// open opens what a name means: - is standard input, and archive!member a file in an archive, unless there is a file of that name. Of an archive
// it opens the only dump. The error names what cannot be opened, and says what may have been meant.
func (c *command) open(a *analyze.Analyzer, name string) (*opened, error) {
	if name == "-" {
		r, size, err := c.standardInput()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", standardInput, err)
		}
		d, err := a.Open(analyze.Reader(r, size, report.File{Path: standardInput}))
		if err != nil {
			return nil, inFile(standardInput, err)
		}
		return c.lookInto(a, &opened{Dump: d}, r, standardInput, "")
	}
	path, member := name, ""
	if _, err := os.Lstat(name); err != nil {
		path, member = splitMember(name)
	}
	d, err := a.Open(analyze.File(path))
	if err != nil {
		return nil, notFound(path, inFile(path, err))
	}
	o := &opened{Dump: d}
	if member == "" && !isArchive(d) {
		return o, nil
	}
	f, _, err := dmpfile.OpenRegular(path)
	if err != nil {
		d.Close()
		return nil, err
	}
	o.file = f
	return c.lookInto(a, o, f, path, member)
}

// splitMember splits the name of an archive from that of a file in it. Both can have exclamation marks: it is the longest name of a file.
func splitMember(name string) (path, member string) {
	for i := strings.LastIndexByte(name, '!'); i > 0; i = strings.LastIndexByte(name[:i], '!') {
		if info, err := os.Stat(name[:i]); err == nil && info.Mode().IsRegular() && i+1 < len(name) {
			return name[:i], name[i+1:]
		}
	}
	return name, ""
}

// isArchive says whether a file is an archive that dumps can be read from.
func isArchive(d *analyze.Dump) bool {
	other := d.Other()
	return other != nil && archive.CanUnpack(other.What)
}

// lookInto opens a dump in the archive in r, which is open. What is no archive stays open, unless a member of it is asked for.
func (c *command) lookInto(a *analyze.Analyzer, o *opened, r io.ReaderAt, path, member string) (*opened, error) {
	if !isArchive(o.Dump) {
		if member == "" {
			return o, nil
		}
		what := "a kernel dump"
		if other := o.Other(); other != nil {
			what = other.Message
		}
		o.Close()
		return nil, fmt.Errorf("%s is no archive that dmplens can look into (zip, gzip, zstd): %s", path, what)
	}
	memory := c.memoryLimit()
	o.share = &archive.Share{Budget: archive.NewBudget(memory)}
	reader := archive.Reader{Limit: memory, Memory: o.share}
	m, err := reader.Open(context.Background(), r, o.Dump.Report(), member)
	if err == nil {
		if err := o.Reset(a, m.Source); err != nil {
			o.Close()
			return nil, inFile(path, err)
		}
		o.member = m
		return o, nil
	}
	var choice *archive.ChoiceError
	errors.As(err, &choice)
	if member == "" && (errors.Is(err, archive.ErrUnreadable) || choice != nil && choice.Dumps == 0) {
		o.noDump = err
		return o, nil
	}
	o.Close()
	return nil, fmt.Errorf("%s: %w%s", path, err, c.instead(err, path))
}

// instead says what to do where a dump in an archive was not opened.
func (c *command) instead(err error, path string) string {
	var choice *archive.ChoiceError
	var large *archive.TooLargeError
	switch {
	case errors.As(err, &large) && machineMemory() > 0 && large.Budget > machineMemory():
		return ": unpack it"
	case errors.As(err, &large) && large.Budget > 0:
		return fmt.Sprintf(": unpack it, or say --memory %dM", large.Budget>>20+1)
	case errors.As(err, &large):
		return ": unpack it, or say --memory with more than now"
	case !errors.As(err, &choice) || len(choice.Names) == 0 || len(choice.Names[0]) > maxLine || len(choice.Near) > maxLine:
		return ""
	case path == standardInput:
		return "; save it to a file, to name one of them"
	case choice.Name == "":
		return fmt.Sprintf("; dmplens %s %s looks at one, dmplens scan %s at all", c.verb.name, quoted(path+"!"+choice.Names[0]), quoted(path))
	case choice.Near != "":
		return fmt.Sprintf(" Then it is dmplens %s %s", c.verb.name, quoted(path+"!"+choice.Near))
	}
	return ""
}

// memoryFlag adds the flag of every verb that opens dumps.
func (c *command) memoryFlag() {
	c.flags.Var(&c.memory, "memory", "keep at most `SIZE` of standard input, or half of it of a member of an archive, like 512M or 2G (default: a quarter of the memory, up to 2G)")
}

// memoryLimit is how much of standard input or an archive may be kept, in bytes.
func (c *command) memoryLimit() int64 { return cmp.Or(int64(c.memory), defaultLimit()) }

// memorySize is the value of --memory, in bytes: 0 where it is not given.
type memorySize int64

func (m *memorySize) String() string { return "" }
func (m *memorySize) Type() string   { return "size" }

func (m *memorySize) Set(s string) error {
	n, err := scanMemory(s)
	*m = memorySize(n)
	return err
}
