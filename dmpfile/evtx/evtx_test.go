package evtx

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/dmptest"
)

var (
	bootTime = time.Date(2024, 3, 31, 11, 18, 26, 12521300, time.UTC)
	power    = dmptest.EVTXRecord{
		Time: bootTime, Provider: "Microsoft-Windows-Kernel-Power", GUID: "331c3b3a-2005-44c2-ac5e-77220c37d6b4",
		ID: 41, Version: 8, Level: 1, Opcode: 3, Task: 63, Keywords: 0x8000400000000002, Process: 4, Thread: 8,
		Channel: "System", Computer: "BOX",
		Activity: "00112233-4455-6677-8899-aabbccddeeff", User: []byte{1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0},
		Data: []dmptest.EVTXData{
			dmptest.EVTXNumber("BugcheckCode", 0x133), {Name: "BugcheckParameter1", Type: 0x15, Value: []byte{1, 0, 0, 0, 0, 0, 0, 0}},
		},
	}
	crash = dmptest.EVTXRecord{
		Time: bootTime, Provider: "Microsoft-Windows-WER-SystemErrorReporting", GUID: "abce23e7-de45-4366-8631-84fa6c525952", Source: "BugCheck",
		ID: 1001, Qualifiers: 16384, Level: 2, Keywords: 0x80000000000000, Channel: "System", Computer: "BOX",
		Data: []dmptest.EVTXData{dmptest.EVTXText("param1", "0x00000133 (1, 2, 3, 4)"), dmptest.EVTXText("param2", `C:\Windows\MEMORY.DMP`)},
	}
	started = dmptest.EVTXRecord{
		Time: bootTime, Provider: "EventLog", ID: 6005, Qualifiers: 32768, Level: 4, Channel: "System", Computer: "BOX", ByValue: true,
		Data: []dmptest.EVTXData{{Type: 0x00}}, Binary: []byte{0xE8, 0x07, 0x0A},
	}
	pnp = dmptest.EVTXRecord{
		Time: bootTime, Provider: "Microsoft-Windows-UserPnp", GUID: "96f4a050-7e31-453c-88be-9634f4e02139", ID: 20001, Channel: "System",
		UserData: "InstallDeviceID", Data: []dmptest.EVTXData{dmptest.EVTXText("DriverName", "x.inf"), {Name: "Upgrade", Type: 0x0D, Value: []byte{1, 0, 0, 0}}},
	}
	direct = dmptest.EVTXRecord{
		Time: bootTime, Provider: "Direct", ID: 1, Channel: "System", Direct: true, UserData: "Own",
		Data: []dmptest.EVTXData{dmptest.EVTXText("A", "a & <b>")},
	}
)

func logWith(chunks ...[]dmptest.EVTXRecord) *dmptest.Image {
	return dmptest.EVTX{Chunks: chunks}.Image()
}

