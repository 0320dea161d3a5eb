package etw_test

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/dmplens/dmplens/dmpfile/dmptest"
	"github.com/dmplens/dmplens/dmpfile/etw"
)

func traceLogging(t testing.TB, schema []byte, payload string) *etw.Event {
	t.Helper()
	return one(t, dmptest.ETWEvent{
		Provider: providerA, Channel: 11, Traits: dmptest.ETWTraits("Company.Provider"), Schema: schema, Payload: []byte(payload),
	})
}

// Every in type of TraceLogging, alone and as an array of two.
func TestTraceLoggingTypes(t *testing.T) {
	sid := "\x01\x02\x00\x00\x00\x00\x00\x05\x20\x00\x00\x00\x20\x02\x00\x00"
	for _, c := range []struct {
		types []uint8
		bytes string
		want  any
		text  string
	}{
		{[]uint8{1}, "a\x00b\x00\x00\x00", "ab", "ab"},
		{[]uint8{2}, "ab\x00", "ab", "ab"},
		{[]uint8{3}, "\xff", int64(-1), "-1"},
		{[]uint8{4}, "\xff", uint64(255), "255"},
		{[]uint8{4 | 0x80, 3}, "\x01", true, "true"},
		{[]uint8{5}, "\xfe\xff", int64(-2), "-2"},
		{[]uint8{6}, "\x01\x02", uint64(0x201), "513"},
		{[]uint8{7}, "\xfd\xff\xff\xff", int64(-3), "-3"},
		{[]uint8{8}, "\x01\x02\x03\x04", uint64(0x04030201), "67305985"},
		{[]uint8{8 | 0x80, 4}, "\x01\x02\x03\x04", uint64(0x04030201), "0x4030201"},
		{[]uint8{7 | 0x80, 15}, "\x05\x00\x00\x80", uint64(0x80000005), "0x80000005"},
		{[]uint8{8 | 0x80, 14 | 0x80, 0x81, 0x01}, "\x05\x00\x00\xc0", uint64(0xc0000005), "0xc0000005"},
		{[]uint8{9}, "\xfc\xff\xff\xff\xff\xff\xff\xff", int64(-4), "-4"},
		{[]uint8{10}, "\x01\x00\x00\x00\x00\x00\x00\x80", uint64(1<<63 | 1), "9223372036854775809"},
		{[]uint8{11}, "\x00\x00\xc0\x3f", 1.5, "1.5"},
		{[]uint8{12}, "\x00\x00\x00\x00\x00\x00\x04\xc0", -2.5, "-2.5"},
		{[]uint8{13}, "\x01\x00\x00\x00", true, "true"},
		{[]uint8{14}, "\x02\x00\xca\xfe", []byte{0xca, 0xfe}, "cafe"},
		{[]uint8{15}, string(dmptest.GUID(providerB)), guid(providerB), providerB},
		{[]uint8{16}, "\x01\x00\x00\x00\x00\x80\xff\xff", uint64(0xffff800000000001), "0xffff800000000001"},
		{[]uint8{17}, "\x00\x80\x20\x9b\xcb\x82\xd8\x01", noonTime, "2022-06-18T04:26:40Z"},
		{[]uint8{18}, "\xe6\x07\x06\x00\x06\x00\x12\x00\x04\x00\x1a\x00\x28\x00\x05\x00", noonTime.Add(5 * time.Millisecond), "2022-06-18T04:26:40.005Z"},
		{[]uint8{18}, "\xe6\x07\x0d\x00\x06\x00\x12\x00\x04\x00\x1a\x00\x28\x00\x05\x00", time.Time{}, "0"},
		{[]uint8{19}, sid, "S-1-5-32-544", "S-1-5-32-544"},
		{[]uint8{20}, "\x10\x00\x00\x00", uint64(16), "0x10"},
		{[]uint8{21}, "\x10\x00\x00\x00\x00\x00\x00\x00", uint64(16), "0x10"},
		{[]uint8{22}, "\x04\x00a\x00b\x00", "ab", "ab"},
		{[]uint8{23}, "\x02\x00ab", "ab", "ab"},
		{[]uint8{25}, "\x01\x00\xfe", []byte{0xfe}, "fe"},
	} {
		what := fmt.Sprintf("type %v", c.types)
		e := traceLogging(t, dmptest.ETWSchema("Event", dmptest.ETWField("F", c.types...)), c.bytes)
		if e.Form != etw.TraceLogging || e.EventName != "Event" || e.Name != "Company.Provider" {
			t.Fatalf("%s: %v %q of %q", what, e.Form, e.EventName, e.Name)
		}
		fields, ok := e.Fields()
		if !ok || len(fields) != 1 {
			t.Errorf("%s: %v, %v", what, fields, ok)
			continue
		}
		if !reflect.DeepEqual(fields[0].Value, c.want) || fields[0].String() != c.text {
			t.Errorf("%s: %#v, %q", what, fields[0].Value, fields[0])
		}
		// One byte more or less fails.
		for _, b := range []string{c.bytes + "\x00", c.bytes[:len(c.bytes)-1]} {
			if fields, ok := traceLogging(t, dmptest.ETWSchema("Event", dmptest.ETWField("F", c.types...)), b).Fields(); ok || fields != nil {
				t.Errorf("%s: %d bytes: %v", what, len(b), fields)
			}
		}
		// Arrays: the count in the schema, and in the payload. A number in front and one behind prove the place.
		fixed := append([]uint8{c.types[0] | 0x20}, c.types[1:]...)
		fixed = append(fixed, 2, 0)
		variable := append([]uint8{c.types[0] | 0x40}, c.types[1:]...)
		for _, a := range []struct {
			types []uint8
			bytes string
		}{{fixed, c.bytes + c.bytes}, {variable, "\x02\x00" + c.bytes + c.bytes}} {
			schema := dmptest.ETWSchema("E", dmptest.ETWField("A", 4), dmptest.ETWField("F", a.types...), dmptest.ETWField("Z", 4))
			fields, ok := traceLogging(t, schema, "\x11"+a.bytes+"\x22").Fields()
			if !ok || len(fields) != 3 || fields[0].Value != uint64(0x11) || fields[2].Value != uint64(0x22) {
				t.Errorf("%s: array %v: %v, %v", what, a.types, fields, ok)
				continue
			}
			if values, isList := fields[1].Value.([]any); isList && (len(values) != 2 || !reflect.DeepEqual(values[1], c.want)) {
				t.Errorf("%s: array %v: %v", what, a.types, fields[1])
			}
		}
	}
}

