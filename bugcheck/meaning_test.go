package bugcheck

import (
	"math"
	"strings"
	"testing"
)

// TestMeaning reads values as parameter 1 of a code.
func TestMeaning(t *testing.T) {
	const enums = `
enum level
  = 0 | low
  when x86
    = 3-26 | device
    = 31 | high
  when amd64 arm64
    = 3-11 | device
    = 15 | high
enum fault
  = 0 | read
  = 1 | read of a page
  & 1 | page
  & 2 | write
  when amd64
    & 0x10 | execute
enum open
  = 1 | one
  = other | more
`
	const (
		order = "p1 value | V\n = 16 | exact\n = 0x10-0x20, 1000 | range\n = text | spelt\n = other | rest"
		cond  = "p1 | V\n = 1 | one\n = 2-4 | few\n = other | many\n when x86\n  = 1-2 | x86\n when build 100-\n  = 3 | new\n  = text | new text"
		bits  = "p1 flags | F\n = 0x80 | only the sign\n & 1 | one\n & 6 | both\n & 2 | two\n & 0x8000000000000000 | top"
		rest  = "p1 flags | F\n & 1 | one\n & 2 | two\n = other | rest"
		sys   = "p1 flags | F\n & 1 | one\n & 2 | two\n when amd64\n  & 1 | AMD64\n when arm64\n  & 4 | four"
		on    = "p1 flags | F\n when amd64\n  & 1 | AMD64"
		stat  = "p1 ntstatus\n = 0xC0000005 | ours\n = 0-0xF | small\n = other | rest"
		plain = "p1 ntstatus"
	)
	var (
		nothing = System{}
		x86     = System{"x86", 99}
		amd64   = System{"amd64", 100}
	)
	const undocumented = "undocumented value"
	tests := []struct {
		data   string // of the parameter
		system System
		value  uint64
		want   string
	}{
		// which of several
		{order, nothing, 16, "exact"},
		{order, nothing, 17, "range"},
		{order, nothing, 0x20, "range"},
		{order, nothing, 1000, "range"},
		{order, nothing, 0x4e4f4f4d, "spelt"},
		{order, nothing, 0x21, "rest"},
		{order, nothing, 0, "rest"},

		// conditions
		{cond, nothing, 0, "many"},
		{cond, nothing, 1, "one"},
		{cond, nothing, 4, "few"},
		{cond, x86, 1, "x86"},
		{cond, x86, 2, "x86"},
		{cond, x86, 3, "few"},
		{cond, x86, 0x4e4f4f4d, "many"},
		{cond, amd64, 1, "one"},
		{cond, amd64, 2, "few"},
		{cond, amd64, 3, "new"},
		{cond, amd64, 0x4e4f4f4d, "new text"},

		// enumerations
		{"p1 enum\n = 1 | one", nothing, 1, "one"},
		{"p1 enum\n = 1 | one", nothing, 2, undocumented},
		{"p1 enum\n = 1 | one", nothing, 0x4e4f4f4d, undocumented},
		{"p1 | V\n = 1 | one", nothing, 2, undocumented},
		{"p1 | V", nothing, 2, ""},
		{"p1 level", nothing, 0, "low"},
		{"p1 level", nothing, 3, ""}, // there may be a name
		{"p1 level", nothing, 2, undocumented},
		{"p1 level", nothing, 40, undocumented},
		{"p1 level", x86, 26, "device"},
		{"p1 level", x86, 15, "device"},
		{"p1 level", x86, 31, "high"},
		{"p1 level", x86, 0, "low"},
		{"p1 level", amd64, 12, undocumented},
		{"p1 level", amd64, 15, "high"},
		{"p1 level", amd64, 31, undocumented},
		{"p1 level", System{"arm", 1}, 15, undocumented},
		{"p1 level\n = 0, 255 | unknown", amd64, 255, "unknown"},
		{"p1 level\n = 0, 255 | unknown", amd64, 0, "unknown"},
		{"p1 level\n = other | odd", amd64, 15, "high"},
		{"p1 level\n = other | odd", amd64, 12, "odd"},
		{"p1 open", nothing, 1, "one"},
		{"p1 open", nothing, 2, "more"},
		{"p1 open\n = 2 | two", nothing, 2, "two"},
		{"p1 open\n = other | many", nothing, 2, "many"},

		// flags
		{bits, nothing, 0, "none"},
		{bits, nothing, 1, "one"},
		{bits, nothing, 2, "two"},
		{bits, nothing, 4, "0x4 (undocumented)"},
		{bits, nothing, 6, "both"},
		{bits, nothing, 7, "one, both"},
		{bits, nothing, 0x80, "only the sign"},
		{bits, nothing, 0x81, "one, 0x80 (undocumented)"},
		{bits, nothing, 0x8000000000000063, "one, two, top, 0x60 (undocumented)"},
		{rest, nothing, 0, "rest"},
		{rest, nothing, 4, "rest"},
		{rest, nothing, 5, "one, 0x4 (undocumented)"},
		{"p1 flags", nothing, 5, ""},
		{sys, amd64, 3, "two, AMD64"},
		{sys, x86, 3, "one, two"},
		{sys, x86, 4, "0x4 (undocumented)"},
		{sys, nothing, 7, "one, two, 0x4"},
		{on, amd64, 3, "AMD64, 0x2 (undocumented)"},
		{on, nothing, 3, ""},
		{"p1 fault", amd64, 0, "read"},
		{"p1 fault", amd64, 1, "read of a page"},
		{"p1 fault", amd64, 3, "page, write"},
		{"p1 fault", amd64, 0x11, "page, execute"},
		{"p1 fault", x86, 0x10, "0x10 (undocumented)"},
		{"p1 fault", nothing, 0x12, "write, 0x10"},

		// statuses
		{plain, nothing, 0xc0000005, "STATUS_ACCESS_VIOLATION"},
		{plain, nothing, 0xffffffffc0000005, "STATUS_ACCESS_VIOLATION"},
		{plain, nothing, 0x00000001c0000005, ""},
		{plain, nothing, 0xffffffff40000005, ""}, // not an extended sign
		{plain, nothing, 0xc0001234, ""},         // nobody's status
		{stat, nothing, 0xc0000005, "ours"},
		{stat, nothing, 0xffffffffc0000005, "ours"},
		{stat, nothing, 0x1c0000005, "rest"},
		{stat, nothing, 0xfffffffec0000005, "rest"},
		{stat, nothing, 0xc0000006, "STATUS_IN_PAGE_ERROR"},
		{stat, nothing, 3, "small"},
		{stat, nothing, 0xc0001234, "rest"},
		{"p1 value", nothing, 0xc0000005, ""}, // never by value alone

		// addresses
		{"p1 address", nothing, 0, "null"},
		{"p1 code-address", nothing, 0, "null"},
		{"p1 process", nothing, 0, "null"},
		{"p1 thread", nothing, 0, "null"},
		{"p1 irp", nothing, 0, "null"},
		{"p1 device-object", nothing, 0, "null"},
		{"p1 driver-object", nothing, 0, "null"},
		{"p1 exception-record", nothing, 0, "null"},
		{"p1 context-record", nothing, 0, "null"},
		{"p1 trap-frame", nothing, 0, "null"},
		{"p1 whea-record", nothing, 0, "null"},
		{"p1 whea-record", nothing, 0xfffff80012345678, ""},
		{"p1 address\n = 0 | not known", nothing, 0, "not known"},
		{"p1 address\n = 0 | not known", nothing, 1, ""},
		{"p1 address\n = other | any", nothing, 0, "any"},
		{"p1 ntstatus", nothing, 0, "STATUS_SUCCESS"},
		{"p1 value", nothing, 0, ""},
		{"p1 reserved", nothing, 0, ""},
		{"p1 reserved", nothing, 100, ""},

		// numbers
		{"p1 count", nothing, 9, ""},
		{"p1 count", nothing, 10, "10 decimal"},
		{"p1 count", nothing, 1234567, "1,234,567 decimal"},
		{"p1 count", nothing, math.MaxInt64, "9,223,372,036,854,775,807 decimal"},
		{"p1 count", nothing, math.MaxInt64 + 1, ""},
		{"p1 id", nothing, 9, ""},
		{"p1 id", nothing, 4660, "4660 decimal"},
		{"p1 value", nothing, 29, ""},
		{"p1 value", nothing, math.MaxUint32, ""},
		{"p1 value", nothing, math.MaxUint32 + 1, ""},
		{"p1 count\n = 0 | no limit", nothing, 0, "no limit"},
		{"p1 count\n = 0 | no limit", nothing, 1000, "1,000 decimal"},

		// durations
		{"p1 time-ns", nothing, 999, "999 ns"},
		{"p1 time-us", nothing, 1000, "1,000 us"},
		{"p1 time-ms", nothing, 1234, "1,234 ms"},
		{"p1 time-s", nothing, 30, "30 s"},
		{"p1 time-s", nothing, 0, "0 s"},
		{"p1 time-s", nothing, math.MaxUint64, ""},
		{"p1 time-s\n = 0xffffffffffffffff | for ever", nothing, math.MaxUint64, "for ever"},
		{"p1 time-ticks", nothing, 1, "1 tick"},
		{"p1 time-ticks", nothing, 500, "500 ticks"},
		{"p1 time-100ns", nothing, 300_000_000, "30 s"},
		{"p1 time-100ns", nothing, 15_000_000, "1,500 ms"},
		{"p1 time-100ns", nothing, 10, "1 us"},
		{"p1 time-100ns", nothing, 15, "1,500 ns"},
		{"p1 time-100ns", nothing, 0, "0 s"},
		{"p1 time-100ns", nothing, math.MaxInt64, ""},

		// the rest
		{"p1 pool-tag", nothing, 0x206d6f4e, `"Nom "`},
		{"p1 pool-tag", nothing, 0x6d6f4e, ""},
		{"p1 pool-tag", nothing, 0x80746f4e, ""},
		{"p1 pool-tag", nothing, 0x7f746f4e, ""},
		{"p1 pool-tag", nothing, 0x1206d6f4e, ""},
		{"p1 pool-tag\n = 0x206d6f4e | ours", nothing, 0x206d6f4e, "ours"},
		{"p1 file-line", nothing, 0x00120159, "file 0x12, line 345"},
		{"p1 file-line", nothing, 0xffffffff80120159, "file 0x8012, line 345"},
		{"p1 file-line", nothing, 0x100120159, ""},
		{"p1 file-line", nothing, 0, ""},
		{"p1 text", nothing, 0x4e4f4f4d, ""},
		{"p1 enum\n when x86\n  = 1 | one", amd64, 1, undocumented},
	}
	for _, tt := range tests {
		parsed := mustParse(t, enums+"0x1 CODE\n "+strings.ReplaceAll(tt.data, "\n", "\n ")+"\n")
		got := parsed.decodeAll(tt.system, 1, [4]uint64{tt.value}).Parameters[0]
		if got.Meaning != tt.want {
			t.Errorf("%s\n%#x on %+v means %q, want %q", tt.data, tt.value, tt.system, got.Meaning, tt.want)
		}
	}
}

func TestIsEnumeration(t *testing.T) {
	for typ, want := range map[Type]bool{TypeEnum: true, "trap": true, "fast-fail": true, "": false, TypeNTStatus: false, TypeFlags: false, TypeAddress: false} {
		if typ.IsEnumeration() != want {
			t.Errorf("%q: %v", typ, !want)
		}
	}
}
