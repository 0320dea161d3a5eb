package analyze

import (
	"slices"
	"strings"

	"github.com/dmplens/dmplens/dmpfile/unwind"
	"github.com/dmplens/dmplens/report"
)

// suspectRule is a rule on whom to suspect.
type suspectRule struct {
	name  string
	codes []uint32 // of bug checks that it is for; nil is all
	// find returns the place that the rule is about; false where it does not apply.
	find func(l *leads) (lead, bool)
	// confidence in the module that was found; of what was reached by scan it is never more than possible. With ConfidenceUnknown the rule
	// says that there is no suspect.
	confidence report.Confidence
	reason     string // {module} stands for the module that was found, {detail} for its detail
	scanned    string // the reason where a scan found it; "" is the other one
	own        string // why there is no suspect where that module is one of Windows' own; "" goes on with the next rule
}

// suspectRules are all there are. The first that applies is the answer: what says that no module can be told from the dump stands before what
// the dump names itself, that before what is proven on the stack, and that before what a scan of the stack shows.
//
// Detectors are no suspects for what they find, nor is the process that was interrupted; time stamps and versions of modules prove nothing and
// are not looked at. A module that is not one of Windows' own that dmplens knows is called no more than that.
var suspectRules = []suspectRule{
	{name: "on purpose", find: func(l *leads) (lead, bool) { return lead{}, l.deliberate },
		confidence: report.ConfidenceUnknown, reason: "somebody stopped the system on purpose"},
	{name: "hardware", codes: hardwareCodes, find: always,
		confidence: report.ConfidenceUnknown, reason: "the bug check is one of the hardware: the stack is that of who noticed"},
	{name: "firmware", codes: firmwareCodes, find: always,
		confidence: report.ConfidenceUnknown, reason: "the bug check is one of the firmware: the stack is that of who noticed"},
	{name: "page not read", codes: []uint32{0x77, 0x7A, 0x154}, find: always,
		confidence: report.ConfidenceUnknown, reason: notBrought},
	{name: "in-page error", find: func(l *leads) (lead, bool) { return lead{}, l.notRead },
		confidence: report.ConfidenceUnknown, reason: notBrought},
	{name: "system disk", codes: []uint32{0x6B, 0x7B, 0xED, 0xC0000218, 0xC0000221}, find: always,
		confidence: report.ConfidenceUnknown, reason: "what Windows starts from could not be read or is not what it should be: the stack does not show why"},
	{name: "the kernel was changed", codes: []uint32{0x109}, find: always,
		confidence: report.ConfidenceUnknown, reason: "Windows itself looked for the damage: the stack does not show who did it"},
	{name: "process ended", codes: []uint32{0xF4, codeCriticalProcess, 0xC000021A}, find: always,
		confidence: report.ConfidenceUnknown, reason: "a process ended that Windows cannot do without: the stack does not show why"},
	{name: "below Windows", codes: []uint32{0x20001, 0x18B}, find: always,
		confidence: report.ConfidenceUnknown, reason: "what failed runs beside the kernel: the kernel's stack does not show it"},
	{name: "another processor", codes: []uint32{codeClockWatchdog, 0x1CA, 0x1CF, 0x1DB}, find: always,
		confidence: report.ConfidenceUnknown, reason: "the stack is that of the processor that noticed, not of the one that hung"},

	{name: "not on this processor", find: func(l *leads) (lead, bool) {
		return lead{spot: l.fault}, l.sense == report.FaultNotOnProcessor && l.fault.module != ""
	},
		confidence: report.Likely, reason: "{module} is built for newer processors: it holds an instruction that this processor lacks, and that mismatch is the cause",
		own: "{module}, one of Windows' own, holds an instruction that this processor lacks: that mismatch is the cause"},
	{name: "work left by an unloaded driver", codes: []uint32{0xCE, 0xD4}, find: func(l *leads) (lead, bool) { return lead{spot: l.named}, l.named.unloaded },
		confidence: report.Likely, reason: "the address of parameter 1 lies where {module} was: it was unloaded and left work behind",
		own: "the address of parameter 1 lies where {module} was, one of Windows' own: it was unloaded and left work behind"},
	{name: "fault in an unloaded module", find: func(l *leads) (lead, bool) { return lead{spot: l.fault}, l.fault.unloaded },
		confidence: report.Likely, reason: "the fault lies where {module} was, which had been unloaded",
		own: "the fault lies where {module} was, one of Windows' own, which had been unloaded"},

	{name: "display timeout", codes: displayCodes, find: func(l *leads) (lead, bool) { return lead{spot: l.named}, l.named.module != "" },
		confidence: report.Possible, reason: "the display driver by parameter 2: its adapter did not respond, which is no proof that the driver is at fault",
		own: "parameter 2 lies in {module}, one of Windows' own"},
	{name: "display timeout without a driver", codes: displayCodes, find: always,
		confidence: report.ConfidenceUnknown, reason: "parameter 2 names no driver"},

	{name: "holds the IRP", codes: []uint32{codePowerState}, find: holdsIRP,
		confidence: report.Likely, reason: "it has the IRP that was not completed in time, by the IRP's current stack location"},
	{name: "of the device stack", codes: []uint32{codePowerState}, find: besideHolder,
		confidence: report.Possible, reason: "{detail}"},
	{name: "device stack of Windows", codes: []uint32{codePowerState}, find: holderOfWindows,
		confidence: report.ConfidenceUnknown, reason: "{detail} has the IRP, one of Windows' own, as are the other known drivers of that device stack"},
	{name: "holds the lock", codes: []uint32{codePowerState}, find: holdsLock,
		confidence: report.Likely, reason: "nearest module that is not one of Windows' own on the stack of the thread that holds the lock of Plug and Play"},
	{name: "power without a driver", codes: []uint32{codePowerState}, find: func(l *leads) (lead, bool) {
		switch {
		case l.params[0] == stuckIRP:
			return lead{detail: "the dump does not show which driver has the IRP"}, true
		case l.params[0] == pnpTimeout && scanned(l.lockStack()):
			return lead{detail: "no module of others found by scan on the stack of the thread that holds the lock"}, true
		case l.params[0] == pnpTimeout && l.lockStack() == nil:
			return lead{detail: "the stack of the thread that holds the lock is not known"}, true
		case l.params[0] == pnpTimeout:
			return lead{detail: "the stack of the thread that holds the lock shows no module of others"}, true
		}
		return lead{detail: "nothing that parameter 1 stands for tells a driver"}, true
	}, confidence: report.ConfidenceUnknown, reason: "{detail}"},

	{name: "too long in one DPC", codes: []uint32{codeDPCWatchdog}, find: func(l *leads) (lead, bool) { return lead{spot: l.clock}, l.params[0] == 0 && l.clock.ofOthers() },
		confidence: report.Likely, reason: "it ran when the clock interrupt found that a DPC or an interrupt had taken too long"},
	{name: "too long at DISPATCH_LEVEL", codes: []uint32{codeDPCWatchdog}, find: func(l *leads) (lead, bool) { return lead{spot: l.clock}, l.params[0] == 1 && l.clock.ofOthers() },
		confidence: report.Possible, reason: "it ran when the time added up to too much, to which others can have added more"},

	{name: "named by the parameters", codes: []uint32{0xC4, 0xC9, 0xE6, 0xCE, 0xD4, 0x10D}, find: func(l *leads) (lead, bool) {
		return lead{spot: l.named}, l.named.ofOthers() && !makesCrashes(l.named.module) && l.makesSense()
	}, confidence: report.Likely, reason: "the parameters name it as the driver that broke the rule"},
	{name: "not of the stack", codes: []uint32{codeVerifier}, find: func(l *leads) (lead, bool) {
		return lead{}, slices.ContainsFunc(afterRules, func(r [2]uint64) bool { return isWithin(l.params[0], r) })
	}, confidence: report.ConfidenceUnknown, reason: "the rule is not broken by a call: the stack is that of who noticed"},
	{name: "caught by its call", codes: []uint32{codeVerifier}, find: func(l *leads) (lead, bool) {
		if !l.atCall || !slices.ContainsFunc(callRules, func(r [2]uint64) bool { return isWithin(l.params[0], r) }) {
			return lead{}, false
		}
		return nearest(l.stack(), func(s step) bool {
			return s.module != "" && !s.kernel && !makesCrashes(s.module) && !checksDrivers[key(s.module)]
		})
	}, confidence: report.Likely, reason: "it made the call that broke the rule"},

	{name: "its own stack overrun", codes: []uint32{0x139, codeStackCookie}, find: func(l *leads) (lead, bool) {
		const legacy, cookie = 0, 2
		switch {
		case l.code == codeStackCookie:
			return lead{spot: l.caller}, l.caller.module != "" && !l.caller.kernel && !makesCrashes(l.caller.module)
		case l.params[0] == legacy || l.params[0] == cookie:
			return lead{spot: l.fault}, l.fault.module != "" && l.makesSense()
		}
		return lead{}, false
	}, confidence: report.Likely, reason: "a function of it overran a buffer on its own stack",
		own: "the function whose buffer on the stack was overrun is in {module}, one of Windows' own"},

	{name: "stuck below the display kernel", codes: []uint32{0xEA}, find: func(l *leads) (lead, bool) {
		const enough = 4
		if !l.current {
			return lead{}, false
		}
		return run(l.stack(), enough, func(s step) bool { return displayKernel[key(s.module)] })
	}, confidence: report.Likely, reason: "the thread that is stuck ran in it: it called the display kernel, which found out"},
	{name: "stuck in another thread", codes: []uint32{0xEA}, find: func(l *leads) (lead, bool) {
		if l.current {
			return lead{detail: "no module of others has a run of frames below the display kernel, which found out that the thread is stuck"}, true
		}
		return lead{detail: "the thread that is stuck is not the one whose stack was captured"}, true
	}, confidence: report.ConfidenceUnknown, reason: "{detail}"},

	{name: "found damage and stopped", find: func(l *leads) (lead, bool) { return l.calledBy(true) },
		confidence: report.Possible, reason: foundDamage},
	{name: "stopped Windows", find: func(l *leads) (lead, bool) { return l.calledBy(false) },
		confidence: report.Likely, reason: "it called for the bug check itself"},
	{name: "crash-maker", find: func(l *leads) (lead, bool) {
		return lead{spot: l.caller}, !l.caller.own && makesCrashes(l.caller.module)
	},
		confidence: report.ConfidenceUnknown, reason: "{module} called for the bug check, which is what it is made for"},
	{name: "stopped by Windows", find: func(l *leads) (lead, bool) {
		return lead{detail: l.caller.module}, l.chosen && l.caller.own && !l.caller.kernel
	},
		confidence: report.ConfidenceUnknown, reason: "{detail} called for the bug check, one of Windows' own; the code is not one that dmplens knows"},

	{name: "not explained by the code", find: func(l *leads) (lead, bool) { return lead{}, !l.makesSense() },
		confidence: report.ConfidenceUnknown, reason: "not explained by the code: firmware or hardware possible"},
	{name: "places disagree", find: func(l *leads) (lead, bool) { return lead{detail: l.elsewhere}, l.elsewhere != "" },
		confidence: report.ConfidenceUnknown, reason: "{detail} has the fault in another module than the parameter"},

	{name: "found damage", find: func(l *leads) (lead, bool) { return lead{spot: l.fault}, l.findsDamage() && l.fault.ofOthers() },
		confidence: report.Possible, reason: foundDamage},
	{name: "called what found damage", find: func(l *leads) (lead, bool) {
		if !l.findsDamage() || l.fault.module != "" && !l.fault.kernel {
			return lead{}, false
		}
		x, ok := nearest(l.stack(), func(s step) bool { return s.module != "" && !s.kernel })
		return x, ok && x.ofOthers()
	}, confidence: report.Possible, reason: foundDamage, scanned: "it may have been running when the damage was found, which another driver may have done before"},
	{name: "damage", find: func(l *leads) (lead, bool) { return lead{}, l.findsDamage() },
		confidence: report.ConfidenceUnknown, reason: "Windows itself found the damage: the stack does not show who did it"},

	{name: "fault that makes sense", find: func(l *leads) (lead, bool) {
		return lead{spot: l.fault}, l.fault.ofOthers() && l.explained
	},
		confidence: report.Likely, reason: "the fault is in it, and its code and registers explain that"},
	{name: "fault", find: func(l *leads) (lead, bool) { return lead{spot: l.fault}, l.fault.ofOthers() },
		confidence: report.Possible, reason: "the fault is in it; whether its code explains that is not known"},

	{name: "unloaded module on the stack", find: func(l *leads) (lead, bool) {
		return nearest(l.stack(), func(s step) bool { return s.unloaded && s.trust != unwind.Scan })
	}, confidence: report.Possible, reason: "calls return to where {module} was, which had been unloaded",
		own: "calls return to where {module} was, one of Windows' own, which had been unloaded"},
	{name: "nearest on the stack", find: func(l *leads) (lead, bool) { return nearest(l.stack(), isCandidate) },
		confidence: report.Possible, reason: "nearest module on the stack that is not one of Windows' own that dmplens knows"},

	{name: "no module of others", find: func(l *leads) (lead, bool) {
		switch frames := l.stack(); {
		case scanned(frames) || frames != nil && len(frames) == 0:
			return lead{detail: l.fromCaller() + "no module of others found by scan"}, true
		case len(frames) > 0:
			return lead{detail: l.fromCaller() + "the frames that are known are all of Windows' own modules"}, true
		}
		return lead{detail: "nothing in the dump points to a module"}, true
	}, confidence: report.ConfidenceUnknown, reason: "{detail}"},
}

