package events

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/dmplens/dmplens/bugcheck"
	"github.com/dmplens/dmplens/dmpfile/whea"
	"github.com/dmplens/dmplens/report"
)

// fields are those of an event, in order.
type fields []Field

// get finds a field by its name, in either case, or by its place from 1 on.
func (f fields) get(name string) (string, bool) {
	if i, err := strconv.Atoi(name); err == nil {
		if i < 1 || i > len(f) {
			return "", false
		}
		return f[i-1].Value, true
	}
	for i := range f {
		if strings.EqualFold(f[i].Name, name) {
			return f[i].Value, true
		}
	}
	return "", false
}

// number reads a field as a number: decimal, hexadecimal with 0x, true and false.
func (f fields) number(name string) (uint64, bool) {
	s, ok := f.get(name)
	if !ok {
		return 0, false
	}
	return number(s)
}

func number(s string) (uint64, bool) {
	switch s = strings.TrimSpace(s); strings.ToLower(s) {
	case "true":
		return 1, true
	case "false":
		return 0, true
	}
	base := 10
	if len(s) > 2 && (s[:2] == "0x" || s[:2] == "0X") {
		s, base = s[2:], 16
	}
	v, err := strconv.ParseUint(s, base, 64)
	return v, err == nil
}

// holds says whether the conditions of a rule hold. A field that is not there holds none.
func (f fields) holds(when string) bool {
	for when != "" {
		var c string
		c, when, _ = strings.Cut(when, " & ")
		i := strings.IndexAny(c, "=!~^:")
		got, ok := f.get(c[:i])
		if !ok {
			return false
		}
		want := c[i+1:]
		switch c[i] {
		case '~':
			ok = strings.Contains(strings.ToLower(got), strings.ToLower(want))
		case '^':
			ok = strings.HasPrefix(got, want)
		case ':':
			_, ok = shape(got, want)
		default:
			a, known := number(got)
			b, _ := number(want)
			ok = known && (a == b) == (c[i] == '=')
		}
		if !ok {
			return false
		}
	}
	return true
}

// say fills the placeholders of a text. shown are the fields that stand in it as they are.
func (f fields) say(text, provider string) (said string, shown map[string]bool) {
	shown = map[string]bool{}
	var out strings.Builder
	for text != "" {
		i := strings.IndexAny(text, "[{")
		if i < 0 {
			break
		}
		out.WriteString(text[:i])
		if text[i] == '[' {
			part, rest, _ := strings.Cut(text[i+1:], "]")
			if s, ok := f.fill(part, provider, shown); ok {
				out.WriteString(s)
			}
			text = rest
			continue
		}
		end := strings.IndexByte(text[i:], '}') + i
		if s, ok := f.fill(text[i:end+1], provider, shown); ok {
			out.WriteString(s)
		} else {
			out.WriteString("(not said)")
		}
		text = text[end+1:]
	}
	out.WriteString(text)
	return out.String(), shown
}

// fill fills the placeholders of a part that has no brackets. It is false where one has no value.
func (f fields) fill(text, provider string, shown map[string]bool) (string, bool) {
	var out strings.Builder
	for {
		before, rest, found := strings.Cut(text, "{")
		out.WriteString(before)
		if !found {
			return out.String(), true
		}
		var name string
		name, text, _ = strings.Cut(rest, "}")
		name, form, _ := strings.Cut(name, ":")
		value, ok := provider, name == "provider"
		if !ok {
			value, ok = f.get(name)
		}
		if ok && form != "" {
			value, ok = shape(value, form)
		}
		if value = clip(value); !ok || value == "" || private(value) {
			return "", false
		}
		if form == "" {
			shown[strings.ToLower(name)] = true
		}
		out.WriteString(value)
	}
}

// maxValue bounds a value inside a text, in bytes.
const maxValue = 180

func clip(s string) string {
	s = strings.TrimSpace(s)
	if len(s) <= maxValue {
		return s
	}
	n := maxValue
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "..."
}

// shape gives a value the form that a placeholder asks for.
func shape(s, form string) (string, bool) {
	switch form {
	case "bytes":
		v, ok := number(s)
		return report.Commas(v), ok
	case "hex":
		v, ok := number(s)
		return fmt.Sprintf("%#x", v), ok
	case "mca":
		v, ok := number(s)
		kind := whea.Status(v).Kind()
		return kind, ok && kind != ""
	case "status":
		v, ok := number(s)
		return fmt.Sprintf("0x%08x", v), ok
	case "code": // 0x00000133 (0x0000000000000001, ...)
		code, p, ok := bugCheck(s)
		return fmt.Sprintf("%s (%#x, %#x, %#x, %#x)", named(code), p[0], p[1], p[2], p[3]), ok
	case "named":
		v, ok := number(s)
		return named(uint32(v)), ok && v>>32 == 0
	case "base":
		return base(s), true
	case "file":
		return program(s)
	case "device":
		return hardwareID(s)
	case "drive":
		if len(s) == 2 && s[1] == ':' {
			return s, true
		}
		return "a volume", true
	case "power":
		v, ok := number(s)
		if !ok || v < 1 || v > 6 {
			return "", false
		}
		return "S" + string("012345"[v-1]), true
	}
	panic("events: no form " + form)
}

