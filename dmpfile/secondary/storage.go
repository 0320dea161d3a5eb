package secondary

import (
	"encoding/binary"
	"fmt"
	"strings"
	"time"

	"github.com/dmplens/dmplens/dmpfile/internal/bin"
)

// Storage is the last requests to one storage adapter. A machine can have others: what is not here may still have happened.
type Storage struct {
	Signature string // "DSTP" of storport, "DATA" of ataport
	Driver    string // the port driver
	Clock     StorageClock
	Requests  []StorageRequest // newest first by their last sign of life, as in the stream
}

// StorageClock is what the times of requests count: 100 ns each.
type StorageClock string

// The clocks.
const (
	// SystemTime counts since 1601 UTC, as the header's time of the stop does. It advances with the timer interrupt, in steps of 0.5 to 15.6 ms.
	SystemTime StorageClock = "system time"
	// SinceBoot counts since Windows started, by the performance counter. It was 0.15, 3 and 22 s ahead of the header's uptime in real dumps, after 4
	// minutes, 23 hours and 6 days: compare requests with each other, and with the stop only roughly.
	SinceBoot StorageClock = "time since boot"
)

// StorageRequest is a request to the adapter.
type StorageRequest struct {
	Operation string   // what it does, as in "read", "write" or "flush"; "" where the opcode is not known
	Command   string   // the name of the command in its standard, as in "WRITE(10)", or of the SRB function, as in "FLUSH"
	CDB       [16]byte // SCSI command; storport keeps its opcode only
	Function  uint8    // SRB function of storport: 0 is a SCSI command
	TaskFile  [16]byte // of ataport: the registers of the ATA command, those that were written last first
	// Start and End are in 100 ns of the clock. 0 is not recorded: a request without End was not finished, or its end is in an entry of its own, which then
	// has no Start.
	Start, End uint64
	Duration   time.Duration // where both times are recorded
	Finished   bool          // its end is recorded
	Status     uint8         // of a finished request: the SRB status of storport, the ATA status register of ataport
	StatusName string        // of an SRB status, without its flags, or what is set in the ATA status register
	Failed     bool          // by the status of a finished request
	Error      uint8         // of a finished request: the ATA error register; 0 in all real dumps of storport
	HasBlock   bool          // the command is whole: Block and Blocks are known
	Block      uint64        // logical block address
	Blocks     uint32
	Tag        uint32 // equal in entries of one request block; the low half of its address. 0 with ataport
}

// Ended returns how long before the stop a request ended, by the clock of the stream. stop is the header's time of the stop, uptime its time since boot:
// only one of them is used. ok is false where the end or that is not known. With SinceBoot it is rough, and can be negative.
func (s *Storage) Ended(r *StorageRequest, stop time.Time, uptime time.Duration) (before time.Duration, ok bool) {
	return s.before(r.End, stop, uptime)
}

// Started is Ended for the start of a request.
func (s *Storage) Started(r *StorageRequest, stop time.Time, uptime time.Duration) (before time.Duration, ok bool) {
	return s.before(r.Start, stop, uptime)
}

func (s *Storage) before(at uint64, stop time.Time, uptime time.Duration) (time.Duration, bool) {
	if s.Clock == SystemTime {
		t, ok := bin.Filetime(at)
		return stop.Sub(t), ok && !stop.IsZero()
	}
	if at == 0 || at > maxSinceBoot || uptime == 0 {
		return 0, false
	}
	return uptime - ticks(at), true
}

// maxSinceBoot is 100 years in 100 ns: more is no time since boot.
const maxSinceBoot = 100 * 365 * 24 * 3600 * 1e7

// ticks are 100 ns each, below maxSinceBoot.
func ticks(v uint64) time.Duration { return time.Duration(v) * 100 }

// The stream has a header, and records: command, task file or function, start, end, status, error, tag. The room for records that is not used is zero.
const (
	storageHeader = 0x24
	storageRecord = 60
)

// ReadStorage decodes the stream da82441d. Its layout was worked out on real dumps; opcodes are those of the SCSI standards SPC and SBC, SRB functions and
// status those of srb.h of the Windows driver kit.
func ReadStorage(b []byte) (*Storage, int, error) {
	s := &Storage{}
	r := le(b)
	if !r.has(0, storageHeader) {
		return s, 0, stopped(0, "the header of the storage requests is cut: its size", len(b))
	}
	s.Signature = string(b[:4])
	switch s.Signature {
	case "DSTP":
		s.Clock = SystemTime
	case "DATA":
		s.Clock = SinceBoot
	default:
		return s, 0, stopped(0, "these are no requests of storport or ataport", s.Signature)
	}
	s.Driver = bin.ASCIIZ(b[0x10:0x20])
	count := r.u32(0x20)
	off := storageHeader
	for range count {
		if !r.has(off, storageRecord) {
			return s, off, stopped(off, "the list of storage requests is cut: it claims", count)
		}
		s.Requests = append(s.Requests, s.request(r[off:off+storageRecord]))
		off += storageRecord
	}
	for i := off; i < len(b); i++ {
		if b[i] != 0 {
			return s, off, stopped(i, "bytes follow the storage requests", b[i])
		}
	}
	return s, len(b), nil
}

