package dmptest

import (
	"slices"
	"time"
)

// SampleLogs returns logs of the invented machines whose dumps are samples: those of the crash in triage-amd64.dmp, and of the live
// dump task-manager-live.dmp a day before. Their bytes never change from call to call.
func SampleLogs() []Sample {
	return []Sample{
		{"System.evtx", systemLog().Image().Data()},
		{"LiveDump.evtx", liveDumpLog().Image().Data()},
		{"storage.etl", storageTrace().Image().Data()},
		{"DumpStack.log", dumpStackLog().Image().Data()},
	}
}

// sampleSID is that of an invented user.
var sampleSID = []byte{1, 5, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0, 0x11, 0x11, 0x11, 0x11, 0x22, 0x22, 0x22, 0x22, 0x33, 0x33, 0x33, 0x33, 0xE9, 3, 0, 0}

// systemLog is the log System around the crash.
func systemLog() EVTX {
	at := func(from time.Time, seconds int) time.Time { return from.Add(time.Duration(seconds) * time.Second) }
	boot := at(crashTime, 71)
	code := "0x0000007e (0xffffffffc0000005, 0xfffff803214b334c, 0xfffff5825de0f2e8, 0xfffff5825de0ec00)"
	list := []EVTXRecord{
		{Time: at(crashTime, -93903), Provider: "Microsoft-Windows-Kernel-General", ID: 12, Version: 1,
			Data: []EVTXData{EVTXNumber("MajorVersion", 10), EVTXNumber("MinorVersion", 0), EVTXNumber("BuildVersion", 26100)}},
		{Time: at(crashTime, -3600), Provider: "Service Control Manager", ID: 7040,
			Data: []EVTXData{EVTXText("param1", "Background Intelligent Transfer Service"), EVTXText("param2", "auto start"), EVTXText("param3", "demand start")}},
		{Time: at(crashTime, -740), Provider: "Service Control Manager", ID: 7045, User: sampleSID,
			Data: []EVTXData{EVTXText("ServiceName", "Contoso Example"), EVTXText("ImagePath", `\SystemRoot\System32\drivers\example.sys`),
				EVTXText("ServiceType", "kernel mode driver"), EVTXText("StartType", "demand start"), EVTXText("AccountName", "LocalSystem")}},
		{Time: at(boot, 0), Provider: "Microsoft-Windows-Kernel-General", ID: 12, Version: 1,
			Data: []EVTXData{EVTXNumber("MajorVersion", 10), EVTXNumber("MinorVersion", 0), EVTXNumber("BuildVersion", 26100)}},
		{Time: at(boot, 2), Provider: "Microsoft-Windows-Kernel-Power", ID: 41, Version: 8,
			Data: []EVTXData{EVTXNumber("BugcheckCode", 0x7E), EVTXText("BugcheckParameter1", "0xffffffffc0000005"), EVTXText("BugcheckParameter2", "0xfffff803214b334c"),
				EVTXText("BugcheckParameter3", "0xfffff5825de0f2e8"), EVTXText("BugcheckParameter4", "0xfffff5825de0ec00")}},
		{Time: at(boot, 9), Provider: "EventLog", ID: 6008,
			Data: []EVTXData{EVTXText("", "09:26:40"), EVTXText("", "3/15/2025"), EVTXText("", ""), EVTXText("", ""), EVTXText("", "93890")}},
		{Time: at(boot, 11), Provider: "Microsoft-Windows-WER-SystemErrorReporting", Source: "BugCheck", ID: 1001,
			Data: []EVTXData{EVTXText("param1", code), EVTXText("param2", `C:\Windows\Minidump\031525-8843-01.dmp`), EVTXText("param3", "0b6f5a61-5f3c-4c0a-9a11-2f1b3f6f7d01")}},
	}
	for i := range list {
		list[i].Channel, list[i].Computer = "System", "CONTOSO-0042"
	}
	list[0].Number = 4711
	return EVTX{Chunks: [][]EVTXRecord{list}}
}

