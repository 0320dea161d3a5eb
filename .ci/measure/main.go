//go:build unix

// Measure times dmplens as a whole process, and look-ups of pages in this one, beside loops that do nothing but read. See .ci/bench.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

func main() {
	if len(os.Args) > 2 {
		do := map[string]func(what string, args []string) error{"bare": bare, "make": makeFiles}[os.Args[1]]
		if do != nil {
			if err := do(os.Args[2], os.Args[3:]); err != nil {
				fatal(err)
			}
			return
		}
	}
	var m measurement
	flag.StringVar(&m.binary, "binary", "", "dmplens")
	flag.StringVar(&m.against, "against", "", "dmplens of another commit")
	flag.StringVar(&m.work, "work", os.TempDir(), "folder for files")
	flag.IntVar(&m.rounds, "rounds", 7, "turns that each command takes")
	flag.StringVar(&m.only, "only", "", "measure only lines whose name contains this")
	flag.Parse()
	if err := m.all(); err != nil {
		fatal(err)
	}
	if len(m.lines) == 0 {
		fatal(fmt.Errorf("no line has %q in its name: see those of a run without --only", m.only))
	}
	fmt.Print(m.table())
}

func fatal(err error) {
	fmt.Fprintln(os.Stderr, "measure:", err)
	os.Exit(1)
}

// A measurement is what is measured, and the lines of its table.
type measurement struct {
	binary, against, work, only string
	rounds                      int

	lines []line
}

// all measures everything.
func (m *measurement) all() error {
	for _, step := range []func() error{m.starts, m.scans, m.opens, m.deep, m.pages} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func (m *measurement) wants(name string) bool { return strings.Contains(name, m.only) }

func (m *measurement) path(name string) string { return filepath.Join(m.work, name) }

// starts measures small answers beside a program that says hello.
func (m *measurement) starts() error {
	hello, err := m.hello()
	if err != nil {
		return err
	}
	for _, args := range [][]string{{"version"}, {"explain", "0x9f"}, {"info", m.path("one.dmp")}} {
		if !m.wants("start: " + args[0]) {
			continue
		}
		if args[0] == "info" {
			if err := m.make("one", args[1]); err != nil {
				return err
			}
		}
		c := comparison{name: "start: " + args[0], args: args, bare: []string{hello}, bareName: "hello world", rounds: 10 * m.rounds, cpu: true}
		if err := m.compare(c); err != nil {
			return err
		}
	}
	return nil
}

// scans measures scans of small dumps, beside loops by system calls.
func (m *measurement) scans() error {
	const small, heads = 3000, 20_000
	whole, head := m.path("small"), m.path("heads")
	if m.wants("scan, full") {
		if err := m.make("small", whole, strconv.Itoa(small)); err != nil {
			return err
		}
	}
	if m.wants("scan, headers") {
		if err := m.make("heads", head, strconv.Itoa(heads)); err != nil {
			return err
		}
	}
	list := []comparison{
		{name: "scan, full", args: []string{"scan", "--format", "jsonl", whole}, bareName: "reading all",
			bare: []string{m.self(), "bare", "files", "all", whole}, per: small, unit: "files"},
		{name: "scan, headers", args: []string{"scan", "--depth", "header", "--format", "jsonl", head}, bareName: "reading 8 KiB",
			bare: []string{m.self(), "bare", "files", "8192", head}, per: heads, unit: "files"},
	}
	if corpus := os.Getenv("DMPLENS_CORPUS"); corpus != "" {
		real := m.path("real")
		if m.wants("scan, real") {
			if err := m.make("real", real, strconv.Itoa(small), corpus); err != nil {
				return err
			}
		}
		list = append(list, comparison{name: "scan, real", args: []string{"scan", "--format", "jsonl", real}, bareName: "reading all",
			bare: []string{m.self(), "bare", "files", "all", real}, per: small, unit: "files"})
	}
	for _, c := range list {
		if err := m.compare(c); err != nil {
			return err
		}
	}
	return nil
}

// opens measures info on dumps of large machines, as holes.
func (m *measurement) opens() error {
	for _, f := range []struct{ name, what string }{
		{"info, bitmap 8 GiB", "bitmap8"}, {"info, bitmap 64 GiB", "bitmap64"}, {"info, ranges 8 GiB", "ranges8"},
	} {
		if !m.wants(f.name) {
			continue
		}
		path := m.path("large.dmp")
		if err := m.make(f.what, path); err != nil {
			return err
		}
		if err := m.compare(comparison{name: f.name, args: []string{"info", path}}); err != nil {
			return err
		}
		if err := os.Remove(path); err != nil {
			return err
		}
	}
	return nil
}

// deep measures check --deep of a file that is in memory.
func (m *measurement) deep() error {
	const size = 2 << 30
	if !m.wants("check --deep, cat") && !m.wants("check --deep, sha256") {
		return nil
	}
	path := m.path("deep.dmp")
	if err := m.make("full", path, strconv.Itoa(size)); err != nil {
		return err
	}
	defer os.Remove(path)
	for _, way := range []string{"cat", "sha256"} {
		c := comparison{name: "check --deep, " + way, args: []string{"check", "--deep", path}, bare: []string{m.self(), "bare", way, path},
			bareName: way, per: size >> 20, unit: "MiB"}
		if err := m.compare(c); err != nil {
			return err
		}
	}
	return nil
}

func (m *measurement) self() string {
	path, err := os.Executable()
	if err != nil {
		fatal(err)
	}
	return path
}
