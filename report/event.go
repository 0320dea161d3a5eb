package report

import "time"

// EventKind is what kind of thing happened.
type EventKind string

// Kinds of events.
const (
	EventCrash           EventKind = "crash"               // a bug check, and what became of its dump
	EventPowerLoss       EventKind = "power-loss"          // the system went down without a bug check: power, reset button or a hang
	EventDumpNotWritten  EventKind = "dump-not-written"    // Windows could not set up or write a crash dump
	EventLiveCapture     EventKind = "live-capture"        // a step of a live dump
	EventInstall         EventKind = "install"             // a driver, service or update was installed
	EventStorageError    EventKind = "storage-error"       // a disk, its adapter or a file system reports an error
	EventHardwareError   EventKind = "hardware-error"      // the hardware reported an error (WHEA)
	EventDisplayReset    EventKind = "display-reset"       // a display driver did not answer and was reset
	EventExhaustion      EventKind = "resource-exhaustion" // memory ran out
	EventMemoryTest      EventKind = "memory-test"         // Windows Memory Diagnostic gave a result
	EventPowerTransition EventKind = "power"               // sleep, resume, shutdown
	EventServiceFailure  EventKind = "service-failure"     // a service died or did not answer
	EventPolicy          EventKind = "policy"              // a policy about dumps
	EventBoot            EventKind = "boot"                // Windows started, or shut down in order
	EventOther           EventKind = "other"               // everything else
)

// EventSource is the kind of file that an event stands in.
type EventSource string

// Sources of events.
const (
	EventFromDump      EventSource = "dump"           // the event trace buffers in the dump
	EventFromLog       EventSource = "event-log"      // .evtx or XML
	EventFromDumpStack EventSource = "dump-stack-log" // DumpStack.log
	EventFromTrace     EventSource = "trace"          // .etl
)

// Event is something that happened, as Windows wrote it down.
type Event struct {
	Time          *time.Time   `json:"time,omitempty" jsonschema:"UTC"`
	About         bool         `json:"about,omitempty" jsonschema:"its clock drifts: the time is not exact"`
	SecondsBefore *float64     `json:"seconds_before,omitempty" jsonschema:"how long before the stop or the capture"`
	Kind          EventKind    `json:"kind" jsonschema:"crash, power-loss, dump-not-written, live-capture, install, storage-error, hardware-error, display-reset, resource-exhaustion, memory-test, power, service-failure, policy, boot, other"`
	Provider      string       `json:"provider,omitempty"`
	ID            uint16       `json:"id"`
	Text          string       `json:"text" jsonschema:"what it says, in the words of dmplens, without anything private"`
	Code          string       `json:"code,omitempty" jsonschema:"of the bug check, or of the live dump, in hexadecimal"`
	Name          string       `json:"name,omitempty" jsonschema:"of the code"`
	Parameters    []string     `json:"parameters,omitempty" jsonschema:"four of them, in hexadecimal; empty where one is not said"`
	Sizes         *Sizes       `json:"sizes,omitempty" jsonschema:"bytes of the dump, as the log says"`
	Count         int          `json:"count,omitempty" jsonschema:"how many equal events this one stands for, where more than one; time is that of the last"`
	Source        EventSource  `json:"source" jsonschema:"dump, event-log, dump-stack-log, trace"`
	File          string       `json:"file,omitempty" jsonschema:"where that is not the dump"`
	Record        uint64       `json:"record,omitempty" jsonschema:"number of the record in an event log"`
	Unflushed     bool         `json:"unflushed,omitempty" jsonschema:"Windows had not yet written it to the event log"`
	Private       []EventField `json:"private,omitempty" jsonschema:"what is private, only where asked for"`
}

// EventField is a named value of an event.
type EventField struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// LogKind says what of a log a dump was compared with.
type LogKind string

// What a dump is compared with.
const (
	LogCapture LogKind = "capture" // a live dump with the events of its capture
	LogCrash   LogKind = "crash"   // a crash dump with the record of the crash, or with a DumpStack.log
)

// Log is the dump side by side with what logs say of it.
type Log struct {
	Matched  bool       `json:"matched"`
	Reason   string     `json:"reason,omitempty" jsonschema:"why it matches, or why not, in one sentence"`
	Kind     LogKind    `json:"kind,omitempty" jsonschema:"capture, crash"`
	File     string     `json:"file,omitempty"`
	Record   uint64     `json:"record,omitempty" jsonschema:"number of the record in an event log"`
	Time     *time.Time `json:"time,omitempty" jsonschema:"of the record; a crash is recorded at the next boot"`
	Compared []Compared `json:"compared,omitempty"`
	Facts    []Fact     `json:"facts,omitempty" jsonschema:"what only the log knows"`
	Lacks    []Event    `json:"lacks,omitempty" jsonschema:"events in the dump that the log does not have"`
}

// Compared is one field of a dump beside that of a log.
type Compared struct {
	Field string `json:"field" jsonschema:"code, parameter 1 to parameter 4, time, path, dump type, total, header, primary, secondary"`
	Dump  string `json:"dump,omitempty"`
	Log   string `json:"log,omitempty"`
	Equal *bool  `json:"equal,omitempty" jsonschema:"left out where the two cannot be compared"`
}
