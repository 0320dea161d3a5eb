package secondary

import (
	"testing"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/dmptest"
)

func TestWDF(t *testing.T) {
	b := dmptest.WDFBlob(dmptest.WDFDriver{Name: "Wdf01000", Major: 1, Minor: 33, Build: 26100},
		dmptest.WDFDriver{Name: "a-name-of-thirty-two-characters!", Major: 1, Minor: 15, Globals: 0xFFFFD68FDFDDEBC0}).Data
	w, n, err := ReadWDF(b)
	expectWhole(t, b, n, err)
	expectEqual(t, "drivers", w.Drivers, []WDFDriver{
		{Name: "Wdf01000", Major: 1, Minor: 33, Build: 26100}, {Name: "a-name-of-thirty-two-characters!", Major: 1, Minor: 15, Globals: 0xFFFFD68FDFDDEBC0},
	})
	expectField(t, w, "Wdf01000", "1.33.26100")
	w, n, err = ReadWDF(b[:111])
	expectStop(t, "a cut entry", n, err, 56, "cut")
	if len(w.Drivers) != 1 {
		t.Errorf("%d drivers", len(w.Drivers))
	}
}

func TestKMDF(t *testing.T) {
	for _, c := range []struct {
		name    string
		size    int
		payload []int
		want    TraceRing
	}{
		{"some records", 256, []int{8, 16, 0}, TraceRing{"LR", 3, 100, 102}},
		{"one", 256, []int{8}, TraceRing{"LR", 1, 100, 100}},
		{"none", 256, nil, TraceRing{}},
		{"the ring is full", 40, []int{8, 8}, TraceRing{"LR", 2, 100, 101}},
		{"the oldest is overwritten", 60, []int{8, 8, 8, 8}, TraceRing{"LR", 3, 101, 103}},
		{"two are overwritten by a longer one", 60, []int{8, 8, 8, 20}, TraceRing{"LR", 2, 102, 103}},
	} {
		ring, next, last := dmptest.TraceRing(c.size, 100, c.payload...)
		b := dmptest.KMDFBlob("USBXHCI", ring, next, last).Data
		k, n, err := ReadKMDF(b)
		expectWhole(t, b, n, err)
		expectEqual(t, c.name, k, &KMDF{Driver: "USBXHCI", Trace: c.want})
	}
	ring, next, last := dmptest.TraceRing(64, 1, 4, 4)
	b := dmptest.KMDFBlob("USBXHCI", ring, next, last).Data
	_, n, err := ReadKMDF(b[:len(b)-1])
	expectStop(t, "a cut ring", n, err, 0x18, "do not end")
	_, n, err = ReadKMDF(b[:0x47])
	expectStop(t, "a cut header", n, err, 0, "cut")
	m := dmptest.Load(b)
	m.PutASCII(0x48, "L2")
	m.PutASCII(0x58, "L2")
	k, _, _ := ReadKMDF(m.Data())
	expectEqual(t, "build 26100", k.Trace, TraceRing{"L2", 2, 1, 2})
	m.PutU16(0x58+8, 0x10) // a record before itself
	k, _, _ = ReadKMDF(m.Data())
	expectEqual(t, "a circle", k.Trace, TraceRing{"L2", 1, 2, 2})
}

func TestWPP(t *testing.T) {
	trace, next, last := dmptest.TraceRing(100, 7, 8, 8, 8)
	errors, nextError, lastError := dmptest.TraceRing(50, 2, 10)
	b := dmptest.WPPBlob("win32kbase", trace, next, last, errors, nextError, lastError).Data
	w, n, err := ReadWPP(b)
	expectWhole(t, b, n, err)
	expectEqual(t, "recorder", w, &WPP{Name: "win32kbase", Recorder: true, Trace: TraceRing{"LR", 3, 7, 9}, Errors: TraceRing{"LR", 1, 2, 2}})
	expectField(t, w, "records", "3", "1")
	_, n, err = ReadWPP(b[:len(b)-1])
	expectStop(t, "a cut ring", n, err, 0x88, "do not end")
	_, n, err = ReadWPP(b[:0xA7])
	expectStop(t, "a cut header", n, err, 0x20, "cut")

	var list dmptest.Image
	list.PutZero(0, 68)
	list.PutASCII(0, "wdiwifi")
	list.PutU16(0x40, 3, 3)
	w, n, err = ReadWPP(list.Data())
	expectWhole(t, list.Data(), n, err)
	expectEqual(t, "list", w, &WPP{Name: "wdiwifi", Logs: 3})
	expectField(t, w, "recorders", "3")
	_, n, err = ReadWPP(list.Data()[:67])
	expectStop(t, "a cut list", n, err, 0x1C, "neither")
}

