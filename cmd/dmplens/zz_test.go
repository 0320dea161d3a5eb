package main

import (
	"io"
	"testing"
	"os"
)

func TestZZ(t *testing.T) {
	code := run([]string{"report", os.Getenv("ZZROWS"), "--html"}, os.Stdin, io.Discard, os.Stderr)
	t.Log(code)
}
