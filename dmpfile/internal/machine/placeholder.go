package machine

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
	"no name": true, "noname": true, "rev x.0x": true, "rev 1.xx": true, "sec_sw_revision_1234567890abcd": true,
}

// placeholderStarts are how others begin.
var placeholderStarts = []string{"to be filled", "to be set", "type1 - ", "type2 - ", "oem ", "o.e.m. ", "$(default_string"}

// Named returns a text of the firmware, "" where it is none that somebody chose.
func Named(text string) string {
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

// partPlaceholders are texts, in lower case, that firmware has where a slot is empty, or its maker did not fill in a part or a serial number.
// 123490EN400015 is in many machines of Samsung's.
var partPlaceholders = map[string]bool{
	"[empty]": true, "no dimm": true, "no module": true, "no module installed": true, "not installed": true, "not present": true, "not populated": true,
	"empty slot": true, "fill by oem": true, "not provided": true, "123490en400015": true, "no asset tag": true, "no asset information": true,
}

// fillers are words that firmware counts in the place of a part's texts, as in "Manufacturer0", "PartNum1" and "A1_SerNum0".
var fillers = []string{
	"modulemanufacturer", "manufacturer", "modulepartnumber", "partnumber", "partnum", "part number", "moduleserialnumber", "serialnumber", "serialnum",
	"sernum", "serial number", "assettagnum", "assettag", "asset tag",
}

// Part returns what firmware says of a part of the machine, "" where nobody filled it in: more texts are none than for the name of a machine.
func Part(text string) string {
	if Named(text) == "" {
		return ""
	}
	s := strings.ToLower(text)
	if partPlaceholders[s] || len(s) < 2 {
		return ""
	}
	const digits = "0123456789"
	if slot, rest, ok := strings.Cut(s, "_"); ok && strings.HasPrefix(slot, "a") && strings.Trim(strings.TrimPrefix(strings.TrimPrefix(slot, "array"), "a"), digits) == "" {
		s = rest
	}
	for _, word := range fillers {
		if rest, ok := strings.CutPrefix(s, word); ok && strings.Trim(rest, digits) == "" {
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
