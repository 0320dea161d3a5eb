package bugcheck

import (
	"fmt"
	"strings"
	"testing"
)

const lookData = `
0x1 PLACES
  look See {4|the driver that holds the instruction in parameter 4}, and what is at it.
  look {2|the object in parameter 2}, then the rest.
  look See the rest.
  p1 enum
    = 1 | inner
      look Inner, parameters 2 to 4.
    = 2 | stale
      p2 not-valid
  p2 address
  p3 value
  p4 code-address
0x2 NAMED
  look {1|the driver at parameter 1}, mostly.
  p1 code-address
0x3 UNSPOKEN
  look See {3|the driver at the instruction}, and more.
  look See more.
  p3 code-address
`

// A look is chosen by which parameters are there, and says what they lead to.
func TestFirstLook(t *testing.T) {
	parsed := mustParse(t, lookData)
	all, none := [4]bool{true, true, true, true}, [4]bool{}
	named := func(n int) (string, bool) { return map[int]string{1: "the caller of nt", 4: "a.sys"}[n], false }
	unnamed := func(int) (string, bool) { return "", false }
	without := func(not int) func(int) (string, bool) { return func(n int) (string, bool) { return "", n == not } }
	tests := []struct {
		code    uint32
		params  [4]uint64
		has     [4]bool
		resolve func(int) (string, bool)
		want    string
	}{
		{1, [4]uint64{0, 8, 8, 8}, all, nil, "See the driver that holds the instruction in parameter 4, and what is at it."},
		{1, [4]uint64{0, 8, 8, 8}, all, unnamed, "See the driver that holds the instruction in parameter 4, and what is at it."},
		{1, [4]uint64{0, 8, 8, 8}, all, named, "See a.sys, and what is at it."},
		{1, [4]uint64{0, 8, 8, 0}, all, unnamed, "The object in parameter 2, then the rest."},
		{1, [4]uint64{0, 0, 8, 0}, all, unnamed, "See the rest."},
		{1, [4]uint64{0, 0, 8, 0}, all, nil, "See the rest."},
		{1, [4]uint64{2, 8, 8, 0}, all, unnamed, "See the rest."},
		{1, [4]uint64{1, 8, 0, 8}, all, unnamed, "Inner, parameters 2 to 4."},
		{1, [4]uint64{1, 0, 0, 8}, all, unnamed, "See the driver that holds the instruction in parameter 4, and what is at it."},
		{1, [4]uint64{}, none, nil, "See the driver that holds the instruction in parameter 4, and what is at it."},
		{1, [4]uint64{}, none, unnamed, "See the rest."},
		{2, [4]uint64{8}, all, named, "The caller of nt, mostly."},
		{2, [4]uint64{8}, all, func(int) (string, bool) { return "parameter 1 }{2|.sys", false }, "parameter 1 }{2|.sys, mostly."},
		{1, [4]uint64{0, 8, 8, 8}, all, without(4), "The object in parameter 2, then the rest."},
		{1, [4]uint64{0, 8, 8, 8}, all, without(2), "See the driver that holds the instruction in parameter 4, and what is at it."},
		{1, [4]uint64{1, 8, 8, 8}, all, without(4), "The object in parameter 2, then the rest."},
		{1, [4]uint64{1, 8, 8, 8}, all, func(n int) (string, bool) { return "a.sys", n == 4 }, "See a.sys, and what is at it."},
		{2, [4]uint64{8}, all, without(1), ""},
		{3, [4]uint64{0, 0, 8}, all, unnamed, "See the driver at the instruction, and more."},
		{3, [4]uint64{0, 0, 8}, all, without(3), "See more."},
		{3, [4]uint64{0, 0, 0}, all, unnamed, "See more."},
		{3, [4]uint64{}, none, nil, "See the driver at the instruction, and more."},
		{2, [4]uint64{}, all, unnamed, ""},
	}
	for _, tt := range tests {
		d := parsed.decode(System{}, tt.code, tt.params, tt.has)
		if got := d.FirstLook(tt.resolve); got != tt.want {
			t.Errorf("look at %#x %v is %q, want %q", tt.code, tt.params, got, tt.want)
		}
	}
	c, _ := parsed.lookup(2)
	if got := c.FirstLook(); got != "The driver at parameter 1, mostly." {
		t.Errorf("look of a case is %q", got)
	}
}

