package symstore_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dmplens/dmplens/dmpfile/symstore"
)

func TestParsePath(t *testing.T) {
	d := defaultStore(t)
	home, err := os.UserHomeDir()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		path, text      string // text is "" where it is path
		stores, servers []string
	}{
		{"", "", nil, nil},
		{" ; ;;", " ", nil, nil},
		{"/symbols", "", []string{"/symbols"}, nil},
		{"symbols;/more symbols", "", []string{"symbols", "/more symbols"}, nil},
		{"  /a ; /b  ", "/a;/b", []string{"/a", "/b"}, nil},
		{"srv*/a*/b*https://x.example/y", "", []string{"/a", "/b"}, []string{"https://x.example/y"}},
		{" SRV * /a *  https://x.example/y ", "SRV*/a*https://x.example/y", []string{"/a"}, []string{"https://x.example/y"}},
		{"symsrv*symsrv.dll*/a*HTTP://x.example", "", []string{"/a"}, []string{"http://x.example"}},
		{"SymSrv*SYMSRV.DLL*/a", "", []string{"/a"}, nil},
		{"srv**https://x.example", "", []string{d}, []string{"https://x.example"}},
		{"srv*https://x.example", "", []string{d}, []string{"https://x.example"}},
		{"https://x.example:8080/y", "", []string{d}, []string{"https://x.example:8080/y"}},
		{"srv*/a*", "", []string{"/a", d}, nil},
		{"srv**/a*http://x.example", "", []string{d, "/a"}, []string{"http://x.example"}},
		{"srv*", "", []string{d}, []string{symstore.PublicServer}},
		{"srv*;srv*/a", "", []string{d, "/a"}, []string{symstore.PublicServer}},
		{"srv**", "", []string{d}, nil},
		{"symsrv*symsrv.dll*", "", []string{d}, []string{symstore.PublicServer}},
		{"cache*", "", []string{d}, nil},
		{"cache*/c;srv*/a*https://x.example;/plain", "", []string{"/c", "/a", "/plain"}, []string{"https://x.example"}},
		{"srv*/a*https://x.example;Cache*/c;https://y.example", "", []string{"/a", "/c"}, []string{"https://x.example", "https://y.example"}},
		{"srv*/a*https://user:secret@x.example/y?key=1", "", []string{"/a"}, []string{"https://user:xxxxx@x.example/y?xxxxx"}},
		{"srv*/a*https://x.example;srv*/b*https://x.example", "", []string{"/a", "/b"}, []string{"https://x.example"}},
		{"/a;/a;srv*/a", "", []string{"/a"}, nil},
		{"https.d/a:b", "", []string{"https.d/a:b"}, nil},
		{`srv*"/a b"*https://x.example`, "srv*/a b*https://x.example", []string{"/a b"}, []string{"https://x.example"}},
		{`" "/a b" "`, "/a b", []string{"/a b"}, nil},
		{`"srv*/a*https://x.example"`, "srv*/a*https://x.example", []string{"/a"}, []string{"https://x.example"}},
		{"srv*~/symbols*https://x.example;~;./~", "", []string{filepath.Join(home, "symbols"), home, "./~"}, []string{"https://x.example"}},
		{"/a/$b/%c%/~;$;a$HOME;%;100%%x;%a/b%", "", []string{"/a/$b/%c%/~", "$", "a$HOME", "%", "100%%x", "%a/b%"}, nil},
	} {
		p, err := symstore.ParsePath(c.path)
		if err != nil {
			t.Errorf("%q: %v", c.path, err)
			continue
		}
		want := c.path
		if c.text != "" {
			want = strings.TrimSpace(c.text)
		}
		if p.String() != want || !slices.Equal(p.Stores(), c.stores) || !slices.Equal(p.Servers(), c.servers) {
			t.Errorf("%q: %q, stores %q, servers %q", c.path, p.String(), p.Stores(), p.Servers())
		}
	}
}

// Folders of Windows are looked in there, and passed over elsewhere.
func TestWindowsFolders(t *testing.T) {
	const path = `C:\symbols;srv*d:/local*\\server\share*\sym*..\x*https://x.example`
	want := []string{`C:\symbols`, "d:/local", `\\server\share`, `\sym`, `..\x`}
	if !windows {
		want = nil
	}
	if p := parse(t, path); p.String() != path || !slices.Equal(p.Stores(), want) {
		t.Errorf("%q, stores %q", p, p.Stores())
	}
}

