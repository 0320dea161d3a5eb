package main

import (
	"bytes"
	"testing"

	"github.com/dmplens/dmplens/dmpfile/dmptest"
)

// TestCaptureSample keeps a live dump whose images are in the store beside it, and what dmplens says with them.
func TestCaptureSample(t *testing.T) {
	images, err := dmptest.ReadImages(samples + "/capture/symbols")
	if err != nil {
		t.Fatal(err)
	}
	c := dmptest.NewCapture(dmptest.ByStorageDiagnostics, 0, images)
	c.DropImages()
	c.DropUserImages()
	check(t, "capture/live.dmp", c.Live().Data())
	t.Chdir("../..")
	for golden, args := range map[string][]string{
		"capture/info.txt":  {"info", "--width=80"},
		"capture/stack.txt": {"stack", "--width=80"},
	} {
		var stdout, stderr bytes.Buffer
		code := run(append(args, "--symbols", "testdata/capture/symbols", "testdata/capture/live.dmp"), nil, &stdout, &stderr)
		if code != exitOK || stderr.Len() > 0 {
			t.Errorf("exit code %d: %s", code, &stderr)
		}
		t.Chdir("cmd/dmplens")
		check(t, golden, stdout.Bytes())
		t.Chdir("../..")
	}
}
