package nt_test

import (
	"testing"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/dmptest"
	"github.com/dmplens/dmplens/dmpfile/nt"
)

// eprocess is the start of a process object, with its number and name at the offsets of a build.
func eprocess(id, image int) patch {
	return all(image+15, u8(0, 3), u64(id, 0x7D4), func(m *dmptest.Image) { m.PutASCII(image, "example.exe\x00") })
}

// processes returns what reads a process object out of a triage dump of a build, whose header says that it is of another one.
func processes(t testing.TB, b *dmptest.Build, number uint32) func(nt.Memory, dmpfile.VirtAddr) (nt.Process, error) {
	return func(m nt.Memory, a dmpfile.VirtAddr) (nt.Process, error) {
		t.Helper()
		f := open(t, dmptest.Triage{
			Header: dmptest.Header{Machine: b.Machine, Build: number},
			KDBG:   &dmptest.KDBG{Build: b, KernBase: 0x82843000},
			Blocks: []dmptest.Block{{VA: base, Data: m.(memory)[base]}},
		}.Image().Data())
		k, err := nt.ReadKernel(f, nt.Budget{})
		if err != nil {
			t.Fatal(err)
		}
		return k.ProcessAt(a)
	}
}

func TestProcessAt(t *testing.T) {
	found := nt.Process{Name: "example.exe", ID: 0x7D4}
	ascii := func(s string) patch { return func(m *dmptest.Image) { m.PutASCII(0x5A8, s) } }
	b := dmptest.Build19041
	looks(t, eprocess(0x440, 0x5A8), processes(t, b, 19041), []look[nt.Process]{
		{name: "process", want: found},
		{name: "longest name", patch: ascii("123456789012345"), want: nt.Process{Name: "123456789012345", ID: 0x7D4}},
		{name: "largest number", patch: u64(0x440, 0xFFFFFFFC), want: nt.Process{Name: "example.exe", ID: 0xFFFFFFFC}},
		{name: "dispatcher type of a thread", patch: u8(0, 6), err: notThere},
		{name: "control character in the name", patch: ascii("a\x01b"), err: notThere},
		{name: "no name", patch: ascii("\x00"), err: notThere},
		{name: "odd number", patch: u64(0x440, 0x7D5), err: notThere},
		{name: "number of 2^32", patch: u64(0x440, 1<<32), err: notThere},
		{name: "number not in the dump", have: 0x440, err: hole(0x440)},
		{name: "name cut", have: 0x5A8 + 14, err: hole(0x5A8 + 14)},
	})
	looks(t, eprocess(0x440, 0x5A8), func(m nt.Memory, _ dmpfile.VirtAddr) (nt.Process, error) {
		return processes(t, b, 19041)(m, base-0x1000)
	}, []look[nt.Process]{{name: "elsewhere", err: hole(-0x1000)}})
	unknown := *b
	unknown.Process.Size += 8
	for _, c := range []struct {
		name      string
		build     *dmptest.Build
		number    uint32
		id, image int
		err       string
	}{
		{"build 19045", b, 19045, 0x440, 0x5A8, ""},
		{"build 9600", dmptest.Build9600, 9600, 0x2E0, 0x438, ""},
		{"build 26100", dmptest.Build26100, 26100, 0x1D0, 0x338, ""},
		{"build 22000 on ARM64", dmptest.Build22000ARM64, 22000, 0x3F8, 0x560, ""},
		{"unknown build", b, 22631, 0x440, 0x5A8, refused},
		{"another size of EPROCESS", &unknown, 19041, 0x440, 0x5A8, refused},
		{"32-bit", dmptest.Build7601X86, 7601, 0xB4, 0x16C, refused},
	} {
		want := found
		if c.err != "" {
			want = nt.Process{}
		}
		looks(t, eprocess(c.id, c.image), processes(t, c.build, c.number), []look[nt.Process]{{name: c.name, want: want, err: c.err}})
	}
}
