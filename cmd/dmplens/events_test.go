package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/dmplens/dmplens/dmpfile/dmptest"
)

// What Windows wrote down of the invented machines, as pages and as a record: of each log, and of the crash's dump with all of them.
func TestEventsOfSamples(t *testing.T) {
	for _, s := range dmptest.SampleLogs() {
		check(t, "logs/"+s.Name, s.Data)
	}
	t.Chdir("../..")
	together := []string{"testdata/triage-amd64.dmp", "testdata/logs/System.evtx", "testdata/logs/LiveDump.evtx", "testdata/logs/storage.etl", "testdata/logs/DumpStack.log"}
	for name, args := range map[string][]string{
		"logs/System.txt":    {"testdata/logs/System.evtx"},
		"logs/LiveDump.txt":  {"--all", "testdata/logs/LiveDump.evtx"},
		"logs/storage.txt":   {"testdata/logs/storage.etl"},
		"logs/DumpStack.txt": {"testdata/logs/DumpStack.log"},
		"logs/together.txt":  together,
		"logs/wide.txt":      append([]string{"--width=160"}, together...),
		"logs/together.json": append([]string{"--json"}, together...),
		"logs/together.csv":  append([]string{"--csv"}, together...),
		"logs/private.json":  {"--json", "--all", "--show-private", "testdata/logs/System.evtx"},
	} {
		var stdout, stderr bytes.Buffer
		if code := run(append([]string{"events", "--width=80"}, args...), nil, &stdout, &stderr); code != exitOK {
			t.Errorf("%s: exit code %d", name, code)
		}
		if stderr.Len() > 0 {
			t.Errorf("%s: stderr: %s", name, &stderr)
		}
		for _, private := range []string{"CONTOSO-0042", "S-1-5-21-", "LocalSystem"} {
			if strings.Contains(stdout.String(), private) && name != "logs/private.json" {
				t.Errorf("%s: %q is private", name, private)
			}
		}
		t.Chdir("cmd/dmplens")
		check(t, name, stdout.Bytes())
		t.Chdir("../..")
	}
}
