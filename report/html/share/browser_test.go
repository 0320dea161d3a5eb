package share

import (
	"context"
	"encoding/json"
	"fmt"
	"html"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dmplens/dmplens/report"
)

// frame shows a page in a frame of 390 pixels, for the window of a browser cannot be as narrow. Its script clicks on the heads of the table
// of groups, filters, and writes down what came of it.
const frame = `<!DOCTYPE html><html><body><iframe width="390" height="900" style="border:0" srcdoc="%s"></iframe><script>
onload = () => {
  const w = document.querySelector("iframe").contentWindow, d = w.document;
  const tables = [...d.querySelectorAll("table.sortable")], table = tables.find((t) => t.tHead.textContent.includes("by day"));
  const names = (rows) => rows.map((b) => b.rows[0].cells[0].firstChild.textContent).join(" ");
  const head = table.tHead.rows[0].cells[1], button = head.querySelector("button"), orders = [];
  for (let i = 0; i < 2; i++) {
    button.click();
    orders.push(head.ariaSort + ": " + names([...table.tBodies]));
  }
  const field = d.getElementById("filter");
  field.value = "EXAMPLE.sys";
  field.dispatchEvent(new w.Event("input"));
  const left = names([...table.tBodies].filter((b) => b.checkVisibility())), shown = d.getElementById("shown").textContent;
  field.value = "";
  field.dispatchEvent(new w.Event("input"));
  for (const x of d.querySelectorAll("details")) x.open = true;
  document.body.dataset.result = JSON.stringify({
    orders, left, shown, all: tables.every((t) => [...t.tBodies].every((b) => !b.classList.contains("out"))),
    wide: Math.max(d.documentElement.scrollWidth, d.body.scrollWidth) - d.documentElement.clientWidth,
    elements: d.querySelectorAll("img, iframe, object, embed, a, base, form, audio, video").length, scripts: d.scripts.length,
    requests: w.performance.getEntriesByType("resource").length, harmed: "harmed" in w || "harmed" in window,
  });
}
</script></body></html>`

// seen is what the script of frame writes down.
type seen struct {
	Orders             []string
	Left, Shown        string
	All, Harmed        bool
	Wide               int // by how many pixels it is too wide
	Elements, Requests int
	Scripts            int
}

func changed() *Diff {
	s := few()
	old := &Share{Groups: []report.Group{{By: "signature", Key: "0x1a", Name: "MEMORY_MANAGEMENT", Count: 4, WorstVerdict: report.Complete}}}
	for i := range 4 {
		old.Add(dumpRow(fmt.Sprintf("old/%d.dmp", i), "0x1a", fmt.Sprintf("%032x", i/2), noon.AddDate(0, -1, i)))
	}
	return &Diff{
		Old: old, New: s, OldName: "old.jsonl", NewName: "new.jsonl", Patterns: s.Patterns,
		Changes: []report.GroupChange{
			{Key: "0x50|example.sys", Change: report.ChangeNew, New: 2, Example: "a/1.dmp"}, {Key: "0x9f:0x3", Change: report.ChangeNew, New: 1},
			{Key: "0x1a", Change: report.ChangeGone, Old: 4, Example: "old/1.dmp"},
		},
	}
}

// TestInChromium sorts, filters and unfolds in a browser, where there is one.
func TestInChromium(t *testing.T) {
	browser, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("NOT TESTED IN A BROWSER: there is no chromium on the PATH")
	}
	want := seen{
		Orders: []string{"descending: 0x50|example.sys 0x9f:0x3", "ascending: 0x9f:0x3 0x50|example.sys"}, Left: "0x50|example.sys",
		Shown: "2 of 6 entries on this page", All: true, Scripts: 1,
	}
	if diff := cmp.Diff(want, browse(t, browser, render(t, few()))); diff != "" {
		t.Errorf("a share (-want +got)\n%s", diff)
	}
	want.Shown = "1 of 3 entries on this page"
	if diff := cmp.Diff(want, browse(t, browser, rendered(t, changed()))); diff != "" {
		t.Errorf("changes (-want +got)\n%s", diff)
	}
}

