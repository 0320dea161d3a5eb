package secondary

import "time"

// Storage is the last requests to one storage adapter. A machine can have others: what is not here may still have happened.
type Storage struct {
	Signature string // "DSTP" of storport, "DATA" of ataport
	Driver    string // the port driver
	Clock     StorageClock
	Requests  []StorageRequest // newest first by their last sign of life, as in the stream
}

// StorageClock is what the times of requests count.
type StorageClock string

// The clocks. Both tick 100 ns; the times of storport are as coarse as the timer interrupt, some 0.5 to 15.6 ms.
const (
	SystemTime StorageClock = "system time"     // since 1601 UTC, as the header's time of the stop
	SinceBoot  StorageClock = "time since boot" // of the performance counter, which can be seconds off the header's uptime after days
)

// StorageRequest is a request to the adapter. Its block address is there with ataport only.
type StorageRequest struct {
	Operation string   // by the opcode, as in "write" or "flush"
	Command   string   // the command's name in its standard, as in "WRITE(10)"
	CDB       [16]byte // SCSI command; storport keeps its opcode only
	Function  uint8    // SRB function of storport where it is no SCSI command
	TaskFile  [16]byte // ATA registers of ataport
	// Start and End are in 100 ns of the clock. 0 is not recorded: a request without End was not finished, or its end is in a request of its own.
	Start, End uint64
	Duration   time.Duration // where both times are recorded
	Finished   bool          // its end is recorded
	Status     uint8         // SRB status of storport, ATA status register of ataport; of a finished request
	Error      uint8         // ATA error register, or SCSI status
	StatusName string
	Block      uint64 // logical block address; only where HasBlock is set
	Blocks     uint32
	HasBlock   bool
	Tag        uint32 // what is equal in two requests of one queue entry: the low half of an address
}

// Ended returns how long before the stop a request ended, by the clock of the stream. stop is the header's time, uptime the header's time since boot.
// ok is false where the request has no end or what it is compared with is not known. It can be a little negative: clocks drift.
func (s *Storage) Ended(r *StorageRequest, stop time.Time, uptime time.Duration) (before time.Duration, ok bool) {
	return s.before(r.End, stop, uptime)
}

// Started is Ended for the start of a request.
func (s *Storage) Started(r *StorageRequest, stop time.Time, uptime time.Duration) (before time.Duration, ok bool) {
	return s.before(r.Start, stop, uptime)
}

func (s *Storage) before(at uint64, stop time.Time, uptime time.Duration) (time.Duration, bool) {
	return 0, false
}

// ReadStorage decodes the stream da82441d.
func ReadStorage(b []byte) (*Storage, int, error) { return &Storage{}, 0, nil }

// Fields returns the driver, and one group for each request.
func (s *Storage) Fields() []Field { return nil }
