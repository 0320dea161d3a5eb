package main

import (
	"encoding/binary"
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

		// Parameters in decimal: one that has 64 bits shows it of all.
		"BugcheckCode       : 209\nBugcheckParameter1 : 40\nBugcheckParameter2 : 2\nBugcheckParameter3 : 0\nBugcheckParameter4 : 18446735277665231593": "d1: 28 2 0 fffff80002e722e9",
		"BugcheckCode 209 BugcheckParameter1 40":                         "d1: 28",
		"BugcheckCode 209 BugcheckParameter1 28 BugcheckParameter2 ff":   "d1: 28 ff",
		"BugcheckCode 209 BugcheckParameter1 0x28 BugcheckParameter2 40": "d1: 28 28",
		"209, 40, 2, 0, 18446735277665231593":                            "d1: 28 2 0 fffff80002e722e9",
		"BugCheck 209, {40, 2, 0, 18446735277665231593}":                 "d1: 28 2 0 fffff80002e722e9",
		"BugCheck 9F, {40, 2, 0, 18446735277665231593}":                  "9f: 28 2 0 fffff80002e722e9",
		"{159, 3, ...}": "9f: 3",
		"ReplacementStrings : {159, 0x3, 0xffff8c0a5d2d4060, 0x0...}": "9f: 3 ffff8c0a5d2d4060",
		"Bugcheck: 80 (50h)":                         "50:",
		"Bugcheck: 80 (0x50), parameters: 0x10, 0x0": "50: 10 0",

		// Code 0 is no bug check: another code of the text is.
		"BugcheckCode 0\nThe bugcheck was: 0x0000009f (0x3, 0x0, 0x0, 0x0)": "9f: 3 0 0 0",
		"BugcheckCode 0 BugcheckParameter1 0x0\nDRIVER_POWER_STATE_FAILURE": "9f:",

		"BugcheckCode 0 BugcheckParameter1 0x7\nThe bugcheck was: 0x0000009f": "9f:",

		// Codes and parameters without brackets.
		"031524-8921-01.dmp\t3/15/2024 10:11:12 AM\tPAGE_FAULT_IN_NONPAGED_AREA\t0x00000050\t00000000`7ffe0320\t00000000`00000001\tfffff800`12345678\t00000000`00000002\tntoskrnl.exe": "50: 7ffe0320 1 fffff80012345678 2",
		"031524-8921-01.dmp\t3/15/2024 10:11:12 AM\t\t0x1000009f\t00000000`00000003\tffffe000`12345060\tfffff800`12345678\tffffe000`12345abc\tntoskrnl.exe":                            "1000009f: 3 ffffe00012345060 fffff80012345678 ffffe00012345abc",
		"DRIVER_POWER_STATE_FAILURE 0x0000009f 0x3 0xffffe00012345060 0x0 0x1":                                                                                                         "9f: 3 ffffe00012345060 0 1",
		"WHEA_UNCORRECTABLE_ERROR 0x124 0x0, 0xffffe00012345060, 0xbe000000, 0x800400":                                                                                                 "124: 0 ffffe00012345060 be000000 800400",
		"WHEA_UNCORRECTABLE_ERROR 0x124 0x0, 0xffff..., ...":                                                                                                                           "124: 0",
		"bugcheck 0x0000009F, 0x3, 0xffff, 0x1, 0x2":                                                                                                                                   "9f: 3 ffff 1 2",
		"MEMORY_MANAGEMENT (0x1a), 0x41792, 0xffff, 0, 0":                                                                                                                              "1a: 41792 ffff 0 0",
		"Bugcheck 0xEF (parameters: 0xffffc08d7f1580c0, 0, 0, 0)":                                                                                                                      "ef: ffffc08d7f1580c0 0 0 0",
		"BugCheckCode=0xd1 P1=0x28 P2=0x2 P3=0x0 P4=0xfffff80012345678":                                                                                                                "d1: 28 2 0 fffff80012345678",
		"P1=0x28 P2=0x2 BugCheckCode=0xd1":                                                                                                                                             "d1: 28 2",
		"Bugcheck Code: 0x50\nP1: 0x10\nP2: 0x0":                                                                                                                                       "50: 10 0",
		"Bugcheck Code: 0x50 / P1: 0x10 / P2: 0x0":                                                                                                                                     "50: 10 0",
		"Bug check code: 0x13a\nBug check parameters: 0x12, 0xffff, 0x0, 0x0":                                                                                                          "13a: 12 ffff 0 0",
		"0x0000009f\uff080x3\uff0c0xffff\uff0c0x1\uff0c0x2\uff09":                                                                                                                      "9f: 3 ffff 1 2",
		"kernel security check failure 0x139":                                                                                                                                          "139:",
		"it says kernel security check failure again":                                                                                                                                  "139:",
		"a matter of memory management":                                                                                                                                                "",
		"error code 0x00000133 parameter1 0x1 parameter2 0x1e00":                                                                                                                       "133: 1 1e00",
		"failed with error code 0x5":                                                                                                                                                   "",
		"stop D1h":                                                                                                                                                                     "d1:",
		"D1h, 28h":                                                                                                                                                                     "d1: 28",
		"caused by bugcheck 0x0000009f 3 times":                                                                                                                                        "9f:",
		"Event Name: LiveKernelEvent\nP1: 141\nP2: ffffd08f0e7d9010\nP3: fffff80012345678\nP4: 0\nP5: 2a4c\nP6: 10_0_19045":                                                            "141: ffffd08f0e7d9010 fffff80012345678 0 2a4c",
		"Event Name: BlueScreen\nP1: 1000007e\nP2: ffffffffc0000005":                                                                                                                   "1000007e: ffffffffc0000005",
		"BUGCHECK_STR:  0x3B_c0000005":                                                                                                                                                 "3b: c0000005",
		"\u201c0x9F\u201d \u2018{3, 4}\u2019":                                                                                                                                          "9f: 3 4",
		"Stop\u00a0code:\u00a0DRIVER\u00a0IRQL\u00a0NOT\u00a0LESS\u00a0OR\u00a0EQUAL":                                                                                                  "d1:",

		// A status is no code.
		"EXCEPTION_CODE: (NTSTATUS) 0xc0000005 (3221225477) - The instruction at 0x%p": "c0000005:",
		"BUGCHECK_CODE: 7e\nEXCEPTION_CODE: (NTSTATUS) 0xc0000005 (3221225477)":        "7e:",
		"it ended with STATUS_ACCESS_VIOLATION there":                                  "c0000005:",
		"error 0xC0000185 of the disk":                                                 "c0000185:",

		"":                         "",
		"1,234":                    "",
		"code 12,345,678":          "",
		"AV_nt!KiPageFault":        "",
		"hello, this is no code":   "",
		"MEMORY_MANAGEMENT (9f)":   "1a:", // the number is not that of the name
		"1 2 3 4 5 6":              "",
		"BugcheckCode 99999999999": "",
	} {
		b, ok := readPaste(decodeText([]byte(text)))
		if got := b.short(); ok != (want != "") || ok && got != want {
			t.Errorf("%q is %q, %v, want %q", text, got, ok, want)
		}
	}
}

