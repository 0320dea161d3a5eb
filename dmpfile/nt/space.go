package nt

import (
	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/paging"
)

// kernelSpace returns the kernel's address space of a dump whose pages m reads.
//
// The header does not say how many paging levels an amd64 kernel used, nor always whether a 32-bit one used PAE. The mode is taken
// that maps the head of the module list, whose address the header has; without one, the usual mode.
func kernelSpace(m paging.Memory, f *dmpfile.File) (*paging.Space, error) {
	root, ok := f.DirectoryTableBase()
	modes := modesOf(f)
	if !ok || len(modes) == 0 {
		return nil, ErrNoAddressSpace
	}
	build, _ := f.MinorVersion()
	head, _ := f.PsLoadedModuleList()
	var first *paging.Space
	for _, mode := range modes {
		s := paging.New(m, mode, root)
		s.SetKernel(paging.Kernel{Build: build})
		if _, err := s.Translate(head); err == nil {
			return s, nil
		}
		if first == nil {
			first = s
		}
	}
	return first, nil
}

// modesOf returns the modes that the machine can have used, the usual one first.
func modesOf(f *dmpfile.File) []paging.Mode {
	switch m, _ := f.Machine(); m {
	case dmpfile.MachineAMD64:
		return []paging.Mode{paging.AMD64, paging.AMD64Level5}
	case dmpfile.MachineARM64:
		return []paging.Mode{paging.ARM64}
	case dmpfile.MachineX86:
		pae, known := f.PaeEnabled()
		switch {
		case !known:
			return []paging.Mode{paging.X86PAE, paging.X86}
		case pae:
			return []paging.Mode{paging.X86PAE}
		}
		return []paging.Mode{paging.X86}
	}
	return nil
}