func TestSmallStreams(t *testing.T) {
	name := []byte{'w', 0, 'i', 0, 'n', 0, '.', 0, 's', 0, 'y', 0, 's', 0}
	blamed, n, err := ReadBlamed(name)
	expectWhole(t, name, n, err)
	expectField(t, blamed, "driver", "win.sys")
	blamed, n, err = ReadBlamed(name[:13])
	expectStop(t, "half a character", n, err, 12, "odd")
	expectField(t, blamed, "driver", "win.sy")

	for path, driver := range map[string]string{`C:\Users\jan\x.sys`: "x.sys", `\SystemRoot\system32\drivers\y.sys`: "y.sys", "a/z.sys": "z.sys"} {
		var text dmptest.Image
		text.PutUTF16(0, path)
		blamed, _, err := ReadBlamed(text.Data())
		if err != nil || blamed.Driver != driver {
			t.Errorf("%s: %+v, %v", path, blamed, err)
		}
		for _, f := range blamed.Fields() {
			if f.Private != (f.Value == path) {
				t.Errorf("%s: %s %q is private: %v", path, f.Name, f.Value, f.Private)
			}
		}
	}

	crash, n, err := ReadCrashDump(nil)
	expectWhole(t, nil, n, err)
	expectField(t, crash, "content", "none")
	_, n, err = ReadCrashDump(make([]byte, 8))
	expectStop(t, "8 bytes", n, err, 0, "own")

	var m dmptest.Image
	m.PutU32(0, 1, 0x60, 1, 0)
	m.PutASCII(0x10, "POWD")
	m.Grow(0x60)
	p, n, err := ReadPowerWatchdog(m.Data())
	expectStop(t, "power watchdog", n, err, 0x14, "own")
	expectEqual(t, "power watchdog", p, &PowerWatchdog{Version: 1, Size: 96})
	_, n, err = ReadPowerWatchdog(m.Data()[:0x13])
	expectStop(t, "a cut power watchdog", n, err, 0x10, "no record")
}

func TestNVIDIA(t *testing.T) {
	b := dmptest.NVIDIABlob("566.36", "r566_31-5 ").Data
	d, n, err := ReadNVIDIA(b)
	expectStop(t, "NVIDIA", n, err, int64(len(b)-len("what follows")), "own")
	expectEqual(t, "NVIDIA", d, &NVIDIA{Version: "566.36", Branch: "r566_31-5"})
	expectField(t, d, "driver version", "566.36")
	for i := range b {
		ReadNVIDIA(b[:i])
		m := dmptest.Load(b)
		m.PutU8(i, 0xFF)
		ReadNVIDIA(m.Data())
	}
	d, n, err = ReadNVIDIA(b[:0x30])
	expectStop(t, "a cut message", n, err, 0x24, "own")
	if *d != (NVIDIA{}) {
		t.Errorf("%+v", d)
	}
	_, n, err = ReadNVIDIA([]byte("NVCE"))
	expectStop(t, "another signature", n, err, 0, "NVIDIA")
	_, n, err = ReadNVIDIA([]byte("NVCD"))
	expectStop(t, "a cut header", n, err, 4, "cut")
}

