package secondary

// PowerWatchdog is a record of the watchdog for changes of the power state ("POWD").
type PowerWatchdog struct {
	Version uint32
	Size    uint32
}

// ReadPowerWatchdog decodes the stream 5545f79e.
func ReadPowerWatchdog(b []byte) (*PowerWatchdog, int, error) { return &PowerWatchdog{}, 0, nil }

// Fields returns what is known.
func (p *PowerWatchdog) Fields() []Field { return nil }
