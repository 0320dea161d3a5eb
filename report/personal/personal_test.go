package personal

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/dmplens/dmplens/report"
)

// wide is a text in UTF-16.
func wide(s string) []byte {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return b
}

// found are what a scanner finds in bytes that come in pieces of a size: offset, kind and value.
func found(b []byte, piece int) (list []string) {
	s := Scanner{Take: func(kind report.PrivateKind, offset int64, value string) {
		list = append(list, fmt.Sprint(offset, " ", kind, " ", value))
	}}
	for off := 0; off < len(b); off += piece {
		s.Write(int64(off), b[off:min(off+piece, len(b))])
	}
	s.Flush()
	return list
}

// forms are texts, and what is in them: the kind, and the value.
var forms = []struct{ text, want string }{
	{`\Device\HarddiskVolume3\Users\dora.example\Downloads\a.exe`, `user-path \Users\dora.example`},
	{`C:\USERS\Dora Example\NTUSER.DAT`, `user-path \USERS\Dora Example`},
	{`"C:\Users\дора"`, `user-path \Users\дора`},
	{`c:/users/dora/x`, `user-path /users/dora`},
	{`C:\Documents and Settings\dora\x`, `user-path \Documents and Settings\dora`},
	{`C:\Users\Public\Desktop\x`, ""},
	{`C:\Users\All Users\x`, ""},
	{`C:\Users\%USERNAME%\x`, ""},
	{`C:\Users\`, ""},
	{`C:\UsersOld\dora\x`, ""},
	{`\REGISTRY\USER\S-1-5-21-1004336348-1177238915-682003330-1001_Classes`, "user-registry-key S-1-5-21-1004336348-1177238915-682003330-1001"},
	{`for S-1-5-21-1004336348-1177238915-682003330-500.`, "sid S-1-5-21-1004336348-1177238915-682003330-500"},
	{`S-1-12-1-1943430372-1249052806-2496021943-3034400218`, "sid S-1-12-1-1943430372-1249052806-2496021943-3034400218"},
	{`S-1-5-18 S-1-5-32-544 S-1-5-80-1-2-3-4-5`, ""},
	{`key: BCDFG-HJKMP-QRTVW-XY234-6789N.`, "product-key BCDFG-HJKMP-QRTVW-XY234-6789N"},
	{`BCDFG-HJKMP-QRTVW-XY234-6789A`, ""}, // product keys have no A
	{`ZBCDFG-HJKMP-QRTVW-XY234-6789N`, ""},
	{`BBBBB-BBBBB-BBBBB-BBBBB-BBBBB`, ""},
	{`on DESKTOP-AB12CD3 now`, "computer DESKTOP-AB12CD3"},
	{`LAPTOP-1A2B3C4D`, "computer LAPTOP-1A2B3C4D"},
	{`WIN-ABCDEFGHIJK`, "computer WIN-ABCDEFGHIJK"},
	{`.FBLAPTOP-1A2B3C4Dms`, "computer LAPTOP-1A2B3C4D"},
	{`DESKTOP-AB12CD34 TWIN-ABCDEFGHIJK NT-DESKTOP LAPTOP-1A2B3C4`, ""},
	{`bssid 02:1a:2B:3c:4d:5e.`, "network-address 02:1a:2B:3c:4d:5e"},
	{`02-1a-2b-3c-4d-5e`, "network-address 02-1a-2b-3c-4d-5e"},
	{`00:00:00:00:00:00 ff-ff-ff-ff-ff-ff 02:1a:2b:3c:4d:5e:6f 02:1a-2b:3c:4d:5e a02:1a:2b:3c:4d:5e`, ""},
	{`mail dora.example+x@mail.example.com, now`, "mail-address dora.example+x@mail.example.com"},
	{`icon@2x.png ?f@@YAXXZ a@b.c user@host x@example.com1 aa@1.co`, ""},
	{`USB\VID_1234&PID_5678\0123456789AB`, "serial-number 0123456789AB"},
	{`USBSTOR\Disk&Ven_Contoso&Prod_Stick&Rev_1.0\AA00000000012345&0#{`, "serial-number AA00000000012345"},
	{`USB\VID_1234&PID_5678\5&1a2b3c4d&0&2`, ""}, // made of the place
	{`PCI\VEN_8086&DEV_1234\3&11583659&0&A0`, ""},
	{`id 0025_38B1_2345_6789.`, "serial-number 0025_38B1_2345_6789"},
	{`0025_38B1_2345_6789_0000_0000_0000_0001.`, "serial-number 0025_38B1_2345_6789_0000_0000_0000_0001"},
	{`disk 20247C472106 _0001, x`, "serial-number 20247C472106 _0001"},
	{`disk 20247C472106 _00011 20247 _0001 a 20247c472106 _0001 20247C472106_0001`, ""},
	{`0025_38B1_2345. 0025_38B1_2345_6789`, ""},
}

func TestForms(t *testing.T) {
	for _, x := range forms {
		for name, b := range map[string][]byte{"bytes": []byte(x.text), "even": wide(x.text), "odd": append([]byte{7}, wide(x.text)...), "filled": append(append([]byte{0, 0}, wide(x.text)...), 0, 0)} {
			if name == "bytes" && strings.Contains(x.text, "д") {
				b = append(b, 0)
			}
			all := found(b, len(b))
			var got []string
			for _, s := range all {
				_, s, _ = strings.Cut(s, " ")
				got = append(got, s)
			}
			if want := x.want; want == "" && len(got) > 0 || want != "" && !slices.Equal(got, []string{want}) {
				t.Errorf("%s, %s: found %q, want %q", x.text, name, got, x.want)
			}
		}
	}
}

// What is found is the same in whatever pieces the bytes come, and where the rest of the file stands around them.
func TestPieces(t *testing.T) {
	var b []byte
	for i, x := range forms {
		b = append(b, bytes.Repeat([]byte{0xEE}, 37*i)...)
		b = append(b, x.text...)
		b = append(b, 0, 0, 0)
		b = append(b, wide(x.text)...)
		b = append(b, 0, 0, 0)
	}
	b = append(b, "\x01\x05\x00\x00\x00\x00\x00\x05\x15\x00\x00\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\xe9\x03\x00\x00"...)
	b = append(b, "\x01\x05\x00\x00\x00\x00\x00\x0c\x01\x00\x00\x00\x01\x00\x00\x00\x02\x00\x00\x00\x03\x00\x00\x00\x04\x00\x00\x00"...)
	want := found(b, len(b))
	if len(want) < 40 {
		t.Errorf("only %d were found", len(want))
	}
	joined := strings.Join(want, "\n")
	for _, sid := range []string{"sid S-1-5-21-67305985-134678021-202050057-1001", "sid S-1-12-1-1-2-3-4"} {
		if !strings.Contains(joined, sid) {
			t.Errorf("the bytes of %s are not found", sid)
		}
	}
	for piece := 1; piece < 600; piece += 7 {
		if got := found(b, piece); !slices.Equal(got, want) {
			t.Fatalf("in pieces of %d bytes something else is found", piece)
		}
	}
	s := Scanner{Take: func(report.PrivateKind, int64, string) {}}
	for off := range 100 {
		s.Write(int64(off*len(b)), b)
	}
	if cap(s.b) > 4*len(b) {
		t.Errorf("it keeps %d bytes", cap(s.b))
	}
	// What does not follow is no part of what came before.
	var apart []string
	s.Flush()
	s.Take = func(_ report.PrivateKind, off int64, v string) { apart = append(apart, fmt.Sprint(off, v)) }
	s.Write(1<<20, []byte(`C:\Users\do`))
	s.Write(1<<21, []byte(`ra\x`))
	s.Flush()
	if !slices.Equal(apart, []string{`1048578\Users\do`}) {
		t.Errorf("%q", apart)
	}
}

func TestNetworks(t *testing.T) {
	b := make([]byte, 100)
	b[20] = 11
	copy(b[24:], "example-net")
	copy(b[56:], "\x02\x1a\x2b\x3c\x4d\x5e")
	var got []string
	take := func(kind report.PrivateKind, at int, v string) { got = append(got, fmt.Sprint(at, " ", kind, " ", v)) }
	Networks(b, take)
	if want := []string{"24 wireless-network example-net", "56 network-address 02:1a:2b:3c:4d:5e"}; !slices.Equal(got, want) {
		t.Errorf("found %q", got)
	}
	for _, bad := range []func(){func() { b[20] = 33 }, func() { b[20] = 10 }, func() { b[20], b[23] = 11, 1 }, func() { b[23], b[30] = 0, 7 }} {
		got = nil
		if bad(); true {
			Networks(b, take)
		}
		if len(got) > 0 {
			t.Errorf("found %q", got)
		}
	}
}

func TestMonitors(t *testing.T) {
	edid := make([]byte, 128)
	copy(edid, "\x00\xff\xff\xff\xff\xff\xff\x00")
	binary.LittleEndian.PutUint32(edid[12:], 305419896)
	copy(edid[0x5A:], "\x00\x00\x00\xff\x00CN0EXAMPLE42\n")
	for _, c := range edid[:127] {
		edid[127] -= c
	}
	var got []string
	take := func(at int, v string) { got = append(got, fmt.Sprint(at, " ", v)) }
	Monitors(append([]byte("xx"), edid...), take)
	if want := []string{"14 305419896", "97 CN0EXAMPLE42"}; !slices.Equal(got, want) {
		t.Errorf("found %q, want %q", got, want)
	}
	got = nil
	Monitors(edid[:127], take)
	edid[3] = 0
	Monitors(edid, take)
	edid[3], edid[50] = 0xFF, 9 // the sum is wrong
	Monitors(edid, take)
	if len(got) > 0 {
		t.Errorf("found %q", got)
	}
}

func TestFirmware(t *testing.T) {
	// The length, and the system (type 1, serial number at 7), the chassis (3) and a module of memory (17, at 0x18), of which the last two have fillers.
	b := []byte("\x00\x03\x03\x00\x00\x00\x00\x00" + "\x01\x08\x00\x00\x01\x02\x00\x03Contoso\x00Workbench\x00SYS-7Q42X9\x00\x00" +
		"\x03\x09\x01\x00\x01\x03\x00\x02\x03Contoso\x00 CHS-99K1 \x00Default string\x00\x00" +
		"\x02\x09\x01\x00\x01\x03\x00\x02\x03Contoso\x00 123456789 \x000000000\x00\x00" + "\x7f\x04\x02\x00\x00\x00")
	var got []string
	take := func(name string, at int, v string) { got = append(got, fmt.Sprint(name, " ", at, " ", v)) }
	Firmware(b, take)
	if want := []string{"system serial 34 SYS-7Q42X9", "chassis serial 64 CHS-99K1"}; !slices.Equal(got, want) {
		t.Errorf("found %q, want %q", got, want)
	}
	for n := range b {
		Firmware(b[:n], func(string, int, string) {})
	}
}

func TestKindOf(t *testing.T) {
	for name, want := range map[string]report.PrivateKind{
		"Serial": report.PrivateSerial, "Serial number": report.PrivateSerial, "SSID": report.PrivateNetwork, "wlanBSSID": report.PrivateNetworkAddress,
		"Product key": report.PrivateProductKey, "UUID": report.PrivateMachineID, "Asset tag": report.PrivateSerial, "User name": report.PrivateUser,
		"Version": "", "Path": "",
	} {
		if got, ok := KindOf(name); got != want || ok != (want != "") {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}

func TestAccount(t *testing.T) {
	for name, want := range map[string]bool{`NT AUTHORITY\SYSTEM`: false, "LocalSystem": false, `NT AUTHORITY\Local Service`: false, "": false, `CONTOSO\gerda`: true, "gerda": true} {
		if Account(name) != want {
			t.Errorf("%q: %v", name, !want)
		}
	}
}

func FuzzScanner(f *testing.F) {
	for _, x := range forms {
		f.Add([]byte(x.text), 5)
		f.Add(wide(x.text), 1)
	}
	f.Fuzz(func(t *testing.T, b []byte, piece int) {
		piece = max(1, piece&0xFFFF)
		if got, want := found(b, piece), found(b, len(b)+1); !slices.Equal(got, want) {
			t.Errorf("pieces of %d bytes: %q, want %q", piece, got, want)
		}
		Networks(b, func(_ report.PrivateKind, at int, v string) {
			if at+len(v) > len(b) {
				t.Errorf("at %d of %d bytes: %q", at, len(b), v)
			}
		})
		Monitors(b, func(int, string) {})
		Firmware(b, func(string, int, string) {})
	})
}

func BenchmarkScanner(b *testing.B) {
	block := make([]byte, 1<<20) // numbers, a quarter of them texts
	for i := range block {
		block[i] = byte(i*i>>7 ^ i>>3)
		if i&0xC00 == 0 {
			block[i] = "The quick brown fox jumps over C:\\Windows\\System32\\x.dll. "[i%57]
		}
	}
	s := Scanner{Take: func(report.PrivateKind, int64, string) {}}
	b.SetBytes(int64(len(block)))
	for i := 0; b.Loop(); i++ {
		s.Write(int64(i*len(block)), block)
	}
}
