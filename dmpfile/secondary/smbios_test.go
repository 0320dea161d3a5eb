package secondary_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/dmplens/dmplens/dmpfile/dmptest"
	"github.com/dmplens/dmplens/dmpfile/secondary"
)

// firmware is that of a machine with four slots for memory.
var firmware = dmptest.SMBIOS{
	BIOSVendor: "Contoso Firmware", BIOSVersion: "1.07", BIOSDate: "02/14/2025",
	Manufacturer: "Contoso", Product: " Workbench 16 ", Version: "Rev A", Serial: "CX-48151623", SKU: "WB16-A", Family: "To be filled by O.E.M.",
	UUID:              []byte{0x4E, 0x91, 0xC3, 0x5A, 0x07, 0xD2, 0x18, 0x4B, 0xA6, 0x3D, 0x0F, 0x72, 0xE8, 0x15, 0x9B, 0x64},
	BoardManufacturer: "Fabrikam", BoardProduct: "F2", BoardVersion: "1.0", BoardSerial: "Default string",
	CPUManufacturer: "Contoso", CPU: "Contoso C1", Chassis: 0x8A,
	Memory: []dmptest.MemoryModule{
		{Slot: "DIMM 0", Bank: "CHANNEL A", Manufacturer: "Unknown", Form: 9, Type: 0x1A},
		{Slot: "DIMM 1", Bank: "CHANNEL A", Manufacturer: "80CE", Serial: "4D3C2B1A", Part: "M378A2K43EB1-CWE ", Form: 9, Type: 0x1A, Size: 0x4000,
			Speed: 3200, Configured: 2666},
		{Slot: "DIMM 0", Bank: "CHANNEL B", Manufacturer: "Fabrikam Memory", Serial: "SerNum0", Part: "PartNum3", Form: 13, Type: 0x22, Size: 0x7FFF,
			WideSize: 65536, Speed: 0xFFFF, WideSpeed: 8400, Configured: 0xFFFF, WideConfigured: 6800},
		{Slot: "DIMM 1", Bank: "CHANNEL B", Manufacturer: "Manufacturer0", Part: "4ATF51264HZ", Form: 9, Type: 2, Size: 0x8200, Maker: [2]uint8{0x80, 0x2C}},
		{Slot: "DIMM 2", Manufacturer: "Undefined", Size: 0xFFFF, Type: 0x18},
		{Slot: "SPI", Manufacturer: "Contoso", Size: 16, Flash: true},
		{Slot: "SYSTEM ROM", Manufacturer: "Intel", Part: "FLASH", Size: 16, Type: 9},
		{Slot: "SYSTEM ROM", Size: 0, Type: 8},
		{Slot: "EEPROM", Size: 1, Type: 0xA},
	},
}

func TestSMBIOS(t *testing.T) {
	b := firmware.Blob().Data
	s, n, err := secondary.ReadSMBIOS(b)
	if err != nil || n != len(b) {
		t.Fatalf("%d of %d bytes: %v", n, len(b), err)
	}
	expect(t, "version", s.Version, "3.3")
	expect(t, "system", s.System, secondary.System{Manufacturer: "Contoso", Product: "Workbench 16", Version: "Rev A", SKU: "WB16-A",
		Serial: "CX-48151623", UUID: "5ac3914e-d207-4b18-a63d-0f72e8159b64"})
	expect(t, "board", s.Board, secondary.Board{Manufacturer: "Fabrikam", Product: "F2", Version: "1.0"})
	expect(t, "BIOS", s.BIOS, secondary.BIOS{Vendor: "Contoso Firmware", Version: "1.07", Date: "02/14/2025"})
	expect(t, "chassis", s.Chassis, "notebook")
	expect(t, "processors", s.Processors, []secondary.SMBIOSProcessor{{Manufacturer: "Contoso", Name: "Contoso C1", MaxMHz: 4000, CurrentMHz: 3200}})
	expect(t, "arrays", s.Arrays, []secondary.MemoryArray{{Slots: 4, MaxSize: 64 << 30, Correction: "none"}})
	expect(t, "empty slots", s.EmptySlots, 1)
	expect(t, "memory", s.Memory, []secondary.MemoryDevice{
		{Slot: "DIMM 1", Bank: "CHANNEL A", Manufacturer: "Samsung", Part: "M378A2K43EB1-CWE", Serial: "4D3C2B1A", Type: "DDR4", Form: "DIMM",
			Size: 16 << 30, Rated: 3200, Configured: 2666},
		{Slot: "DIMM 0", Bank: "CHANNEL B", Manufacturer: "Fabrikam Memory", Type: "DDR5", Form: "SODIMM", Size: 64 << 30, Rated: 8400, Configured: 6800},
		{Slot: "DIMM 1", Bank: "CHANNEL B", Manufacturer: "Micron", Part: "4ATF51264HZ", Form: "DIMM", Size: 512 << 10},
		{Slot: "DIMM 2", Type: "DDR3"},
	})
	private := privateValues(s.Fields())
	expect(t, "private", private, []string{"CX-48151623", "5ac3914e-d207-4b18-a63d-0f72e8159b64", "4D3C2B1A"})
	if !strings.Contains(text(s.Fields()), "size: 16 GiB") {
		t.Error(text(s.Fields()))
	}
}

