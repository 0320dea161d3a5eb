package nt

// Budget is how many pages of memory a Kernel may read, by what for. Page tables count too; a page that is still at hand does not. The
// blocks of a triage dump are not counted. What one share leaves, the next has too.
type Budget struct {
	// Snapshot of the pages of Lists are for Snapshot, so that a machine of many processors leaves something for its modules.
	Snapshot int
	// Lists is for finding the kernel, for Snapshot, and for the lists of loaded and unloaded modules.
	Lists int
	// Rest is what Snapshot and those lists leave for all else, however long they are: the records that parameters point to, images,
	// processors, processes, and what of the kernel is in the dump.
	Rest int
}

// snapshotPages is enough for a Snapshot of some fifty processors, and of twice as many where their page tables tell them apart.
const snapshotPages = 100

// BudgetOf divides so many pages: a sixth is Rest. Where there are plenty, Snapshot may take all of Lists.
func BudgetOf(pages int) Budget {
	b := Budget{Snapshot: snapshotPages, Lists: pages * 5 / 6}
	b.Rest = pages - b.Lists
	if b.Lists >= 10*snapshotPages {
		b.Snapshot = b.Lists
	}
	return b
}

// spend lets the Kernel read at most so many pages of Lists, until the function that it returns is called.
func (k *Kernel) spend(pages int) (done func()) {
	r := k.reader
	r.kept = max(k.budget.Rest, r.left-pages)
	return func() { r.kept = 0 }
}
