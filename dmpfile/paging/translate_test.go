package paging_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/paging"
)

// puts are entries by physical address.
type puts map[uint64]uint64

// ram puts entries of 4 or 8 bytes over a copy of others. An entry of 0 at a page that has no other entry adds the page.
func (p puts) ram(mode paging.Mode, over puts) ram {
	m := ram{}
	for _, list := range []puts{p, over} {
		for a, v := range list {
			if mode == paging.X86 {
				m.put32(a, uint32(v))
			} else {
				m.put64(a, v)
			}
		}
	}
	return m
}

// translation is a case: the entries that differ from those of its mode, and what they make of the address.
type translation struct {
	name   string
	a      dmpfile.VirtAddr // 0: the address of the mode
	puts   puts
	drop   uint64 // a page that is not in the dump
	kernel paging.Kernel
	want   dmpfile.PhysAddr
	err    error
}

func missing(a dmpfile.PhysAddr) error { return &dmpfile.PageMissingError{Address: a} }

func runTranslations(t *testing.T, mode paging.Mode, root dmpfile.PhysAddr, a dmpfile.VirtAddr, tables puts, list []translation) {
	for _, c := range list {
		t.Run(c.name, func(t *testing.T) {
			m := tables.ram(mode, c.puts)
			if c.drop != 0 {
				delete(m, c.drop/0x1000)
			}
			s := paging.New(m, mode, root)
			s.SetKernel(c.kernel)
			at := c.a
			if at == 0 {
				at = a
			}
			for _, when := range []string{"first", "from the caches", "from the caches again"} {
				got, err := s.Translate(at)
				if got != c.want {
					t.Errorf("%s: %#x, %v, want %#x", when, uint64(got), err, uint64(c.want))
				}
				if d := cmp.Diff(c.err, err); d != "" {
					t.Errorf("%s: error (-want +got):\n%s", when, d)
				}
			}
		})
	}
}

func paged(a dmpfile.VirtAddr, level int, e uint64, place paging.Place) *paging.PagedOutError {
	return &paging.PagedOutError{Address: a, Level: level, Entry: e, Place: place}
}

func inPageFile(a dmpfile.VirtAddr, level int, e uint64, file int, offset uint64) *paging.PagedOutError {
	return &paging.PagedOutError{Address: a, Level: level, Entry: e, Place: paging.PageFile, File: file, Offset: offset}
}

// by sets the prototype of an error, and why it cannot be read.
func by(e *paging.PagedOutError, prototype dmpfile.VirtAddr, err error) error {
	e.Prototype, e.Err = prototype, err
	return e
}

