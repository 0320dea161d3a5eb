// Package report holds what dmplens says of a file, as plain data. It is the JSON record of schema 1, both ways.
//
// Every field is optional: what is not known is left out, a known zero or false is written. Fields are added over time, never
// renamed. Sizes, counts, ids and file offsets are integers. Addresses, registers, module offsets, time stamps and checksums are
// strings, lower-case hexadecimal with 0x; parameters, addresses and registers have all digits of a pointer, others do not.
// Strings that come from a dump are as they stand there: whoever shows them cleans them.
package report

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// SchemaVersion is the version of the JSON record. The second number grows when fields are added.
const SchemaVersion = "1.1.0"

// Report is all that is said of one file.
type Report struct {
	SchemaVersion string `json:"schema_version" jsonschema:"version of this record; fields are only ever added"`
	ToolVersion   string `json:"tool_version,omitempty" jsonschema:"version of dmplens"`
	Depth         Depth  `json:"depth,omitempty" jsonschema:"how much was read: header, full, deep"`
	Error         *Error `json:"error,omitempty" jsonschema:"why the file could not be read, or what it is instead of a kernel dump"`

	File          File            `json:"file"`
	Dump          *Dump           `json:"dump,omitempty"`
	Bugcheck      *Bugcheck       `json:"bugcheck,omitempty"`
	Exception     *Exception      `json:"exception,omitempty"`
	Records       []Record        `json:"records,omitempty" jsonschema:"exception records, contexts and trap frames that parameters name, or whose instruction a parameter is"`
	DeviceStack   []StackedDevice `json:"device_stack,omitempty" jsonschema:"devices of the stack that holds the IRP of bug check 0x9F, the highest first"`
	FaultStack    *FaultStack     `json:"fault_stack,omitempty"`
	Caller        *Caller         `json:"caller,omitempty"`
	Fault         *Fault          `json:"fault,omitempty"`
	Suspect       *Suspect        `json:"suspect,omitempty"`
	Stack         []Frame         `json:"stack,omitempty" jsonschema:"frames of the stack that the dump was captured on, the innermost first"`
	StackLimit    string          `json:"stack_limit,omitempty" jsonschema:"what limits the walk of the stack, in one sentence"`
	HungProcessor *uint32         `json:"hung_processor,omitempty" jsonschema:"number of the processor that hung, which another one noticed and captured"`
	Origin        *Origin         `json:"origin,omitempty"`
	Signature     *Signature      `json:"signature,omitempty"`
	Sizes         *Sizes          `json:"sizes,omitempty"`
	Hardware      *Hardware       `json:"hardware,omitempty"`
	Context       *Context        `json:"context,omitempty"`
	Processor     *uint32         `json:"processor,omitempty" jsonschema:"number of the processor that crashed or captured"`
	Process       *Process        `json:"process,omitempty"`
	Thread        *Thread         `json:"thread,omitempty"`
	Captured      *StackRange     `json:"captured_stack,omitempty"`

	Processors      []Processor      `json:"processors,omitzero"`
	Processes       []Process        `json:"processes,omitzero"`
	Streams         []Stream         `json:"streams,omitzero"`
	Modules         []Module         `json:"modules,omitzero"`
	UnloadedModules []UnloadedModule `json:"unloaded_modules,omitzero"`

	Contents    []Content    `json:"contents,omitempty" jsonschema:"what a dump of pages should hold, and whether it does"`
	LiveContent *LiveContent `json:"live_content,omitempty"`
	PageMap     *PageMap     `json:"page_map,omitempty" jsonschema:"which pages of physical memory a dump of pages has"`

	Noticed []Noticed `json:"noticed,omitempty" jsonschema:"what the dump says of the machine and that matters for this stop"`

	Events []Event `json:"events,omitempty" jsonschema:"the telling ones, as Windows wrote them down"`
	Log    *Log    `json:"log,omitempty" jsonschema:"the dump side by side with event logs or a DumpStack.log"`

	Private         []Private `json:"private,omitzero" jsonschema:"what in the dump can name a person, a machine or a network, by kind and place"`
	PrivateLookedAt []string  `json:"private_looked_at,omitempty" jsonschema:"what was looked at for that, each a sentence; what was not found can be there all the same"`

	Memory   *Memory   `json:"memory,omitempty"`
	Location *Location `json:"location,omitempty" jsonschema:"the place of the address that was asked for"`

	Verdict  Verdict   `json:"verdict,omitempty" jsonschema:"complete, partial, damaged or not-a-dump, as far as depth goes"`
	Findings []Finding `json:"findings,omitempty"`
}