// request decodes a record.
func (s *Storage) request(r le) StorageRequest {
	q := StorageRequest{Start: r.u64(0x20), End: r.u64(0x28), Tag: r.u32(0x38)}
	copy(q.CDB[:], r)
	if s.Signature == "DATA" {
		copy(q.TaskFile[:], r[0x10:])
	} else {
		q.Function = r.u8(0x10)
	}
	q.name()
	if [14]byte(q.CDB[2:]) != [14]byte{} { // the command is whole
		q.block()
	}
	q.Finished = q.End != 0
	if q.Finished {
		q.Status, q.Error = r.u8(0x30), r.u8(0x34)
		if s.Signature == "DATA" {
			q.StatusName, q.Failed = ataStatus(q.Status)
		} else {
			q.StatusName, q.Failed = srbStatus(q.Status)
		}
		if d := q.End - q.Start; q.Start != 0 && q.End >= q.Start && d <= maxSinceBoot {
			q.Duration = ticks(d)
		}
	}
	return q
}

// name says what the request is.
func (q *StorageRequest) name() {
	if q.Function != 0 {
		f, ok := srbFunctions[q.Function]
		if !ok {
			f.command = fmt.Sprintf("SRB function %#x", q.Function)
		}
		q.Command, q.Operation = f.command, f.operation
		return
	}
	c, ok := scsiCommands[q.CDB[0]]
	if !ok {
		c.command = fmt.Sprintf("SCSI command %#x", q.CDB[0])
	}
	q.Command, q.Operation = c.command, c.operation
}

// block reads which blocks a command is for.
func (q *StorageRequest) block() {
	be := binary.BigEndian
	switch q.CDB[0] {
	case 0x28, 0x2A, 0x2E, 0x2F, 0x35:
		q.Block, q.Blocks, q.HasBlock = uint64(be.Uint32(q.CDB[2:])), uint32(be.Uint16(q.CDB[7:])), true
	case 0xA8, 0xAA:
		q.Block, q.Blocks, q.HasBlock = uint64(be.Uint32(q.CDB[2:])), be.Uint32(q.CDB[6:]), true
	case 0x88, 0x8A, 0x8F, 0x91:
		q.Block, q.Blocks, q.HasBlock = be.Uint64(q.CDB[2:]), be.Uint32(q.CDB[10:]), true
	}
}

// operation is the name of a command and what it does.
type operation struct{ command, operation string }

// scsiCommands are the commands that disks get, by opcode (SPC-5, SBC-4).
var scsiCommands = map[uint8]operation{
	0x00: {"TEST UNIT READY", "query"}, 0x03: {"REQUEST SENSE", "query"}, 0x04: {"FORMAT UNIT", "format"}, 0x08: {"READ(6)", "read"},
	0x0A: {"WRITE(6)", "write"}, 0x12: {"INQUIRY", "query"}, 0x15: {"MODE SELECT(6)", "setting"}, 0x1A: {"MODE SENSE(6)", "query"},
	0x1B: {"START STOP UNIT", "power"}, 0x1E: {"PREVENT ALLOW MEDIUM REMOVAL", "setting"}, 0x25: {"READ CAPACITY(10)", "query"},
	0x28: {"READ(10)", "read"}, 0x2A: {"WRITE(10)", "write"}, 0x2E: {"WRITE AND VERIFY(10)", "write"}, 0x2F: {"VERIFY(10)", "verify"},
	0x35: {"SYNCHRONIZE CACHE(10)", "flush"}, 0x3B: {"WRITE BUFFER", "firmware"}, 0x3C: {"READ BUFFER", "query"}, 0x41: {"WRITE SAME(10)", "write"},
	0x42: {"UNMAP", "trim"}, 0x4D: {"LOG SENSE", "query"}, 0x55: {"MODE SELECT(10)", "setting"}, 0x5A: {"MODE SENSE(10)", "query"},
	0x5E: {"PERSISTENT RESERVE IN", "query"}, 0x5F: {"PERSISTENT RESERVE OUT", "setting"}, 0x85: {"ATA PASS-THROUGH(16)", "pass-through"},
	0x88: {"READ(16)", "read"}, 0x8A: {"WRITE(16)", "write"}, 0x8F: {"VERIFY(16)", "verify"}, 0x91: {"SYNCHRONIZE CACHE(16)", "flush"},
	0x93: {"WRITE SAME(16)", "write"}, 0x9E: {"SERVICE ACTION IN(16)", "query"}, 0xA0: {"REPORT LUNS", "query"},
	0xA1: {"ATA PASS-THROUGH(12)", "pass-through"}, 0xA2: {"SECURITY PROTOCOL IN", "query"}, 0xA8: {"READ(12)", "read"}, 0xAA: {"WRITE(12)", "write"},
	0xB5: {"SECURITY PROTOCOL OUT", "setting"},
}

