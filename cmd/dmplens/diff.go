package main

import (
	"runtime/debug"
	"slices"
	"strings"

	"github.com/dmplens/dmplens/report"
	"github.com/dmplens/dmplens/report/batch"
	"github.com/dmplens/dmplens/report/batch/patterns"
	"github.com/dmplens/dmplens/report/html/share"
)

var diffVerb = &verb{
	name: "diff", args: "[flags] OLD NEW", short: "say which problems are new, gone or growing",
	long: `
Compare the rows of two scans by groups: those that are new, gone, growing and
shrinking. Groups are signatures unless --group-by says otherwise. Rows whose
signatures were made by different rules are not compared. Patterns that only the
new rows have are said on standard error, as dmplens report says them.

--html writes a web page of the changes, in one file that needs no network: each
group with its counts before and now, its days, machines and newest rows, and the
new patterns at its head.`,
	examples: `  dmplens diff old.jsonl new.jsonl
  dmplens diff old.jsonl new.jsonl --group-by module --format jsonl
  dmplens diff old.jsonl new.jsonl --fail-on new,growing
  dmplens diff old.jsonl new.jsonl --html > changes.html
`,
	run: runDiff,
}

func runDiff(c *command, args []string) (int, error) {
	defer debug.SetGCPercent(debug.SetGCPercent(gcPercentOfRows))
	groupBy := c.flags.String("group-by", "signature", "compare by `KEY`: "+groupKeys())
	format := c.flags.String("format", "table", "write as `FORMAT`: table, csv, jsonl or markdown")
	where := c.flags.String("where", "", "of both, the rows for which `EXPRESSION` is true")
	failOn := c.flags.StringSlice("fail-on", nil, "end with code 1 where a group is `CHANGE`: "+strings.Join(batch.Changes, ", ")+"; (none) does not count")
	asHTML := c.flags.Bool("html", false, "write a web page of the changes, in one file")
	color, width := c.textFlags()
	files, err := c.parse(args)
	if err != nil {
		return exitUnusable, err
	}
	style, err := c.style(*color, *width)
	if err != nil {
		return exitUnusable, err
	}
	c.fitTable(&style, *width)
	for _, change := range *failOn {
		if !slices.Contains(batch.Changes, change) {
			return exitUnusable, c.usageError("--fail-on is %s, not %q", strings.Join(batch.Changes, ", "), change)
		}
	}
	if err := c.checkFormat(*format); err != nil {
		return exitUnusable, err
	}
	if *asHTML && c.flags.Changed("format") {
		return exitUnusable, c.usageError("a page has tables of its own: leave out --format")
	}
	if *asHTML {
		if err := c.checkPage(files); err != nil {
			return exitUnusable, err
		}
	}
	if len(files) != 2 {
		return exitUnusable, c.usageError("name the rows of an old and of a new scan")
	}
	wanted, missing, err := c.whereOfRows(*where)
	if err != nil {
		return exitUnusable, err
	}
	var groups [2]*batch.Groups
	var together [2]patterns.Collector
	shares := [2]*share.Share{{By: *groupBy}, {By: *groupBy}}
	result := exitOK
	for i, name := range files {
		if groups[i], err = batch.NewGroups(*groupBy); err != nil {
			return exitUnusable, c.usageError("--group-by: %v", err)
		}
		code, unread, err := c.eachRow([]string{name}, rowsToCount(*where), func(r *report.Report) error {
			if !wanted(r) {
				return nil
			}
			r, err := counted(groups[i], r)
			if err != nil {
				return err
			}
			together[i].Add(r)
			if *asHTML {
				shares[i].Add(r)
			}
			return nil
		})
		if err != nil {
			return exitUnusable, err
		}
		if unread > 0 {
			shares[i].Partial = notRead(unread, name)
		}
		result = max(result, code)
	}
	if err := missing(); err != nil {
		return exitUnusable, err
	}
	changes, err := batch.Diff(groups[0], groups[1])
	if err != nil {
		return exitUnusable, err
	}
	if slices.ContainsFunc(changes, func(x report.GroupChange) bool { return x.Key != report.NoKey && slices.Contains(*failOn, x.Change) }) {
		result = max(result, exitFinding)
	}
	added := newPatterns(c.patterns(&together[0]), c.patterns(&together[1]))
	if *asHTML {
		shares[0].Groups, shares[1].Groups = groups[0].List(), groups[1].List()
		page := share.Diff{Old: shares[0], New: shares[1], OldName: files[0], NewName: files[1], Changes: changes, Patterns: onPage(added),
			Where: *where, Made: madeNow(files)}
		return result, page.Write(c.stdout)
	}
	columns := report.ChangeColumns()
	if *format == "table" {
		columns = report.ChangeTable(changes)
	}
	if err := writeRows(c.stdout, *format, columns, style, changes); err != nil {
		return result, err
	}
	c.sayPatterns(added)
	return result, nil
}
