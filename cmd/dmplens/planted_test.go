package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/dmplens/dmplens/dmpfile/dmptest"
	"github.com/dmplens/dmplens/report"
)

// planted is an invented value of a kind in a dump, and where it is.
type planted struct {
	kind  report.PrivateKind
	where string
	value string
	deep  bool // it is found only where memory is read
}

// plantedValues are all that plantedDump has.
var plantedValues = []planted{
	{kind: report.PrivateProductKey, where: "stream 0, ACPI tables", value: "QRTVW-XY234-BCDFG-HJKMP-6789N"},
	{kind: report.PrivateSerial, where: "stream 1, SMBIOS tables", value: "SYS-7Q42X9"},
	{kind: report.PrivateSerial, where: "stream 1, SMBIOS tables", value: "BRD-81K3M5"},
	{kind: report.PrivateUserPath, where: "stream 2, code integrity black box", value: `\Users\gerda.codeint`},
	{kind: report.PrivateUserPath, where: "stream 3, image path of an earlier crash in user mode", value: `\Users\gerda.crashed`},
	{kind: report.PrivateComputer, where: "stream 4, triage dump data, named sections", value: "LAPTOP-7G6F5D4S"},
	{kind: report.PrivateUserPath, where: "stream 4, triage dump data, named sections", value: `\Users\gerda.section`},
	{kind: report.PrivateNetwork, where: "stream 5, probably Intel Wi-Fi", value: "gerdas wifi net"},
	{kind: report.PrivateNetworkAddress, where: "stream 5, probably Intel Wi-Fi", value: "02:aa:bc:cd:de:ef"},
	{kind: report.PrivateSerial, where: "stream 6, display time-out (TDR) data", value: "MON0SERIAL7"},
	{kind: report.PrivateSerial, where: "stream 7", value: "AA04012700017614"},
	{kind: report.PrivateSID, where: "stream 8, ETW buffers", value: "S-1-5-21-11-22-33-1007"},
	{kind: report.PrivateNetwork, where: "stream 8, ETW buffers", value: "gerdas event net"},
	{kind: report.PrivateNetworkAddress, where: "stream 8, ETW buffers", value: "02-bb-bc-cd-de-ef"},
	{kind: report.PrivateUser, where: "stream 8, ETW buffers", value: "gerda.eventuser"},
	{kind: report.PrivateComputer, where: "stream 8, ETW buffers", value: "gerdas-desk-computer"},
	{kind: report.PrivateSerial, where: "stream 8, ETW buffers", value: "DISK-77121"},
	{kind: report.PrivateCommandLine, where: "stream 8, ETW buffers", value: "tool.exe --login gerda.cmd"},
	{kind: report.PrivateUserPath, where: "list of modules", value: `\Users\gerda.module`},
	{kind: report.PrivateUserPath, where: "memory", value: `\Users\gerda.memory`, deep: true},
	{kind: report.PrivateUserKey, where: "memory", value: "S-1-5-21-44-55-66-1009", deep: true},
	{kind: report.PrivateMail, where: "memory", value: "gerda@mail.example.org", deep: true},
}

// units is a text in UTF-16 with a zero behind it.
func units(s string) (b []byte) {
	for _, u := range append(utf16.Encode([]rune(s)), 0) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return b
}

// at is bytes in the middle of others.
func at(size, offset int, b ...[]byte) []byte {
	out := make([]byte, size)
	for i := range out[:offset] {
		out[i] = byte(7 * i)
	}
	for _, x := range b {
		offset += copy(out[offset:], x)
	}
	return out
}

