package events

import (
	"strings"
	"sync"

	"github.com/dmplens/dmplens/report"
)

// rule says what an event tells. The first rule that fits is the one that holds.
//
// A placeholder in the text is the name of a field or its place, from 1 on: {1}, {ServiceName}, and a form may follow: {2:file}. What stands in
// square brackets is left out where one of its placeholders has no value. Names of fields are those of the manifest; fields of the classic
// event log (disk, Service Control Manager) have places alone. Places are right for all versions that were seen: newer ones
// add fields at the end.
type rule struct {
	provider string // "" is any
	id       uint16 // 0 is any
	when     string // conditions on fields, with & between: 1=0, 1!0, 3~part of the text (in either case), 1^its beginning, 1:code has that form
	kind     report.EventKind
	rank     int
	text     string
	public   string // fields that are not private, besides those in the text as they are: names or places, * for all
}

// Ranks. What has at least rankTelling can stand on the page of a dump, in this order.
const (
	rankNoise   = 0 // shown with --all alone
	rankLine    = 1 // in the time line
	rankTelling = 2

	rankService = 2
	rankPower   = 3
	rankInstall = 4
	rankStorage = 5
	rankReset   = 6 // resets, and errors of the hardware
	rankCrash   = 7
)

// Names of providers, as event logs have them.
const (
	providerWER      = "Microsoft-Windows-WER-SystemErrorReporting"
	providerPower    = "Microsoft-Windows-Kernel-Power"
	providerGeneral  = "Microsoft-Windows-Kernel-General"
	providerServices = "Service Control Manager"
	providerUpdate   = "Microsoft-Windows-WindowsUpdateClient"
	providerUserPnp  = "Microsoft-Windows-UserPnp"
	providerStorPort = "Microsoft-Windows-StorPort"
	providerNtfs     = "Microsoft-Windows-Ntfs"
	providerWHEA     = "Microsoft-Windows-WHEA-Logger"
	providerMemTest  = "Microsoft-Windows-MemoryDiagnostics-Results"
	providerShortage = "Microsoft-Windows-Resource-Exhaustion-Detector"
	providerDCOM     = "Microsoft-Windows-DistributedCOM"
	providerLiveDump = "Microsoft-Windows-Kernel-LiveDump"
	providerStack    = "DumpStack.log"
)

// aliases are other names of providers: those of the classic event log.
var aliases = []struct{ alias, name string }{
	{"bugcheck", providerWER},
	{"ntfs", providerNtfs},
	{"dcom", providerDCOM},
	{"microsoft-windows-disk", "disk"},
	{"microsoft-windows-volmgr", "volmgr"},
	{"microsoft-windows-storport", providerStorPort},
	{"storport", providerStorPort},
	{"microsoft-windows-display", "Display"},
	{"microsoft-windows-eventlog", "EventLog"},
	{"{bef2aa8e-81cd-11e2-a7bb-5eac6188709b}", providerLiveDump},
}

