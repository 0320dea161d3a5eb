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

// frame shows a page in a frame of 390 pixels, for the window of a browser cannot be as narrow. It runs a script, and writes down what comes of it.
const frame = `<!DOCTYPE html><html><body><iframe width="390" height="900" style="border:0" srcdoc="%s"></iframe><script>
onload = () => {
  const w = document.querySelector("iframe").contentWindow, d = w.document;
  const tables = [...d.querySelectorAll("table.sortable")], table = tables.find((t) => t.tHead.textContent.includes("by day"));
  const names = (rows) => rows.map((b) => b.rows[0].cells[0].firstChild.textContent).join(" ");
  const shown = d.getElementById("shown"), field = d.getElementById("filter");
  const type = (text) => {
    field.value = text;
    field.dispatchEvent(new w.Event("input"));
  };
  document.body.dataset.result = JSON.stringify((() => {%s})());
}
</script></body></html>`

// look clicks on the heads of the table of groups, filters, unfolds everything, and says what came of it.
const look = `
  const button = table.tHead.rows[0].cells[1].querySelector("button"), orders = [];
  for (let i = 0; i < 2; i++) {
    button.click();
    orders.push(table.tHead.rows[0].cells[1].ariaSort + ": " + names([...table.tBodies]));
  }
  type("EXAMPLE.sys");
  const left = names([...table.tBodies].filter((b) => b.checkVisibility())), said = shown.textContent;
  type("");
  for (const x of d.querySelectorAll("details")) x.open = true;
  return {
    orders, left, shown: said, all: tables.every((t) => [...t.tBodies].every((b) => !b.classList.contains("out"))),
    wide: Math.max(d.documentElement.scrollWidth, d.body.scrollWidth) - d.documentElement.clientWidth,
    elements: d.querySelectorAll("img, iframe, object, embed, a, base, form, audio, video").length, scripts: d.scripts.length,
    requests: w.performance.getEntriesByType("resource").length, harmed: "harmed" in w || "harmed" in window,
  };`

// seen is what look says.
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
	if diff := cmp.Diff(want, browse[seen](t, browser, render(t, few()), look)); diff != "" {
		t.Errorf("a share (-want +got)\n%s", diff)
	}
	want.Shown = "1 of 3 entries on this page"
	if diff := cmp.Diff(want, browse[seen](t, browser, rendered(t, changed()), look)); diff != "" {
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
		got := browse[seen](t, browser, page, look)
		got.Orders, got.Left, got.Shown = nil, "", ""
		if diff := cmp.Diff(seen{All: true, Scripts: 1}, got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", name, diff)
		}
	}
}

// TestSortInChromium has a table in several orders: a click on a head makes one of all of them, whatever was clicked on before.
func TestSortInChromium(t *testing.T) {
	browser, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("NOT TESTED IN A BROWSER: there is no chromium on the PATH")
	}
	groups := []struct {
		key     string
		dumps   int
		build   uint32
		verdict report.Verdict
		day     int
	}{
		{"0xea", 10, 9600, report.Complete, 0}, {"1e234567", 9, 22621, report.Damaged, 30}, {"0x50|nt", 2, 10240, report.Partial, 60},
		{"9", 1, 0, "", -1}, {"10", 1000, 19041, report.Complete, 3}, {"0x1a|Ä.sys", 11, 26100, report.NotADump, 300}, {"0x1A", 3, 7601, report.Damaged, -1},
		{"Infinity", 4, 0, report.Partial, 5}, {".5", 5, 0, report.Complete, 6},
	}
	orders := [][]int{{0, 1, 2, 3, 4, 5, 6, 7, 8}, {8, 7, 6, 5, 4, 3, 2, 1, 0}, {4, 0, 7, 1, 3, 8, 2, 6, 5}, {2, 6, 1, 8, 4, 5, 3, 0, 7}}
	var first map[string][]string
	for _, order := range orders {
		s := &Share{}
		for _, i := range order {
			x := groups[i]
			s.Groups = append(s.Groups, report.Group{Key: x.key, Count: x.dumps, WorstVerdict: x.verdict})
			r := dumpRow("a.dmp", x.key, "", noon.AddDate(0, 0, x.day))
			if r.Dump.Build = &x.build; x.build == 0 {
				r.Dump.Build = nil
			}
			if x.day < 0 {
				r.Dump.CapturedAt = nil
			}
			s.Add(r)
		}
		got := browse[map[string][]string](t, browser, render(t, s), `
			const lists = {};
			for (let again = 0; again < 2; again++) {
				for (const head of table.tHead.rows[0].cells) {
					for (let i = 0; i < 2; i++) {
						head.querySelector("button").click();
						lists[again + head.textContent + " " + head.ariaSort] = [...table.tBodies].map((b) => b.rows[0].cells[head.cellIndex].textContent);
					}
				}
			}
			return lists;`)
		if first == nil {
			first = got
			for column, want := range map[string][]string{
				"0signature ascending":     {".5", "0x1A", "0x1a|Ä.sys", "0x50|nt", "0xea", "1e234567", "9", "10", "Infinity"},
				"0dumps descending":        {"1,000", "11", "10", "9", "5", "4", "3", "2", "1"},
				"0worst verdict ascending": {"complete", "complete", "complete", "partial", "partial", notJudged, "damaged", "damaged", "not-a-dump"},
				"0builds descending":       {"26100", "22621", "19041", "10240", "9600", "7601", "", "", ""},
				"0first ascending":         {"2025-03-14", "2025-03-17", "2025-03-19", "2025-03-20", "2025-04-13", "2025-05-13", "2026-01-08", unknown, unknown},
			} {
				if diff := cmp.Diff(want, got[column]); diff != "" {
					t.Errorf("%s (-want +got)\n%s", column, diff)
				}
			}
		}
		if diff := cmp.Diff(first, got); diff != "" {
			t.Errorf("from the order %v (-first +got)\n%s", order, diff)
		}
	}
}

