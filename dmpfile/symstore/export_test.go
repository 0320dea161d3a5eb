package symstore

import (
	"net/url"
	"testing"
	"time"
)

// Client is the client that asks servers.
var Client = client

// Quick lets nothing wait long, for as long as a test runs.
func Quick(t testing.TB) {
	SetIdle(t, 200*time.Millisecond)
	b := backoff
	backoff = time.Millisecond
	t.Cleanup(func() { backoff = b })
}

// SetIdle says how long a server may send nothing, for as long as a test runs.
func SetIdle(t testing.TB, d time.Duration) {
	i := idle
	idle = d
	t.Cleanup(func() { idle = i })
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

// IgnoresCase says whether a server is known to ignore letter case.
func IgnoresCase(base string) bool {
	u, err := url.Parse(base)
	if err != nil {
		panic(err)
	}
	return (&server{base: u}).ignoresCase()
}

// Address is where a server keeps something.
func Address(base string, names ...string) *url.URL {
	u, err := url.Parse(base)
	if err != nil {
		panic(err)
	}
	return (&server{base: u}).join(names...)
}
