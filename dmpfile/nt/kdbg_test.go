package nt_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/dmptest"
	"github.com/dmplens/dmplens/dmpfile/nt"
)

// expect compares two values.
func expect(t testing.TB, what string, got, want any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}

// addresses returns what a debugger data block points at; 0 where it says nothing.
func addresses(d *nt.DebuggerData) [4]dmpfile.VirtAddr {
	var list [4]dmpfile.VirtAddr
	for i, get := range []func() (dmpfile.VirtAddr, bool){d.KernBase, d.PsLoadedModuleList, d.PsActiveProcessHead, d.NtBuildLab} {
		a, ok := get()
		if ok != (a != 0) {
			panic("an address that is zero and known, or unknown and not zero")
		}
		list[i] = a
	}
	return list
}

func TestParseDebuggerData(t *testing.T) {
	block := func(b *dmptest.Build) *dmptest.Image {
		return dmptest.KDBG{
			Build: b, KernBase: 0x82843000, PsLoadedModuleList: 0x82995850, PsActiveProcessHead: 0x8298DF18, NtBuildLab: 0x829664A0,
		}.Image()
	}
	all := [4]dmpfile.VirtAddr{0x82843000, 0x82995850, 0x8298DF18, 0x829664A0}
	for _, c := range []struct {
		name  string
		build *dmptest.Build
		bits  int
		patch func(m *dmptest.Image)
		size  int
		want  [4]dmpfile.VirtAddr
		errAt int64 // 0: no error
	}{
		{name: "build 9600", build: dmptest.Build9600, bits: 64, size: 0x360, want: all},
		{name: "build 26100", build: dmptest.Build26100, bits: 64, size: 0x3A0, want: all},
		{name: "32-bit, sign-extended", build: dmptest.Build7601X86, bits: 32, size: 0x340, want: all},
		{name: "bytes behind", build: dmptest.Build9600, bits: 64, patch: func(m *dmptest.Image) { m.Grow(0x1000) }, size: 0x360, want: all},
		{name: "cut", build: dmptest.Build9600, bits: 64, patch: func(m *dmptest.Image) { m.Truncate(0x20F) }, size: 0x20F,
			want: [4]dmpfile.VirtAddr{all[0], all[1], all[2], 0}},
		{name: "cut behind the size", build: dmptest.Build9600, bits: 64, patch: func(m *dmptest.Image) { m.Truncate(0x18) }, size: 0x18},
		{name: "a null pointer", build: dmptest.Build9600, bits: 64, patch: func(m *dmptest.Image) { m.PutU64(0x48, 0) }, size: 0x360,
			want: [4]dmpfile.VirtAddr{all[0], 0, all[2], all[3]}},
		{name: "the least size", build: dmptest.Build9600, bits: 64, patch: func(m *dmptest.Image) { m.PutU32(0x14, 0x200) }, size: 0x200,
			want: [4]dmpfile.VirtAddr{all[0], all[1], all[2], 0}},
		{name: "the greatest size", build: dmptest.Build9600, bits: 64, patch: func(m *dmptest.Image) { m.PutU32(0x14, 0x600) }, size: 0x360, want: all},
		{name: "less", build: dmptest.Build9600, bits: 64, patch: func(m *dmptest.Image) { m.PutU32(0x14, 0x1FF) }, errAt: 0x14},
		{name: "more", build: dmptest.Build9600, bits: 64, patch: func(m *dmptest.Image) { m.PutU32(0x14, 0x601) }, errAt: 0x14},
		{name: "encoded", build: dmptest.Build9600, bits: 64, patch: func(m *dmptest.Image) { m.PutU32(0x10, 0x12345678) }, errAt: 0x10},
		{name: "cut before the size", build: dmptest.Build9600, bits: 64, patch: func(m *dmptest.Image) { m.Truncate(0x17) }, errAt: 0x14},
		{name: "empty", build: dmptest.Build9600, bits: 64, patch: func(m *dmptest.Image) { m.Truncate(0) }, errAt: 0x10},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := block(c.build)
			if c.patch != nil {
				c.patch(m)
			}
			d, err := nt.ParseDebuggerData(m.Data(), c.bits)
			if c.errAt != 0 {
				var format *dmpfile.FormatError
				if !errors.As(err, &format) || format.Offset != c.errAt {
					t.Errorf("error %v; want one at %#x", err, c.errAt)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			expect(t, "size", d.Size(), c.size)
			expect(t, "addresses", addresses(d), c.want)
		})
	}
}
