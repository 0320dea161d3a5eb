package report

import (
	"regexp"
	"strings"
	"sync"
)

// Markdown makes a string from a dump or a file name safe to stand in a line of Markdown, also in a cell of a table. It cleans the string,
// and makes it mean itself: no column, code, emphasis, link, image, formula or HTML comes of it, and nobody is told of it. What begins a line
// can still make a list of it.
func Markdown(s string) string {
	s = Clean(s)
	var b strings.Builder
	done := 0
	for _, at := range automatic().FindAllStringIndex(s, -1) {
		b.WriteString(markdownEscaper.Replace(s[done:at[0]]))
		b.WriteString("`" + s[at[0]:at[1]] + "`")
		done = at[1]
	}
	b.WriteString(markdownEscaper.Replace(s[done:]))
	return b.String()
}

// automatic is what becomes a link, a mention, an emoji or a formula without any brackets around it. Escapes do not prevent that, because
// it is looked for in the text that they leave; code is left alone.
var automatic = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?i)(?:@|#|\$|www\.|://|:[a-z_+-][a-z0-9_+-]*:)+`) })

// markdownEscaper puts a backslash before what Markdown or the markup of Jira gives a meaning.
var markdownEscaper = strings.NewReplacer(
	`\`, `\\`, "|", `\|`, "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`, "{", `\{`, "}", `\}`, "~", `\~`, "<", "&lt;", ">", "&gt;", "&", "&amp;",
)