// HasLists says whether it has any of the long lists that rows of a scan leave out where nobody asks for them.
func (r *Report) HasLists() bool {
	return len(r.Modules)+len(r.UnloadedModules)+len(r.Streams)+len(r.Contents) > 0 || r.LiveContent != nil || r.PageMap != nil ||
		r.Dump != nil && len(r.Dump.MemoryRuns) > 0 || r.Context != nil && len(r.Context.Registers) > 0
}

// Error is why there is no more to say.
type Error struct {
	Message string `json:"message"`
	Next    string `json:"next,omitempty" jsonschema:"what to do next"`
}

// File is the file that was looked at.
type File struct {
	Path     string     `json:"path"`
	Member   string     `json:"member,omitempty" jsonschema:"name inside an archive"`
	Size     *int64     `json:"size,omitempty"`
	Modified *time.Time `json:"modified,omitempty"`
	SHA256   string     `json:"sha256,omitempty" jsonschema:"of the file, with depth deep"`

	Members     *int   `json:"members,omitempty" jsonschema:"of an archive: how many rows of their own what is inside has"`
	DuplicateOf string `json:"duplicate_of,omitempty" jsonschema:"an earlier file of the scan with the same content"`
	DuplicateBy string `json:"duplicate_by,omitempty" jsonschema:"how that is known: samples (size, header and samples of the content are equal), exact (all bytes are)"`
	Samples     string `json:"samples,omitempty" jsonschema:"a random key and the hash of the size and of samples of the content under it: what has the key of another row can be compared with it"`
}

// Dump is what the header says of the dump and the machine.
type Dump struct {
	Format              Format     `json:"format,omitempty" jsonschema:"full, summary, header-only, triage, bitmap-full, bitmap-kernel, range, offline-raw, offline-encrypted, user-minidump, not-a-dump"`
	What                string     `json:"what,omitempty" jsonschema:"for not-a-dump: empty, zeros, filler, zip, cab, gzip, 7z, rar, tar, zstd, xz, bzip2, lz4, elf-core, virtualbox-core, virtualbox-state, vmware-state, kdump, lime, raw-memory, hibernation-file, ewf, vhd, vhdx, vmdk, qcow2, evtx, etl, dumpstack-log, registry-hive, pe, text, html, unknown"`
	DumpType            *uint32    `json:"dump_type,omitempty"`
	Bits                int        `json:"bits,omitempty"`
	Machine             string     `json:"machine,omitempty" jsonschema:"x86, amd64, arm, arm64, ia64"`
	Processors          *uint32    `json:"processors,omitempty"`
	Build               *uint32    `json:"build,omitempty"`
	Revision            *uint32    `json:"revision,omitempty"`
	BuildLab            string     `json:"build_lab,omitempty"`
	Version             string     `json:"version,omitempty" jsonschema:"of Windows, as its shared data says it: 10.0"`
	Suites              []string   `json:"suites,omitempty" jsonschema:"names of the suite bits, which tell the edition"`
	SystemRoot          string     `json:"system_root,omitempty"`
	SafeMode            *bool      `json:"safe_mode,omitempty"`
	DebuggerEnabled     *bool      `json:"debugger_enabled,omitempty" jsonschema:"Windows was booted for kernel debugging"`
	Product             string     `json:"product,omitempty" jsonschema:"workstation, domain-controller, server"`
	Release             string     `json:"release,omitempty" jsonschema:"of Windows, where build and product tell it for certain: Windows 11 24H2"`
	Checked             *bool      `json:"checked,omitempty" jsonschema:"a checked (debug) build of Windows"`
	CapturedAt          *time.Time `json:"captured_at,omitempty"`
	UptimeSeconds       *float64   `json:"uptime_seconds,omitempty"`
	Live                *bool      `json:"live,omitempty" jsonschema:"captured without a crash, by the header's own word"`
	Attributes          []string   `json:"attributes,omitzero" jsonschema:"names of the set bits; empty where the attributes are known to be zero"`
	Active              *bool      `json:"active,omitempty" jsonschema:"an active memory dump: Windows left out pages that a debugger has no use for"`
	Comment             string     `json:"comment,omitempty"`
	VersionUser         string     `json:"version_user,omitempty" jsonschema:"a text in the header that some tools set to their name"`
	StatusLine          string     `json:"status_line,omitempty" jsonschema:"the last line of the dump writer's status"`
	BootID              *uint32    `json:"boot_id,omitempty" jsonschema:"number of the boot; it rises by one with each, until Windows is set up anew"`
	LastCleanBoot       *uint32    `json:"last_clean_boot,omitempty" jsonschema:"boot id of the last boot before that was shut down as it should be"`
	DirectoryTableBase  string     `json:"directory_table_base,omitempty"`
	PsLoadedModuleList  string     `json:"ps_loaded_module_list,omitempty"`
	PsActiveProcessHead string     `json:"ps_active_process_head,omitempty"`
	KdDebuggerDataBlock string     `json:"kd_debugger_data_block,omitempty"`
	Banner              string     `json:"banner,omitempty" jsonschema:"what WinDbg says when it opens such a dump"`
	MemoryRuns          []Run      `json:"memory_runs,omitempty"`
	PhysicalMemory      *uint64    `json:"physical_memory,omitempty" jsonschema:"bytes of memory in the runs"`
	KernelBase          string     `json:"kernel_base,omitempty"`
}

