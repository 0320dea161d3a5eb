package bugcheck

import (
	"regexp"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	const text = "# a comment\r\n" +
		"0x1 FIRST\r\n" +
		"\r\n" +
		"  look Here.\r\n" +
		"0x2 SECOND  SECOND_A SECOND_B  \n" +
		"  # another\n" +
		"# and one in the first column\n" +
		"  note Before all.\n" +
		"  use both\n" +
		"  requester   the second one\n" +
		"  summary It happened | twice.\n" +
		"  p2 ntstatus\n" +
		"  p3 | How often\n" +
		"        = 1,0x10-0x1F|seldom\n" + // deeper than needed
		"          p1 levels|Level\n" +
		"            = 7 | seventh\n" +
		"              p2 flags\n" +
		"                & 4 | a bit | with a bar\n" +
		"                & 0x3 | two bits\n" +
		"       = text | spelt\n" + // less, but deeper than p3
		"    when build -9999\n" +
		"      = 1 | once\n" +
		"        note It was long ago.\n" +
		"    = other | often\n" +
		"      when x86\n" +
		"        look There.\n" +
		"  note One.\n" +
		"  note Two.\n" +
		"  when amd64 x86 build 10240-20000\n" +
		"    look Look.\n" +
		"    p2 enum\n" +
		"      when arm64\n" +
		"        = 1 | one\n" +
		"300 THIRD\n" +
		"  undocumented\n" +
		"enum levels\n" +
		"  & 1 | odd\n" +
		"  when build 7-\n" +
		"    = 0 | none\n" +
		"    = 18446744073709551615 | all\n" +
		"      look At all.\n" +
		"0xFFFFFFFF LAST" // and no end of line
	const want = `enum levels
  & 0x1 | odd
  when build 7-
    = 0x0 | none
    = 0xffffffffffffffff | all
      look At all.
0x1 FIRST
  look Here.
0x2 SECOND SECOND_A SECOND_B
  use both
  requester the second one
  summary It happened | twice.
  note Before all.
  note One.
  note Two.
  p2 ntstatus
  p3 | How often
    = 0x1, 0x10-0x1f | seldom
      p1 levels | Level
        = 0x7 | seventh
          p2 flags
            & 0x4 | a bit | with a bar
            & 0x3 | two bits
    = text | spelt
    when build -9999
      = 0x1 | once
        note It was long ago.
    = other | often
      when x86
        look There.
  when amd64 x86 build 10240-20000
    look Look.
    p2 enum
      when arm64
        = 0x1 | one
0x12c THIRD
  undocumented
0xffffffff LAST
`
	parsed := mustParse(t, text)
	if got := parsed.String(); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if got := mustParse(t, want).String(); got != want {
		t.Errorf("what was printed is read as\n%s", got)
	}
}

func TestParseFiles(t *testing.T) {
	parsed, err := parseFiles(
		file{"a.txt", []byte("0x9 NINE\n0xB ELEVEN\n")},
		file{"b.txt", []byte("\n# nothing\n")},
		file{"c.txt", nil},
		file{"d.txt", []byte("0x1 ONE\n  p1 late\n0xA TEN\n")},
		file{"e.txt", []byte("enum late\n  = 1 | one\n")})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range parsed.codes {
		names = append(names, e.name)
	}
	if got := strings.Join(names, " "); got != "ONE NINE TEN ELEVEN" {
		t.Errorf("codes are %s", got)
	}
	_, err = parseFiles(
		file{"a.txt", []byte("0x1 ONE\n")},
		file{"b.txt", []byte("\n0x1 ANOTHER\n")})
	if want := "b.txt:2: 0x1 stands in a.txt:1 too"; err == nil || err.Error() != want {
		t.Errorf("error is %v, want %s", err, want)
	}
}