func TestTranslateAMD64(t *testing.T) {
	// PML4 index 0x1f0, PDPT 0x00c, PD 0x091, PT 0x145, offset 0x678. The next page holds prototypes.
	const a, proto = 0xFFFFF80312345678, 0xFFFFF80312346100
	const viaProto = 0xF803123461000480
	tables := puts{0x1F80: 0x8000000000002063, 0x2060: 0x3063, 0x3488: 0x4063, 0x4A28: 0xFFFABCDE12345963, 0x4A30: 0x5963, 0x5100: 0}
	runTranslations(t, paging.AMD64, 0x8000000000001FFF, a, tables, []translation{
		{name: "4 KiB", want: 0x000ABCDE12345678},
		{name: "2 MiB", puts: puts{0x3488: 0x800000001F4011E3}, want: 0x1F545678},
		{name: "2 MiB, first byte", a: 0xFFFFF80312200000, puts: puts{0x3488: 0x1F4000E3}, want: 0x1F400000},
		{name: "2 MiB, last byte", a: 0xFFFFF803123FFFFF, puts: puts{0x3488: 0xFFFFFFE000E3}, want: 0xFFFFFFFFFFFF},
		{name: "1 GiB", puts: puts{0x2060: 0x80000007C00011E3}, want: 0x7D2345678},
		{name: "1 GiB, first byte", a: 0xFFFFF80300000000, puts: puts{0x2060: 0x7C00000E3}, want: 0x7C0000000},
		{name: "1 GiB, last byte", a: 0xFFFFF8033FFFFFFF, puts: puts{0x2060: 0x000FFFFFC00000E3}, want: 0x000FFFFFFFFFFFFF},
		{name: "large bit of the PML4E", puts: puts{0x1F80: 0x20E3}, want: 0x000ABCDE12345678},
		{name: "PAT bit of the PTE", puts: puts{0x4A28: 0x77777083}, want: 0x77777678},
		{name: "lowest address", a: 0xFFF, puts: puts{0x1000: 0x2067, 0x2000: 0x3067, 0x3000: 0x4067, 0x4000: 0x99000067}, want: 0x99000FFF},
		{name: "highest address", a: 0xFFFFFFFFFFFFFFFF, puts: puts{0x1FF8: 0x2063, 0x2FF8: 0x3063, 0x3FF8: 0x4063, 0x4FF8: 0x99000063}, want: 0x99000FFF},
		{name: "last user address", a: 0x7FFFFFFFFFFF, puts: puts{0x17F8: 0x2067, 0x2FF8: 0x3067, 0x3FF8: 0x4067, 0x4FF8: 0x99000067}, want: 0x99000FFF},
		{name: "first kernel address", a: 0xFFFF800000000000, puts: puts{0x1800: 0x2063, 0x2000: 0x3063, 0x3000: 0x4063, 0x4000: 0x99000063}, want: 0x99000000},
		{name: "a table that is all its tables", a: 0xFFFF800000000123, puts: puts{0x1800: 0x1063, 0x1000: 0x1063}, want: 0x1123},
		{name: "self map", a: 0xFFFFF6FB7DBEDF80, puts: puts{0x1F68: 0x1063}, want: 0x1F80},

		{name: "behind user space", a: 0x0000800000000000, err: &paging.NotCanonicalError{Address: 0x0000800000000000}},
		{name: "before kernel space", a: 0xFFFF7FFFFFFFFFFF, err: &paging.NotCanonicalError{Address: 0xFFFF7FFFFFFFFFFF}},
		{name: "no PML4E", puts: puts{0x1F80: 0}, err: &paging.NotMappedError{Address: a, Level: 4}},
		{name: "no PDPTE", puts: puts{0x2060: 0}, err: &paging.NotMappedError{Address: a, Level: 3}},
		{name: "no PDE", puts: puts{0x3488: 0}, err: &paging.NotMappedError{Address: a, Level: 2}},
		{name: "no PTE", puts: puts{0x4A28: 0}, err: &paging.NotMappedError{Address: a, Level: 1}},
		{name: "no root", drop: 0x1000, err: &paging.TableError{Address: a, Level: 4, Physical: 0x1F80, Err: missing(0x1000)}},
		{name: "no PDPT", drop: 0x2000, err: &paging.TableError{Address: a, Level: 3, Physical: 0x2060, Err: missing(0x2000)}},
		{name: "no PD", drop: 0x3000, err: &paging.TableError{Address: a, Level: 2, Physical: 0x3488, Err: missing(0x3000)}},
		{name: "no PT", drop: 0x4000, err: &paging.TableError{Address: a, Level: 1, Physical: 0x4A28, Err: missing(0x4000)}},

		{name: "transition", puts: puts{0x4A28: 0x12345880}, want: 0x12345678},
		{name: "transition, bit 45 flipped", puts: puts{0x4A28: 0x0000200012345880}, want: 0x12345678},
		{name: "transition, swizzle bit", puts: puts{0x4A28: 0x0000200012345890}, want: 0x200012345678},
		{name: "transition, unused bits", puts: puts{0x4A28: 0xFFFF000012345880}, want: 0x12345678},
		{name: "transition, bit 38 of an unknown kernel", puts: puts{0x4A28: 0x0000004012345880}, want: 0x4012345678},
		{name: "transition, bit 38 flipped", kernel: paging.Kernel{L1TFHighBit: 38, L1TFSwizzleBit: 4}, puts: puts{0x4A28: 0x0000004012345880}, want: 0x12345678},
		{name: "transition, bit 38 as stored", kernel: paging.Kernel{L1TFHighBit: 38, L1TFSwizzleBit: 3}, puts: puts{0x4A28: 0x0000004012345888}, want: 0x4012345678},
		{name: "transition, impossible high bit", kernel: paging.Kernel{L1TFHighBit: 12, L1TFSwizzleBit: 200}, puts: puts{0x4A28: 0x0000200012345880}, want: 0x12345678},
		{name: "page table in transition", puts: puts{0x3488: 0x0000200000004880}, want: 0x000ABCDE12345678},
		{name: "page directory in transition", puts: puts{0x2060: 0x38C0}, want: 0x000ABCDE12345678},
		{name: "demand zero", puts: puts{0x4A28: 0x80}, err: paged(a, 1, 0x80, paging.DemandZero)},
		{name: "page file", puts: puts{0x4A28: 0x1234ABCD00003084}, err: inPageFile(a, 1, 0x1234ABCD00003084, 3, 0x1234ABCD)},
		{name: "page file, build 17134", kernel: paging.Kernel{Build: 17134}, puts: puts{0x4A28: 0x1234ABCD00003084}, err: inPageFile(a, 1, 0x1234ABCD00003084, 3, 0x1234ABCD)},
		{name: "page file, build 16299", kernel: paging.Kernel{Build: 16299}, puts: puts{0x4A28: 0x1234ABCD00003084}, err: inPageFile(a, 1, 0x1234ABCD00003084, 2, 0x1234ABCD)},
		{name: "page file, bit 38 flipped", kernel: paging.Kernel{L1TFHighBit: 38}, puts: puts{0x4A28: 0x1244 << 32}, err: inPageFile(a, 1, 0x1244<<32, 0, 0x1204)},
		{name: "page table in a page file", puts: puts{0x3488: 0x1234ABCD00003080}, err: inPageFile(a, 2, 0x1234ABCD00003080, 3, 0x1234ABCD)},
		{name: "page table never touched", puts: puts{0x3488: 0xC0}, err: paged(a, 2, 0xC0, paging.DemandZero)},
		{name: "page table with a prototype", puts: puts{0x3488: viaProto}, err: by(paged(a, 2, viaProto, paging.Prototype), proto, nil)},

		{name: "prototype, valid", puts: puts{0x4A28: viaProto, 0x5100: 0x8000000077777963}, want: 0x77777678},
		{name: "prototype, both bits", puts: puts{0x4A28: viaProto | 0x800, 0x5100: 0x77777963}, want: 0x77777678},
		{name: "prototype, transition", puts: puts{0x4A28: viaProto, 0x5100: 0x0000200077777880}, want: 0x77777678},
		{name: "prototype page in transition", puts: puts{0x4A28: viaProto, 0x4A30: 0x5880, 0x5100: 0x77777963}, want: 0x77777678},
		{name: "prototype, demand zero", puts: puts{0x4A28: viaProto, 0x5100: 0x80}, err: by(paged(a, 1, 0x80, paging.DemandZero), proto, nil)},
		{name: "prototype, page file", puts: puts{0x4A28: viaProto, 0x5100: 0x77700001080}, err: by(inPageFile(a, 1, 0x77700001080, 1, 0x777), proto, nil)},
		{name: "prototype, nothing", puts: puts{0x4A28: viaProto}, err: &paging.NotMappedError{Address: a, Level: 1}},
		{name: "prototype, subsection", puts: puts{0x4A28: viaProto, 0x5100: viaProto}, err: by(paged(a, 1, viaProto, paging.MappedFile), proto, nil)},
		{name: "prototype, subsection of build 22621", puts: puts{0x4A28: viaProto, 0x5100: 0xFFFFBE0812345860}, err: by(paged(a, 1, 0xFFFFBE0812345860, paging.MappedFile), proto, nil)},
		{name: "prototype, VAD", puts: puts{0x4A28: 0xFFFFFFFF00000480}, err: paged(a, 1, 0xFFFFFFFF00000480, paging.Prototype)},
		{name: "prototype at 0", puts: puts{0x4A28: 0x480}, err: paged(a, 1, 0x480, paging.Prototype)},
		{name: "prototype, not aligned", puts: puts{0x4A28: 0xF803123461040480}, err: paged(a, 1, 0xF803123461040480, paging.Prototype)},
		{name: "prototype, not mapped", puts: puts{0x4A28: 0xF803123471000480}, err: by(paged(a, 1, 0xF803123471000480, paging.Prototype), 0xFFFFF80312347100,
			&paging.NotMappedError{Address: 0xFFFFF80312347100, Level: 1})},
		{name: "prototype, not in the dump", puts: puts{0x4A28: viaProto}, drop: 0x5000, err: by(paged(a, 1, viaProto, paging.Prototype), proto, missing(0x5100))},
		{name: "prototype by prototype", puts: puts{0x4A28: viaProto, 0x4A30: viaProto}, err: by(paged(a, 1, viaProto, paging.Prototype), proto,
			by(paged(proto, 1, viaProto, paging.Prototype), proto, nil))},
	})
}

