package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/dmplens/dmplens/dmpfile"
)

// What is personal in the raw bytes of event buffers and logs, found without the readers that dmplens has: by what it looks like, and by a small
// reading of the records of an ETW buffer, which goes by the markers of records and not by the buffers. It may find too little, for it knows
// few forms, and so each kind is demanded to be found in some file.

// personal are values that name a person, a machine or a network, each with its kind.
type personal map[string]string

// Kinds of personal values.
const (
	aSID      = "SID"
	aFolder   = "folder of a user"
	aUser     = "name of a user"
	aNetwork  = "wireless network"
	anAddress = "address of a network card"
	aComputer = "computer"
	aHost     = "host or address in the network"
	aSerial   = "serial number"
	aCommand  = "command line"
	aDevice   = "instance of a device"
	aKey      = "product key"
)

// shortest is how many letters, digits and signs a value has at least that is looked for. Shorter ones are found by chance in tables of numbers.
// Of wireless networks in the corpus the shortest has three.
const shortest = 3

func (p personal) add(kind, value string) {
	value = strings.Join(strings.Fields(value), " ")
	if utf8.RuneCountInString(value) >= shortest {
		p[value] = kind
	}
}

// personalForms are what can be told by its look. A first group is the value, where there is one.
var personalForms = []struct {
	kind string
	form *regexp.Regexp
}{
	{aSID, regexp.MustCompile(`S-1-(?:5-21|12-1)(?:-[0-9]+){4}`)}, // with the number of the account, or the machine's alone
	{anAddress, regexp.MustCompile(`(?i)\b(?:[0-9a-f]{2}:){5}[0-9a-f]{2}\b`)},
	{anAddress, regexp.MustCompile(`(?i)\b(?:[0-9a-f]{2}-){5}[0-9a-f]{2}\b`)},
	{aComputer, regexp.MustCompile(`(?:DESKTOP-[A-Z0-9]{7}|LAPTOP-[A-Z0-9]{8}|WIN-[A-Z0-9]{11})`)}, // as setup names them
	{aUser, regexp.MustCompile(`:user=([0-9a-z]{10,})`)},                                           // of Microsoft's accounts
	{aSerial, regexp.MustCompile(`\b([0-9A-Z]{8,20} +_[0-9A-F]{4})\b`)},
	{aSerial, regexp.MustCompile(`\b((?:[0-9A-F]{4}_){3,7}[0-9A-F]{4})\.`)},
	{aDevice, regexp.MustCompile(`(?:PCI|USB|USBSTOR|SCSI)\\[A-Z0-9&_.]{4,}\\([0-9A-Za-z&._]{8,40})`)},
	{aCommand, regexp.MustCompile(`[A-Za-z]:\\[^\x00"]{3,120}\.exe"? ([\x20-\x7e]{8,60})`)}, // the arguments
}

var userFolder = regexp.MustCompile(`(?i)[\\/]users[\\/]([^\\/:*?"<>|\x00-\x1f]{2,20})[\\/]`)

// ofWindows are users' folders that Windows has itself.
var ofWindows = []string{"public", "default", "default user", "all users", "defaultuser0"}

// texts are the bytes as a text of one byte a character, and as UTF-16 that begins at even and at odd bytes.
func texts(b []byte) (list [3]string) {
	list[0] = string(b)
	for odd := range 2 {
		units := make([]uint16, 0, len(b)/2)
		for rest := b[min(odd, len(b)):]; len(rest) >= 2; rest = rest[2:] {
			units = append(units, binary.LittleEndian.Uint16(rest))
		}
		list[odd+1] = string(utf16.Decode(units))
	}
	return list
}

