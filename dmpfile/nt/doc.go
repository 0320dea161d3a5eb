// Package nt reads what the Windows kernel left in a dump: its debugger data block, and the structures of the processor, thread and
// process that were current.
//
// Offsets inside those structures come from the debugger data where it gives them, else from a table by build, whose rows were
// verified on real dumps. A row is used only where the structure sizes that the dump itself states are the row's, and its result
// only where the structures confirm each other. Otherwise the fact is absent.
package nt
