package dmpfile_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/dmptest"
)

// damaged returns each sample whole, cut at several places, and with fields set to the greatest and to odd values.
func damaged() [][]byte {
	var seeds [][]byte
	for _, s := range dmptest.Samples() {
		seeds = append(seeds, s.Data)
		for _, cut := range []int{7, 0x40, 0xF9C, 0x1000, 0x1040, 0x2000, 0x2038, 0x2060, len(s.Data) / 2, len(s.Data) - 1} {
			if cut < len(s.Data) {
				seeds = append(seeds, s.Data[:cut])
			}
		}
		for _, sub := range []int{0x1000, 0x2000} {
			for _, off := range []int{4, 0x10, 0x18, 0x20, 0x28, 0x30, 0x38, 0x60, 0x78} {
				for _, v := range []uint64{1<<64 - 1, 0x0000FFFF00000001} {
					m := dmptest.Load(s.Data)
					m.PutU64(sub+off, v)
					seeds = append(seeds, m.Data())
				}
			}
		}
	}
	return seeds
}

func FuzzNewFile(f *testing.F) {
	for _, seed := range damaged() {
		f.Add(seed)
	}
	for _, k := range otherKinds {
		if len(k.data) <= 0x20000 {
			f.Add(k.data)
		}
	}
	f.Add([]byte("<!-- \xff\xfe"))
	f.Add(withSections(dmptest.Header{}, []dmptest.Block{memory(1<<63, "abc")}, dmptest.AddedMemory{Name: "b", Blocks: []dmptest.Block{memory(1<<63+2, "cdef")}}))
	f.Add([]byte("\xff\xfea\x00\x00\xd8"))
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := dmpfile.NewFile(bytes.NewReader(data), int64(len(data)))
		if isDump := bytes.HasPrefix(data, []byte("PAGEDU64")) || bytes.HasPrefix(data, []byte("PAGEDUMP")); isDump != (err == nil) {
			t.Fatalf("NewFile: %v", err)
		}
		if err != nil {
			var not *dmpfile.NotDumpError
			if !errors.As(err, &not) || not.Message == "" || not.Next == "" || (not.What != "") != (not.Format == dmpfile.NotADump) {
				t.Fatalf("NewFile: %#v", err)
			}
			return
		}
		present(d.Header)
		checkRegions(t, d)
		checkSecondary(t, d)
		checkTriage(t, d)
		checkMap(t, d)
	})
}

// checkMap adds up a page map.
func checkMap(t *testing.T, d *dmpfile.File) {
	m, err := d.PageMap(4096)
	counts, err2 := d.PageCounts()
	if (err == nil) != (err2 == nil) || len(m.Present) > 4096 {
		t.Fatalf("a map of %d cells: %v, %v", len(m.Present), err, err2)
	}
	sum := uint64(0)
	for i, n := range m.Present {
		if m.Missing != nil {
			n += m.Missing[i]
		}
		if n > m.PerCell {
			t.Fatalf("%d pages in a cell of %d", n, m.PerCell)
		}
		sum += n
	}
	if err == nil && sum > min(counts.Declared, counts.Listed) {
		t.Fatalf("the map has %d pages, %+v", sum, counts)
	}
}

func checkRegions(t *testing.T, d *dmpfile.File) {
	r := d.Regions
	if r.Total != d.Size() || min(r.Header, r.Primary, r.Secondary, r.Missing, r.Declared) < 0 || r.MissingPages > r.Pages {
		t.Fatalf("regions %+v", r)
	}
	if r.Known && r.Header+r.Primary+r.Secondary != r.Total {
		t.Fatalf("the regions do not add up: %+v", r)
	}
	truncated := false
	for _, x := range d.Findings() {
		if problems[x.Problem] == "" || x.Message == "" || x.Offset < 0 {
			t.Fatalf("finding %+v", x)
		}
		truncated = truncated || x.Problem == dmpfile.Truncated
	}
	if truncated != (r.Missing > 0) {
		t.Fatalf("truncated: %v, missing: %d", truncated, r.Missing)
	}
	if r.LastWholePage != nil && (r.Missing == 0 || r.Primary < dmpfile.PageSize) {
		t.Fatalf("page frame %#x is the last whole one: %+v", *r.LastWholePage, r)
	}
	for _, i := range []uint64{0, 1, r.Pages - 1, r.Pages, 1<<64 - 1} {
		if _, ok, err := d.StoredPage(i); err != nil || ok && i >= r.Pages && r.Known {
			t.Fatalf("there is a page %d of %d, %v", i, r.Pages, err)
		}
	}
}