// plantedDump is a small dump that has each of plantedValues.
func plantedDump() []byte {
	msdm := at(0x55, 0x24, []byte("\x01\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x1d\x00\x00\x00QRTVW-XY234-BCDFG-HJKMP-6789N"))
	copy(msdm, "MSDM\x55\x00\x00\x00\x03\x00CONTOSCONTOSO1")
	crashed := units(`\Device\HarddiskVolume3\Users\gerda.crashed\app.exe`)
	edid := make([]byte, 128)
	copy(edid, "\x00\xff\xff\xff\xff\xff\xff\x00")
	copy(edid[0x36:], "\x00\x00\x00\xff\x00MON0SERIAL7\n ")
	for _, c := range edid[:127] {
		edid[127] -= c
	}
	ssid := at(120, 60, []byte("\x0f\x00\x00\x00gerdas wifi net"))
	copy(ssid[60+36:], "\x02\xaa\xbc\xcd\xde\xef")

	now := time.Date(2025, 3, 14, 9, 26, 53, 0, time.UTC)
	stamp := uint64(now.Unix()+11644473600) * 1e7
	event := func(name string, payload []byte, fields ...[]byte) []byte {
		return dmptest.ETWEvent{Stamp: stamp - 1e7, Provider: "00000000-1111-2222-3333-444444444444", ID: 7, Channel: 11,
			SID:    []byte("\x01\x05\x00\x00\x00\x00\x00\x05\x15\x00\x00\x00\x0b\x00\x00\x00\x16\x00\x00\x00\x21\x00\x00\x00\xef\x03\x00\x00"),
			Schema: dmptest.ETWSchema(name, fields...), Traits: dmptest.ETWTraits("ContosoProvider"), Payload: payload}.Record()
	}
	text := func(name string) []byte { return dmptest.ETWField(name, 1) }
	events := dmptest.ETWStream{Build: 26100, MHz: 3700, Boot: stamp - 36e9, Frequency: 1e7, Sessions: []dmptest.ETWSession{{
		Name: "EventLog-System", LoggerID: 3, Clock: 2, BufferSize: 0x10000, Start: stamp - 36e9,
		Buffers: []dmptest.ETWBuffer{{State: 1, Records: [][]byte{
			event("Connected", slices.Concat(units("gerdas event net"), units("02-bb-bc-cd-de-ef")), text("SSID"), text("BSSID")),
			event("Ran", slices.Concat(units("gerda.eventuser"), units("gerdas-desk-computer"), units("tool.exe --login gerda.cmd")),
				text("UserName"), text("ComputerName"), text("CommandLine")),
			event("Disk", units("DISK-77121"), text("SerialNumber")),
		}}},
	}}}
	return dmptest.Triage{
		Header: dmptest.Header{Build: 26100, Code: new(uint32(0xD1)), Params: [4]uint64{0x20, 2, 1, 0xFFFFF803214B334C}, Time: now, Uptime: time.Hour},
		Stack:  dmptest.Block{VA: 0xFFFFF5825DE0EA00, Data: make([]byte, 0x100)},
		Modules: []dmptest.Module{
			{Path: `\SystemRoot\system32\ntoskrnl.exe`, Base: 0xFFFFF80312400000, Size: 0x1046000},
			{Path: `\??\C:\Users\gerda.module\tool.sys`, Base: 0xFFFFF803214B0000, Size: 0x21000},
		},
		Blocks: []dmptest.Block{
			{VA: 0xFFFFF80317000000, Data: at(3000, 501, units(`C:\Users\gerda.memory\x`))},
			{VA: 0xFFFFF80317010000, Data: at(3000, 700, units(`\REGISTRY\USER\S-1-5-21-44-55-66-1009\Software`), []byte("\x00\x00gerda@mail.example.org\x00"))},
		},
		Secondary: dmptest.Secondary(26100, dmptest.PadBlobs(
			dmptest.Blob{Tag: "e83b40d2-b0a0-4842-abea-71c9e3463dd1", Data: msdm},
			dmptest.SMBIOS{Manufacturer: "Contoso", Product: "Workbench", Serial: "SYS-7Q42X9", BoardManufacturer: "Contoso", BoardProduct: "B", BoardSerial: "BRD-81K3M5"}.Blob(),
			dmptest.Blob{Tag: "4ee76bd8-3cf4-44a0-a0ac-3937643e37a3", Data: at(0x200, 0xE6, units(`\Device\HarddiskVolume3\Users\gerda.codeint\x.dll`))},
			dmptest.Blob{Tag: "be84d651-a550-4367-8e63-ab792b631f94", Data: at(8+len(crashed), 8, crashed)},
			dmptest.Blob{Tag: "0d910545-e694-4b15-870c-01625fb32a6f", Data: at(0x400, 0x101, units("LAPTOP-7G6F5D4S"), units(`C:\Users\gerda.section\y`))},
			dmptest.Blob{Tag: "41c9ed64-e466-41c3-9726-b1a68f6ebb1c", Data: ssid},
			dmptest.Blob{Tag: "270a33fd-3da6-460d-ba89-3c1bae21e39b", Data: at(300, 77, edid)},
			dmptest.Blob{Tag: "01234567-89ab-cdef-0123-456789abcdef", Data: at(300, 20, []byte(`USBSTOR\Disk&Ven_Contoso&Prod_Stick\AA04012700017614&0`))},
			dmptest.Blob{Tag: dmptest.TagETW, Data: events.Image().Data()},
		)...),
	}.Image().Data()
}

