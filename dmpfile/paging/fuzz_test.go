package paging_test

import (
	"bytes"
	"errors"
	"reflect"
	"testing"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/paging"
)

// tiled is memory without end that repeats a few bytes; every seventh page is missing.
type tiled struct {
	data  []byte
	reads int
}

func (m *tiled) ReadPhysical(p []byte, a dmpfile.PhysAddr) (n int, err error) {
	m.reads++
	for n < len(p) {
		at := uint64(a) + uint64(n)
		if len(m.data) == 0 || at/0x1000%7 == 6 {
			return n, &dmpfile.PageMissingError{Address: dmpfile.PhysAddr(at), Read: n}
		}
		room := min(len(p)-n, int(0x1000-at%0x1000))
		n += copy(p[n:n+room], m.data[at%uint64(len(m.data)):])
	}
	return n, nil
}

func FuzzSpace(f *testing.F) {
	seed := func(mode paging.Mode, root, a uint64, entries puts) {
		m := entries.ram(mode, nil)
		var data []byte
		for i := range uint64(6) {
			data = append(data, m.page(i*0x1000)...)
		}
		f.Add(byte(mode), root, a, a+0x1800, uint32(17134), byte(0), data)
	}
	const a = 0xFFFFF80312345678
	seed(paging.AMD64, 0x1000, a, puts{0x1F80: 0x2063, 0x2060: 0x3063, 0x3488: 0x4063, 0x4A28: 0x5963, 0x4A30: 0x5880})
	seed(paging.AMD64, 0x1000, a, puts{0x1F80: 0x2063, 0x2060: 0x3063, 0x3488: 0x4063, 0x4A28: 0xF803123461000480, 0x4A30: 0x5963, 0x5100: 0x3963})
	seed(paging.AMD64Level5, 0x1000, 0xFFFFF80312345678, puts{0x1FF8: 0x1063, 0x1F80: 0x2063, 0x2060: 0x3063, 0x3488: 0xE3})
	seed(paging.ARM64, 0x1000, a, puts{0x1F80: 0x2003, 0x2060: 0x3003, 0x3488: 0x4003, 0x4A28: 0x5703, 0x4A30: 0x80})
	seed(paging.X86, 0x3000, 0x8ABCDEF0, puts{0x38A8: 0x4063, 0x4F34: 0x5963})
	seed(paging.X86PAE, 0x1240, 0x8ABCDEF0, puts{0x1250: 0x2001, 0x22A8: 0x3063, 0x3E68: 0x4963, 0x3E70: 0x8ABCE10000000480})
	f.Add(byte(2), uint64(0), ^uint64(0), uint64(0), uint32(0), byte(38), []byte("\x63\x14\x88 \x00\x05\xf8\xff"))
	f.Add(byte(2), uint64(0), uint64(1)<<47, uint64(1), uint32(0), byte(0), []byte(nil))
	f.Fuzz(func(t *testing.T, mode byte, root, a, b uint64, build uint32, high byte, data []byte) {
		m := &tiled{data: data}
		s := paging.New(m, paging.Mode(mode%5), dmpfile.PhysAddr(root))
		s.SetKernel(paging.Kernel{Build: build, L1TFHighBit: high})
		s.SelfMapIndex()
		for _, at := range []dmpfile.VirtAddr{dmpfile.VirtAddr(a), dmpfile.VirtAddr(b), dmpfile.VirtAddr(uint32(a))} {
			m.reads = 0
			pa, err := s.Translate(at)
			if m.reads > 11 { // 5 levels, the prototype's 5 levels and the prototype
				t.Fatalf("%#x: %d reads", at, m.reads)
			}
			again, err2 := s.Translate(at)
			fresh := paging.New(m, paging.Mode(mode%5), dmpfile.PhysAddr(root))
			fresh.SetKernel(paging.Kernel{Build: build, L1TFHighBit: high})
			cold, err3 := fresh.Translate(at)
			if pa != again || pa != cold || !reflect.DeepEqual(err, err2) || !reflect.DeepEqual(err, err3) {
				t.Fatalf("%#x: %#x, %v; then %#x, %v; in a new space %#x, %v", at, pa, err, again, err2, cold, err3)
			}
			if err != nil && (pa != 0 || err.Error() == "") {
				t.Fatalf("%#x: %#x with %v", at, pa, err)
			}
			if pa >= 1<<52 {
				t.Fatalf("%#x: %#x", at, pa)
			}
			checkRead(t, s, m, at, err)
		}
	})
}

// checkRead compares a read of some pages with reads of each byte that is the first or last of a page, or of the read.
func checkRead(t *testing.T, s *paging.Space, m *tiled, a dmpfile.VirtAddr, translated error) {
	p := make([]byte, 0x2345)
	n, err := s.ReadVirtual(p, a)
	var partial *paging.PartialError
	if n < 0 || n > len(p) || (n == len(p)) != (err == nil) || errors.As(err, &partial) != (n > 0 && n < len(p)) {
		t.Fatalf("%#x: %d bytes, %v", a, n, err)
	}
	if n == 0 && translated != nil && !reflect.DeepEqual(err, translated) {
		t.Fatalf("%#x: %v, Translate says %v", a, err, translated)
	}
	for i := range p {
		at := a + dmpfile.VirtAddr(i)
		if in := at % 0x1000; in != 0 && in != 0xFFF && i != 0 && i != n-1 && i != n {
			continue
		}
		var one [1]byte
		pa, err := s.Translate(at)
		if err == nil {
			_, err = m.ReadPhysical(one[:], pa)
		}
		if i < n && (err != nil || !bytes.Equal(one[:], p[i:i+1])) {
			t.Fatalf("%#x: byte %d is %#x, alone %#x, %v", a, i, p[i], one, err)
		}
		if i == n && err == nil && at >= a {
			t.Fatalf("%#x: the read ends at byte %d, which is there", a, i)
		}
	}
}