func TestAMD(t *testing.T) {
	d, n, err := ReadAMD([]byte{8, 0, 0, 0, 0, 0, 0, 0})
	expectWhole(t, make([]byte, 8), n, err)
	expectEqual(t, "AMD, empty", d, &AMD{})
	var m dmptest.Image
	m.PutZero(0, 0xA8)
	m.PutU32(0, 0xA8)
	m.PutASCII(0x30, "2101120434-20.10.32.06-201229a-362957C")
	m.PutASCII(0xA4, "ENDDOSST")
	m.PutU32(0xAC, 0x34, 0x17E4)
	m.PutU16(0xB4, 0x1002, 0x1636)
	m.PutU32(0xB8, 1, 0xC6)
	m.PutU16(0xC0, 0x1043, 0x1E21)
	m.Grow(0xD8)
	m.PutASCII(0xD8, "ENDS rest")
	want := &AMD{Build: "2101120434-20.10.32.06-201229a-362957C", Vendor: 0x1002, Device: 0x1636, Revision: 0xC6, SubVendor: 0x1043, SubDevice: 0x1E21}
	d, n, err = ReadAMD(m.Data())
	expectStop(t, "AMD", n, err, 0xDC, "own")
	expectEqual(t, "AMD", d, want)
	expectField(t, d, "device", "1002:1636")
	_, n, err = ReadAMD(m.Data()[:0xA7])
	expectStop(t, "a cut header", n, err, 0, "does not fit")
	m.PutU32(0xAC, 0xFFFFFFFF)
	d, n, err = ReadAMD(m.Data())
	expectStop(t, "a part without end", n, err, 0xA8, "own")
	if d.Vendor != 0 || d.Build != want.Build {
		t.Errorf("%+v", d)
	}

	var ring dmptest.Image
	ring.PutU64(0, 0xAA010331, 1, 0xAA010130, 0xAA041361, 0xFFFFE001E84D6BD0, 7, 0xED0FDBBF, 0, 0)
	r, n, err := ReadAMDRing(ring.Data())
	expectWhole(t, ring.Data(), n, err)
	expectEqual(t, "ring", r.Events, []AMDEvent{{0xAA010331, []uint64{1}}, {0xAA010130, nil}, {0xAA041361, []uint64{0xFFFFE001E84D6BD0, 7}}})
	_, n, err = ReadAMDRing(ring.Data()[:0x34])
	expectStop(t, "a ring without end", n, err, 0x30, "end of the ring")
	_, n, err = ReadAMDRing(ring.Data()[8:])
	expectStop(t, "a ring that begins with a value", n, err, 0, "begin")
	ring.PutU8(0x47, 1)
	_, n, err = ReadAMDRing(ring.Data())
	expectStop(t, "bytes behind the ring", n, err, 0x47, "own")
}

