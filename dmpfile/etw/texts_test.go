package etw

import (
	"slices"
	"testing"
)

func TestTexts(t *testing.T) {
	e := Event{Payload: []byte("\x01\x02name of it\x00\x7fabc\x01w\x00i\x00d\x00e\x00\x00\x00\xFFtail")}
	if got := e.Texts(); !slices.Equal(got, []string{"name of it", "wide", "tail"}) {
		t.Errorf("%q", got)
	}
	if got := (&Event{Payload: []byte{'a', 0, 'b', 0, 'c', 0}}).Texts(); got != nil {
		t.Errorf("%q", got)
	}
}
