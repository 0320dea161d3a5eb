package events

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dmplens/dmplens/dmpfile/dmptest"
	"github.com/dmplens/dmplens/dmpfile/dumpstack"
	"github.com/dmplens/dmplens/dmpfile/evtx"
	"github.com/dmplens/dmplens/report"
)

var stop = time.Date(2026, 3, 4, 10, 0, 0, 0, time.UTC)

// record is a record of an event log; values with = in them are named fields.
func record(at time.Duration, provider string, id uint16, version uint8, values ...string) *evtx.Record {
	r := &evtx.Record{Time: stop.Add(at), Provider: provider, ID: id, Version: version, Channel: "System", Number: uint64(id)*1000 + uint64(version)}
	for _, v := range values {
		name, value, named := strings.Cut(v, "=")
		if !named {
			name, value = "", v
		}
		r.Data = append(r.Data, evtx.Field{Name: name, Value: value})
	}
	return r
}

func told(at time.Duration, provider string, id uint16, version uint8, values ...string) Event {
	e, _ := FromRecord(record(at, provider, id, version, values...))
	e.File = "System.evtx"
	return e
}

// rawRecord is a record of a hardware error as events have it.
func rawRecord(sections ...dmptest.ErrorSection) string {
	return strings.ToUpper(hex.EncodeToString(dmptest.ErrorRecord{Severity: 1, Sections: sections}.Image().Data()))
}

// TestRecordIsPrivate: an error record can have a serial number in it, what is said of it has none.
func TestRecordIsPrivate(t *testing.T) {
	e := told(0, providerWHEA, 17, 0, "RawData="+rawRecord(dmptest.PCIExpressSection(), dmptest.MemorySection(), dmptest.RecoverySection()))
	if len(e.Private) != 1 || e.Private[0].Name != "RawData" {
		t.Errorf("private: %q", e.Private)
	}
	for _, f := range e.Fields {
		for _, serial := range []string{"4711", "112233aabbccdd", "example.exe"} {
			if strings.Contains(f.Value, serial) {
				t.Errorf("%s has %s in it: %s", f.Name, serial, f.Value)
			}
		}
	}
}

