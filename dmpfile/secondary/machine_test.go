package secondary_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/dmptest"
	"github.com/dmplens/dmplens/dmpfile/secondary"
)

func expect[T any](t *testing.T, what string, got, want T) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s: %+v, want %+v", what, got, want)
	}
}

// text is fields as lines, those of a group behind it.
func text(fields []secondary.Field) string {
	var b strings.Builder
	for _, f := range fields {
		b.WriteString(f.Name + ": " + f.Value + "\n" + text(f.Fields))
	}
	return b.String()
}

// privateValues are the values of the private fields, in their order.
func privateValues(fields []secondary.Field) (values []string) {
	for _, f := range fields {
		if f.Private {
			values = append(values, f.Value)
		}
		values = append(values, privateValues(f.Fields)...)
	}
	return values
}

// checkRead holds what every decoder keeps to: the bytes that it understands are all of them, or an error says where it stopped.
func checkRead(t *testing.T, b []byte, v secondary.Value, n int, err error) {
	t.Helper()
	if n < 0 || n > len(b) || err == nil && n != len(b) {
		t.Fatalf("%d of %d bytes are understood, and the error is %v", n, len(b), err)
	}
	if err != nil {
		f, ok := errors.AsType[*dmpfile.FormatError](err)
		if !ok || f.Offset < 0 || f.Offset > int64(len(b)) {
			t.Fatalf("%T of %d bytes: %v", err, len(b), err)
		}
	}
	v.Fields()
}

var noon = time.Date(2025, 3, 14, 12, 0, 0, 500, time.UTC)

func TestRegistry(t *testing.T) {
	b := dmptest.RegistryBlob(
		dmptest.RegistryDWORD("~MHz", 3693), dmptest.RegistryValue{Name: "Component Information", Type: dmptest.RegBinary, Data: []byte{1, 2}},
		dmptest.RegistryText("Identifier", "Intel64 Family 6 Model 165 Stepping 5"), dmptest.RegistryText("ProcessorNameString", "Contoso C1  "),
		dmptest.RegistryText("VendorIdentifier", "GenuineIntel"), dmptest.RegistryDWORD("FeatureSet", 0x3D1B3FFF),
		dmptest.RegistryValue{Name: "MSR8B", Type: 11, Data: []byte{0, 0, 0, 0, 0xC8, 0, 0, 0}},
	).Data
	r, n, err := secondary.ReadRegistry(b)
	if err != nil || n != len(b) {
		t.Fatalf("%d of %d bytes: %v", n, len(b), err)
	}
	r.Values = nil
	expect(t, "registry", *r, secondary.Registry{Name: "Contoso C1", Identifier: "Intel64 Family 6 Model 165 Stepping 5", Vendor: "GenuineIntel", MHz: 3693,
		FeatureSet: 0x3D1B3FFF, Microcode: 0xC8})
	r, _, _ = secondary.ReadRegistry(b)
	expect(t, "fields", text(r.Fields()), "~MHz: 0xe6d\nComponent Information: 0102\nIdentifier: Intel64 Family 6 Model 165 Stepping 5\n"+
		"ProcessorNameString: Contoso C1\nVendorIdentifier: GenuineIntel\nFeatureSet: 0x3d1b3fff\nMSR8B: 0xc800000000\nmicrocode: 0xc8\n")
	if _, n, err = secondary.ReadRegistry(b[:len(b)-1]); err == nil || n != len(b)-(4+12+4+4+8) {
		t.Errorf("a cut stream: %d bytes, %v", n, err)
	}
	for name, want := range map[string]uint32{"Update Revision": 0xC8, "Previous Update Revision": 0} {
		r, _, _ = secondary.ReadRegistry(dmptest.RegistryBlob(dmptest.RegistryValue{Name: name, Type: dmptest.RegBinary, Data: []byte{0, 0, 0, 0, 0xC8, 0, 0, 0}}).Data)
		expect(t, name, r.Microcode, want)
	}
	r, _, _ = secondary.ReadRegistry(dmptest.RegistryBlob(dmptest.RegistryValue{Name: "Update Revision", Type: dmptest.RegBinary, Data: make([]byte, 5)}).Data)
	expect(t, "a revision of 5 bytes", r.Microcode, 0)
}