// looks finds what can be told by its look.
func (p personal) looks(b []byte) {
	for _, text := range texts(b) {
		for _, f := range personalForms {
			for _, m := range f.form.FindAllStringSubmatch(text, -1) {
				p.add(f.kind, m[len(m)-1])
			}
		}
		for _, m := range userFolder.FindAllStringSubmatch(text, -1) {
			if !slices.Contains(ofWindows, strings.ToLower(m[1])) {
				p.add(aFolder, `\Users\`+m[1])
				p.add(aUser, m[1])
			}
		}
	}
	// A SID as bytes: revision 1, five numbers, authority 5, and 21 as the first of the numbers.
	const head = "\x01\x05\x00\x00\x00\x00\x00\x05\x15\x00\x00\x00"
	for rest := b; ; {
		i := bytes.Index(rest, []byte(head))
		if i < 0 || len(rest) < i+28 {
			break
		}
		text := "S-1-5-21"
		for n := range 4 {
			text += fmt.Sprintf("-%d", binary.LittleEndian.Uint32(rest[i+12+4*n:]))
		}
		p.add(aSID, text)
		rest = rest[i+28:]
	}
}

// Providers whose events have names that no form tells.
var (
	autoConfig    = guid("9580d7dd-0379-4658-9870-d5be7d52d6de") // Microsoft-Windows-WLAN-AutoConfig
	dnsClient     = guid("1c95126e-7eea-49a9-a3fe-a378b03ddb4d") // Microsoft-Windows-DNS-Client
	storageSpaces = guid("595f7f52-c90a-4026-a125-8eb5e083f15e") // Microsoft-Windows-StorageSpaces-Driver
)

func guid(s string) string {
	g, _ := dmpfile.ParseGUID(s)
	return string(g[:])
}

// events finds what stands in events: records begin with their size and 0xC012 or 0xC013.
func (p personal) events(b []byte) {
	for at := 2; at+0x50 < len(b); at++ {
		if b[at+1] != 0xC0 || b[at] != 0x12 && b[at] != 0x13 {
			continue
		}
		start := at - 2
		size := int(binary.LittleEndian.Uint16(b[start:]))
		if size < 0x50 || start+size > len(b) {
			continue
		}
		p.event(b[start : start+size])
	}
}

// stream finds what stands in a stream at places of its own: serial numbers in SMBIOS, product keys, and the network of a Wi-Fi driver.
func (p personal) stream(tag string, b []byte) {
	switch tag {
	case "e83b40d2-b0a0-4842-abea-71c9e3463dd1":
		if i := bytes.Index(b, []byte("MSDM")); i >= 0 && len(b) >= i+0x55 && b[i+0x3D] == '-' { // it can be cut
			p.add(aKey, string(b[i+0x38:i+0x55]))
		}
	case "41c9ed64-e466-41c3-9726-b1a68f6ebb1c":
		p.ssids(b)
	case "bc5c008f-1e3a-44d7-988d-86f6884c6758":
		// The string numbers of the serial number by the type of the structure: system, board, chassis, memory device.
		serial := map[byte]int{1: 7, 2: 7, 3: 7, 17: 0x18}
		for at := 8; at+4 <= len(b); {
			kind, size := b[at], int(b[at+1])
			if size < 4 || at+size > len(b) {
				return
			}
			texts, _, _ := bytes.Cut(b[at+size:], []byte("\x00\x00"))
			list := bytes.Split(texts, []byte{0})
			if n, ok := serial[kind]; ok && n < size && int(b[at+n]) > 0 && int(b[at+n]) <= len(list) {
				if s := strings.TrimSpace(string(list[b[at+n]-1])); len(s) >= 8 && strings.ContainsAny(s, "123456789") && strings.Count(s, s[:1]) < len(s) &&
					!strings.Contains("0123456789012345", s) {
					p.add(aSerial, s)
				}
			}
			at += size + len(texts) + 2
		}
	}
}

func (p personal) event(r []byte) {
	var described []byte
	payload := r[0x50:]
	for more := r[4]&1 != 0; more; { // extended items; 11 is the schema of TraceLogging
		if len(payload) < 8 {
			return
		}
		size, n := int(binary.LittleEndian.Uint16(payload)), int(binary.LittleEndian.Uint16(payload[6:]))
		if size < 8+n || size > len(payload) {
			return
		}
		if payload[2] == 11 {
			described = payload[8 : 8+n]
		}
		more, payload = payload[4]&1 != 0, payload[size:]
	}
	if described != nil {
		p.named(described, payload)
		return
	}
	id := binary.LittleEndian.Uint16(r[0x28:])
	switch string(r[0x18:0x28]) {
	case autoConfig:
		switch {
		case (id == 8001 || id == 8003) && len(payload) > 16: // the interface, then adapter, way, profile, SSID
			if s := wideStrings(payload[16:]); len(s) > 3 {
				p.add(aNetwork, s[2])
				p.add(aNetwork, s[3])
			}
		case id == 14058 || id == 14061 || id == 20025:
			if s := wideStrings(payload); len(s) > 0 {
				p.add(aNetwork, s[0])
			}
		}
		p.ssids(payload)
	case dnsClient:
		if s := wideStrings(payload); len(s) > 0 && strings.Contains(s[0], ".") {
			p.add(aHost, s[0])
		}
	case storageSpaces:
		if s := wideStrings(payload[min(36, len(payload)):]); id == 207 && len(s) > 2 { // manufacturer, model, serial number
			p.add(aSerial, s[2])
		}
	}
}

// ssids finds DOT11_SSIDs: a length of 32 bits, and 32 bytes of which those behind the length are zero.
func (p personal) ssids(b []byte) {
	for i := 0; i+36 <= len(b); i++ {
		n, name := binary.LittleEndian.Uint32(b[i:]), b[i+4:i+36]
		if n >= shortest && n <= 32 && !bytes.ContainsFunc(name[:n], unicode.IsControl) && len(bytes.TrimRight(name, "\x00")) == int(n) {
			p.add(aNetwork, string(name[:n]))
		}
	}
}

// wideStrings are the texts of a payload that begins with UTF-16 which ends with zero, as far as they can be read.
func wideStrings(b []byte) (list []string) {
	for len(b) >= 2 {
		var units []uint16
		for len(b) >= 2 && binary.LittleEndian.Uint16(b) != 0 {
			units = append(units, binary.LittleEndian.Uint16(b))
			b = b[2:]
		}
		if len(b) < 2 {
			break
		}
		b = b[2:]
		list = append(list, string(utf16.Decode(units)))
	}
	return list
}

// fieldNames are parts of names of fields in lower case that have what no form tells. Those that say how many there are, or whether, have no texts.
var fieldNames = []struct{ part, kind string }{
	{"bssid", anAddress}, {"ssid", aNetwork}, {"profilename", aNetwork}, {"networkname", aNetwork}, {"firstprofile", aNetwork},
	{"hostname", aHost}, {"nexthopaddress", aHost}, {"computername", aComputer}, {"serialnumber", aSerial}, {"username", aUser},
}

// fieldSizes are how many bytes values have, by their type in a schema.
var fieldSizes = map[byte]int{3: 1, 4: 1, 5: 2, 6: 2, 7: 4, 8: 4, 9: 8, 10: 8, 11: 4, 12: 8, 13: 4, 15: 16, 17: 8, 18: 16, 20: 4, 21: 8}

// named reads the payload of an event that brings its schema: names of fields and their types. It ends at a type that it does not know.
func (p personal) named(schema, payload []byte) {
	at := 2 // behind the size
	next := func() (v byte) {
		if at < len(schema) {
			v = schema[at]
		}
		at++
		return v
	}
	chain := func() {
		for next()&0x80 != 0 {
		}
	}
	name := func() string {
		from := at
		for next() != 0 {
		}
		return string(schema[min(from, len(schema)):min(at-1, len(schema))])
	}
	take := func(n int) (b []byte) {
		if n < 0 || n > len(payload) {
			payload = nil
			return nil
		}
		b, payload = payload[:n], payload[n:]
		return b
	}
	counted := func() []byte {
		n := take(2)
		if n == nil {
			return nil
		}
		return take(int(binary.LittleEndian.Uint16(n)))
	}
	chain() // tags
	name()  // of the event
	for at < len(schema) && len(payload) > 0 {
		field, in := strings.ToLower(name()), next()
		if in&0x80 != 0 && next()&0x80 != 0 {
			chain()
		}
		value := ""
		switch kind := in & 0x1F; {
		case in&0x60 == 0x40 && (kind == 3 || kind == 4): // bytes, with their count before them
			value = string(counted())
		case in&0x60 != 0:
			return
		case kind == 1:
			s := wideStrings(payload)
			if len(s) == 0 {
				return
			}
			value = s[0]
			take(2*len(utf16.Encode([]rune(value))) + 2)
		case kind == 2:
			value = string(take(bytes.IndexByte(payload, 0)))
			take(1)
		case kind == 14 || kind == 23:
			value = string(counted())
		case kind == 22:
			value = texts(counted())[1]
		case fieldSizes[kind] > 0:
			take(fieldSizes[kind])
		case kind != 24: // a structure has its fields behind it
			return
		}
		if i := slices.IndexFunc(fieldNames, func(f struct{ part, kind string }) bool { return strings.Contains(field, f.part) }); i >= 0 {
			p.add(fieldNames[i].kind, strings.TrimRight(value, "\x00"))
		}
	}
}

// computers finds the names of computers in an event log: the text of the element Computer in binary XML. The users of that computer stand
// behind its name and a backslash.
func (p personal) computers(b []byte) {
	name := []byte("\x08\x00C\x00o\x00m\x00p\x00u\x00t\x00e\x00r\x00\x00\x00")
	for rest := b; ; {
		i := bytes.Index(rest, name)
		if i < 0 {
			break
		}
		rest = rest[i+len(name):]
		text := bytes.Index(rest[:min(len(rest), 16)], []byte{0x05, 0x01})
		if text < 0 || len(rest) < text+4 {
			continue
		}
		n := 2 * int(binary.LittleEndian.Uint16(rest[text+2:]))
		if len(rest) >= text+4+n {
			computer := texts(rest[text+4 : text+4+n])[1]
			p.add(aComputer, computer)
			host, domain, _ := strings.Cut(computer, ".")
			p.add(aComputer, host)
			p.add(aComputer, domain)
		}
	}
	for _, text := range texts(b) {
		for value, kind := range p {
			if kind != aComputer {
				continue
			}
			for _, m := range regexp.MustCompile(`(?i)\b`+regexp.QuoteMeta(value)+`\\([^\\/:*?"<>|\x00-\x20]{2,20})\x00`).FindAllStringSubmatch(text, -1) {
				p.add(aUser, m[1])
			}
		}
	}
}

// shows says whether a text has a value: as a word of its own, and in the same case but for folders and addresses, which stand with other signs
// between their digits too. So the user Asus is not found in the maker's name ASUSTeK. A name that is a word of the output for another reason, as
// that of a network which is called like a driver, makes the test fail until somebody has looked; in the corpus there is none.
func shows(text, value, kind string) bool {
	switch kind {
	case aFolder:
		text, value = strings.ToLower(text), strings.ToLower(value)
	case anAddress:
		digits := strings.NewReplacer(":", "", "-", "")
		text, value = strings.ToLower(digits.Replace(text)), strings.ToLower(digits.Replace(value))
	}
	for from := 0; ; {
		i := strings.Index(text[from:], value)
		if i < 0 {
			return false
		}
		start, end := from+i, from+i+len(value)
		before, _ := utf8.DecodeLastRuneInString(text[:start])
		after, _ := utf8.DecodeRuneInString(text[end:])
		first, _ := utf8.DecodeRuneInString(value)
		last, _ := utf8.DecodeLastRuneInString(value)
		if !(isWord(before) && isWord(first)) && !(isWord(after) && isWord(last)) {
			return true
		}
		from = start + 1
	}
}

func isWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// Escapes of JSON and of Markdown.
var (
	jsonEscapes     = strings.NewReplacer(`\\`, `\`, `\"`, `"`, `\t`, " ", `\n`, " ", `\r`, " ", `\u0000`, " ", `\u0026`, "&", `\u003c`, "<", `\u003e`, ">")
	markdownEscapes = regexp.MustCompile("\\\\([!-/:-@\\[-`{-~])")
)

// unescaped are the readings of what was written: as it is, and without the escapes of JSON or Markdown. None has its line breaks.
func unescaped(s string) []string {
	return []string{oneLine(s), oneLine(jsonEscapes.Replace(s)), oneLine(markdownEscapes.ReplaceAllString(s, "$1"))}
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
