package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dmplens/dmplens/dmpfile/symstore"
	"github.com/dmplens/dmplens/report"
	"github.com/dmplens/dmplens/report/analyze"
	"github.com/dmplens/dmplens/report/page"
	"github.com/dmplens/dmplens/report/record"
	"github.com/dmplens/dmplens/report/text"
)

var symbolsVerb = &verb{
	name: "symbols", args: "[flags] DUMP...", short: "list the images and PDBs that dumps need, and fetch them",
	long: `
List the files that a debugger wants beside the dumps: the image of each loaded
module, and its PDB. An image is known by its name, time stamp and size. It
names its PDB by GUID and age: where neither a store nor the memory in the dump
has the image, its PDB is not known yet. A file is at hand where a folder or a
store of the symbol path has it, and it is what its header says.

PATH has elements with semicolons between them, as debuggers read it:
  DIR                  a folder with files, or a store
  srv*DIR*https://X/Y  a store, which --fetch fills from the server behind it
  srv*https://X/Y      the same, with a store of dmplens' own
  srv*                 the same, with Microsoft's public server
  cache*DIR            a store to fill for all elements that follow

With --fetch, and only then, the servers are asked for what is missing: images,
then the PDBs that they name. That sends names and ids, and nothing else. The
next run continues what an interrupted one began. With --stack it is what the
stack of a dump needs: a few files instead of some hundred.
  dmplens symbols --fetch --stack --symbols 'srv*' MEMORY.DMP

Some modules cannot be asked for: small dumps lack the time stamps of a few, and
of unloaded modules only names are known. Microsoft's server has the files of
Windows; those of other drivers are their makers' to give.

--manifest writes the lines that SymChk /im and pdblister download take, for a
machine that may use the network: name, id and 1, with commas between them.

Exit code 1 says that a server or a store failed, or that a dump is damaged. It
is no failure that a file is missing, or that no server has it.`,
	examples: `  dmplens symbols MEMORY.DMP
  dmplens symbols --stack --symbols /srv/symbols MEMORY.DMP
  dmplens symbols --missing --manifest MEMORY.DMP > manifest
  dmplens symbols --json LiveDump.dmp
`,
	run: runSymbols,
}

func runSymbols(c *command, args []string) (int, error) {
	onStack := c.flags.Bool("stack", false, "only for the modules on the dump's stack")
	missing := c.flags.Bool("missing", false, "list only what is missing")
	c.symbolsFlag()
	fetch := c.flags.Bool("fetch", false, "ask the servers of the path for what is missing, and keep it in the store")
	manifest := c.flags.Bool("manifest", false, "write a line for SymChk and pdblister for each file: NAME,ID,1")
	asJSON := c.flags.Bool("json", false, "write an indented JSON object")
	asJSONL := c.flags.Bool("jsonl", false, "write a JSON object on one line")
	c.memoryFlag()
	files, style, err := c.parseText(args)
	if err != nil {
		return exitUnusable, err
	}
	symbols, err := c.symbolPath()
	switch {
	case err != nil:
		return exitUnusable, err
	case *asJSON && *asJSONL, *manifest && (*asJSON || *asJSONL):
		return exitUnusable, c.usageError("choose one of --json, --jsonl and --manifest")
	case len(files) == 0:
		return exitUnusable, c.usageError("name at least one dump")
	case *fetch:
		if err := c.canFetch(symbols); err != nil {
			return exitUnusable, err
		}
	}
	if files, err = c.files(files); err != nil {
		return exitUnusable, err
	}
	dumps := neededBy{names: files, path: symbols, onStack: *onStack}
	needed, code := c.read(&dumps)
	if len(dumps.names) == 0 {
		return code, nil
	}
	if *fetch {
		var fetched int
		needed, fetched = c.fetch(&dumps, needed)
		if code = max(code, fetched); code == exitInterrupted {
			return code, nil
		}
	}
	list := needed.List(version)
	list.NotRead = dumps.notRead
	if !*fetch {
		list.Next = c.fetchLine(list, symbols, dumps.names)
	}
	if list.Next == "" {
		list.Use = c.useLine(list, dumps.names)
	}
	if *missing {
		list.Files = slices.DeleteFunc(list.Files, func(x report.SymbolFile) bool { return x.State != report.SymbolMissing })
	}
	switch {
	case *manifest:
		if len(list.PassedOver) > 0 && c.flags.Changed("symbols") {
			c.complain(fmt.Errorf("--symbols: %s", strings.Join(list.PassedOver, "; ")))
		}
		return code, c.writeManifest(list)
	case *asJSONL:
		return code, record.JSONL(c.stdout, list)
	case *asJSON:
		return code, record.JSON(c.stdout, list)
	}
	return code, text.Write(c.stdout, page.Symbols(list), style)
}

// neededBy are the dumps of one call, and what of them is asked about.
type neededBy struct {
	names   []string // of those that can be read, after the first time
	notRead []string
	path    *symstore.Path
	onStack bool
}

// read says what the dumps need. Those that cannot be read are complained of, and left out from then on.
func (c *command) read(by *neededBy) (*analyze.Symbols, int) {
	needed := &analyze.Symbols{Path: by.path, OnStack: by.onStack}
	a := &analyze.Analyzer{ToolVersion: version, Brief: true}
	if by.path != nil { // what is on a stack its images tell
		a.Symbols = analyze.NewSymbolStore(by.path)
		defer a.Symbols.Close()
	}
	code := exitOK
	var names []string
	for _, name := range by.names {
		d, err := c.open(a, name)
		if err != nil {
			c.complain(err)
			code = exitUnusable
			by.notRead = append(by.notRead, report.ValidUTF8(name))
			continue
		}
		r := needed.Add(d.Dump)
		d.note(r)
		d.Close()
		names = append(names, name)
		if code = max(code, exitOf(r)); r.Error != nil {
			code = max(code, exitFinding)
		}
	}
	by.names = names
	return needed, code
}