func checkSecondary(t *testing.T, d *dmpfile.File) {
	s := d.Secondary()
	end := d.Regions.PrimaryEnd()
	for i, x := range s.Streams {
		if x.Index != i || x.Offset < end || x.Size < 0 || x.Offset+x.Size > d.Size() {
			t.Fatalf("stream %+v; primary data ends at %#x, the file at %#x", x, end, d.Size())
		}
		end = x.Offset + x.Size
		b := make([]byte, min(x.Size, 1<<16))
		if n, err := d.ReadAt(b, x.Offset); len(b) > 0 && (err != nil || n != len(b)) {
			t.Fatalf("stream %+v: %d bytes, %v", x, n, err)
		}
	}
	if s.Used < 0 || s.Used > d.Regions.Secondary {
		t.Fatalf("%d of %d bytes of secondary data are used", s.Used, d.Regions.Secondary)
	}
	d.Hardware()
}

// checkModuleList asks for the modules one by one, the last one first.
func checkModuleList(t *testing.T, triage *dmpfile.Triage, modules []dmpfile.Module, err error) {
	t.Helper()
	list, listErr := triage.ModuleList()
	if list.Len() != len(modules) || fmt.Sprint(listErr) != fmt.Sprint(err) {
		t.Fatalf("a list of %d modules, %v; there are %d, %v", list.Len(), listErr, len(modules), err)
	}
	for i := list.Len() - 1; i >= 0; i-- {
		m := list.At(i)
		if m != modules[i] {
			t.Fatalf("module %d is %+v, of all it is %+v", i, m, modules[i])
		}
		if i > 100 && i%64 != 0 { // each look-up goes through all
			continue
		}
		last := m.Base + dmpfile.VirtAddr(m.Size) - 1
		want := slices.IndexFunc(modules, func(m dmpfile.Module) bool { return m.Contains(last) })
		if got := list.Find(last); got != want {
			t.Fatalf("the last byte of module %d is found in module %d, want %d", i, got, want)
		}
	}
}

// checkCached compares what a File has in memory with what the file has.
func checkCached(t *testing.T, d *dmpfile.File) {
	t.Helper()
	h := &d.Triage.TriageHeader
	for _, off := range []uint32{0, 0x1FF0, h.DriverListOffset, h.StringPoolOffset, h.DataBlocksOffset, h.DebuggerDataOffset, h.UnloadedDriversOffset, 0x2000 + 256<<10 - 32} {
		for _, n := range []int{0, 1, 64, 5000} {
			cached, plain := make([]byte, n), make([]byte, n)
			got, err := d.ReadCached(cached, int64(off))
			want, plainErr := d.ReadAt(plain, int64(off))
			if n > 0 && (got != want || err != plainErr) || !bytes.Equal(cached, plain) {
				t.Fatalf("%d bytes at %#x: %d from memory, %v; %d from the file, %v", n, off, got, err, want, plainErr)
			}
			if b, err := d.Triage.Section("the part", off, n); err == nil && !bytes.Equal(b, plain) {
				t.Fatalf("the section of %d bytes at %#x is not what the file has", n, off)
			}
		}
	}
}

