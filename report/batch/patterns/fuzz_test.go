package patterns

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/dmplens/dmplens/report"
)

// FuzzRows takes any rows: patterns have words, evidence and numbers that JSON can hold.
func FuzzRows(f *testing.F) {
	for _, row := range []*report.Report{
		stop("a.dmp", "m", "0x1a", 0, 0), live("b.dmp", "", "0x141|x.sys", -1e18), stop("c.dmp", "m", "0x50|x.sys", 1e18, 1<<62),
	} {
		b, err := json.Marshal(row)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(append(append(append([]byte{}, b...), '\n'), b...))
	}
	f.Add([]byte(`{"file":{"path":"a"},"dump":{"captured_at":"9999-12-31T23:59:59Z","uptime_seconds":1e308,"boot_id":4294967295,"last_clean_boot":1,"build":4294967295},"bugcheck":{"code":"x","bit":63},` +
		`"origin":{"kind":"bug-check"},"signature":{"coarse":"x|y","module":"y","module_timestamp":"0xffffffffff"},"hardware":{"machine_id":"m","board":"b","devices":["",""]}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var c Collector
		for d := json.NewDecoder(bytes.NewReader(data)); ; {
			r := new(report.Report)
			if d.Decode(r) != nil {
				break
			}
			for _, id := range []string{"", "1", "2", "3"} { // several machines, so that there is something to compare with
				one := *r
				if r.Hardware != nil {
					h := *r.Hardware
					h.MachineID += id
					one.Hardware = &h
				}
				c.Add(&one)
			}
		}
		for _, p := range c.List() {
			if p.Text == "" || len(p.Examples) == 0 || p.Dumps < len(p.Examples) {
				t.Errorf("%+v", p)
			}
			if _, err := json.Marshal(p); err != nil {
				t.Errorf("%+v: %v", p, err)
			}
		}
	})
}
