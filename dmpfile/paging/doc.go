// Package paging finds the physical memory behind virtual addresses of a dumped machine, by its page tables, as the processor and
// the Windows memory manager would.
//
// A [Space] is one address space: a directory table base and the [Mode] that its tables are in. It answers [Space.Translate] and
// [Space.ReadVirtual]. Why an address has no memory is the type of the error: [*NotCanonicalError], [*NotMappedError],
// [*PagedOutError], [*TableError] (a page table is missing), [*NotInDumpError] (the page is missing), and [*PartialError] around
// any of them where the start of a read succeeded.
//
// Levels are counted from the pages upwards in every mode: level 1 is the page table (PTEs), 2 the page directory (PDEs), 3 the
// page directory pointer table, 4 the PML4, 5 the PML5. ARM's manuals count downwards: their level 3 is level 1 here, their
// level 0 is level 4.
//
// # Entries that are not valid
//
// Windows keeps its own state in an entry that the processor finds not valid:
//
//   - Transition (bit 11 set, bit 10 clear): the page has left the working set, but its frame still holds it. It is read. So is a
//     page table in transition.
//   - Prototype (bit 10 set, page tables only): the entry points to another entry, the prototype, in kernel memory. It is read
//     through the same Space and decoded once; a prototype that is itself in such memory is not followed further. A prototype that
//     stands for a part of a file, a pointer to nothing and the mark "ask the VADs" give a *PagedOutError.
//   - Anything else is a place in a page file, or a page that was never touched.
//   - Zero: nothing is there as far as page tables say. In user space a VAD may promise zeros.
//
// Against L1TF, Windows from build 17134 on makes one high bit of the frame number in such an entry wrong on purpose, and says so
// by the swizzle bit (bit 4) being clear. Which bit it is stands in KDDEBUGGER_DATA64 and can be given to [Space.SetKernel]. Where
// it is not known, bits 45 to 47 of the physical address are ignored while the swizzle bit is clear: 45 is the bit that has been
// seen, and memory above 32 TiB has not. A lower bit cannot be told from one of the address, so it is not guessed at: such a page
// would be reported as missing, not read from a wrong place. On x86 with PAE frames have 26 bits and no such bit remains; ARM64
// has no L1TF.
//
// Sources of the layouts: the Intel, AMD and ARM architecture manuals for valid entries; for the others the public symbols of
// Windows (MMPTE_SOFTWARE, MMPTE_TRANSITION, MMPTE_PROTOTYPE) and what MemProcFS and volatility3 read from them.
package paging