func guidOf(t *testing.T, s string) dmpfile.GUID {
	g, err := dmpfile.ParseGUID(s)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func TestRecords(t *testing.T) {
	data := logWith([]dmptest.EVTXRecord{power, crash, started, crash, pnp, direct, power}, []dmptest.EVTXRecord{crash}).Data()
	wer := Record{
		Number: 2, Time: bootTime,
		Provider: "Microsoft-Windows-WER-SystemErrorReporting", ProviderGUID: guidOf(t, crash.GUID), Source: "BugCheck",
		ID: 1001, Qualifiers: 16384, Level: 2, Keywords: 0x80000000000000, Channel: "System", Computer: "BOX",
		Data: []Field{{"param1", "0x00000133 (1, 2, 3, 4)"}, {"param2", `C:\Windows\MEMORY.DMP`}},
	}
	kernel := Record{
		Number: 1, Time: bootTime, Provider: "Microsoft-Windows-Kernel-Power", ProviderGUID: guidOf(t, power.GUID),
		ID: 41, Version: 8, Level: 1, Opcode: 3, Task: 63, Keywords: 0x8000400000000002, Activity: guidOf(t, power.Activity), Process: 4, Thread: 8,
		Channel: "System", Computer: "BOX", UserSID: "S-1-5-18",
		Data: []Field{{"BugcheckCode", "307"}, {"BugcheckParameter1", "0x1"}},
	}
	at := func(r Record, number uint64) *Record {
		r.Number = number
		return &r
	}
	want := []*Record{
		at(kernel, 1), at(wer, 2),
		{Number: 3, Time: bootTime, Provider: "EventLog", ID: 6005, Qualifiers: 32768, Level: 4, Channel: "System", Computer: "BOX",
			Binary: []byte{0xE8, 0x07, 0x0A}},
		at(wer, 4),
		{Number: 5, Time: bootTime, Provider: "Microsoft-Windows-UserPnp", ProviderGUID: guidOf(t, pnp.GUID), ID: 20001,
			Channel: "System",
			Data:    []Field{{"DriverName", "x.inf"}, {"Upgrade", "true"}}},
		{Number: 6, Time: bootTime, Provider: "Direct", ID: 1, Channel: "System", Data: []Field{{"A", "a & <b>"}}},
		at(kernel, 7), at(wer, 8),
	}
	if d := cmp.Diff(want, readAll(t, data)); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	f := openLog(t, data)
	if f.Chunks != 2 || f.BadChunks != 0 || f.Next != 9 || f.Dirty || f.Full || f.HeaderDamaged {
		t.Errorf("%+v", f)
	}
}

// TestChunksAlone has other names and texts at the same offsets of two chunks.
func TestChunksAlone(t *testing.T) {
	other := pnp
	other.UserData, other.Data = "DeviceInstallID", []dmptest.EVTXData{dmptest.EVTXText("DriveName2", "y.inf"), pnp.Data[1]}
	list := readAll(t, logWith([]dmptest.EVTXRecord{pnp}, []dmptest.EVTXRecord{other}).Data())
	if d := cmp.Diff([]Field{{"DriveName2", "y.inf"}, {"Upgrade", "true"}}, list[1].Data); d != "" {
		t.Error(d)
	}
}

// TestWant asks for some records: the others are not built, and what is damaged inside them is not noticed.
func TestWant(t *testing.T) {
	odd := power
	odd.Data = []dmptest.EVTXData{{Name: "nested", Type: 0x21, Value: []byte{0x77}}}
	data := logWith([]dmptest.EVTXRecord{odd, crash, started, power}).Data()
	asked := ""
	var got []uint64
	for r, err := range openLog(t, data).Records(func(provider string, id uint16) bool {
		asked += fmt.Sprintln(provider, id)
		return provider == "EventLog" && id == 6005 || id == 1001
	}) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, r.Number)
	}
	if fmt.Sprint(got) != "[2 3]" {
		t.Error(got)
	}
	if asked != "Microsoft-Windows-Kernel-Power 41\nMicrosoft-Windows-WER-SystemErrorReporting 1001\nEventLog 6005\nMicrosoft-Windows-Kernel-Power 41\n" {
		t.Error(asked)
	}
	list, failed := readSome(t, data)
	if list != "2 3 4" || !strings.Contains(failed, "unknown") {
		t.Errorf("%s, %s", list, failed)
	}
}

// readSome returns the numbers of the records that are read, and the errors, one a line.
func readSome(t *testing.T, data []byte) (numbers, failed string) {
	t.Helper()
	for r, err := range openLog(t, data).Records(nil) {
		if (r == nil) == (err == nil) {
			t.Fatalf("%v, %v", r, err)
		}
		if err != nil {
			var format *dmpfile.FormatError
			if !errors.As(err, &format) && !errors.Is(err, errTooBig) && !errors.Is(err, errNested) && !errors.Is(err, errCost) {
				t.Errorf("%T", err)
			}
			failed += err.Error() + "\n"
			continue
		}
		numbers += fmt.Sprintf(" %d", r.Number)
	}
	return strings.TrimSpace(numbers), failed
}

func TestStop(t *testing.T) {
	f := openLog(t, logWith([]dmptest.EVTXRecord{power, crash}, []dmptest.EVTXRecord{crash}).Data())
	for range f.Records(nil) {
		break
	}
}

func TestFlags(t *testing.T) {
	f := openLog(t, dmptest.EVTX{Dirty: true, Full: true, Chunks: [][]dmptest.EVTXRecord{{power}}}.Image().Data())
	if !f.Dirty || !f.Full || f.HeaderDamaged {
		t.Errorf("%+v", f)
	}
	m := dmptest.EVTX{NoChecksums: true, Chunks: [][]dmptest.EVTXRecord{{power}}}.Image()
	numbers, failed := readSome(t, m.Data())
	if f := openLog(t, m.Data()); f.HeaderDamaged || f.BadChunks != 0 || numbers != "1" || failed != "" {
		t.Errorf("%+v %s %s", f, numbers, failed)
	}
}

