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
	if len(rows) > 0 {
		t := Table{Label: "Sizes", Columns: []Column{{}, {Right: true}, {}, {}}, Rows: rows}
		*s = append(*s, SizeBar{Table: t, Parts: sizeParts(z)})
	}
}

// sizeParts are the parts of a file in the order in which they stand there, and behind them what is missing. Parts of no length are left out.
// There are none where the length of the primary data is not known.
func sizeParts(z *report.Sizes) []SizePart {
	if z.Header == nil || z.Primary == nil {
		return nil
	}
	var parts []SizePart
	add := func(kind SizeKind, n int64) {
		if n > 0 {
			parts = append(parts, SizePart{Kind: kind, Bytes: n, Size: human(n)})
		}
	}
	add(SizeHeader, *z.Header)
	add(SizePrimary, *z.Primary)
	if all := z.Secondary; all != nil {
		used := *all
		if z.SecondaryUsed != nil {
			used = max(0, min(used, *z.SecondaryUsed))
		}
		add(SizeSecondary, used)
		add(SizeReserve, *all-used)
	}
	if z.Missing != nil {
		add(SizeMissing, *z.Missing)
	}
	return parts
}