// liveDumpLog is the operational log of Kernel-LiveDump.
func liveDumpLog() EVTX {
	at := func(ms int) time.Time { return sampleTime.Add(time.Duration(ms) * time.Millisecond) }
	list := []EVTXRecord{
		{Number: 17, Time: at(0), ID: 1, Version: 1, Data: []EVTXData{EVTXNumber("ControlFlags", 0), EVTXNumber("AddPagesControl", 1)}},
		{Time: at(1204), ID: 3},
		{Time: at(2310), ID: 4, Version: 1, Data: []EVTXData{EVTXNumber("NTStatus", 0), EVTXNumber("TotalBytes", 410350), EVTXNumber("HeaderBytes", 16384),
			EVTXNumber("PrimaryDataBytes", 393216), EVTXNumber("SecondaryDataBytes", 750), EVTXNumber("DumpWriteDuration_ms", 1106)}},
		{Time: at(2312), ID: 2, Version: 5, Data: []EVTXData{EVTXNumber("NTStatus", 0), EVTXText("BugcheckCode", "0x161"),
			EVTXText("BugCheckParameter1", "0x5461736b6d6772"), EVTXText("BugCheckParameter2", "0x0"), EVTXText("BugCheckParameter3", "0x0"),
			EVTXText("BugCheckParameter4", "0x0"), EVTXNumber("AbortIfMemoryPressure", 0), EVTXNumber("DumpCaptureDuration_ms", 1204),
			EVTXNumber("SelectiveDump", 0), EVTXNumber("DynamicLowMemoryThresholdBytes", 0), EVTXText("AvailablePhysicalMemoryInBytes", "9663676416"),
			EVTXText("TotalPhysicalMemoryInBytes", "17179869184"), EVTXText("IOSpaceEnabled", "false")}},
	}
	for i := range list {
		list[i].Provider, list[i].GUID = "Microsoft-Windows-Kernel-LiveDump", "bef2aa8e-81cd-11e2-a7bb-5eac6188709b"
		list[i].Channel, list[i].Computer = "Microsoft-Windows-Kernel-LiveDump/Operational", "CONTOSO-0042"
	}
	return EVTX{Chunks: [][]EVTXRecord{list}}
}

// storageTrace is a trace of the last minute before the crash.
func storageTrace() ETL {
	start := crashTime.Add(-time.Minute)
	stamp := func(seconds int) uint64 { return FileTime(start.Add(time.Duration(seconds) * time.Second)) }
	disk := func(seconds int, block string) []byte {
		return ETWEvent{
			Stamp: stamp(seconds), Provider: "945a8954-c147-4acd-923f-40c45405a658", Channel: 8, Level: 3, Legacy: true,
			Payload: ETWLegacy(stamp(seconds), 153|0x8004<<16, "disk", nil, []string{`\Device\Harddisk0\DR0`, block, "0", `\Device\00000033`}, nil),
		}.Record()
	}
	return ETL{
		ETWSession: ETWSession{
			Name: "Contoso Storage", LoggerID: 12, Clock: 2, BufferSize: 4096, Start: stamp(0), Reference: stamp(0), ReferenceClock: stamp(0),
			Buffers: []ETWBuffer{{Records: [][]byte{disk(20, "0x1a2b3c0"), disk(51, "0x1a2b3c0")}}},
		},
		Build: 26100, MHz: 3000, Boot: FileTime(crashTime.Add(-sampleUptime)), Frequency: 10_000_000, End: stamp(59), Path: `C:\Logs\storage.etl`,
	}
}

// dumpStackLog is what Windows noted while it wrote the dump of the crash: the dump file was too small for one of the kernel's memory.
func dumpStackLog() DumpStack {
	lines := []string{
		"Dump stack initialized at UTC: 2025/03/15 09:26:53, local time: 2025/03/15 10:26:53.",
		"#BugCheckCode 0x000000000000007E",
		"#BugCheckP1 0xFFFFFFFFC0000005",
		"#BugCheckP2 0xFFFFF803214B334C",
		"#BugCheckP3 0xFFFFF5825DE0F2E8",
		"#BugCheckP4 0xFFFFF5825DE0EC00",
		"Progress 0x00000042",
		"Dump file is too small - switching to minidump. Dump file size = 67108864, required size = 93212672.",
		"Elapsed BugCheck duration 00000613ms",
		"Dump Type: 4, Total Dump Size: 71844, Secondary Dump Size: 752.",
		"Starting write of dump header.",
		"Finish write of dump header.",
		"Starting write of minidump data.",
		"Finish write of minidump data.",
		"Starting invoking secondary dump callbacks.",
	}
	return DumpStack{Closed: true, Lines: slices.Concat(lines, CallbackLines(`\Device\DxgKrnl`), []string{
		"Finish invoking secondary dump callbacks.",
		"Dump completed successfully.",
	})}
}