func TestTranslateAMD64Level5(t *testing.T) {
	// PML5 index 0x111; the others as above.
	const a = 0xFF11F80312345678
	tables := puts{0x1888: 0x9063, 0x9F80: 0x2063, 0x2060: 0x3063, 0x3488: 0x4063, 0x4A28: 0x12345963}
	runTranslations(t, paging.AMD64Level5, 0x1000, a, tables, []translation{
		{name: "4 KiB", want: 0x12345678},
		{name: "2 MiB", puts: puts{0x3488: 0x1F4011E3}, want: 0x1F545678},
		{name: "1 GiB", puts: puts{0x2060: 0x7C00011E3}, want: 0x7D2345678},
		{name: "highest address", a: 0xFFFFFFFFFFFFFFFF, puts: puts{0x1FF8: 0x9063, 0x9FF8: 0x2063, 0x2FF8: 0x3063, 0x3FF8: 0x4063, 0x4FF8: 0x99000063}, want: 0x99000FFF},
		{name: "last user address", a: 0x00FFFFFFFFFFFFFF, puts: puts{0x17F8: 0x9063, 0x9FF8: 0x2063, 0x2FF8: 0x3063, 0x3FF8: 0x4063, 0x4FF8: 0x99000063}, want: 0x99000FFF},
		{name: "behind user space", a: 0x0100000000000000, err: &paging.NotCanonicalError{Address: 0x0100000000000000}},
		{name: "before kernel space", a: 0xFEFFFFFFFFFFFFFF, err: &paging.NotCanonicalError{Address: 0xFEFFFFFFFFFFFFFF}},
		{name: "no PML5E", puts: puts{0x1888: 0}, err: &paging.NotMappedError{Address: a, Level: 5}},
		{name: "no PML4E", puts: puts{0x9F80: 0}, err: &paging.NotMappedError{Address: a, Level: 4}},
		{name: "no PTE", puts: puts{0x4A28: 0}, err: &paging.NotMappedError{Address: a, Level: 1}},
		{name: "no root", drop: 0x1000, err: &paging.TableError{Address: a, Level: 5, Physical: 0x1888, Err: missing(0x1000)}},
		{name: "no PML4", drop: 0x9000, err: &paging.TableError{Address: a, Level: 4, Physical: 0x9F80, Err: missing(0x9000)}},
		{name: "no PT", drop: 0x4000, err: &paging.TableError{Address: a, Level: 1, Physical: 0x4A28, Err: missing(0x4000)}},
	})
}