func checkTriage(t *testing.T, d *dmpfile.File) {
	if d.Triage == nil {
		return
	}
	modules, err := d.Triage.Modules()
	unloaded, _ := d.Triage.UnloadedModules()
	checkModuleList(t, d.Triage, modules, err)
	checkCached(t, d)
	if uint32(len(modules)) > d.Triage.DriverCount || len(unloaded) > 50 {
		t.Fatalf("%d modules, %d unloaded", len(modules), len(unloaded))
	}
	d.Triage.DebuggerData()
	addresses := []dmpfile.VirtAddr{0, 1<<64 - 1, d.Triage.TopOfStack, d.Triage.DataPageAddress}
	for i, b := range d.Triage.Blocks() {
		if b.Offset <= 0 || b.Size == 0 || b.Offset+int64(b.Size) > d.Size() {
			t.Fatalf("block %+v of a file of %#x bytes", b, d.Size())
		}
		if i < 100 {
			addresses = append(addresses, b.Address, b.Address+dmpfile.VirtAddr(b.Size)-1)
		}
	}
	for _, a := range addresses {
		for _, size := range []int{0, 1, 5000} {
			n, err := d.Triage.ReadVirtual(make([]byte, size), a)
			if n < 0 || n > size || (err == nil) != (n == size) {
				t.Fatalf("ReadVirtual(%d bytes, %#x) = %d, %v", size, a, n, err)
			}
			var hole *dmpfile.NotInDumpError
			if err != nil && (!errors.As(err, &hole) || hole.Address != a+dmpfile.VirtAddr(n)) {
				t.Fatalf("ReadVirtual(%d bytes, %#x) = %d, %v", size, a, n, err)
			}
		}
	}
}

func FuzzReadMinidump(f *testing.F) {
	whole := sample(f, "user-minidump.dmp").Data()
	for _, cut := range []int{0, 8, 0x20, 0x30, mdInfo + 8, mdModules + 4, mdException + 0x20, len(whole) - 1, len(whole)} {
		f.Add(whole[:cut])
	}
	for off := 8; off < mdException+0x30; off += 4 {
		m := dmptest.Load(whole)
		m.PutU32(off, 1<<32-1)
		f.Add(m.Data())
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := dmpfile.ReadMinidump(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			t.Fatal(err)
		}
		if m.Exception != nil && len(m.Exception.Information) > 15 || len(m.MainModule.Path) > len(data)*3 {
			t.Fatalf("minidump %+v", m)
		}
	})
}

func FuzzDecodeSMBIOS(f *testing.F) {
	whole := contoso.Blob().Data
	for cut := 0; cut <= len(whole); cut += 5 {
		f.Add(whole[:cut])
	}
	f.Add(dmptest.SMBIOS{}.Blob().Data)
	f.Add(tables("\x00\x04\x00\x00\x00\x00", "\x04\x11\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01a\x00\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		h := dmpfile.DecodeSMBIOS(data)
		for _, s := range []string{h.Manufacturer, h.Model, h.BoardManufacturer, h.BoardProduct, h.BIOSVendor, h.BIOSVersion, h.BIOSDate, h.Processor} {
			if !bytes.Contains(data, []byte(s)) {
				t.Fatalf("%q is not in the tables", s)
			}
		}
	})
}

func FuzzParseContext(f *testing.F) {
	for _, c := range contexts {
		whole := dmptest.Context{IP: 1, SP: 2}.Bytes(c.machine)
		for _, cut := range []int{0, 4, c.size - 1, c.size, len(whole)} {
			f.Add(whole[:cut], uint32(c.machine))
		}
		f.Add(dmptest.NewImage(len(whole)).Data(), uint32(c.machine))
	}
	f.Fuzz(func(t *testing.T, data []byte, machine uint32) {
		m := dmpfile.Machine(machine)
		c, ok := dmpfile.ParseContext(data, m)
		if !ok {
			for name := range c.Registers() {
				t.Fatalf("a register %s of no context: %+v", name, c)
			}
			return
		}
		flags := data
		if m == dmpfile.MachineAMD64 {
			flags = data[0x30:]
		}
		if size := dmpfile.ContextSize(m); size == 0 || len(data) < size || c.Machine != m || c.Flags != binary.LittleEndian.Uint32(flags) || c.Flags&1 == 0 {
			t.Fatalf("context %+v of %d bytes", c, len(data))
		}
	})
}