// Run is a range of physical memory.
type Run struct {
	BasePage  string `json:"base_page" jsonschema:"page frame number"`
	PageCount uint64 `json:"page_count"`
}

// Bugcheck is the bug check or live dump code and its parameters.
type Bugcheck struct {
	Code       string      `json:"code" jsonschema:"as an event log says it"`
	RawCode    string      `json:"raw_code" jsonschema:"as the header says it"`
	Name       string      `json:"name,omitempty"`
	Summary    string      `json:"summary,omitempty"`
	FirstLook  string      `json:"first_look,omitempty"`
	Notes      []string    `json:"notes,omitempty"`
	Parameters []Parameter `json:"parameters,omitempty"`
	Facts      []Fact      `json:"facts,omitempty"`
	Bit        *int        `json:"bit,omitempty" jsonschema:"number of the one bit that a parameter has which should be zero: that memory or a processor got it wrong is possible, no more"`

	ErrorRecord *ErrorRecord `json:"error_record,omitempty" jsonschema:"what the hardware says of its error, where a parameter points to such a record"`
}

// Parameter is one of the four parameters of a bug check.
type Parameter struct {
	Index   int    `json:"index"`
	Value   string `json:"value"`
	Type    string `json:"type,omitempty"`
	Label   string `json:"label,omitempty"`
	Meaning string `json:"meaning,omitempty"`
	Text    string `json:"text,omitempty"`
	Module  string `json:"module,omitempty" jsonschema:"the module that a code address lies in"`
	Offset  string `json:"offset,omitempty" jsonschema:"the code address's offset in that module"`
	Place   string `json:"place,omitempty" jsonschema:"what is known of where an address lies that is in no module: null + 0x28, an unloaded module, not in this dump"`

	CurrentThread *bool `json:"current_thread,omitempty" jsonschema:"for a thread: whether it is the one that was current"`
}

// Record is an exception record, a context or a trap frame.
type Record struct {
	Parameter          int               `json:"parameter,omitempty" jsonschema:"number of the parameter"`
	Kind               RecordKind        `json:"kind" jsonschema:"exception, context, trap-frame"`
	From               RecordFrom        `json:"from,omitempty" jsonschema:"how it was found: parameter, argument, stack, interrupted, header"`
	Address            string            `json:"address,omitempty" jsonschema:"where the record is in memory"`
	Missing            string            `json:"missing,omitempty" jsonschema:"why nothing is known of it"`
	Code               string            `json:"code,omitempty" jsonschema:"of an exception"`
	Name               string            `json:"name,omitempty" jsonschema:"of the code"`
	InstructionPointer string            `json:"instruction_pointer,omitempty"`
	Module             string            `json:"module,omitempty" jsonschema:"the module that the instruction lies in"`
	Offset             string            `json:"offset,omitempty"`
	Access             Access            `json:"access,omitempty" jsonschema:"of an access violation or in-page error: read, write, execute; left out where the processor does not tell"`
	ReferencedAddress  string            `json:"referenced_address,omitempty" jsonschema:"that the access was to; left out where the processor does not tell"`
	User               *bool             `json:"user,omitempty" jsonschema:"of a trap frame: the processor was in user mode"`
	Registers          map[string]string `json:"registers,omitempty" jsonschema:"those that the record has for certain, or the exception frame beside a trap frame"`
	StackPointer       string            `json:"stack_pointer,omitempty"`
	Stack              StackKind         `json:"stack,omitempty" jsonschema:"which stack of the current processor that is: thread, dpc, interrupt, other"`
}