func TestNonsense(t *testing.T) {
	for path, want := range map[string]string{
		"srv":                      "asterisk",
		"/a;CACHE":                 "asterisk",
		"srv*https://x.example*/a": "server ahead of another store",
		"srv*https://x.example*":   "server ahead of another store",
		"/ok;srv*https://a.example*https://b.example": "server ahead of another store",
		"symsrv*other.dll*/a":                         "another symbol server",
		"symsrv*symsrv.dll":                           "names no store",
		"symsrv*":                                     "another symbol server",
		"cache*/a*/b":                                 "more than one folder",
		"cache*https://x.example":                     "cannot be filled",
		"svr*/a*https://x.example":                    "does not begin with",
		"*":                                           "does not begin with",
		"/a*https://x.example":                        "does not begin with",
		"https://x.example*/a":                        "does not begin with",
		"ftp://x.example/a":                           "of the kind ftp",
		"srv*/a*file:///b":                            "of the kind file",
		"https://":                                    "cannot be read",
		"srv*/a*https://x.example:port":               "cannot be read",
		"https://x.example/a#b":                       "cannot be read",
		"srv*/a\nb*https://x.example":                 "control character",
		"/a\x00b":                                     "control character",
		"srv*%TEMP%*https://x.example":                "begins with the variable %TEMP%",
		"/ok;%ProgramData%\\Dbg\\sym":                 "begins with the variable %ProgramData%",
		"srv*$HOME/x*https://x.example":               "begins with the variable $HOME",
		"cache*${HOME}/x":                             "begins with the variable ${HOME}",
		"srv*~me/x":                                   "begins with ~",
		"srv*file:/x*https://x.example":               "of the kind file",
		"srv*file:x*https://x.example":                "of the kind file",
		"srv*https:/x.example":                        "cannot be read",
		`srv*http:\\x.example\y`:                      "cannot be read",
		"https:x.example":                             "cannot be read",
		"://":                                         "cannot be read",
		"srv*/a*://x.example":                         "cannot be read",
	} {
		_, err := symstore.ParsePath(path)
		var e *symstore.PathError
		if !errors.As(err, &e) || !strings.Contains(e.Problem, want) || !strings.Contains(symstore.Redacted(path), e.Element) || e.Element == "" && path != "*" {
			t.Errorf("%q: %v, want %q", path, err, want)
		}
	}
}

func FuzzPointer(f *testing.F) {
	for _, s := range []string{"PATH:/a/b", "path: c:\\a\r\n", "MSG: none\x00", "/a", "", "\xef\xbb\xbfPATH:", "PATH:\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		target, err := symstore.Pointer(b)
		if (target == "") != (err != nil) || len(target) > len(b) || strings.ContainsAny(target, "\x00\r\n") {
			t.Fatalf("%q, %v", target, err)
		}
	})
}

func FuzzParsePath(f *testing.F) {
	for _, s := range []string{
		"", "srv*", "srv*/a*/b*https://x.example/y?z=1", "symsrv*symsrv.dll**\\\\s\\b*http://u:p@x", "cache*c:\\a;srv**https://x;/b; ;",
		"srv*https://x*y", "cache*a*b", `srv*" "a" "*"https://u:p@x"`, "~/a;~;%A%;$A;${A}/b", "file:/x;://;c:/x", "ftp://x", "s*", "srv*\x00",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p, err := symstore.ParsePath(s)
		if (p == nil) != (err != nil) {
			t.Fatalf("%v, %v", p, err)
		}
		if err != nil {
			if !errors.As(err, new(*symstore.PathError)) {
				t.Fatal(err)
			}
			return
		}
		again, err := symstore.ParsePath(p.String())
		if err != nil || again.String() != p.String() || !slices.Equal(again.Stores(), p.Stores()) || !slices.Equal(again.Servers(), p.Servers()) {
			t.Fatalf("%q comes back as %q, %v", p, again, err)
		}
	})
}

// Which folders Fetch fills, and in which there is nothing to find.
func TestFolders(t *testing.T) {
	store := defaultStore(t)
	dir := t.TempDir()
	for _, c := range []struct {
		path                    string
		filled, absent, foreign []string
	}{
		{"DIR;DIR/none", nil, []string{"DIR/none"}, nil},
		{"srv*DIR/none", nil, []string{"DIR/none"}, nil},
		{"srv*", []string{store}, nil, nil},
		{"http://x", []string{store}, nil, nil},
		{"srv*DIR/a*DIR/b*http://x;DIR/a", []string{"DIR/a"}, []string{"DIR/b"}, nil},
		{"cache*DIR/c;srv*DIR/a*http://x;srv*http://y", []string{"DIR/c"}, []string{"DIR/a"}, nil},
		{`C:\sym;srv*\\host\share*http://x;srv*d:\x*DIR/a*http://x`, []string{"DIR/a"}, nil, []string{`C:\sym`, `\\host\share`, `d:\x`}},
		{"file;file", nil, []string{"file"}, nil},
	} {
		if windows && c.foreign != nil {
			continue
		}
		p := parse(t, strings.ReplaceAll(c.path, "DIR", dir))
		absent, foreign := p.PassedOver()
		for i, got := range [][]string{p.Filled(), absent, foreign} {
			for i := range got {
				got[i] = strings.ReplaceAll(got[i], dir, "DIR")
			}
			expectList(t, c.path, got, [][]string{c.filled, c.absent, c.foreign}[i]...)
		}
	}
}