// key is no real product key.
const key = "AAAAA-BBBBB-CCCCC-DDDDD-EEEEE"

func acpiTables(n int) []dmptest.ACPITable {
	tables := []dmptest.ACPITable{
		{Signature: "FACP", OEM: "CONTOS", OEMTable: "CONTOSO ", Body: make([]byte, 240)}, dmptest.ProductKeyTable(key),
		{Signature: "SSDT", OEM: "CONTOS", OEMTable: "CpuSsdt", Body: make([]byte, 9000)}, {Signature: "BGRT", OEM: "CONTOS", Body: make([]byte, 20)},
	}
	for len(tables) < n {
		tables = append(tables, dmptest.ACPITable{Signature: "SSDT", OEM: "CONTOS", OEMTable: "CpuSsdt", Body: make([]byte, 9000)})
	}
	return tables
}

func TestACPI(t *testing.T) {
	b := dmptest.ACPI(acpiTables(23)...).Data
	a, n, err := secondary.ReadACPI(b)
	if err != nil || n != len(b) || len(a.Tables) != 23 {
		t.Fatalf("%d of %d bytes, %d tables: %v", n, len(b), len(a.Tables), err)
	}
	expect(t, "table", a.Tables[0], secondary.ACPITable{Signature: "FACP", Length: 276, Kept: 92, Revision: 2, OEM: "CONTOS", OEMTable: "CONTOSO", Creator: "TEST"})
	expect(t, "SSDT", a.Tables[2], secondary.ACPITable{Signature: "SSDT", Length: 9036, Kept: 36, Revision: 2, OEM: "CONTOS", OEMTable: "CpuSsdt", Creator: "TEST"})
	expect(t, "a short table", a.Tables[3].Kept, 56)
	expect(t, "key", a.ProductKey, key)
	expect(t, "private", privateValues(a.Fields()), []string{key})
	open := a.Fields()
	if strings.Contains(text(open[:len(open)-1]), "AAAAA") {
		t.Error("the key stands where it is not marked as private")
	}

	// With 21 tables a table keeps 84 bytes: the key loses its last character, and is none.
	b = dmptest.ACPI(acpiTables(21)...).Data
	a, n, err = secondary.ReadACPI(b)
	if err != nil || n != len(b) || len(a.Tables) != 21 || a.ProductKey != "" || strings.Contains(text(a.Fields()), "AAAAA") {
		t.Errorf("21 tables: %d of %d bytes, %d tables, key %q: %v", n, len(b), len(a.Tables), a.ProductKey, err)
	}
	// With 7 tables not even a header is whole.
	b = dmptest.ACPI(acpiTables(7)...).Data
	a, n, err = secondary.ReadACPI(b)
	if err != nil || n != 7*28 || len(a.Tables) != 7 || a.Tables[6].OEMTable != "CpuSsdt" || a.Tables[6].Creator != "" {
		t.Errorf("7 tables: %d of %d bytes, %+v: %v", n, len(b), a.Tables, err)
	}
	for _, bad := range [][]byte{b[:len(b)-1], b[:27], b[:3], append(b[:28:28], make([]byte, 200)...)} {
		if a, n, err = secondary.ReadACPI(bad); err == nil || n != 0 || len(a.Tables) != 0 {
			t.Errorf("%d bytes: %d are understood, %d tables: %v", len(bad), n, len(a.Tables), err)
		}
	}
}