func TestText(t *testing.T) {
	for _, test := range []struct {
		provider string
		id       uint16
		values   []string
		kind     report.EventKind
		rank     int
		text     string
	}{
		{providerWER, 1001, []string{"0x0000009f (0x0000000000000003, 0xffffa00112233440, 0xfffff8011a2b3c40, 0xffffa00155667700)", `C:\Windows\Minidump\030426-1-01.dmp`, "id"},
			report.EventCrash, rankCrash, "Windows had restarted after bug check 0x9f DRIVER_POWER_STATE_FAILURE (0x3, 0xffffa00112233440, 0xfffff8011a2b3c40, 0xffffa00155667700); dump 030426-1-01.dmp"},
		{"BugCheck", 1001, []string{"0x0000009f (0x0000000000000003, 0x1, 0x2, 0x3)"}, report.EventCrash, rankCrash, "Windows had restarted after bug check 0x9f DRIVER_POWER_STATE_FAILURE (0x3, 0x1, 0x2, 0x3)"},
		{providerWER, 1001, []string{"garbage"}, report.EventCrash, rankCrash, "Windows had restarted after a bug check, whose code cannot be read in the event"},
		{providerWER, 1001, []string{"Nach dem Fehler 0x0000001a (0x0000000000041792, 0xffffd680a6737650, 0x0000400000000000, 0x0000000000000000) neu gestartet"},
			report.EventCrash, rankCrash, "Windows had restarted after bug check 0x1a MEMORY_MANAGEMENT (0x41792, 0xffffd680a6737650, 0x400000000000, 0x0)"},
		{providerWER, 1001, []string{"错误检测：0x0000001A（0x1，0x2，0x3, 0x4）。"}, report.EventCrash, rankCrash, "Windows had restarted after bug check 0x1a MEMORY_MANAGEMENT (0x1, 0x2, 0x3, 0x4)"},
		{providerWER, 1001, []string{"0x1a (0x1, 0x2, 0x3)"}, report.EventCrash, rankCrash, "Windows had restarted after a bug check, whose code cannot be read in the event"},
		{providerWER, 1001, []string{"0x1a (0x1, 0x2, 0x3, 0x4, 0x5)"}, report.EventCrash, rankCrash, "Windows had restarted after a bug check, whose code cannot be read in the event"},
		{providerWER, 1001, []string{"0x1a (0x1, 0x2, 0x3, zz)"}, report.EventCrash, rankCrash, "Windows had restarted after a bug check, whose code cannot be read in the event"},
		{providerWER, 1001, []string{"0x1a (0x1, 0x2, 0x3, 0x4) 0x3b (0x1, 0x2, 0x3, 0x4)"}, report.EventCrash, rankCrash, "Windows had restarted after a bug check, whose code cannot be read in the event"},
		{providerWER, 1001, []string{"0x123456789 (0x1, 0x2, 0x3, 0x4)"}, report.EventCrash, rankCrash, "Windows had restarted after a bug check, whose code cannot be read in the event"},
		{providerPower, 41, []string{"BugcheckCode="}, report.EventCrash, rankCrash, "Windows started after it had stopped without a shutdown; whether by a bug check, the event does not say"},
		{providerPower, 41, []string{"BugcheckCode=159", "a=0x3", "b=0x1", "c=0x2", "d=0x4"}, report.EventCrash, rankCrash, "Windows started after bug check 0x9f DRIVER_POWER_STATE_FAILURE (0x3, 0x1, 0x2, 0x4)"},
		{providerPower, 41, []string{"BugcheckCode=0", "a=0x0"}, report.EventPowerLoss, rankCrash, "Windows started after it had stopped without a shutdown and without a bug check: power loss, reset or hang"},
		{providerPower, 41, []string{"BugcheckCode=0", "LongPowerButtonPressDetected=true"}, report.EventPowerLoss, rankCrash, "Windows started after a long press of the power button: no bug check"},
		{"volmgr", 46, []string{`\Device\HarddiskVolume3`}, report.EventDumpNotWritten, rankCrash, "crash dumps could not be set up: no dump will be written"},
		{"volmgr", 161, []string{`\Device\HarddiskVolume3`}, report.EventDumpNotWritten, rankCrash, "the dump could not be written: an error while it was made"},
		{"disk", 7, []string{`\Device\Harddisk0\DR0`}, report.EventStorageError, rankStorage, `bad block on \Device\Harddisk0\DR0`},
		{"disk", 153, []string{`\Device\Harddisk1\DR1`, "0x1c8", "1", `\Device\00000031`}, report.EventStorageError, rankStorage, "I/O at block 0x1c8 of disk 1 had to be repeated"},
		{"disk", 157, []string{`\Device\Harddisk2\DR7`, "2"}, report.EventStorageError, rankStorage, "disk 2 went away by surprise"},
		{"storahci", 129, []string{`\Device\RaidPort0`}, report.EventStorageError, rankStorage, `storahci timed out and reset \Device\RaidPort0`},
		{"iaStorAC", 129, []string{`\Device\RaidPort2`}, report.EventStorageError, rankStorage, `iaStorAC timed out and reset \Device\RaidPort2`},
		{"Microsoft-Windows-Time-Service", 129, []string{"x"}, report.EventOther, rankNoise, ""},
		{"Ntfs", 55, []string{"", "D:"}, report.EventStorageError, rankStorage, "the file system on D: is damaged"},
		{providerNtfs, 55, []string{"DriveName=E:", `DeviceName=\Device\HarddiskVolume9`, "CorruptionState=0x1"}, report.EventStorageError, rankStorage, "the file system on E: is damaged"},
		{providerNtfs, 98, []string{"DriveName=C:", `DeviceName=\Device\HarddiskVolume3`, "CorruptionActionState=0"}, report.EventOther, rankNoise, "the file system on C: is healthy"},
		{providerNtfs, 98, []string{`DriveName=\\?\Volume{1}`, `DeviceName=\Device\HarddiskVolume3`, "CorruptionActionState=3"}, report.EventStorageError, rankStorage, "the file system on a volume needs a full check"},
		{providerWHEA, 18, []string{"ErrorSource=3", "ApicId=4", "MCABank=5", "MciStat=0xbe00000000800400"}, report.EventHardwareError, rankReset, "fatal hardware error, processor 4, bank 5, status 0xbe00000000800400, internal timer error"},
		{providerWHEA, 18, []string{"ApicId=14", "MCABank=5", "MciStat=0xbe00000000800400", "RawData=" + rawRecord(dmptest.MachineCheckSection(), dmptest.ProcessorSection())}, report.EventHardwareError, rankReset,
			"fatal hardware error, processor 14, bank 5 (UPI link), status 0xbe00000000800400, internal timer error, address 0x12345000"},
		{providerWHEA, 17, []string{"ErrorSource=4", "PrimaryBusNumber=0x0", "PrimaryDeviceNumber=0x1C", "PrimaryFunctionNumber=0x4", "RawData=0x" + rawRecord(dmptest.PCIExpressSection())}, report.EventHardwareError, rankReset,
			"corrected hardware error, source 4, of PCI device 0x0:0x1C.0x4: completion time-out, receiver error"},
		{providerWHEA, 47, []string{"PhysicalAddress=0x23456780", "RawData=" + rawRecord(dmptest.MemorySection())}, report.EventHardwareError, rankReset,
			"corrected memory error at physical address 0x23456780: single-bit ECC, node 0, card 1, module 2, rank 1, bank 3, row 70196, bit 6"},
		{providerWHEA, 1, []string{"Length=928", "RawData=" + rawRecord(dmptest.PCIBusSection())[:300]}, report.EventHardwareError, rankReset, "fatal hardware error"}, // cut: its section is lost
		{providerWHEA, 1, []string{"Length=928", "RawData=" + rawRecord(dmptest.ProcessorSection())}, report.EventHardwareError, rankReset, "fatal hardware error: processor, processor id 5, cache error, address 0x12345680"},
		{providerWHEA, 2, []string{"RawData=garbage"}, report.EventHardwareError, rankReset, "corrected hardware error"},
		{providerWHEA, 30, []string{"RawData=" + rawRecord(dmptest.DMArSection())}, report.EventHardwareError, rankReset, "fatal hardware error: DMA remapping, requester bus 1, device 0, function 0, fault the access is not allowed"},
		{providerWHEA, 30, []string{"x=y"}, report.EventOther, rankNoise, ""},
		{providerWHEA, 17, []string{"ErrorSource=4"}, report.EventHardwareError, rankReset, "corrected hardware error, source 4"},
		{providerWHEA, 47, []string{"PhysicalAddress=0x1234000"}, report.EventHardwareError, rankReset, "corrected memory error at physical address 0x1234000"},
		{"Display", 4101, []string{"amdkmdag", ""}, report.EventDisplayReset, rankReset, "display driver amdkmdag did not answer and was reset"},
		{"nvlddmkm", 153, []string{`\Device\Video3`, "Resetting TDR occurred on GPUID:100"}, report.EventDisplayReset, rankReset, "nvlddmkm begins to reset the display adapter (TDR)"},
		{"nvlddmkm", 14, []string{`\Device\Video3`, "something else"}, report.EventOther, rankNoise, ""},
		{providerServices, 7045, []string{"ServiceName=foo", `ImagePath=\SystemRoot\System32\drivers\foo.sys`, "ServiceType=Kernelmodustreiber"}, report.EventInstall, rankInstall, "driver foo installed (foo.sys)"},
		{providerServices, 7045, []string{"ServiceName=Foo Update", `ImagePath="C:\Program Files\Foo\update.exe" --token=secret`, "ServiceType=x"}, report.EventInstall, rankService, "service Foo Update installed (update.exe)"},
		{providerUserPnp, 20003, []string{"foo", `\SystemRoot\System32\drivers\foo.sys`, `USB\VID_0951&PID_1666\60A44C413FAEF23199A3016F`, "true", "false", "0"}, report.EventInstall, rankInstall, `driver foo added to USB\VID_0951&PID_1666`},
		{providerUserPnp, 20003, []string{"foo", `\SystemRoot\System32\drivers\foo.sys`, `BTHENUM\DEV_AABBCCDDEEFF\7&1`, "true", "false", "3758096963"}, report.EventInstall, rankInstall, `driver foo could not be added, status 0xe0000243`},
		{providerUserPnp, 20003, []string{"foo", `\SystemRoot\System32\drivers\foo.sys`, `PCI\VEN_1`}, report.EventInstall, rankService, `service foo was to be added to PCI\VEN_1; how it ended is not said`},
		{providerUserPnp, 20001, []string{`DriverName=C:\x\foo.inf`, "DriverVersion=1.2", `DeviceInstanceID=PCI\VEN_1\3`, "InstallStatus=0x0"}, report.EventInstall, rankInstall, `driver package foo.inf 1.2 installed for PCI\VEN_1`},
		{providerUserPnp, 20001, []string{`DriverName=C:\x\foo.inf`, "DriverVersion=1.2", `DeviceInstanceID=PCI\VEN_1\3`, "InstallStatus=0xe0000247"}, report.EventInstall, rankInstall, `driver package foo.inf 1.2 not installed for PCI\VEN_1, status 0xe0000247`},
		{providerUserPnp, 20001, []string{"DriverName=foo.inf", "InstallStatus=3010"}, report.EventInstall, rankInstall, `driver package foo.inf installed; a restart is needed`},
		{providerUserPnp, 20001, []string{"DriverName=foo.inf", "InstallStatus=?"}, report.EventInstall, rankLine, `driver package foo.inf was to be installed; how it ended is not said`},
		{providerUpdate, 20, []string{"errorCode=0x80073d02", "updateTitle=Photos"}, report.EventInstall, rankInstall, "update not installed, error 0x80073d02: Photos"},
		{providerUpdate, 19, []string{"9NBLGGH5FV99-Microsoft.MSPaint"}, report.EventInstall, rankLine, "app updated: 9NBLGGH5FV99-Microsoft.MSPaint"},
		{providerUpdate, 44, []string{"9NBLGGH5FV99-Microsoft.MSPaint"}, report.EventInstall, rankLine, "app is being downloaded: 9NBLGGH5FV99-Microsoft.MSPaint"},
		{providerUpdate, 41, []string{"2024-11 Cumulative Update (KB5046617)"}, report.EventInstall, rankLine, "update downloaded: 2024-11 Cumulative Update (KB5046617)"},
		{providerMemTest, 1201, []string{"NumBadPages=0"}, report.EventMemoryTest, rankStorage, "the memory test found no errors"},
		{providerMemTest, 1201, []string{"NumBadPages=3"}, report.EventMemoryTest, rankReset, "the memory test found bad pages: 3"},
		{providerMemTest, 1201, []string{"CompletionType=Pass", "NumBadPages=0"}, report.EventMemoryTest, rankStorage, "the memory test found no errors"},
		{providerMemTest, 1101, []string{"CompletionType=Canceled", "NumBadPages=0"}, report.EventMemoryTest, rankStorage, "the memory test found no errors, and did not pass: it ended as Canceled"},
		{providerMemTest, 1101, []string{"CompletionType=Pass", "NumBadPages=2"}, report.EventMemoryTest, rankReset, "the memory test found bad pages: 2"},
		{providerShortage, 2004, []string{"SystemCommitLimit=100", "SystemCommitCharge=99"}, report.EventExhaustion, rankStorage, "memory ran short: 99 of 100 committed"},
		{providerPower, 42, []string{"4", "4", "7", "0", "1"}, report.EventPowerTransition, rankPower, "sleep begins (S3)"},
		{providerPower, 42, []string{"5", "5", "0", "0", "1"}, report.EventPowerTransition, rankPower, "hibernation begins"},
		{providerPower, 107, []string{"4", "4", "4"}, report.EventPowerTransition, rankPower, "Windows resumed from sleep (S3)"},
		{providerPower, 109, []string{"5", "0", "0"}, report.EventPowerTransition, rankPower, "restart begins"},
		{providerServices, 7034, []string{"param1=Spooler", "param2=2"}, report.EventServiceFailure, rankService, "service Spooler ended unexpectedly; times so far: 2"},
		{providerDCOM, 10016, []string{"a"}, report.EventOther, rankNoise, ""},
		{providerLiveDump, 271, []string{"OperationType=Query"}, report.EventPolicy, rankLine, "the policy for live dumps: Query failed"},
	} {
		e := told(0, test.provider, test.id, 0, test.values...)
		if e.Kind != test.kind || e.Rank != test.rank || e.Text != test.text {
			t.Errorf("%s %d %q:\ngot  %s %d %q\nwant %s %d %q", test.provider, test.id, test.values, e.Kind, e.Rank, e.Text, test.kind, test.rank, test.text)
		}
		if test.rank > 0 && !Wanted(test.provider, test.id) {
			t.Errorf("%s %d is not wanted", test.provider, test.id)
		}
	}
	for _, id := range []uint16{7036, 7040, 10016, 3033} {
		if Wanted(providerServices, id) || Wanted(providerDCOM, id) || Wanted("Microsoft-Windows-CodeIntegrity", id) {
			t.Errorf("%d is wanted", id)
		}
	}
}

