package ntstatus

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
)

func TestName(t *testing.T) {
	tests := []struct {
		status uint32
		want   string // empty: no name
	}{
		{0x00000000, "STATUS_SUCCESS"}, // the first line
		{0x00000001, "STATUS_WAIT_1"},
		{0x00000102, "STATUS_TIMEOUT"},
		{0x00000103, "STATUS_PENDING"},
		{0x40010005, "DBG_CONTROL_C"},
		{0x406D1388, "MS_VC_SET_THREAD_NAME"},
		{0x80000003, "STATUS_BREAKPOINT"},
		{0xC0000005, "STATUS_ACCESS_VIOLATION"},
		{0xC000001D, "STATUS_ILLEGAL_INSTRUCTION"},
		{0xC0000185, "STATUS_IO_DEVICE_ERROR"},
		{0xC0000409, "STATUS_STACK_BUFFER_OVERRUN"},
		{0xC0020001, "RPC_NT_INVALID_STRING_BINDING"},
		{0x00000004, ""},
		{0x12345678, ""},
		{0xFFFFFFFF, ""},
	}
	for _, tt := range tests {
		got, ok := Name(tt.status)
		if got != tt.want || ok != (tt.want != "") {
			t.Errorf("Name(%#x) = %q, %v, want %q", tt.status, got, ok, tt.want)
		}
	}
}

func TestNames(t *testing.T) {
	form := regexp.MustCompile(`^([0-9A-F]{8}) ([A-Z][A-Z0-9]*_[A-Z0-9_]+)$`)
	lines := strings.Split(strings.TrimSuffix(names, "\n"), "\n")
	if len(lines) != 2705 {
		t.Errorf("%d names, want 2705", len(lines))
	}
	before := ""
	for i, line := range lines {
		m := form.FindStringSubmatch(strings.TrimSuffix(line, "\r"))
		if m == nil {
			t.Errorf("names.txt:%d: malformed line %q", i+1, line)
			continue
		}
		if m[1] <= before {
			t.Errorf("names.txt:%d: %s does not come after %s", i+1, m[1], before)
		}
		before = m[1]
		status, err := strconv.ParseUint(m[1], 16, 32)
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := Name(uint32(status)); !ok || got != m[2] {
			t.Errorf("Name(%#x) = %q, %v, want %q", status, got, ok, m[2])
		}
		if got, ok := Value(m[2]); !ok || got < uint32(status) {
			t.Errorf("Value(%q) = %#x, %v, want %#x", m[2], got, ok, status)
		} else if name, _ := Name(got); name != m[2] {
			t.Errorf("Value(%q) = %#x, which is %s", m[2], got, name)
		}
		// A neighbour is found only if it has a line.
		if got, ok := Name(uint32(status) + 1); ok != strings.Contains(names, strings.ToUpper(hex(uint32(status)+1))+" ") {
			t.Errorf("Name(%#x) = %q, %v", status+1, got, ok)
		}
	}
}

func TestValue(t *testing.T) {
	tests := []struct {
		name string
		want uint32
		ok   bool
	}{
		{"STATUS_SUCCESS", 0, true},
		{"STATUS_ACCESS_VIOLATION", 0xC0000005, true},
		{"status_Access_violation", 0xC0000005, true},
		{"STATUS_WAIT_1", 1, true},
		{"STATUS_WAIT_63", 0x3F, true},
		{"STATUS_GRAPHICS_DRIVER_MISMATCH", 0xC01E0009, true}, // and 0x401E0117
		{"STATUS_WAIT_", 0, false},
		{"ACCESS_VIOLATION", 0, false},
		{"C0000005", 0, false},
		{"C0000005 STATUS_ACCESS_VIOLATION", 0, false},
		{"STATUS_ACCESS_VIOLATION ", 0, false},
		{"\n", 0, false},
		{"", 0, false},
	}
	for _, tt := range tests {
		if got, ok := Value(tt.name); got != tt.want || ok != tt.ok {
			t.Errorf("Value(%q) = %#x, %v, want %#x, %v", tt.name, got, ok, tt.want, tt.ok)
		}
	}
}

func TestValueLines(t *testing.T) {
	tests := []struct {
		lines, name string
		want        uint32
		ok          bool
	}{
		{"", "A", 0, false},
		{"\n", "", 0, false},
		{"00000001 \n", "", 0, false},
		{"00000001", "00000001", 0, false},
		{"00000001 AB\r\n00000002 A\r\n", "A", 2, true},
		{"00000001 A\n00000002 B", "B", 2, true},
		{"00000001 A\n00000002 B\n00000003 A\n", "A", 3, true},
		{"0000000G A\n", "A", 0, false},
	}
	for _, tt := range tests {
		if got, ok := value(tt.lines, tt.name); got != tt.want || ok != tt.ok {
			t.Errorf("value(%q, %q) = %#x, %v, want %#x, %v", tt.lines, tt.name, got, ok, tt.want, tt.ok)
		}
	}
}

func hex(v uint32) string {
	return strconv.FormatUint(1<<32+uint64(v), 16)[1:]
}

func TestFind(t *testing.T) {
	tests := []struct{ lines, key, want string }{
		{"", "00000001", ""},
		{"\n", "00000001", ""},
		{"\n\n\n", "00000001", ""},
		{"0000000", "00000001", ""},
		{"00000001", "00000001", ""},
		{"00000001 A", "00000001", "A"},
		{"00000001 A\n", "00000001", "A"},
		{"00000001 A\r\n00000002 B\r\n", "00000001", "A"},
		{"00000001 A\r\n00000002 B\r\n", "00000002", "B"},
		{"00000001 A\n00000002 B", "00000002", "B"},
		{"00000001 A\n00000003 B\n", "00000002", ""},
	}
	for _, tt := range tests {
		got, ok := find(tt.lines, tt.key)
		if got != tt.want || ok != (tt.want != "") {
			t.Errorf("find(%q, %s) = %q, %v, want %q", tt.lines, tt.key, got, ok, tt.want)
		}
	}
}

func BenchmarkName(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := Name(0xC0000005); !ok {
			b.Fatal("STATUS_ACCESS_VIOLATION is missing")
		}
	}
}

func BenchmarkValue(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := Value("STATUS_ACCESS_VIOLATION"); !ok {
			b.Fatal("STATUS_ACCESS_VIOLATION is missing")
		}
	}
}