// named is a code with its name, where that is known.
func named(code uint32) string {
	if c, ok := bugcheck.Lookup(code); ok {
		return fmt.Sprintf("%#x %s", code, c.Name)
	}
	return fmt.Sprintf("%#x", code)
}

// bugCheckForm is a code and four parameters as event 1001 writes them.
var bugCheckForm = regexp.MustCompile(`\b(0[xX][0-9A-Fa-f]{1,8})\s*[(（]\s*(\w+)\s*[,，]\s*(\w+)\s*[,，]\s*(\w+)\s*[,，]\s*(\w+)\s*[)）]`)

// bugCheck reads the code and the parameters of event 1001. Words may stand around them, in any language; where two codes stand in a text neither
// is taken.
func bugCheck(s string) (code uint32, p [4]uint64, ok bool) {
	if len(s) > maxBugCheck {
		return 0, p, false
	}
	found := bugCheckForm.FindAllStringSubmatch(s, 2)
	if len(found) != 1 {
		return 0, p, false
	}
	v, ok := number(found[0][1])
	for i := range p {
		var known bool
		p[i], known = number(found[0][i+2])
		ok = ok && known
	}
	if !ok {
		return 0, [4]uint64{}, false
	}
	return uint32(v), p, true
}

// maxBugCheck bounds the text in which a code is looked for, in bytes: sentences have some hundred.
const maxBugCheck = 4096

// base is the last part of a path, of Windows or of another system.
func base(path string) string {
	return path[strings.LastIndexAny(path, `\/`)+1:]
}

// program is the name of the program or driver of a command line, without its folder and its arguments. It is false where the name can be that of
// an argument: of a program whose own name has no ending.
func program(s string) (string, bool) {
	s = strings.TrimSpace(s)
	lower := strings.ToLower(s)
	end := -1
	for _, ext := range []string{".sys", ".exe", ".dll"} {
		for from := 0; ; {
			i := strings.Index(lower[from:], ext)
			if i < 0 {
				break
			}
			i += from + len(ext)
			if (i == len(lower) || strings.IndexByte(" \"'\t,", lower[i]) >= 0) && (end < 0 || i < end) {
				end = i
				break
			}
			from = i
		}
	}
	if end < 0 || len(lower) != len(s) {
		return "", false
	}
	name := strings.Trim(base(s[:end]), "\"' ")
	first, _, more := strings.Cut(s[:end], " ")
	if more && !strings.ContainsAny(first, "\"%\\") || strings.ContainsAny(name, "\"=") || strings.Contains(s[:end], " /") || strings.Contains(name, " -") {
		return "", false
	}
	return name, true
}

// hardwareID is the part of a device instance that names the kind of device: what follows is a serial number or a place.
func hardwareID(s string) (string, bool) {
	parts := strings.SplitN(s, `\`, 3)
	if len(parts) < 2 {
		return "", false
	}
	switch strings.ToUpper(parts[0]) {
	case "PCI", "USB", "USBSTOR", "ACPI", "HDAUDIO", "SCSI":
		return parts[0] + `\` + parts[1], true
	}
	return "", false // those of Bluetooth have addresses in them, those of software what their makers like
}

// private says whether a value looks as if it names a person, an account or a network card: such a value stands in no text.
func private(s string) bool {
	lower := strings.ToLower(s)
	for _, mark := range []string{`\users\`, `/users/`, `\documents and settings\`, "s-1-5-21-", "s-1-12-1-"} {
		if strings.Contains(lower, mark) {
			return true
		}
	}
	return hasMAC(lower)
}

// hasMAC says whether a text in lower case has six pairs of hexadecimal digits with colons or hyphens between.
func hasMAC(s string) bool {
	hex := func(i int) bool {
		return i >= 0 && i < len(s) && (s[i] >= '0' && s[i] <= '9' || s[i] >= 'a' && s[i] <= 'f')
	}
next:
	for i := 0; i+17 <= len(s); i++ {
		sep := s[i+2]
		if sep != ':' && sep != '-' || hex(i-1) || hex(i+17) {
			continue
		}
		for k := range 6 {
			if !hex(i+3*k) || !hex(i+3*k+1) || k < 5 && s[i+3*k+2] != sep {
				continue next
			}
		}
		return true
	}
	return false
}