// How a number was read is said where it could be read otherwise.
func TestReadPasteSays(t *testing.T) {
	for text, want := range map[string]string{
		"BugcheckCode 159":                       "159 0x9f decimal",
		"BugcheckCode 0":                         "0 0x0 0 where the system did not stop",
		"BugcheckCode 159 BugcheckParameter1 10": "10 0xa parameter 1, decimal, as the event's own values are; 0x10 if it is hexadecimal",
		"BugCheck 20, {1}":                       "20 0x20 hexadecimal",
		"0x9F_3_POWER":                           "3 0x3 parameter 1, by the bucket",
		"BugCheck 9F, {3, ffff...}":              "ffff...  parameter 2, left out",
		"BugCheck 9F, {3}\nBugCheck EF, {1}":     "EF 0xef another code",
		"239, 1":                                 "239 0x239 hexadecimal; if it is decimal, ask for 0n239: 0xef, CRITICAL_PROCESS_DIED",
		"BugcheckCode 209 BugcheckParameter1 40 BugcheckParameter4 18446735277665231593": "40 0x28 parameter 1, decimal, as the longest of them shows",
		"BugcheckCode 209 BugcheckParameter1 40 BugcheckParameter2 ff":                   "40 0x40 parameter 1, hexadecimal, as another of them shows",
		"caused by bugcheck 0x0000009f 3 times":                                          "3  this number in the text was not used",
		"0x3 0xffff before DRIVER_POWER_STATE_FAILURE (9f)":                              "0x3, 0xffff  2 numbers in the text were not used",
		"0x139 (0x3, 0xffff, 0x1, 0x2, 0x5)":                                             "0x3, 0xffff, 0x1, 0x2, ...  5 numbers in the text were not used",
		"BugCheck 9F, {3, 4, 5} at 10:11:12":                                             "9F 0x9f hexadecimal: a bug check line",
		"the bugcheck was 0x50, that is 1 and 2 and 3 and 4 and 5 and 0x6":               "1, 2, 3, 4, ...  6 numbers in the text were not used",
		"EXCEPTION_CODE: (NTSTATUS) 0xc0000005 (3221225477)":                             "0xc0000005 0xc0000005 an NTSTATUS: STATUS_ACCESS_VIOLATION",
		"stop code SYSTEM THREAD EXCEPTION NOT HANDLED":                                  "SYSTEM THREAD EXCEPTION NOT HANDLED 0x7e a name",
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

// What programs write and people copy is decoded before it is read.
func TestDecodeText(t *testing.T) {
	const want = "BugcheckCode 159"
	wide := func(order binary.AppendByteOrder, mark bool) string {
		var b []byte
		if mark {
			b = order.AppendUint16(b, 0xfeff)
		}
		for _, c := range want {
			b = order.AppendUint16(b, uint16(c))
		}
		return string(b)
	}
	for _, text := range []string{
		want, "\ufeff" + want, "Bugcheck\u200bCode\u00a0159", "\uff22ugcheckCode\u3000159",
		wide(binary.LittleEndian, true), wide(binary.LittleEndian, false), wide(binary.BigEndian, true), wide(binary.BigEndian, false),
	} {
		if got := decodeText([]byte(text)); got != want {
			t.Errorf("%q is %q", text, got)
		}
	}
	for _, text := range []string{"", "x", "\xff\xfe", "\x00", "\xff\xfeB"} {
		decodeText([]byte(text))
	}
}