// rules are all that is known of events, but for those of live dumps.
var rules = []rule{
	// Crashes. Windows writes them down at the next boot.
	{providerWER, 1001, "1:code", report.EventCrash, rankCrash, "Windows had restarted after bug check {1:code}[; dump {2:base}]", "1 2"},
	{providerWER, 1001, "", report.EventCrash, rankCrash, "Windows had restarted after a bug check, whose code cannot be read in the event[; dump {2:base}]", "1 2"},
	{providerPower, 41, "1=0 & LongPowerButtonPressDetected=true", report.EventPowerLoss, rankCrash, "Windows started after a long press of the power button: no bug check", "*"},
	{providerPower, 41, "1=0", report.EventPowerLoss, rankCrash, "Windows started after it had stopped without a shutdown and without a bug check: power loss, reset or hang", "*"},
	{providerPower, 41, "1!0", report.EventCrash, rankCrash, "Windows started after bug check {1:named} ({2:hex}, {3:hex}, {4:hex}, {5:hex})", "*"},
	{providerPower, 41, "", report.EventCrash, rankCrash, "Windows started after it had stopped without a shutdown; whether by a bug check, the event does not say", "*"},
	{"EventLog", 6008, "", report.EventCrash, rankCrash, "the shutdown before this start was unexpected[; last sign of life in the event log {LastRan}]", "LastRan"},

	// Dumps that Windows could not write.
	{"volmgr", 45, "", report.EventDumpNotWritten, rankCrash, "the driver for crash dumps could not be loaded: no dump will be written", "1"},
	{"volmgr", 46, "", report.EventDumpNotWritten, rankCrash, "crash dumps could not be set up: no dump will be written", "1"},
	{"volmgr", 49, "", report.EventDumpNotWritten, rankCrash, "the page file could not be set up for crash dumps", "1"},
	{"volmgr", 161, "", report.EventDumpNotWritten, rankCrash, "the dump could not be written: an error while it was made", "1"},
	{"volmgr", 162, "", report.EventCrash, rankLine, "a dump was written", "1"},
	{providerWER, 1005, "", report.EventDumpNotWritten, rankCrash, "no small memory dump could be made from the full one", ""},
	{providerWER, 1018, "", report.EventDumpNotWritten, rankCrash, "the dump was deleted, as the disk has too little space", ""},

	// Resets of the display, errors of the hardware.
	{"Display", 4101, "", report.EventDisplayReset, rankReset, "display driver {1} did not answer and was reset", ""},
	{"nvlddmkm", 0, "2~Restarting TDR", report.EventDisplayReset, rankLine, "{provider} restarts the display adapter after its reset (TDR)", "1 2"},
	{"nvlddmkm", 0, "2~Resetting TDR", report.EventDisplayReset, rankReset, "{provider} begins to reset the display adapter (TDR)", "1 2"},
	{"nvlddmkm", 0, "2~Reset TDR", report.EventDisplayReset, rankReset, "{provider} reset the display adapter (TDR)", "1 2"},
	{providerWHEA, 1, "", report.EventHardwareError, rankReset, "fatal hardware error[: {RecordSays}]", wheaPublic},
	{providerWHEA, 2, "", report.EventHardwareError, rankReset, "corrected hardware error[: {RecordSays}]", wheaPublic},
	{providerWHEA, 17, "", report.EventHardwareError, rankReset, "corrected hardware error[, source {ErrorSource}][, of PCI device {PrimaryBusNumber}:{PrimaryDeviceNumber}.{PrimaryFunctionNumber}][: {RecordErrors}]", wheaPublic},
	{providerWHEA, 18, "", report.EventHardwareError, rankReset, "fatal hardware error" + wheaBank, wheaPublic},
	{providerWHEA, 19, "", report.EventHardwareError, rankReset, "corrected hardware error" + wheaBank, wheaPublic},
	{providerWHEA, 20, "", report.EventHardwareError, rankReset, "fatal hardware error[, source {ErrorSource}][: {RecordSays}]", wheaPublic},
	{providerWHEA, 46, "", report.EventHardwareError, rankReset, "fatal memory error[ at physical address {PhysicalAddress:hex}][: {RecordMemory}]", wheaPublic},
	{providerWHEA, 47, "", report.EventHardwareError, rankReset, "corrected memory error[ at physical address {PhysicalAddress:hex}][: {RecordMemory}]", wheaPublic},
	{providerWHEA, 0, "RecordSeverity~fatal", report.EventHardwareError, rankReset, "fatal hardware error[: {RecordSays}]", wheaPublic},
	{providerWHEA, 0, "RecordSeverity~", report.EventHardwareError, rankLine, "{RecordSeverity} hardware error[: {RecordSays}]", wheaPublic},

	// Storage.
	{"disk", 7, "", report.EventStorageError, rankStorage, "bad block on {1}", ""},
	{"disk", 11, "", report.EventStorageError, rankStorage, "controller error on {1}", ""},
	{"disk", 51, "", report.EventStorageError, rankStorage, "error on {1} while memory was paged", ""},
	{"disk", 52, "", report.EventStorageError, rankStorage, "{1} says that it will fail", ""},
	{"disk", 153, "", report.EventStorageError, rankStorage, "I/O at block {2} of disk {3} had to be repeated", "1 4"},
	{"disk", 154, "", report.EventStorageError, rankStorage, "I/O at block {2} of disk {3} failed for an error of the hardware", "1 4"},
	{"disk", 157, "", report.EventStorageError, rankStorage, "disk {2} went away by surprise", "1"},
	{"", 129, `1~\Device\RaidPort`, report.EventStorageError, rankStorage, "{provider} timed out and reset {1}", ""},
	{"", 11, `1~\Device\RaidPort`, report.EventStorageError, rankStorage, "{provider} reports a controller error on {1}", ""},
	{"", 11, `1~\Device\Ide`, report.EventStorageError, rankStorage, "{provider} reports a controller error on {1}", ""},
	{providerStorPort, 523, "3~No device", report.EventOther, rankNoise, `{1} reports "{3}"`, storPort},
	{providerStorPort, 523, "3~Admin Command Error", report.EventStorageError, rankLine, `{1} reports "{3}" (often a query that the disk does not know)`, storPort},
	{providerStorPort, 523, "", report.EventStorageError, rankStorage, `{1} reports "{3}"`, storPort},
	{providerStorPort, 548, "3~Statistics", report.EventOther, rankNoise, `{1} reports "{3}"`, storPort},
	{providerStorPort, 548, "3~Timeout", report.EventStorageError, rankStorage, `{1} reports a time-out: "{3}"`, storPort},
	{providerStorPort, 548, "3~Fail", report.EventStorageError, rankStorage, `{1} reports "{3}"`, storPort},
	{providerStorPort, 548, "", report.EventStorageError, rankLine, `{1} reports "{3}"`, storPort},
	{providerNtfs, 55, "2~:", report.EventStorageError, rankStorage, "the file system on {2:drive} is damaged", ""}, // of Windows 7: the first field is empty
	{providerNtfs, 55, "", report.EventStorageError, rankStorage, "the file system on {1:drive} is damaged", "2 3"},
	{providerNtfs, 98, "3=0", report.EventOther, rankNoise, "the file system on {1:drive} is healthy", "2 3"},
	{providerNtfs, 98, "3=1", report.EventStorageError, rankStorage, "the file system on {1:drive} needs a scan", "2 3"},
	{providerNtfs, 98, "3=2", report.EventStorageError, rankStorage, "the file system on {1:drive} needs a spot fix", "2 3"},
	{providerNtfs, 98, "3=3", report.EventStorageError, rankStorage, "the file system on {1:drive} needs a full check", "2 3"},
	{providerNtfs, 98, "", report.EventStorageError, rankLine, "state {3} of the file system on {1:drive}", "2"},

	// Drivers, services and updates.
	{providerServices, 7045, "1~nvlddmkm & 2~.sys", report.EventInstall, rankInstall, "display driver {1} installed[ ({2:file})]", "3 4"},
	{providerServices, 7045, "1~amdkmdag & 2~.sys", report.EventInstall, rankInstall, "display driver {1} installed[ ({2:file})]", "3 4"},
	{providerServices, 7045, "1~igfx & 2~.sys", report.EventInstall, rankInstall, "display driver {1} installed[ ({2:file})]", "3 4"},
	{providerServices, 7045, "2~.sys", report.EventInstall, rankInstall, "driver {1} installed[ ({2:file})]", "3 4"},
	{providerServices, 7045, "", report.EventInstall, rankService, "service {1} installed[ ({2:file})]", "3 4"},
	{providerUserPnp, 20003, "6!0", report.EventInstall, rankInstall, "driver {1} could not be added[ to {3:device}], status {6:hex}", "4 5"},
	{providerUserPnp, 20003, "6=0 & 2~.sys", report.EventInstall, rankInstall, "driver {1} added[ to {3:device}]", "4 5 6"},
	{providerUserPnp, 20003, "6=0", report.EventInstall, rankService, "service {1} added[ to {3:device}]", "4 5 6"},
	{providerUserPnp, 20003, "", report.EventInstall, rankService, "service {1} was to be added[ to {3:device}]; how it ended is not said", "4 5 6"},
	{providerUserPnp, 20001, "InstallStatus=0", report.EventInstall, rankInstall, pnpPackage + " installed[ for {DeviceInstanceID:device}]", "DriverProvider InstallStatus"},
	{providerUserPnp, 20001, "InstallStatus=0xbc2", report.EventInstall, rankInstall, pnpPackage + " installed[ for {DeviceInstanceID:device}]; a restart is needed", "DriverProvider InstallStatus"},
	{providerUserPnp, 20001, "InstallStatus!0", report.EventInstall, rankInstall, pnpPackage + " not installed[ for {DeviceInstanceID:device}], status {InstallStatus:status}", "DriverProvider"},
	{providerUserPnp, 20001, "", report.EventInstall, rankLine, pnpPackage + " was to be installed[ for {DeviceInstanceID:device}]; how it ended is not said", "DriverProvider InstallStatus"},
	{providerUpdate, 19, "1^9", report.EventInstall, rankLine, "app updated: {1}", "*"}, // titles of the Store begin with its product id
	{providerUpdate, 20, "2^9", report.EventInstall, rankLine, "app not updated, error {1:hex}: {2}", "*"},
	{providerUpdate, 43, "1^9", report.EventInstall, rankLine, "app is being updated: {1}", "*"},
	{providerUpdate, 41, "1^9", report.EventInstall, rankLine, "app downloaded: {1}", "*"},
	{providerUpdate, 44, "1^9", report.EventInstall, rankLine, "app is being downloaded: {1}", "*"},
	{providerUpdate, 19, "", report.EventInstall, rankInstall, "update installed: {1}", "*"},
	{providerUpdate, 20, "", report.EventInstall, rankInstall, "update not installed, error {1:hex}: {2}", "*"},
	{providerUpdate, 43, "", report.EventInstall, rankInstall, "update is being installed: {1}", "*"},
	{providerUpdate, 41, "", report.EventInstall, rankLine, "update downloaded: {1}", "*"},
	{providerUpdate, 44, "", report.EventInstall, rankLine, "update is being downloaded: {1}", "*"},

	// Memory.
	{providerShortage, 2004, "", report.EventExhaustion, rankStorage, "memory ran short[: {SystemCommitCharge} of {SystemCommitLimit} committed]", "SystemCommitLimit SystemCommitCharge ProcessCommitCharge PagedPoolUsage NonPagedPoolUsage PhysicalMemorySize PhysicalMemoryUsage"},
	{providerMemTest, 1101, "NumBadPages!0", report.EventMemoryTest, rankReset, "the memory test found bad pages: {NumBadPages}", "*"},
	{providerMemTest, 1101, "CompletionType~pass", report.EventMemoryTest, rankStorage, "the memory test found no errors", "*"},
	{providerMemTest, 1101, "CompletionType~", report.EventMemoryTest, rankStorage, memTestEnded, "*"},
	{providerMemTest, 1101, "", report.EventMemoryTest, rankStorage, "the memory test found no errors", "*"},
	{providerMemTest, 1102, "", report.EventMemoryTest, rankReset, "the memory test found errors of the hardware", "*"},
	{providerMemTest, 1201, "NumBadPages!0", report.EventMemoryTest, rankReset, "the memory test found bad pages: {NumBadPages}", "*"},
	{providerMemTest, 1201, "CompletionType~pass", report.EventMemoryTest, rankStorage, "the memory test found no errors", "*"},
	{providerMemTest, 1201, "CompletionType~", report.EventMemoryTest, rankStorage, memTestEnded, "*"},
	{providerMemTest, 1201, "", report.EventMemoryTest, rankStorage, "the memory test found no errors", "*"},
	{providerMemTest, 1202, "", report.EventMemoryTest, rankReset, "the memory test found errors of the hardware[: {NumBadPages} bad pages]", "*"},

	// Power. The states are those of SYSTEM_POWER_STATE.
	{providerPower, 42, "1=6 & 2=5", report.EventPowerTransition, rankPower, "shutdown for a fast start begins (the kernel hibernates)", "*"},
	{providerPower, 42, "1=4 & 2=5", report.EventPowerTransition, rankPower, "sleep begins (S3, and a hibernation file in case the power goes)", "*"},
	{providerPower, 42, "2=5", report.EventPowerTransition, rankPower, "hibernation begins", "*"},
	{providerPower, 42, "", report.EventPowerTransition, rankPower, "sleep begins[ ({2:power})]", "*"},
	{providerPower, 107, "3=5", report.EventPowerTransition, rankPower, "Windows resumed from hibernation", "*"},
	{providerPower, 107, "", report.EventPowerTransition, rankPower, "Windows resumed from sleep[ ({3:power})]", "*"},
	{providerPower, 109, "1=5", report.EventPowerTransition, rankPower, "restart begins", "*"},
	{providerPower, 109, "", report.EventPowerTransition, rankPower, "shutdown begins", "*"},
	{providerPower, 506, "", report.EventPowerTransition, rankPower, "modern standby begins", "*"},
	{providerPower, 507, "", report.EventPowerTransition, rankPower, "modern standby ends", "*"},
	{"User32", 1074, "", report.EventPowerTransition, rankLine, "a shutdown or restart was asked for[ by {1:file}]", "4"},

	// Services.
	{providerServices, 7031, "", report.EventServiceFailure, rankService, "service {1} ended unexpectedly[; times so far: {2}]", ""},
	{providerServices, 7034, "", report.EventServiceFailure, rankService, "service {1} ended unexpectedly[; times so far: {2}]", ""},
	{providerServices, 7022, "", report.EventServiceFailure, rankLine, "service {1} hangs while it starts", ""},
	{providerServices, 7023, "", report.EventServiceFailure, rankLine, "service {1} ended with an error", "2"},
	{providerServices, 7024, "", report.EventServiceFailure, rankLine, "service {1} ended with an error of its own", "2"},
	{providerDCOM, 10010, "", report.EventServiceFailure, rankService, "the DCOM server {1} did not answer in time", ""},

	// Starts and shutdowns.
	{providerGeneral, 12, "", report.EventBoot, rankLine, "Windows started", "*"},
	{providerGeneral, 13, "", report.EventBoot, rankLine, "Windows shut down", "*"},
}