// What firmware has in the place of a number of a machine's own is none.
func TestSMBIOSNumbers(t *testing.T) {
	for serial, want := range map[string]string{
		"System Serial Number": "", "0000000": "", "11111111": "", "123490EN400015": "", "MB-1234567890": "", "9876543210": "", "None": "", "N/A": "", "A1": "",
		"[Empty]": "", "A1_SerNum0": "", "Array1_SerialNumber2": "", "To be filled by O.E.M.": "", "XXXXXXXX": "",
		"5ZPYPX9": "5ZPYPX9", "1100112200001": "1100112200001", "a1_quiet": "a1_quiet",
	} {
		s, _, err := secondary.ReadSMBIOS(dmptest.SMBIOS{Serial: serial}.Blob().Data)
		if err != nil || s.System.Serial != want {
			t.Errorf("%q is %q (%v), want %q", serial, s.System.Serial, err, want)
		}
	}
	for id, want := range map[string]string{
		strings.Repeat("\x00", 16): "", strings.Repeat("\xff", 16): "", "\x00\x02\x00\x03\x00\x04\x00\x05\x00\x06\x00\x07\x00\x08\x00\x09": "",
		strings.Repeat("\x00", 15) + "\x01":                                "", // the first of a series
		"\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f": "", "\x78\x56\x34\x12\x34\x12\x78\x56\x90\xab\xcd\xde\xef\xaa\xbb\xcc": "",
		"\x44\x45\x4c\x4c\x00\x32\x10\x4d\x80\x33\xb1\xc0\x4f\x51\x57\x33": "4c4c4544-3200-4d10-8033-b1c04f515733",
	} {
		s, _, err := secondary.ReadSMBIOS(dmptest.SMBIOS{UUID: []byte(id)}.Blob().Data)
		if err != nil || s.System.UUID != want {
			t.Errorf("%x is %q (%v), want %q", id, s.System.UUID, err, want)
		}
	}
}

// A number that is a name of the machine, or of its board, is none.
func TestSMBIOSNames(t *testing.T) {
	for serial, want := range map[string]string{"F2-4410B": "", "fabrikam F2 4410B": "", "WB16-A4": "", "CX-48151623": "CX-48151623"} {
		m := dmptest.SMBIOS{Manufacturer: "Contoso", SKU: "WB16-A4", BoardManufacturer: "Fabrikam", BoardProduct: "F2-4410B", Serial: serial, BoardSerial: serial}
		s, _, err := secondary.ReadSMBIOS(m.Blob().Data)
		if err != nil || s.System.Serial != want || s.Board.Serial != want {
			t.Errorf("%q: system %q, board %q (%v), want %q", serial, s.System.Serial, s.Board.Serial, err, want)
		}
	}
}