// Every rule can hold: none stands in the shadow of one above it. And no text has a hole or a brace too many.
func TestRules(t *testing.T) {
	for i := range rules {
		r := &rules[i]
		var f fields
		for n := range 9 {
			f = append(f, Field{Value: "7" + strings.Repeat("0", n)}) // numbers that no condition asks for
		}
		if r.when == "" { // what a condition asks for a number is none
			for n := range f {
				f[n].Value = "x" + f[n].Value
			}
		}
		for when := r.when; when != ""; {
			var c string
			c, when, _ = strings.Cut(when, " & ")
			at := strings.IndexAny(c, "=!~^:")
			value := c[at+1:]
			switch c[at] {
			case '!':
				value = "77"
			case ':':
				value = "0x1a (0x1, 0x2, 0x3, 0x4)"
			}
			if n := c[0] - '0'; n >= 1 && n <= 9 {
				f[n-1].Value = value
			} else {
				f = append(f, Field{c[:at], value})
			}
		}
		provider := r.provider
		if provider == "" {
			provider = "somedriver"
		}
		id := r.id
		if id == 0 {
			id = 12345
		}
		if got := ruleFor(canonical(provider), id, 0, f); got != r {
			t.Errorf("%s %d %q: another rule holds: %+v", r.provider, r.id, r.when, got)
		}
		text, _ := f.say(r.text, provider)
		if strings.ContainsAny(text, "[]{}") || r.kind == "" || r.rank < rankNoise || r.rank > rankCrash {
			t.Errorf("%s %d: %q, kind %q, rank %d", r.provider, r.id, text, r.kind, r.rank)
		}
	}
}

