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
		case len(args) == 0:
			writeHelp(c.stdout)
			return exitOK, nil
		}
		v := findVerb(args[0])
		if v == nil {
			return exitUnusable, c.usageError("there is no verb %q", args[0])
		}
		// A verb registers its flags when it runs; asking it for help lets it do so.
		return run([]string{v.name, "--help"}, nil, c.stdout, c.stderr), nil
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
  1    a result was given: a dump is damaged, a file is no kernel dump, a code is
       not known, or a server or store of symbols failed
  2    wrong usage, or a file could not be read (the others are still reported)
  130  interrupted
`

func writeHelp(w io.Writer) {
	var b strings.Builder
	b.WriteString(helpHead)
	for _, v := range verbs {
		fmt.Fprintf(&b, "  %-28s %s\n", v.name+" "+v.args, v.short)
	}
	b.WriteString(helpTail)
	io.WriteString(w, b.String())
}

func (v *verb) writeHelp(w io.Writer, flags *pflag.FlagSet) {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\nUsage:\n  dmplens %s %s\n", strings.TrimSpace(v.long), v.name, v.args)
	if flags.HasFlags() {
		b.WriteString("\nFlags:\n")
		flags.VisitAll(func(f *pflag.Flag) {
			// pflag's own list writes "[=true|false]" behind every switch.
			name, usage := pflag.UnquoteUsage(f)
			name = strings.TrimSpace("--" + f.Name + " " + name)
			if f.Shorthand != "" {
				name = "-" + f.Shorthand + ", " + name
			}
			writeFlag(&b, name, usage)
		})
	}
	if v.examples != "" {
		fmt.Fprintf(&b, "\nExamples:\n%s", v.examples)
	}
	io.WriteString(w, b.String())
}

// writeFlag writes a flag and what it does, wrapped at 80 columns behind it.
func writeFlag(b *strings.Builder, name, usage string) {
	const indent, width = 21, 80
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
