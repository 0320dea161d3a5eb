package etw_test

import (
	"encoding/hex"
	"strings"
	"testing"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/dmptest"
	"github.com/dmplens/dmplens/dmpfile/etw"
)

const liveDump = "bef2aa8e-81cd-11e2-a7bb-5eac6188709b"

// liveDumpEvents are all versions of the events of Microsoft-Windows-Kernel-LiveDump, with bytes and what they mean.
var liveDumpEvents = []struct {
	id      uint16
	version uint8
	payload string // hexadecimal, with spaces between fields
	fields  string
}{
	{1, 0, "", ""},
	{1, 1, "0100000001000000 0200000002000000", "ControlFlags=0x100000001 AddPagesControl=0x200000002"},
	{2, 0, "020000c0", "NTStatus=0xc0000002"},
	{2, 5, "020000c0 61010000 030000000080ffff 040000000080ffff 050000000080ffff 060000000080ffff 07000000 0800000008000000 09000000 0a0000000a000000 0b0000000b000000 0c0000000c000000 01000000", "NTStatus=0xc0000002 BugcheckCode=0x161 BugCheckParameter1=0xffff800000000003 BugCheckParameter2=0xffff800000000004 BugCheckParameter3=0xffff800000000005 BugCheckParameter4=0xffff800000000006 AbortIfMemoryPressure=7 DumpCaptureDuration_ms=34359738376 SelectiveDump=9 DynamicLowMemoryThresholdBytes=42949672970 AvailablePhysicalMemoryInBytes=47244640267 TotalPhysicalMemoryInBytes=51539607564 IOSpaceEnabled=true"},
	{3, 0, "", ""},
	{4, 0, "040000c0 0200000002000000 0300000003000000 0400000004000000 0500000005000000", "NTStatus=0xc0000004 TotalBytes=8589934594 HeaderBytes=12884901891 PrimaryDataBytes=17179869188 SecondaryDataBytes=21474836485"},
	{4, 1, "040000c0 0200000002000000 0300000003000000 0400000004000000 0500000005000000 0600000006000000", "NTStatus=0xc0000004 TotalBytes=8589934594 HeaderBytes=12884901891 PrimaryDataBytes=17179869188 SecondaryDataBytes=21474836485 DumpWriteDuration_ms=25769803782"},
	{5, 0, "", ""},
	{6, 0, "740031000000 740032000000 0300000003000000 740034000000 0500000005000000 740036000000 0700000007000000 740038000000 0900000009000000 7400310030000000 0b0000000b000000 7400310032000000 0d0000000d000000 7400310034000000 0f0000000f000000 7400310036000000 1100000011000000", "LiveDumpEventDescription=t1 Parameter1Name=t2 Parameter1Value=12884901891 Parameter2Name=t4 Parameter2Value=21474836485 Parameter3Name=t6 Parameter3Value=30064771079 Parameter4Name=t8 Parameter4Value=38654705673 Parameter5Name=t10 Parameter5Value=47244640267 Parameter6Name=t12 Parameter6Value=55834574861 Parameter7Name=t14 Parameter7Value=64424509455 Parameter8Name=t16 Parameter8Value=73014444049"},
	{101, 0, "", ""},
	{101, 1, "", ""},
	{102, 0, "", ""},
	{103, 0, "", ""},
	{104, 0, "", ""},
	{105, 0, "", ""},
	{106, 0, "0100000001000000 0200000002000000 0300000003000000 0400000004000000", "NtEstimatedRequiredPrimaryDataBytes=4294967297 NtEstimatedPrimaryDataBytes=8589934594 HvEstimatedPrimaryDataBytes=12884901891 HvEstimatedSecondaryDataBytes=17179869188"},
	{106, 1, "0100000001000000 0200000002000000 0300000003000000 0400000004000000 0500000005000000 0600000006000000 0700000007000000 0800000008000000 0900000009000000 0a0000000a000000", "NtEstimatedRequiredPrimaryDataBytes=4294967297 NtEstimatedPrimaryDataBytes=8589934594 HvEstimatedPrimaryDataBytes=12884901891 HvEstimatedSecondaryDataBytes=17179869188 SkEstimatedPrimaryDataBytes=21474836485 MemoryEstimationDuration_ms=25769803782 SystemQuiescedDuration_ms=30064771079 EndMirroringPhasesDuration_ms=34359738376 TotalMirrorPhysicalMemoryCallbackDuration_ms=38654705673 TotalMirrorPhysicalMemoryCallbackBytes=42949672970"},
	{106, 2, "0100000001000000 0200000002000000 0300000003000000 0400000004000000 0500000005000000 0600000006000000 0700000007000000 0800000008000000 0900000009000000 0a0000000a000000 0b0000000b000000", "NtEstimatedRequiredPrimaryDataBytes=4294967297 NtEstimatedPrimaryDataBytes=8589934594 HvEstimatedPrimaryDataBytes=12884901891 HvEstimatedSecondaryDataBytes=17179869188 SkEstimatedPrimaryDataBytes=21474836485 MemoryEstimationDuration_ms=25769803782 SystemQuiescedDuration_ms=30064771079 EndMirroringPhasesDuration_ms=34359738376 MirrorPhysicalMemoryDuration_ms=38654705673 MirrorPhysicalMemorySizeInBytes=42949672970 HvlCalculateLiveDumpSizeDuration_ms=47244640267"},
	{107, 0, "0100000001000000 0200000002000000 0300000003000000", "NtPrimaryDataBytes=4294967297 HvPrimaryDataBytes=8589934594 HvSecondaryDataBytes=12884901891"},
	{107, 1, "0100000001000000 0200000002000000 0300000003000000 0400000004000000 0500000005000000 0600000006000000 0700000007000000", "NtPrimaryDataBytes=4294967297 HvPrimaryDataBytes=8589934594 HvSecondaryDataBytes=12884901891 SkPrimaryDataBytes=17179869188 AllocateDumpBuffersDuration_ms=21474836485 AllocateExtraBuffersDuration_ms=25769803782 HvlPrepareLivedumpDescriptorDuration_ms=30064771079"},
	{108, 0, "", ""},
	{109, 0, "", ""},
	{110, 0, "63623100", "CallbackIdentifier=cb1"},
	{111, 0, "63623100", "CallbackIdentifier=cb1"},
	{112, 0, "63623100 700000c0", "CallbackIdentifier=cb1 NTStatus=0xc0000070"},
	{113, 0, "0100000001000000 0200000002000000", "EstimatedPageCount=4294967297 AllocatedPageCount=8589934594"},
	{113, 1, "0100000001000000 0200000002000000 03000000 0400000004000000 05000000", "EstimatedPageCount=4294967297 AllocatedPageCount=8589934594 LimitDumpFileSize=3 DumpFileSizeLimitInBytes=17179869188 DumpFileSizeLimitReached=5"},
	{113, 3, "0100000001000000 0200000002000000 0300000003000000 0400000004000000 0500000005000000 0600000006000000 07000000 0800000008000000 09000000 0a000000", "EstimatedPageCount=4294967297 AllocatedPageCount=8589934594 VMMemoryPartitionIOSpaceAllocatedPages=12884901891 VMMemoryPartitionAllocatedPages=17179869188 SystemPartitionIOSpaceAllocatedPages=21474836485 SystemPartitionAllocatedPages=25769803782 LimitDumpFileSize=7 DumpFileSizeLimitInBytes=34359738376 DumpFileSizeLimitReached=9 AbortWhileBufferAllocation=10"},
	{114, 0, "720000c0", "NTStatus=0xc0000072"},
	{115, 0, "0100000001000000 730000c0", "BufferAllocationScheme=4294967297 NTStatus=0xc0000073"},
	{115, 1, "730000c0", "NTStatus=0xc0000073"},
	{116, 0, "0100000001000000 740000c0", "BufferAllocationScheme=4294967297 NTStatus=0xc0000074"},
	{116, 1, "740000c0", "NTStatus=0xc0000074"},
	{117, 0, "0100000001000000", "Duration_ms=4294967297"},
	{118, 0, "0100000001000000", "MarkRequiredDumpDataDuration_ms=4294967297"},
	{119, 0, "0100000001000000", "MarkImportantDumpDataDuration_ms=4294967297"},
	{120, 0, "0100000001000000 0200000002000000", "PopulateBitmapForDumpDuration_ms=4294967297 RemoveSystemCacheFromDumpDuration_ms=8589934594"},
	{120, 0, "0100000001000000 0200000002000000 0300000003000000 0400000004000000 0500000005000000 0600000006000000 0700000007000000", "PopulateBitmapForDumpDuration_ms=4294967297 RemoveSystemCacheFromDumpDuration_ms=8589934594 MemoryEstimationDuration_ms=12884901891 SystemQuiescedDuration_ms=17179869188 EndMirroringPhasesDuration_ms=21474836485 TotalMirrorPhysicalMemoryCallbackDuration_ms=25769803782 TotalMirrorPhysicalMemoryCallbackBytes=30064771079"},
	{121, 0, "0100000001000000 0200000002000000 0300000003000000 0400000004000000", "CorralDuration_ms=4294967297 DisableInterruptsDuration_ms=8589934594 SaveSupervisorStateDuration_ms=12884901891 SuspendClockTimerDuration_ms=17179869188"},
	{122, 0, "0100000001000000 0200000002000000 0300000003000000 0400000004000000", "UncorralDuration_ms=4294967297 EnableInterruptsDuration_ms=8589934594 RestoreSupervisorStateDuration_ms=12884901891 ResumeClockTimerDuration_ms=17179869188"},
	{123, 0, "7b0000c0 0200000002000000", "NTStatus=0xc000007b MirrorInProgress=8589934594"},
	{124, 0, "", ""},
	{125, 0, "01000000 01000000", "Callout=1 Included=true"},
	{126, 0, "7e0000c0", "NTStatus=0xc000007e"},
	{151, 0, "", ""},
	{152, 0, "", ""},
	{153, 0, "", ""},
	{154, 0, "", ""},
	{155, 0, "", ""},
	{156, 0, "", ""},
	{157, 0, "", ""},
	{158, 0, "0100000001000000", "Duration_ms=4294967297"},
	{159, 0, "0100000001000000", "MarkRequiredDumpDataDuration_ms=4294967297"},
	{160, 0, "0100000001000000", "MarkImportantDumpDataDuration_ms=4294967297"},
	{161, 0, "0100000001000000 0200000002000000", "PopulateBitmapForDumpDuration_ms=4294967297 RemoveSystemCacheFromDumpDuration_ms=8589934594"},
	{161, 0, "0100000001000000 0200000002000000 0300000003000000 0400000004000000 0500000005000000 0600000006000000 0700000007000000", "PopulateBitmapForDumpDuration_ms=4294967297 RemoveSystemCacheFromDumpDuration_ms=8589934594 MemoryEstimationDuration_ms=12884901891 SystemQuiescedDuration_ms=17179869188 EndMirroringPhasesDuration_ms=21474836485 TotalMirrorPhysicalMemoryCallbackDuration_ms=25769803782 TotalMirrorPhysicalMemoryCallbackBytes=30064771079"},
	{162, 0, "0100000001000000", "Duration_ms=4294967297"},
	{163, 0, "0100000001000000", "Duration_ms=4294967297"},
	{164, 0, "0100000001000000", "Duration_ms=4294967297"},
	{165, 0, "0100000001000000 0200000002000000 0300000003000000 0400000004000000", "CorralDuration_ms=4294967297 DisableInterruptsDuration_ms=8589934594 SaveSupervisorStateDuration_ms=12884901891 SuspendClockTimerDuration_ms=17179869188"},
	{166, 0, "0100000001000000 0200000002000000 0300000003000000 0400000004000000", "UncorralDuration_ms=4294967297 EnableInterruptsDuration_ms=8589934594 RestoreSupervisorStateDuration_ms=12884901891 ResumeClockTimerDuration_ms=17179869188"},
	{167, 0, "0100000001000000 0200000002000000 0300000003000000 0400000004000000 0500000005000000 0600000006000000 0700000007000000", "MemoryCaptureDuration_ms=4294967297 SystemQuiescedDuration_ms=8589934594 EndMirroringPhasesDuration_ms=12884901891 TotalMirrorPhysicalMemoryCallbackDuration_ms=17179869188 TotalMirrorPhysicalMemoryCallbackBytes=21474836485 HvlCollectLivedumpDuration_ms=25769803782 DumpDataBufferingDuration_ms=30064771079"},
	{167, 1, "0100000001000000 0200000002000000 0300000003000000 0400000004000000 0500000005000000 0600000006000000 0700000007000000", "MemoryCaptureDuration_ms=4294967297 SystemQuiescedDuration_ms=8589934594 EndMirroringPhasesDuration_ms=12884901891 MirrorPhysicalMemoryDuration_ms=17179869188 MirrorPhysicalMemorySizeInBytes=21474836485 HvlCollectLivedumpDuration_ms=25769803782 DumpDataBufferingDuration_ms=30064771079"},
	{168, 0, "a80000c0 0200000002000000", "NTStatus=0xc00000a8 MirrorInProgress=8589934594"},
	{169, 0, "01000000 01000000", "Callout=1 Included=true"},
	{201, 0, "", ""},
	{202, 0, "ca0000c0", "NTStatus=0xc00000ca"},
	{202, 5, "ca0000c0 61010000 030000000080ffff 040000000080ffff 050000000080ffff 060000000080ffff 07000000 0800000008000000 09000000 0a0000000a000000 0b0000000b000000 0c0000000c000000 01000000", "NTStatus=0xc00000ca BugcheckCode=0x161 BugCheckParameter1=0xffff800000000003 BugCheckParameter2=0xffff800000000004 BugCheckParameter3=0xffff800000000005 BugCheckParameter4=0xffff800000000006 AbortIfMemoryPressure=7 DumpCaptureDuration_ms=34359738376 SelectiveDump=9 DynamicLowMemoryThresholdBytes=42949672970 AvailablePhysicalMemoryInBytes=47244640267 TotalPhysicalMemoryInBytes=51539607564 IOSpaceEnabled=true"},
	{203, 0, "", ""},
	{204, 0, "cc0000c0 0200000002000000 0300000003000000 0400000004000000 0500000005000000", "NTStatus=0xc00000cc TotalBytes=8589934594 HeaderBytes=12884901891 PrimaryDataBytes=17179869188 SecondaryDataBytes=21474836485"},
	{204, 1, "cc0000c0 0200000002000000 0300000003000000 0400000004000000 0500000005000000 0600000006000000", "NTStatus=0xc00000cc TotalBytes=8589934594 HeaderBytes=12884901891 PrimaryDataBytes=17179869188 SecondaryDataBytes=21474836485 DumpWriteDuration_ms=25769803782"},
	{251, 0, "", ""},
	{252, 0, "fc0000c0", "NTStatus=0xc00000fc"},
	{252, 5, "fc0000c0 61010000 030000000080ffff 040000000080ffff 050000000080ffff 060000000080ffff 07000000 0800000008000000 09000000 0a0000000a000000 0b0000000b000000 0c0000000c000000 01000000", "NTStatus=0xc00000fc BugcheckCode=0x161 BugCheckParameter1=0xffff800000000003 BugCheckParameter2=0xffff800000000004 BugCheckParameter3=0xffff800000000005 BugCheckParameter4=0xffff800000000006 AbortIfMemoryPressure=7 DumpCaptureDuration_ms=34359738376 SelectiveDump=9 DynamicLowMemoryThresholdBytes=42949672970 AvailablePhysicalMemoryInBytes=47244640267 TotalPhysicalMemoryInBytes=51539607564 IOSpaceEnabled=true"},
	{271, 0, "63623100", "OperationType=cb1"},
	{272, 0, "01000000 100100c0", "PolicyValue=1 NTStatus=0xc0000110"},
	{273, 0, "01000000", "PolicyValue=1"},
}