// pnpPackage names a driver package, and memTestEnded tells a memory test that is not said to have come to its end.
const (
	pnpPackage   = "driver package {DriverName:base}[ {DriverVersion}]"
	memTestEnded = "the memory test found no errors, and did not pass: it ended as {CompletionType}"
)

// storPort are the fields of StorPort's events but the names of adapters and disks and the serial number.
const storPort = "2 4 6 7 8 Vendor Model Boot Name1 Value1 Name2 Value2 Name3 Value3 Name4 Value4 Name5 Value5 Name6 Value6 Name7 Value7 Name8 Value8"

// wheaBank tells a machine check.
const wheaBank = "[, processor {ApicId}][, bank {MCABank}][ ({RecordUnit})][, status {MciStat:hex}][, {MciStat:mca}][, address {RecordAddress}]"

// wheaPublic are the fields of WHEA-Logger that name no part by its serial number, and what its record says (wheaFields). The record itself can have such a
// number in it.
const wheaPublic = "ErrorSource ValidBits ErrorType ErrorStatus ApicId MCABank MciStat MciAddr MciMisc TransactionType Participation RequestType " +
	"MemorIO MemHierarchyLvl Timeout OperationType Channel PhysicalAddress PhysicalAddressMask Node Card Module Bank Device Row Column " +
	"BitPosition MemoryErrorType PortType Command Status PrimaryBusNumber PrimaryDeviceNumber PrimaryFunctionNumber " +
	"SecondaryBusNumber SecondaryDeviceNumber SecondaryFunctionNumber VendorID DeviceID ClassCode Length " +
	"RecordSeverity RecordSays RecordUnit RecordAddress RecordErrors RecordMemory"

