package events

import "github.com/dmplens/dmplens/report"

// liveDumpRules are the events of Microsoft-Windows-Kernel-LiveDump. Their fields are numbers and names of callbacks: none is private.
var liveDumpRules = []rule{
	live(1, 0, "live dump: asked for"),
	live(2, 5, "live dump: capture ended, status {NTStatus:status}, code {BugcheckCode:hex}[, {DumpCaptureDuration_ms} ms]"),
	live(2, 0, "live dump: capture ended, status {NTStatus:status}"),
	live(3, 0, "live dump: writing the file begins"),
	live(4, 0, "live dump: file written, status {NTStatus:status}, {TotalBytes} bytes (header {HeaderBytes}, primary {PrimaryDataBytes}, secondary {SecondaryDataBytes})[ in {DumpWriteDuration_ms} ms]"),
	live(5, 0, "live dump: aborted, as memory is short"),
	live(6, 0, "live dump: {LiveDumpEventDescription}"),

	live(101, 0, "live dump, sizing: mirroring begins"),
	live(102, 0, "live dump, sizing: mirroring, phase 0 ended"),
	live(103, 0, "live dump, sizing: mirroring, phase 1 ended"),
	live(104, 0, "live dump, sizing: the system is stopped"),
	live(105, 0, "live dump, sizing: the system runs again"),
	live(106, 0, "live dump, sizing: estimated {NtEstimatedPrimaryDataBytes} bytes of the kernel, {HvEstimatedPrimaryDataBytes} of the hypervisor[; the system stood still for {SystemQuiescedDuration_ms} ms]"),
	live(107, 0, "live dump, sizing: allocated {NtPrimaryDataBytes} bytes for the kernel, {HvPrimaryDataBytes} for the hypervisor"),
	live(108, 0, "live dump, sizing: callbacks that remove pages begin"),
	live(109, 0, "live dump, sizing: callbacks that remove pages ended"),
	live(110, 0, "live dump, sizing: callback {CallbackIdentifier} begins"),
	live(111, 0, "live dump, sizing: callback {CallbackIdentifier} ended"),
	live(112, 0, "live dump, sizing: callback {CallbackIdentifier} failed, status {NTStatus:status}"),
	live(113, 0, "live dump, sizing: {EstimatedPageCount} pages estimated, {AllocatedPageCount} allocated"),
	live(114, 0, "live dump, sizing: the hypervisor did not say its size, status {NTStatus:status}"),
	live(115, 0, "live dump, sizing: the memory partition of virtual machines could not be opened, status {NTStatus:status}"),
	live(116, 0, "live dump, sizing: no memory from the partition of virtual machines, status {NTStatus:status}"),
	live(117, 0, "live dump, sizing: contexts of processors taken[ in {Duration_ms} ms]"),
	live(118, 0, "live dump, sizing: required data marked[ in {MarkRequiredDumpDataDuration_ms} ms]"),
	live(119, 0, "live dump, sizing: important data marked[ in {MarkImportantDumpDataDuration_ms} ms]"),
	live(120, 0, "live dump, sizing: bitmap filled[ in {PopulateBitmapForDumpDuration_ms} ms]"),
	live(121, 0, "live dump, sizing: processors gathered[ in {CorralDuration_ms} ms]"),
	live(122, 0, "live dump, sizing: processors released[ in {UncorralDuration_ms} ms]"),
	live(123, 0, "live dump, sizing: memory could not be duplicated, status {NTStatus:status}"),
	live(124, 0, "live dump, sizing: I/O space is not used, as pages of the hypervisor or the secure kernel are asked for"),
	live(125, 0, "live dump, sizing: callout {Callout}, included {Included}"),
	live(126, 0, "live dump, sizing: the hypervisor could not prepare, status {NTStatus:status}"),

	live(151, 0, "live dump, capture: mirroring begins"),
	live(152, 0, "live dump, capture: mirroring, phase 0 ended"),
	live(153, 0, "live dump, capture: mirroring, phase 1 ended"),
	live(154, 0, "live dump, capture: the system is stopped"),
	live(155, 0, "live dump, capture: the system runs again"),
	live(156, 0, "live dump, capture: copying pages begins"),
	live(157, 0, "live dump, capture: copying pages ended"),
	live(158, 0, "live dump, capture: contexts of processors taken[ in {Duration_ms} ms]"),
	live(159, 0, "live dump, capture: required data marked[ in {MarkRequiredDumpDataDuration_ms} ms]"),
	live(160, 0, "live dump, capture: important data marked[ in {MarkImportantDumpDataDuration_ms} ms]"),
	live(161, 0, "live dump, capture: bitmap filled[ in {PopulateBitmapForDumpDuration_ms} ms]"),
	live(162, 0, "live dump, capture: data of the hypervisor collected[ in {Duration_ms} ms]"),
	live(163, 0, "live dump, capture: processor trace collected[ in {Duration_ms} ms]"),
	live(164, 0, "live dump, capture: marked pages copied[ in {Duration_ms} ms]"),
	live(165, 0, "live dump, capture: processors gathered[ in {CorralDuration_ms} ms]"),
	live(166, 0, "live dump, capture: processors released[ in {UncorralDuration_ms} ms]"),
	live(167, 0, "live dump, capture: memory captured[ in {MemoryCaptureDuration_ms} ms][; the system stood still for {SystemQuiescedDuration_ms} ms]"),
	live(168, 0, "live dump, capture: memory could not be duplicated, status {NTStatus:status}"),
	live(169, 0, "live dump, capture: callout {Callout}, included {Included}"),

	live(201, 0, "live dump, deferred: asked to write the file"),
	live(202, 5, "live dump, deferred: writing ended, status {NTStatus:status}, code {BugcheckCode:hex}"),
	live(202, 0, "live dump, deferred: writing ended, status {NTStatus:status}"),
	live(203, 0, "live dump, deferred: writing the file begins"),
	live(204, 0, "live dump, deferred: file written, status {NTStatus:status}, {TotalBytes} bytes (header {HeaderBytes}, primary {PrimaryDataBytes}, secondary {SecondaryDataBytes})[ in {DumpWriteDuration_ms} ms]"),
	live(251, 0, "live dump, deferred: asked to throw the data away"),
	live(252, 5, "live dump, deferred: data thrown away, status {NTStatus:status}, code {BugcheckCode:hex}"),
	live(252, 0, "live dump, deferred: data thrown away, status {NTStatus:status}"),

	{providerLiveDump, 271, 0, "", report.EventPolicy, rankLine, "policy AllowLiveDump: {OperationType}", "*"},
	{providerLiveDump, 272, 0, "", report.EventPolicy, rankLine, "policy AllowLiveDump changed to {PolicyValue}, status {NTStatus:status}", "*"},
	{providerLiveDump, 273, 0, "", report.EventPolicy, rankLine, "live dumps are turned off by policy (AllowLiveDump = {PolicyValue})", "*"},
}

func live(id uint16, since uint8, text string) rule {
	return rule{providerLiveDump, id, since, "", report.EventLiveCapture, rankLine, text, "*"}
}
