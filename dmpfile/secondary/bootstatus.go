package secondary

import "time"

// BootStatus is the boot status data that Windows keeps over restarts (bootstat.dat), as it was at the stop.
type BootStatus struct {
	Version              uint32    // the size of the structure in bytes: 0xB0, 0xC0, 0xC8
	BootID               uint32    // of the boot that stopped; it rises by one with each boot, but restarts
	LastGoodShutdown     uint32    // the id of the last boot that ended as it should
	LastReportedAbnormal uint32    // the id of the last boot of which Windows said that it ended otherwise
	LastBootSucceeded    bool      // the boot that stopped came up
	LastBootShutdown     bool      // it was shut down as it should be
	Sleep                bool      // a sleep or a wake was in progress
	PowerButton          time.Time // when the power button was pressed; zero where it was not
	Reference            time.Time // the last time that was noted
	BootAttempts         uint8
	Checkpoint           bool // of the last boot
	Flags                uint32
	Error                BootError
	FeatureState         uint32 // of feature configurations, 0 to 4
}

// BootError is an error of a boot that the boot manager noted; all zero where there is none.
type BootError struct {
	BootID, Repeats, Others, Code, Status uint32
}

// ReadBootStatus reads a stream f57308df.
func ReadBootStatus(b []byte) (*BootStatus, int, error) { return &BootStatus{}, 0, nil }

// Fields is all of it.
func (s *BootStatus) Fields() []Field { return nil }
