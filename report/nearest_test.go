package report

import "testing"

func TestNearest(t *testing.T) {
	names := []string{"scan", "stack", "streams", "info", "diff", "fine", "total", "MEMORY.DMP", "a"}
	for written, want := range map[string]string{
		"scn": "scan", "sacn": "scan", "ifno": "info", "SCAN": "scan", "dif": "diff", "stcak": "stack", "memroy.dmp": "MEMORY.DMP", "MEMRY.DMP": "MEMORY.DMP",
		"mem": "MEMORY.DMP", "tot": "total", "st": "", "str": "streams", "size": "", "nope": "", "b": "", "": "", "xx": "", "something else": "",
	} {
		if got := Nearest(written, names); got != want {
			t.Errorf("%q: %q, want %q", written, got, want)
		}
	}
	for _, x := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"", "abc", 3}, {"abc", "", 3}, {"ab", "ba", 1}, {"abcd", "badc", 2}, {"kitten", "sitting", 3}, {"a", "b", 1}} {
		if got := distance(x.a, x.b); got != x.want {
			t.Errorf("%q, %q: %d, want %d", x.a, x.b, got, x.want)
		}
	}
}