// A text has the name of a program, and nothing of what stands behind it on the command line.
func TestProgram(t *testing.T) {
	for line, want := range map[string]string{
		`C:\Windows\system32\drivers\a b.sys`:               "a b.sys",
		`system32\DRIVERS\example.sys`:                      "example.sys",
		`"C:\Program Files\Some One\x y.exe" --as jane.exe`: "x y.exe",
		`%SystemRoot%\x\example.exe -k jane`:                "example.exe",
		` example.exe /user:jane`:                           "example.exe",
		`run jane.exe`:                                      "",
		`run --as jane\doe.exe`:                             "",
		`run /as jane.exe`:                                  "",
		`C:\tools\run /as jane.exe`:                         "",
		`C:\tools\run --as jane.exe`:                        "",
		`"C:\tools\run" jane.exe`:                           "",
		`C:\tools\run name=jane.exe`:                        "",
		`C:\tools\run`:                                      "",
	} {
		if got, ok := program(line); got != want || ok != (want != "") {
			t.Errorf("%q: %q, %v", line, got, ok)
		}
	}
}

// What looks private stands in no text and in no public field, whichever field of whichever event it is in.
func TestPrivate(t *testing.T) {
	for _, secret := range []string{`C:\Users\Jane Doe\AppData\Local\jane.exe -k`, `c:\users\jane\jane.sys`, "S-1-5-21-1-2-3-1001 jane", "jane AA-BB-CC-DD-EE-0F",
		"jane aa:bb:cc:dd:ee:0f x", `"C:\Documents and Settings\jane\a.exe"`, "/Users/jane/a.sys", "S-1-12-1-99 jane"} {
		for i := range rules {
			r := &rules[i]
			values := slices.Repeat([]string{secret}, 20)
			for _, word := range strings.FieldsFunc(r.public+" "+r.text, func(c rune) bool { return !(c >= '0' && c <= 'z') }) {
				values = append(values, word+"="+secret)
			}
			provider, id := r.provider, r.id
			if provider == "" {
				provider = "somedriver"
			}
			e := told(0, provider, id, 0, values...)
			all := e.Text + fmt.Sprint(e.Fields)
			all = strings.NewReplacer("jane.exe", "", "jane.sys", "").Replace(all) // a program's name is public
			if strings.Contains(strings.ToLower(all), "jane") {
				t.Errorf("%s %d: %q %q", provider, id, e.Text, e.Fields)
			}
			j := e.Reported(stop, false)
			if len(j.Private) != 0 {
				t.Errorf("%s %d: private fields without being asked for", provider, id)
			}
			if len(e.Fields)+len(e.Private) != len(values) {
				t.Errorf("%s %d: %d and %d fields of %d", provider, id, len(e.Fields), len(e.Private), len(values))
			}
		}
	}
	e := told(0, "Microsoft-Windows-WLAN-AutoConfig", 8001, 0, "SSID=home")
	if e.Text != "" || len(e.Fields) != 0 || len(e.Private) != 1 || e.Rank != 0 {
		t.Errorf("an event without a rule: %+v", e)
	}
	for s, want := range map[string]bool{"00-11-22-33-44-55": true, "x 00:11:22:33:44:55.": true, "00:11:22-33:44:55": false,
		"12345678-1234-1234-1234-123456789abc": false, "00-11-22-33-44-5": false, "": false} {
		if got := hasMAC(s); got != want {
			t.Errorf("hasMAC(%q) is %v", s, got)
		}
	}
}

