package main

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// manPages are the pages, by their names.
func manPages(t *testing.T) map[string]string {
	pages := map[string]string{"dmplens": answered(t, "man")}
	for _, v := range verbs {
		pages["dmplens-"+v.name] = answered(t, "man", v.name)
	}
	return pages
}

// groff and man render each page, and warn of nothing.
func TestManPages(t *testing.T) {
	for _, command := range [][]string{{"groff", "-man", "-Tutf8", "-ww"}, {"man", "--warnings", "-l", "-"}} {
		t.Run(command[0], func(t *testing.T) {
			program, err := exec.LookPath(command[0])
			if err != nil {
				t.Skipf("MAN PAGES ARE NOT RENDERED: %s is not installed", command[0])
			}
			render := func(page string) (shown, warnings string, err error) {
				c := exec.Command(program, command[1:]...)
				c.Env = append(os.Environ(), "MANPAGER=cat", "MANWIDTH=80", "LC_ALL=C.UTF-8")
				c.Stdin = strings.NewReader(page)
				var out, errs strings.Builder
				c.Stdout, c.Stderr = &out, &errs
				err = c.Run()
				return out.String(), errs.String(), err
			}
			for name, page := range manPages(t) {
				shown, warnings, err := render(page)
				if err != nil || warnings != "" || !strings.Contains(shown, name) {
					t.Errorf("%s: %v\n%s\n%s", name, err, warnings, shown)
				}
			}
			if _, warnings, _ := render(answered(t, "man", "info") + ".nonsense\n"); !strings.Contains(warnings, "nonsense") {
				t.Errorf("it does not warn of a macro that there is not: %q", warnings)
			}
		})
	}
}

// What stands in a text stays text.
func TestRoff(t *testing.T) {
	for in, want := range map[string]string{
		".so /etc/passwd":  `\&.so /etc/passwd`,
		"'so x":            `\(aqso x`,
		"a\n.br\nb":        "a\n\\&.br\nb",
		`C:\fR \n(.d`:      `C:\efR \en(.d`,
		"--json a`b ^ ~":   "\\-\\-json a\\(gab \\(ha \\(ti",
		`'00546173` + "`6": "\\(aq00546173\\(ga6",
	} {
		if got := roff(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
