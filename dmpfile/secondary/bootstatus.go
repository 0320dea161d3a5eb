package secondary

import (
	"fmt"
	"time"

	"github.com/dmplens/dmplens/dmpfile"
)

// BootStatus is the boot status data that Windows keeps over restarts (bootstat.dat, RTL_BSD_DATA), as it was at the stop.
type BootStatus struct {
	Size                 uint32    // of the structure in bytes: 0xB0, 0xC0, 0xC8
	BootID               uint32    // of the boot that stopped; it rises by one with each boot, but restarts
	LastGoodShutdown     uint32    // the id of the last boot that ended as it should
	LastReportedAbnormal uint32    // the id of the last boot of which Windows said that it ended otherwise
	LastBootSucceeded    bool      // the boot that stopped came up
	LastBootShutdown     bool      // it was shut down as it should be
	Running              bool      // no sleep state had been reached
	Standby              bool      // connected standby was in progress
	UserShutdown         bool      // a shutdown that a user asked for was in progress
	SystemShutdown       bool      // one of the system's own was
	Sleep                bool      // a sleep or a wake was in progress
	SleepState           uint8     // which one: 1 to 5 of SYSTEM_POWER_STATE, 4 is S3, 5 hibernation; 0 is none
	SleepTransitions     uint16    // how often the machine woke in this boot
	PowerButton          time.Time // when a press of the power button began to shut down; zero where none did
	Press                PowerButtonPress
	Reference            time.Time // the last time that was noted
	BootAttempts         uint8
	Checkpoint           bool // the boot got as far as the last checkpoint
	Error                BootError
	FeatureState         uint32 // of feature configurations, 0 to 4
}

// PowerButtonPress is the last press of the power button that was noted, in any boot; all zero where there is none.
type PowerButtonPress struct {
	Time     time.Time
	BootID   uint16 // of the boot in which it was, its low 16 bits
	Count    uint32 // of presses so far
	Released time.Time
	// Instance is the GUID of a long press. It is private: real ones are of version 1, which ends with the machine's network address.
	Instance dmpfile.GUID
}

// BootError is an error of a boot that the boot manager noted; all zero where there is none.
type BootError struct {
	BootID, Repeats, Others, Code, Status uint32
}

// Offsets in the boot status data. The parts up to the power button's are those of RTL_BSD_DATA in the public headers of ReactOS and phnt; the
// GUID of a long press, which later versions of Windows have in it, shows in a real dump of a power button that was held.
const (
	bsdSucceeded    = 0x0A
	bsdShutdown     = 0x0B
	bsdSleep        = 0x0C
	bsdPowerButton  = 0x10
	bsdFlags        = 0x18
	bsdTransitions  = 0x1C
	bsdReference    = 0x20
	bsdAttempts     = 0x30
	bsdCheckpoint   = 0x31
	bsdBootID       = 0x34
	bsdGoodShutdown = 0x38
	bsdAbnormal     = 0x3C
	bsdError        = 0x40
	bsdPress        = 0x58
	bsdPressCount   = 0x60
	bsdPressBoot    = 0x64
	bsdInstance     = 0x68
	bsdRelease      = 0x78
)

// bsdFeature is where the state of feature configurations is, by the size of the structure.
var bsdFeature = map[uint32]int{0xB0: 0xA8, 0xC0: 0xB8, 0xC8: 0xB8}

// ReadBootStatus reads a stream f57308df.
func ReadBootStatus(b []byte) (*BootStatus, int, error) {
	d := le(b)
	s := &BootStatus{Size: d.u32(0)}
	feature := bsdFeature[s.Size]
	if feature == 0 || len(b) < int(s.Size) {
		return s, 0, stopped(0, "no size of the boot status data that is known, or one that the stream does not have", s.Size)
	}
	s.LastBootSucceeded, s.LastBootShutdown = b[bsdSucceeded] != 0, b[bsdShutdown] != 0
	s.PowerButton, s.Reference = d.time(bsdPowerButton), d.time(bsdReference)
	flags := b[bsdFlags]
	s.Running, s.Standby, s.UserShutdown, s.SystemShutdown = flags&1 != 0, flags&2 != 0, flags&4 != 0, flags&8 != 0
	s.SleepState = flags >> 4
	s.Sleep = b[bsdSleep] != 0 || s.SleepState != 0
	s.SleepTransitions = d.u16(bsdTransitions)
	s.BootAttempts, s.Checkpoint = b[bsdAttempts], b[bsdCheckpoint] != 0
	s.BootID, s.LastGoodShutdown, s.LastReportedAbnormal = d.u32(bsdBootID), d.u32(bsdGoodShutdown), d.u32(bsdAbnormal)
	s.Error = BootError{d.u32(bsdError), d.u32(bsdError + 4), d.u32(bsdError + 8), d.u32(bsdError + 12), d.u32(bsdError + 16)}
	s.Press = PowerButtonPress{Time: d.time(bsdPress), BootID: d.u16(bsdPressBoot), Count: d.u32(bsdPressCount), Released: d.time(bsdRelease)}
	copy(s.Press.Instance[:], b[bsdInstance:])
	s.FeatureState = d.u32(feature)
	n, err := whole(b, int(s.Size))
	return s, n, err
}

// Fields is all of it.
func (s *BootStatus) Fields() []Field {
	f := []Field{
		countField("boot id", uint64(s.BootID)),
		countField("last good shutdown", uint64(s.LastGoodShutdown)),
		countField("last reported abnormal shutdown", uint64(s.LastReportedAbnormal)),
		yesField("last boot succeeded", s.LastBootSucceeded),
		yesField("last boot shut down", s.LastBootShutdown),
		yesField("sleep in progress", s.Sleep),
	}
	f = addText(f, "sleep state", sleepState(s.SleepState))
	f = append(f, yesField("system running", s.Running), yesField("connected standby in progress", s.Standby),
		yesField("user shutdown in progress", s.UserShutdown), yesField("system shutdown in progress", s.SystemShutdown),
		countField("wakes", uint64(s.SleepTransitions)))
	f = addTime(f, "power button", s.PowerButton)
	if p := s.Press; p != (PowerButtonPress{}) {
		press := append(addTime(nil, "time", p.Time), countField("boot id", uint64(p.BootID)), countField("presses", uint64(p.Count)))
		press = addTime(press, "last release", p.Released)
		if p.Instance != (dmpfile.GUID{}) {
			press = addPrivate(press, "long press", p.Instance.String())
		}
		f = addGroup(f, "last press of the power button", press)
	}
	f = addTime(f, "reference time", s.Reference)
	f = append(f, countField("boot attempts", uint64(s.BootAttempts)), yesField("last checkpoint", s.Checkpoint))
	if e := s.Error; e != (BootError{}) {
		f = addGroup(f, "boot error", []Field{
			countField("boot id", uint64(e.BootID)), countField("repeats", uint64(e.Repeats)), countField("other errors", uint64(e.Others)),
			hexField("code", uint64(e.Code)), hexField("status", uint64(e.Status)),
		})
	}
	return append(f, countField("feature configuration state", uint64(s.FeatureState)))
}

// sleepState names a SYSTEM_POWER_STATE, "" for none.
func sleepState(state uint8) string {
	switch state {
	case 0:
		return ""
	case 1:
		return "S0"
	case 2, 3, 4:
		return fmt.Sprintf("S%d", state-1)
	case 5:
		return "S4 (hibernation)"
	case 6:
		return "S5 (off)"
	}
	return fmt.Sprint(state)
}
