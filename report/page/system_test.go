package page

import (
	"fmt"
	"strings"
	"testing"

	"github.com/dmplens/dmplens/report"
)

func TestMemoryModules(t *testing.T) {
	type modules = []report.MemoryModule
	ddr := func(kind string, gigabytes uint64, rated, configured uint32) report.MemoryModule {
		return report.MemoryModule{Manufacturer: "M", Part: "P", Type: kind, Size: gigabytes << 30, Rated: rated, Configured: configured}
	}
	var kinds modules
	for i := range 8 {
		kinds = append(kinds, report.MemoryModule{Part: fmt.Sprint("P-", i), Type: fmt.Sprint("DDR", i), Size: uint64(i+1) << 30, Configured: uint32(1000 + i)})
	}
	long := strings.Repeat("x", 101)
	for _, c := range []struct {
		list modules
		want string
	}{
		{modules{{Size: 512 << 10}}, "1 x 512 KB"},
		{modules{{Size: 1<<20 + 1<<19}}, "1 x 1536 KB"},
		{modules{{}, {Size: 2 << 40}}, "1 x module of unknown size and 1 x 2 TB"},
		{modules{ddr("DDR4", 8, 3200, 3200), ddr("DDR4", 8, 3200, 2400)}, "2 x 8 GB DDR4, M P, 3200 and 2400 MT/s"},
		{modules{ddr("DDR5", 8, 0, 0), ddr("", 8, 0, 0), ddr("", 8, 0, 0), ddr("", 8, 0, 0)}, "4 x 8 GB DDR5 (1 of 4), M P"},
		{modules{ddr("DDR5", 8, 0, 0), ddr("DDR4", 8, 0, 0)}, "2 x 8 GB DDR5/DDR4, M P"},
		{modules{ddr("DDR4", 8, 2666, 2667)}, "1 x 8 GB DDR4, M P, 2667 MT/s"},
		{modules{ddr("DDR4", 8, 2667, 3200)}, "1 x 8 GB DDR4, M P, 3200 MT/s, above its rating of 2667 (usually an XMP profile)"},
		{modules{ddr("DDR4", 8, 2400, 2400), ddr("DDR4", 8, 2667, 3200)},
			"2 x 8 GB DDR4, M P, 2400 and 3200 MT/s, 3200 above its rating of 2667 (usually an XMP profile)"},
		{kinds, "1 x 1 GB and 1 x 2 GB and 1 x 3 GB and 5 sizes more DDR0/DDR1/DDR2 and 5 types more, P-0, P-1, P-2 and 5 kinds more, " +
			"1000 and 1001 and 1002 and 5 speeds more MT/s"},
		{modules{{Manufacturer: long}}, "1 x module of unknown size, " + long[:100] + "..."},
	} {
		if got := memoryModules(&report.Hardware{Memory: c.list}); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

func TestEachModule(t *testing.T) {
	slots := 10000
	h := &report.Hardware{Slots: &slots, Memory: make([]report.MemoryModule, 65)}
	h.Memory[0] = report.MemoryModule{Slot: strings.Repeat("é", 101), Part: "P", Size: 8 << 30, Configured: 3200}
	h.Memory[1] = report.MemoryModule{Slot: "B", Rated: 3200}
	rows := eachModule(h)
	if len(rows) != 66 || rows[64] != "and 1 module more" || rows[65] != "65 of 10,000 slots in use" {
		t.Errorf("%d rows, the last are %q", len(rows), rows[max(0, len(rows)-2):])
	}
	if want := strings.Repeat("é", 100) + "...: P, 8 GB, runs at 3200 MT/s"; rows[0] != want || rows[1] != "B: rated 3200 MT/s" {
		t.Errorf("%q, want %q", rows[:2], want)
	}
}

// Names of any length take a few lines.
func TestLongMachine(t *testing.T) {
	r := crash()
	long := strings.Repeat("y", 20000)
	for _, h := range []report.Hardware{{Processor: long, BIOS: long, Manufacturer: long, Model: long}, {Board: long, Model: long}} {
		r.Hardware = &h
		got, more := row(t, Info(r), "Machine")
		for _, x := range append(more, got) {
			if strings.Contains(x.Value, "y") && (len(x.Value) > 220 || !strings.Contains(x.Value, "y...")) {
				t.Errorf("%d bytes: %.120s", len(x.Value), x.Value)
			}
		}
	}
}