// canFetch says what a path lacks that is to be fetched by.
func (c *command) canFetch(path *symstore.Path) error {
	switch {
	case path == nil:
	case len(path.Filled()) > 0:
		return nil
	case len(path.Servers()) > 0:
		return c.usageError("--fetch has nowhere to keep files: no folder that the symbol path has for them can be on this system; say %s",
			symbolsSaid(fromServer(path.Servers()[0])))
	}
	return c.usageError("--fetch asks the servers of the symbol path, and it names none: say %s", symbolsSaid(withServer(path)))
}

// symbolsSaid is the flag with a path, and what DIR in it stands for.
func symbolsSaid(path string) string {
	if strings.HasPrefix(path, "srv*DIR*") {
		return "--symbols " + quoted(path) + ", with a folder of yours for DIR"
	}
	return "--symbols " + quoted(path)
}

// fromServer is a symbol path of a server. Where there is no default store, a folder has to be named.
func fromServer(server string) string {
	if _, err := symstore.DefaultStore(); err != nil {
		return "srv*DIR*" + server
	}
	return "srv*" + server
}

// withServer is a symbol path with Microsoft's server: behind the folder, where the path is one folder or one chain of them.
func withServer(path *symstore.Path) string {
	if path == nil {
		return fromServer(symstore.PublicServer)
	}
	text := path.String()
	keyword, _, marked := strings.Cut(strings.ToLower(text), "*")
	switch {
	case strings.Contains(text, ";") || len(path.Stores()) == 0 || marked && keyword == "cache":
		return text + ";" + fromServer(symstore.PublicServer)
	case !marked && hasFiles(text): // a store has none of those
		text += ";srv*" + text
	case !marked:
		text = "srv*" + text
	}
	return text + "*" + symstore.PublicServer
}

// hasFiles says whether a folder has images or PDBs that are in no folder of their own.
func hasFiles(dir string) bool {
	entries, _ := os.ReadDir(dir)
	return slices.ContainsFunc(entries, func(e os.DirEntry) bool {
		switch strings.ToLower(filepath.Ext(e.Name())) {
		case ".sys", ".exe", ".dll", ".pdb":
			return e.Type().IsRegular()
		}
		return false
	})
}

// fetchLine is the command line that fetches what is missing, "" where nothing is.
func (c *command) fetchLine(l *report.SymbolList, path *symstore.Path, names []string) string {
	if l.Images.Missing+l.PDBs.Missing == 0 {
		return ""
	}
	words := []string{"dmplens", "symbols", "--fetch"}
	if l.OnStack || l.StackFirst() > 0 {
		words = append(words, "--stack")
	}
	switch {
	case path == nil || len(path.Servers()) == 0:
		words = append(words, "--symbols", withServer(path))
	case len(path.Filled()) == 0: // a path of Windows, on another system
		words = append(words, "--symbols", fromServer(path.Servers()[0]))
	case c.flags.Changed("symbols"):
		words = append(words, "--symbols", l.SymbolPath)
	}
	return commandLine(words, names)
}

// useLine is the command line that shows what the files at hand are for, "" where none is of a stack.
func (c *command) useLine(l *report.SymbolList, names []string) string {
	if !slices.ContainsFunc(l.Files, func(x report.SymbolFile) bool { return x.OnStack && x.State == report.SymbolHave }) {
		return ""
	}
	words := []string{"dmplens", "stack"}
	if len(names) > 1 {
		words[1] = "info"
	}
	if c.flags.Changed("symbols") {
		words = append(words, "--symbols", l.SymbolPath)
	}
	return commandLine(words, names)
}

// maxLine is how long a command line may become by the names of dumps, in bytes. Of more dumps the first are named.
const maxLine = 1000

// commandLine is a command line for a shell.
func commandLine(words, names []string) string {
	var b strings.Builder
	for i, word := range slices.Concat(words, names) {
		word = quoted(word)
		if i > len(words) && b.Len()+len(word) > maxLine {
			b.WriteString(" ...")
			break
		}
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(word)
	}
	return report.ValidUTF8(b.String())
}

// quoted is a word as a shell takes it.
func quoted(word string) string {
	if word != "" && !strings.ContainsFunc(word, func(r rune) bool {
		return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("-_./:=+,@%", r))
	}) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// writeManifest writes the lines that SymChk /im and pdblister download take. Names that would be read otherwise are left out.
func (c *command) writeManifest(l *report.SymbolList) error {
	for _, d := range l.Dumps {
		if d.Error != nil {
			c.complain(fmt.Errorf("%s: %s", d.File.Path, d.Error.Message))
		}
	}
	var b strings.Builder
	for _, x := range l.Files {
		switch {
		case x.ID == "":
		case strings.ContainsAny(x.Name, `,\`) || // a backslash stands for a byte that is no UTF-8: names have none
			text.Clean(x.Name) != x.Name:
			c.complain(fmt.Errorf("no line of a manifest can hold the name %q", x.Name))
		default:
			fmt.Fprintf(&b, "%s,%s,1\n", x.Name, x.ID)
		}
	}
	_, err := io.WriteString(c.stdout, b.String())
	return err
}
