package insn_test

import (
	"testing"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/unwind/insn"
)

func seeds(f *testing.F) {
	for _, s := range []string{"4883c428 c3", "740a 488b5c2440 4883c428 c3", "0f78 4c2408", "f3480f1ec8", "c5f877", "f3a4", "cccccc", "c4e26d900c81", "6666666666666666666666666666666666"} {
		f.Add(code(f, s), uint8(0))
	}
}

func FuzzFollowReturn(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, b []byte, at uint8) {
		m, ip := pieces{base: b}, base+dmpfile.VirtAddr(at)
		r, ok := insn.FollowReturn(m, ip)
		if !ok && (r.Size != 0 || r.Saved != nil) || ok && (r.Size < 0x28 || r.Size%16 != 8) {
			t.Errorf("%+v, %v", r, ok)
		}
		for _, s := range r.Saved {
			if s.Offset < 0 {
				t.Errorf("%v is restored from below the stack", s)
			}
		}
		var known insn.Registers
		known.Set(insn.RSP, uint64(base))
		known.Set(insn.RBP, uint64(base)+0x40)
		if r, ok := insn.FollowCode(m, ip, known); ok {
			r.Caller(m, base, known)
		}
	})
}

func FuzzBoundary(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, b []byte, at uint8) {
		m, a := pieces{base: b}, base+dmpfile.VirtAddr(at)
		if meet, miss := insn.Boundary(m, a); meet < 0 || miss < 0 || meet+miss > 170 {
			t.Errorf("%d meet it, %d do not", meet, miss)
		}
		insn.IsPadding(m, a)
	})
}

func FuzzJudge(f *testing.F) {
	for _, s := range []string{"488b4108", "f3a4", "0f30", "f30fb8d8", "c5f877", "c4e26d900c81", "0f78 4c2408", "62f17c48284101", "660f38f801"} {
		f.Add(code(f, s), uint8(0), uint32(insn.StatusAccessViolation), uint64(0x29), uint16(0xFFFF), uint64(0x2000))
	}
	f.Fuzz(func(t *testing.T, b []byte, at uint8, status uint32, address uint64, known uint16, value uint64) {
		fault := insn.Fault{IP: base + dmpfile.VirtAddr(at), Code: status, Address: address, HasAddress: address != 0, Access: insn.Access(at & 3),
			CPUID: []dmpfile.CPUIDLeaf{{Leaf: 1, ECX: uint32(value)}}}
		for r := insn.RAX; r <= insn.R15; r++ {
			if known>>r&1 != 0 {
				fault.Registers.Set(r, value<<r)
			}
		}
		s := insn.Judge(pieces{base: b}, fault)
		if s.Verdict == insn.NotOnThisProcessor && s.Feature.Name == "" || len(s.Bytes) > 15 {
			t.Errorf("%+v", s)
		}
	})
}
