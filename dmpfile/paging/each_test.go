package paging_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/paging"
)

func TestEachPage(t *testing.T) {
	m := ram{}
	m.put64(0x1000+0*8, 0x2003)   // the user's half
	m.put64(0x1000+1*8, 0x9003)   // a table that is not in the dump
	m.put64(0x1000+320*8, 0x2003) // the kernel's half: the same tables
	m.put64(0x2000+0*8, 0x3003)
	m.put64(0x2000+1*8, 0x40000000|0x83) // 1 GiB
	m.put64(0x3000+0*8, 0x4003)
	m.put64(0x3000+511*8, 0x80200000|0x83)
	m.put64(0x4000+1*8, 0x5003)
	m.put64(0x4000+2*8, 0x6002) // not valid
	m.put64(0x4000+511*8, 0x7003)
	pages := func(first, last dmpfile.VirtAddr, most int) (list []string, missing int) {
		s := paging.New(m, paging.AMD64, 0x1000)
		missing, err := s.EachPage(first, last, func(a dmpfile.VirtAddr, pa dmpfile.PhysAddr, size uint64) bool {
			list = append(list, fmt.Sprintf("%x %x %x", uint64(a), uint64(pa), size))
			return len(list) != most
		})
		if err != nil {
			t.Fatal(err)
		}
		return list, missing
	}
	user := []string{"1000 5000 1000", "1ff000 7000 1000", "3fe00000 80200000 200000", "40000000 40000000 40000000"}
	got, missing := pages(0, 0x7FFFFFFFFFFF, 0)
	if d := cmp.Diff(user, got); d != "" || missing != 1 {
		t.Errorf("user pages, %d tables missing (-want +got):\n%s", missing, d)
	}
	if got, missing := pages(0, 0x7FFFFFFFFFFF, 2); missing != 0 || cmp.Diff(user[:2], got) != "" {
		t.Errorf("the first two: %v, %d", got, missing)
	}
	if got, missing := pages(0x1FFFFF, 0x3FFFFFFF, 0); missing != 0 || cmp.Diff(user[1:3], got) != "" {
		t.Errorf("a part: %v, %d", got, missing)
	}
	if got, _ := pages(0xFFFF800000000000, 0xFFFFFFFFFFFFFFFF, 0); len(got) != 4 || got[0] != "ffffa00000001000 5000 1000" {
		t.Errorf("kernel pages: %v", got)
	}
	var not *paging.NotCanonicalError
	if _, err := paging.New(m, paging.AMD64, 0x1000).EachPage(0, 1<<60, nil); !errors.As(err, &not) {
		t.Errorf("an address that is none: %v", err)
	}
}

// A table that maps itself at every level has 512^4 pages, of which the visitor ends the sight.
func TestEachPageOfACycle(t *testing.T) {
	m := ram{}
	for i := range uint64(512) {
		m.put64(0x1000+i*8, 0x1003)
	}
	n := 0
	_, err := paging.New(m, paging.AMD64, 0x1000).EachPage(0, 0x7FFFFFFFFFFF, func(dmpfile.VirtAddr, dmpfile.PhysAddr, uint64) bool {
		n++
		return n < 100_000
	})
	if n != 100_000 || err != nil {
		t.Errorf("%d pages, %v", n, err)
	}
}

// Three levels of tables that all lead to one empty table, 512^3 times.
func TestEachPageOfNothing(t *testing.T) {
	m := ram{}
	for i := range uint64(512) {
		for level := range uint64(3) {
			m.put64(0x1000+level*0x1000+i*8, 0x2003+level*0x1000)
		}
	}
	m.put64(0x4000, 0)
	_, err := paging.New(m, paging.AMD64, 0x1000).EachPage(0, 0x7FFFFFFFFFFF, func(dmpfile.VirtAddr, dmpfile.PhysAddr, uint64) bool {
		t.Error("there is no page")
		return true
	})
	if !errors.Is(err, paging.ErrTables) {
		t.Error(err)
	}
}

// What a table maps that the caller does not want to look into is left out, and all others are not.
func TestEachTableSkips(t *testing.T) {
	m := ram{}
	m.put64(0x1000, 0x2003)
	m.put64(0x2000, 0x3003)
	m.put64(0x2000+1*8, 0x4003)
	m.put64(0x3000, 0x80200000|0x83)
	m.put64(0x4000, 0x80400000|0x83)
	var tables, pages []string
	err := paging.New(m, paging.AMD64, 0x1000).EachTable(0, 0x7FFFFFFFFFFF, func(_ dmpfile.VirtAddr, pa dmpfile.PhysAddr) bool {
		tables = append(tables, fmt.Sprintf("%x", uint64(pa)))
		return pa != 0x3000
	}, func(_ dmpfile.VirtAddr, pa dmpfile.PhysAddr, _ uint64) bool {
		pages = append(pages, fmt.Sprintf("%x", uint64(pa)))
		return true
	})
	if err != nil || fmt.Sprint(tables, pages) != "[2000 3000 4000] [80400000]" {
		t.Errorf("%v, %v, %v", tables, pages, err)
	}
}
