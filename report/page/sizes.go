package page

import "github.com/dmplens/dmplens/report"

// sizes appends the parts of the file. What the header requires is one of them where it is another number than the total and is about
// this file, or with verbose.
func (s *Section) sizes(r *report.Report, verbose bool) {
	z := r.Sizes
	var rows [][]string
	add := func(name string, v *int64, note string) {
		if v != nil {
			unit := human(*v)
			if *v < 1<<10 {
				unit = "" // the column before says it
			}
			rows = append(rows, []string{name, report.Commas(*v), unit, note})
		}
	}
	if sized(r) {
		add("total", &z.Total, "")
	}
	add("header", z.Header, "")
	pages, missing := "", ""
	if z.Pages != nil {
		pages = plural(*z.Pages, "page")
	}
	if z.MissingPages != nil {
		missing = plural(*z.MissingPages, "page")
		if pages != "" {
			pages += " declared"
		}
	}
	add("primary", z.Primary, pages)
	streams := ""
	if z.Secondary != nil && *z.Secondary > 0 && r.Streams != nil {
		streams = plural(len(r.Streams), "stream")
		if z.SecondaryUsed != nil && *z.SecondaryUsed < *z.Secondary {
			streams += " in " + report.Commas(*z.SecondaryUsed)
		}
	}
	add("secondary", z.Secondary, streams)
	add("missing", z.Missing, missing)
	if z.Required != nil && *z.Required < 1<<62 {
		if v := int64(*z.Required); verbose || v != 0 && v != z.Total && !madeLater(r) {
			add("required", &v, "by the header")
		}
	}
	s.table("Sizes", []Column{{}, {Right: true}, {}, {}}, rows)
}
