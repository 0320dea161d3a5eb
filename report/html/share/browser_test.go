package share

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// probe sorts by dumps upwards and filters, and writes down what came of it. It is for the copy of the page that the test opens.
const probe = `<script>{
const table = document.querySelectorAll('table.sortable')[1];
const button = table.tHead.rows[0].cells[1].querySelector("button");
button.click(); button.click();
const order = [...table.tBodies].map((b) => b.rows[0].cells[0].firstChild.textContent).join(",");
const field = document.getElementById("filter");
field.value = "EXAMPLE.sys"; field.dispatchEvent(new Event("input"));
const left = [...table.tBodies].filter((b) => !b.hidden).map((b) => b.rows[0].cells[0].firstChild.textContent).join(",");
document.body.dataset.result = order + ";" + table.tHead.rows[0].cells[1].ariaSort + ";" + left + ";" + (document.documentElement.scrollWidth <= innerWidth);
}</script></body>`

// TestInChromium sorts and filters in a browser, where there is one.
func TestInChromium(t *testing.T) {
	browser, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("NOT TESTED IN A BROWSER: there is no chromium on the PATH")
	}
	name := filepath.Join(t.TempDir(), "page.html")
	page := strings.Replace(render(t, few()), "</body>", probe, 1)
	if err := os.WriteFile(name, []byte(page), 0o666); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(t.Context(), 2*time.Minute) // of a browser that hangs
	defer stop()
	c := exec.CommandContext(ctx, browser, "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", "--window-size=500,900",
		"--user-data-dir="+t.TempDir(), "--dump-dom", "file://"+name)
	var stderr strings.Builder
	c.Stderr = &stderr
	out, err := c.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, &stderr)
	}
	if want := `data-result="0x9f:0x3,0x50|example.sys;ascending;0x50|example.sys;true"`; !strings.Contains(string(out), want) {
		_, got, _ := strings.Cut(string(out), "data-result=")
		t.Errorf("no %s but %.120s", want, got)
	}
	if strings.Contains(stderr.String(), "CONSOLE") {
		t.Errorf("the console says\n%s", &stderr)
	}
}
