package bugcheck

import (
	"slices"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	const text = "# a comment\r\n" +
		"0x1 FIRST\r\n" +
		"\r\n" +
		"0x2 SECOND SECOND_A\tSECOND_B\n" +
		"  # another\n" +
		"  use both\n" +
		"\trequester   the second one\n" +
		"  summary It happened | twice.\n" +
		"  p2 ntstatus\n" +
		"  p3 | How often\n" +
		"    = 1, 0x10 | seldom\n" +
		"    = text|spelt\n" +
		"    = other | often\n" +
		"300 THIRD\n" +
		"  undocumented" // and no end of line
	codes, err := parse(text)
	if err != nil {
		t.Fatal(err)
	}
	if len(codes) != 3 {
		t.Fatalf("%d codes, want 3", len(codes))
	}
	if c := codes[0]; c.Value != 1 || c.Name != "FIRST" || c.Use != Crash || c.Aliases != nil || c.params != nil {
		t.Errorf("first code is %+v", c)
	}
	c := codes[1]
	if c.Value != 2 || c.Name != "SECOND" || c.Use != Both || c.undocumented ||
		!slices.Equal(c.Aliases, []string{"SECOND_A", "SECOND_B"}) ||
		c.Requester != "the second one" || c.Summary != "It happened | twice." {
		t.Errorf("second code is %+v", c)
	}
	if c.params == nil {
		t.Fatal("second code has no parameters")
	}
	if p := c.params[1]; p.typ != TypeNTStatus || p.label != "" || p.values != nil {
		t.Errorf("parameter 2 is %+v", p)
	}
	p := c.params[2]
	if p.typ != "" || p.label != "How often" {
		t.Errorf("parameter 3 is %+v", p)
	}
	for v, want := range map[uint64]string{1: "seldom", 0x10: "seldom", 10: "often", 0x4e4f4f4d: "spelt"} {
		if got := p.meaning(v); got != want {
			t.Errorf("%#x means %q, want %q", v, got, want)
		}
	}
	if c := codes[2]; c.Value != 300 || !c.undocumented {
		t.Errorf("third code is %+v", c)
	}
}

func TestParseErrors(t *testing.T) {
	const code = "0x2 SECOND\n"
	tests := []struct {
		name, text string
		want       string // how the error begins
		about      string // what it speaks of
	}{
		{"no code", "# head\n  use live\n", "codes.txt:2: ", "before the first code"},
		{"no name", "0x1\n", "codes.txt:1: ", "no name"},
		{"bad name", "0x1 First\n", "codes.txt:1: ", `"First"`},
		{"bad alias", "0x1 FIRST,SECOND\n", "codes.txt:1: ", `"FIRST,SECOND"`},
		{"bad number", "0xG NAME\n", "codes.txt:1: ", `"0xG"`},
		{"upper-case prefix", "0X1 NAME\n", "codes.txt:1: ", `"0X1"`},
		{"underscore", "0x1_0 NAME\n", "codes.txt:1: ", `"0x1_0"`},
		{"wide code", "0x100000000 NAME\n", "codes.txt:1: ", "32 bits"},
		{"negative", "-1 NAME\n", "codes.txt:1: ", `"-1"`},
		{"same code", code + "\n0x2 AGAIN\n", "codes.txt:3: ", "after 0x2"},
		{"descending", code + "0x1 FIRST\n", "codes.txt:2: ", "after 0x2"},
		{"unknown keyword", code + "  uses live\n", "codes.txt:2: ", `"uses"`},
		{"no parameter 5", code + "  p5 text\n", "codes.txt:2: ", `"p5"`},
		{"bad use", code + "  use dead\n", "codes.txt:2: ", `"dead"`},
		{"second use", code + "  use live\n  use both\n", "codes.txt:3: ", "second use"},
		{"argument", code + "  undocumented yes\n", "codes.txt:2: ", `"yes"`},
		{"second undocumented", code + "  undocumented\n  undocumented\n", "codes.txt:3: ", "second undocumented"},
		{"empty requester", code + "  requester\n", "codes.txt:2: ", "requester is empty"},
		{"second summary", code + "  summary A\n  summary B\n", "codes.txt:3: ", "second summary"},
		{"bad type", code + "  p1 status\n", "codes.txt:2: ", `"status"`},
		{"empty parameter", code + "  p1\n", "codes.txt:2: ", "p1 is empty"},
		{"empty label", code + "  p1 text |\n", "codes.txt:2: ", "p1 is empty"},
		{"second parameter", code + "  p1 text\n  p1 | Label\n", "codes.txt:3: ", "second p1"},
		{"value of nothing", code + "  = 1 | one\n", "codes.txt:2: ", "outside a parameter"},
		{"value of a use", code + "  p1 text\n  use live\n  = 1 | one\n", "codes.txt:4: ", "outside a parameter"},
		{"value of the code before", code + "  p1 text\n0x3 THIRD\n  = 1 | one\n", "codes.txt:4: ", "outside a parameter"},
		{"no meaning", code + "  p1 text\n    = 1\n", "codes.txt:3: ", "without a meaning"},
		{"bad value", code + "  p1 text\n    = 1,, 2 | one\n", "codes.txt:3: ", `""`},
		{"wide value", code + "  p1 text\n    = 0x10000000000000000 | one\n", "codes.txt:3: ", "64 bits"},
		{"same value", code + "  p1 text\n    = 1 | one\n    = 2, 0x1 | two\n", "codes.txt:4: ", "second meaning of 0x1"},
		{"same kind", code + "  p1 text\n    = other | a\n    = other | b\n", "codes.txt:4: ", "second meaning of other"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			codes, err := parse(tt.text)
			if err == nil {
				t.Fatalf("parsed %d codes, want an error", len(codes))
			}
			if s := err.Error(); !strings.HasPrefix(s, tt.want) || !strings.Contains(s, tt.about) {
				t.Errorf("error is %q, want %q and %q in it", s, tt.want, tt.about)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	f.Add("")
	f.Add("0x1 FIRST\n  use live\n  requester someone\n  p1 text | Label\n    = 0, 1 | none\n    = text | some\n")
	f.Add("0x1\n\t|\n = ,|\n")
	f.Add(codesText[:4000])
	f.Fuzz(func(t *testing.T, text string) {
		codes, err := parse(text)
		if err != nil {
			if codes != nil {
				t.Error("codes beside an error")
			}
			return
		}
		for i, c := range codes {
			if i > 0 && codes[i-1].Value >= c.Value {
				t.Errorf("%#x does not come after %#x", c.Value, codes[i-1].Value)
			}
			if !isName(c.Name) {
				t.Errorf("%#x is named %q", c.Value, c.Name)
			}
		}
	})
}
