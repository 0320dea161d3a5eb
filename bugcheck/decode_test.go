package bugcheck

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
)

// short returns what d says in one line.
func short(d Decoded) string {
	var b strings.Builder
	for _, p := range d.Parameters {
		if p.Text != "" {
			p.Text = strconv.Quote(p.Text)
		}
		words := strings.Fields(fmt.Sprint(p.Type, " ", p.Label, " ", p.Meaning, " ", p.Text))
		fmt.Fprintf(&b, "[%s] ", strings.Join(words, " "))
	}
	fmt.Fprintf(&b, "(%s) %s | %s", d.Meaning, d.FirstLook(nil), strings.Join(d.Notes, " "))
	return strings.TrimSpace(b.String())
}

func TestDecodeTree(t *testing.T) {
	parsed := mustParse(t, `
enum how
  = 7 | seventh
    look Look at seven.
    note Seven.
  = 8 | eighth
0x1 NESTED
  look Look.
  note Code.
  p1 enum | Kind
    = 1 | first
      look Look at one.
      note One.
      p2 enum | Inner
        = 5 | five
          look Look at five.
          note Five.
          p3 id | Third of five
          p4 | Fourth of five
        = 6 | six
      p3 | Third of one
    = 2 | second
      p3 how | Third of two
    = 3 | third
      note Three.
    = 4-9 | rest
      p4 enum | Fourth of rest
        = 1 | back
          p2 | Second of back
  p2 | Second
  p3 how | Third
0x2 BACKWARD
  p1 | First
    = 1 | one
      p2 | Second of first
  p3 | Third
  p4 enum | Table
    = 1 | A
      p1 enum | First of A
        = 1 | uno
          p3 | Third of A
      p2 | Second of A
    = other | B
0x3 SYSTEMS
  look Look.
  note General.
  p1 | Address
  p2 value | Access
    = 0 | read
  when x86 amd64 build 10240-
    note New.
    p2 flags | Access
      & 2 | write
  when x86 amd64 arm arm64 build -10239
    look Look at the old.
    p2 enum | Access
      = 1 | write
  when arm arm64
    p2 enum | Access
      = 8 | execute
  when build 10240-
    p4 enum | Fault
      = 2 | not present
        when arm64
          note Strange.
          p3 | Third
0x4 EQUALS
  p1 enum
    = 1 | one
      note One.
    = 2 | two
      look Look at two.
  p2 how
`)
	var (
		nothing = System{}
		old     = System{"amd64", 9600}
		amd64   = System{"amd64", 10240}
		arm64   = System{"arm64", 22000}
		oldARM  = System{"arm", 9600}
	)
	tests := []struct {
		code   uint32
		system System
		params [4]uint64
		want   string
	}{
		{1, nothing, [4]uint64{}, "[enum Kind undocumented value] [Second] [how Third undocumented value] [undocumented] () Look. | Code."},
		{1, nothing, [4]uint64{1}, "[enum Kind first] [enum Inner undocumented value] [Third of one] [undocumented] (first) Look at one. | Code. One."},
		{1, nothing, [4]uint64{1, 5, 16}, "[enum Kind first] [enum Inner five] [id Third of five 16 decimal] [Fourth of five] (first) Look at five. | Code. One. Five."},
		{1, nothing, [4]uint64{1, 6, 7}, "[enum Kind first] [enum Inner six] [Third of one] [undocumented] (first) Look at one. | Code. One."},
		{1, nothing, [4]uint64{2, 5, 7}, "[enum Kind second] [Second] [how Third of two seventh] [undocumented] (second) Look at seven. | Code. Seven."},
		{1, nothing, [4]uint64{3, 0, 8}, "[enum Kind third] [Second] [how Third eighth] [undocumented] () Look. | Code. Three."},
		{1, nothing, [4]uint64{5, 0, 8, 1}, "[enum Kind rest] [Second of back] [how Third eighth] [enum Fourth of rest back] (rest) Look. | Code."},

		{2, nothing, [4]uint64{0, 0, 0, 2}, "[First undocumented value] [undocumented] [Third] [enum Table B] ()  |"},
		{2, nothing, [4]uint64{1, 0, 0, 2}, "[First one] [Second of first] [Third] [enum Table B] (one)  |"},
		{2, nothing, [4]uint64{2, 0, 0, 1}, "[enum First of A undocumented value] [Second of A] [Third] [enum Table A] (A)  |"},
		{2, nothing, [4]uint64{1, 0, 0, 1}, "[enum First of A uno] [Second of A] [Third of A] [enum Table A] (one)  |"},

		{3, nothing, [4]uint64{1, 0}, "[Address] [value Access read] [undocumented] [] () Look. | General."},
		{3, nothing, [4]uint64{1, 2, 0, 2}, "[Address] [value Access] [undocumented] [] () Look. | General."},
		{3, amd64, [4]uint64{1, 2, 0, 2}, "[Address] [flags Access write] [undocumented] [enum Fault not present] () Look. | New. General."},
		{3, amd64, [4]uint64{1, 0, 0, 1}, "[Address] [flags Access none] [undocumented] [enum Fault undocumented value] () Look. | New. General."},
		{3, old, [4]uint64{1, 2, 0, 2}, "[Address] [enum Access undocumented value] [undocumented] [undocumented] () Look at the old. | General."},
		{3, oldARM, [4]uint64{1, 1}, "[Address] [enum Access write] [undocumented] [undocumented] () Look at the old. | General."},
		{3, arm64, [4]uint64{1, 8, 0, 2}, "[Address] [enum Access execute] [Third] [enum Fault not present] (not present) Look. | General. Strange."},
		{3, System{Machine: "arm64"}, [4]uint64{1, 8, 0, 2}, "[Address] [enum Access execute] [undocumented] [] () Look. | General."},
		{3, System{Machine: "arm64"}, [4]uint64{1, 9}, "[Address] [enum Access] [undocumented] [] () Look. | General."}, // it may be old
		{3, System{"ia64", 3790}, [4]uint64{1, 20}, "[Address] [value Access] [undocumented] [undocumented] () Look. | General."},

		{4, nothing, [4]uint64{1, 7}, "[enum one] [how seventh] [undocumented] [undocumented] () Look at seven. | One. Seven."},
		{4, nothing, [4]uint64{2, 7}, "[enum two] [how seventh] [undocumented] [undocumented] () Look at two. | Seven."},

		{9, nothing, [4]uint64{1, 0x4e4f4f4d}, `[] ["NOOM"] [] [] ()  |`}, // unknown
	}
	for _, tt := range tests {
		d := parsed.decodeAll(tt.system, tt.code, tt.params)
		if got := short(d); got != tt.want {
			t.Errorf("%d %v on %+v:\ngot  %s\nwant %s", tt.code, tt.params, tt.system, got, tt.want)
		}
		for i, p := range d.Parameters {
			if p.Index != i+1 || p.Value != tt.params[i] {
				t.Errorf("parameter %d is %+v", i+1, p)
			}
		}
	}
}