// privateIn runs check and returns what is private in its record.
func privateIn(t *testing.T, name string, flags ...string) report.Report {
	t.Helper()
	var stdout, stderr bytes.Buffer
	run(append([]string{"check", "--json", "--private", name}, flags...), nil, &stdout, &stderr)
	var r report.Report
	if err := json.Unmarshal(stdout.Bytes(), &r); err != nil || stderr.Len() > 0 {
		t.Fatalf("%v: %s", err, &stderr)
	}
	return r
}

// Each value is found by its kind and place, and is shown only where asked for.
func TestPlanted(t *testing.T) {
	name := filepath.Join(t.TempDir(), "planted.dmp")
	if err := os.WriteFile(name, plantedDump(), 0o666); err != nil {
		t.Fatal(err)
	}
	shallow, deep, asked := privateIn(t, name), privateIn(t, name, "--deep"), privateIn(t, name, "--deep", "--show-private")
	for _, v := range plantedValues {
		is := func(x report.Private) bool { return x.Kind == v.kind && x.Where == v.where }
		if found := slices.ContainsFunc(shallow.Private, is); found == v.deep {
			t.Errorf("%s in %s: found %v without --deep", v.kind, v.where, found)
		}
		if !slices.ContainsFunc(deep.Private, is) {
			t.Errorf("%s in %s: not found with --deep", v.kind, v.where)
		}
		if !slices.ContainsFunc(asked.Private, func(x report.Private) bool { return is(x) && slices.Contains(x.Values, v.value) }) {
			t.Errorf("%s in %s: %q is not shown when asked for", v.kind, v.where, v.value)
		}
	}
	for _, x := range deep.Private { // nothing but what was planted is found
		if !slices.ContainsFunc(plantedValues, func(v planted) bool { return x.Kind == v.kind && x.Where == v.where }) {
			t.Errorf("found %s in %s", x.Kind, x.Where)
		}
		if len(x.Values) > 0 || x.Count == 0 {
			t.Errorf("%s in %s: %d, shown unasked: %d", x.Kind, x.Where, x.Count, len(x.Values))
		}
	}
	for verb, calls := range aDumpShows {
		if verb == "modules" || verb == "symbols" || verb == "stack" || verb == "registers" || verb == "scan" {
			continue // paths of modules are what they are asked for
		}
		for _, flags := range calls {
			out := printed(t, append(append([]string{verb}, strings.Fields(flags)...), name)...)
			for _, v := range plantedValues {
				if v.where == "list of modules" || verb == "info" && strings.Contains(flags, "json") {
					continue
				}
				for _, reading := range unescaped(out) {
					if strings.Contains(reading, v.value) {
						t.Errorf("%s %s shows the %s in %s", verb, flags, v.kind, v.where)
						break
					}
				}
			}
		}
	}
	page := printed(t, "check", "--private", "--deep", "--show-private", "--width", "1000", name)
	for _, v := range plantedValues {
		if !strings.Contains(page, `"`+v.value+"\"\n") {
			t.Errorf("the page does not show the %s in %s when asked for", v.kind, v.where)
		}
	}
}

// A dump that has nothing of it says what was looked at, and that this is no proof.
func TestNothingPlanted(t *testing.T) {
	page := printed(t, "check", "--private", filepath.Join(samples, "header-only.dmp"))
	for _, want := range []string{"Private    nothing was found", "Looked at  no streams", "--deep", "no proof"} {
		if !strings.Contains(strings.Join(strings.Fields(page), " "), strings.Join(strings.Fields(want), " ")) {
			t.Errorf("%q is missing:\n%s", want, page)
		}
	}
}
