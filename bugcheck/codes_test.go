package bugcheck

import (
	"slices"
	"testing"
)

func TestLookup(t *testing.T) {
	tests := []struct {
		value        uint32
		name         string
		use          Use
		requester    string
		undocumented bool
	}{
		{0x0, "UNDEFINED_BUG_CODE", Crash, "", true},
		{0xA, "IRQL_NOT_LESS_OR_EQUAL", Crash, "", false},
		{0x7E, "SYSTEM_THREAD_EXCEPTION_NOT_HANDLED", Crash, "", false},
		{0xAB, "SESSION_HAS_VALID_POOL_ON_EXIT", Live, "the session pool leak check", false},
		{0x124, "WHEA_UNCORRECTABLE_ERROR", Both, "the hardware error (WHEA) handler", false},
		{0x144, "BUGCODE_USB3_DRIVER", Both, "the USB 3 stack", false},
		{0x15E, "BUGCODE_NDIS_DRIVER_LIVE_DUMP", Live, "the NDIS network stack", false},
		{0x161, "LIVE_SYSTEM_DUMP", Live, "a request for a system snapshot", false},
		{0x164, "WIN32K_CRITICAL_FAILURE", Both, "the Win32k window manager", false},
		{0x1A2, "WIN32K_CALLOUT_WATCHDOG_BUGCHECK", Crash, "", false},
		{0x1CC, "EXRESOURCE_TIMEOUT_LIVEDUMP", Live, "the resource (ERESOURCE) watchdog", false},
		{0x11C8, "MANUALLY_INITIATED_POWER_BUTTON_HOLD_LIVE_DUMP", Live, "the power button hold handler", true},
		{0x1000007E, "SYSTEM_THREAD_EXCEPTION_NOT_HANDLED_M", Crash, "", false},
		{0x400001EF, "VMBUS_LIVEDUMP", Live, "the VMBus driver", true},
		{0xC000021A, "WINLOGON_FATAL_ERROR", Crash, "", false},
		{0xDEADDEAD, "MANUALLY_INITIATED_CRASH1", Crash, "", false},
	}
	for _, tt := range tests {
		c, ok := Lookup(tt.value)
		if !ok {
			t.Errorf("Lookup(%#x) found nothing", tt.value)
			continue
		}
		if c.Value != tt.value || c.Name != tt.name || c.Use != tt.use ||
			c.Requester != tt.requester || c.Undocumented != tt.undocumented {
			t.Errorf("Lookup(%#x) = %+v, want %+v", tt.value, c, tt)
		}
	}
	for _, value := range []uint32{0x87, 0x204, 0x5454414D, 0x1000009F, 0x45474150, 0xFFFFFFFF} {
		if c, ok := Lookup(value); ok {
			t.Errorf("Lookup(%#x) = %s, want nothing", value, c.Name)
		}
	}
}

func TestLookupAliases(t *testing.T) {
	c, _ := Lookup(0x1D)
	if want := []string{"NO_SPINLOCK_AVAILABLE"}; !slices.Equal(c.Aliases, want) {
		t.Errorf("aliases of 0x1d are %q, want %q", c.Aliases, want)
	}
}

// TestData reads every line of the data.
func TestData(t *testing.T) {
	parsed, err := newTable(codesFiles())
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range parsed.enums {
		if err := parsed.readEnum(e); err != nil {
			t.Error(err)
		}
	}
	for _, e := range parsed.codes {
		if err := parsed.readCode(e); err != nil {
			t.Error(err)
		}
	}
}

