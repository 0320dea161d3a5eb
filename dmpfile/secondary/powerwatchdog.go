package secondary

// PowerWatchdog is a record of the watchdog for changes of the power state ("POWD"). One real dump has it: what its numbers and addresses are is not known.
type PowerWatchdog struct {
	Version uint32
	Size    uint32
}

// powerWatchdogHeader is the length of what is known: version, size, two u32, signature.
const powerWatchdogHeader = 0x14

// ReadPowerWatchdog decodes the stream 5545f79e.
func ReadPowerWatchdog(b []byte) (*PowerWatchdog, int, error) {
	p := &PowerWatchdog{}
	s := le(b)
	if string(s.upTo(0x10, 4)) != "POWD" {
		return p, 0, stopped(0x10, "this is no record of the power watchdog", s.u32(0x10))
	}
	p.Version, p.Size = s.u32(0), s.u32(4)
	return readTo(p, powerWatchdogHeader, b)
}

// Fields returns what is known.
func (p *PowerWatchdog) Fields() []Field {
	return []Field{countField("version", uint64(p.Version)), countField("size", uint64(p.Size))}
}