func TestBootStatus(t *testing.T) {
	for _, size := range []int{0xB0, 0xC0, 0xC8} {
		b := dmptest.BootStatus{
			Size: size, BootID: 181, LastGoodShutdown: 178, LastReportedAbnormal: 180, Flags: 0x41, PowerButton: noon, Reference: noon.Add(time.Minute),
			PressTime: noon.Add(-time.Hour), ReleaseTime: noon.Add(-2 * time.Hour), PressBootID: 181, PressCount: 7,
			LongPress: "dfbf682d-1504-11ec-bedc-020000000001", Error: [5]uint32{1, 2, 3, 0x139, 0xC0000001}, FeatureState: 4,
		}.Blob().Data
		s, n, err := secondary.ReadBootStatus(b)
		if err != nil || n != size {
			t.Fatalf("%d of %d bytes: %v", n, len(b), err)
		}
		id, _ := dmpfile.ParseGUID("dfbf682d-1504-11ec-bedc-020000000001")
		expect(t, "status", *s, secondary.BootStatus{
			Size: uint32(size), BootID: 181, LastGoodShutdown: 178, LastReportedAbnormal: 180, LastBootSucceeded: true, Running: true,
			Sleep: true, SleepState: 4, SleepTransitions: 2, PowerButton: noon, Reference: noon.Add(time.Minute), BootAttempts: 1, Checkpoint: true,
			Press: secondary.PowerButtonPress{Time: noon.Add(-time.Hour), BootID: 181, Count: 7, Released: noon.Add(-2 * time.Hour), Instance: id},
			Error: secondary.BootError{BootID: 1, Repeats: 2, Others: 3, Code: 0x139, Status: 0xC0000001}, FeatureState: 4,
		})
		expect(t, "private", privateValues(s.Fields()), []string{"dfbf682d-1504-11ec-bedc-020000000001"})
		if !strings.Contains(text(s.Fields()), "sleep state: S3\n") {
			t.Error(text(s.Fields()))
		}
		if _, n, err = secondary.ReadBootStatus(b[:size-1]); err == nil || n != 0 {
			t.Errorf("a cut stream: %d bytes, %v", n, err)
		}
		if s, n, err = secondary.ReadBootStatus(append(b, 1)); err == nil || n != size || s.BootID != 181 {
			t.Errorf("bytes behind: %d bytes, %v", n, err)
		}
	}
	quiet, _, err := secondary.ReadBootStatus(dmptest.BootStatus{Size: 0xB0, BootID: 1, Flags: 1}.Blob().Data)
	if err != nil || quiet.Sleep || !quiet.PowerButton.IsZero() || quiet.Press != (secondary.PowerButtonPress{}) {
		t.Errorf("%+v: %v", quiet, err)
	}
	if _, _, err := secondary.ReadBootStatus(dmptest.NewImage(0xB8).Data()); err == nil {
		t.Error("a size of 0 is accepted")
	}
}

func TestWinlogon(t *testing.T) {
	for _, pending := range []bool{false, true} {
		b := dmptest.Winlogon("WluiDisplayLocked", pending).Data
		w, n, err := secondary.ReadWinlogon(b)
		if err != nil || n != len(b) || *w != (secondary.Winlogon{Pending: pending, Name: "WluiDisplayLocked"}) {
			t.Errorf("%d of %d bytes, %+v: %v", n, len(b), w, err)
		}
		for _, bad := range [][]byte{nil, b[:11], b[:len(b)-2], append([]byte{2}, b[1:]...)} {
			if _, n, err := secondary.ReadWinlogon(bad); err == nil || n > 4 {
				t.Errorf("%x: %d bytes, %v", bad, n, err)
			}
		}
	}
}

func TestCrashedProcess(t *testing.T) {
	for path, private := range map[string]bool{
		`\Device\HarddiskVolume3\Windows\System32\svchost.exe`:  false,
		`\Device\HarddiskVolume3\Users\Jane Doe\a.exe`:          true,
		`\Device\HarddiskVolume3\USERS\x\AppData\a.exe`:         true,
		`C:\Documents and Settings\x\a.exe`:                     true,
		`\Device\HarddiskVolume3\Users\Public\a.exe`:            true,
		`\Device\HarddiskVolume3\Users\a.exe`:                   true,
		`\Device\HarddiskVolume3\Users\Public\Users\Jane\a.exe`: true,
	} {
		b := dmptest.CrashedProcess(path).Data
		p, n, err := secondary.ReadCrashedProcess(b)
		if err != nil || n != len(b) || p.Path != path {
			t.Errorf("%d of %d bytes, %+v: %v", n, len(b), p, err)
		}
		expect(t, path, p.Fields(), []secondary.Field{{Name: "image", Value: path, Private: private}})
		if _, n, err := secondary.ReadCrashedProcess(b[:len(b)-1]); err == nil || n != 4 {
			t.Errorf("a cut stream: %d bytes, %v", n, err)
		}
	}
}

