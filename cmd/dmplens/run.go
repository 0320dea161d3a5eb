package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"

	"github.com/spf13/pflag"
	"golang.org/x/term"

	"github.com/dmplens/dmplens/report/text"
)

// version is what `dmplens version` and every JSON record say.
const version = "0.1.0"

// Exit codes.
const (
	exitOK          = 0   // a result was given
	exitFinding     = 1   // a result was given: damaged, or no kernel dump
	exitUnusable    = 2   // wrong usage, or a named input could not be read
	exitInterrupted = 130 // by the user
)

// command is what a verb runs in.
type command struct {
	verb   *verb
	flags  *pflag.FlagSet
	stdin  io.Reader
	stdout io.Writer
	stderr io.Writer

	output string   // name of the file of --output, "" for standard output
	made   *os.File // that file, which stdout is then; nil where there is none

	memory memorySize        // of --memory
	input  *io.SectionReader // what is on standard input, nil until it is asked for
	spool  *os.File          // a temporary copy of it, nil where there is none
}

// verb is a word behind dmplens. Its function registers flags, parses the arguments and does the work.
type verb struct {
	name     string
	args     string // how the arguments are written in help
	short    string // one line for the list of verbs
	long     string // what `dmplens VERB --help` says before the flags
	examples string
	brief    bool // answers at once, from what it is told: needs neither a handler of interrupts nor much memory
	run      func(c *command, args []string) (int, error)
}

// verbs in the order of the help. It is filled in init because help lists it and runs them.
var verbs []*verb

func init() {
	verbs = []*verb{infoVerb, checkVerb, explainVerb, hashVerb, modulesVerb, processesVerb, registersVerb, stackVerb, symbolsVerb, memoryVerb, streamsVerb, eventsVerb, scanVerb, reportVerb, diffVerb, completionVerb, manVerb, versionVerb, helpVerb}
}

func findVerb(name string) *verb {
	for _, v := range verbs {
		if v.name == name {
			return v
		}
	}
	return nil
}

// chosen returns the verb that the arguments name, and the other arguments. `dmplens FILE` is `dmplens info FILE`. Without arguments there is
// no verb.
func chosen(args []string) (*verb, []string) {
	if len(args) == 0 {
		return nil, nil
	}
	switch v := findVerb(args[0]); {
	case args[0] == "--help" || args[0] == "-h" || args[0] == "/?": // the last is how Windows asks
		return findVerb("help"), args[1:]
	case args[0] == "--version":
		return findVerb("version"), args[1:]
	case v != nil:
		return v, args[1:]
	}
	return findVerb("info"), args
}

// run is the whole program.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	v, args := chosen(args)
	if v == nil {
		if hasData(stdin) {
			io.WriteString(stderr, "dmplens: what comes on standard input is read by dmplens -\n\n")
		}
		io.WriteString(stderr, help())
		return exitUnusable
	}
	c := v.command(stdin, stdout, stderr)
	code, err := v.run(c, args)
	c.endInput()
	err = c.endOutput(code, err)
	switch {
	case errors.Is(err, pflag.ErrHelp):
		if _, err = io.WriteString(stdout, v.help(c.flags)); err == nil || errors.Is(err, syscall.EPIPE) {
			return exitOK
		}
		c.complain(err)
		return exitUnusable
	case errors.Is(err, syscall.EPIPE):
		return exitOK
	case err != nil:
		c.complain(err)
		return max(code, exitUnusable)
	}
	return code
}

func (v *verb) command(stdin io.Reader, stdout, stderr io.Writer) *command {
	c := &command{verb: v, flags: pflag.NewFlagSet(v.name, pflag.ContinueOnError), stdin: stdin, stdout: stdout, stderr: stderr}
	c.flags.SortFlags = false
	c.flags.SetOutput(io.Discard)
	c.flags.Usage = func() {}
	return c
}

// flags returns the flags of a verb. Its function registers them and then parses, which ends it here: it is asked for help.
func (v *verb) flags() *pflag.FlagSet {
	c := v.command(strings.NewReader(""), io.Discard, io.Discard)
	v.run(c, []string{"--help"})
	return c.flags
}

