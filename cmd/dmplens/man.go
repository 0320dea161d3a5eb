package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/pflag"
)

var manVerb = &verb{
	name: "man", args: "[VERB]", short: "write a man page of dmplens, or of one verb",
	long: `
Write the man page of dmplens, or of one of its verbs, as man and groff read it.`,
	examples: `  dmplens man info > dmplens-info.1
`,
	brief: true,
	run: func(c *command, args []string) (int, error) {
		args, err := c.parse(args)
		switch {
		case err != nil:
			return exitUnusable, err
		case len(args) > 1:
			return exitUnusable, c.usageError("name one verb, or none")
		}
		var b strings.Builder
		if len(args) == 0 {
			writeMan(&b)
		} else {
			v, err := c.verbNamed(args[0])
			if err != nil {
				return exitUnusable, err
			}
			v.writeMan(&b)
		}
		_, err = io.WriteString(c.stdout, b.String())
		return exitOK, err
	},
}

// roff escapes a text: nothing in it is a request or an escape of roff.
func roff(s string) string {
	s = strings.NewReplacer(`\`, `\e`, "-", `\-`, "'", `\(aq`, "`", "\\(ga", "^", `\(ha`, "~", `\(ti`).Replace(s)
	var b strings.Builder
	for line := range strings.Lines(s) {
		if strings.HasPrefix(line, ".") {
			b.WriteString(`\&`)
		}
		b.WriteString(line)
	}
	return b.String()
}

// manHead begins a page. what is on one line.
func manHead(b *strings.Builder, name, what, usage string) {
	fmt.Fprintf(b, ".TH %s 1 \"\" \"dmplens %s\"\n.SH NAME\n%s \\- %s\n.SH SYNOPSIS\n%s\n", strings.ToUpper(roff(name)), version, roff(name), roff(what), roff(usage))
}

// asTyped writes lines that are kept as they are.
func asTyped(b *strings.Builder, lines string) {
	fmt.Fprintf(b, ".PP\n.nf\n%s\n.fi\n", roff(strings.TrimRight(lines, "\n")))
}

func writeMan(b *strings.Builder) {
	manHead(b, "dmplens", "read Windows kernel dumps", "dmplens VERB [flags] ...")
	about, _, _ := strings.Cut(helpHead, "\n\n")
	fmt.Fprintf(b, ".SH DESCRIPTION\n%s\n.SH VERBS\n", roff(about))
	for _, v := range verbs {
		fmt.Fprintf(b, ".TP\n.B %s\n%s\n", roff(strings.TrimSpace(v.name+" "+v.args)), roff(v.short))
	}
	examples, codes, _ := strings.Cut(helpTail, "Exit codes:\n")
	b.WriteString(".SH EXAMPLES\n")
	asTyped(b, strings.TrimPrefix(strings.TrimSpace(examples), "Examples:\n"))
	b.WriteString(".SH EXIT STATUS\n")
	asTyped(b, codes)
}

func (v *verb) writeMan(b *strings.Builder) {
	manHead(b, "dmplens-"+v.name, v.short, strings.TrimSpace("dmplens "+v.name+" "+v.args))
	b.WriteString(".SH DESCRIPTION\n")
	for _, lines := range paragraphs(v.long) {
		b.WriteString(".PP\n")
		for _, line := range lines {
			if strings.HasPrefix(line, " ") {
				fmt.Fprintf(b, ".br\n.nf\n%s\n.fi\n", roff(line))
			} else {
				b.WriteString(roff(line) + "\n")
			}
		}
	}
	if list := flagsOf(v); len(list) > 0 {
		b.WriteString(".SH OPTIONS\n")
		for _, f := range list {
			name, usage := pflag.UnquoteUsage(f)
			name = strings.TrimSpace("--" + f.Name + " " + name)
			if f.Shorthand != "" {
				name = "-" + f.Shorthand + ", " + name
			}
			fmt.Fprintf(b, ".TP\n.B %s\n%s\n", roff(name), roff(usage))
		}
	}
	if v.examples != "" {
		b.WriteString(".SH EXAMPLES\n")
		asTyped(b, v.examples)
	}
	b.WriteString(".SH SEE ALSO\ndmplens(1)\n")
}
