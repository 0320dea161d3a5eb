package main

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/pflag"
)

// endings are the formats that the name of a file asks for: a switch of that name, or a value of --format.
var endings = map[string]string{".csv": "csv", ".html": "html", ".json": "json", ".jsonl": "jsonl", ".md": "markdown"}

// formats are those that a verb writes beside text, and whether a flag chooses one. It is asked when all flags but --output are there.
func (c *command) formats() (list []string, chosen bool) {
	if c.verb.name == "memory" { // what it writes to a file are the bytes themselves
		return nil, false
	}
	c.flags.VisitAll(func(f *pflag.Flag) {
		switch {
		case f.Name == "format":
			list = append(list, valuesOf(c.verb, f.Name)...)
		case !takesWord(f) && slices.Contains([]string{"json", "jsonl", "csv", "markdown", "html"}, f.Name):
			list = append(list, f.Name)
		default:
			return
		}
		chosen = chosen || f.Changed
	})
	return list, chosen
}

// endingsUsage is what the help of --output says of endings.
func (c *command) endingsUsage() string {
	var known []string
	have, _ := c.formats()
	for _, ending := range slices.Sorted(maps.Keys(endings)) {
		if slices.Contains(have, endings[ending]) {
			known = append(known, ending)
		}
	}
	if known == nil {
		return ""
	}
	return ", as the ending says where no flag does: " + strings.Join(known, ", ")
}

// formatByEnding chooses the format that the name of the file of --output asks for, where no flag chooses one. A format that the verb has not is
// an error: nobody wants a table in a file that is named .json.
func (c *command) formatByEnding(name string) error {
	format := endings[strings.ToLower(filepath.Ext(name))]
	have, chosen := c.formats()
	if format == "" || chosen || len(have) == 0 || c.flags.Changed("extract") {
		return nil
	}
	flag := c.flags.Lookup(format)
	switch {
	case flag != nil && !takesWord(flag):
		return c.flags.Set(format, "true")
	case slices.Contains(have, format):
		return c.flags.Set("format", format)
	case flag != nil:
		return c.usageError("--output is for rows: the web page goes to a file of its own, --%s %s", format, name)
	}
	return c.usageError("--output %s: %s writes %s, not %s; another ending is for text", name, c.verb.name, strings.Join(have, ", "), format)
}

// checkPage says what is wrong with a call that asks for a web page by a switch: it does not name the page, and a terminal shows none.
func (c *command) checkPage(files []string) error {
	for _, name := range files {
		if _, err := os.Stat(name); strings.EqualFold(filepath.Ext(name), ".html") && (err != nil || c.verb.name != "info") {
			return c.usageError("--html takes no name: the page goes to a new file with --output %s", quoted(name))
		}
	}
	if _, shown := terminal(c.stdout); shown && !c.flags.Changed("output") {
		return c.usageError("a terminal shows no web page: it goes to a new file with --output page.html")
	}
	return nil
}
