package main

import (
	"fmt"
	"strings"
	"testing"
)

// short returns what was read: the code, and the parameters that are known.
func (b bugCheck) short() string {
	words := []string{fmt.Sprintf("%x:", b.code)}
	for i, v := range b.params {
		if b.has[i] {
			words = append(words, fmt.Sprintf("%x", v))
		} else {
			words = append(words, "-")
		}
	}
	return strings.TrimRight(strings.Join(words, " "), " -")
}

// What people copy, each with what is in it; "" where there is no code.
func TestReadPaste(t *testing.T) {
	for text, want := range map[string]string{
		"0x000000D1 (0x28, 0x2, 0x0, 0xfffff80012345678)":                        "d1: 28 2 0 fffff80012345678",
		"0x000000d1(0x28,0x2,0x0,0xfffff80012345678)":                            "d1: 28 2 0 fffff80012345678",
		"0x0000000A, {0x28, 0x2":                                                 "a: 28 2",
		"BugCheck 9F, {3, ffffe00112345678, fffff80012345678, ffffe00187654321}": "9f: 3 ffffe00112345678 fffff80012345678 ffffe00187654321",
		"BugCheck 9F, {3, ffff..., ffffe00112345678, ...}":                       "9f: 3 - ffffe00112345678",
		"BugCheck BE, {1, 2, 3, 4}":                                              "be: 1 2 3 4",
		"Bugcheck: 20 (0, FFFF, 0, 1)":                                           "20: 0 ffff 0 1",
		"1: kd> .bugcheck\nBugcheck code 00000161\nArguments 00546173`6b6d6772 00000000`00000000 00000000`00000000 00000000`00000000": "161: 5461736b6d6772 0 0 0",
		"161 Arguments 00546173`6b6d6772 0 0 0": "161: 5461736b6d6772 0 0 0",
		"The computer has rebooted from a bugcheck.  The bugcheck was: 0x0000009f (0x0000000000000003, 0xffff8c0a5d2d4060, 0xfffff80271c8f7e0, 0xffff8c0a6b0b2010). A dump was saved in: C:\\Windows\\MEMORY.DMP. Report Id: 3a9ef8d0-1d1f.": "9f: 3 ffff8c0a5d2d4060 fffff80271c8f7e0 ffff8c0a6b0b2010",
		`<Data Name="param1">0x00000133 (0x0000000000000001, 0x0000000000001e00, 0xfffff80312400000, 0x0000000000000000)</Data>`:                                                                                                             "133: 1 1e00 fffff80312400000 0",
		"BugcheckCode 159\nBugcheckParameter1 0x3\nBugcheckParameter2 0xffff8c0a5d2d4060\nSleepInProgress 0":                                                                                                                                 "9f: 3 ffff8c0a5d2d4060",
		`<Data Name="BugcheckCode">278</Data><Data Name="BugcheckParameter1">0xffffa58c1c1a4010</Data>`:                                                                                                                                      "116: ffffa58c1c1a4010",
		`{"BugcheckCode": 209, "BugcheckParameter1": "0x28", "BugcheckParameter2": "0x2"}`:                                                                                                                                                   "d1: 28 2",
		"BugcheckCode: 0x139 BugcheckParameter1: 0x3": "139: 3",
		"BugcheckCode 0": "0:",
		"FAILURE_BUCKET_ID:  0x9F_3_POWER_DOWN_usbhub3!IMAGE_x.sys":                                          "9f: 3",
		"0x139_1d_INVALID_BALANCED_TREE_Driver!unknown_function":                                             "139: 1d",
		"0x1E_c0000005_R_nt!KiDispatchException":                                                             "1e: c0000005",
		"0x7a_c0000185_DUMP_VIDEO":                                                                           "7a:", // the status is parameter 2
		"0x133_DPC_nvlddmkm!unknown_function":                                                                "133:",
		"LKD_0x141_Tdr:6_IMAGE_nvlddmkm.sys":                                                                 "141:",
		"*** STOP: 0x0000001E (0xFFFFFFFFC0000005,0xFFFFF80012345678,0x0000000000000000,0xFFFFFFFFFFFFFFFF)": "1e: ffffffffc0000005 fffff80012345678 0 ffffffffffffffff",
		"*** Fatal System Error: 0x00000119\n                       (0x0000000000000012,0xFFFFC20133065410,0x0000000000000000,0xFFFFFFFFFFFFFFFF)": "119: 12 ffffc20133065410 0 ffffffffffffffff",
		"Stop code: DRIVER IRQL NOT LESS OR EQUAL\nWhat failed: usb.sys":                                                                           "d1:",
		"Stop code: DRIVER_POWER_STATE_FAILURE (0x9F)":                                                                                             "9f:",
		"CRITICAL_PROCESS_DIED (ef)\nArguments:\nArg1: ffffc08d7f1580c0, Process object or thread object\nArg2: 0000000000000000, If this is 0":    "ef: ffffc08d7f1580c0 0",
		"MEMORY_MANAGEMENT (1a)\nArg1: 0000000000041790\nMEMORY_MANAGEMENT (1a)\nArg1: 0000000000000403":                                           "1a: 41790",
		"MEMORY_MANAGEMENT (1a)\nArg1: 0000000000041790\nCRITICAL_PROCESS_DIED (ef)\nArg2: 0000000000000001":                                       "1a: 41790",
		"BUGCHECK_CODE:  9f\n\nBUGCHECK_P1: 3\n\nBUGCHECK_P2: ffff8c0a5d2d4060\n":                                                                  "9f: 3 ffff8c0a5d2d4060",
		"BCCode:\t124\n  BCP1:\t0000000000000000\n  BCP2:\tFFFFFA8004D2D028":                                                                       "124: 0 fffffa8004d2d028",
		"Problem Event Name:\tLiveKernelEvent\nCode:\t141\nParameter 1:\tffffd08f0e7d9010\nParameter 4:\t2a4c":                                     "141: ffffd08f0e7d9010 - - 2a4c",
		"D1: 28 2 0 fffff800`12345678":            "d1: 28 2 0 fffff80012345678",
		"bugcheck ef":                             "ef:",
		"caused by bugcheck 0x0000009f":           "9f:",
		"stop 0x0000007B (0xF78D2524,0xC0000034)": "7b: f78d2524 c0000034",

		"":                         "",
		"AV_nt!KiPageFault":        "",
		"hello, this is no code":   "",
		"MEMORY_MANAGEMENT (9f)":   "1a:", // the number is not that of the name
		"1 2 3 4 5 6":              "",
		"BugcheckCode 99999999999": "",
	} {
		b, ok := readPaste(text)
		if got := b.short(); ok != (want != "") || ok && got != want {
			t.Errorf("%q is %q, %v, want %q", text, got, ok, want)
		}
	}
}

