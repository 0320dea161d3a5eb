//go:build !race

package dmpfile_test

const raceDetector = false
