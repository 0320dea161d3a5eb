package symstore

import (
	"testing"
	"time"
)

// Client is the client that asks servers.
var Client = client

// Quick lets nothing wait long, for as long as a test runs.
func Quick(t testing.TB) {
	i, b := idle, backoff
	idle, backoff = 200*time.Millisecond, time.Millisecond
	t.Cleanup(func() { idle, backoff = i, b })
}

// SetMaxFile bounds files, for as long as a test runs.
func SetMaxFile(t testing.TB, size int64) {
	m := maxFile
	maxFile = size
	t.Cleanup(func() { maxFile = m })
}

// UserAgent is what servers are told.
const UserAgent = userAgent

// What is asked about names and pointers of any system.
var (
	IsDevice = isDevice
	Pointer  = pointer
)
