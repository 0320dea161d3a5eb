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

// The same stop very often, and very many copies of one: all are counted, and what is looked at does not grow with them.
func TestManyStops(t *testing.T) {
	crash := func(i int) Event {
		return told(time.Duration(i)*time.Second, providerWER, 1001, 0, "a=0x1a (0x1, 0x2, 0x3, 0x4)", "b=x.dmp")
	}
	var loop, copies []Event
	for i := range 20000 {
		loop = append(loop, crash(i))
		copies = append(copies, crash(0))
	}
	if got := Stops(loop); len(got) != len(loop) {
		t.Errorf("%d stops", len(got))
	}
	if got := Stops(copies); len(got) != 1 || len(got[0].Records) != len(copies) || len(got[0].kinds) != 1 {
		t.Errorf("%d stops", len(got))
	}
}
