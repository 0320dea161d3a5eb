// Package pdb reads the public symbols of a PDB file, and the frame data of x86 code: a name for an address, and what called a function.
//
// Addresses are relative to the base of the image (RVA), as the image is laid out at last: where a tool has reordered it after linking, the
// maps in the PDB (OMAP) are followed. Opening reads the stream of symbol records once and keeps 8 bytes a symbol; names and frame data are
// read when they are asked for.
//
// To name an address:
//
//	f, err := pdb.NewFile(r, size) // r is an open file; it stays open as long as f is used
//	if s, ok := f.At(rva); ok {    // rva is the address less the base of the image
//		fmt.Printf("%s+%#x", f.Undecorate(s.Name), rva-s.RVA)
//	}
//
// [File.Undecorate] is for symbols of a file; the function [Undecorate] is for a name whose machine is not known, and leaves the underscore that
// every C name of x86 code begins with.
//
// Sources of the format facts: LLVM's "The PDB File Format", the names of Microsoft's cvinfo.h, the SDK headers winnt.h and dbghelp.h, and
// what real PDBs and those of lld hold.
package pdb