func TestTranslateX86(t *testing.T) {
	// PD index 0x22a, PT 0x3cd, offset 0xef0.
	const a = 0x8ABCDEF0
	tables := puts{0x398A8: 0x3A063, 0x3AF34: 0x12345963}
	runTranslations(t, paging.X86, 0x39018, a, tables, []translation{
		{name: "4 KiB", want: 0x12345EF0},
		{name: "4 KiB, lower half of the table", a: 0x8A812345, puts: puts{0x3A048: 0x99000163}, want: 0x99000345},
		{name: "4 KiB, lower half of the directory", a: 0x12345, puts: puts{0x39000: 0x3A067, 0x3A048: 0x99000167}, want: 0x99000345},
		{name: "4 MiB", puts: puts{0x398A8: 0x12DFF1E3}, want: 0x12FCDEF0},
		{name: "4 MiB, first byte", a: 0x8A800000, puts: puts{0x398A8: 0x12C000E3}, want: 0x12C00000},
		{name: "4 MiB, last byte", a: 0x8ABFFFFF, puts: puts{0x398A8: 0xFFC000E3}, want: 0xFFFFFFFF},
		{name: "highest address", a: 0xFFFFFFFF, puts: puts{0x39FFC: 0x3A063, 0x3AFFC: 0xFFFFF063}, want: 0xFFFFFFFF},
		{name: "more than 32 bits", a: 0x100000000, err: &paging.NotCanonicalError{Address: 0x100000000}},
		{name: "sign-extended", a: 0xFFFFFFFF8ABCDEF0, err: &paging.NotCanonicalError{Address: 0xFFFFFFFF8ABCDEF0}},
		{name: "no PDE", puts: puts{0x398A8: 0}, err: &paging.NotMappedError{Address: a, Level: 2}},
		{name: "no PTE", puts: puts{0x3AF34: 0}, err: &paging.NotMappedError{Address: a, Level: 1}},
		{name: "no root", drop: 0x39000, err: &paging.TableError{Address: a, Level: 2, Physical: 0x398A8, Err: missing(0x39800)}},
		{name: "no PT", drop: 0x3A000, err: &paging.TableError{Address: a, Level: 1, Physical: 0x3AF34, Err: missing(0x3A800)}},
		{name: "transition", puts: puts{0x3AF34: 0x77777880}, want: 0x77777EF0},
		{name: "page table in transition", puts: puts{0x398A8: 0x3A8C0}, want: 0x12345EF0},
		{name: "demand zero", puts: puts{0x3AF34: 0x80}, err: paged(a, 1, 0x80, paging.DemandZero)},
		{name: "page file", puts: puts{0x3AF34: 0x12345086}, err: inPageFile(a, 1, 0x12345086, 3, 0x12345)},
		{name: "prototype", puts: puts{0x3AF34: 0x12345480}, err: paged(a, 1, 0x12345480, paging.Prototype)},
	})
}

