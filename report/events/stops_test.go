package events

import (
	"testing"
	"time"
)

func TestStops(t *testing.T) {
	wer := func(after time.Duration, text, file string, number uint64) Event {
		e := told(after, providerWER, 1001, 0, "a="+text, "b=x.dmp")
		e.File, e.Record = file, number
		return e
	}
	const one, other = "0x0000009f (0x0000000000000003, 0xffffa00112233440, 0xfffff8011a2b3c40, 0xffffa00155667700)", "0x00000133 (0x0, 0x501, 0x500, 0x0)"
	power := told(time.Minute, providerPower, 41, 8, "BugcheckCode=159", "a=0x3", "b=0xffffa00112233440", "c=0xfffff8011a2b3c40", "d=0xffffa00155667700")
	loss := told(time.Minute, providerPower, 41, 8, "BugcheckCode=0", "a=0x0", "b=0x0", "c=0x0", "d=0x0")
	got := Stops([]Event{
		wer(20*time.Minute, other, "System.evtx", 9), // the same once more: a loop of crashes
		wer(10*time.Minute, other, "System.evtx", 7),
		wer(time.Minute+time.Second, one, "System.evtx", 5), power, loss,
		wer(time.Minute+time.Second, one, "copy.evtx", 5),
		told(0, "disk", 7, 0),
	})
	if len(got) != 3 {
		t.Fatalf("%d stops: %+v", len(got), got)
	}
	for i, want := range []struct {
		text    string
		records int
	}{{"0x9f (0x3, 0xffffa00112233440, 0xfffff8011a2b3c40, 0xffffa00155667700)", 3}, {"0x133 (0x0, 0x501, 0x500, 0x0)", 1}, {"0x133 (0x0, 0x501, 0x500, 0x0)", 1}} {
		if got[i].Text != want.text || len(got[i].Records) != want.records {
			t.Errorf("stop %d: %+v", i, got[i])
		}
	}
	if got[1].Records[0].Number != 7 || got[2].Records[0].Number != 9 {
		t.Errorf("out of order: %+v", got[1:])
	}
}
