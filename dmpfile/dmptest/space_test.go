package dmptest

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"testing"
)

// walk returns the physical address behind va, or false. It knows nothing of the package's tables.
func walk(pages Pages, mode Mode, root, va uint64) (uint64, bool) {
	entry := func(table, index uint64, size int) uint64 {
		page := pages[table>>12]
		if page == nil {
			return 0
		}
		page = page[table&0xFFF:]
		if size == 4 {
			return uint64(binary.LittleEndian.Uint32(page[index*4:]))
		}
		return binary.LittleEndian.Uint64(page[index*8:])
	}
	const address = 0xFFFFFFFFFF000
	table := root
	switch mode {
	case ModeX86:
		e := entry(table, va>>22&0x3FF, 4)
		if e&1 == 0 {
			return 0, false
		}
		if e&0x80 != 0 {
			return e&0xFFC00000 | va&0x3FFFFF, true
		}
		e = entry(e&0xFFFFF000, va>>12&0x3FF, 4)
		return e&0xFFFFF000 | va&0xFFF, e&1 != 0
	case ModeX86PAE:
		e := entry(table, va>>30&3, 8)
		if e&0xFFF != 1 {
			return 0, false
		}
		table = e & address
	default:
		shifts := []int{39, 30}
		if mode == ModeAMD64Level5 {
			shifts = []int{48, 39, 30}
		}
		for _, shift := range shifts {
			e := entry(table, va>>shift&0x1FF, 8)
			if e&1 == 0 {
				return 0, false
			}
			table = e & address
		}
	}
	e := entry(table, va>>21&0x1FF, 8)
	if e&1 == 0 {
		return 0, false
	}
	if large := e&0x80 != 0; mode != ModeARM64 && large || mode == ModeARM64 && e&3 == 1 {
		return e&address | va&0x1FFFFF, true
	}
	e = entry(e&address, va>>12&0x1FF, 8)
	return e&address | va&0xFFF, e&1 != 0
}

// readVirtual returns n bytes at va.
func readVirtual(t *testing.T, sp *Space, va uint64, n int) []byte {
	t.Helper()
	pages := sp.Pages()
	var b []byte
	for len(b) < n {
		at := va + uint64(len(b))
		pa, ok := walk(pages, sp.Mode, sp.Root(), at)
		page := pages[pa>>12]
		if !ok || page == nil {
			t.Fatalf("nothing at %#x", at)
		}
		b = append(b, page[pa&0xFFF:]...)
	}
	return b[:n]
}

var allModes = map[Mode]struct {
	build        *Build
	kernel, user uint64
}{
	ModeAMD64:       {Build26100, 0xFFFFF80312400000, 0x7FF612340000},
	ModeAMD64Level5: {Build26100, 0xFFFFF80312400000, 0xAB7FF612340000},
	ModeARM64:       {Build22000ARM64, 0xFFFFF80312400000, 0x7FF612340000},
	ModeX86:         {Build7601X86, 0x82800000, 0x12340000},
	ModeX86PAE:      {Build7601X86, 0x82800000, 0x12340000},
}

func TestSpace(t *testing.T) {
	for mode, x := range allModes {
		t.Run(fmt.Sprint(mode), func(t *testing.T) {
			sp := NewSpace(mode, 0x1AD)
			if sp.Root() != 0x1AD000 {
				t.Errorf("root %#x", sp.Root())
			}
			text := bytes.Repeat([]byte("0123456789"), 1000)
			sp.Map(x.kernel+0xFF8, text)
			sp.MapLarge(x.kernel+0x7FFFFA, text)
			sp.Map(x.kernel+0x900010, []byte("in the large page"))
			other := sp.Fork()
			sp.Map(x.user, []byte("first"))
			other.Map(x.user, []byte("second"))
			later := x.kernel + 0x2000000
			other.Map(later, []byte("later"))
			for _, s := range []*Space{sp, other} {
				if got := readVirtual(t, s, x.kernel+0xFF8, len(text)); !bytes.Equal(got, text) {
					t.Error("small pages")
				}
				if got := readVirtual(t, s, x.kernel+0x7FFFFA, len(text)); !bytes.Equal(got, text) {
					t.Error("large pages")
				}
				expect(t, readVirtual(t, s, x.kernel+0x900000, 0x30), at{0x10, "in the large page"})
				expect(t, readVirtual(t, s, later, 5), at{0, "later"})
			}
			expect(t, readVirtual(t, sp, x.user, 6), at{0, "first\x00"})
			expect(t, readVirtual(t, other, x.user, 6), at{0, "second"})
			if _, ok := walk(sp.Pages(), mode, sp.Root(), x.user+0x1000); ok {
				t.Error("a page behind is mapped")
			}
		})
	}
}