func TestTraceLoggingStructures(t *testing.T) {
	schema := dmptest.ETWSchema("E",
		dmptest.ETWField("Outer", 24|0x80, 2),
		dmptest.ETWField("A", 6),
		dmptest.ETWField("Inner", 24|0x80|0x40, 1),
		dmptest.ETWField("B", 1),
		dmptest.ETWField("None", 0),
		dmptest.ETWField("Chars", 4|0x80|0x40, 2),
		dmptest.ETWField("Bytes", 4|0x40),
		dmptest.ETWField("Custom", 4|0x60, 3, 0, 9, 9, 9),
	)
	fields, ok := traceLogging(t, schema, "\x07\x00"+"\x02\x00"+"x\x00\x00\x00"+"\x00\x00"+"\x02\x00hi"+"\x01\x00\xab"+"\x01\x00\xcd").Fields()
	if got := listed(fields); !ok || got != "Outer={A: 7, Inner: [{B: x}, {B: }]} None= Chars=hi Bytes=ab Custom=cd" {
		t.Errorf("%v, %s", ok, got)
	}
	for i, private := range []bool{false, false, true, true, true} {
		if ok && fields[i].Private != private {
			t.Errorf("%s: private is %v", fields[i].Name, fields[i].Private)
		}
	}
}

// A schema that promises more values than there are bytes is refused before they are made.
func TestTraceLoggingHostile(t *testing.T) {
	for what, schema := range map[string][]byte{
		"no values without end": dmptest.ETWSchema("E", dmptest.ETWField("N", 0|0x20, 0xFF, 0xFF)),
		"empty structures":      dmptest.ETWSchema("E", dmptest.ETWField("S", 24|0x80|0x20, 0, 0xFF, 0xFF)),
		"structures in structures": dmptest.ETWSchema("E", dmptest.ETWField("S", 24|0x80|0x20, 1, 0xFF, 0xFF), dmptest.ETWField("T", 24|0x80|0x20, 1, 0xFF, 0xFF),
			dmptest.ETWField("N", 0)),
		"too many members": dmptest.ETWSchema("E", dmptest.ETWField("S", 24|0x80, 0x7F), dmptest.ETWField("N", 0)),
		"unknown type":     dmptest.ETWSchema("E", dmptest.ETWField("S", 31)),
		"its size":         append(dmptest.ETWSchema("E", dmptest.ETWField("S", 0)), 0),
		"no name":          {3, 0, 0},
		"nothing":          {},
	} {
		e := traceLogging(t, schema, "")
		if fields, ok := e.Fields(); ok {
			t.Errorf("%s: %v", what, fields)
		}
	}
	deep := [][]byte{}
	for range 40 {
		deep = append(deep, dmptest.ETWField("S", 24|0x80, 1))
	}
	if _, ok := traceLogging(t, dmptest.ETWSchema("E", append(deep, dmptest.ETWField("N", 4))...), "\x01").Fields(); ok {
		t.Error("40 structures in each other")
	}
}

func TestTraceLoggingPrivate(t *testing.T) {
	schema := dmptest.ETWSchema("E", dmptest.ETWField("BSSID", 10), dmptest.ETWField("Name", 1), dmptest.ETWField("Sid", 19), dmptest.ETWField("Status", 20),
		dmptest.ETWField("Raw", 14), dmptest.ETWField("When", 17), dmptest.ETWField("SerialNumber", 8))
	fields, ok := traceLogging(t, schema, "\x01\x00\x00\x00\x00\x00\x00\x00"+"a\x00\x00\x00"+"\x01\x00\x00\x00\x00\x00\x00\x05"+"\x00\x00\x00\x00"+"\x00\x00"+
		"\x00\x00\x00\x00\x00\x00\x00\x00"+"\x01\x00\x00\x00").Fields()
	if !ok {
		t.Fatal("not decoded")
	}
	for i, private := range []bool{true, true, true, false, true, false, true} {
		if fields[i].Private != private {
			t.Errorf("%s: private is %v", fields[i].Name, fields[i].Private)
		}
	}
}

