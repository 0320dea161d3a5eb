package events

import (
	"strings"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/etw"
	"github.com/dmplens/dmplens/report"
)

// liveDumpGUID is Microsoft-Windows-Kernel-LiveDump.
var liveDumpGUID, _ = dmpfile.ParseGUID("bef2aa8e-81cd-11e2-a7bb-5eac6188709b")

// liveDumpRule is the rule of an event of Kernel-LiveDump: what it says stands in the table of layouts. Its fields are numbers and names of
// callbacks: none is private. A version that is newer than the table is told as the newest known one, by the fields that it has.
func liveDumpRule(id uint16, version uint8) *rule {
	r := rule{provider: providerLiveDump, id: id, kind: report.EventLiveCapture, rank: rankLine, public: "*", text: "live dump, an unknown step"}
	if id >= 271 && id <= 273 {
		r.kind = report.EventPolicy
	}
	for v := int(version); v >= 0; v-- {
		if l, ok := etw.LayoutOf(liveDumpGUID, id, uint8(v)); ok {
			r.text = l.Text
			break
		}
	}
	if strings.HasPrefix(r.text, "sizing: ") || strings.HasPrefix(r.text, "capture: ") {
		r.text = "live dump, " + r.text
	}
	return &r
}
