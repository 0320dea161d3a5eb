package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/pflag"
)

var helpVerb = &verb{
	name: "help", args: "[VERB]", short: "explain dmplens, or one verb",
	long: "Explain dmplens, or one of its verbs.", brief: true,
	run: func(c *command, args []string) (int, error) {
		args, err := c.parse(args)
		switch {
		case err != nil:
			return exitUnusable, err
		case len(args) > 1:
			return exitUnusable, c.usageError("name one verb, or none")
		case len(args) == 0:
			_, err = io.WriteString(c.stdout, help())
			return exitOK, err
		}
		v, err := c.verbNamed(args[0])
		if err != nil {
			return exitUnusable, err
		}
		_, err = io.WriteString(c.stdout, v.help(v.flags()))
		return exitOK, err
	},
}

var versionVerb = &verb{
	name: "version", short: "say which version this is",
	long: "Say which version of dmplens this is.", brief: true,
	run: func(c *command, args []string) (int, error) {
		if _, err := c.parse(args); err != nil {
			return exitUnusable, err
		}
		_, err := fmt.Fprintln(c.stdout, "dmplens", version)
		return exitOK, err
	},
}

const helpHead = `dmplens reads Windows kernel dumps (.dmp): crash dumps and live dumps. It needs
no Windows, no debugger, no symbols and no network, and changes no file.

Usage:
  dmplens FILE...              the same as dmplens info FILE...
  dmplens VERB [flags] ...

Verbs:
`

const helpTail = `
Examples:
  dmplens MEMORY.DMP                       what is this dump, what happened?
  dmplens scan --group-by signature .      which problems are in this folder?
  dmplens *.dmp --jsonl > dumps.jsonl      one JSON object a line, for scripts
  dmplens check --deep LiveDump.dmp        is it whole, will a debugger use it?
  dmplens explain 0x9f 3                   what do these numbers mean?
  dmplens streams LiveDump.dmp             what drivers added to the dump
  dmplens events MEMORY.DMP System.evtx    what happened before, and after?
  dmplens symbols MEMORY.DMP               which images and PDBs does it need?
  dmplens help info                        all about one verb

Exit codes:
  0    a result was given
  1    a result was given: a dump is damaged, a file is no kernel dump, a code
       is not known, or a server or store of symbols failed
  2    wrong usage, or a file or folder that was named could not be read (others
       are still reported)
  130  interrupted
`

// help is what dmplens says of itself.
func help() string {
	var b strings.Builder
	b.WriteString(helpHead)
	for _, v := range verbs {
		writeItem(&b, 31, strings.TrimSpace(v.name+" "+v.args), v.short)
	}
	b.WriteString(helpTail)
	return b.String()
}

// help is what a verb says of itself and of its flags.
func (v *verb) help(flags *pflag.FlagSet) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%sUsage:\n  dmplens %s\n", prose(v.long), strings.TrimSpace(v.name+" "+v.args))
	if flags.HasFlags() {
		b.WriteString("\nFlags:\n")
		flags.VisitAll(func(f *pflag.Flag) {
			// pflag's own list writes "[=true|false]" behind every switch.
			name, usage := pflag.UnquoteUsage(f)
			name = strings.TrimSpace("--" + f.Name + " " + name)
			if f.Shorthand != "" {
				name = "-" + f.Shorthand + ", " + name
			}
			writeItem(&b, 21, name, usage)
		})
	}
	if v.examples != "" {
		fmt.Fprintf(&b, "\nExamples:\n%s", v.examples)
	}
	return b.String()
}

// paragraphs splits a text of a verb at its empty lines. Lines that begin with a space are kept as they are; others are joined.
func paragraphs(text string) (list [][]string) {
	for _, block := range strings.Split(strings.TrimSpace(text), "\n\n") {
		var lines []string
		joined := false
		for _, line := range strings.Split(block, "\n") {
			kept := strings.HasPrefix(line, " ")
			if joined && !kept {
				lines[len(lines)-1] += " " + line
			} else {
				lines = append(lines, line)
			}
			joined = !kept
		}
		list = append(list, lines)
	}
	return list
}

// prose wraps a text of a verb at 80 columns. An empty line follows each paragraph.
func prose(text string) string {
	var b strings.Builder
	for _, lines := range paragraphs(text) {
		for _, line := range lines {
			if strings.HasPrefix(line, " ") {
				b.WriteString(line + "\n")
				continue
			}
			column := 0
			for _, word := range strings.Fields(line) {
				switch {
				case column > 0 && column+1+len(word) > 80:
					b.WriteByte('\n')
					column = 0
				case column > 0:
					b.WriteByte(' ')
					column++
				}
				b.WriteString(word)
				column += len(word)
			}
			b.WriteByte('\n')
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// writeItem writes a name and what it does, which stands from a column on and is wrapped at 80.
func writeItem(b *strings.Builder, indent int, name, usage string) {
	const width = 80
	line := fmt.Sprintf("  %-*s", indent-2, name)
	if len(name) > indent-3 {
		b.WriteString(strings.TrimRight(line, " ") + "\n")
		line = strings.Repeat(" ", indent)
	}
	column := indent
	for _, word := range strings.Fields(usage) {
		if column > indent && column+len(word) > width {
			b.WriteString(strings.TrimRight(line, " ") + "\n")
			line, column = strings.Repeat(" ", indent), indent
		}
		line += word + " "
		column += len(word) + 1
	}
	b.WriteString(strings.TrimRight(line, " ") + "\n")
}
