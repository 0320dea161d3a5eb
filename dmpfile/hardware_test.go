package dmpfile_test

import (
	"testing"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/dmptest"
)

var contoso = dmptest.SMBIOS{
	BIOSVendor: "Contoso Firmware", BIOSVersion: "1.07", BIOSDate: "02/14/2025", Manufacturer: "Contoso", Product: " Workbench 16 ",
	Version: "Rev A", Serial: "S1", BoardManufacturer: " Fabrikam", BoardProduct: "F2", BoardSerial: "S2", CPUManufacturer: "Contoso", CPU: "Contoso C1",
}

var contosoHardware = dmpfile.Hardware{
	Manufacturer: "Contoso", Model: "Workbench 16", BoardManufacturer: "Fabrikam", BoardProduct: "F2", BIOSVendor: "Contoso Firmware", BIOSVersion: "1.07", BIOSDate: "02/14/2025", Processor: "Contoso C1",
}

// tables returns SMBIOS data of the given structures, each with its strings behind it.
func tables(structures ...string) []byte {
	b := make([]byte, 8)
	for _, s := range structures {
		b = append(b, s...)
	}
	return b
}

func TestDecodeSMBIOS(t *testing.T) {
	whole := contoso.Blob().Data
	vendor := func(s string) dmpfile.Hardware { return dmpfile.Hardware{BIOSVendor: s} }
	for _, c := range []struct {
		name string
		data []byte
		want dmpfile.Hardware
	}{
		{"whole", whole, contosoHardware},
		{"nothing set", dmptest.SMBIOS{}.Blob().Data, dmpfile.Hardware{}},
		{"empty", nil, dmpfile.Hardware{}},
		{"header only", whole[:8], dmpfile.Hardware{}},
		{"cut inside a structure", whole[:8+0x19], dmpfile.Hardware{}},
		{"cut inside the first string", whole[:8+0x1A+7], vendor("Contoso")},
		{"a string that there is not", tables("\x00\x05\x00\x00\x02one\x00\x00"), vendor("")},
		{"a string that lies beyond the structure", tables("\x01\x05\x00\x00\x01Acme\x00\x00"), dmpfile.Hardware{Manufacturer: "Acme"}},
		{"a structure without strings", tables("\x02\x04\x00\x00\x00\x00", "\x00\x05\x00\x00\x01one\x00\x00"), vendor("one")},
		{"the first of a kind counts", tables("\x00\x05\x00\x00\x01one\x00\x00", "\x00\x05\x00\x00\x01two\x00\x00"), vendor("one")},
		{"the end structure ends", tables("\x7f\x04\x00\x00\x00\x00", "\x00\x05\x00\x00\x01one\x00\x00"), dmpfile.Hardware{}},
		{"a structure of 3 bytes ends", tables("\x02\x03\x00\x00\x00\x00", "\x00\x05\x00\x00\x01one\x00\x00"), dmpfile.Hardware{}},
	} {
		expect(t, c.name, dmpfile.DecodeSMBIOS(c.data), c.want)
	}
}

// What firmware has in the place of a name is none. Names that only look a little like it stay.
func TestPlaceholders(t *testing.T) {
	for text, want := range map[string]string{
		"To Be Filled By O.E.M.": "", "To be filled by O.E.M. by More String": "", "System Product Name": "", "SYSTEM MANUFACTURER": "", "Default string": "",
		"Not Applicable": "", "O.E.M.": "", "INVALID": "", "OEM Product": "", "Type2 - Board Product Name1": "", "0000": "", "xxxx": "",
		"0123456789": "", "1234567890": "", "Standard": "", "ABCDEF": "", "1234": "1234", "Standard PC (Q35 + ICH9, 2009)": "Standard PC (Q35 + ICH9, 2009)", "123457": "123457", "- -": "", ".": "",
		"Systemax": "Systemax", "OEMC 7": "OEMC 7", "B550M-C": "B550M-C", "System x3650": "System x3650", "X": "X", "11": "11", "ÄÄ": "ÄÄ",
		"Default Board 3": "Default Board 3", "None Such": "None Such",
	} {
		h := dmpfile.DecodeSMBIOS(dmptest.SMBIOS{Product: text, BoardManufacturer: text}.Blob().Data)
		expect(t, text, h, dmpfile.Hardware{Model: want, BoardManufacturer: want})
	}
}

// The processor's name comes from the registry where that has one; what one stream does not say, another may.
func TestHardware(t *testing.T) {
	registry := dmptest.CPURegistry("Contoso C1 (registry)", "Contoso", "AMD64 Family 25", 3700)
	other := contoso
	other.Manufacturer, other.CPU = "", ""
	want := contosoHardware
	want.Processor = "Contoso C1 (registry)"
	without := contosoHardware
	without.Manufacturer, without.Processor = "", ""
	damaged := contoso.Blob()
	damaged.Data = damaged.Data[:4]
	for _, c := range []struct {
		name  string
		blobs []dmptest.Blob
		want  dmpfile.Hardware
	}{
		{"none", nil, dmpfile.Hardware{}},
		{"another tag", []dmptest.Blob{{Tag: dmptest.TagETW, Data: contoso.Blob().Data}}, dmpfile.Hardware{}},
		{"SMBIOS alone", []dmptest.Blob{contoso.Blob()}, contosoHardware},
		{"registry behind", []dmptest.Blob{contoso.Blob(), registry}, want},
		{"registry ahead", []dmptest.Blob{registry, contoso.Blob()}, want},
		{"registry without a name", []dmptest.Blob{contoso.Blob(), dmptest.RegistryBlob(dmptest.RegistryText("ProcessorNameString", ""))}, contosoHardware},
		{"incomplete SMBIOS", []dmptest.Blob{other.Blob()}, without},
		{"incomplete SMBIOS ahead of a whole one", []dmptest.Blob{other.Blob(), contoso.Blob()}, contosoHardware},
		{"damaged SMBIOS", []dmptest.Blob{damaged, registry}, dmpfile.Hardware{Processor: "Contoso C1 (registry)"}},
	} {
		expect(t, c.name, open(t, dumpWith(0, dmptest.Secondary(26100, c.blobs...))).Hardware(), c.want)
	}
}