func TestPnP(t *testing.T) {
	const activity = "00112233-4455-6677-8899-aabbccddeeff"
	b := dmptest.PnP{Activity: activity, Time: noon, Busy: true, Problem: 10, VetoType: 6, Veto: `USB\VID_1\7`, Device: `USB\VID_1234&PID_5678\SERIAL\7`}.Blob().Data
	p, n, err := secondary.ReadPnP(b)
	if err != nil || n != len(b) {
		t.Fatalf("%d of %d bytes: %v", n, len(b), err)
	}
	id, _ := dmpfile.ParseGUID(activity)
	expect(t, "event", *p, secondary.PnP{Activity: id, Time: noon, Information: 3, InProgress: true, Problem: 10, VetoType: 6, Veto: `USB\VID_1\7`,
		Device: `USB\VID_1234&PID_5678`, Instance: `SERIAL\7`})
	expect(t, "private", privateValues(p.Fields()), []string{`USB\VID_1\7`, `SERIAL\7`})
	for problem, want := range map[uint32]string{
		0: "", 1: "CM_PROB_NOT_CONFIGURED", 10: "CM_PROB_FAILED_START", 20: "", 24: "CM_PROB_DEVICE_NOT_THERE", 43: "CM_PROB_FAILED_POST_START",
		57: "CM_PROB_GUEST_ASSIGNMENT_FAILED", 58: "", 1 << 31: "",
	} {
		expect(t, "problem", (&secondary.PnP{Problem: problem}).ProblemName(), want)
	}
	for id, want := range map[string][2]string{
		`SWD\MMDEVAPI\{0}`: {`SWD\MMDEVAPI`, "{0}"}, `BTHENUM\Dev_020000000001\8&1`: {"BTHENUM", `Dev_020000000001\8&1`}, "HTREE": {"HTREE", ""}, "": {"", ""},
		`HID\{00001812}_020000000001\9`: {"HID", `{00001812}_020000000001\9`}, `USB\SERIAL`: {"USB", "SERIAL"},
	} {
		p, n, err = secondary.ReadPnP(dmptest.PnP{Device: id}.Blob().Data)
		if err != nil || p.Device != want[0] || p.Instance != want[1] || !p.Time.IsZero() {
			t.Errorf("%q: %+v, %d bytes, %v", id, p, n, err)
		}
	}
	if _, n, err = secondary.ReadPnP(b[:0x2B]); err == nil || n != 0 {
		t.Errorf("a cut stream: %d bytes, %v", n, err)
	}
	far := dmptest.Load(b)
	far.PutU32(0x28, 0xFFFFFFFE)
	if p, n, err = secondary.ReadPnP(far.Data()); err == nil || n != 0x28 || p.Problem != 10 {
		t.Errorf("a veto outside: %d bytes, %v", n, err)
	}
}

func TestCodeIntegrity(t *testing.T) {
	const path = `\Device\HarddiskVolume3\Program Files\a.dll`
	for version, size := range map[uint16]int{2: 470, 3: 486} {
		b := dmptest.CodeIntegrity{Version: version, Failure: noon, Status: 0xC0000428, Count: 21, Path: path}.Blob().Data
		c, n, err := secondary.ReadCodeIntegrity(b)
		if err != nil || n != size {
			t.Fatalf("%d of %d bytes: %v", n, len(b), err)
		}
		expect(t, "refusal", *c, secondary.CodeIntegrity{Version: version, Options: 0x2006, Failure: noon, Status: 0xC0000428, Count: 21, Path: path})
		expect(t, "private", privateValues(c.Fields()), nil)
		stale, _, err := secondary.ReadCodeIntegrity(dmptest.CodeIntegrity{Version: version, Path: path}.Blob().Data)
		if err != nil || stale.Path != "" {
			t.Errorf("no refusal: %+v, %v", stale, err)
		}
		if _, n, err = secondary.ReadCodeIntegrity(b[:len(b)-1]); err == nil || n != 0 {
			t.Errorf("a cut stream: %d bytes, %v", n, err)
		}
		long := dmptest.Load(b)
		long.PutU16(size-470+0xD4, 0x200)
		if c, _, err = secondary.ReadCodeIntegrity(long.Data()); err == nil || c.Status != 0xC0000428 || c.Path != "" {
			t.Errorf("a path of 512 bytes: %+v, %v", c, err)
		}
	}
	if _, _, err := secondary.ReadCodeIntegrity(dmptest.CodeIntegrity{Version: 4}.Blob().Data); err == nil {
		t.Error("version 4 is accepted")
	}
}