func TestBefore(t *testing.T) {
	list := []Event{
		told(-time.Second, "disk", 153, 0, "d", "0x1", "0", "p"),
		told(-3*time.Second, "disk", 153, 0, "d", "0x1", "0", "p"),
		told(-2*time.Second, "disk", 7, 0, "d"),
		told(-11*time.Minute, "Display", 4101, 0, "old"),
		told(-time.Minute, providerServices, 7034, 0, "a", "1"),
		told(-50*time.Second, providerServices, 7034, 0, "b", "1"),
		told(-40*time.Second, providerServices, 7034, 0, "c", "1"),
		told(-4*time.Minute, providerPower, 42, 0, "4", "4"),
		told(-5*time.Minute, providerServices, 7045, 0, "drv", `x\drv.sys`),
		told(-time.Second, providerGeneral, 12, 0),
		told(500*time.Microsecond, providerPower, 109, 0, "5"),
		told(2*time.Millisecond, providerDCOM, 10010, 0, "late"),
		told(time.Hour, providerWER, 1001, 0, "0x0000009f (0x3, 0x1, 0x2, 0x3)"),
	}
	want := []string{"-300 driver drv installed (drv.sys)", "-240 sleep begins (S3)", "-40 service c ended unexpectedly; times so far: 1", "-2 bad block on d",
		"-1 I/O at block 0x1 of disk 0 had to be repeated x2", "0 restart begins"}
	check := func(what string, list []Event) {
		t.Helper()
		var got []string
		for _, e := range Before(list, stop) {
			s := fmt.Sprintf("%.0f %s", e.Time.Sub(stop).Seconds(), e.Text)
			if e.Count > 1 {
				s += fmt.Sprintf(" x%d", e.Count)
			}
			got = append(got, s)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s:\ngot  %q\nwant %q", what, got, want)
		}
	}
	check("a log", list)

	// The same events in the dump and in the log are the same ones.
	both := slices.Clone(list)
	for _, e := range list[:2] {
		e.Source, e.File, e.Time = report.EventFromDump, "", e.Time.Add(time.Millisecond)
		e.Record = 0
		both = append([]Event{e}, both...)
	}
	check("a log and a dump", both)

	if got := Before(nil, stop); len(got) != 0 {
		t.Errorf("%v", got)
	}
}