func TestTranslateX86PAE(t *testing.T) {
	// PDPT index 2, PD 0x055, PT 0x1cd, offset 0xef0. The next page holds prototypes.
	const a, proto = 0x8ABCDEF0, 0x8ABCE100
	tables := puts{0x1250: 0x2001, 0x22A8: 0x3063, 0x3E68: 0x8000000F12345963, 0x3E70: 0x5963, 0x5100: 0}
	runTranslations(t, paging.X86PAE, 0x1255, a, tables, []translation{
		{name: "4 KiB", want: 0xF12345EF0},
		{name: "2 MiB", puts: puts{0x22A8: 0x8000000F126011E3}, want: 0xF127CDEF0},
		{name: "2 MiB, first byte", a: 0x8AA00000, puts: puts{0x22A8: 0xF126000E3}, want: 0xF12600000},
		{name: "2 MiB, last byte", a: 0x8ABFFFFF, puts: puts{0x22A8: 0xFFFE000E3}, want: 0xFFFFFFFFF},
		{name: "large bit of the PDPTE", puts: puts{0x1250: 0x2081}, want: 0xF12345EF0},
		{name: "highest address", a: 0xFFFFFFFF, puts: puts{0x1258: 0x2001, 0x2FF8: 0x3063, 0x3FF8: 0x99000063}, want: 0x99000FFF},
		{name: "more than 32 bits", a: 0x100000000, err: &paging.NotCanonicalError{Address: 0x100000000}},
		{name: "no PDPTE", puts: puts{0x1250: 0}, err: &paging.NotMappedError{Address: a, Level: 3}},
		{name: "no PDE", puts: puts{0x22A8: 0}, err: &paging.NotMappedError{Address: a, Level: 2}},
		{name: "no PTE", puts: puts{0x3E68: 0}, err: &paging.NotMappedError{Address: a, Level: 1}},
		{name: "no root", drop: 0x1000, err: &paging.TableError{Address: a, Level: 3, Physical: 0x1250, Err: missing(0x1240)}},
		{name: "no PD", drop: 0x2000, err: &paging.TableError{Address: a, Level: 2, Physical: 0x22A8, Err: missing(0x2000)}},
		{name: "no PT", drop: 0x3000, err: &paging.TableError{Address: a, Level: 1, Physical: 0x3E68, Err: missing(0x3000)}},
		{name: "transition, bit 45 flipped", puts: puts{0x3E68: 0x0000200F77777880}, want: 0xF77777EF0},
		{name: "page file", puts: puts{0x3E68: 0x1234ABCD00003080}, err: inPageFile(a, 1, 0x1234ABCD00003080, 3, 0x1234ABCD)},
		{name: "page file, Windows 7", kernel: paging.Kernel{Build: 7601}, puts: puts{0x3E68: 0x1234ABCD00000086}, err: inPageFile(a, 1, 0x1234ABCD00000086, 3, 0x1234ABCD)},
		{name: "prototype, valid", puts: puts{0x3E68: 0x8ABCE10000000480, 0x5100: 0x77777963}, want: 0x77777EF0},
		{name: "prototype, subsection", puts: puts{0x3E68: 0x8ABCE10000000480, 0x5100: 0x8ABCE10000000480}, err: by(paged(a, 1, 0x8ABCE10000000480, paging.MappedFile), proto, nil)},
		{name: "prototype, VAD", puts: puts{0x3E68: 0xFFFFFFFF00000480}, err: paged(a, 1, 0xFFFFFFFF00000480, paging.Prototype)},
	})
}