const notBrought = "a page could not be brought back: the stack shows who needed it, not why"

const foundDamage = "it found the damage, which another driver may have done before"

// Kinds of bug check 0x9F, its parameter 1.
const (
	stuckIRP   = 3
	pnpTimeout = 4
)

// displayCodes are the bug checks and live dumps of a display adapter that did not respond, whose parameter 2 is a place in its driver.
var displayCodes = []uint32{0x116, 0x117, 0x141, 0x142}

// hardwareCodes are the bug checks that are about a part of the machine, or memory that changed by itself.
var hardwareCodes = []uint32{0x2E, codeNMI, 0x9C, 0xA2, 0x124, 0x127, 0x12B, 0x14E}

// firmwareCodes are the bug checks that are about the firmware, or how Windows talks to it.
var firmwareCodes = []uint32{0x5C, 0xA5, 0xE0, 0x122, 0x17E, 0x1D0, 0x1D8}

// callRules are the rules of bug check 0xC4, from and to, that a call breaks at the time when it is made, so that the caller is on the stack: not
// calls of the kernel's own, what was done to memory before it is freed, what is seen when a routine has returned, and deadlocks.
var callRules = [][2]uint64{
	{0x0, 0x3}, {0x10, 0x17}, {0x30, 0x34}, {0x37, 0x42}, {0x6F, 0x85}, {0xB0, 0xB6}, {0xB8, 0xB9}, {0xC0, 0xC0}, {0xCA, 0xCD}, {0xD0, 0xD2},
	{0xE0, 0xE1}, {0xE3, 0xE6}, {0xEA, 0xEB}, {0xF0, 0xF0}, {0xF5, 0xF6}, {0x105, 0x105}, {0x11A, 0x123}, {0x2000, 0x2002},
}

