package main

import (
	"os/exec"
	"strings"
	"testing"
)

// man renders each page, and warns of nothing.
func TestManPages(t *testing.T) {
	groff, err := exec.LookPath("groff")
	if err != nil {
		t.Skip("MAN PAGES ARE NOT RENDERED: groff is not installed")
	}
	pages := map[string][]string{"dmplens": {"man"}}
	for _, v := range verbs {
		pages["dmplens-"+v.name] = []string{"man", v.name}
	}
	for name, args := range pages {
		c := exec.Command(groff, "-man", "-Tutf8", "-ww")
		c.Stdin = strings.NewReader(answered(t, args...))
		var shown, warnings strings.Builder
		c.Stdout, c.Stderr = &shown, &warnings
		if err := c.Run(); err != nil || warnings.Len() > 0 {
			t.Errorf("%s: %v\n%s", name, err, &warnings)
		}
		if !strings.Contains(shown.String(), name) {
			t.Errorf("%s does not say its name:\n%s", name, &shown)
		}
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
