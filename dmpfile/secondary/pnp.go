package secondary

import (
	"time"

	"github.com/dmplens/dmplens/dmpfile"
)

// PnP is the last event of a device that Plug and Play noted.
type PnP struct {
	Activity    dmpfile.GUID
	Time        time.Time
	Information uint32
	InProgress  bool   // it was being handled when the machine stopped
	Problem     uint32 // of the device, by cfg.h; 0 is none
	VetoType    uint32 // of a removal that was refused, by cfg.h
	Veto        string // who refused it
	Device      string // enumerator and device of the id, as in `USB\VID_1234&PID_5678`
	Instance    string // the rest of the id: private, as it can be a serial number
}

// ProblemName is the name of the problem in cfg.h, as in "CM_PROB_FAILED_START"; "" for none, and for one that is not known.
func (p *PnP) ProblemName() string { return "" }

// ReadPnP reads a stream b7631941.
func ReadPnP(b []byte) (*PnP, int, error) { return &PnP{}, 0, nil }

// Fields is all of it.
func (p *PnP) Fields() []Field { return nil }
