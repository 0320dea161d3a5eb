package dmpfile

import "strings"

// placeholders are texts, in lower case, that firmware has where its maker did not fill in a name.
var placeholders = map[string]bool{
	"system manufacturer": true, "system product name": true, "system product": true, "system name": true, "system version": true,
	"system": true, "base board manufacturer": true, "base board product name": true, "base board product": true,
	"board manufacturer": true, "board product name": true, "manufacturer": true, "manufacturer name": true, "product name": true,
	"product": true, "default": true, "default string": true, "type1productconfigid": true, "not applicable": true, "not available": true,
	"not defined": true, "not specified": true, "not set": true, "undefined": true, "unspecified": true, "unknown": true, "unknow": true,
	"none": true, "null": true, "n/a": true, "na": true, "invalid": true, "empty": true, "blank": true, "filled by oem": true,
	"tbd": true, "tbd by oem": true, "oem": true, "o.e.m.": true, "o.e.m": true, "all series": true, "sku": true, "x.x": true,
	"standard": true, "string": true, "test": true, "sample": true, "asset": true, "product id": true, "model": true, "model name": true,
	"no name": true, "noname": true,
}

// placeholderStarts are how others begin.
var placeholderStarts = []string{"to be filled", "to be set", "type1 - ", "type2 - ", "oem ", "o.e.m. ", "$(default_string"}

// named returns a text of the firmware, "" where it is none that somebody chose.
func named(text string) string {
	s := strings.ToLower(text)
	if placeholders[s] || repeated(s) || counting(s) {
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
