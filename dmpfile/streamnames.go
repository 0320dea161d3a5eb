package dmpfile

import (
	"sync"

	"github.com/dmplens/dmplens/dmpfile/internal/sections"
)

// GUIDs of secondary data that this package decodes.
var (
	guidSMBIOS      = mustParseGUID("bc5c008f-1e3a-44d7-988d-86f6884c6758")
	guidCPURegistry = mustParseGUID("6c7ac389-4313-47dc-9f34-a8800a0fb56c")
	guidSections    = mustParseGUID(sections.Tag)
)

func mustParseGUID(s string) GUID {
	g, err := ParseGUID(s)
	if err != nil {
		panic(err)
	}
	return g
}

// streamNames are the tags whose owner is known: from public symbols, from Microsoft's documentation, or plain from their content
// in real dumps; "probably" stands where the evidence is weaker. Drivers add blobs under GUIDs of their own, so an unknown tag is normal.
var streamNames = sync.OnceValue(func() map[string]string {
	return map[string]string{
		"f57308df-cc45-4e01-ad76-29a4ebb010ec": "boot status data",
		"00afe9c4-940d-4213-8016-cd3719b5bc20": "NTFS black box",
		"b7631941-532a-4cd6-b1b1-edb5917d4557": "PnP black box",
		"80cc79cf-a719-4af1-bf97-fe29ff76ebc1": "Winlogon black box",
		"4ee76bd8-3cf4-44a0-a0ac-3937643e37a3": "code integrity black box",
		"be84d651-a550-4367-8e63-ab792b631f94": "image path of an earlier crash in user mode",
		"5545f79e-5326-4467-ae69-81633ae33155": "power watchdog",
		"9276c055-eb87-425c-b8b5-04e4d247f6cd": "PCI configuration",
		"2b4ae195-a64d-4f04-8ede-7e4f981bd42a": "triage dump data",
		"2b88b710-1c93-4f7c-b06c-655ecc50decc": "ETW buffers",
		"b0692a5e-6b7b-4073-8a7c-604e35032970": "secure kernel crash data",
		"00dae7ca-6833-45c5-b147-bdaed7b61fd6": "hypervisor boot event log",
		"9282756a-ab95-4d24-a137-ecddc5de53f5": "VSM failure log",
		"5bc8704a-6cb7-4378-ac72-ad06e2416e4a": "CAR secondary data",
		"54c84888-01d1-4c1e-bed6-282c98241303": "KMDF in-flight recorder",
		"f87e4a4c-c5a1-4d2f-bff0-d5de63a5e4c3": "WDF data",
		"c939c73b-17dc-4a44-904c-e2d987f52649": "Storport paging device",
		"da82441d-7142-4bc1-b844-0807c5a4b67f": "Storport device",
		"270a33fd-3da6-460d-ba89-3c1bae21e39b": "display time-out (TDR) data",
		"e1d08891-d5a3-45f9-b811-ad711dfb2607": "black box",
		"bf2297dc-34ba-11dc-868a-e19155d89593": "NVIDIA display driver",
		"65755a40-f146-43ea-8c91-36b85728fd35": "crash dump driver",
		"bc5c008f-1e3a-44d7-988d-86f6884c6758": "SMBIOS tables",
		"6c7ac389-4313-47dc-9f34-a8800a0fb56c": "processor registry values",
		"d03dc06f-d88e-44c5-ba2a-fae035172d19": "processor registers and CPUID",
		"e83b40d2-b0a0-4842-abea-71c9e3463dd1": "ACPI tables",
		"0f1f53f3-561f-42e7-bdb4-ba8e66b726d5": "feature configuration",
		"21ba7b61-05f8-41f1-9048-c09493dcfe38": "Wi-Fi trace (wdiwifi)",
		"21ba7b61-05f9-41f1-9048-c09493dcfe38": "Wi-Fi trace (wdiwifi)",
		"335d5e04-5638-4e58-aa36-7ed1cfe76fd6": "win32kfull trace",
		"335d5e04-563a-4e58-aa36-7ed1cfe76fd6": "win32kfull trace",
		"335d5e04-563b-4e58-aa36-7ed1cfe76fd6": "win32kfull trace",
		"0f81ec00-9e50-48e6-b899-eb3bbeede741": "win32kbase trace",
		"0f81ec00-9e51-48e6-b899-eb3bbeede741": "win32kbase trace",
		"0f81ec00-9e52-48e6-b899-eb3bbeede741": "win32kbase trace",
		"0f81ec00-9e56-48e6-b899-eb3bbeede741": "win32kbase trace",
		"67fc721a-2852-4f62-a3b1-2afc53953777": "processor power trace",
		"67fc721a-2853-4f62-a3b1-2afc53953777": "processor power trace",
		"00000000-0000-0000-0000-000000000000": "empty provider",

		// By their content, and by their place among the streams, which are in the order in which DumpStack.logs have the callbacks by name.
		"0d910545-e694-4b15-870c-01625fb32a6f": "triage dump data, named sections",
		"fe96ddbf-850d-4c4a-a7bf-c686be526047": "driver that Windows names (IoBugCheckDriverData)",
		"d6d379dc-c699-43e9-8c5e-f5fd8dd65780": "damaged page of the memory store",
		"d00ce1f5-d60c-41c2-af75-a4370c9976a3": "Intel display driver",
		// By that place alone, or with an owner that some text in them suggests.
		"41c9ed64-e466-41c3-9726-b1a68f6ebb1c": "probably Intel Wi-Fi",
		"6752c89d-f789-48b8-a354-b868a3e6f989": "probably Intel Bluetooth",
		"10ec8168-313c-488c-afea-272cd2094616": "probably Realtek network adapter",
		"35c39fc3-116d-4fb1-9bd1-d9988b4c3adf": "probably AMD display driver",
		"a5d4cd4e-c8ea-4f88-9e21-a73170a76a06": "probably AMD display driver",
		"019c061a-6b6a-4dd6-ba34-b4738d85fca1": "probably AMD display driver, ring (atikmdag)",
		"d8e2592f-1aab-4d56-a746-1f7585df40f4": "probably drive telemetry (DriveLog)",
	}
})

// Name returns what is known of the owner of the stream, "" where nothing is.
func (s Stream) Name() string { return streamNames()[s.GUID.String()] }
