package main

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"sync"
	"syscall"
)

// parse parses the flags of a verb, makes the file of --output, and returns the other arguments. Results go to that file then: it is made before
// the work, which would be lost.
func (c *command) parse(args []string) ([]string, error) {
	words, err := c.parseFlags(args)
	if err != nil || c.output == "" {
		return words, err
	}
	if c.made, err = newFile(c.output); err != nil {
		return nil, err
	}
	c.stdout = c.made
	return words, nil
}

// parseFlags is parse for a verb that opens its file itself: c.output is its name, "" for standard output.
func (c *command) parseFlags(args []string) ([]string, error) {
	name := c.flags.String("output", "", "write to this new `FILE`"+c.endingsUsage()+"; - is standard output")
	if err := c.flags.Parse(args); err != nil {
		return nil, c.flagError(err)
	}
	switch {
	case c.flags.Changed("output") && *name == "":
		return nil, c.usageError("--output names a file; - is standard output")
	case *name != "-":
		c.output = *name
		if err := c.formatByEnding(*name); err != nil {
			return nil, err
		}
	}
	return c.flags.Args(), nil
}

// endOutput ends the file of --output, if there is one. Nothing of it stays where writing failed, since half of a result would look like all
// of it, nor where there was nothing to write.
func (c *command) endOutput(code int, err error) error {
	if c.made == nil {
		return err
	}
	keep := err == nil
	if info, failed := c.made.Stat(); code != exitOK && failed == nil && info.Size() == 0 {
		keep = false
	}
	return errors.Join(err, endFile(c.made, keep))
}

// unfinished are files that an interrupt must not leave behind.
var unfinished struct {
	sync.Mutex
	files map[*os.File]bool
}

// newFile makes a file for a result. It never opens one that is there, which can be a dump. End it by endFile.
func newFile(name string) (*os.File, error) {
	f, err := unfinishedFile(func() (*os.File, error) { return os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666) })
	if errors.Is(err, os.ErrExist) {
		err = fmt.Errorf("%w (results go to a new file: what is there may be a dump)", err)
	}
	return f, err
}

// unfinishedFile makes a file that an interrupt removes, from its first moment on.
func unfinishedFile(create func() (*os.File, error)) (*os.File, error) {
	catchInterrupts()
	unfinished.Lock()
	defer unfinished.Unlock()
	f, err := create()
	if err != nil {
		return nil, err
	}
	if unfinished.files == nil {
		unfinished.files = map[*os.File]bool{}
	}
	unfinished.files[f] = true
	return f, nil
}

// endFile closes a file, and removes it unless it is to be kept and could be written.
func endFile(f *os.File, keep bool) error {
	unfinished.Lock()
	defer unfinished.Unlock()
	delete(unfinished.files, f)
	err := f.Close()
	if err != nil || !keep {
		os.Remove(f.Name())
	}
	return err
}

// catchInterrupts lets an interrupt end the program with its exit code, and without unfinished files.
var catchInterrupts = sync.OnceFunc(func() {
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-interrupted
		unfinished.Lock() // for good: nothing is begun any more
		for f := range unfinished.files {
			f.Close()
			os.Remove(f.Name())
		}
		os.Exit(exitInterrupted)
	}()
})
