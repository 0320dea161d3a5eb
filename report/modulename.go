package report

import (
	"path"
	"strings"
)

// DebuggerName is how debuggers call the module of a file: without the extension, and the kernel nt.
func DebuggerName(file string) string {
	name := strings.TrimSuffix(file, path.Ext(file))
	switch strings.ToLower(name) {
	case "ntoskrnl", "ntkrnlmp", "ntkrnlpa", "ntkrpamp":
		return "nt"
	}
	return name
}
