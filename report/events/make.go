package events

import (
	"strconv"
	"strings"

	"github.com/dmplens/dmplens/report"
)

// fill completes an event by its rule. What has no rule is noise, and all its fields are private: nobody has looked at them.
func (e *Event) fill(f fields) {
	e.Provider = canonical(e.Provider)
	e.Kind = report.EventOther
	if e.Provider == providerWHEA {
		f = append(f, wheaFields(f)...)
	}
	r := ruleFor(e.Provider, e.ID, e.Version, f)
	if r == nil {
		e.Private = f
		return
	}
	var shown map[string]bool
	e.Kind, e.Rank = r.kind, r.rank
	e.Text, shown = f.say(r.text, e.Provider)
	for _, name := range strings.Fields(r.public) {
		shown[strings.ToLower(name)] = true
	}
	for i, x := range f {
		if (shown["*"] || shown[strconv.Itoa(i+1)] || shown[strings.ToLower(x.Name)]) && !private(x.Value) {
			e.Fields = append(e.Fields, x)
		} else {
			e.Private = append(e.Private, x)
		}
	}
}