func TestLiveDumpEvents(t *testing.T) {
	ids, versions := map[uint16]bool{}, map[uint32]bool{}
	for _, c := range liveDumpEvents {
		ids[c.id], versions[uint32(c.id)<<8|uint32(c.version)] = true, true
		payload, err := hex.DecodeString(strings.ReplaceAll(c.payload, " ", ""))
		if err != nil {
			t.Fatal(err)
		}
		e := one(t, dmptest.ETWEvent{Provider: liveDump, ID: c.id, Version: c.version, Payload: payload})
		fields, ok := e.Fields()
		if got := listed(fields); !ok || got != c.fields {
			t.Errorf("event %d v%d: %v, %s\nwant %s", c.id, c.version, ok, got, c.fields)
		}
		l, ok := e.Layout()
		if text := l.Expand(fields); !ok || text == "" || strings.ContainsAny(text, "{}|") {
			t.Errorf("event %d v%d says %q", c.id, c.version, text)
		}
		// A byte more or less is another layout, of which nothing is known.
		for _, p := range [][]byte{append(payload[:len(payload):len(payload)], 0), payload[:max(0, len(payload)-1)]} {
			if len(p) == len(payload) {
				continue
			}
			if fields, ok := one(t, dmptest.ETWEvent{Provider: liveDump, ID: c.id, Version: c.version, Payload: p}).Fields(); ok || fields != nil {
				t.Errorf("event %d v%d of %d bytes: %s", c.id, c.version, len(p), listed(fields))
			}
		}
	}
	if len(ids) != 60 || len(versions) != 75 { // the 74 that sources list in full, and version 0 of event 101
		t.Errorf("%d events in %d versions", len(ids), len(versions))
	}
	for _, version := range []uint8{3, 9} {
		if _, ok := etw.LayoutOf(guid(liveDump), 2, version); ok {
			t.Errorf("event 2 has a layout for version %d", version)
		}
	}
	if name := etw.ProviderName(guid(liveDump)); name != "Microsoft-Windows-Kernel-LiveDump" {
		t.Errorf("the provider is %q", name)
	}
}

// A pointer is as wide as in the system that wrote the event.
func TestLiveDumpPointers32(t *testing.T) {
	payload, _ := hex.DecodeString("00000000" + "61010000" + "11000000" + "22000000" + "33000000" + "44000000" + "01000000" +
		"0a00000000000000" + "00000000" + "0b00000000000000" + "0c00000000000000" + "0d00000000000000" + "00000000")
	e := one(t, dmptest.ETWEvent{Provider: liveDump, ID: 2, Version: 5, Pointer32: true, Payload: payload})
	fields, ok := e.Fields()
	if !ok || fields[5].String() != "0x44" || fields[12].String() != "false" {
		t.Errorf("%v, %s", ok, listed(fields))
	}
}

func guid(s string) dmpfile.GUID { return dmpfile.GUID(dmptest.GUID(s)) }