func TestSpaceEntries(t *testing.T) {
	sp := NewSpace(ModeAMD64, 0x10)
	const va = 0xFFFFF80312345678 // indices 0x1F0, 0xC, 0x91, 0x145
	sp.Map(va, []byte("kernel"))
	sp.Map(0x5678, []byte("user"))
	sp.PutEntry(va+0x1000, 1, 0x1234880)
	p := sp.Pages()
	expect(t, p[0x10], at{0xF68, uint64(0x10063)}, at{0xF80, uint64(0x11063)}, at{0, uint64(0x15067)})
	expect(t, p[0x11], at{0x60, uint64(0x12063)})
	expect(t, p[0x12], at{0x488, uint64(0x13063)})
	expect(t, p[0x13], at{0xA28, uint64(0x14063)}, at{0xA30, uint64(0x1234880)})
	expect(t, p[0x14], at{0x678, "kernel"})
	expect(t, p[0x17], at{0x28, uint64(0x18067)})

	arm := NewSpace(ModeARM64, 0x10)
	arm.MapLarge(va, []byte("arm"))
	p = arm.Pages()
	expect(t, p[0x10], at{0xF68, uint64(0x10703)}, at{0xF80, uint64(0x11703)})
	expect(t, p[0x12], at{0x488, uint64(0x200701)})
	expect(t, p[0x345], at{0x678, "arm"})
	if len(p) != 4 {
		t.Errorf("%d pages", len(p))
	}

	pae := NewSpace(ModeX86PAE, 0x10)
	pae.Map(0x80345678, []byte("pae"))
	p = pae.Pages()
	expect(t, p[0x10], at{0x10, uint64(0x11001)}, at{0x18, uint64(0)})
	expect(t, p[0x11], at{0x8, uint64(0x12063)})

	x86 := NewSpace(ModeX86, 0x10)
	x86.Map(0x80345678, []byte("x86"))
	x86.MapLarge(0x1400000, []byte("user"))
	p = x86.Pages()
	expect(t, p[0x10], at{0x800, uint32(0x11063)}, at{0x14, uint32(0x4000E7)})
	expect(t, p[0x11], at{0xD14, uint32(0x12063)})
}

func TestSpaceDrop(t *testing.T) {
	sp := NewSpace(ModeAMD64, 0x10)
	sp.Map(0xFFFF800000000000, make([]byte, 0x4000))
	all := len(sp.Pages())
	for _, c := range []struct {
		va   uint64
		n    int
		want int
	}{{0xFFFF800000000800, 0, 0}, {0xFFFF800000000800, 1, 1}, {0xFFFF800000001FFF, 2, 3}, {0xFFFF800000001FFF, 0x3000, 4}} {
		sp.Drop(c.va, c.n)
		if got := all - len(sp.Pages()); got != c.want {
			t.Errorf("%#x: %d pages are missing", c.va, got)
		}
	}
	if pfn, ok := sp.Frame(0xFFFF800000003000); !ok || pfn != 0x17 {
		t.Errorf("%#x, %v", pfn, ok)
	}
	sp.Map(0xFFFF800000003000, []byte("back"))
	sp.DropTable(0xFFFF800000000000, 2)
	p := sp.Pages()
	if _, ok := p[0x12]; ok || len(p) != all-4 {
		t.Errorf("%v", p.numbers())
	}
	expect(t, p[0x17], at{0, "back"})
}

func TestSpaceMisuse(t *testing.T) {
	const va = 0xFFFF800000000000
	for name, f := range map[string]func(sp *Space){
		"mode":            func(*Space) { NewSpace(99, 1) },
		"transition":      func(sp *Space) { sp.PutEntry(va, 1, 0x880); sp.Map(va, []byte{1}) },
		"transition PDE":  func(sp *Space) { sp.PutEntry(va, 2, 0x880); sp.Map(va, []byte{1}) },
		"table elsewhere": func(sp *Space) { sp.PutEntry(va, 2, 0x12345063); sp.Map(va, []byte{1}) },
		"small and large": func(sp *Space) { sp.Map(va, []byte{1}); sp.MapLarge(va+0x1000, []byte{1}) },
		"in a large page": func(sp *Space) { sp.MapLarge(va, []byte{1}); sp.PutEntry(va, 1, 0) },
		"no table":        func(sp *Space) { sp.DropTable(va, 1) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			f(NewSpace(ModeAMD64, 0x10))
		})
	}
	sp := NewSpace(ModeAMD64, 0x10)
	if e := sp.Entry(va, 1); e != 0 {
		t.Errorf("entry %#x", e)
	}
	sp.MapLarge(va, []byte{1})
	if e := sp.Entry(va, 2); e != 0x2000E3 || sp.Entry(va, 1) != 0 {
		t.Errorf("entry %#x", e)
	}
}
