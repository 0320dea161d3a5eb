package main

import (
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/dmplens/dmplens/report"
)

// inModule returns the address of a place in a module of a report: driver.sys+0x123.
func inModule(place string, r *report.Report) (uint64, error) {
	if r.Error != nil {
		return 0, errors.New(r.Error.Message)
	}
	name, offset := place, uint64(0)
	if i := strings.LastIndexByte(place, '+'); i >= 0 {
		var err error
		if offset, _, err = readNumber(place[i+1:], 64); err != nil {
			return 0, err
		}
		name = place[:i]
	}
	m, err := moduleNamed(name, r.Modules)
	if err != nil {
		return 0, err
	}
	if offset >= uint64(m.Size) {
		return 0, fmt.Errorf("%s has only %#x bytes", m.Name, m.Size)
	}
	base, _, err := readNumber(m.Base, 64)
	return base + offset, err
}

// moduleNamed finds a module by its name, else by its name without the ending, in letters of any case. nt is the kernel, which is the
// first module.
func moduleNamed(name string, modules []report.Module) (report.Module, error) {
	found := modulesWith(name, modules, func(m string) string { return m })
	if len(found) == 0 {
		found = modulesWith(name, modules, func(m string) string { return strings.TrimSuffix(m, path.Ext(m)) })
	}
	if len(found) == 0 && strings.EqualFold(name, "nt") && len(modules) > 0 {
		found = modules[:1]
	}
	switch len(found) {
	case 0:
		return report.Module{}, fmt.Errorf("no module is named %q: dmplens modules lists them", name)
	case 1:
		return found[0], nil
	}
	var at []string
	for _, m := range found {
		at = append(at, m.Name+" at "+m.Base)
	}
	return report.Module{}, fmt.Errorf("the name %q is ambiguous: %s", name, strings.Join(at, ", "))
}

// modulesWith returns the modules that have a name in a form.
func modulesWith(name string, modules []report.Module, form func(string) string) (found []report.Module) {
	for _, m := range modules {
		if m.Name != "" && strings.EqualFold(form(m.Name), name) {
			found = append(found, m)
		}
	}
	return found
}