// byID are the rules by the id of the event, those of any id under 0.
var byID = sync.OnceValue(func() map[uint16][]*rule {
	m := map[uint16][]*rule{}
	for i := range rules {
		m[rules[i].id] = append(m[rules[i].id], &rules[i])
	}
	return m
})

// canonical is the name under which rules know a provider.
func canonical(provider string) string {
	for i := range aliases { // every record of a log is asked for: a name in lower case would be an allocation for each
		if len(aliases[i].alias) == len(provider) && strings.EqualFold(aliases[i].alias, provider) {
			return aliases[i].name
		}
	}
	return provider
}

// ruleFor finds the rule of an event, or nil.
func ruleFor(provider string, id uint16, version uint8, f fields) *rule {
	if provider == providerLiveDump || provider == providerStack {
		return liveDumpRule(id, version)
	}
	for _, at := range [...]uint16{id, 0} {
		for _, r := range byID()[at] {
			if (r.provider == "" || strings.EqualFold(r.provider, provider)) && f.holds(r.when) {
				return r
			}
		}
		if id == 0 {
			break
		}
	}
	return nil
}

// Wanted says whether an event of this provider can tell something: a reader of logs can skip the others.
func Wanted(provider string, id uint16) bool {
	provider = canonical(provider)
	if provider == providerLiveDump || provider == providerStack {
		return true
	}
	for _, at := range [...]uint16{id, 0} {
		for _, r := range byID()[at] {
			if r.provider == "" || strings.EqualFold(r.provider, provider) {
				return true
			}
		}
	}
	return false
}
