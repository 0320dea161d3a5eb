package dmpfile_test

import (
	"bytes"
	"testing"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/dmptest"
)

// TestCPUID has a leaf of both samples, an MSR, a leaf of the earlier sample alone, and the begin of a record.
func TestCPUID(t *testing.T) {
	var m dmptest.Image
	m.PutU32(0, 0, 1, 0x11, 0x12, 0x13, 0x14, 0x21, 0x22, 0x23, 0x24)
	m.PutU32(40, 1, 0x8B, 1, 2, 3, 4, 5, 6, 7, 8)
	m.PutU32(80, 0, 7, 1, 1, 1, 1, 0, 0, 0, 0)
	m.PutU32(120, 0, 2)
	triage := &dmptest.Triage{Header: dmptest.Header{Machine: dmptest.AMD64, Build: 19041}}
	image := append(triage.Image().Data(), dmptest.Secondary(19041, dmptest.Blob{Tag: "d03dc06f-d88e-44c5-ba2a-fae035172d19", Data: m.Data()})...)
	f, err := dmpfile.NewFile(bytes.NewReader(image), int64(len(image)))
	if err != nil {
		t.Fatal(err)
	}
	expect(t, "leaves", f.CPUID(), []dmpfile.CPUIDLeaf{{Leaf: 1, EAX: 0x21, EBX: 0x22, ECX: 0x23, EDX: 0x24}})
}
