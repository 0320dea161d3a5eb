// Package nt reads what the Windows kernel left in a dump: its debugger data block, its lists of modules and processes, its
// processors with their threads, what the current thread's process has loaded in user mode, KUSER_SHARED_DATA, and the records that bug
// check parameters point to.
//
// ReadKernel finds the kernel of any dump that has memory, and a Kernel answers for every kind of dump alike. What differs is in
// one interface, store: a dump of pages is read by the page tables that the header names, and no more of its pages than a Budget says; a
// small (triage) dump has blocks of memory, lists of its own, and copies of the current processor's structures.
//
// The package imports dmpfile and its packages bin, paging and pe, and no other. It says what is in memory, with typed values; what
// that means for a report is said elsewhere. A new fact goes where its structure is: a field of KDDEBUGGER_DATA64 into kdbg.go, an
// offset that depends on the build into builds.go, a record that parameters point to into a file of its own with a function
// Read...(Memory, address), and an error that callers tell apart into errors.go.
//
// No symbols are used. Offsets inside structures come from the debugger data where it gives them, else from a table by build, whose
// rows were verified on real dumps. A row is used only where the structure sizes that the dump itself states are the row's, and its
// result only where the structures confirm each other. Of other builds the list of processes itself shows where ids, names and times
// are: the process System is known, and all others have to agree. Otherwise the fact is absent.
//
// A running 64-bit kernel keeps its debugger data encoded. It is decoded by two of its words that the header of the dump repeats.
//
// Lists are followed only as long as each entry points back to the one before, so that no list is followed in a circle.
package nt