func verbNames() (names []string) {
	for _, v := range verbs {
		names = append(names, v.name)
	}
	return names
}

// complain writes an error for people.
func (c *command) complain(err error) {
	fmt.Fprintf(c.stderr, "dmplens: %s\n", brief(err.Error()))
}

// What a message has room for. A path of up to maxLine bytes stays, to be copied.
const (
	maxValue   = 200 // characters of a word that is longer than maxLine
	maxMessage = 4000
)

// brief makes a message clean, and cuts what in it has no end: what it cites can be of any length.
func brief(message string) string {
	if len(message) > 64*maxMessage { // the rest would be cut anyhow
		message = message[:64*maxMessage]
	}
	words := strings.Split(text.Clean(message), " ")
	for i, w := range words {
		if len(w) > maxLine {
			words[i] = fmt.Sprintf("%.*s…", maxValue, w)
		}
	}
	message = strings.Join(words, " ")
	if short := fmt.Sprintf("%.*s", maxMessage, message); short != message {
		return short + "…"
	}
	return message
}

// usageError is an error in how a verb was called.
func (c *command) usageError(format string, args ...any) error {
	what := fmt.Sprintf(format, args...)
	end := "; see"
	if strings.HasSuffix(what, "?") {
		end = " See"
	}
	return fmt.Errorf("%s: %s%s dmplens %s --help", c.verb.name, what, end, c.verb.name)
}

// flagError says what is wrong with the flags of a verb. To ask for help is no error of that kind.
func (c *command) flagError(err error) error {
	if errors.Is(err, pflag.ErrHelp) {
		return err
	}
	if invalid, ok := errors.AsType[*pflag.InvalidValueError](err); ok && !takesWord(invalid.GetFlag()) {
		name, hint := invalid.GetFlag().Name, ""
		if name == "html" {
			hint = ": the page goes to a new file with --output " + quoted(invalid.GetValue())
		}
		return c.usageError("--%s is a switch, and takes no value%s", name, hint)
	}
	return c.usageError("%v%s", err, c.nearFlag(err))
}

// parseText adds the flags of every verb that writes text, parses all flags, and returns the other arguments and how text is rendered.
func (c *command) parseText(args []string) (words []string, style text.Style, err error) {
	color, width := c.textFlags()
	if words, err = c.parse(args); err != nil {
		return nil, style, err
	}
	style, err = c.style(*color, *width)
	return words, style, err
}

// style returns how text is rendered: by the flags, the environment, and whether stdout is a terminal.
func (c *command) style(color string, width int) (text.Style, error) {
	s := text.Style{Width: width}
	_, shown := terminal(c.stdout)
	if width == 0 {
		s.Width = min(c.screenWidth(), 120) // longer lines of prose are hard to read
	}
	if c.flags.Changed("width") && width < text.MinWidth {
		return s, c.usageError("--width is %d columns or more, not %d", text.MinWidth, width)
	}
	switch color {
	case "always":
		s.Color = true
	case "auto":
		s.Color = shown && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
	case "never":
	default:
		return s, c.usageError("--color is auto, always or never, not %q", color)
	}
	return s, nil
}

// screenWidth is how wide the terminal is that results go to, 0 where they go elsewhere.
func (c *command) screenWidth() int {
	if file, shown := terminal(c.stdout); shown {
		if columns, _, err := term.GetSize(int(file.Fd())); err == nil {
			return columns
		}
	}
	return 0
}

// terminal says whether standard input, output or error is a terminal; it is nil where it is no file.
func terminal(stream any) (*os.File, bool) {
	f, ok := stream.(*os.File)
	return f, ok && term.IsTerminal(int(f.Fd()))
}

// textFlags adds the flags of every verb that writes text.
func (c *command) textFlags() (color *string, width *int) {
	return c.flags.String("color", "auto", "colour `WHEN`: auto (on a terminal without NO_COLOR), always, never"),
		c.flags.Int("width", 0, "wrap at `N` columns, 60 or more (default: the terminal's up to 120, else 80)")
}