// The looks of the data at parameters that decide.
func TestLooksOfCodes(t *testing.T) {
	for _, tt := range []struct {
		code   uint32
		params [4]uint64
		want   string // a part
		not    string
	}{
		{0x7A, [4]uint64{8, 0xffffffffc0000185, 8, 8}, "controller and the cables", ""},
		{0x7A, [4]uint64{8, 0xc000009a, 8, 8}, "nonpaged pool", "cables"},
		{0x7A, [4]uint64{8, 0xc000003f, 8, 8}, "parameter 2 tells why", "cables"},
		{0x7A, [4]uint64{1, 0x12345, 8, 8}, "parameter 2 tells why", "cables"},
		{0xEA, [4]uint64{8, 8, 8, 0}, "whose name is at parameter 3", ""},
		{0xEA, [4]uint64{8, 0, 0, 0}, "the thread in parameter 1", "parameter 3"},
		{0x50, [4]uint64{8, 0, 0, 0}, "is not known", "parameter 3"},
		{0x124, [4]uint64{0, 0, 0, 0}, "no WHEA error record", "parameter 2"},
		{0x1E, [4]uint64{}, "no address of an instruction", "parameter 2"},
	} {
		d := DecodeOn(System{}, tt.code, tt.params)
		s := d.FirstLook(func(int) (string, bool) { return "", false })
		if !strings.Contains(s, tt.want) || tt.not != "" && strings.Contains(s, tt.not) {
			t.Errorf("look at %#x %x is %q, want %q, not %q", tt.code, tt.params, s, tt.want, tt.not)
		}
	}
}

// No look of the data speaks of a parameter that is null, and none of a stack
// that only a debugger shows as if it were at hand.
func TestLooks(t *testing.T) {
	for _, c := range Codes() {
		d := DecodeOn(System{}, c.Value, [4]uint64{})
		if s := d.FirstLook(func(int) (string, bool) { return "", false }); spoken().MatchString(s) {
			for _, n := range spoken().FindString(s) {
				if '1' <= n && n <= '4' && d.Parameters[n-'1'].Type.IsAddress() {
					t.Errorf("%s, all zeros: %s", c.Name, s)
				}
			}
		}
		for s := range c.everyLook {
			if strings.Contains(s, "stack shows") || strings.Contains(s, "named by") || strings.Contains(s, "on the stack") || strings.Contains(s, "call stack") {
				t.Errorf("%s: %s", c.Name, s)
			}
		}
	}
}

// everyLook calls yield with every look below the case.
func (c *Case) everyLook(yield func(string) bool) {
	for _, s := range c.Looks {
		if !yield(s) {
			return
		}
	}
	for i := range c.When {
		c.When[i].everyLook(yield)
	}
	for _, r := range c.roles {
		for _, v := range r.Values {
			if v.Case != nil {
				v.Case.everyLook(yield)
			}
		}
	}
}

func TestReplacePlaces(t *testing.T) {
	tests := []struct{ sentence, want string }{
		{"", ""},
		{"See {4|the driver}.", "See 4=the driver."},
		{"{1|a}{2|b} and {3|c}", "1=a2=b and 3=c"},
		{"{1|a{2|b}", "{1|a2=b"},
		{"{{2|b}}", "{2=b}"},
		{"{0|a} {5|a} {12|a} {1a} {1|} {1|a|b} {1|a", "{0|a} {5|a} {12|a} {1a} {1|} {1|a|b} {1|a"},
		{"{", "{"},
	}
	for _, tt := range tests {
		got := replacePlaces(tt.sentence, func(n int, words string) string { return fmt.Sprintf("%d=%s", n, words) })
		if got != tt.want {
			t.Errorf("%q gives %q, want %q", tt.sentence, got, tt.want)
		}
	}
}
