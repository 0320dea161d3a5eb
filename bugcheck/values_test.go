package bugcheck

import (
	"fmt"
	"strings"
	"testing"
)

// says returns what is said of parameter n.
func says(s System, code uint32, n int, params [4]uint64) string {
	p := DecodeOn(s, code, params).Parameters[n-1]
	return strings.Trim(fmt.Sprintf("%s: %s", p.Type, p.Meaning), ": ")
}

// TestValues reads values that are easily taken for something else.
func TestValues(t *testing.T) {
	const (
		av       = 0xffffffffc0000005
		minus1   = 1<<64 - 1
		notTold  = "enum: not told: of a general protection fault the processor tells neither address nor kind"
		noAddr   = "address: -1: no address, where the access is not told"
		code     = 0xfffff80012345678
		notValid = "not-valid"
	)
	amd64, x86, arm64, any := System{"amd64", 26100}, System{"x86", 7601}, System{"arm64", 26100}, System{}
	tests := []struct {
		system System
		code   uint32
		params [4]uint64
		n      int
		want   string
	}{
		// a general protection fault
		{amd64, 0x1E, [4]uint64{av, code, 0, minus1}, 3, notTold},
		{amd64, 0x1E, [4]uint64{av, code, 0, minus1}, 4, noAddr},
		{any, 0x1E, [4]uint64{av, code, 0, minus1}, 3, notTold},
		{x86, 0x1E, [4]uint64{0xc0000005, code, 0, 0xffffffff}, 3, notTold},
		{amd64, 0x1E, [4]uint64{av, code, 0, 0xffffffff}, 3, "access: read"},
		{amd64, 0x1E, [4]uint64{av, code, 1, minus1}, 3, "enum: write"},
		{arm64, 0x1E, [4]uint64{av, code, 0, minus1}, 3, "access: read"},
		{arm64, 0x1E, [4]uint64{av, code, 0, minus1}, 4, "address: the last byte of memory"},
		{amd64, 0x1E, [4]uint64{av, code, 1, 0x18}, 4, "address: probably a null pointer"},
		{amd64, 0x1E, [4]uint64{0xc0000006, code, 0, minus1}, 3, "access: read"},

		// words that an exception does not have
		{amd64, 0x1E, [4]uint64{0xffffffffc0000096, code, 0, minus1}, 3, notValid},
		{amd64, 0x1E, [4]uint64{0xc000001d, code, 7, 8}, 4, notValid},
		{amd64, 0x1E, [4]uint64{0xc000001d, code, 7, 8}, 1, "ntstatus: STATUS_ILLEGAL_INSTRUCTION"},
		{amd64, 0, [4]uint64{1}, 1, ""}, // no bug check, no parameters
		{amd64, 0x1E, [4]uint64{0xffffffff80000003, code, 0, 8}, 3, "value"},
		{amd64, 0x1E, [4]uint64{0xffffffff80000003, code, 0, 8}, 4, notValid},
		{amd64, 0x1E, [4]uint64{0xe06d7363, code, 1, 2}, 3, "value"},
		{amd64, 0x1E, [4]uint64{}, 1, "ntstatus: none: no exception has this code"},
		{amd64, 0x1E, [4]uint64{}, 2, "code-address: null"},
		{amd64, 0x1E, [4]uint64{}, 3, "value"},

		// reserved, undocumented
		{amd64, 0x3B, [4]uint64{av, code, 8, 0}, 4, "reserved"},
		{amd64, 0x7F, [4]uint64{8, 1, 2, 3}, 4, "undocumented"},
		{amd64, 0x65, [4]uint64{1}, 1, "undocumented"},
		{any, 0x50, [4]uint64{1, 2, 3, 4}, 4, ""}, // it depends on the build

		// interrupts, null pointers
		{amd64, 0xD1, [4]uint64{0x28, 0xff, 0, code}, 2, "irql: interrupts were disabled"},
		{amd64, 0xA, [4]uint64{0x28, 0xff, 0, code}, 2, "irql: interrupts were disabled"},
		{amd64, 0xD1, [4]uint64{0x28, 2, 0, code}, 1, "address: probably a null pointer"},
		{amd64, 0xD1, [4]uint64{0x1000, 2, 0, code}, 1, "address"},

		// counts below zero
		{amd64, 0x20, [4]uint64{0, 0xffff, 0, 1}, 2, "signed: -1 decimal"},
		{amd64, 0x20, [4]uint64{0, 0xffffffff, 0, 1}, 2, "signed: -1 decimal"},
		{amd64, 0x20, [4]uint64{0, 0xfffffffffffffffe, 0, 1}, 2, "signed: -2 decimal"},
		{amd64, 0x20, [4]uint64{0, 0, 0, 1}, 2, "signed"},
		{amd64, 0x20, [4]uint64{0, 1, 0, 1}, 4, "reserved"},
		{amd64, 0x1, [4]uint64{code, 0, 0xffff, 0}, 3, "signed-halves: special 0, normal -1"},
		{amd64, 0x1, [4]uint64{code, 0, 0xfffe0000, 0}, 3, "signed-halves: special -2, normal 0"},
		{amd64, 0xC4, [4]uint64{0xC5, code, 0xfffe, 0xffff}, 3, "signed: -2 decimal"},
		{amd64, 0xC7, [4]uint64{4, code, 0, 0xffff}, 4, "signed: -1 decimal"},
		{amd64, 0x10E, [4]uint64{0xb, 0xffffffffc000000d}, 2, "undocumented: if it is a status: STATUS_INVALID_PARAMETER"},
		{amd64, 0x10E, [4]uint64{0xb, 0xc000000d}, 2, "undocumented"},
		{amd64, 0x1A, [4]uint64{0x515e4, 8, av}, 3, "undocumented: if it is a status: STATUS_ACCESS_VIOLATION"},

		// the rest
		{amd64, 0x11D, [4]uint64{1}, 1, "enum: security could not be initialized"},
		{amd64, 0x11D, [4]uint64{8, 0x20}, 2, "id: 32 decimal"},
		{amd64, 0x11D, [4]uint64{9, 8}, 1, "enum: the reference count of a GUID entry does not fit its state"},
		{amd64, 0x11D, [4]uint64{10}, 1, "enum: undocumented value"},
		{amd64, 0x153, [4]uint64{8, 8, 1, 0xffffc7883a0f6f70}, 4, "address"},
		{amd64, 0x153, [4]uint64{8, 8, 4, 0}, 4, "reserved"},
		{amd64, 0x162, [4]uint64{8, 8, 0xffffffff, 0}, 3, "id: none: a thread of the system, in no session"},
		{amd64, 0x162, [4]uint64{8, 8, 1, 0}, 3, "id"},
		{System{"amd64", 9600}, 0x50, [4]uint64{8, 1}, 2, "enum: write"},
		{amd64, 0x50, [4]uint64{8, 2}, 2, "flags: write"},
	}
	for _, tt := range tests {
		if got := says(tt.system, tt.code, tt.n, tt.params); got != tt.want {
			t.Errorf("parameter %d of %#x %x on %+v is %q, want %q", tt.n, tt.code, tt.params, tt.system, got, tt.want)
		}
	}
}

// A summary says what the code means. What happened is for the facts to say.
func TestSummaries(t *testing.T) {
	for _, c := range Codes() {
		for _, word := range []string{"most likely", "almost certainly", "mostly because", "mostly made by"} {
			if strings.Contains(c.Summary, word) {
				t.Errorf("%s: %s", c.Name, c.Summary)
			}
		}
	}
	for code, not := range map[uint32]string{0xF7: "wrote past", 0xBE: "A driver", 0x7A: "page file", 0x50: "NTFS"} {
		c, _ := Lookup(code)
		if strings.Contains(c.Summary+c.FirstLook(), not) {
			t.Errorf("%s: %s %s", c.Name, c.Summary, c.FirstLook())
		}
	}
	if c, _ := Lookup(0x65); !strings.Contains(c.Summary, "by its name") {
		t.Errorf("%s: %s", c.Name, c.Summary)
	}
}
