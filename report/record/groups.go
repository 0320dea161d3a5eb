package record

import (
	"encoding/csv"
	"fmt"
	"io"
	"time"

	"github.com/dmplens/dmplens/report"
)

var (
	groupNames  = []string{"by", "signature_version", "key", "count", "first_seen", "last_seen", "worst_verdict", "example", "name"}
	changeNames = []string{"by", "signature_version", "key", "change", "old", "new", "example"}
)

func groupCells(g report.Group) []string {
	return []string{g.By, g.SignatureVersion, g.Key, fmt.Sprint(g.Count), second(g.FirstSeen), second(g.LastSeen), string(g.WorstVerdict), g.Example, g.Name}
}

func changeCells(c report.GroupChange) []string {
	return []string{c.By, c.SignatureVersion, c.Key, c.Change, fmt.Sprint(c.Old), fmt.Sprint(c.New), c.Example}
}

func second(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// GroupsJSONL writes each group as an object on one line.
func GroupsJSONL(w io.Writer, groups []report.Group) error { return lines(w, groups) }

// ChangesJSONL writes each change as an object on one line.
func ChangesJSONL(w io.Writer, changes []report.GroupChange) error { return lines(w, changes) }

// GroupsCSV writes a line of names, then a row for each group.
func GroupsCSV(w io.Writer, groups []report.Group) error {
	return csvTable(w, groupNames, groups, groupCells)
}

// ChangesCSV writes a line of names, then a row for each change.
func ChangesCSV(w io.Writer, changes []report.GroupChange) error {
	return csvTable(w, changeNames, changes, changeCells)
}

// GroupsMarkdown writes groups as a table.
func GroupsMarkdown(w io.Writer, groups []report.Group) error {
	return markdownTable(w, groupNames, groups, groupCells, 3)
}

// ChangesMarkdown writes changes as a table.
func ChangesMarkdown(w io.Writer, changes []report.GroupChange) error {
	return markdownTable(w, changeNames, changes, changeCells, 4, 5)
}

func lines[T any](w io.Writer, list []T) error {
	for _, v := range list {
		if err := encode(w, v, ""); err != nil {
			return err
		}
	}
	return nil
}

func csvTable[T any](w io.Writer, names []string, list []T, cells func(T) []string) error {
	c := csv.NewWriter(w)
	if err := writeCSV(c, names); err != nil {
		return err
	}
	for _, v := range list {
		if err := writeCSV(c, cells(v)); err != nil {
			return err
		}
	}
	return nil
}

func markdownTable[T any](w io.Writer, names []string, list []T, cells func(T) []string, right ...int) error {
	if err := markdownHead(w, names, right...); err != nil {
		return err
	}
	for _, v := range list {
		if err := markdownRow(w, cells(v)); err != nil {
			return err
		}
	}
	return nil
}
