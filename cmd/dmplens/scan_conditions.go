package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dmplens/dmplens/report"
	"github.com/dmplens/dmplens/report/batch/condition"
)

// conditions compiles those of --fail-on, and returns what says whether a row fails. Rows are whole where one of them, or --where, asks for
// long lists.
func (f *scanFlags) conditions(c *command) (failing func(*report.Report) bool, err error) {
	var tests []func(*report.Report) bool
	for _, what := range f.failOn {
		test, err := f.failure(what)
		if err != nil {
			return nil, c.usageError("--fail-on: %v", err)
		}
		tests = append(tests, test)
	}
	if *f.view.where != "" {
		if _, err := f.condition(*f.view.where); err != nil {
			return nil, c.usageError("--where: %v", err)
		}
	}
	return func(r *report.Report) bool {
		return slices.ContainsFunc(tests, func(test func(*report.Report) bool) bool { return test(r) })
	}, nil
}

// condition compiles a condition on rows of the scan.
func (f *scanFlags) condition(expression string) (func(*report.Report) bool, error) {
	c, err := condition.Compile(expression)
	if err != nil {
		return nil, err
	}
	whole, err := c.ForScan()
	f.scan.Whole = f.scan.Whole || whole
	return c.Match, err
}

// failure returns what one --fail-on asks for.
func (f *scanFlags) failure(what string) (func(*report.Report) bool, error) {
	name, isFinding := strings.CutPrefix(what, "finding:")
	id := report.FindingID(name)
	switch {
	case what == string(report.Damaged):
		return func(r *report.Report) bool { return r.Verdict == report.Damaged }, nil
	case isFinding && !id.Known():
		if near := report.Nearest("finding:"+name, findings()); near != "" {
			return nil, fmt.Errorf("there is no finding %q: did you mean %s?", name, strings.TrimPrefix(near, "finding:"))
		}
		return nil, fmt.Errorf("there is no finding %q", name)
	case isFinding:
		return func(r *report.Report) bool {
			return slices.ContainsFunc(r.Findings, func(f report.Finding) bool { return f.ID == id })
		}, nil
	}
	test, err := f.condition(what)
	if err != nil && report.Nearest(what, []string{string(report.Damaged)}) != "" {
		err = fmt.Errorf("no expression %q: did you mean %s?", what, report.Damaged)
	}
	return test, err
}
