package dmpfile

import "strings"

// Module is an image that is loaded in the kernel.
type Module struct {
	Name      string // without folder
	Path      string // with its folder where the dump has it, else ""
	Base      VirtAddr
	Size      uint32 // of the mapped image, in bytes
	TimeStamp uint32 // of the PE header; for reproducible builds a hash
	CheckSum  uint32 // of the PE header
}

// Contains says whether an address lies in the image.
func (m Module) Contains(a VirtAddr) bool { return a >= m.Base && a-m.Base < VirtAddr(m.Size) }

// UnloadedModule is an image that was loaded once. Windows keeps 12 characters of the name.
type UnloadedModule struct {
	Name      string
	Base, End VirtAddr
}

// baseName returns what follows the last backslash.
func baseName(path string) string { return path[strings.LastIndexByte(path, '\\')+1:] }
