package secondary

import (
	"fmt"
	"strings"
	"time"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/internal/bin"
)

// PnP is the last event of a device that Plug and Play noted.
type PnP struct {
	Activity    dmpfile.GUID
	Time        time.Time
	Information uint32
	InProgress  bool   // it was being handled when the machine stopped
	Problem     uint32 // of the device, by cfg.h; 0 is none
	VetoType    uint32 // of a removal that was refused, PNP_VETO_TYPE of cfg.h
	Veto        string // who refused it: can be a program's path, or the id of a device, and is private
	// Device is what the id says of the kind of device: enumerator and device, as in `USB\VID_1234&PID_5678`; or the enumerator alone.
	Device string
	// Instance is the rest of the id: private, as it can be a serial number or an address.
	Instance string
}

// Offsets in a stream of Plug and Play.
const (
	pnpTime        = 0x10
	pnpInformation = 0x18
	pnpInProgress  = 0x1C
	pnpProblem     = 0x20
	pnpVetoType    = 0x24
	pnpVeto        = 0x28 // offset of the text that says who refused a removal; 0 is none
	pnpDevice      = 0x2C
)

// ReadPnP reads a stream b7631941.
func ReadPnP(b []byte) (*PnP, int, error) {
	d := le(b)
	p := &PnP{}
	if !d.has(0, pnpDevice) {
		return p, 0, stopped(0, "the stream ends in the header of the record of Plug and Play: its size in bytes", len(b))
	}
	copy(p.Activity[:], b)
	p.Time = d.time(pnpTime)
	p.Information, p.InProgress = d.u32(pnpInformation), b[pnpInProgress] != 0
	p.Problem, p.VetoType = d.u32(pnpProblem), d.u32(pnpVetoType)
	p.Device, p.Instance = deviceID(bin.UTF16Z(b[pnpDevice:]))
	switch at := int64(d.u32(pnpVeto)); {
	case at == 0 || p.VetoType == 0: // what stands there then is no offset of a text in real dumps
	case at < pnpDevice || at >= int64(len(b)):
		return p, pnpVeto, stopped(pnpVeto, "the text of the refusal is not in the stream: its offset", at)
	default:
		p.Veto = bin.UTF16Z(b[at:])
	}
	return p, len(b), nil
}

// openEnumerators are those whose devices are named by their makers' numbers or by classes. Those of Bluetooth, for one, have addresses there.
var openEnumerators = map[string]bool{
	"PCI": true, "USB": true, "USBSTOR": true, "ACPI": true, "HDAUDIO": true, "SCSI": true, "DISPLAY": true, "SW": true, "SWD": true, "ROOT": true,
	"TERMINPUT_BUS": true,
}

// deviceID divides the id of a device, enumerator\device\instance, into what says its kind, and what can tell it from others of its kind.
func deviceID(id string) (device, instance string) {
	enumerator, rest, _ := strings.Cut(id, `\`)
	if name, instance, ok := strings.Cut(rest, `\`); ok && openEnumerators[strings.ToUpper(enumerator)] {
		return enumerator + `\` + name, instance
	}
	return enumerator, rest
}

// Fields is all of it.
func (p *PnP) Fields() []Field {
	var f []Field
	if p.Activity != (dmpfile.GUID{}) {
		f = append(f, textField("activity", p.Activity.String()))
	}
	f = addTime(f, "time", p.Time)
	f = append(f, hexField("information", uint64(p.Information)), yesField("in progress", p.InProgress))
	if p.Problem != 0 {
		problem := fmt.Sprint(p.Problem)
		if name := p.ProblemName(); name != "" {
			problem += " " + name
		}
		f = append(f, textField("problem", problem))
	}
	if p.VetoType != 0 {
		f = append(f, countField("veto type", uint64(p.VetoType)))
	}
	f = addPrivate(f, "veto", p.Veto)
	f = addText(f, "device", p.Device)
	return addPrivate(f, "instance", p.Instance)
}

// ProblemName is the name of the problem in cfg.h, as in "CM_PROB_FAILED_START"; "" for none, and for one that is not known.
func (p *PnP) ProblemName() string {
	if p.Problem >= uint32(len(problems)) || problems[p.Problem] == "" {
		return ""
	}
	return "CM_PROB_" + problems[p.Problem]
}

// problems are the problems of a device by their number in cfg.h of the Windows SDK, without CM_PROB_.
var problems = [...]string{
	1: "NOT_CONFIGURED", 2: "DEVLOADER_FAILED", 3: "OUT_OF_MEMORY", 4: "ENTRY_IS_WRONG_TYPE", 5: "LACKED_ARBITRATOR", 6: "BOOT_CONFIG_CONFLICT",
	7: "FAILED_FILTER", 8: "DEVLOADER_NOT_FOUND", 9: "INVALID_DATA", 10: "FAILED_START", 11: "LIAR", 12: "NORMAL_CONFLICT", 13: "NOT_VERIFIED",
	14: "NEED_RESTART", 15: "REENUMERATION", 16: "PARTIAL_LOG_CONF", 17: "UNKNOWN_RESOURCE", 18: "REINSTALL", 19: "REGISTRY", 21: "WILL_BE_REMOVED",
	22: "DISABLED", 23: "DEVLOADER_NOT_READY", 24: "DEVICE_NOT_THERE", 25: "MOVED", 26: "TOO_EARLY", 27: "NO_VALID_LOG_CONF", 28: "FAILED_INSTALL",
	29: "HARDWARE_DISABLED", 30: "CANT_SHARE_IRQ", 31: "FAILED_ADD", 32: "DISABLED_SERVICE", 33: "TRANSLATION_FAILED", 34: "NO_SOFTCONFIG",
	35: "BIOS_TABLE", 36: "IRQ_TRANSLATION_FAILED", 37: "FAILED_DRIVER_ENTRY", 38: "DRIVER_FAILED_PRIOR_UNLOAD", 39: "DRIVER_FAILED_LOAD",
	40: "DRIVER_SERVICE_KEY_INVALID", 41: "LEGACY_SERVICE_NO_DEVICES", 42: "DUPLICATE_DEVICE", 43: "FAILED_POST_START", 44: "HALTED", 45: "PHANTOM",
	46: "SYSTEM_SHUTDOWN", 47: "HELD_FOR_EJECT", 48: "DRIVER_BLOCKED", 49: "REGISTRY_TOO_LARGE", 50: "SETPROPERTIES_FAILED",
	51: "WAITING_ON_DEPENDENCY", 52: "UNSIGNED_DRIVER", 53: "USED_BY_DEBUGGER", 54: "DEVICE_RESET", 55: "CONSOLE_LOCKED", 56: "NEED_CLASS_CONFIG",
	57: "GUEST_ASSIGNMENT_FAILED",
}
