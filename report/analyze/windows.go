package analyze

import (
	_ "embed"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/dmplens/dmplens/report"
)

//go:embed windows.txt
var windowsList string

// windowsModules are the names of modules that belong to Windows, in lower case. Drivers that others made and Windows carries are not among
// them.
var windowsModules = sync.OnceValue(func() map[string]bool {
	list := map[string]bool{}
	for line := range strings.Lines(windowsList) {
		if name := strings.TrimSpace(line); name != "" && !strings.HasPrefix(name, "#") {
			list[name] = true
		}
	}
	return list
})

// windowsFolder is where Windows loads its own modules from, in lower case: its system folder, with the store of drivers, and where its
// antivirus keeps the one that comes with definitions.
var windowsFolder = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(\\systemroot|(\\\?\?\\[a-z]:)?\\(windows|winnt))\\system32\\|^\\\?\?\\[a-z]:\\programdata\\microsoft\\windows defender\\`)
})

// copiedFor are what Windows puts before the name of a driver that it loads once more, to write a dump or for hibernation.
var copiedFor = []string{"dump_", "hiber_"}

// cutName is how many characters of the name of an unloaded module a small dump has.
const cutName = 12

// ofWindows says whether a module has the name of one of Windows' own and, where its folder is known, is where they are.
func ofWindows(name, path string) bool {
	if !windowsModules()[baseDriver(name)] {
		return false
	}
	path = strings.ToLower(strings.ReplaceAll(path, "/", `\`))
	return !strings.Contains(path, `\`) || windowsFolder().MatchString(path) && !strings.Contains(path, `\..\`)
}

// WindowsModule says whether a module has the name of one of Windows' own.
func WindowsModule(name string) bool { return ofWindows(name, "") }

// ofWindowsCut is ofWindows for a name that may be cut.
func ofWindowsCut(name string) bool {
	if ofWindows(name, "") {
		return true
	}
	if len(name) != cutName {
		return false
	}
	base := baseDriver(name)
	for full := range windowsModules() {
		if strings.HasPrefix(full, base) {
			return true
		}
	}
	return false
}

// baseDriver is the name of the driver that a module is, in lower case.
func baseDriver(name string) string {
	name = strings.ToLower(name)
	for _, prefix := range copiedFor {
		if rest, ok := strings.CutPrefix(name, prefix); ok {
			return rest
		}
	}
	return name
}

// OtherModules reports on the modules that are not Windows' own.
func (d *Dump) OtherModules() *report.Report {
	rep := d.Modules()
	rep.Modules = slices.DeleteFunc(rep.Modules, func(m report.Module) bool { return m.Known != nil && *m.Known })
	rep.UnloadedModules = slices.DeleteFunc(rep.UnloadedModules, func(m report.UnloadedModule) bool { return m.Known != nil && *m.Known })
	return rep
}

// knowModules says of each module whether it is one of Windows' own. One without a name is not known to be.
func knowModules(rep *report.Report) {
	for i := range rep.Modules {
		m := &rep.Modules[i]
		m.Known = known(ofWindows(m.Name, m.Path), m.Name != "")
	}
	for i := range rep.UnloadedModules {
		m := &rep.UnloadedModules[i]
		m.Known = known(ofWindowsCut(m.Name), m.Name != "")
	}
}
