package page

import (
	"testing"

	"github.com/dmplens/dmplens/report"
)

// An event of TraceLogging has a name and no id, so it is not called number 0; what has no text is named by both.
func TestProviderEvent(t *testing.T) {
	for _, c := range []struct {
		event report.Event
		want  string
	}{
		{report.Event{Provider: "WUTraceLogging", Text: "Agent"}, "WUTraceLogging"},
		{report.Event{Provider: "Microsoft-Windows-Ntfs", ID: 98, Text: "healthy"}, "Ntfs 98"},
		{report.Event{Provider: "Microsoft-Windows-Ntfs"}, "Ntfs 0"},
	} {
		if got := providerEvent(&c.event); got != c.want {
			t.Errorf("%+v: %q, want %q", c.event, got, c.want)
		}
	}
}