func TestTranslateARM64(t *testing.T) {
	const a, proto = 0xFFFFF80312345678, 0xFFFFF80312346100
	tables := puts{0x1F80: 0x6000000000002003, 0x2060: 0x3083, 0x3488: 0x4083, 0x4A28: 0x00E8ABCD12345783, 0x4A30: 0x5783, 0x5100: 0}
	runTranslations(t, paging.ARM64, 0x0042000000001001, a, tables, []translation{
		{name: "4 KiB", want: 0x0000ABCD12345678},
		{name: "2 MiB", puts: puts{0x3488: 0x0060000F12600701}, want: 0xF12745678},
		{name: "2 MiB, last byte", a: 0xFFFFF803123FFFFF, puts: puts{0x3488: 0x0060FFFFFFE00701}, want: 0xFFFFFFFFFFFF},
		{name: "1 GiB", puts: puts{0x2060: 0x00600007C0000701}, want: 0x7D2345678},
		{name: "1 GiB, last byte", a: 0xFFFFF8033FFFFFFF, puts: puts{0x2060: 0x0060FFFFC0000701}, want: 0xFFFFFFFFFFFF},
		{name: "user address", a: 0x12345678, puts: puts{0x1000: 0x2003, 0x2000: 0x3003, 0x3488: 0x4003}, want: 0x0000ABCD12345678},
		{name: "between the halves", a: 0x0000F80312345678, err: &paging.NotCanonicalError{Address: 0x0000F80312345678}},
		{name: "block at level 0", puts: puts{0x1F80: 0x2001}, err: &paging.NotMappedError{Address: a, Level: 4, Entry: 0x2001}},
		{name: "block at level 3", puts: puts{0x4A28: 0x12345701}, err: &paging.NotMappedError{Address: a, Level: 1, Entry: 0x12345701}},
		{name: "level 0", puts: puts{0x1F80: 0}, err: &paging.NotMappedError{Address: a, Level: 4}},
		{name: "level 1", puts: puts{0x2060: 0}, err: &paging.NotMappedError{Address: a, Level: 3}},
		{name: "level 2", puts: puts{0x3488: 0}, err: &paging.NotMappedError{Address: a, Level: 2}},
		{name: "level 3", puts: puts{0x4A28: 0}, err: &paging.NotMappedError{Address: a, Level: 1}},
		{name: "no root", drop: 0x1000, err: &paging.TableError{Address: a, Level: 4, Physical: 0x1F80, Err: missing(0x1000)}},
		{name: "no page table", drop: 0x4000, err: &paging.TableError{Address: a, Level: 1, Physical: 0x4A28, Err: missing(0x4000)}},
		{name: "transition", puts: puts{0x4A28: 0x12345880}, want: 0x12345678},
		{name: "transition, bit 45 as stored", puts: puts{0x4A28: 0x0000200012345880}, want: 0x200012345678},
		{name: "transition, no L1TF", kernel: paging.Kernel{L1TFHighBit: 38}, puts: puts{0x4A28: 0x0000204012345880}, want: 0x204012345678},
		{name: "page file", puts: puts{0x4A28: 0x1234ABCD00003080}, err: inPageFile(a, 1, 0x1234ABCD00003080, 3, 0x1234ABCD)},
		{name: "prototype, valid", puts: puts{0x4A28: 0xF803123461000480, 0x5100: 0x77777783}, want: 0x77777678},
		{name: "prototype, reserved", puts: puts{0x4A28: 0xF803123461000480, 0x5100: 0x77777781}, err: &paging.NotMappedError{Address: a, Level: 1, Entry: 0x77777781}},
		{name: "prototype, demand zero", puts: puts{0x4A28: 0xF803123461000480, 0x5100: 0x80}, err: by(paged(a, 1, 0x80, paging.DemandZero), proto, nil)},
	})
}