// Caller is who called KeBugCheckEx, by the top of the captured stack.
type Caller struct {
	Address   string   `json:"address" jsonschema:"where the call returns to"`
	Module    string   `json:"module,omitempty"`
	Offset    string   `json:"offset,omitempty"`
	Unloaded  *bool    `json:"unloaded,omitempty" jsonschema:"the module was unloaded"`
	Known     *bool    `json:"known,omitempty" jsonschema:"as of a module"`
	Arguments []string `json:"arguments,omitempty" jsonschema:"code and parameters as passed, where one of them differs from the header"`
	Passed    []string `json:"passed,omitempty" jsonschema:"what differs from the header, in words"`
}

// Fault says whether what the bug check is about can have happened at the instruction that it names.
type Fault struct {
	Address     string       `json:"address" jsonschema:"of the instruction"`
	Module      string       `json:"module,omitempty"`
	Offset      string       `json:"offset,omitempty"`
	Bytes       string       `json:"bytes,omitempty" jsonschema:"of the instruction, in hexadecimal"`
	Instruction string       `json:"instruction,omitempty"`
	Verdict     FaultVerdict `json:"verdict" jsonschema:"consistent, contradicts, inside-instruction, padding, refused, not-on-this-processor, register-unknown, no-bytes, not-judged"`
	Reason      string       `json:"reason,omitempty"`
	Bit         *int         `json:"bit,omitempty" jsonschema:"number of the one bit that would make a better value of a register or address: possible, no more"`
}

// Frame is a frame of a stack.
type Frame struct {
	Instruction  string `json:"instruction" jsonschema:"address of the instruction that was run, or that a call returns to"`
	StackPointer string `json:"stack_pointer,omitempty" jsonschema:"in that function, when the call has returned"`
	Module       string `json:"module,omitempty"`
	Offset       string `json:"offset,omitempty"`
	Unloaded     *bool  `json:"unloaded,omitempty" jsonschema:"the module was unloaded"`
	Known        *bool  `json:"known,omitempty" jsonschema:"as of a module"`
	User         *bool  `json:"user,omitempty" jsonschema:"the code is that of user mode"`
	Symbol       string `json:"symbol,omitempty"`
	Displacement string `json:"displacement,omitempty"`
	Trust        Trust  `json:"trust" jsonschema:"how the frame was found, the surest first: context, exact, unwind, history, frame-pointer, code, scan"`
	Record       string `json:"record,omitempty" jsonschema:"address of the trap frame, context or exception that the frame is of"`
}

// Suspect is the module that what the dump says points to. There is none where nothing does: Reason says why then, and Confidence is unknown.
type Suspect struct {
	Module     string     `json:"module,omitempty"`
	Timestamp  string     `json:"timestamp,omitempty" jsonschema:"of the module"`
	Reason     string     `json:"reason"`
	Confidence Confidence `json:"confidence" jsonschema:"certain, likely, possible, unknown"`
}

// FaultStack says where the stack was of the code that the bug check is about, by a record of it.
type FaultStack struct {
	Kind         StackKind `json:"kind" jsonschema:"thread, dpc, interrupt, other"`
	StackPointer string    `json:"stack_pointer"`
}