func TestLegacy(t *testing.T) {
	const (
		scm     = "555908d1-a6d7-4695-8e1e-26931d2012f4"
		drivers = "2d9f3a42-01d4-4733-97f7-041e8021dc84"
	)
	sid := []byte("\x01\x01\x00\x00\x00\x00\x00\x05\x12\x00\x00\x00")
	// Its own time is that of the event log, some milliseconds before the header's; a time that lies behind it is none.
	for own, want := range map[uint64]time.Time{noon: noonTime, noon + 100: noonTime.Add(5 * time.Microsecond), 0: noonTime.Add(5 * time.Microsecond), 1 << 63: noonTime.Add(5 * time.Microsecond)} {
		e := one(t, dmptest.ETWEvent{Stamp: noon + 50, Provider: scm, Legacy: true, Payload: dmptest.ETWLegacy(own, 7036, "S", nil, nil, nil)})
		if !e.Time.Equal(want) || e.About {
			t.Errorf("time %v, want %v", e.Time, want)
		}
	}
	for _, c := range []struct {
		provider, source string
		id               uint32
		sid              []byte
		texts            []string
		data             []byte
		fields, text     string
		private          []bool
	}{
		{scm, "Service Control Manager", 0x40001B85, sid, []string{"TestDrv", `C:\drivers\test.sys`, "kernel mode driver", "demand start", ""}, nil,
			`Source=Service Control Manager EventID=0x40001b85 UserSID=S-1-5-18 ServiceName=TestDrv ImagePath=C:\drivers\test.sys ServiceType=kernel mode driver StartType=demand start AccountName=`,
			`a service was installed: TestDrv (C:\drivers\test.sys), kernel mode driver, demand start`, []bool{false, false, true, false, false, false, false, true}},
		{scm, "Service Control Manager", 0x40001B85, nil, []string{"TestDrv", `C:\Users\someone\test.sys`, "kernel", "demand", ""}, nil,
			`Source=Service Control Manager EventID=0x40001b85 ServiceName=TestDrv ImagePath=C:\Users\someone\test.sys ServiceType=kernel StartType=demand AccountName=`,
			`a service was installed: TestDrv ((private)), kernel, demand`, []bool{false, false, false, true, false, false, true}},
		{drivers, "disk", 0x80040099, nil, []string{`\Device\Harddisk0\DR0`, "0x1234", "0", `\Device\00000031`}, []byte{1, 2},
			`Source=disk EventID=0x80040099 Device=\Device\Harddisk0\DR0 Block=0x1234 Disk=0 Object=\Device\00000031 Data=0102`,
			"an operation at block 0x1234 of disk 0 was tried again", []bool{false, false, false, false, false, false, true}},
		{drivers, "testdrv", 0x80040099, nil, []string{`\Device\Test0`, "more"}, nil,
			`Source=testdrv EventID=0x80040099 Device=\Device\Test0 String2=more`, `the driver reports an event of \Device\Test0`, []bool{false, false, false, true}},
		{providerA, "App", 0x3E8, nil, []string{"x", "y"}, nil, `Source=App EventID=0x3e8 String1=x String2=y`, "", []bool{false, false, true, true}},
	} {
		payload := dmptest.ETWLegacy(noon, c.id, c.source, c.sid, c.texts, c.data)
		e := one(t, dmptest.ETWEvent{Provider: c.provider, Legacy: true, Payload: payload})
		fields, ok := e.Fields()
		if got := listed(fields); !ok || got != c.fields || e.Form != etw.Legacy || e.ID != uint16(c.id) || e.Source() != c.source {
			t.Errorf("%v %d of %q: %v, %s\nwant %s", e.Form, e.ID, e.Source(), ok, got, c.fields)
			continue
		}
		l, _ := e.Layout()
		if text := l.Expand(fields); text != c.text {
			t.Errorf("%s: says %q", c.source, text)
		}
		for i, private := range c.private {
			if fields[i].Private != private {
				t.Errorf("%s: %s: private is %v", c.source, fields[i].Name, fields[i].Private)
			}
		}
		for n := range len(payload) {
			if fields, ok := one(t, dmptest.ETWEvent{Provider: c.provider, Legacy: true, Payload: payload[:n]}).Fields(); ok {
				t.Errorf("%s: %d of %d bytes: %v", c.source, n, len(payload), fields)
			}
		}
		if _, ok := one(t, dmptest.ETWEvent{Provider: c.provider, Legacy: true, Payload: append(payload, 0)}).Fields(); ok {
			t.Errorf("%s: a byte too many", c.source)
		}
	}
}