// afterRules are those that are no call's: drivers that are unloaded and left something behind, errors of a disk, the firmware, and what is not
// over in time.
var afterRules = [][2]uint64{{0x60, 0x62}, {0xA0, 0xA2}, {0xB7, 0xB7}, {0xDA, 0xDA}, {0xDD, 0xDD}, {0x115, 0x115}, {0x135, 0x135}}

func isWithin(v uint64, r [2]uint64) bool { return r[0] <= v && v <= r[1] }

// fromCaller names who called for the bug check where that is all that is known of a place.
func (l *leads) fromCaller() string {
	if l.fault.module != "" || l.caller.module == "" {
		return ""
	}
	return "the call came from " + l.caller.module + "; "
}

func always(*leads) (lead, bool) { return lead{}, true }

func (l *leads) makesSense() bool { return makesSense(l.sense) }

// makesSense says whether nothing speaks against the fault having happened as the dump says.
func makesSense(v report.FaultVerdict) bool {
	switch v {
	case report.FaultContradicts, report.FaultInsideInstruction, report.FaultPadding, report.FaultRefused:
		return false
	}
	return true
}

// stack is the stack of the fault, nil where it is not known.
func (l *leads) stack() []step {
	if l.frames == nil {
		return nil
	}
	return l.frames()
}

