package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/dmplens/dmplens/report"
)

// scanNames are the paths that a scan looks at: those of the command line, then those of a list.
type scanNames struct {
	paths []string
	list  io.Reader // nil for none; it can be read only once
	null  bool      // its names end with NUL
	none  bool      // a pattern of the command line matches no file
	err   error     // what is wrong with the list, once it was read
}

func (c *command) scanNames(list string, null bool, paths []string) (*scanNames, error) {
	n := &scanNames{null: null}
	for _, name := range paths {
		if err := unmatched(name, nil); err != nil {
			c.complain(err)
			n.none = true
			continue
		}
		if _, err := os.Lstat(name); errors.Is(err, os.ErrNotExist) {
			if near := nearFile(name); near != "" {
				c.complain(fmt.Errorf("%s is not there: did you mean %s?", name, near))
			}
		}
		n.paths = append(n.paths, name)
	}
	if len(n.paths) == 0 && list == "" {
		return nil, errors.New("there is nothing to look at")
	}
	switch list {
	case "":
	case "-":
		n.list = c.stdin
	default:
		f, err := os.Open(list)
		if err != nil {
			return nil, err
		}
		n.list = f
	}
	return n, nil
}

// isFolder says whether a folder has the name.
func isFolder(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.IsDir()
}

// unread says whether a row is of a path of the command line that could not be read.
func (n *scanNames) unread(r *report.Report) bool {
	return r.Error != nil && r.Dump == nil && r.File.Member == "" && slices.Contains(n.paths, r.File.Path)
}

// countable are all of the paths, or none where not all are known.
func (n *scanNames) countable() []string {
	if n.list != nil {
		return nil
	}
	return n.paths
}

// all yields the paths.
func (n *scanNames) all(yield func(string) bool) {
	for _, name := range n.paths {
		if !yield(name) {
			return
		}
	}
	if n.list == nil {
		return
	}
	lines := bufio.NewScanner(decoded(n.list))
	lines.Buffer(nil, 1<<20)
	if n.null {
		lines.Split(splitNUL)
	}
	for empty := 0; lines.Scan(); {
		name := lines.Text()
		if name != "" {
			if !yield(name) {
				return
			}
			continue
		}
		if empty++; empty > maxEmpty {
			n.err = errors.New("--files-from: it is no list of paths: there are many names without a letter")
			return
		}
	}
	if n.err = lines.Err(); errors.Is(n.err, bufio.ErrTooLong) {
		n.err = errors.New("--files-from: it is no list of paths: a line has more than 1 MiB")
	}
}

// removeEmpty takes back an output that nothing was written to.
func removeEmpty(name string) {
	if info, err := os.Lstat(name); err == nil && info.Mode().IsRegular() && info.Size() == 0 {
		os.Remove(name)
	}
}

// maxEmpty is how many empty names a list may have: a device can have no end of them.
const maxEmpty = 1 << 20

// unmatched says of a name that cannot be opened that it is a pattern that no file matches: shells leave those as they are, and Windows
// says of them that the name is wrong.
func unmatched(name string, err error) error {
	if _, found := os.Lstat(name); found != nil && strings.ContainsAny(name, "*?") {
		return fmt.Errorf("no file matches %s", name)
	}
	return err
}

// splitNUL is a bufio.SplitFunc for names that end with NUL.
func splitNUL(data []byte, atEOF bool) (advance int, token []byte, err error) {
	if i := bytes.IndexByte(data, 0); i >= 0 {
		return i + 1, data[:i], nil
	}
	if atEOF && len(data) > 0 {
		return len(data), data, nil
	}
	return 0, nil, nil
}

// badPattern says which pattern is none.
func badPattern(lists ...[]string) error {
	for _, list := range lists {
		for _, p := range list {
			if strings.Contains(p, "/") {
				return fmt.Errorf("%q can never match: patterns are of names of files and folders, not of paths", p)
			}
			if _, err := path.Match(p, ""); err != nil {
				return fmt.Errorf("%q is no pattern of names", p)
			}
		}
	}
	return nil
}

// readShard reads I/N, which people count from 1.
func readShard(s string) (i, n int, err error) {
	a, b, ok := strings.Cut(s, "/")
	i, err1 := strconv.Atoi(a)
	n, err2 := strconv.Atoi(b)
	if !ok || err1 != nil || err2 != nil || i < 1 || i > n {
		return 0, 0, fmt.Errorf("--shard is I/N with I from 1 to N, not %q", s)
	}
	return i - 1, n, nil
}
