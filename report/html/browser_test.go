package html

import (
	"encoding/json"
	"fmt"
	"html"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/dmplens/dmplens/report/page"
)

// console is a line that Chromium writes for what a page complains of.
var console = regexp.MustCompile(`(?m)^.*CONSOLE.*$`)

// probe writes down what came of each document, which stands in a frame of the width of a telephone, for a window cannot be as narrow.
const probe = `<script>
onload = () => {
  const result = [...document.querySelectorAll("iframe")].map((frame) => {
    const view = frame.contentWindow, inner = view.document, root = inner.documentElement;
    const all = [...inner.body.querySelectorAll("*")];
    return {
      frame: root.clientWidth, width: Math.max(root.scrollWidth, inner.body.scrollWidth), title: inner.title,
      elements: [...new Set(all.map((e) => e.localName))], attributes: [...new Set(all.flatMap((e) => e.getAttributeNames()))],
      away: all.filter((e) => e.hasAttribute("href") && !e.getAttribute("href").startsWith("#")).length,
      styled: all.filter((e) => !/^([a-z]+:[0-9.]+(%|rem|px);?)*$/.test(e.getAttribute("style") ?? "")).length,
      requests: view.performance.getEntriesByType("resource").length, ran: "hostile" in view || "hostile" in window,
      unclean: /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/.test(root.textContent), length: root.textContent.length,
    };
  });
  const pre = document.createElement("pre");
  pre.textContent = "RESULT" + JSON.stringify(result) + "RESULT";
  document.body.replaceChildren(pre);
}
</script>`

// shown is what a browser made of a document.
type shown struct {
	Frame, Width         int
	Title                string
	Elements, Attributes []string // the names of those that it has
	Away                 int      // links to anything else
	Styled               int      // styles of elements that are more than numbers
	Requests             int
	Ran                  bool // a hostile script
	Unclean              bool // letters of control, or those that turn the direction of others
	Length               int
}

// browse shows documents in one run of a browser, and returns what its console says beside them.
func browse(t *testing.T, chromium string, documents ...string) (list []shown, complaints []string) {
	t.Helper()
	dir := t.TempDir()
	outer := filepath.Join(dir, "outer.html")
	var b strings.Builder
	b.WriteString(`<!DOCTYPE html><html><head><meta charset="utf-8"></head><body>`)
	for _, d := range documents {
		fmt.Fprintf(&b, `<iframe width="390" height="800" style="border:0" srcdoc="%s"></iframe>`, html.EscapeString(d))
	}
	b.WriteString(probe + "</body></html>")
	if err := os.WriteFile(outer, []byte(b.String()), 0o666); err != nil {
		t.Fatal(err)
	}
	var stdout, stderr strings.Builder
	cmd := exec.CommandContext(t.Context(), chromium, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--enable-logging=stderr",
		"--user-data-dir="+filepath.Join(dir, "profile"), "--virtual-time-budget=2000", "--dump-dom", "file://"+outer)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s", err, &stderr)
	}
	parts := strings.Split(stdout.String(), "RESULT")
	if len(parts) != 3 {
		t.Fatalf("no result: %.200s\n%s", &stdout, &stderr)
	}
	if err := json.Unmarshal([]byte(html.UnescapeString(parts[1])), &list); err != nil || len(list) != len(documents) {
		t.Fatalf("%d of %d documents: %v", len(list), len(documents), err)
	}
	return list, console.FindAllString(stderr.String(), -1)
}

// In a browser a page complains of nothing, asks for nothing, runs no script, and is not wider than a telephone, whatever its texts are.
// Texts become no elements and no attributes: what hostile pages have, harmless ones have too.
func TestBrowser(t *testing.T) {
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("WITHOUT A BROWSER: chromium is not installed")
	}
	document := func(texts ...string) string {
		var pages []*page.Page
		for _, s := range texts {
			p := &page.Page{Title: s, About: []string{s}}
			for _, b := range blocks(s) {
				p.Sections = append(p.Sections, page.Section{b})
			}
			pages = append(pages, p)
			for _, m := range everyPage(t, s) {
				pages = append(pages, m.page)
			}
		}
		return written(t, pages...)
	}
	seen := `<!DOCTYPE html><body><p style="width:500px">&#x202e;</p><svg onload="hostile=1"></svg><a href="x" style="color:red"></a><script>console.error("seen")</script>`
	list, complaints := browse(t, chromium, document("some words of text", "0x1234", `C:\Dumps\some.dmp`), document(hostile...), written(t, &page.Page{Title: hostile[0]}), seen)
	plain, bad, one, control := list[0], list[1], list[2], list[3]
	for name, s := range map[string]shown{"plain": plain, "hostile": bad, "one page": one} {
		if s.Frame != 390 || s.Width > 390 || s.Away > 0 || s.Styled > 0 || s.Requests > 0 || s.Ran || s.Unclean || strings.HasPrefix(s.Title, "hostile") {
			s.Elements, s.Attributes = nil, nil
			t.Errorf("%s: %+v", name, s)
		}
	}
	if plain.Length < 10_000 || bad.Length < 1_000_000 {
		t.Errorf("there are only %d letters and %d hostile ones", plain.Length, bad.Length)
	}
	for _, name := range append(bad.Elements, bad.Attributes...) {
		if !slices.Contains(plain.Elements, name) && !slices.Contains(plain.Attributes, name) {
			t.Errorf("a hostile text became %s", name)
		}
	}
	for _, name := range append(plain.Elements, plain.Attributes...) {
		if strings.HasPrefix(name, "on") || slices.Contains([]string{"script", "img", "iframe", "object", "embed", "link", "form", "src"}, name) {
			t.Errorf("a page of ours has %s", name)
		}
	}
	if len(complaints) != 1 || !strings.Contains(complaints[0], "seen") {
		t.Errorf("the console says:\n%.2000s", strings.Join(complaints, "\n"))
	}
	if control.Width <= 390 || control.Away == 0 || control.Styled != 1 || !control.Ran || !control.Unclean || !slices.Contains(control.Attributes, "onload") {
		t.Errorf("this test does not see what is wrong: %+v", control)
	}
}