// What no memory has is not known: speeds, and the size of a module.
func TestSMBIOSNoFacts(t *testing.T) {
	for _, c := range []struct {
		module                  dmptest.MemoryModule
		size, rated, configured uint64
	}{
		{dmptest.MemoryModule{Size: 1024, Speed: 1, Configured: 65000}, 1 << 30, 0, 0},
		{dmptest.MemoryModule{Size: 1024, Speed: 99, Configured: 20001}, 1 << 30, 0, 0},
		{dmptest.MemoryModule{Size: 1024, Speed: 100, Configured: 20000}, 1 << 30, 100, 20000},
		{dmptest.MemoryModule{Size: 0x7FFF, WideSize: 0x7FFFFFFF, Speed: 0xFFFF, WideSpeed: 0x7FFFFFFF}, 0, 0, 0},
		{dmptest.MemoryModule{Size: 0x7FFF, WideSize: 16 << 20, Speed: 3200}, 16 << 40, 3200, 0},
	} {
		s, _, err := secondary.ReadSMBIOS(dmptest.SMBIOS{Memory: []dmptest.MemoryModule{c.module}}.Blob().Data)
		if err != nil || len(s.Memory) != 1 {
			t.Fatalf("%+v: %+v, %v", c.module, s.Memory, err)
		}
		if d := s.Memory[0]; d.Size != c.size || uint64(d.Rated) != c.rated || uint64(d.Configured) != c.configured {
			t.Errorf("%+v: %+v", c.module, d)
		}
	}
}

// The makers of memory that firmware gives by their JEDEC numbers.
func TestMemoryMakers(t *testing.T) {
	for said, want := range map[string]string{
		"80CE": "Samsung", "00CE": "Samsung", "CE00": "Samsung", "859B": "Crucial", "059B": "Crucial", "04CB": "A-DATA", "029E": "Corsair", "0x2C00000000000000": "Micron",
		"802C0000802C": "Micron", "7F7F7F7F7FCB0000": "7F7F7F7F7FCB0000", "7F7F7F7FCB000000": "A-DATA", "7F98000000000000": "Kingston", "0198": "Kingston",
		"Samsung": "Samsung", "Hynix": "Hynix", "0B93": "0B93", "FFFF": "", "ce": "ce", "2C": "2C", "Manufacturer01": "", "ModuleManufacturer00": "",
		"Array1_Manufacturer0": "", "NO DIMM": "", "Manufacturer of Memory": "Manufacturer of Memory",
	} {
		m := dmptest.SMBIOS{Memory: []dmptest.MemoryModule{{Manufacturer: said, Size: 1024}}}
		s, _, err := secondary.ReadSMBIOS(m.Blob().Data)
		if err != nil || len(s.Memory) != 1 || s.Memory[0].Manufacturer != want {
			t.Errorf("%q is %+v (%v), want %q", said, s.Memory, err, want)
		}
	}
}

// Tables that are cut or have too much say where they stop, and what came before counts.
func TestSMBIOSStops(t *testing.T) {
	b := dmptest.SMBIOS{BIOSVendor: "Contoso", Manufacturer: "Fabrikam"}.Blob().Data
	const second = 8 + 0x1A + len("Contoso\x00\x00") // where the system's structure begins
	bad := slices.Clone(b)
	bad[second+1] = 3
	long := slices.Clone(b)
	long[4]++
	for _, c := range []struct {
		name   string
		data   []byte
		n      int
		vendor string
	}{
		{"empty", nil, 0, ""},
		{"cut in the header", b[:7], 0, ""},
		{"no structures", b[:8], 8, ""},
		{"cut in a structure", b[:second-10], 8, ""},
		{"cut in the texts", b[:second-1], 8, ""},
		{"cut between structures", b[:second], second, "Contoso"},
		{"a structure of 3 bytes", bad, second, "Contoso"},
		{"bytes behind", append(slices.Clone(b), 1, 2, 3), len(b), "Contoso"},
	} {
		s, n, err := secondary.ReadSMBIOS(c.data)
		if err == nil || n != c.n || s.BIOS.Vendor != c.vendor {
			t.Errorf("%s: %d bytes, vendor %q, %v; want %d, %q", c.name, n, s.BIOS.Vendor, err, c.n, c.vendor)
		}
	}
	if _, n, err := secondary.ReadSMBIOS(long); err != nil || n != len(long) {
		t.Errorf("a length beyond the stream: %d bytes, %v", n, err)
	}
}

func FuzzSMBIOS(f *testing.F) {
	whole := firmware.Blob().Data
	f.Add(whole)
	for cut := 0; cut < len(whole); cut += 13 {
		f.Add(whole[:cut])
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		s, n, err := secondary.ReadSMBIOS(b)
		checkRead(t, b, s, n, err)
		if count := len(s.Memory) + s.EmptySlots + len(s.Processors) + len(s.Arrays); count > len(b)/6 {
			t.Fatalf("%d structures in %d bytes", count, len(b))
		}
	})
}