// StackedDevice is a device of a device stack.
type StackedDevice struct {
	Device     string `json:"device" jsonschema:"address of the device object"`
	Driver     string `json:"driver,omitempty" jsonschema:"name of its driver object"`
	Image      string `json:"image,omitempty" jsonschema:"module of the driver"`
	Current    *bool  `json:"current,omitempty" jsonschema:"true for the device whose driver has the IRP"`
	Location   *int   `json:"location,omitempty" jsonschema:"number of the IRP's stack location for the device"`
	Completion string `json:"completion,omitempty" jsonschema:"routine that is called when the driver is done with the IRP, set by the driver above"`
	PowerState string `json:"power_state,omitempty" jsonschema:"that the IRP asks for"`
	Missing    string `json:"missing,omitempty" jsonschema:"why its driver is not known"`
}

// StatusFact begins the fact that parameters 3 and 4 of a machine check are one status.
const StatusFact = "parameters 3 and 4: "

// Fact is something read from the dump, and where it stands: header+offset, an address, the file's name.
type Fact struct {
	Fact      string `json:"fact"`
	Where     string `json:"where,omitempty"`
	Parameter int    `json:"parameter,omitempty" jsonschema:"number of the parameter that leads to it, of the facts of a bug check"`
}

// Exception is an exception record.
type Exception struct {
	Code    string `json:"code"`
	Name    string `json:"name,omitempty"`
	Address string `json:"address,omitempty"`
	Module  string `json:"module,omitempty"`
	Offset  string `json:"offset,omitempty"`
}

// Origin is the conclusion about what made the file.
type Origin struct {
	Kind       Kind       `json:"kind,omitempty" jsonschema:"live-dump, bug-check, memory-image"`
	Source     Source     `json:"source,omitempty" jsonschema:"who or what asked for the dump"`
	Writer     Writer     `json:"writer,omitempty" jsonschema:"what wrote the file"`
	Label      string     `json:"label,omitempty" jsonschema:"the text that the requester left"`
	Deliberate *bool      `json:"deliberate,omitempty" jsonschema:"somebody made the dump happen on purpose"`
	Summary    string     `json:"summary,omitempty"`
	Confidence Confidence `json:"confidence,omitempty" jsonschema:"certain, likely, possible, unknown"`
	Evidence   []Fact     `json:"evidence,omitempty"`
}

// Signature is a key that puts the same problem into the same group. It is made of the bug check code and of what the dump says without
// symbols, and never of addresses that change from boot to boot, times, names of files, or what else is installed.
type Signature struct {
	Version     string `json:"version" jsonschema:"version of the rules; signatures of different versions must not be compared"`
	Coarse      string `json:"coarse" jsonschema:"code, what kind of problem it is by the code's own definition, and the module at fault: 0x1e:0xc0000005|nt"`
	Fine        string `json:"fine" jsonschema:"coarse with the offset in the module, the build of Windows and the type of machine"`
	Bucket      string `json:"bucket,omitempty" jsonschema:"where that needs no symbols, what the failure bucket of Windows Error Reporting should be: made by dmplens, not by WinDbg"`
	FailureHash string `json:"failure_hash,omitempty" jsonschema:"FAILURE_ID_HASH of bucket, made by dmplens, not by WinDbg"`
	Module      string `json:"module,omitempty" jsonschema:"the module at fault, as it stands in coarse"`

	ModuleTimestamp string `json:"module_timestamp,omitempty" jsonschema:"time stamp of that module, which no signature has"`
}

// UnmarshalJSON fills Module from Coarse: records of older versions have it nowhere else.
func (s *Signature) UnmarshalJSON(b []byte) error {
	type fields Signature // without this method
	if err := json.Unmarshal(b, (*fields)(s)); err != nil {
		return err
	}
	s.FillModule()
	return nil
}

// FillModule fills Module from Coarse, where it is not known.
func (s *Signature) FillModule() {
	if s.Module == "" {
		_, s.Module, _ = strings.Cut(s.Coarse, "|")
	}
}

// Sizes are the parts of the file in bytes: header + primary + secondary = total.
type Sizes struct {
	Total         int64   `json:"total"`
	Header        *int64  `json:"header,omitempty"`
	Primary       *int64  `json:"primary,omitempty"`
	Secondary     *int64  `json:"secondary,omitempty"`
	SecondaryUsed *int64  `json:"secondary_used,omitempty" jsonschema:"what tagged blobs take; the rest is reserve or no part of the dump"`
	Required      *uint64 `json:"required,omitempty" jsonschema:"RequiredDumpSpace; writers count differently"`
	Missing       *int64  `json:"missing,omitempty"`
	Pages         *uint64 `json:"pages,omitempty" jsonschema:"pages that the dump declares"`
	MissingPages  *uint64 `json:"missing_pages,omitempty"`
	LastWholePage string  `json:"last_whole_page,omitempty" jsonschema:"page frame number, for a file too short"`
}

