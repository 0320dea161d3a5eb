package dumpstack_test

import (
	"slices"
	"testing"

	"github.com/dmplens/dmplens/dmpfile/dmptest"
	"github.com/dmplens/dmplens/dmpfile/dumpstack"
)

func FuzzRead(f *testing.F) {
	lines := slices.Concat(written, dmptest.CallbackLines(`\Device\DxgKrnl`, "\x01\x10"), parts, ended)
	small := []string{"Dump file is too small - switching to minidump. Dump file size = 2550136832, required size = 2848539231."}
	for n := range len(lines) {
		f.Add(dmptest.DumpStack{Lines: lines[:n], Size: 0x1000}.Image().Data())
	}
	f.Add(dmptest.DumpStack{Lines: lines, Closed: true, Stale: "done.\r\n"}.Image().Data())
	f.Add(dmptest.DumpStack{Lines: slices.Concat(opened, small, written)}.Image().Data())
	f.Add([]byte("DLOGFILE00010000DUMP"))
	f.Fuzz(func(t *testing.T, data []byte) {
		l, err := read(data)
		if err != nil {
			if l != nil {
				t.Fatalf("%+v and %v", l, err)
			}
			return
		}
		if len(l.Lines) > len(data) || len(l.Callbacks) > len(l.Lines) || len(l.Progress) > len(l.Lines) || l.Unknown > len(l.Lines) {
			t.Fatalf("%+v", l)
		}
		where := l.In + l.Writing + l.Part
		if where != "" && (l.Completed || l.Ending != dumpstack.Closed && l.Ending != dumpstack.Unclosed) {
			t.Fatalf("it ends in %q: %+v", where, l)
		}
		if l.Percent != nil && (*l.Percent < 0 || *l.Percent > 100) || l.Elapsed < 0 || l.Type < 0 {
			t.Fatalf("%+v", l)
		}
		if headers, memory, ok := l.Split(); ok && headers+memory+*l.Secondary != *l.Total {
			t.Fatalf("%d + %d + %d of %d", headers, memory, *l.Secondary, *l.Total)
		}
	})
}
