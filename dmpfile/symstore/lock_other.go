//go:build !unix || aix || solaris

package symstore

import "os"

// lock does nothing: Windows renames no file that is open.
func lock(*os.File) error { return nil }

// claimFile opens a file that no other run has open, under another name.
func claimFile(old, name string) (*os.File, bool) {
	if os.Rename(old, name) != nil {
		return nil, false
	}
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	return f, err == nil
}
