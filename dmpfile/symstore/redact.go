package symstore

import (
	"net/url"
	"strings"
)

// hidden stands for what is not shown.
const hidden = "xxxxx"

// cutAddress finds the first address in a token, or what was meant as one: a scheme, a colon and slashes. A single letter is a drive of Windows.
func cutAddress(s string) (before, start, rest string, ok bool) {
	for i := range s {
		if s[i] != ':' || strings.TrimLeft(s[i+1:], `/\`) == s[i+1:] {
			continue
		}
		before = strings.TrimRight(s[:i], "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+.-")
		if n := i - len(before); n > 1 || n == 0 && strings.HasPrefix(s[i:], "://") {
			rest = strings.TrimLeft(s[i+1:], `/\`)
			return before, s[len(before) : len(s)-len(rest)], rest, true
		}
	}
	return s, "", "", false
}

// Redacted is a symbol path, an element of one or an address as it may be shown: without passwords, without user names that stand alone, which can be
// tokens, and without queries and fragments, which can be keys. Of what cannot be read as an address all is hidden that can be a password, also one with
// characters in it that end the user of an address (@, /, ?, #), a token (*) or an element (;).
func Redacted(s string) string {
	var b strings.Builder
	open := false // an address can go on behind the separator
	for s != "" {
		token := s
		if i := strings.IndexAny(s, "*;"); i >= 0 {
			token = s[:i+1]
		}
		s = s[len(token):]
		text := strings.TrimRight(token, "*;")
		before, start, rest, isAddress := cutAddress(text)
		switch {
		case isAddress:
			rest, open = redactedHost(rest)
			b.WriteString(before + start + rest)
		case open && strings.Contains(text, "@"):
			b.WriteString(hidden + text[strings.LastIndex(text, "@"):])
			open = false
		case open:
			b.WriteString(hidden)
		default:
			b.WriteString(text)
		}
		b.WriteString(token[len(text):])
	}
	return b.String()
}

// redactedHost returns what is shown of what follows the beginning of an address; open says that a password can have begun in it, and not ended.
func redactedHost(rest string) (shown string, open bool) {
	u, err := url.Parse("http://" + rest)
	readable := err == nil && u.Hostname() != ""
	user, isUser := "", false
	if readable && u.User != nil || strings.Contains(rest, "@") && !readable {
		i := strings.LastIndex(rest, "@")
		user, rest, isUser = rest[:i], rest[i+1:], true
	}
	if i := strings.IndexAny(rest, "?#"); i >= 0 {
		rest = rest[:i+1] + hidden
	}
	switch name, password, _ := strings.Cut(user, ":"); {
	case isUser && password != "" && !strings.ContainsAny(name, `/\?#@`):
		return name + ":" + hidden + "@" + rest, false
	case isUser:
		return hidden + "@" + rest, false
	case !readable && strings.Contains(rest, ":"):
		name, _, _ := strings.Cut(rest, ":")
		return name + ":" + hidden, true
	}
	return rest, false
}
