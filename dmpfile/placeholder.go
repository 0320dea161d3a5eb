package dmpfile

import (
	"slices"
	"strings"
)

// placeholders are texts, in lower case, that firmware has where its maker did not fill in a name.
var placeholders = []string{
	"system manufacturer", "system product name", "system product", "system name", "system version", "system",
	"base board manufacturer", "base board product name", "base board product", "board manufacturer", "board product name",
	"manufacturer", "manufacturer name", "product name", "product", "default", "default string", "type1productconfigid",
	"not applicable", "not available", "not defined", "not specified", "not set", "undefined", "unspecified", "unknown", "unknow", "none", "null",
	"n/a", "na", "invalid", "empty", "blank", "filled by oem", "tbd", "tbd by oem", "oem", "o.e.m.", "o.e.m", "all series", "sku", "x.x",
	"standard", "string", "test", "sample", "asset", "product id", "model", "model name", "no name", "noname",
}

// placeholderStarts are how others begin.
var placeholderStarts = []string{"to be filled", "to be set", "type1 - ", "type2 - ", "oem ", "o.e.m. ", "$(default_string"}

// named returns a text of the firmware, "" where it is none that somebody chose.
func named(text string) string {
	s := strings.ToLower(text)
	if slices.Contains(placeholders, s) || repeated(s) || counting(s) {
		return ""
	}
	for _, start := range placeholderStarts {
		if strings.HasPrefix(s, start) {
			return ""
		}
	}
	return text
}

// counting says whether a text is digits or letters in their order, as in 0123456789 or abcdef.
func counting(s string) bool {
	if len(s) < 6 {
		return false
	}
	for i := 1; i < len(s); i++ {
		if s[i] != s[i-1]+1 && !(s[i-1] == '9' && s[i] == '0') {
			return false
		}
	}
	return true
}

// repeated says whether a text is one character again and again, as in 0000, xxxx or "- -". A number of ones can be a version.
func repeated(s string) bool {
	if s == "" || '1' <= s[0] && s[0] <= '9' || len(s) == 1 && 'a' <= s[0] && s[0] <= 'z' {
		return false
	}
	return strings.Trim(s, s[:1]+" ") == ""
}
