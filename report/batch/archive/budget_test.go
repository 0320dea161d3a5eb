package archive

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/dmplens/dmplens/report"
)

// TestPool has many who want some of a pool: never is more given than there is, and in the end all is back.
func TestPool(t *testing.T) {
	b := NewBudget(64 << 20)
	var held, most atomic.Int64
	var all sync.WaitGroup
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	for i := range 50 {
		all.Go(func() {
			s := &Share{Budget: b}
			for j := range 20 {
				n := int64((i*7+j*3)%20) << 20
				if err := s.takeMember(ctx, n); err != nil {
					t.Error(err)
				}
				now := held.Add(n + spare)
				for old := most.Load(); now > old && !most.CompareAndSwap(old, now); old = most.Load() {
				}
				held.Add(-n - spare)
				s.giveMember()
			}
		})
	}
	all.Wait()
	if most.Load() > 32<<20 || b.members.free != b.members.size || len(b.members.waiting) != 0 {
		t.Errorf("%d bytes were given, %d are there and %d wait", most.Load(), b.members.free, len(b.members.waiting))
	}
}

// TestPoolGivenUp has some who no longer wait, and one who is released by others.
func TestPoolGivenUp(t *testing.T) {
	b := NewBudget(64 << 20)
	dead := &Share{Budget: b}
	must(t, dead.takeMember(context.Background(), 30<<20))
	ctx, stop := context.WithCancel(context.Background())
	s := &Share{Budget: b, Around: func(wait func()) { stop(); wait() }}
	if err := s.takeMember(ctx, 10<<20); err != context.Canceled {
		t.Error(err)
	}
	s.Around = func(func()) {} // nobody waits for it
	if err := s.takeMember(context.Background(), 10<<20); err == nil {
		t.Error("taken without waiting")
	}
	s.Around = func(wait func()) { dead.Release(); wait() }
	must(t, s.takeMember(context.Background(), 10<<20))
	s.Release()
	s.Release()
	dead.Release()
	if b.members.free != b.members.size {
		t.Errorf("%d of %d are there", b.members.free, b.members.size)
	}
}

// TestMemory has members that fit the limit and not the budget, of each kind: their heads are looked at, and the finding says which limit
// that was. Members that fit are looked at wholly.
func TestMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("the race detector would take minutes; other tests work side by side")
	}
	const size = 40 << 20
	data, small := large(t, size), sample(t, "triage-amd64.dmp")
	claimless := func(data []byte) []byte { return zstdOf(t, data, zstd.WithWindowSize(1<<20)) }
	for name, b := range map[string][]byte{
		"a.zip": zipOf(t, zip.Deflate, file{"a.dmp", data}), "a.dmp.gz": gzipOf(t, "a.dmp", data), "a.dmp.zst": claimless(data),
	} {
		for memory, whole := range map[int64]bool{0: true, 64 << 20: false, 256 << 20: true} {
			a := &Reader{}
			if memory > 0 {
				a.Memory = &Share{Budget: NewBudget(memory)}
			}
			r := only(t, a, name, b)
			f := find(r, report.FindingArchiveHead)
			if (f == nil) != whole || f != nil && !strings.Contains(f.Message, "the limit of memory leaves to one") {
				t.Errorf("%s, %d bytes of memory: %+v", name, memory, r.Findings)
			}
			if memory > 0 && a.Memory.Budget.members.free != memory/2 {
				t.Errorf("%s: %d of %d bytes are back", name, a.Memory.Budget.members.free, memory/2)
			}
		}
	}
	// Two parts: what the first one claims is not all, and asks for another window.
	for _, second := range [][]byte{zstdOf(t, data[len(small):], zstd.WithWindowSize(8<<20)), zstdOf(t, make([]byte, 4<<20), zstd.WithWindowSize(8<<20))} {
		var one bytes.Buffer
		w, err := zstd.NewWriter(&one, zstd.WithWindowSize(1<<20))
		must(t, err)
		one.Write(w.EncodeAll(small, nil))
		r := only(t, &Reader{Memory: &Share{Budget: NewBudget(256 << 20)}}, "two.dmp.zst", append(one.Bytes(), second...))
		if r.Bugcheck == nil || *r.File.Size <= int64(len(small)) || find(r, report.FindingArchiveMethod) != nil {
			t.Errorf("two parts: %+v %+v", r.File, r.Findings)
		}
	}
	wide := zstdOf(t, data, zstd.WithWindowSize(64<<20))
	r := only(t, &Reader{Memory: &Share{Budget: NewBudget(64 << 20)}}, "wide.dmp.zst", wide)
	if f := find(r, report.FindingArchiveMethod); f == nil || !strings.Contains(f.Message, "15 MiB of window are given to it, which is what the limit of memory leaves") {
		t.Errorf("%+v", r.Findings)
	}
}