// A table that the end of the file cuts is used as far as it goes.
func TestCutTable(t *testing.T) {
	m := puts{0x1F80: 0x2063, 0x2060: 0x3063, 0x3488: 0x4063, 0x4A28: 0x12345963, 0x4A30: 0x12346963}.ram(paging.AMD64, nil)
	m[4] = m[4][:0xA34]
	s := paging.New(m, paging.AMD64, 0x1000)
	for range 2 {
		if pa, err := s.Translate(0xFFFFF80312345678); pa != 0x12345678 || err != nil {
			t.Errorf("%#x, %v", pa, err)
		}
		_, err := s.Translate(0xFFFFF80312346678)
		want := &paging.TableError{Address: 0xFFFFF80312346678, Level: 1, Physical: 0x4A30, Err: &dmpfile.PageMissingError{Address: 0x4A34, Read: 0xA34, Truncated: true}}
		if d := cmp.Diff(error(want), err); d != "" {
			t.Errorf("error (-want +got):\n%s", d)
		}
	}
}

// Addresses that share a slot of a cache do not get each other's tables, and a page table can follow a large page there.
func TestCacheConflicts(t *testing.T) {
	m := puts{
		0x1800: 0x2063,
		0x2000: 0x3063, 0x2008: 0x4063, 0x2100: 0x5063, // 1 GiB and 32 GiB on
		0x3000: 0x6063, 0x4000: 0x80000E3, 0x5000: 0x7063,
		0x6000: 0x1111063, 0x7000: 0x2222063,
	}.ram(paging.AMD64, nil)
	s := paging.New(m, paging.AMD64, 0x1000)
	for range 3 {
		for a, want := range map[dmpfile.VirtAddr]dmpfile.PhysAddr{
			0xFFFF800000000001: 0x1111001, 0xFFFF800040000001: 0x8000001, 0xFFFF800800000001: 0x2222001,
		} {
			if pa, err := s.Translate(a); pa != want || err != nil {
				t.Errorf("%#x: %#x, %v, want %#x", a, pa, err, want)
			}
		}
	}
}

// A prototype can lie in a large page, whether that is cached or not.
func TestPrototypeInLargePage(t *testing.T) {
	const large, small = 0xFFFF800000000000, 0xFFFF800000200000
	m := puts{0x1800: 0x2063, 0x2000: 0x3063, 0x3000: 0x4000E3, 0x3008: 0x4063, 0x4000: 0x8000000012300480, 0x401230: 0x777063}.ram(paging.AMD64, nil)
	for _, first := range []dmpfile.VirtAddr{small, large} {
		s := paging.New(m, paging.AMD64, 0x1000)
		for _, a := range []dmpfile.VirtAddr{first, small, large, small} {
			want := map[dmpfile.VirtAddr]dmpfile.PhysAddr{small: 0x777000, large: 0x400000}[a]
			if pa, err := s.Translate(a); pa != want || err != nil {
				t.Errorf("%#x: %#x, %v, want %#x", a, pa, err, want)
			}
		}
	}
}

func TestSelfMapIndex(t *testing.T) {
	for _, c := range []struct {
		name  string
		mode  paging.Mode
		puts  puts
		index int
		ok    bool
	}{
		{"fixed", paging.AMD64, puts{0x1000: 0x5067, 0x1F68: 0x8000000000001063}, 0x1ED, true},
		{"random", paging.AMD64, puts{0x1800: 0x2063, 0x1808: 0x1063}, 0x101, true},
		{"last", paging.AMD64Level5, puts{0x1FF8: 0x1063}, 0x1FF, true},
		{"first of the kernel", paging.ARM64, puts{0x1800: 0x1703}, 0x100, true},
		{"in user space", paging.AMD64, puts{0x17F8: 0x1067}, 0, false},
		{"not present", paging.AMD64, puts{0x1F68: 0x1062}, 0, false},
		{"elsewhere", paging.AMD64, puts{0x1F68: 0x2063}, 0, false},
		{"a block", paging.ARM64, puts{0x1800: 0x1701}, 0, false},
		{"no root", paging.AMD64, puts{0x2000: 0x1063}, 0, false},
		{"x86", paging.X86, puts{0x1C00: 0x1063}, 0, false},
		{"PAE", paging.X86PAE, puts{0x1018: 0x1001}, 0, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := paging.New(c.puts.ram(c.mode, nil), c.mode, 0x1000)
			for range 2 {
				if index, ok := s.SelfMapIndex(); index != c.index || ok != c.ok {
					t.Errorf("%#x, %v", index, ok)
				}
			}
		})
	}
}