func TestCodes(t *testing.T) {
	codes := Codes()
	// Codes are added over time, not lost.
	if len(codes) < 533 {
		t.Errorf("%d codes, want at least 533", len(codes))
	}
	count := map[string]int{}
	names := map[string]uint32{}
	for i, c := range codes {
		if i > 0 && codes[i-1].Value >= c.Value {
			t.Errorf("%#x does not come after %#x", c.Value, codes[i-1].Value)
		}
		if other, ok := names[c.Name]; ok {
			t.Errorf("%#x and %#x are both named %s", other, c.Value, c.Name)
		}
		names[c.Name] = c.Value
		for _, name := range append([]string{c.Name}, c.Aliases...) {
			if '0' <= name[0] && name[0] <= '9' { // dmplens explain takes it for a number
				t.Errorf("%#x is named %s", c.Value, name)
			}
		}
		count[c.Use.String()]++
		for what, yes := range map[string]bool{
			"documented": !c.Undocumented, "explained": c.Explained(), "with a table": c.Selects(1),
			"live and documented": c.Use != Crash && !c.Undocumented,
		} {
			if yes {
				count[what]++
			}
		}
		if len(c.Aliases) > 0 {
			count["with aliases"]++
		}
		if found, ok := Lookup(c.Value); !ok || found.Name != c.Name {
			t.Errorf("Lookup(%#x) = %q, %v", c.Value, found.Name, ok)
		}
		if found, ok := ByName(c.Name); !ok || found.Value != c.Value {
			t.Errorf("ByName(%s) = %#x, %v, want %#x", c.Name, found.Value, ok, c.Value)
		}
	}
	for what, want := range map[string]int{
		"crash": 468, "live": 62, "both": 3, "documented": 425, "live and documented": 51, "explained": 312, "with a table": 72, "with aliases": 10,
	} {
		if count[what] < want {
			t.Errorf("%d codes are %s, want at least %d", count[what], what, want)
		}
	}

	codes[0].Name = "CHANGED"
	if c, _ := Lookup(codes[0].Value); c.Name == "CHANGED" {
		t.Error("a change to the result of Codes changed the table")
	}
}

func TestByName(t *testing.T) {
	tests := []struct {
		name string
		want uint32 // 0: none
	}{
		{"DRIVER_POWER_STATE_FAILURE", 0x9F},
		{"driver_Power_state_failure", 0x9F},
		{"SYSTEM_THREAD_EXCEPTION_NOT_HANDLED_M", 0x1000007E},
		{"NO_SPINLOCK_AVAILABLE", 0x1D}, // another name
		{"POWER_STATE", 0},
		{"DRIVER_POWER_STATE_FAILURE ", 0},
		{"", 0},
	}
	for _, tt := range tests {
		c, ok := ByName(tt.name)
		if c.Value != tt.want || ok != (tt.want != 0) {
			t.Errorf("ByName(%q) = %#x, %v, want %#x", tt.name, c.Value, ok, tt.want)
		}
	}
}

func TestCodeParameters(t *testing.T) {
	parsed := mustParse(t, `
enum size
  = 1 | one
0x1 NOTHING
0x2 TYPED
  p1 address
  p3 size
0x3 LABELLED
  p2 value | Label
    = 0 | none
    = 1 | one
      note That is all.
0x4 SELECTING
  p1 enum
    = 1 | one
      p2 | Label
0x5 CONDITIONAL
  p2 text
  when arm
    p1 enum
      = 1 | one
        when build 7-
          p4 text | Label
`)
	for value, want := range map[uint32]struct {
		explained       bool
		lists, selected string // the parameters
	}{
		1: {false, "", ""},
		2: {true, "3", ""},
		3: {true, "2", ""},
		4: {true, "1", "1"},
		5: {true, "1", "1"},
	} {
		c, _ := parsed.lookup(value)
		lists, selected := "", ""
		for n := 1; n <= 4; n++ {
			digit := string(rune('0' + n))
			if c.Lists(n) {
				lists += digit
			}
			if c.Selects(n) {
				selected += digit
			}
		}
		if c.Explained() != want.explained || lists != want.lists || selected != want.selected {
			t.Errorf("%s: explained %v, lists %q, selects %q, want %v", c.Name, c.Explained(), lists, selected, want)
		}
	}
}

func TestBase(t *testing.T) {
	tests := []struct{ raw, want uint32 }{
		{0x9F, 0x9F},
		{0x1000009F, 0x9F},
		{0x1000007E, 0x7E},
		{0x10000050, 0x50},
		{0x100011C8, 0x11C8},
		{0x10000087, 0x10000087}, // 0x87 is no code
		{0x10020001, 0x10020001}, // 0x20001 is one, but too large
		{0x2000009F, 0x2000009F},
		{0x3000009F, 0x3000009F},
		{0xDEADDEAD, 0xDEADDEAD},
		{0x5454414D, 0x5454414D}, // written by DumpIt
		{0xC000021A, 0xC000021A},
		{0x4000008A, 0x4000008A},
		{0, 0},
		{0xFFFFFFFF, 0xFFFFFFFF},
	}
	for _, tt := range tests {
		if got := Base(tt.raw); got != tt.want {
			t.Errorf("Base(%#x) = %#x, want %#x", tt.raw, got, tt.want)
		}
	}
}

func TestUseString(t *testing.T) {
	for use, want := range map[Use]string{Crash: "crash", Live: "live", Both: "both", 0: "Use(0)"} {
		if got := use.String(); got != want {
			t.Errorf("Use(%d).String() = %q, want %q", uint8(use), got, want)
		}
	}
}