// TestFilterInChromium types what people see, and what they do not see.
func TestFilterInChromium(t *testing.T) {
	browser, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("NOT TESTED IN A BROWSER: there is no chromium on the PATH")
	}
	type found struct {
		Names, Shown string
		Open         int  // how many lists of rows are unfolded
		Paper        bool // has all rows
	}
	script := func(text string) string {
		return fmt.Sprintf(`
			type(%q);
			const all = tables.flatMap((t) => [...t.tBodies]);
			return {
				names: names(all.filter((b) => b.checkVisibility())), shown: shown.textContent, open: d.querySelectorAll("details[open]").length,
				paper: all.every((b) => !b.hidden) && [...d.styleSheets[0].cssRules].some((r) => r.media?.mediaText === "screen" && r.cssText.includes(".out")),
			};`, text)
	}
	share, changes := render(t, few()), changed()
	changes.Changes = append(changes.Changes, report.GroupChange{Key: "0x7e", Change: report.ChangeSame, Old: 1, New: 1})
	for _, s := range []*Share{changes.Old, changes.New} {
		s.Groups = append(s.Groups, report.Group{Key: "0x7e", Count: 1})
		s.Add(dumpRow("stays.dmp", "0x7e", "", noon))
	}
	for _, c := range []struct {
		page, text string
		want       found
	}{
		{share, "Example.SYS  page_fault", found{"", "0 of 6 entries on this page", 0, true}}, // the mark is between them
		{share, "growing  PAGE_FAULT", found{"0x50|example.sys", "1 of 6 entries on this page", 0, true}},
		{share, "on as many", found{"", "0 of 6 entries on this page", 0, true}},               // is in the picture alone
		{share, "complete2025", found{"", "0 of 6 entries on this page", 0, true}},             // two cells
		{share, "captured", found{"", "0 of 6 entries on this page", 0, true}},                 // the head of the rows
		{share, "3 dumps", found{"", "0 of 6 entries on this page", 0, true}},                  // words of every group
		{share, "a/3.dmp", found{"0x9f:0x3", "1 of 6 entries on this page", 0, true}},          // the row that the fold names
		{share, "copy.dmp", found{"0x50|example.sys", "1 of 6 entries on this page", 1, true}}, // folded
		{share, "", found{"0x1a 0x9f:0x3 0x50|example.sys 01234567 a/2.dmp a/x.dmp", "", 0, true}},
		{rendered(t, changes), "0x7e", found{"0x7e", "1 of 4 entries on this page", 1, true}},
		{rendered(t, changes), "", found{"0x50|example.sys 0x9f:0x3 0x1a", "", 0, true}},
	} {
		if diff := cmp.Diff(c.want, browse[found](t, browser, c.page, script(c.text))); diff != "" {
			t.Errorf("%q (-want +got)\n%s", c.text, diff)
		}
	}
	again := script("copy.dmp") // what the filter unfolded is folded again
	again = strings.Replace(again, "const all", `type(""); const all`, 1)
	if got := browse[found](t, browser, share, again); got.Open != 0 {
		t.Errorf("%d stay unfolded", got.Open)
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

// browse opens a page in a browser, and returns what a script in a frame around it returns. The console must be empty.
func browse[T any](t *testing.T, browser, page, script string) (got T) {
	t.Helper()
	name := filepath.Join(t.TempDir(), "frame.html")
	if err := os.WriteFile(name, fmt.Appendf(nil, frame, html.EscapeString(page), script), 0o666); err != nil {
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
