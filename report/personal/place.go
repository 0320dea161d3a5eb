package personal

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/dmplens/dmplens/report"
)

// kinds are parts of the names of fields, in lower case and without blanks, that tell what stands in a field. The first that fits counts.
var kinds = []struct {
	part string
	kind report.PrivateKind
}{
	{"bssid", report.PrivateNetworkAddress}, {"macaddress", report.PrivateNetworkAddress}, {"physicaladdress", report.PrivateNetworkAddress},
	{"bluetooth", report.PrivateNetworkAddress}, {"peermac", report.PrivateNetworkAddress},
	{"ssid", report.PrivateNetwork}, {"profilename", report.PrivateNetwork}, {"networkname", report.PrivateNetwork}, {"firstprofile", report.PrivateNetwork},
	{"productkey", report.PrivateProductKey}, {"serial", report.PrivateSerial}, {"assettag", report.PrivateSerial}, {"uuid", report.PrivateMachineID}, {"machineid", report.PrivateMachineID},
	{"computer", report.PrivateComputer}, {"workstation", report.PrivateComputer},
	{"hostname", report.PrivateHost}, {"nexthop", report.PrivateHost}, {"queryname", report.PrivateHost}, {"ipv4", report.PrivateHost},
	{"ipv6", report.PrivateHost}, {"ipaddress", report.PrivateHost},
	{"commandline", report.PrivateCommandLine}, {"usersid", report.PrivateSID}, {"userid", report.PrivateSID},
	{"username", report.PrivateUser}, {"accountname", report.PrivateUser}, {"mail", report.PrivateMail}, {"userpath", report.PrivateUserPath},
}

// KindOf says what stands in a field by its name, where that tells.
func KindOf(name string) (kind report.PrivateKind, ok bool) {
	name = strings.ToLower(strings.Map(func(r rune) rune {
		if r == ' ' || r == '_' || r == '-' {
			return -1
		}
		return r
	}, name))
	for _, k := range kinds {
		if strings.Contains(name, k.part) {
			return k.kind, true
		}
	}
	return "", false
}

// Account says whether a name is that of an account that somebody made: not one that each Windows has.
func Account(name string) bool {
	name = strings.ToLower(name)
	name = name[strings.LastIndexByte(name, '\\')+1:]
	return name != "" && !accounts[name]
}

// accounts are those that each Windows has, in lower case and without their domain.
var accounts = map[string]bool{"localsystem": true, "system": true, "local service": true, "localservice": true, "network service": true, "networkservice": true,
	"anonymous logon": true, "not available": true, "unavailable": true, "-": true}

// Networks finds the names of wireless networks in data of Wi-Fi drivers, where they stand as a DOT11_SSID (wlantypes.h): a length of 32 bits and 32
// bytes, which are zero behind the name. Where an address of six bytes follows, as in the data of Intel's driver, it is that of the access point.
func Networks(b []byte, take func(kind report.PrivateKind, at int, value string)) {
	const most = 32
	for i := 0; i+4+most <= len(b); i++ {
		if b[i+1]|b[i+2]|b[i+3] != 0 || b[i] == 0 || b[i] > most {
			continue
		}
		n, name := int(b[i]), b[i+4:i+4+most]
		if n < 2 || !utf8.Valid(name[:n]) || bytes.ContainsFunc(name[:n], func(r rune) bool { return r < ' ' || r == 0x7f }) || len(bytes.Trim(name[n:], "\x00")) > 0 {
			continue
		}
		take(report.PrivateNetwork, i+4, string(name[:n]))
		if behind := b[i+4+most:]; len(behind) >= 6 && behind[0]&1 == 0 && binary.LittleEndian.Uint32(behind) != 0 && binary.LittleEndian.Uint16(behind[4:]) != 0 {
			take(report.PrivateNetworkAddress, i+4+most, fmt.Sprintf("%02x:%02x:%02x:%02x:%02x:%02x", behind[0], behind[1], behind[2], behind[3], behind[4], behind[5]))
		}
	}
}

// Monitors finds the serial numbers of monitors in their EDID (VESA E-EDID 1.4): the number at 0x0C, and the text of a descriptor with the tag 0xFF.
func Monitors(b []byte, take func(at int, value string)) {
	const size, serial, descriptors, descriptor = 0x80, 0x0C, 0x36, 18
	for from := 0; ; {
		i := bytes.Index(b[from:], []byte("\x00\xff\xff\xff\xff\xff\xff\x00"))
		if i < 0 || from+i+size > len(b) {
			return
		}
		at := from + i
		edid := b[at : at+size]
		from = at + 8
		var sum byte
		for _, c := range edid {
			sum += c
		}
		if sum != 0 {
			continue // no EDID, or one that is damaged
		}
		if v := binary.LittleEndian.Uint32(edid[serial:]); v != 0 && v != 0x01010101 && v != 0xFFFFFFFF {
			take(at+serial, fmt.Sprint(v))
		}
		for d := descriptors; d+descriptor <= size-2; d += descriptor {
			if string(edid[d:d+5]) != "\x00\x00\x00\xff\x00" {
				continue
			}
			name, _, _ := bytes.Cut(edid[d+5:d+descriptor], []byte("\n"))
			if text := strings.TrimSpace(string(name)); text != "" {
				take(at+d+5, report.ValidUTF8(text))
			}
		}
	}
}

// firmware are the numbers of strings that are serial numbers or asset tags, by the type of an SMBIOS structure and the offset in it (DSP0134).
var firmware = map[byte][]struct {
	name   string
	offset int
}{
	1:  {{"system serial", 0x07}},
	2:  {{"board serial", 0x07}, {"board asset tag", 0x08}},
	3:  {{"chassis serial", 0x07}, {"chassis asset tag", 0x08}},
	4:  {{"processor serial", 0x20}, {"processor asset tag", 0x21}},
	17: {{"memory serial", 0x18}, {"memory asset tag", 0x19}},
	22: {{"battery serial", 0x07}},
	39: {{"power supply serial", 0x08}, {"power supply asset tag", 0x09}},
}

// Firmware finds serial numbers and asset tags in the stream of SMBIOS tables, behind a header of eight bytes. Those of every structure are found, more
// than what is known of the machine is made of.
func Firmware(b []byte, take func(name string, at int, value string)) {
	const header = 8
	for at := header; at+4 <= len(b); {
		size := int(b[at+1])
		if size < 4 || at+size > len(b) {
			return
		}
		texts, _, _ := bytes.Cut(b[at+size:], []byte("\x00\x00"))
		for _, f := range firmware[b[at]] {
			if f.offset >= size || b[at+f.offset] == 0 {
				continue
			}
			from, list := at+size, texts
			var text []byte
			for range b[at+f.offset] {
				from += len(text)
				if text != nil {
					from++
				}
				text, list, _ = bytes.Cut(list, []byte{0})
			}
			if value := strings.TrimSpace(string(text)); chosen(value) {
				take(f.name, from+bytes.IndexByte(text, value[0]), report.ValidUTF8(value))
			}
		}
		at += size + len(texts) + 2
	}
}

// chosen says whether a number is one that somebody gave: no words, and no digits in their order or all the same.
func chosen(number string) bool {
	return len(number) >= 5 && strings.ContainsAny(number, "123456789") && strings.Trim(number, number[:1]) != "" &&
		!strings.Contains(number, "1234567") && !strings.Contains(number, "0000000000") && strings.Count(number, " ") < 2
}