// TestDamage patches a log of three chunks, in its second one or where it says.
func TestDamage(t *testing.T) {
	const second = 0x11000
	for _, test := range []struct {
		name    string
		patch   func(m *dmptest.Image)
		seal    bool
		numbers string
		failed  string // in the one error; "" is none
		bad     int
	}{
		{"whole", func(m *dmptest.Image) {}, false, "1 2 3 4 5 6", "", 0},
		{"a chunk is zeros", func(m *dmptest.Image) { m.PutZero(second, 0x10000) },
			false, "1 2 5 6", "", 0},
		{"a chunk is overwritten", func(m *dmptest.Image) { m.PutASCII(second, "garbage!") },
			false, "1 2 5 6", "at 0x11000: a chunk begins with other bytes", 1},
		{"the header of a chunk", func(m *dmptest.Image) { m.PutU8(second+0x10, 99) },
			false, "1 2 5 6", "at 0x11000: the header of a chunk does not have its checksum", 1},
		{"a string table of a chunk", func(m *dmptest.Image) { m.PutU8(second+0x81, 99) },
			false, "1 2 5 6", "at 0x11000: the header of a chunk does not have its checksum", 1},
		{"a byte of a record", func(m *dmptest.Image) { m.PutU8(second+0x300, 99) },
			false, "1 2 5 6", "at 0x11000: the records of a chunk do not have its checksum", 0},
		{"the end of a chunk", func(m *dmptest.Image) { m.PutU32(second+0x30, 0x10001) },
			true, "1 2 5 6", "at 0x11030: the records of a chunk end outside it", 1},
		{"no record", func(m *dmptest.Image) { m.PutU32(second+0x30, 0x200) },
			true, "1 2 5 6", "", 0},
		{"the size of a record", func(m *dmptest.Image) { m.PutU32(second+0x204, 0xFFFFFFFF) },
			true, "1 2 5 6", "at 0x11200: no record is where one should be", 0},
		{"size zero", func(m *dmptest.Image) { m.PutU32(second+0x204, 0) },
			true, "1 2 5 6", "at 0x11200: no record is where one should be", 0},
		{"the second size of a record", func(m *dmptest.Image) {
			size := binary.LittleEndian.Uint32(m.Data()[second+0x204:])
			m.PutU32(second+0x200+int(size)-4, size-8)
		}, true, "1 2 5 6", "at 0x11200: no record is where one should be", 0},
		{"the signature of a record", func(m *dmptest.Image) { m.PutU8(second+0x200, 0) },
			true, "1 2 5 6", "at 0x11200: no record is where one should be", 0},
		{"the template of a record", func(m *dmptest.Image) { m.PutU32(second+0x222, 0xFFF0) },
			true, "1 2 4 5 6", "at 0x1121c: the template of a record is not in its chunk", 0},
		{"the name of an element", func(m *dmptest.Image) { m.PutU32(second+0x249, 0xFFFFFFFF) },
			true, "1 2 4 5 6", "the name of an element is not in its chunk: 0xffffffff", 0},
		{"the file's header", func(m *dmptest.Image) { m.PutU16(0x28, 0x4444) },
			false, "1 2 3 4 5 6", "", 0},
		{"the file ends early", func(m *dmptest.Image) { m.Truncate(second + 0xFFFF) },
			false, "1 2", "at 0x11000: the file ends inside a chunk", 1},
		{"the file ends in a chunk's header", func(m *dmptest.Image) { m.Truncate(second + 100) },
			false, "1 2", "at 0x11000: the header of a chunk", 1},
		{"what is left of an older use", func(m *dmptest.Image) {
			b := m.Data()
			end := int(b[second+0x30]) | int(b[second+0x31])<<8
			m.PutBytes(second+end, bytes.Clone(b[0x1200:0x2000]))
		}, false, "1 2 3 4 5 6", "", 0},
	} {
		m := logWith([]dmptest.EVTXRecord{power, crash}, []dmptest.EVTXRecord{power, crash}, []dmptest.EVTXRecord{power, crash})
		test.patch(m)
		if test.seal {
			dmptest.SealEVTX(m)
		}
		f := openLog(t, m.Data())
		numbers, failed := readSome(t, m.Data())
		ok := strings.Count(failed, "\n") == min(1, len(test.failed)) && strings.Contains(failed, test.failed)
		if numbers != test.numbers || f.BadChunks != test.bad || !ok {
			t.Errorf("%s: %s, %d bad, %q", test.name, numbers, f.BadChunks, failed)
		}
		if f.HeaderDamaged != (test.name == "the file's header") {
			t.Errorf("%s: %+v", test.name, f)
		}
	}
}

func TestNoLog(t *testing.T) {
	for _, data := range []string{"", "Elf", "MZ", "ElfFile\x00", "ElfFile\x00" + strings.Repeat("\x00", 119)} {
		f, err := NewFile(strings.NewReader(data), int64(len(data)))
		if f != nil || err == nil {
			t.Errorf("%q: %v, %v", data, f, err)
		}
	}
	empty := openLog(t, []byte("ElfFile\x00"+strings.Repeat("\x00", 120)))
	for r, err := range empty.Records(nil) {
		t.Error(r, err)
	}
}