// lockStack is the stack of the thread that holds the lock, nil where it is not known.
func (l *leads) lockStack() []step {
	if l.locker == nil {
		return nil
	}
	return l.locker()
}

// damage are the bug checks that say that something is corrupt, which somebody did before.
var damage = map[uint32]bool{
	0x19: true, 0x1A: true, 0x4E: true, 0xC1: true, 0xC2: true, 0xC5: true, 0xCC: true, 0xCD: true, 0xD0: true, 0xD5: true, 0xD6: true,
	0x109: true, 0x139: true, 0x13A: true, 0x1C7: true,
}

// findsDamage says whether the bug check is about what somebody else can have done before: corrupt structures, and memory that had been freed.
func (l *leads) findsDamage() bool { return damage[l.code] || l.code == codePageFault && l.freed }

// calledBy is who called KeBugCheckEx, where that is no module of Windows and not made to stop systems. Where parameters have the fault in
// another one, that is who called for nothing but the report.
func (l *leads) calledBy(damaged bool) (lead, bool) {
	reporter := l.fault.ofOthers() && l.fault.module != l.caller.module
	return lead{spot: l.caller}, l.caller.ofOthers() && !makesCrashes(l.caller.module) && !reporter && damaged == l.findsDamage()
}

// holdsIRP is the driver of the IRP's current stack location.
func holdsIRP(l *leads) (lead, bool) {
	for _, d := range l.devices {
		if d.current {
			return lead{spot: d.spot}, d.ofOthers()
		}
	}
	return lead{}, false
}

