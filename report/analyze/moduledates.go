package analyze

import (
	"errors"
	"time"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/nt"
	"github.com/dmplens/dmplens/dmpfile/pe"
	"github.com/dmplens/dmplens/report"
)

// firstReproducibleBuild is Windows 10: Microsoft builds it reproducibly, so that the time stamps of its own modules are hashes.
const firstReproducibleBuild = 10240

// dateModules says of each time stamp whether it is a date. A build that is not reproducible leaves a date, and a reproducible one a hash, which
// looks like a date one time in six or so. The debug directory of the image says which it is. Where the dump does not have it, the date is only
// possible; of a module of Windows 10 and later not even that.
func (f *facts) dateModules(rep *report.Report) {
	captured := rep.Dump.CapturedAt
	if captured == nil { // nothing to compare with
		return
	}
	for i := range rep.Modules {
		m, r := f.modules.At(i), &rep.Modules[i]
		reproducible, err := f.reproducible(m)
		r.Reproducible = known(reproducible, err == nil)
		date, ok := f.plausibleDate(m.TimeStamp, *captured)
		switch {
		case !ok || reproducible:
		case err == nil:
			r.Date = &date
		case f.build() < firstReproducibleBuild || !ofWindows(m.Name, m.Path):
			r.PossibleDate = &date
		}
	}
}

var errOtherImage = errors.New("the image in memory is not the one that the list names")

// reproducible says whether the image of a module is a reproducible build.
func (f *facts) reproducible(m *nt.Module) (bool, error) {
	im, err := pe.NewMapped(f.kernel, m.Base, m.Size)
	if err != nil {
		return false, err
	}
	if im.TimeDateStamp != m.TimeStamp {
		return false, errOtherImage
	}
	return im.Reproducible()
}

// firstDrivers are the years before which nobody built a driver for a machine; of others it is 1995.
var firstDrivers = map[dmpfile.Machine]int{dmpfile.MachineAMD64: 2003, dmpfile.MachineARM64: 2016}

// plausibleDate is the date that a time stamp says, if a driver can be of that day: from the first year of drivers for the machine to the
// day after the capture, since clocks differ.
func (f *facts) plausibleDate(stamp uint32, captured time.Time) (time.Time, bool) {
	machine, _ := f.Machine()
	t := time.Unix(int64(stamp), 0).UTC()
	return t, t.Year() >= max(1995, firstDrivers[machine]) && t.Before(captured.Add(24*time.Hour))
}

// build is the number of the build of Windows, 0 where it is not known.
func (f *facts) build() uint32 {
	n, _ := f.MinorVersion()
	return n
}