// Hardware is the machine by its firmware.
type Hardware struct {
	Manufacturer string `json:"manufacturer,omitempty"`
	Model        string `json:"model,omitempty"`
	Board        string `json:"board,omitempty" jsonschema:"manufacturer and product of the main board"`
	BIOS         string `json:"bios,omitempty"`
	Processor    string `json:"processor,omitempty"`

	Microcode string         `json:"microcode,omitempty" jsonschema:"revision of the processor's microcode"`
	Memory    []MemoryModule `json:"memory,omitempty" jsonschema:"modules that are in their slots"`
	Slots     *int           `json:"memory_slots,omitempty" jsonschema:"how many slots for memory there are, empty ones too"`
	Devices   []string       `json:"devices,omitempty" jsonschema:"display adapters, storage and network controllers on the PCI bus, each with its vendor and device id"`
	MachineID string         `json:"machine_id,omitempty" jsonschema:"a keyed hash of the serial number of the board or the system; only where the firmware has a real one"`
	ModelID   string         `json:"model_id,omitempty" jsonschema:"a hash of what machines of one model have in common"`
}

// Title names a machine by its board, or its maker's name for it, and its processor.
func (h *Hardware) Title() string {
	name := h.Board
	if name == "" {
		name = strings.TrimSpace(h.Manufacturer + " " + h.Model)
	}
	if h.Processor != "" && name != "" {
		name += ", "
	}
	return Unpadded(name + h.Processor)
}

// MemoryModule is a module of memory by the firmware (SMBIOS type 17).
type MemoryModule struct {
	Slot         string `json:"slot,omitempty"`
	Manufacturer string `json:"manufacturer,omitempty"`
	Part         string `json:"part,omitempty"`
	Type         string `json:"type,omitempty" jsonschema:"DDR4 and the like"`
	Size         uint64 `json:"size,omitempty" jsonschema:"bytes"`
	Rated        uint32 `json:"rated_mts,omitempty" jsonschema:"MT/s that it is made for"`
	Configured   uint32 `json:"configured_mts,omitempty" jsonschema:"MT/s that it runs at"`
}

// Noticed is something that the dump says of the machine and that matters for this stop.
type Noticed struct {
	Kind   string `json:"kind" jsonschema:"a stable word for the rule: slow-request, failed-request, device-asleep, device-gone, bus-errors, display-time-out, store-page, power-button, broken-driver, verifier, microcode, hot, one-module, mixed-kit, above-rating, filters, virtual-machine, hypervisor, unclean-boots"`
	Text   string `json:"text"`
	Source string `json:"source" jsonschema:"the stream of secondary data, or the part of the dump, that says so"`
}

// Context is a processor's registers.
type Context struct {
	From               ContextFrom       `json:"from" jsonschema:"header, processor, parameter, stack (where a thread goes on that did not run)"`
	At                 ContextPoint      `json:"at,omitempty" jsonschema:"what it was taken at: bug-check (the call of KeBugCheckEx, not the crash site), exception, capture, last-saved (what a processor that hung had saved before), unknown"`
	Registers          map[string]string `json:"registers,omitempty"`
	InstructionPointer string            `json:"instruction_pointer,omitempty"`
	StackPointer       string            `json:"stack_pointer,omitempty"`
	Module             string            `json:"module,omitempty"`
	Offset             string            `json:"offset,omitempty"`
}

// Process is the process that was current, or one of the list of processes.
type Process struct {
	Name               string     `json:"name,omitempty"`
	PID                *uint64    `json:"pid,omitempty"`
	ParentPID          *uint64    `json:"parent_pid,omitempty" jsonschema:"of the process that created it, which may have ended"`
	CreatedAt          *time.Time `json:"created_at,omitempty"`
	Address            string     `json:"address,omitempty" jsonschema:"of the process object"`
	DirectoryTableBase string     `json:"directory_table_base,omitempty"`
	Interrupted        *bool      `json:"interrupted,omitempty" jsonschema:"the captured stack is not the thread's own, so the process is not known to have a part in the crash"`
}