// TestDecode reads parameters of codes that are not expected to change.
func TestDecode(t *testing.T) {
	tests := []struct {
		code    uint32
		index   int
		value   uint64
		typ     Type
		meaning string
		text    string
	}{
		{0x7E, 1, 0xffffffffc000009a, TypeNTStatus, "STATUS_INSUFFICIENT_RESOURCES", ""},
		{0x7E, 1, 0xc000009a, TypeNTStatus, "STATUS_INSUFFICIENT_RESOURCES", ""},
		{0x7E, 2, 0xc0000005, TypeCodeAddress, "", ""},
		{0x7E, 3, 0xc0000005, TypeExceptionRecord, "", ""},
		{0x7E, 4, 0xc0000005, TypeContextRecord, "", ""},
		{0x1000007E, 1, 0xc000009a, TypeNTStatus, "STATUS_INSUFFICIENT_RESOURCES", ""},
		{0xD1, 4, 0xfffff80012345678, TypeCodeAddress, "", ""},
		{0x1000000A, 4, 0xfffff80012345678, TypeCodeAddress, "", ""},
		{0x50, 3, 0xfffff80012345678, TypeCodeAddress, "", ""},

		// Text is for requests and for codes nobody documented.
		{0x161, 1, 0x005461736b6d6772, TypeText, "Task Manager", "Taskmgr"},
		{0x161, 1, 0x4d79546f6f6c, TypeText, "the caller's own label", "MyTool"},
		{0x161, 1, 0x1234, TypeText, "the caller's own value", ""},
		{0x161, 1, 0xc0000005, TypeText, "the caller's own value", ""},
		{0x161, 2, 0, TypeReserved, "not set", ""},
		{0x161, 4, 0x4e4f4f4d, TypeReserved, "the caller's own value", ""},
		{0x1EC, 1, 0x4e4f4f4d, TypeUndocumented, "", "NOOM"}, // known by name only
		{0xA0000001, 4, 0x4e4f4f4d, "", "", "NOOM"},          // unknown
		{0x1000F000, 4, 0x4e4f4f4d, TypeUndocumented, "", "NOOM"},
		{0x5454414D, 1, 0x4e4f4f4d, "", "", "MOON"}, // DumpIt's, low byte first as its code "MATT"
		{0x5454414D, 2, 0x534c4f53, "", "", "SOLS"},
		{0x5454414D, 3, 0x4e4f4f4d534c4f53, "", "", "SOLSMOON"},
		{0x5454414D, 4, 0, "", "", ""},
		{0x7E, 1, 0x4e4f4f4d, TypeNTStatus, "", ""},
		{0x7E, 2, 0x4e4f4f4d, TypeCodeAddress, "", ""},
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

func FuzzDecode(f *testing.F) {
	f.Add(uint32(0x161), uint64(0x005461736b6d6772), uint64(0), uint64(0), uint64(0), "", uint32(0))
	f.Add(uint32(0x7E), uint64(0xffffffffc0000005), uint64(1), uint64(2), uint64(3), "amd64", uint32(26100))
	f.Add(uint32(0x50), uint64(0), uint64(0x13), uint64(0), uint64(2), "x86", uint32(10240))
	f.Add(uint32(0x9F), uint64(3), uint64(0xffffc00112345678), uint64(2), uint64(3), "arm64", uint32(22000))
	f.Add(uint32(0x5454414D), uint64(0x4e4f4f4d), uint64(0x45474150), uint64(0), uint64(0), "ia64", uint32(3790))
	codes := Codes()
	f.Fuzz(func(t *testing.T, code uint32, p1, p2, p3, p4 uint64, machine string, build uint32) {
		params := [4]uint64{p1, p2, p3, p4}
		s := System{machine, build}
		c, known := Lookup(Base(code))
		d := DecodeOn(s, code, params)
		for i, p := range d.Parameters {
			if p.Index != i+1 || p.Value != params[i] {
				t.Errorf("parameter %d is %+v", i+1, p)
			}
			if p.Type != "" && !index.known(p.Type) {
				t.Errorf("parameter %d has type %q", i+1, p.Type)
			}
			if p.Text != "" && known && !c.Undocumented && p.Type != TypeText {
				t.Errorf("parameter %d of %s has text %q", i+1, c.Name, p.Text)
			}
			if !known && (p.Type != "" || p.Label != "" || p.Meaning != "") {
				t.Errorf("parameter %d of an unknown code is %+v", i+1, p)
			}
		}
		if len(d.Notes) < len(c.Notes) {
			t.Errorf("notes of %s were lost", c.Name)
		}

		// Most numbers are no codes, so that one which is one is read too.
		DecodeOn(s, codes[code%uint32(len(codes))].Value, params)
	})
}

// A parameter that is not known is not zero: it means nothing and selects
// nothing.
func TestDecodePartly(t *testing.T) {
	only := [4]bool{true}
	d := DecodePartly(System{}, 0x12B, [4]uint64{0xC0000001}, only)
	if d.Parameters[0].Meaning == "" && d.Parameters[0].Label == "Address that maps the page" {
		t.Errorf("parameter 3 of 0x12B selects although it is not known: %+v", d)
	}
	all := DecodeOn(System{}, 0x12B, [4]uint64{0xC0000001})
	if all.Parameters[0] == d.Parameters[0] {
		t.Errorf("parameter 3 of 0x12B selects nothing: %+v", all)
	}
	d = DecodePartly(System{}, 0xEF, [4]uint64{0xffffc08d7f1580c0}, only)
	if d.Parameters[0].Type == TypeProcess || d.Parameters[1].Meaning != "" {
		t.Errorf("parameter 2 of 0xEF decides although it is not known: %+v", d)
	}
	if d = DecodePartly(System{}, 0xA0000001, [4]uint64{0, 0x4e4f4f4d}, only); d.Parameters[1].Text != "" {
		t.Errorf("a parameter that is not known spells %q", d.Parameters[1].Text)
	}
}