// TestHostile has records that would be larger than what they are made of, over and over.
func TestHostile(t *testing.T) {
	// a fragment that is an instance of the first template in the chunk, whose value for the data is a fragment again
	deep := []byte{}
	for range 20 {
		m := &dmptest.Image{}
		m.PutU8(0x00, 0x0F, 1, 1, 0, 0x0C, 1)
		m.PutU32(0x0A, 0x226, 18)
		m.PutU16(0x12+17*4, uint16(len(deep)), 0x21)
		m.PutBytes(0x12+18*4, deep)
		deep = m.Data()
	}
	many := power
	many.Data = nil
	for range 600 {
		many.Data = append(many.Data, dmptest.EVTXData{Type: 0x83, Value: bytes.Repeat([]byte{1}, 60)})
	}
	for _, test := range []struct {
		name string
		data []dmptest.EVTXData
		want string
	}{
		{"fragments in fragments", []dmptest.EVTXData{{Name: "x", Type: 0x21, Value: deep}}, errNested.Error()},
		{"more items than fields", many.Data, errTooBig.Error()},
		{"a value of an unknown type", []dmptest.EVTXData{{Name: "x", Type: 0x55, Value: []byte{1}}}, ""},
		{"an array of nothing", []dmptest.EVTXData{{Name: "x", Type: 0x80, Value: []byte{1}}}, ""},
		{"an array of fragments", []dmptest.EVTXData{{Name: "x", Type: 0xA1, Value: deep}}, ""},
	} {
		r := power
		r.Data = test.data
		numbers, failed := readSome(t, logWith([]dmptest.EVTXRecord{r, crash}).Data())
		if !strings.HasSuffix(numbers, "2") || !strings.Contains(failed, test.want) || (test.want == "") != (failed == "") {
			t.Errorf("%s: %q %q", test.name, numbers, failed)
		}
	}
}

// TestHostileTemplate has many small records of one large template.
func TestHostileTemplate(t *testing.T) {
	large := pnp
	large.Data = nil
	for range 1000 {
		large.Data = append(large.Data, dmptest.EVTXData{Name: "a", Type: 0x04, Value: []byte{1}})
	}
	m := logWith([]dmptest.EVTXRecord{large})
	b := m.Data()[0x1000:]
	guid := []byte{0x44, 0x33, 0x22, 0x11, 0x88, 0x77, 0x66, 0x55}
	def := bytes.LastIndex(b, guid) - 8
	end := int(binary.LittleEndian.Uint32(b[0x30:]))
	n := 0
	for ; end+0x30 <= 0x10000; end += 0x30 {
		m.PutU32(0x1000+end, 0x2A2A, 0x30)
		m.PutU8(0x1000+end+0x18, 0x0F, 1, 1, 0, 0x0C, 1)
		m.PutU32(0x1000+end+0x22, uint32(def), 0)
		m.PutU32(0x1000+end+0x2C, 0x30)
		n++
	}
	m.PutU32(0x1030, uint32(end))
	dmptest.SealEVTX(m)
	fields, records, failed := 0, 0, 0
	for r, err := range openLog(t, m.Data()).Records(nil) {
		if err != nil {
			failed++
			if !errors.Is(err, errTooBig) {
				t.Error(err)
			}
			continue
		}
		records++
		fields += len(r.Data)
	}
	if n < 400 || failed != 1 || records < 10 || records > n/2 || fields > maxSteps {
		t.Errorf("%d errors, %d records with %d fields of %d", failed, records, fields, n)
	}
}

// failing is a log on a disk that does not give the bytes from an offset on.
type failing struct {
	*bytes.Reader
	from int64
}

var errDisk = errors.New("the disk is broken")

func (f failing) ReadAt(p []byte, at int64) (int, error) {
	if at >= f.from {
		return 0, errDisk
	}
	n, _ := f.Reader.ReadAt(p[:min(int64(len(p)), f.from-at)], at)
	if n < len(p) {
		return n, errDisk
	}
	return n, nil
}

func TestReadError(t *testing.T) {
	data := logWith([]dmptest.EVTXRecord{power, crash}, []dmptest.EVTXRecord{power, crash}).Data()
	for _, from := range []int64{0, 100, 0x1000, 0x11100} {
		if f, err := NewFile(failing{bytes.NewReader(data), from}, int64(len(data))); f != nil || !errors.Is(err, errDisk) {
			t.Errorf("%#x: %v, %v", from, f, err)
		}
	}
	f, err := NewFile(failing{bytes.NewReader(data), 0x11200}, int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	records, failed := 0, 0
	for r, err := range f.Records(nil) {
		if r != nil {
			records++
		} else if errors.Is(err, errDisk) {
			failed++
		}
	}
	if records != 2 || failed != 1 {
		t.Errorf("%d records, %d errors", records, failed)
	}
}
