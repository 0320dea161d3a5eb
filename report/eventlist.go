package report

import (
	"strconv"
	"strings"
	"time"
)

// EventsSchemaVersion is the version of the record EventList. The second number grows when fields are added.
const EventsSchemaVersion = "1.0.0"

// EventList is the JSON record of `dmplens events`: what happened, from dumps and logs together.
type EventList struct {
	SchemaVersion string `json:"schema_version" jsonschema:"version of this record; fields are only ever added"`
	ToolVersion   string `json:"tool_version,omitempty" jsonschema:"version of dmplens"`

	All      bool       `json:"all" jsonschema:"whether events were asked for that tell nothing"`
	Provider string     `json:"provider,omitempty" jsonschema:"the providers that were asked for"`
	Since    *time.Time `json:"since,omitempty" jsonschema:"from when on events were asked for"`
	Until    *time.Time `json:"until,omitempty" jsonschema:"up to when events were asked for"`

	NotRead []string   `json:"not_read,omitempty" jsonschema:"paths of what could not be read, so that nothing is known of it"`
	Logs    []EventLog `json:"logs" jsonschema:"the files that were read"`
	Events  []Event    `json:"events" jsonschema:"by time, those without a time last"`
}

// EventLog is a file with events, or one that was named and has none.
type EventLog struct {
	Path     string       `json:"path"`
	Source   EventSource  `json:"source,omitempty" jsonschema:"dump, event-log, dump-stack-log, trace; left out for a file that is none of these"`
	Error    *Error       `json:"error,omitempty" jsonschema:"why it has no events"`
	Read     int          `json:"read" jsonschema:"events that were looked at"`
	Shown    int          `json:"shown" jsonschema:"events of the list that are from this file"`
	Messages int          `json:"messages,omitempty" jsonschema:"messages of software traces (WPP), whose text is in the symbols of their drivers"`
	Unknown  []EventCount `json:"unknown,omitempty" jsonschema:"events whose fields dmplens cannot tell"`
	Problems []string     `json:"problems,omitempty" jsonschema:"what could not be read of it, each a sentence"`
}

// EventCount counts events of a kind.
type EventCount struct {
	Provider string `json:"provider" jsonschema:"its name, or its GUID in braces"`
	ID       uint16 `json:"id"`
	Version  uint8  `json:"version"`
	Count    int    `json:"count"`
}

// EventColumns are the columns of events as rows. Times have all their digits.
func EventColumns(private bool) []Column[*Event] {
	list := []Column[*Event]{
		{Name: "time", Value: func(e *Event) string { return inUTC(e.Time, "2006-01-02T15:04:05.9999999Z07:00") }},
		{Name: "about", Value: func(e *Event) string { return yes(e.About) }},
		{Name: "kind", Value: func(e *Event) string { return string(e.Kind) }},
		{Name: "provider", Value: func(e *Event) string { return e.Provider }},
		{Name: "id", Right: true, Value: func(e *Event) string { return e.idText() }},
		{Name: "text", Value: func(e *Event) string { return e.Text }},
		{Name: "code", Value: func(e *Event) string { return e.Code }},
		{Name: "source", Value: func(e *Event) string { return string(e.Source) }},
		{Name: "file", Value: func(e *Event) string { return e.File }},
		{Name: "record", Right: true, Value: func(e *Event) string {
			if e.Record == 0 {
				return ""
			}
			return strconv.FormatUint(e.Record, 10)
		}},
		{Name: "unflushed", Value: func(e *Event) string { return yes(e.Unflushed) }},
	}
	if private {
		list = append(list, Column[*Event]{Name: "private", Value: func(e *Event) string { return e.PrivateText() }})
	}
	return list
}

// idText is the id of an event; what has no provider has none.
func (e *Event) idText() string {
	if e.Provider == "" {
		return ""
	}
	return strconv.Itoa(int(e.ID))
}

// PrivateText is what is private of an event, as one line, without what is empty. Long binary data are cut.
func (e *Event) PrivateText() string {
	const most = 64
	var list []string
	for i, f := range e.Private {
		if f.Value == "" {
			continue
		}
		if n := len(f.Value); n > most && strings.Trim(f.Value, "0123456789abcdef") == "" {
			f.Value = f.Value[:most] + "... (" + strconv.Itoa(n/2) + " bytes)"
		}
		name := f.Name
		if name == "" {
			name = strconv.Itoa(i + 1)
		}
		list = append(list, name+"="+f.Value)
	}
	return strings.Join(list, "; ")
}

func yes(v bool) string {
	if v {
		return "yes"
	}
	return ""
}
