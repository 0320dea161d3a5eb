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

// CapturesLiveDump says whether a function of the kernel is one of those that a live dump is asked for and captured by.
func CapturesLiveDump(symbol string) bool {
	switch symbol {
	case "IoCaptureLiveDump", "DbgkCaptureLiveKernelDump", "DbgkWerCaptureLiveKernelDump", "DbgkpWerCaptureLiveFullDump", "NtSystemDebugControl":
		return true
	}
	return false
}
