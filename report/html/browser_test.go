package html

import (
	"context"
	"html"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/dmplens/dmplens/report/page"
)

// console is a line that Chromium writes for what a page complains of.
var console = regexp.MustCompile(`(?m)^.*CONSOLE.*$`)

// In a browser a page complains of nothing, runs no script, and is not wider than a telephone, whatever its texts are.
func TestBrowser(t *testing.T) {
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("WITHOUT A BROWSER: chromium is not installed")
	}
	for name, texts := range map[string][]string{"plain": {"some words of text"}, "hostile": hostile} {
		t.Run(name, func(t *testing.T) {
			var pages []*page.Page
			for _, s := range texts {
				p := &page.Page{Title: s, About: []string{s}}
				for _, b := range blocks(s) {
					p.Sections = append(p.Sections, page.Section{b})
				}
				pages = append(pages, p)
			}
			dom, log := browse(t, chromium, written(t, pages...))
			if complaints := console.FindAllString(log, -1); len(complaints) > 0 {
				t.Errorf("the console says:\n%s", strings.Join(complaints, "\n"))
			}
			if !strings.Contains(dom, `<html data-width="390" data-inner="390" data-elements="0">`) {
				_, head, _ := strings.Cut(dom, "<html")
				t.Errorf("it is wider than 390 pixels, or a text became an element: %.80s", head)
			}
		})
	}
	_, log := browse(t, chromium, `<!DOCTYPE html><script>console.error("seen")</script>`)
	if !console.MatchString(log) {
		t.Errorf("this test would not see what the console says:\n%s", log)
	}
}

// browse shows a document in a frame of 390 pixels, for the window of a browser cannot be as narrow. The element of the outer document says how
// wide the inner one is, how wide the frame, and how many elements there are that a page of ours never has.
func browse(t *testing.T, chromium, document string) (dom, log string) {
	t.Helper()
	dir := t.TempDir()
	outer := filepath.Join(dir, "outer.html")
	frame := `<!DOCTYPE html><html><body><iframe width="390" height="800" style="border:0" srcdoc="` + html.EscapeString(document) + `"></iframe><script>
onload = () => {
  const inner = document.querySelector("iframe").contentDocument, root = inner.documentElement;
  document.documentElement.dataset.width = Math.max(root.scrollWidth, inner.body ? inner.body.scrollWidth : 0);
  document.documentElement.dataset.inner = root.clientWidth;
  document.documentElement.dataset.elements = inner.querySelectorAll("script, img, iframe, object").length;
}
</script></body></html>`
	if err := os.WriteFile(outer, []byte(frame), 0o666); err != nil {
		t.Fatal(err)
	}
	var stdout, stderr strings.Builder
	cmd := exec.CommandContext(context.Background(), chromium, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--enable-logging=stderr",
		"--user-data-dir="+filepath.Join(dir, "profile"), "--virtual-time-budget=2000", "--dump-dom", "file://"+outer)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s", err, &stderr)
	}
	return stdout.String(), stderr.String()
}