// Thread is the thread that was current.
type Thread struct {
	ID          *uint64 `json:"id,omitempty"`
	Address     string  `json:"address,omitempty"`
	Idle        *bool   `json:"idle,omitempty" jsonschema:"the idle thread of its processor"`
	Interrupted *bool   `json:"interrupted,omitempty"`
}

// Processor is a processor and what it was doing.
type Processor struct {
	Number  uint32   `json:"number"`
	PRCB    string   `json:"prcb,omitempty"`
	MHz     uint32   `json:"mhz,omitempty"`
	Current *bool    `json:"current,omitempty" jsonschema:"it crashed or captured the dump"`
	Process *Process `json:"process,omitempty"`
	Thread  *Thread  `json:"thread,omitempty"`
	Context *Context `json:"context,omitempty"`
	Stack   []Frame  `json:"stack,omitempty" jsonschema:"frames from that context on"`
	Limit   string   `json:"stack_limit,omitempty" jsonschema:"what limits the walk of that stack, in one sentence"`
	Missing string   `json:"missing,omitempty" jsonschema:"why nothing is known of it"`
}

// Content is one of the things that a dump of pages should hold.
type Content struct {
	Item  Item    `json:"item"`
	State State   `json:"state" jsonschema:"present, partial, absent, not-applicable, unknown"`
	Pages *uint64 `json:"pages,omitempty" jsonschema:"how many of its pages the dump has"`
	Of    *uint64 `json:"of,omitempty" jsonschema:"how many pages it takes"`
	Note  string  `json:"note,omitempty"`
}

// PageMap says how many pages of each part of physical memory the file has. The parts are cells of one size, at most 4096; cell i is the page
// frames from First + i*PagesPerCell on. It begins and ends with the memory of the machine, or with pages that the dump has beside that.
type PageMap struct {
	First        string    `json:"first" jsonschema:"page frame number that the first cell begins with, a multiple of pages_per_cell"`
	End          string    `json:"end" jsonschema:"page frame number behind the last one of the map; the last cell can be smaller than the others"`
	PagesPerCell uint64    `json:"pages_per_cell" jsonschema:"page frames of a cell, a power of two"`
	Present      []uint64  `json:"present" jsonschema:"of each cell, how many of its pages are wholly in the file; where there is no memory there is none"`
	Missing      []uint64  `json:"missing,omitempty" jsonschema:"of each cell, how many pages the dump names that the file is too short for; left out where it has all"`
	FirstMissing string    `json:"first_missing,omitempty" jsonschema:"page frame number of the first of these in the file"`
	Ascending    bool      `json:"ascending" jsonschema:"the file has the pages in the order of their numbers, so that all from first_missing on are missing"`
	Areas        []MapArea `json:"areas,omitempty" jsonschema:"what a debugger looks for first, and where that is"`
}

// MapArea is something in physical memory that a debugger needs.
type MapArea struct {
	Item      Item   `json:"item" jsonschema:"as of contents, and current PRCB, current process, current thread"`
	Name      string `json:"name,omitempty" jsonschema:"of an image"`
	Address   string `json:"address,omitempty" jsonschema:"where it begins in virtual memory"`
	Page      string `json:"page,omitempty" jsonschema:"page frame number of the page that it begins in, where that is known"`
	State     State  `json:"state" jsonschema:"of that page: present, absent, unknown"`
	BehindEnd bool   `json:"behind_end,omitempty" jsonschema:"the dump names the page, and the file ends before the end of it"`
}

// LiveContent says how much of the kernel a live dump looks to have captured.
type LiveContent struct {
	Kind     LiveKind `json:"kind" jsonschema:"full, kernel-stacks, unknown"`
	Evidence []Fact   `json:"evidence,omitempty"`
}

// StackRange is the part of a stack that was captured.
type StackRange struct {
	Kind StackKind `json:"kind,omitempty" jsonschema:"thread, dpc, interrupt, other"`
	Low  string    `json:"low"`
	High string    `json:"high"`
}