// besideHolder is the driver of others that is next below the one that has the IRP, else next above it, where that one is of Windows or not
// known.
func besideHolder(l *leads) (lead, bool) {
	holder := -1
	for i, d := range l.devices {
		if d.current {
			holder = i
		}
	}
	best := -1
	for i, d := range l.devices {
		if d.ofOthers() && (best < 0 || i > holder && best < holder || i < holder) {
			best = i
		}
	}
	if best < 0 {
		return lead{}, false
	}
	x := lead{spot: l.devices[best].spot}
	if x.detail = "the driver that has the IRP is not known"; holder >= 0 && l.devices[holder].module != "" {
		x.detail = l.devices[holder].module + ", of Windows, has the IRP"
	}
	if best == len(l.devices)-1 && best > 0 {
		x.detail += "; " + x.module + " is another driver of that stack, usually only the bus"
	} else {
		x.detail += "; " + x.module + " is another driver of that stack"
	}
	return x, true
}

// holderOfWindows is the driver of Windows that has the IRP.
func holderOfWindows(l *leads) (lead, bool) {
	for _, d := range l.devices {
		if d.current && d.module != "" {
			return lead{detail: d.module}, true
		}
	}
	return lead{}, false
}

// holdsLock is who keeps the thread busy that holds the lock of Plug and Play.
func holdsLock(l *leads) (lead, bool) {
	if l.params[0] != pnpTimeout {
		return lead{}, false
	}
	return nearest(l.lockStack(), isCandidate)
}

// isCandidate says whether a frame on the stack can be that of a suspect.
func isCandidate(s step) bool { return s.ofOthers() && !makesCrashes(s.module) }

// key is the name of a module as lists have it.
func key(module string) string { return strings.ToLower(module) }

// makesCrashes says whether a module is one that stops systems for what others did, or on purpose.
func makesCrashes(module string) bool { return crashMakers[baseDriver(module)] }

// crashMakers are modules that stop systems for what others did, or on purpose: they are no suspects for having called.
var crashMakers = map[string]bool{
	"myfault.sys": true,                                                                                                                       // NotMyFault
	"kd.dll":      true, "kdcom.dll": true, "kdnet.dll": true, "kd1394.dll": true, "kdusb.dll": true, "kdhvcom.dll": true, "kdstub.dll": true, // debuggers' transports
	"verifier.sys": true, "verifierext.sys": true, // Driver Verifier
	"watchdog.sys": true, "dxgkrnl.sys": true, "dxgmms1.sys": true, "dxgmms2.sys": true, // display timeouts
	"hvcrash.sys": true, "crashdmp.sys": true,
	"wdfilter.sys": true, "mssecflt.sys": true, "mssecwfp.sys": true, "msseccore.sys": true, // they look at what others do
	"livekdd.sys": true, // LiveKD
}

// displayKernel are the modules that find out that a display driver is stuck.
var displayKernel = map[string]bool{"dxgkrnl.sys": true, "dxgmms1.sys": true, "dxgmms2.sys": true, "watchdog.sys": true}

// checksDrivers are the modules that find out that a driver broke a rule.
var checksDrivers = map[string]bool{"verifier.sys": true, "verifierext.sys": true, "wdf01000.sys": true, "wdfldr.sys": true, "hal.dll": true}