func TestIntel(t *testing.T) {
	var m dmptest.Image
	m.PutZero(0, 0x100)
	m.PutASCII(0, "{D00CE1F5-D60C-41C2AF75A4370C9976A3}")
	m.PutASCII(0x28, "_000_4953_a780_0_00000000_00000000_00000000_00000000_00000000")
	m.PutU32(0x6C, 0xA780)
	m.PutASCII(0xD5, "igdkmdn64")
	g, n, err := ReadIntelGraphics(m.Data())
	expectStop(t, "graphics", n, err, 0xE5, "own")
	expectEqual(t, "graphics", g, &IntelGraphics{Driver: "igdkmdn64", Device: 0xA780, State: "_000_4953_a780_0_00000000_00000000_00000000_00000000_00000000"})
	expectField(t, g, "device", "8086:a780")
	m.PutU32(0x6C, 0xA781) // not what the text says
	if g, _, _ = ReadIntelGraphics(m.Data()); g.Device != 0 {
		t.Errorf("device %#x", g.Device)
	}
	for _, at := range []int{0x28, 0x30} {
		var old dmptest.Image
		old.PutZero(0, 0x100)
		old.PutASCII(at, "_4500_0000_0008_8_00000002_00014700_00000001_00000000")
		g, n, err = ReadIntelGraphics(old.Data())
		expectStop(t, "an older driver", n, err, int64(at+53), "own")
		if g.State[:5] != "_4500" || g.Device != 0 {
			t.Errorf("%+v", g)
		}
	}
	_, n, err = ReadIntelGraphics(make([]byte, 0x100))
	expectStop(t, "zeros", n, err, 0, "not known")

	var wifi dmptest.Image
	wifi.PutU32(0, 0x40, 0x38)
	wifi.PutU16(8, 4, 0, 250, 22)
	wifi.Grow(0x40)
	w, n, err := ReadIntelWiFi(wifi.Data())
	expectStop(t, "Wi-Fi", n, err, 0x10, "own")
	expectField(t, w, "driver version", "22.250.0.4")
	_, n, err = ReadIntelWiFi(wifi.Data()[:0x3F])
	expectStop(t, "cut Wi-Fi", n, err, 0, "does not fit")

	var bt dmptest.Image
	bt.PutZero(0, 0x200)
	bt.PutBytes(0x8C, []byte{0x0E, 0x1A, 0x20, 0x05, 0xFC, 0, 0x10, 4, 1, 4, 8, 0, 0x17, 2, 0x87, 0x80, 0x30, 6, 6, 5, 4, 3, 2, 1, 0x31, 1, 0})
	bt.PutBytes(0xEC, []byte{0x0E, 0x82, 1, 0x05, 0xFC, 0, 0x18, 2, 0x26, 0, 0x1F, 4, 0xFE, 0x0A, 1, 0})
	d, n, err := ReadIntelBluetooth(bt.Data())
	expectStop(t, "Bluetooth", n, err, 0xFC, "own")
	expectEqual(t, "Bluetooth", d, &IntelBluetooth{Vendor: 0x8087, Product: 0x26, Build: 68350, Address: "01:02:03:04:05:06"})
	for _, f := range d.Fields() {
		if f.Private != (f.Name == "address") {
			t.Errorf("%s is private: %v", f.Name, f.Private)
		}
	}
	d, n, err = ReadIntelBluetooth(make([]byte, 912))
	expectStop(t, "no answer", n, err, 0, "own")
	if len(d.Fields()) != 0 {
		t.Errorf("%v", d.Fields())
	}
}

func TestRealtek(t *testing.T) {
	var m dmptest.Image
	m.PutU32(0x00, 0x01018129, 0x20)
	m.PutU32(0x20, 0x03018129, 0x80)
	m.PutU16(0x40, 0x10EC, 0x8168)
	m.PutU8(0x48, 0x15)
	m.PutU32(0x80, 0x08018129, 0xA4)
	m.Grow(0xA4)
	d, n, err := ReadRealtek(m.Data())
	expectWhole(t, m.Data(), n, err)
	if d.Vendor != 0x10EC || d.Device != 0x8168 || d.Revision != 0x15 || len(d.Parts) != 3 || d.Parts[2].Kind != 8 || len(d.Parts[2].Data) != 4 {
		t.Errorf("%+v", d)
	}
	expectField(t, d, "part 3", "64 bytes, not decoded")
	for name, end := range map[string]uint32{"a part that ends before itself": 0x9F, "a part that ends outside": 0xA5} {
		m.PutU32(0x84, end)
		d, n, err = ReadRealtek(m.Data())
		expectStop(t, name, n, err, 0x80, "no part")
		if len(d.Parts) != 2 {
			t.Errorf("%s: %d parts", name, len(d.Parts))
		}
	}
}

func TestDecode(t *testing.T) {
	tag, _ := dmpfile.ParseGUID(dmptest.TagWDF)
	b := dmptest.WDFBlob(dmptest.WDFDriver{Name: "x"}).Data
	v, n, err := Decode(tag, b)
	expectWhole(t, b, n, err)
	if w, ok := v.(*WDF); !ok || len(w.Drivers) != 1 || !Known(tag) {
		t.Errorf("%T", v)
	}
	if _, n, err := Decode(dmpfile.GUID{1}, b); n != 0 || err != ErrUnknown || Known(dmpfile.GUID{1}) {
		t.Errorf("a tag that nobody knows: %d, %v", n, err)
	}
	_, n, err = Decode(tag, make([]byte, maxStream/56*56+56))
	expectStop(t, "a stream of more than 16 MiB", n, err, maxStream/56*56, "cut")
}
