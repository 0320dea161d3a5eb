package paging_test

import (
	"testing"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/paging"
)

func TestErrorMessages(t *testing.T) {
	const a = 0xFFFFF80312345678
	table := &paging.TableError{Address: a, Level: 2, Physical: 0x3488, Err: missing(0x3000)}
	absent := &paging.NotInDumpError{Address: a, Physical: 0x12345678, Err: missing(0x12345678)}
	for _, c := range []struct {
		err  error
		want string
	}{
		{&paging.NotCanonicalError{Address: 0x800000000000}, "0x800000000000 is not a canonical address"},
		{&paging.NotMappedError{Address: a, Level: 3}, "0xfffff80312345678 is not mapped: the entry at level 3 is 0x0"},
		{inPageFile(a, 1, 0x1234ABCD00003080, 3, 0x1234ABCD), "the page at 0xfffff80312345678 is not in memory: it is in page file 3 at page 0x1234abcd"},
		{inPageFile(a, 2, 0x1200003080, 3, 0x12), "the page table of level 1 for 0xfffff80312345678 is not in memory: it is in page file 3 at page 0x12"},
		{paged(a, 1, 0x80, paging.DemandZero), "the page at 0xfffff80312345678 is not in memory: it was never touched, and would be zero"},
		{paged(a, 1, 0x480, paging.MappedFile), "the page at 0xfffff80312345678 is not in memory: it is in the file that is mapped there"},
		{paged(a, 1, 0x480, paging.Prototype), "the page at 0xfffff80312345678 is not in memory: its prototype entry is not known"},
		{by(paged(a, 1, 0x480, paging.Prototype), 0xFFFF800000000010, missing(0x10)),
			"the page at 0xfffff80312345678 is not in memory: its prototype entry at 0xffff800000000010 cannot be read: the memory at physical address 0x10 is not in this dump"},
		{table, "the page table of level 2 for 0xfffff80312345678 cannot be read: the memory at physical address 0x3000 is not in this dump"},
		{absent, "the memory at 0xfffff80312345678 (physical address 0x12345678) is not in this dump"},
		{&paging.PartialError{Address: a - 8, Read: 8, Want: 16, Err: absent},
			"only 8 of 16 bytes at 0xfffff80312345670: the memory at 0xfffff80312345678 (physical address 0x12345678) is not in this dump"},
		{&paging.PartialError{Address: dmpfile.VirtAddr(1<<64 - 1), Read: 1, Want: 2, Err: paging.ErrEnd}, "only 1 of 2 bytes at 0xffffffffffffffff: the address space ends here"},
	} {
		if got := c.err.Error(); got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
}
