package report

import (
	"testing"
)

func TestMarkdown(t *testing.T) {
	for in, want := range map[string]string{
		"example.sys+0x334c":            "example.sys+0x334c",
		`\Driver\disk_1`:                `\\Driver\\disk\_1`,
		"a|b*c`d[e](f)~g{h}":            "a\\|b\\*c\\`d\\[e\\](f)\\~g\\{h\\}",
		"<img src=x>&amp;":              "&lt;img src=x&gt;&amp;amp;",
		"@user and a@b.com, @@":         "`@`user and a`@`b.com, `@@`",
		"www.evil.com WWW.x @www.y":     "`www.`evil.com `WWW.`x `@www.`y",
		"https://x/#12 GH#3":            "https`://`x/`#`12 GH`#`3",
		":bug: 21:33:19 :+1: C:\\a_b":   "`:bug:` 21:33:19 `:+1:` C:\\\\a\\_b",
		"$x$":                           "`$`x`$`",
		"`@`":                           "\\``@`\\`",
		"line\nbreak\x1b[31m\u202e\xff": "line\ufffdbreak\ufffd\\[31m\ufffd\\\\xff",
	} {
		if got := Markdown(in); got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
}