// Stream is a tagged blob of secondary data.
type Stream struct {
	Index  int    `json:"index"`
	GUID   string `json:"guid"`
	Name   string `json:"name,omitempty"`
	Offset int64  `json:"offset"`
	Size   int64  `json:"size"`

	Decoded *Decoded `json:"decoded,omitempty" jsonschema:"what the stream says, where that was asked for"`
}

// Module is a loaded module.
type Module struct {
	Name      string `json:"name"`
	Path      string `json:"path,omitempty"`
	Base      string `json:"base,omitempty"`
	Size      uint32 `json:"size"`
	Timestamp string `json:"timestamp,omitempty"`
	Checksum  string `json:"checksum,omitempty"`
	Version   string `json:"version,omitempty" jsonschema:"of the file, by its resource"`
	PDB       *PDB   `json:"pdb,omitempty"`

	Date         *time.Time `json:"date,omitempty" jsonschema:"the time stamp as a date, where the image says that it is one"`
	PossibleDate *time.Time `json:"possible_date,omitempty" jsonschema:"the time stamp as a date, where the dump does not say whether it is one or the hash of a reproducible build"`
	Reproducible *bool      `json:"reproducible,omitempty" jsonschema:"whether the image is a reproducible build, whose time stamp is a hash"`
	Known        *bool      `json:"known,omitempty" jsonschema:"whether the name, and the folder where it is there, are those of a module of Windows that dmplens knows; says nothing of who made the file"`

	Missing []string `json:"missing,omitempty" jsonschema:"what of the image the dump does not have: headers, version, pdb"`
}

// PDB identifies the symbols of a module.
type PDB struct {
	Name string `json:"name"`
	GUID string `json:"guid,omitempty"`
	Age  uint32 `json:"age"`
}

// UnloadedModule is a module that had been unloaded.
type UnloadedModule struct {
	Name       string     `json:"name"`
	Base       string     `json:"base"`
	End        string     `json:"end"`
	UnloadedAt *time.Time `json:"unloaded_at,omitempty"`
	Known      *bool      `json:"known,omitempty" jsonschema:"as of a module; of a name that Windows cut, what is left of it"`
}

// Location is the place of an address among the modules.
type Location struct {
	Address  string `json:"address"`
	Module   string `json:"module,omitempty" jsonschema:"the module that it lies in, or did"`
	Offset   string `json:"offset,omitempty"`
	Unloaded bool   `json:"unloaded,omitempty" jsonschema:"whether the module had been unloaded"`
	Section  string `json:"section,omitempty" jsonschema:"the section of the image"`
	Place    string `json:"place,omitempty" jsonschema:"what else is known of where it lies, or why that is not known"`
}

// Memory is memory of the dumped machine.
type Memory struct {
	Address  string `json:"address"`
	Physical bool   `json:"physical"`
	Length   int    `json:"length" jsonschema:"bytes that were read"`
	Data     string `json:"data" jsonschema:"the bytes as hexadecimal digits"`
	Missing  string `json:"missing,omitempty" jsonschema:"why reading stopped behind them"`
}

// Finding is something that a person should know. IDs are stable.
type Finding struct {
	ID       FindingID `json:"id"`
	Severity Severity  `json:"severity" jsonschema:"info, warning, error"`
	Message  string    `json:"message"`
	Next     string    `json:"next,omitempty" jsonschema:"what to do next"`
	Offset   *int64    `json:"offset,omitempty" jsonschema:"in the file, in bytes"`
}

// Hex writes a number without padding.
func Hex[T ~uint16 | ~uint32 | ~uint64](v T) string {
	var b [18]byte
	return string(strconv.AppendUint(append(b[:0], "0x"...), uint64(v), 16))
}

// Pointer writes an address, a register or a parameter with all digits of a pointer of the given width in bits.
func Pointer[T ~uint64](v T, bits int) string {
	var b [18]byte
	return string(AppendPointer(b[:0], v, bits))
}

// AppendPointer appends what Pointer writes.
func AppendPointer[T ~uint64](b []byte, v T, bits int) []byte {
	b = append(b, "0x"...)
	for bits < 64 && v>>bits != 0 {
		bits += 4 // what is too wide is written whole
	}
	for bits > 0 {
		bits -= 4
		b = append(b, "0123456789abcdef"[v>>bits&15])
	}
	return b
}