func TestReported(t *testing.T) {
	e := told(-1500*time.Millisecond, providerServices, 7045, 0, "ServiceName=foo", `ImagePath=C:\Users\jane\foo.sys`, "ServiceType=x")
	e.Unflushed = true
	got := e.Reported(stop, true)
	if *got.SecondsBefore != 1.5 || got.Kind != report.EventInstall || got.Source != report.EventFromLog || got.Record != 7045000 || !got.Unflushed ||
		got.File != "System.evtx" || got.Text != "driver foo installed (foo.sys)" || len(got.Private) != 1 || got.Private[0].Name != "ImagePath" {
		t.Errorf("%+v", got)
	}
	if got := (&Event{}).Reported(stop, false); got.Time != nil || got.SecondsBefore != nil {
		t.Errorf("without a time: %+v", got)
	}
}

func TestUnexpectedShutdown(t *testing.T) {
	r := record(0, "EventLog", 6008, 0, "9:59:13 AM", "4/6/2012")
	r.Binary = []byte{0xDC, 7, 4, 0, 5, 0, 6, 0, 9, 0, 59, 0, 13, 0, 29, 0, 0xDC, 7, 4, 0, 5, 0, 6, 0, 13, 0, 59, 0, 13, 0, 29, 0}
	if e, _ := FromRecord(r); e.Text != "the shutdown before this start was unexpected; last sign of life in the event log 2012-04-06 13:59:13 UTC" {
		t.Errorf("%q", e.Text)
	}
	for _, b := range [][]byte{nil, r.Binary[:31], append(make([]byte, 16), 0xDC, 7, 13, 0, 5, 0, 6, 0, 13, 0, 59, 0, 13, 0, 29, 0), make([]byte, 32), append(make([]byte, 16), 0x41, 6, 1, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0)} {
		r.Binary = b
		if e, _ := FromRecord(r); e.Text != "the shutdown before this start was unexpected" {
			t.Errorf("%x: %q", b, e.Text)
		}
	}
}

