package etw

import (
	"encoding/hex"
	"regexp"
	"strings"
	"testing"

	"github.com/dmplens/dmplens/dmpfile"
)

// The tables can be read, every provider of a layout has a name but the one that relays drivers, and what an event says names only
// fields that it has and that are not private.
func TestTables(t *testing.T) {
	tables, err := parseTables(layoutsText, providersText)
	if err != nil {
		t.Fatal(err)
	}
	placeholder := regexp.MustCompile(`\{(\w*)\}`)
	for key, list := range tables.layouts {
		if name := tables.providers[key.Provider]; name == "" && key.Provider.String() != "2d9f3a42-01d4-4733-97f7-041e8021dc84" {
			t.Errorf("provider %v has no name", key.Provider)
		}
		for _, l := range list {
			private := map[string]bool{}
			for _, f := range l.Fields {
				if _, twice := private[f.Name]; twice || f.Name == "" {
					t.Errorf("event %d of %v: field %q twice", key.ID, key.Provider, f.Name)
				}
				private[f.Name] = f.Private
			}
			for _, m := range placeholder.FindAllStringSubmatch(l.Text, -1) {
				if hidden, has := private[m[1]]; !has || hidden {
					t.Errorf("event %d of %v says {%s}: a field %v, private %v", key.ID, key.Provider, m[1], has, hidden)
				}
			}
		}
	}
	if len(tables.providers) < 59 || tables.providers[guid("555908d1-a6d7-4695-8e1e-26931d2012f4")] != "Service Control Manager" {
		t.Errorf("%d providers", len(tables.providers))
	}
}

func TestBadTables(t *testing.T) {
	const provider = "provider 555908d1-a6d7-4695-8e1e-26931d2012f4\n"
	for _, layouts := range []string{
		"provider 1\n", provider + "1 2 A:u32\n", provider + "1 | text\n", provider + "x 2 | text\n", provider + "1 300 | text\n", provider + "65536 1 | text\n",
		provider + "1 2 A | text\n", provider + "1 2 A:u33 | text\n", provider + "1 2 A:bytes | text\n", provider + "1 legacy A:u32 | text\n",
		provider + "1 2 A:u32(B) | text\n",
	} {
		if _, err := parseTables(layouts, ""); err == nil {
			t.Errorf("%q is no table", layouts)
		}
	}
	for _, providers := range []string{"555908d1-a6d7-4695-8e1e-26931d2012f4\n", "1 a\n"} {
		if _, err := parseTables("", providers); err == nil {
			t.Errorf("%q is no table", providers)
		}
	}
}

