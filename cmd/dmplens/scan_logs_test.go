package main

import (
	"bytes"
	"strings"
	"testing"
)

// TestScanSaysWhichStopHasNoDump scans samples beside the logs of one of them.
func TestScanSaysWhichStopHasNoDump(t *testing.T) {
	scan := func(dump string) (string, string) {
		var stdout, stderr bytes.Buffer
		if code := run([]string{"scan", "--events", "../../testdata/logs", "--columns", "path,log", "--format", "csv", "../../testdata/" + dump}, nil, &stdout, &stderr); code != exitOK {
			t.Fatalf("%d: %s", code, &stderr)
		}
		return stdout.String(), stderr.String()
	}
	stdout, stderr := scan("triage-amd64.dmp")
	if !strings.Contains(stdout, `System.evtx, record 4717"`) || strings.Contains(stderr, "no dump here") {
		t.Errorf("its own: %s%s", stdout, stderr)
	}
	stdout, stderr = scan("triage-amd64-kernel.dmp")
	if !strings.Contains(stdout, "no match") || strings.Count(stderr, "no dump here is of the bug check 0x7e (0xffffffffc0000005, 0xfffff803214b334c") != 1 {
		t.Errorf("another: %s%s", stdout, stderr)
	}
}
