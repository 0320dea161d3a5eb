//go:build !unix

package batch

import "os"

// openFolder opens a folder for reading.
func openFolder(name string) (*os.File, error) { return os.Open(name) }