func TestDumpStack(t *testing.T) {
	code, parameter, total := uint32(0x9f), uint64(3), uint64(1<<30)
	l := &dumpstack.Log{Type: 6, Total: &total, Code: &code, Parameters: [4]*uint64{&parameter}, Time: stop, Elapsed: 1500 * time.Millisecond,
		TooSmall: &dumpstack.TooSmall{Have: 100, Need: 200}, Switched: true, In: `\Device\DxgKrnl`, Ending: dumpstack.Unclosed}
	var got []string
	for _, e := range FromDumpStack(l) {
		got = append(got, fmt.Sprint(e.Kind, " ", e.Text))
	}
	want := []string{"crash bug check 0x9f DRIVER_POWER_STATE_FAILURE; a kernel memory dump",
		"dump-not-written the dump file of 100 bytes was too small for a dump of 200 bytes: Windows began a small memory dump instead",
		`dump-not-written writing the dump was not finished: its log ends inside the callback "\\Device\\DxgKrnl"`}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	second := uint64(0xffff)
	whole := &dumpstack.Log{Type: 4, Code: &code, Parameters: [4]*uint64{&parameter, &second, &second, &second}, Time: stop, Elapsed: time.Minute,
		TooSmall: &dumpstack.TooSmall{Type: 5, Have: 100, Need: 200}, Switched: true, Completed: true, Ending: dumpstack.Closed}
	got = nil
	for _, e := range FromDumpStack(whole) {
		got = append(got, fmt.Sprint(e.Kind, " ", e.Text, " ", e.Time.Sub(stop)))
	}
	want = []string{"crash bug check 0x9f DRIVER_POWER_STATE_FAILURE (0x3, 0xffff, 0xffff, 0xffff); a small memory dump, completed 0s",
		"crash the dump file of 100 bytes was too small for a complete or active memory dump of 200 bytes: Windows wrote a small memory dump instead 0s"}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	for kind, want := range map[int]string{
		0: "Windows stopped (this log does not say the code)", 2: "Windows stopped (this log does not say the code); a kernel memory dump",
		7: "Windows stopped (this log does not say the code); a dump of type 7",
	} {
		if e := FromDumpStack(&dumpstack.Log{Type: kind, Ending: dumpstack.Unclosed})[0]; e.Text != want {
			t.Errorf("type %d: %s", kind, e.Text)
		}
	}
	percent := 42
	for _, l := range []*dumpstack.Log{{Percent: &percent}, {Percent: &percent, In: "a.sys"}, {Part: "x"}} {
		l.Ending = dumpstack.Unclosed
		if list := FromDumpStack(l); len(list) != 2 || list[1].Kind != report.EventDumpNotWritten || strings.Contains(list[1].Text, "42%") != (l.Percent != nil && l.In == "") {
			t.Errorf("%+v", list)
		}
	}
	if FromDumpStack(&dumpstack.Log{Ending: dumpstack.Empty}) != nil {
		t.Error("a log of no stop has an event")
	}
	if FromDumpStack(nil) != nil || len(FromDumpStack(&dumpstack.Log{Completed: true})) != 1 {
		t.Error("a log that says nothing")
	}
}

// Whatever an event holds, it is told without a panic, within bounds.
func FuzzRecord(f *testing.F) {
	for i := range rules {
		f.Add(rules[i].provider, rules[i].id, uint8(0), "1=0|NTStatus=0xC000009A|"+rules[i].when)
	}
	f.Add(providerLiveDump, uint16(106), uint8(255), "NtEstimatedPrimaryDataBytes=1")
	f.Fuzz(func(t *testing.T, provider string, id uint16, version uint8, values string) {
		e := told(0, provider, id, version, strings.Split(values, "|")...)
		if len(e.Text) > 2500 {
			t.Errorf("a text of %d bytes", len(e.Text))
		}
		for _, c := range Captures([]Event{e, e}) {
			_ = c.Text()
		}
		_ = Before([]Event{e}, stop)
		_ = Match(Facts{}, []Event{e}, nil)
	})
}
