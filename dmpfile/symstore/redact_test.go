package symstore_test

import (
	"strings"
	"testing"

	"github.com/dmplens/dmplens/dmpfile/symstore"
)

func TestRedacted(t *testing.T) {
	for s, want := range map[string]string{
		"":                               "",
		"/home/me@work;srv*/a@b*C:\\x@y": "/home/me@work;srv*/a@b*C:\\x@y",
		"srv*/a*https://host:8080/x@y":   "srv*/a*https://host:8080/x@y",
		"https://x.example/a":            "https://x.example/a",
		"srv*http://u:SECRET@h/ok*/x":    "srv*http://u:xxxxx@h/ok*/x",
		"srv*ftp://u:SECRET@h":           "srv*ftp://u:xxxxx@h",
		"http://u:SECRET@[::1/ok":        "http://u:xxxxx@[::1/ok",
		"http://u:SECRET@h/x#SECRET":     "http://u:xxxxx@h/x#xxxxx",
		"http://u:SEC/RET@h":             "http://u:xxxxx@h",
		"http://u:SE?CRET@h":             "http://u:xxxxx@h",
		"http://u:SECRET#@h":             "http://u:xxxxx@h",
		"http://u:SEC@RET@h/x":           "http://u:xxxxx@h/x",
		"foo*http://u:SECRET@h":          "foo*http://u:xxxxx@h",
		"cache*http://u:SECRET@h;/x@y":   "cache*http://u:xxxxx@h;/x@y",
		"http://h/ok?key=SECRET":         "http://h/ok?xxxxx",
		"srv*/a*http://h/?SECRET*/b":     "srv*/a*http://h/?xxxxx*/b",
		"http://SECRET@h/":               "http://xxxxx@h/",
		"http://SECRET:@h/":              "http://xxxxx@h/",
		"http:/u:SECRET@h/x":             "http:/u:xxxxx@h/x",
		`http:\\u:SECRET@h\x`:            `http:\\u:xxxxx@h\x`,
		"://u:SECRET@h/x":                "://u:xxxxx@h/x",
		"srv*http://u:SE*C;RET@h/x":      "srv*http://u:xxxxx*xxxxx;xxxxx@h/x",
		"https://x.example:port":         "https://x.example:xxxxx",
		"http://a:b@h*http://SECRET@i":   "http://a:xxxxx@h*http://xxxxx@i",
		"C:\\x;http://u:SECRET@h":        "C:\\x;http://u:xxxxx@h",
	} {
		if got := symstore.Redacted(s); got != want {
			t.Errorf("%q: %q, want %q", s, got, want)
		}
	}
}

// What is said of an element that is none has no secret of it.
func TestPathErrorKeepsSecrets(t *testing.T) {
	for _, s := range []string{
		"srv*http://u:SECRET@h/ok*/x", "srv*ftp://u:SECRET@h", "http://u:SECRET@[::1/ok", "http://u:SECRET@h#f", "http://u:SEC/RET@h", "http://h/#SECRET",
		"foo*http://u:SECRET@h", "cache*http://u:SECRET@h", "http://u:SECRET;x@h", "srv*http:/u:SECRET@h", "cache*http://h/?SECRET", "svr*http://SECRET@h",
	} {
		p, err := symstore.ParsePath(s)
		if err == nil {
			t.Errorf("%s: %v", s, p)
			continue
		}
		if text := err.Error(); strings.Contains(text, "SEC") || strings.Contains(text, "RET") {
			t.Errorf("%s: %s", s, text)
		}
	}
}

func FuzzRedacted(f *testing.F) {
	f.Add("", "h")
	f.Add("a@b:", "[::1]:80")
	f.Add("\x80", "h/x@y")
	f.Fuzz(func(t *testing.T, password, host string) {
		if strings.ContainsAny(password, "/?#*;") || strings.ContainsAny(host, "*;") || strings.Contains(host, "SECRET") {
			return // where the host is may be read in two ways then
		}
		for _, user := range []string{"u:" + password + "SECRET", password + "SECRET"} {
			if got := symstore.Redacted("srv*/a*http://" + user + "@" + host + "/x?SECRET"); strings.Contains(got, "SECRET") && strings.Count(host, "@") == 0 {
				t.Fatal(got)
			}
		}
	})
}
