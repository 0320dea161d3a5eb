package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/dmplens/dmplens/dmpfile/symstore"
	"github.com/dmplens/dmplens/report/analyze"
)

// symbolsVariable is the variable of the environment that debuggers take the symbol path from.
const symbolsVariable = "_NT_SYMBOL_PATH"

// symbolsFlag adds the flag that says where images and PDBs are. It is read by symbolPath.
func (c *command) symbolsFlag() {
	c.flags.String("symbols", "", "look for images and PDBs in `PATH`, as "+symbolsVariable+" has it: folders and stores with semicolons between them; '' is nowhere (default: that variable)")
}

// symbolPath returns where images and PDBs are: the path of --symbols, else that of the environment; nil where there is none. Call it when the flags
// are parsed. A path of the environment that cannot be read is complained of, and passed over: it may be meant for other programs.
func (c *command) symbolPath() (*symstore.Path, error) {
	flag := c.flags.Lookup("symbols")
	text, given := flag.Value.String(), flag.Changed
	if !given {
		text = os.Getenv(symbolsVariable)
	}
	path, err := symstore.ParsePath(text)
	switch {
	case err != nil && given:
		return nil, c.usageError("--symbols: %v", err)
	case err != nil:
		c.complain(fmt.Errorf("%s is passed over: %w", symbolsVariable, err))
		return nil, nil
	case path.String() == "":
		return nil, nil
	}
	return path, nil
}

// symbols are the images and PDBs that stacks are unwound and named by: nil where there are none, or the verb does not use them. Close them.
func (c *command) symbols() (*analyze.SymbolStore, error) {
	if c.flags.Lookup("symbols") == nil {
		return nil, nil
	}
	path, err := c.symbolPath()
	if path == nil || err != nil {
		return nil, err
	}
	if list := analyze.PassedOver(path); len(list) > 0 && c.flags.Changed("symbols") { // a path of the environment may be meant for other programs
		c.complain(fmt.Errorf("--symbols: %s", strings.Join(list, "; ")))
	}
	return analyze.NewSymbolStore(path), nil
}