// TestDirectoryLength has ends of zips, of 64 bits too, and what is none.
func TestDirectoryLength(t *testing.T) {
	many := zipOfRaw(t, 70000, nil, nil)
	for i, c := range []struct {
		data      []byte
		low, high int64
	}{
		{zipOf(t, zip.Store, file{"a", nil}), 46, 200}, {many, 70000 * 46, 70000 * 100}, {nil, maxDirectory, maxDirectory}, {[]byte("PK\x05\x06"), maxDirectory, maxDirectory},
	} {
		if n := directoryLength(&source{ctx: context.Background(), r: bytes.NewReader(c.data), size: int64(len(c.data))}); n < c.low || n > c.high {
			t.Errorf("%d: %d", i, n)
		}
	}
	a := &Reader{Memory: &Share{Budget: NewBudget(64 << 20)}}
	of := itself(t, "many.zip", many)
	for range a.Members(context.Background(), bytes.NewReader(many), of) {
		t.Fatal("a member of a directory that is too large")
	}
	if f := find(of, report.FindingArchiveMethod); f == nil || !strings.Contains(f.Message, "more memory than the limit leaves to it") {
		t.Errorf("%+v", of.Findings)
	}
}

// sharing makes a zip whose n entries are all of one member, or of members at places of their own with one checksum.
func sharing(t *testing.T, n int, data []byte) []byte {
	t.Helper()
	raw := deflated(t, data)
	one := zipOfRaw(t, n, raw, data)
	at := entries(one)
	for _, e := range at {
		binary.LittleEndian.PutUint32(one[e+42:], 0) // the place of the first
	}
	return one
}

// TestSharedMember has a zip with many entries for one member: it costs what one member costs.
func TestSharedMember(t *testing.T) {
	for _, data := range [][]byte{sample(t, "triage-amd64.dmp"), {}, large(t, 2<<20)} {
		const n = 3000
		b := sharing(t, n, data)
		of := itself(t, "shared.zip", b)
		c := &counting{Reader: bytes.NewReader(b)}
		list := 0
		for r, err := range (&Reader{}).Members(context.Background(), c, of) {
			must(t, err)
			if list++; r.File.Member != "0" {
				t.Errorf("%s has a row", r.File.Member)
			}
		}
		f := find(of, report.FindingArchiveBomb)
		if list != 1 || f == nil || !strings.HasPrefix(f.Message, fmt.Sprintf("the archive has %d members at the place of others, the first of them \"1\"", n-1)) {
			t.Errorf("%d rows: %+v", list, of.Findings)
		}
		if c.n > 3*int64(len(b)) {
			t.Errorf("%d bytes read of %d", c.n, len(b))
		}
	}
}

type counting struct {
	*bytes.Reader
	n int64
}

func (c *counting) ReadAt(p []byte, off int64) (int, error) {
	n, err := c.Reader.ReadAt(p, off)
	c.n += int64(n)
	return n, err
}

// TestOneName has many members of one name: each is told apart.
func TestOneName(t *testing.T) {
	var files []file
	for range 5000 {
		files = append(files, file{"a.dmp", []byte("x")})
	}
	files[7].name = "a.dmp (3)"
	list := reports(t, &Reader{}, "names.zip", zipOf(t, zip.Store, files...))
	names := map[string]bool{}
	for _, r := range list {
		names[r.File.Member] = true
	}
	if len(names) != len(files) {
		t.Errorf("%d names of %d members", len(names), len(files))
	}
}

// TestBombEnds has an archive that unpacks to so much that the rest of it is not looked at.
func TestBombEnds(t *testing.T) {
	const limit = 64 << 10
	data := large(t, limit)
	list := reports(t, &Reader{Limit: limit}, "many.zip", zipOfRaw(t, 2000, deflated(t, data), data))
	last := list[len(list)-1]
	if f := find(last, report.FindingArchiveBomb); len(list) != 2000 || f == nil || last.Dump != nil {
		t.Errorf("%d reports, the last: %+v %+v", len(list), last.Findings, last.Error)
	}
}
