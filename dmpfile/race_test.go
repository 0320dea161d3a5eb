//go:build race

package dmpfile_test

// raceDetector says whether tests run under the race detector, which takes ten times as long and has memory of its own.
const raceDetector = true
