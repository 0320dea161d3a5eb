package main

import (
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/report/analyze"
	"github.com/dmplens/dmplens/report/events"
)

// The names of the files of a folder that can be logs, and of those that can be dumps or logs, in lower case.
var (
	logNames        = []string{"*.evtx", "*.etl", "*.xml", "*dumpstack*.log", "*dumpstack*.log.tmp"}
	dumpAndLogNames = append([]string{"*.dmp"}, logNames...)
)

// filesOf goes through a file or a folder that was named: the file under its own name, or the files of the folder and of those in it that have such
// names. Links in it are not followed. An error is that of the file or folder beside it.
func filesOf(name string, patterns []string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		info, err := os.Stat(name)
		switch {
		case err != nil:
			yield(name, notFound(name, err))
			return
		case !info.IsDir():
			yield(name, nil)
			return
		}
		root := strings.TrimRight(name, string(filepath.Separator)) + string(filepath.Separator) // of a link to a folder: what is behind it
		filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
			if file == root {
				file = name
			}
			base := strings.ToLower(filepath.Base(file))
			fits := func(pattern string) bool { ok, _ := path.Match(pattern, base); return ok }
			if (err != nil || d.Type().IsRegular() && slices.ContainsFunc(patterns, fits)) && !yield(file, err) {
				return fs.SkipAll
			}
			return nil
		})
	}
}

// readLogs reads the logs that are named, and those in folders that are named; nil where none is. One of a folder that cannot be read is complained
// of, and passed over.
func (c *command) readLogs(names []string) (*analyze.Logs, error) {
	if len(names) == 0 {
		return nil, nil
	}
	logs := new(analyze.Logs)
	for _, name := range names {
		for file, err := range filesOf(name, logNames) {
			if err == nil {
				err = c.readLog(logs, file)
			}
			var other *events.NotLogError
			switch {
			case err == nil:
			case file == name:
				return nil, err
			case !errors.As(err, &other):
				c.complain(err)
			}
		}
	}
	return logs, nil
}

func (c *command) readLog(logs *analyze.Logs, path string) error {
	f, info, err := dmpfile.OpenRegular(path)
	if err != nil {
		return notFound(path, err)
	}
	defer f.Close()
	problems, err := logs.Add(f, info.Size, path)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	for _, p := range problems {
		c.complain(fmt.Errorf("%s: %s", path, p))
	}
	return nil
}
