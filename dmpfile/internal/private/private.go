// Package private tells texts that name a person from others.
package private

import "strings"

// NamesUser says whether a text names a user: by a path of a profile, or by an identifier of an account.
func NamesUser(text string) bool {
	s := strings.ToLower(text)
	for _, mark := range []string{`\users\`, "/users/", `\documents and settings\`, "s-1-5-21-", "s-1-12-1-"} {
		if strings.Contains(s, mark) {
			return true
		}
	}
	return false
}
