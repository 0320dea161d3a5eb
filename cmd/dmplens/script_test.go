package main

import (
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	// Each dmplens that a test starts would sleep for a second at its end, under the race detector.
	os.Setenv("GORACE", "atexit_sleep_ms=10 "+os.Getenv("GORACE"))
	testscript.Main(withoutSymbols{m}, map[string]func(){"dmplens": main})
}

// withoutSymbols runs tests without the symbol path of whoever runs them.
type withoutSymbols struct{ *testing.M }

func (m withoutSymbols) Run() int {
	os.Unsetenv(symbolsVariable)
	return m.M.Run()
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(e *testscript.Env) error {
			dir, err := filepath.Abs(samples)
			e.Setenv("SAMPLES", dir)
			e.Setenv("GORACE", os.Getenv("GORACE"))
			return err
		},
		UpdateScripts: os.Getenv("UPDATE_SCRIPTS") != "",
	})
}

// raceDetector says whether the test is built with -race.
func raceDetector() bool {
	info, ok := debug.ReadBuildInfo()
	return ok && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"})
}
