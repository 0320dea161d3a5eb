package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
)

// standardInput is what records and pages call it.
const standardInput = "standard input"

// standardInput returns what is on standard input, to be read anywhere: a file that it comes from, else a temporary copy. The verb can ask
// for it more than once.
func (c *command) standardInput() (r io.ReaderAt, size int64, err error) {
	if c.input == nil {
		if c.input, err = c.readInput(); err != nil {
			return nil, 0, err
		}
		if c.input.Size() == 0 {
			c.complain(errors.New("nothing came on standard input: see what the command before it says"))
		}
	}
	return c.input, c.input.Size(), nil
}

// hasData says whether standard input is a pipe, or a file that is not empty.
func hasData(stdin io.Reader) bool {
	f, ok := stdin.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && (info.Mode()&os.ModeNamedPipe != 0 || info.Mode().IsRegular() && info.Size() > 0)
}

// noInput refuses the name of standard input for a verb that does not read it.
func (c *command) noInput(names []string, instead string) error {
	if slices.Contains(names, "-") {
		return c.usageError("%s does not read standard input: %s (./- is a file of that name)", c.verb.name, instead)
	}
	return nil
}

func (c *command) readInput() (*io.SectionReader, error) {
	if f, isTerminal := terminal(c.stdin); isTerminal {
		return nil, fmt.Errorf("it is a terminal, which has no dump: name a file, or dmplens %s - < FILE", c.verb.name)
	} else if f != nil {
		info, err := f.Stat()
		switch {
		case err != nil:
			return nil, err
		case info.IsDir():
			return nil, errors.New("it is a folder")
		case info.Mode().IsRegular():
			begin, err := f.Seek(0, io.SeekCurrent)
			return io.NewSectionReader(f, begin, max(info.Size()-begin, 0)), err
		}
	}
	f, err := unfinishedFile(func() (*os.File, error) { return os.CreateTemp("", "dmplens-*") })
	if err != nil {
		return nil, err
	}
	c.spool = f
	os.Remove(f.Name()) // at once, where the system can: it lives as long as it is open
	limit := c.memoryLimit()
	n, err := io.Copy(f, io.LimitReader(c.stdin, limit+1))
	var path *os.PathError
	switch {
	case errors.As(err, &path) && path.Path == f.Name():
		return nil, fmt.Errorf("its temporary copy: %w (TMPDIR says where that is)", err)
	case err != nil:
		return nil, err
	case n > limit:
		return nil, fmt.Errorf("it has more than the %s that are kept of it: save it to a file and name that, or say --memory with more", sizeText(limit))
	}
	return io.NewSectionReader(f, 0, n), nil
}

// endInput removes the temporary copy of standard input.
func (c *command) endInput() {
	if c.spool != nil {
		endFile(c.spool, false)
	}
}