// Layouts of manifest events with literal bytes.
func TestManifestLayouts(t *testing.T) {
	const zeroGUID = "00000000-0000-0000-0000-000000000000"
	g := "d168 0a15 0179 3347 97f7 041e8021dc84" // 150a68d1-7901-4733-97f7-041e8021dc84
	z := func(s string) string {
		var b []byte
		for _, c := range s + "\x00" {
			b = append(b, byte(c), byte(c>>8))
		}
		return hex.EncodeToString(b)
	}
	a := func(s string) string { return hex.EncodeToString([]byte(s + "\x00")) }
	pairs := func(n int) (payload, fields string) {
		for i := range n {
			d := string(rune('1' + i))
			payload += z("n"+d) + "0" + d + "00000000000000"
			fields += " Name" + d + "=n" + d + " Value" + d + "=" + d
		}
		return payload, fields
	}
	four, fourFields := pairs(4)
	eight, eightFields := pairs(8)
	storport := z("stornvme") + "0c000000" + z("Read Error") + "02000000" + g + "01 02 03" + strings.Repeat("00", 16) + a("NVMe") + a("DISK") + a("SER1") + "01000000"
	storportFields := "Miniport=stornvme ErrorID=12 Description=Read Error Port=2 AdapterGUID=150a68d1-7901-4733-97f7-041e8021dc84 Bus=1 Target=2 LUN=3 DeviceGUID=" + zeroGUID +
		" Vendor=NVMe Model=DISK Serial=SER1 Boot=true"
	const disk = "the storage driver stornvme reports: Read Error (disk NVMe DISK, port 2, target 2, LUN 3)"
	for _, c := range []struct {
		provider string
		id       uint16
		version  uint8
		payload  string
		fields   string
		text     string
	}{
		{"331c3b3a-2005-44c2-ac5e-77220c37d6b4", 42, 3, "04000000 05000000 07000000 01000000 09000000",
			"TargetState=4 EffectiveState=5 Reason=7 Flags=0x1 TransitionsToOn=9", "Windows leaves its working state: target 4, effective 5, reason 7"},
		{"331c3b3a-2005-44c2-ac5e-77220c37d6b4", 109, 0, "06000000 02000000 03000000", "ShutdownActionType=6 ShutdownEventCode=2 ShutdownReason=3",
			"the kernel began a shutdown or a restart: action 6, event 2, reason 3"},
		{"331c3b3a-2005-44c2-ac5e-77220c37d6b4", 172, 0, "02000000 06000000", "State=2 Reason=6", "the network is in state 2 during standby, reason 6"},
		{"a68ca8b7-004f-d7b6-a698-07e2de0f1f5d", 12, 0, "0a000000 00000000 614a0000 24030000 0000 00000000 0080209bcb82d801",
			"MajorVersion=10 MinorVersion=0 BuildVersion=19041 QfeVersion=804 ServiceVersion=0 BootMode=0 StartTime=2022-06-18T04:26:40Z",
			"Windows 10.0.19041.804 started at 2022-06-18T04:26:40Z, boot mode 0"},
		{"15ca44ff-4d7a-4baa-bba5-0998955e531e", 27, 1, "01000000" + a(" NOVGA"), "BootType=1 LoadOptions= NOVGA", "Windows started, boot type 1"},
		{"96f4a050-7e31-453c-88be-9634f4e02139", 20003, 0, z("drv") + z(`\x\drv.sys`) + z(`PCI\VEN_1`) + "01000000 00000000 050000c0",
			`ServiceName=drv DriverFileName=\x\drv.sys DeviceInstanceID=PCI\VEN_1 PrimaryService=true UpdateService=false AddServiceStatus=0xc0000005`,
			`the service drv was added for a device, with the driver \x\drv.sys, status 0xc0000005`},
		{"c4636a1e-7986-4646-bf10-7bc3b4a76e8e", 523, 3, storport + "1000000000000080 2000000000000080" + four,
			storportFields + " Irp=0x8000000000000010 Srb=0x8000000000000020" + fourFields, disk},
		{"c4636a1e-7986-4646-bf10-7bc3b4a76e8e", 548, 3, storport + eight, storportFields + eightFields, disk},
		{"0bd3506a-9030-4f76-9b88-3e8fe1f7cfb6", 10029, 0, "1000000000000080 0101010d 02000000 01000000",
			"Adapter=0x8000000000000010 OID=0xd010101 State=2 Pending=true", "the request 0xd010101 to a Wi-Fi adapter is in state 2"},
		{"0bd3506a-9030-4f76-9b88-3e8fe1f7cfb6", 10073, 0, g + "01000000 07000000", "Interface=150a68d1-7901-4733-97f7-041e8021dc84 Flag=true Value=7", "a Wi-Fi interface: true, 7"},
		{"9580d7dd-0379-4658-9870-d5be7d52d6de", 4003, 0, "01000000 02000000 03000000 04000000", "Value1=1 Value2=2 Value3=3 Value4=4", "Wi-Fi had a limited connection: 1, 2, 3, 4"},
		{"945a8954-c147-4acd-923f-40c45405a658", 44, 1, z("KB1") + g + "c8000000", "updateTitle=KB1 updateGuid=150a68d1-7901-4733-97f7-041e8021dc84 updateRevisionNumber=200", "the download of the update KB1 began"},
		{"945a8954-c147-4acd-923f-40c45405a658", 41, 1, z("KB1") + g + "c8000000", "updateTitle=KB1 updateGuid=150a68d1-7901-4733-97f7-041e8021dc84 updateRevisionNumber=200", "the update KB1 was downloaded"},
		{"945a8954-c147-4acd-923f-40c45405a658", 43, 1, z("KB1") + g + "c8000000", "updateTitle=KB1 updateGuid=150a68d1-7901-4733-97f7-041e8021dc84 updateRevisionNumber=200", "the installation of the update KB1 began"},
		{"945a8954-c147-4acd-923f-40c45405a658", 19, 1, z("KB1") + g + "c8000000" + strings.Repeat("00", 16),
			"updateTitle=KB1 updateGuid=150a68d1-7901-4733-97f7-041e8021dc84 updateRevisionNumber=200 serviceGuid=" + zeroGUID, "the update KB1 was installed"},
		{"945a8954-c147-4acd-923f-40c45405a658", 20, 1, "02400080" + z("KB1") + g + "c8000000" + strings.Repeat("00", 16),
			"errorCode=0x80004002 updateTitle=KB1 updateGuid=150a68d1-7901-4733-97f7-041e8021dc84 updateRevisionNumber=200 serviceGuid=" + zeroGUID, "the update KB1 was not installed, error 0x80004002"},
		{"945a8954-c147-4acd-923f-40c45405a658", 26, 1, "02000000" + g, "updateCount=2 serviceGuid=150a68d1-7901-4733-97f7-041e8021dc84", "2 updates were found"},
		{"47bfa2b7-bd54-4fac-b70b-29021084ca8f", 26, 0, z("app") + z("broke"), "Caption=app Message=broke", "Windows showed a message"},
		{"3ff37a1c-a68d-4d6e-8c9b-f79e8b16c482", 98, 0, z("C:") + z(`\Device\HarddiskVolume1`) + "00000000", `DriveName=C: DeviceName=\Device\HarddiskVolume1 CorruptionActionState=0`,
			`the volume C: (\Device\HarddiskVolume1) is in state 0`},
		{"1c95126e-7eea-49a9-a3fe-a378b03ddb4d", 1014, 0, z("a.example") + "04000000 02000035", "QueryName=a.example AddressLength=4 Address=02000035", "no name server answered in time"},
	} {
		payload, err := hex.DecodeString(strings.ReplaceAll(c.payload, " ", ""))
		if err != nil {
			t.Fatal(err)
		}
		e := &Event{Form: Manifest, Provider: guid(c.provider), ID: c.id, Version: c.version, Payload: payload, pointer: 8}
		fields, ok := e.Fields()
		var got []string
		for _, f := range fields {
			got = append(got, f.Name+"="+f.String())
		}
		if s := strings.Join(got, " "); !ok || s != c.fields {
			t.Errorf("event %d: %v\n%s\n%s", c.id, ok, s, c.fields)
		}
		l, ok := e.Layout()
		if text := l.Expand(fields); !ok || text != c.text {
			t.Errorf("event %d says %q", c.id, text)
		}
		for _, p := range [][]byte{append(payload[:len(payload):len(payload)], 0), payload[:len(payload)-1]} {
			e.Payload = p
			if fields, ok := e.Fields(); ok || fields != nil {
				t.Errorf("event %d of %d bytes: %v", c.id, len(p), fields)
			}
		}
		e.Payload = payload
		for _, f := range fields {
			if private := map[string]bool{"Serial": true, "DeviceInstanceID": true, "Caption": true, "Message": true, "Address": true, "LoadOptions": true, "Interface": true}[f.Name] ||
				f.Name == "QueryName"; f.Private != private {
				t.Errorf("event %d: %s: private is %v", c.id, f.Name, f.Private)
			}
		}
	}
}

// A length that another field says can be anything.
func TestBytesOfLength(t *testing.T) {
	for _, payload := range []string{"\x00\x00\xff\xff\xff\xff", "\x00\x00\x02\x00\x00\x00a", "\x00\x00\x00\x00\x00\x80"} {
		e := &Event{Form: Manifest, Provider: guid("1c95126e-7eea-49a9-a3fe-a378b03ddb4d"), ID: 1014, Payload: []byte(payload), pointer: 8}
		if fields, ok := e.Fields(); ok {
			t.Errorf("%q: %v", payload, fields)
		}
	}
}

func guid(s string) dmpfile.GUID {
	g, err := dmpfile.ParseGUID(s)
	if err != nil {
		panic(err)
	}
	return g
}
