package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/dmplens/dmplens/report"
)

// verbNamed finds a verb, or says which one may have been meant.
func (c *command) verbNamed(name string) (*verb, error) {
	if v := findVerb(name); v != nil {
		return v, nil
	}
	if near := nearVerb(name); near != "" {
		return nil, c.usageError("there is no verb %q: did you mean %s?", name, near)
	}
	return nil, c.usageError("there is no verb %q", name)
}

// otherWords are what other programs, WinDbg first, call what verbs do.
var otherWords = map[string]string{
	"analyze": "info", "analyse": "info", "!analyze": "info", "show": "info", "open": "info", "view": "info", "print": "info", "summary": "info",
	"verify": "check", "validate": "check", "test": "check", "dumpchk": "check",
	"lm": "modules", "lmv": "modules", "drivers": "modules", "ps": "processes", "!process": "processes", "tasks": "processes",
	"r": "registers", "regs": "registers", "k": "stack", "kb": "stack", "kn": "stack", "bt": "stack", "backtrace": "stack", "!stacks": "stack",
	"d": "memory", "db": "memory", "dd": "memory", "dq": "memory", "dps": "memory", "read": "memory", "fetch": "symbols", ".enumtag": "streams",
	"!error": "explain", "decode": "explain", "code": "explain", "timeline": "events", "logs": "events", "log": "events",
	"list": "scan", "ls": "scan", "dir": "scan", "find": "scan", "search": "scan", "walk": "scan", "group": "report", "compare": "diff",
	"new": "diff", "changes": "diff", "patterns": "report --patterns", "html": "info --html", "page": "info --html", "json": "info --json",
}

// nearVerb is the verb that may have been meant, "" where none is near.
func nearVerb(name string) string {
	if v := otherWords[strings.ToLower(name)]; v != "" {
		return v
	}
	return report.Nearest(name, verbNames())
}

// nearFlag says which flag may have been meant by one that there is not, or which verbs have it.
func (c *command) nearFlag(err error) string {
	var unknown *pflag.NotExistError
	if !errors.As(err, &unknown) {
		return ""
	}
	name, short := unknown.GetSpecifiedName(), unknown.GetSpecifiedShortnames() != ""
	var names, begin []string
	c.flags.VisitAll(func(f *pflag.Flag) {
		names = append(names, f.Name)
		if strings.HasPrefix(f.Name, name) && f.Name != name {
			begin = append(begin, "--"+f.Name)
		}
	})
	if near := report.Nearest(name, names); near != "" && !short {
		return ": did you mean --" + near + "?"
	}
	if len(begin) > 0 && len(begin) <= 3 {
		return ": did you mean " + strings.Join(begin, " or ") + "?"
	}
	if short {
		return ""
	}
	var have []string
	for _, v := range verbs {
		if v.flags().Lookup(name) != nil {
			have = append(have, v.name)
		}
	}
	if len(have) == 0 {
		return ""
	}
	return ": a flag of " + strings.Join(have, ", ")
}

// notFound adds to the error for a missing file what may have been meant by it.
func notFound(name string, err error) error {
	if pattern := unmatched(name, nil); pattern != nil {
		return pattern
	}
	if path, ok := err.(*os.PathError); ok {
		err = fmt.Errorf("%s: %w", path.Path, path.Err) // by which call it was noticed is no news
	}
	if errors.Is(err, os.ErrNotExist) && findVerb(name) != nil {
		return fmt.Errorf("%w (the verb %s stands before its flags)", err, name)
	}
	if info, found := os.Stat(name); found == nil && info.IsDir() {
		return fmt.Errorf("%s is a folder: dmplens scan %s", name, quoted(name))
	}
	if !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if near := nearFile(name); near != "" {
		return fmt.Errorf("%w: did you mean %s?", err, near)
	}
	if near := nearVerb(name); near != "" {
		return fmt.Errorf("%w (it is no verb either: did you mean %s?)", err, near)
	}
	if !strings.ContainsAny(name, `./\`) {
		return fmt.Errorf("%w (it is no verb either; see dmplens --help)", err)
	}
	return err
}

// nearFile returns the path of a missing file or folder with the one name changed that is not there, where another is near.
func nearFile(name string) string {
	name = filepath.Clean(name)
	dir, base := filepath.Split(name)
	if parent := filepath.Clean(dir); dir != "" && parent != name {
		if _, err := os.Stat(parent); errors.Is(err, os.ErrNotExist) {
			near := nearFile(parent)
			if near == "" {
				return ""
			}
			dir = near + string(filepath.Separator)
			if _, err := os.Stat(dir + base); err == nil {
				return dir + base
			}
		}
	}
	folder, err := os.Open(cmp.Or(dir, "."))
	if err != nil {
		return ""
	}
	defer folder.Close()
	names, _ := folder.Readdirnames(1000)                                      // a share can have a million
	names = slices.DeleteFunc(names, func(n string) bool { return n == base }) // a link to nowhere
	if near := report.Nearest(base, names); near != "" {
		return dir + near
	}
	return ""
}