// How a number was read is said where it could be read otherwise.
func TestReadPasteSays(t *testing.T) {
	for text, want := range map[string]string{
		"BugcheckCode 159":                              "159 0x9f decimal",
		"BugcheckCode 0":                                "0 0x0 0 where the system did not stop",
		"BugcheckCode 159 BugcheckParameter1 10":        "10 0x10 parameter 1, hexadecimal",
		"BugCheck 20, {1}":                              "20 0x20 hexadecimal",
		"0x9F_3_POWER":                                  "3 0x3 parameter 1, by the bucket",
		"BugCheck 9F, {3, ffff...}":                     "ffff...  parameter 2, left out",
		"BugCheck 9F, {3}\nBugCheck EF, {1}":            "EF 0xef another code",
		"239, 1":                                        "239 0x239 hexadecimal; if it is decimal, ask for 0n239: 0xef, CRITICAL_PROCESS_DIED",
		"stop code SYSTEM THREAD EXCEPTION NOT HANDLED": "SYSTEM THREAD EXCEPTION NOT HANDLED 0x7e a name",
	} {
		b, _ := readPaste(text)
		var says []string
		for _, r := range b.read {
			says = append(says, r.Word+" "+r.Value+" "+r.How)
		}
		if all := strings.Join(says, "\n"); !strings.Contains(all, want) {
			t.Errorf("%q was read as %q, want %q", text, all, want)
		}
	}
}

func FuzzReadPaste(f *testing.F) {
	f.Add("BugCheck 9F, {3, ffffe00112345678, ...}")
	f.Add("MEMORY_MANAGEMENT (1a)\nArguments:\nArg1: 0000000000041790")
	f.Add("0x9F_3_POWER_DOWN_usbhub3!IMAGE_x.sys BugcheckCode 159 Arguments 1 2 3")
	f.Fuzz(func(t *testing.T, text string) {
		if b, ok := readPaste(text); ok && len(b.read) > 16 {
			t.Errorf("%d words are said to be read", len(b.read))
		}
	})
}
