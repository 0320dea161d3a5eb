package main

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/report/analyze"
	"github.com/dmplens/dmplens/report/events"
)

// readLogs reads the logs that are named, and those in folders that are named; nil where none is. One of a folder that cannot be read is complained
// of, and passed over.
func (c *command) readLogs(names []string) (*analyze.Logs, error) {
	if len(names) == 0 {
		return nil, nil
	}
	logs := new(analyze.Logs)
	for _, name := range names {
		err := filepath.WalkDir(name, func(path string, e fs.DirEntry, err error) error {
			named := path == name
			switch {
			case err != nil && named:
				return notFound(name, err)
			case err != nil:
				c.complain(err)
				return nil
			case e.IsDir() || !named && !isLogName(path):
				return nil
			}
			err = c.readLog(logs, path)
			var other *events.NotLogError
			if errors.As(err, &other) && !named {
				return nil
			}
			if err != nil && !named {
				c.complain(err)
				return nil
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return logs, nil
}

// isLogName says whether a file of a folder can be a log, by how its name ends.
func isLogName(path string) bool {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".evtx", ".etl", ".xml":
		return true
	}
	return strings.HasPrefix(strings.ToLower(filepath.Base(path)), "dumpstack.log")
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