func TestNTFS(t *testing.T) {
	b := dmptest.NTFS{Time: noon, Slots: [8][3]uint64{3: {0xFFFF800000000010, 0xFFFF800000000020, 0xFFFF800000000030}}, Records: []uint16{1, 2}}.Blob().Data
	f, n, err := secondary.ReadNTFS(b)
	if err != nil || n != len(b) {
		t.Fatalf("%d of %d bytes: %v", n, len(b), err)
	}
	expect(t, "NTFS", *f, secondary.NTFS{
		Time: noon, Slots: []secondary.NTFSSlot{{IRP: 0xFFFF800000000010, SCB: 0xFFFF800000000020, Thread: 0xFFFF800000000030}},
		Records: []secondary.NTFSRecord{{Kind: 1, Length: 0x40, Offset: 0x118}, {Kind: 2, Length: 0x40, Offset: 0x158}},
	})
	quiet, n, err := secondary.ReadNTFS(dmptest.NTFS{Time: noon}.Blob().Data)
	if err != nil || n != 4096 || quiet.Slots != nil || quiet.Records != nil {
		t.Errorf("nothing noted: %+v, %d bytes, %v", quiet, n, err)
	}
	for name, c := range map[string]struct {
		at int
		v  uint16
	}{
		"a version": {0, 1}, "a size": {2, 0x1001}, "many slots": {0x10, 0xFFFF}, "slots outside": {0x12, 0xFFFF}, "a record outside": {4, 0xFFF},
		"a record in the header": {4, 8}, "a circle": {0x118 + 4, 0x118}, "a next record outside": {0x118 + 4, 0xFFFE},
	} {
		bad := dmptest.Load(b)
		bad.PutU16(c.at, c.v)
		if _, n, err = secondary.ReadNTFS(bad.Data()); err == nil || n >= len(b) {
			t.Errorf("%s: %d bytes, %v", name, n, err)
		}
	}
}

func FuzzMachine(f *testing.F) {
	tags := []string{
		dmptest.TagSMBIOS, dmptest.TagRegisters, dmptest.TagCPURegistry, dmptest.TagACPI, dmptest.TagBootStatus, dmptest.TagWinlogon, dmptest.TagPnP,
		dmptest.TagCodeIntegrity, dmptest.TagCrashedProcess, dmptest.TagNTFS,
	}
	for i, b := range []dmptest.Blob{
		firmware.Blob(), dmptest.Registers(cpu...), dmptest.CPURegistry("C1", "Contoso", "AMD64", 3700), dmptest.ACPI(acpiTables(23)...),
		dmptest.BootStatus{Size: 0xC8, Flags: 0x41}.Blob(), dmptest.Winlogon("ShellRestart", true), dmptest.PnP{Device: `A\B\C`, VetoType: 1, Veto: "x"}.Blob(),
		dmptest.CodeIntegrity{Version: 3, Status: 1, Path: `\a`}.Blob(), dmptest.CrashedProcess(`C:\Users\a\b`), dmptest.NTFS{Records: []uint16{1, 2}}.Blob(),
	} {
		f.Add(uint8(i), b.Data)
		f.Add(uint8(i), b.Data[:len(b.Data)-1])
	}
	f.Fuzz(func(t *testing.T, kind uint8, b []byte) {
		tag, err := dmpfile.ParseGUID(tags[int(kind)%len(tags)])
		if err != nil {
			t.Fatal(err)
		}
		v, n, err := secondary.Decode(tag, b)
		checkRead(t, b, v, n, err)
	})
}