func TestParseErrors(t *testing.T) {
	const (
		code  = "0x2 SECOND\n"
		live  = code + "  use live\n"
		value = code + "  p1 enum\n    = 1 | one\n"
		flags = code + "  p1 flags\n    & 1 | one\n"
		enum  = "enum size\n"
	)
	forty := strings.Repeat("x", 40)
	tests := []struct{ name, text, want string }{
		// codes
		{"no code", "# head\n  use live\n", `test.txt:2: indented, with nothing to belong to`},
		{"no code but a tab", "\tx", `test.txt:1: indented, with nothing to belong to`},
		{"no name", "0x1\n", `test.txt:1: 0x1 has no name`},
		{"bad name", "0x1 First\n", `test.txt:1: "First" is not a name`},
		{"bad alias", "0x1 FIRST,SECOND\n", `test.txt:1: "FIRST,SECOND" is not a name`},
		{"bad number", "\n0xG NAME\n", `test.txt:2: "0xG" is not a number of 32 bits`},
		{"upper-case prefix", "0X1 NAME\n", `test.txt:1: "0X1" is not`},
		{"underscore", "0x1_0 NAME\n", `test.txt:1: "0x1_0" is not`},
		{"wide code", "0x100000000 NAME\n", `test.txt:1: "0x100000000" is not`},
		{"negative", "-1 NAME\n", `test.txt:1: "-1" is not`},
		{"unindented", code + "use live\n", `test.txt:2: "use" is not a number`},
		{"same code", code + "\n0x2 AGAIN\n", `test.txt:3: 0x2 does not come after 0x2`},
		{"descending", code + "0x1 FIRST\n", `test.txt:2: 0x1 does not come after 0x2`},
		{"tab in a code", "0x1\tFIRST\n", `test.txt:1: a tab`},
		{"tab before", code + "\tuse live\n", `test.txt:2: a tab`},
		{"tab within", code + "  # x\n  summary A\ttab.\n", `test.txt:3: a tab`},
		{"tab in a comment", code + "  # \t\n", `test.txt:2: a tab`},

		// lines below a code
		{"unknown keyword", code + "  uses live\n", `test.txt:2: unknown keyword "uses"`},
		{"no parameter 5", code + "  p5 text\n", `test.txt:2: unknown keyword "p5"`},
		{"no blank after =", value + "    =2 | two\n", `test.txt:4: unknown keyword "=2"`},
		{"bad use", code + "  use dead\n", `test.txt:2: use is live or both, not "dead"`},
		{"second use", live + "  use both\n", `test.txt:3: second use line`},
		{"no requester", code + live[len(code):], `test.txt:1: no requester`},
		{"no use", code + "  requester one\n", `test.txt:1: a requester, but no use line`},
		{"argument", code + "  undocumented yes\n", `test.txt:2: undocumented takes nothing, has "yes"`},
		{"second undocumented", code + "  undocumented\n  undocumented\n", `test.txt:3: second undocumented line`},
		{"undocumented parameter", code + "  undocumented\n  p1 text\n", `test.txt:1: undocumented, but has parameters`},
		{"undocumented on arm", code + "  undocumented\n  when arm\n    p1 text\n", `test.txt:1: undocumented, but has parameters`},
		{"empty requester", live + "  requester\n", `test.txt:3: requester is empty`},
		{"long requester", live + "  requester " + forty, `test.txt:3: 40 characters, want less than 40`},
		{"second summary", code + "  summary A.\n  summary B.\n", `test.txt:3: second summary line`},
		{"summary without a stop", code + "  summary A\n", `test.txt:2: no full stop at the end`},
		{"summary without a capital", code + "  summary a.\n", `test.txt:2: summary without a capital`},
		{"long summary", code + "  summary X" + strings.Repeat(" x", 59) + ".\n", `test.txt:2: 120 characters, want less than 120`},
		{"odd place in a look", code + "  look {5|A}.\n", `test.txt:2: a place is not {N|WORDS}`},
		{"open place in a look", code + "  look See {1|that.\n", `test.txt:2: a place is not {N|WORDS}`},
		{"empty look", code + "  look\n", `test.txt:2: look is empty`},
		{"look without a stop", code + "  look A\n", `test.txt:2: no full stop at the end`},
		{"long look", code + "  look X" + strings.Repeat(" x", 79) + ".\n", `test.txt:2: 160 characters, want less than 160`},
		{"empty note", code + "  note\n", `test.txt:2: note is empty`},
		{"note without a stop", code + "  note A.\n  note B\n", `test.txt:3: no full stop at the end`},

		// where lines stand
		{"below a use", code + "  use live\n    requester one\n", `test.txt:3: requester cannot stand below use`},
		{"below a summary", code + "  summary A.\n    note B.\n", `test.txt:3: note cannot stand below summary`},
		{"use below a parameter", code + "  p1 text\n    use live\n", `test.txt:3: use cannot stand below p1`},
		{"undocumented below a value", value + "      undocumented\n", `test.txt:4: undocumented cannot stand below =`},
		{"look below a parameter", code + "  p1 text\n    look A.\n", `test.txt:3: look cannot stand below p1`},
		{"note below a bit", flags + "      note A.\n", `test.txt:4: note cannot stand below &`},
		{"parameter below a parameter", code + "  p1 text\n    p2 text\n", `test.txt:3: p2 cannot stand below p1`},
		{"value below a code", code + "  = 1 | one\n", `test.txt:2: = cannot stand below code`},
		{"value after a use", code + "  p1 text\n  note A.\n    = 1 | one\n", `test.txt:4: = cannot stand below note`},
		{"value below a value", value + "      = 2 | two\n", `test.txt:4: = cannot stand below =`},
		{"value below a condition of the code", code + "  when x86\n    = 2 | two\n", `test.txt:3: = cannot stand below when`},
		{"look below a condition of values", code + "  p1 text\n    when x86\n      look A.\n", `test.txt:4: look cannot stand below when`},
		{"condition below a condition", code + "  when x86\n    when arm\n", `test.txt:3: when cannot stand below when`},
		{"condition below a note", code + "  note A.\n    when arm\n", `test.txt:3: when cannot stand below note`},
		{"condition below a bit", flags + "      when arm\n", `test.txt:4: when cannot stand below &`},

		// parameters
		{"unknown type", code + "  p1 status\n", `test.txt:2: unknown type "status"`},
		{"type of another case", enum + "  = 1 | one\n0x1 FIRST\n  p1 Size\n", `test.txt:4: unknown type "Size"`},
		{"empty parameter", code + "  p1\n", `test.txt:2: p1 is empty`},
		{"empty label", code + "  p1 text |\n", `test.txt:2: p1 is empty`},
		{"only a bar", code + "  p1 |\n", `test.txt:2: p1 is empty`},
		{"long label", code + "  p1 | " + forty, `test.txt:2: 40 characters, want less than 40`},
		{"second parameter", code + "  p1 text\n  p1 | Label\n", `test.txt:3: second p1 line`},
		{"second in a condition", code + "  p1 text\n  when arm\n    p1 text\n    p1 text\n", `test.txt:5: second p1 line`},
		{"second below a value", value + "      p2 text\n      p2 text\n", `test.txt:5: second p2 line`},
		{"own parameter", value + "      p1 text\n", `test.txt:4: p1 stands below a value of its own`},
		{"own parameter, deeper", value + "      p2 enum\n        = 1 | one\n          p1 text\n", `test.txt:6: p1 stands below a value of its own`},
		{"own parameter, in a condition", value + "      when arm\n        p1 text\n", `test.txt:5: p1 stands below a value of its own`},
		{"enum of nothing", code + "  p1 enum | A\n  p2 text\n", `test.txt:2: p1, and nothing below it`},
		{"enum of nothing at the end", code + "  p1 enum | A\n0x3 THIRD\n", `test.txt:2: p1, and nothing below it`},

		// values
		{"no meaning", code + "  p1 text\n    = 1\n", `test.txt:3: a value without a meaning`},
		{"empty meaning", code + "  p1 text\n    = 1 |\n", `test.txt:3: a value without a meaning`},
		{"full stop", code + "  p1 text\n    = 1 | One.\n", `test.txt:3: a meaning with a full stop`},
		{"long meaning", code + "  p1 text\n    = 1 | " + strings.Repeat("x", 120), `test.txt:3: 120 characters, want less than 120`},
		{"no value", code + "  p1 text\n    = | one\n", `test.txt:3: "" is not a number of 64 bits`},
		{"empty value", code + "  p1 text\n    = 1,, 2 | one\n", `test.txt:3: "" is not a number of 64 bits`},
		{"wide value", code + "  p1 text\n    = 0x10000000000000000 | one\n", `test.txt:3: "0x10000000000000000" is not a number of 64 bits`},
		{"wide status", code + "  p1 ntstatus\n    = 0xFFFFFFFFC0000005 | one\n", `test.txt:3: "0xFFFFFFFFC0000005" is not a number of 32 bits`},
		{"wide status in a condition", code + "  p1 ntstatus\n    when arm\n      = 0x100000000 | one\n", `test.txt:4: "0x100000000" is not a number of 32 bits`},
		{"half a range", code + "  p1 text\n    = 1- | one\n", `test.txt:3: "" is not a number of 64 bits`},
		{"range of one", code + "  p1 text\n    = 1-0x1 | one\n", `test.txt:3: 1-0x1 is no range`},
		{"falling range", code + "  p1 text\n    = 2-1 | one\n", `test.txt:3: 2-1 is no range`},
		{"same value", value + "    = 2, 0x1 | two\n", `test.txt:4: second meaning of 0x1`},
		{"same value in a line", code + "  p1 text\n    = 1, 1 | one\n", `test.txt:3: second meaning of 1`},
		{"same value in a condition", code + "  p1 text\n    when arm\n      = 1 | a\n      = 1 | b\n", `test.txt:5: second meaning of 1`},
		{"same kind", code + "  p1 text\n    = other | a\n    = other | b\n", `test.txt:4: second meaning of other`},
		{"same text", code + "  p1 text\n    = text, text | a\n", `test.txt:3: second meaning of text`},
		{"ranges overlap", code + "  p1 text\n    = 1-4 | a\n    = 4-5 | b\n", `test.txt:4: second meaning of 4-5`},
		{"same bits", flags + "    & 0x1 | two\n", `test.txt:4: second meaning of 0x1`},
		{"no bits", flags + "    & 0 | two\n", `test.txt:4: no bits`},
		{"list of bits", flags + "    & 2, 4 | two\n", `test.txt:4: "2, 4" is not a number`},
		{"other bits", flags + "    & other | two\n", `test.txt:4: "other" is not a number`},
		{"bits of no flags", code + "  p1 value\n    & 2 | two\n", `test.txt:3: & cannot stand below p1`},
		{"bits of an enumeration elsewhere", enum + "  & 1 | one\n0x1 FIRST\n  p1 size\n    & 2 | two\n", `test.txt:5: & cannot stand below p1`},

		// conditions
		{"empty condition", code + "  when\n    look A.\n", `test.txt:2: when is empty`},
		{"unknown machine", code + "  when ia64\n    look A.\n", `test.txt:2: "ia64" is not a condition`},
		{"same machine", code + "  when x86 x86\n    look A.\n", `test.txt:2: "x86 x86" is not a condition`},
		{"build first", code + "  when build 1- x86\n    look A.\n", `test.txt:2: "build 1- x86" is not a condition`},
		{"two builds", code + "  when build 1- build 2-\n    look A.\n", `test.txt:2: "build 1- build 2-" is not a condition`},
		{"no builds", code + "  when x86 build\n    look A.\n", `test.txt:2: "x86 build" is not a condition`},
		{"one build", code + "  when build 10240\n    look A.\n", `test.txt:2: "10240" is not A-B, A- or -B`},
		{"all builds", code + "  when build -\n    look A.\n", `test.txt:2: "-" is not A-B, A- or -B`},
		{"wide build", code + "  when build 4294967296-\n    look A.\n", `test.txt:2: "4294967296" is not a number of 32 bits`},
		{"bad build", code + "  when build 1-x\n    look A.\n", `test.txt:2: "x" is not a number of 32 bits`},
		{"falling builds", code + "  when build 2-1\n    look A.\n", `test.txt:2: "2-1" is no range`},
		{"condition of nothing", code + "  when x86\n  look A.\n", `test.txt:2: when, and nothing below it`},

		// enumerations
		{"no type", "enum\n  = 1 | one\n", `test.txt:1: "" is not the name of a type`},
		{"bad type", "enum Size\n", `test.txt:1: "Size" is not the name of a type`},
		{"two types", "enum size irql\n", `test.txt:1: "size irql" is not the name of a type`},
		{"type of ours", "enum flags\n", `test.txt:1: second type flags`},
		{"second type", enum + "  = 1 | one\n" + enum, `test.txt:3: second type size`},
		{"nothing in it", "\n" + enum, `test.txt:2: enum, and nothing below it`},
		{"look in it", enum + "  look A.\n", `test.txt:2: look cannot stand below enum`},
		{"use in it", enum + "  use live\n", `test.txt:2: use cannot stand below enum`},
		{"parameter in it", enum + "  p1 text\n", `test.txt:2: p1 cannot stand below enum`},
		{"parameter in its value", enum + "  = 1 | one\n    p1 text\n", `test.txt:3: p1 cannot stand below =`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			parsed, err := parse(tt.text)
			if err == nil {
				t.Fatalf("parsed, want an error:\n%s", parsed)
			}
			if got := err.Error(); !strings.HasPrefix(got, tt.want) {
				t.Errorf("error is %q, want %q", got, tt.want)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	f.Add("")
	f.Add("0x1 FIRST\n  use live\n  requester someone\n  p1 text | Label\n    = 0, 1-4 | none\n    = text | some\n")
	f.Add("0x1 A\n  p1 flags\n    & 2 | x\n    when x86 build -4\n      & 2 | y\nenum e\n  = other | z\n    when arm\n      look A.\n")
	f.Add("0x1 A\n  p1 | B\n    = 1 | x\n      p2 e\n      when build 1-2\n        note C.\n  p4 ntstatus\nenum e\n  & 1 | z\n")
	f.Add("0x1\n\t|\n = ,|\n")
	f.Add(string(codesFiles()[0].text[:4000]))
	form := regexp.MustCompile(`^test\.txt:[1-9][0-9]*: .`)
	f.Fuzz(func(t *testing.T, text string) {
		parsed, err := parse(text)
		if err != nil {
			if !form.MatchString(err.Error()) {
				t.Errorf("error is %q", err)
			}
			return
		}
		printed := parsed.String()
		again, err := parse(printed)
		if err != nil {
			t.Fatalf("what was printed gives %v:\n%s", err, printed)
		}
		if got := again.String(); got != printed {
			t.Errorf("got\n%swant\n%s", got, printed)
		}
		for i, e := range parsed.codes {
			if i > 0 && parsed.codes[i-1].value >= e.value {
				t.Errorf("%#x does not come after %#x", e.value, parsed.codes[i-1].value)
			}
			for name := range e.names {
				if !isName(name) {
					t.Errorf("%#x is named %q", e.value, name)
				}
			}
		}
	})
}
