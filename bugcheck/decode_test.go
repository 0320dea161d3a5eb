package bugcheck

import "testing"

func TestDecode(t *testing.T) {
	const noType = Type("")
	tests := []struct {
		code    uint32
		index   int
		value   uint64
		typ     Type
		meaning string
		text    string
	}{
		// A status is named, with or without its sign extended.
		{0x7E, 1, 0xffffffffc0000005, TypeNTStatus, "STATUS_ACCESS_VIOLATION", ""},
		{0x7E, 1, 0xc0000005, TypeNTStatus, "STATUS_ACCESS_VIOLATION", ""},
		{0x7E, 1, 0x00000001c0000005, TypeNTStatus, "", ""},
		{0x7E, 1, 0xffffffff40000005, TypeNTStatus, "", ""}, // not an extended sign
		{0x7E, 1, 0xc0001234, TypeNTStatus, "", ""},         // nobody's status
		{0x7E, 2, 0xc0000005, TypeCodeAddress, "", ""},
		{0x7E, 3, 0xc0000005, TypeExceptionRecord, "", ""},
		{0x7E, 4, 0xc0000005, TypeContextRecord, "", ""},
		{0x1000007E, 1, 0x80000003, TypeNTStatus, "STATUS_BREAKPOINT", ""},
		{0x1E, 1, 0xffffffffc000001d, TypeNTStatus, "STATUS_ILLEGAL_INSTRUCTION", ""},
		{0x3B, 3, 0xfffff80012345678, TypeContextRecord, "", ""},
		{0x116, 3, 0xffffffffc000009a, TypeNTStatus, "STATUS_INSUFFICIENT_RESOURCES", ""},
		{0x116, 3, 0, TypeNTStatus, "not available", ""},
		{0x1B0, 2, 0xc0000185, TypeNTStatus, "STATUS_IO_DEVICE_ERROR", ""},
		{0xC000021A, 2, 0xc0000005, TypeNTStatus, "STATUS_ACCESS_VIOLATION", ""},

		// What looks like a status is none elsewhere.
		{0x9F, 1, 3, noType, "", ""},
		{0x77, 1, 0xc000009c, noType, "", ""},
		{0x7A, 2, 0xc000009c, noType, "", ""}, // its page has variants
		{0x10F, 3, 0xc0000005, noType, "", ""},
		{0x161, 1, 0xc0000005, TypeText, "the caller's own value", ""},
		{0x6E, 1, 0xc0000005, noType, "", ""}, // the number has two names

		{0xA, 4, 0xfffff80012345678, TypeCodeAddress, "", ""},
		{0xD1, 4, 0xfffff80012345678, TypeCodeAddress, "", ""},
		{0x1000000A, 4, 0xfffff80012345678, TypeCodeAddress, "", ""},
		{0x50, 3, 0xfffff80012345678, TypeCodeAddress, "", ""},
		{0x50, 3, 0, TypeCodeAddress, "not known", ""},
		{0x117, 2, 0xfffff80012345678, TypeCodeAddress, "", ""},
		{0x139, 2, 0xfffff80012345678, TypeTrapFrame, "", ""},
		{0x139, 3, 0xfffff80012345678, TypeExceptionRecord, "", ""},
		{0x8E, 3, 0x81234567, TypeTrapFrame, "", ""},
		{0xDEADDEAD, 1, 1, TypeReserved, "", ""},

		// Text is for requests and for codes nobody documented.
		{0x161, 1, 0x005461736b6d6772, TypeText, "Task Manager", "Taskmgr"},
		{0x161, 1, 0, TypeText, "the caller gave no label", ""},
		{0x161, 1, 0x4d79546f6f6c, TypeText, "the caller's own label", "MyTool"},
		{0x161, 1, 0x1234, TypeText, "the caller's own value", ""},
		{0x161, 2, 0, TypeReserved, "not set", ""},
		{0x161, 3, 7, TypeReserved, "the caller's own value", ""},
		{0x161, 4, 0x4e4f4f4d, TypeReserved, "the caller's own value", ""},
		{0x1EC, 1, 0x4e4f4f4d, noType, "", "NOOM"},      // known by name only
		{0x5454414D, 4, 0x4e4f4f4d, noType, "", "NOOM"}, // unknown
		{0x1000F000, 4, 0x4e4f4f4d, noType, "", "NOOM"},
		{0x10000050, 1, 0x4e4f4f4d, noType, "", ""}, // 0x50 has a page
		{0x9F, 4, 0x4e4f4f4d, noType, "", ""},
		{0x7E, 1, 0x4e4f4f4d, TypeNTStatus, "", ""},
		{0x7E, 2, 0x4e4f4f4d, TypeCodeAddress, "", ""},
		{0x18, 4, 0x4e4f4f4d, TypeReserved, "", ""},
	}
	for _, tt := range tests {
		var params [4]uint64
		params[tt.index-1] = tt.value
		got := Decode(tt.code, params)[tt.index-1]
		if got.Index != tt.index || got.Value != tt.value || got.Type != tt.typ ||
			got.Meaning != tt.meaning || got.Text != tt.text {
			t.Errorf("parameter %d of %#x, %#x: got %+v, want %+v", tt.index, tt.code, tt.value, got, tt)
		}
	}
}

func TestDecodeLabels(t *testing.T) {
	want := [4]string{"Caller's label", "Caller's second value", "Caller's third value", "Caller's fourth value"}
	for i, p := range Decode(0x161, [4]uint64{}) {
		if p.Label != want[i] {
			t.Errorf("label of parameter %d is %q, want %q", p.Index, p.Label, want[i])
		}
	}
}

// TestTypes holds the number of parameters of each type, so that none goes
// astray when the file is edited.
func TestTypes(t *testing.T) {
	want := map[Type]int{
		TypeNTStatus:        26,
		TypeCodeAddress:     40,
		TypeContextRecord:   10,
		TypeExceptionRecord: 8,
		TypeTrapFrame:       5,
		TypeText:            1,
		TypeReserved:        320,
	}
	got := map[Type]int{}
	for _, c := range Codes() {
		if c.params == nil {
			continue
		}
		for _, p := range c.params {
			if p.typ != "" {
				got[p.typ]++
			}
		}
	}
	for typ, n := range want {
		if got[typ] != n {
			t.Errorf("%d parameters are %s, want %d", got[typ], typ, n)
		}
	}
	if len(got) != len(want) {
		t.Errorf("types are %v", got)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(uint32(0x161), uint64(0x005461736b6d6772), uint64(0), uint64(0), uint64(0))
	f.Add(uint32(0x7E), uint64(0xffffffffc0000005), uint64(1), uint64(2), uint64(3))
	f.Add(uint32(0x5454414D), uint64(0x4e4f4f4d), uint64(0x45474150), uint64(0), uint64(0))
	f.Fuzz(func(t *testing.T, code uint32, p1, p2, p3, p4 uint64) {
		params := [4]uint64{p1, p2, p3, p4}
		c, known := Lookup(Base(code))
		for i, p := range Decode(code, params) {
			if p.Index != i+1 || p.Value != params[i] {
				t.Errorf("parameter %d is %+v", i+1, p)
			}
			if p.Type != "" && !p.Type.known() {
				t.Errorf("parameter %d has type %q", i+1, p.Type)
			}
			if p.Text != "" && known && !c.undocumented && p.Type != TypeText {
				t.Errorf("parameter %d of %s has text %q", i+1, c.Name, p.Text)
			}
			if !known && (p.Type != "" || p.Label != "" || p.Meaning != "") {
				t.Errorf("parameter %d of an unknown code is %+v", i+1, p)
			}
		}
	})
}
