//go:build unix

package batch

import (
	"os"
	"syscall"
)

// openFile opens a file for reading. A pipe that has taken its place does not block that.
func openFile(name string) (*os.File, error) {
	return os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
}