// srbFunctions are those besides a SCSI command (srb.h).
var srbFunctions = map[uint8]operation{
	0x01: {"CLAIM_DEVICE", "setting"}, 0x02: {"IO_CONTROL", "control"}, 0x07: {"SHUTDOWN", "power"}, 0x08: {"FLUSH", "flush"},
	0x09: {"PROTOCOL_COMMAND", "pass-through"}, 0x10: {"ABORT_COMMAND", "reset"}, 0x12: {"RESET_BUS", "reset"}, 0x13: {"RESET_DEVICE", "reset"},
	0x14: {"TERMINATE_IO", "reset"}, 0x15: {"FLUSH_QUEUE", "reset"}, 0x16: {"REMOVE_DEVICE", "setting"}, 0x17: {"WMI", "query"},
	0x18: {"LOCK_QUEUE", "setting"}, 0x19: {"UNLOCK_QUEUE", "setting"}, 0x20: {"RESET_LOGICAL_UNIT", "reset"}, 0x24: {"POWER", "power"},
	0x25: {"PNP", "setting"}, 0x26: {"DUMP_POINTERS", "query"}, 0x27: {"FREE_DUMP_POINTERS", "setting"},
}

// srbStatus names a status of a finished request. Its two high bits are flags: there is sense data, and the queue was frozen.
func srbStatus(v uint8) (name string, failed bool) {
	v &^= 0xC0
	if name = srbStatusNames[v]; name == "" {
		name = fmt.Sprintf("SRB status %#x", v)
	}
	return name, v != 1 && v != 0 && v != 0x12 // an overrun can be less data than was asked for
}

var srbStatusNames = map[uint8]string{
	0x00: "PENDING", 0x01: "SUCCESS", 0x02: "ABORTED", 0x03: "ABORT_FAILED", 0x04: "ERROR", 0x05: "BUSY", 0x06: "INVALID_REQUEST",
	0x07: "INVALID_PATH_ID", 0x08: "NO_DEVICE", 0x09: "TIMEOUT", 0x0A: "SELECTION_TIMEOUT", 0x0B: "COMMAND_TIMEOUT", 0x0D: "MESSAGE_REJECTED",
	0x0E: "BUS_RESET", 0x0F: "PARITY_ERROR", 0x10: "REQUEST_SENSE_FAILED", 0x11: "NO_HBA", 0x12: "DATA_OVERRUN", 0x13: "UNEXPECTED_BUS_FREE",
	0x14: "PHASE_SEQUENCE_FAILURE", 0x15: "BAD_SRB_BLOCK_LENGTH", 0x16: "REQUEST_FLUSHED", 0x20: "INVALID_LUN", 0x21: "INVALID_TARGET_ID",
	0x22: "BAD_FUNCTION", 0x23: "ERROR_RECOVERY", 0x24: "NOT_POWERED", 0x25: "LINK_DOWN", 0x30: "INTERNAL_ERROR",
}

// ataStatus says what is set in the status register of a finished command (ATA/ATAPI command set).
func ataStatus(v uint8) (name string, failed bool) {
	var set []string
	for _, bit := range [...]struct {
		mask uint8
		name string
	}{{0x80, "BSY"}, {0x40, "DRDY"}, {0x20, "DF"}, {0x10, "DSC"}, {0x08, "DRQ"}, {0x01, "ERR"}} {
		if v&bit.mask != 0 {
			set = append(set, bit.name)
		}
	}
	return strings.Join(set, " "), v&(0x80|0x20|0x01) != 0
}

// Fields returns the driver, and one group for each request.
func (s *Storage) Fields() []Field {
	f := []Field{textField("driver", s.Driver), textField("clock", string(s.Clock)), countField("requests", uint64(len(s.Requests)))}
	for i := range s.Requests {
		f = append(f, s.field(&s.Requests[i]))
	}
	return f
}

func (s *Storage) field(q *StorageRequest) Field {
	group := Field{Name: q.Command}
	f := addText(nil, "operation", q.Operation)
	f = addText(f, "start", s.time(q.Start))
	f = addText(f, "end", s.time(q.End))
	switch {
	case !q.Finished:
		f = append(f, textField("state", "no end recorded"))
	case q.Start != 0 && q.End >= q.Start:
		f = append(f, textField("duration", q.Duration.String()))
	}
	if q.Finished {
		f = addText(f, "status", q.StatusName)
		f = addHex(f, "error", uint64(q.Error))
	}
	if q.HasBlock {
		f = append(f, hexField("block", q.Block), countField("blocks", uint64(q.Blocks)))
	}
	group.Fields = addHex(f, "tag", uint64(q.Tag))
	return group
}

// time is a time of the clock, "" where it is none.
func (s *Storage) time(v uint64) string {
	if s.Clock == SystemTime {
		return fileTime(v)
	}
	if v == 0 || v > maxSinceBoot {
		return ""
	}
	return ticks(v).String()
}