// TestHostileInChromium has hostile texts in every field of rows, groups, changes and patterns.
func TestHostileInChromium(t *testing.T) {
	browser, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("NOT TESTED IN A BROWSER: there is no chromium on the PATH")
	}
	s, d := few(), changed()
	for i, text := range append(hostile, `<script>parent.harmed = window.harmed = 1</script>`, `"><img src=x onerror="parent.harmed=window.harmed=1">`,
		`'onmouseover=window.harmed=1 `, `--></style><script>window.harmed=1</script>`, strings.Repeat("W", 10_000)) {
		for _, verdict := range []report.Verdict{report.Complete, report.Damaged, report.NotADump, ""} {
			r := new(report.Report)
			setTexts(reflect.ValueOf(r).Elem(), text, 6)
			r.File.DuplicateOf, r.Dump.CapturedAt = "", new(noon.AddDate(0, 0, i))
			if verdict != "" {
				r.Verdict = verdict
			}
			for _, s := range []*Share{s, d.Old, d.New} {
				s.Add(r)
				s.Add(r)
			}
		}
		var g report.Group
		var c report.GroupChange
		setTexts(reflect.ValueOf(&g).Elem(), text, 3)
		setTexts(reflect.ValueOf(&c).Elem(), text, 3)
		p := Pattern{text, text, []string{text, text}}
		for _, s := range []*Share{s, d.Old, d.New} {
			s.Groups, s.Patterns, s.Baseline, s.By, s.Partial = append(s.Groups, g), append(s.Patterns, p), text, "", text
		}
		for _, change := range []string{report.ChangeNew, report.ChangeGrowing, report.ChangeShrinking, report.ChangeGone, text} {
			c.Change, c.New = change, 1
			s.Changes, d.Changes = append(s.Changes, c), append(d.Changes, c)
		}
		d.OldName, d.NewName, d.Patterns = text, text, append(d.Patterns, p)
	}
	for name, page := range map[string]string{"share": render(t, s), "changes": rendered(t, d)} {
		got := browse(t, browser, page)
		got.Orders, got.Left, got.Shown = nil, "", ""
		if diff := cmp.Diff(seen{All: true, Scripts: 1}, got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", name, diff)
		}
	}
}

// setTexts sets every string below v, down to a depth.
func setTexts(v reflect.Value, text string, depth int) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Pointer:
		if depth > 0 {
			v.Set(reflect.New(v.Type().Elem()))
			setTexts(v.Elem(), text, depth-1)
		}
	case reflect.Slice:
		if depth > 0 {
			v.Set(reflect.MakeSlice(v.Type(), 1, 1))
			setTexts(v.Index(0), text, depth-1)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				setTexts(v.Field(i), text, depth)
			}
		}
	}
}

func rendered(t *testing.T, d *Diff) string {
	t.Helper()
	var b strings.Builder
	if err := d.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// browse opens a page in a browser, and returns what the script of frame saw. The console must be empty.
func browse(t *testing.T, browser, page string) (got seen) {
	t.Helper()
	name := filepath.Join(t.TempDir(), "frame.html")
	if err := os.WriteFile(name, fmt.Appendf(nil, frame, html.EscapeString(page)), 0o666); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(t.Context(), 2*time.Minute) // of a browser that hangs
	defer stop()
	c := exec.CommandContext(ctx, browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--enable-logging=stderr",
		"--user-data-dir="+filepath.Join(t.TempDir(), "profile"), "--virtual-time-budget=2000", "--dump-dom", "file://"+name)
	var stderr strings.Builder
	c.Stderr = &stderr
	out, err := c.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, &stderr)
	}
	if strings.Contains(stderr.String(), "CONSOLE") {
		t.Errorf("the console says\n%s", &stderr)
	}
	_, result, found := strings.Cut(string(out), `data-result="`)
	result, _, _ = strings.Cut(result, `"`)
	if !found {
		t.Fatalf("the script did not come to its end\n%s", &stderr)
	}
	if err := json.Unmarshal([]byte(html.UnescapeString(result)), &got); err != nil {
		t.Fatal(err)
	}
	return got
}
