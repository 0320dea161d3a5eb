// Package dmptest builds synthetic Windows dumps for tests.
//
// Every offset in this package is a literal taken from the format reference, and the package imports nothing of this
// module: a parser under test and the builder of its input never share a layout, so an error in one of them shows.
//
// A dump is built from a few plain structs. Each of them has a method Image, whose result can be patched before use:
//
//	m := dmptest.Bitmap{
//		Header: dmptest.Header{Build: 26100, Code: new(uint32(0x161)), Attributes: new(uint32(0x10))},
//		Pages:  dmptest.Pages{0x1AD: nil, 0x1AE: nil},
//	}.Image()
//	m.PutU64(0x2028, 99) // a wrong page count
//	data := m.Data()
//
// A System is a whole kernel in virtual memory, with page tables, for the dumps that hold pages:
//
//	sp := s.Space()
//	sp.Drop(s.EntryAt(2), 1) // a module's entry is not in the dump
//	data := s.Bitmap(sp).Image().Data()
//
// A Capture is such a machine with real images, whose current thread stands in functions of them, in kernel and user mode.
//
// What a header does not set reads as the filler "PAGE", as in a real dump. All bytes are deterministic, and all names,
// addresses and times are invented.
package dmptest
