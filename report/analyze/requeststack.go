package analyze

import (
	"slices"
	"strings"

	"github.com/dmplens/dmplens/dmpfile/unwind"
	"github.com/dmplens/dmplens/report"
)

// Functions of the kernel that a live dump is asked for by.
const (
	captureForUser = "NtSystemDebugControl"         // the system call, of a request from user mode
	captureForWER  = "DbgkWerCaptureLiveKernelDump" // what drivers and parts of the kernel call
)

// requestFrame is a frame of the stack that a live dump was captured on: who asked for it.
type requestFrame struct {
	module, symbol string // as frames have them; symbol is "" where it is not known
	user           bool
	kernel         bool // of the kernel itself
	own            bool // of a driver that is Windows' own
	program        bool // of the program of the process
}

func (r requestFrame) String() string {
	if r.symbol == "" {
		return r.module
	}
	return report.DebuggerName(r.module) + "!" + r.symbol
}

// requestFrames are the frames of the current thread by which a live dump was captured: from the first function of the kernel on that captures
// one. What was found by scan may be left from another call, and what called a frame of which the dump and its image disagree is not sure: neither
// is one of them. They are none without symbols.
func (f *facts) requestFrames() []requestFrame {
	if f.symbols == nil || f.kernel == nil || !f.isLive() {
		return nil
	}
	var list []requestFrame
	users := f.userModules()
	disputed := false
	for _, x := range f.stack() {
		if x.Trust == unwind.Scan || disputed {
			break
		}
		disputed = x.Dispute != 0
		r := requestFrame{user: x.User, kernel: f.inKernel(x.IP)}
		if m := f.moduleOf(x.IP); m != nil {
			r.module = report.ValidUTF8(m.Name)
			r.own = !x.User && ofWindows(m.Name, m.Path)
			r.program = users.Len() > 0 && m == users.At(0)
		}
		r.symbol, _ = f.symbolAt(x.IP, x.Returned())
		if len(list) > 0 || r.kernel && report.CapturesLiveDump(r.symbol) {
			list = append(list, r)
		}
	}
	return list
}

// requesters are the programs that are known by their frames in user mode.
var requesters = []struct {
	module, symbol string // in lower case, of the file; "" is any function
	program        bool   // the module is the program of the process
	processes      map[string]bool
	cause          *cause
}{
	{"taskmgr.exe", "", true, map[string]bool{"taskmgr.exe": true}, causeTaskManager},
	{"mispace.dll", "CLogCollectionServer::CaptureLiveDump", false, storageHosts, causeStorageStack},
}

// withRequestStack adds what the stack shows of who asked for a live dump. It can say more than the header does, and make it surer or less sure; where it
// shows nothing, that proves nothing.
func withRequestStack(f *facts, o origin) origin {
	frames := f.requestFrames()
	system, wer := -1, -1
	for i, r := range frames {
		switch {
		case r.kernel && r.symbol == captureForUser:
			system = i
		case r.kernel && r.symbol == captureForWER:
			wer = i
		}
	}
	switch {
	case len(frames) == 0 || o.kind != report.KindLive && o.cause != causeQEMU:
		return o
	case system >= 0:
		return requestedByUser(f, o, frames[system+1:])
	case wer >= 0:
		return requestedByDriver(f, o, frames[wer+1:])
	}
	o.evidence = append(o.evidence, evidence{clue: clueCaptureStack, detail: frames[0].String()})
	return o
}

// requestedByUser is for the system call, made from the frames.
func requestedByUser(f *facts, o origin, frames []requestFrame) origin {
	for _, r := range frames {
		if !r.user {
			continue
		}
		for _, q := range requesters {
			if strings.ToLower(r.module) != q.module || q.symbol != "" && r.symbol != q.symbol || q.program && !r.program {
				continue
			}
			confidence := report.Certain
			if p := f.snapshot.Process; r.symbol == "" || p == nil || !q.processes[strings.ToLower(p.Name)] { // the name of a module alone
				confidence = report.Likely
			}
			e := evidence{clue: clueRequestStack, detail: "nt!" + captureForUser + " from " + r.String()}
			switch o.cause {
			case q.cause:
				o.confidence = surer(o.confidence, confidence)
				o.evidence = append(o.evidence, e)
			case causeNoLabel, causeStorageHost, causeStorageName: // then this is what says so
				o.cause, o.confidence, o.evidence = q.cause, confidence, slices.Insert(o.evidence, 0, e)
			case causeQEMU: // of a full dump, which nobody but a tool writes: but this machine was capturing one
				o.cause, o.confidence, o.evidence = q.cause, report.Likely, slices.Insert(o.evidence, 0, e)
				o.writer = report.WriterUnknown
			case causeTaskManager, causeStorageStack: // the label of another program
				o.confidence = lowered(o.confidence)
				o.evidence = append(o.evidence, against(e))
			default: // a label, value or code of its own is what the requester gave
				o.evidence = append(o.evidence, e)
			}
			return o
		}
	}
	detail := "nt!" + captureForUser
	for _, r := range frames {
		if module := strings.ToLower(r.module); r.user && module != "" && !userLibraries[module] {
			detail += " from " + r.String()
			break
		}
	}
	o.evidence = append(o.evidence, evidence{clue: clueRequestStack, detail: detail})
	return o
}

// surer is the greater one of two confidences.
func surer(a, b report.Confidence) report.Confidence {
	for _, c := range [...]report.Confidence{report.Certain, report.Likely, report.Possible} {
		if a == c || b == c {
			return c
		}
	}
	return a
}

// userLibraries are those of Windows that a request from user mode goes through, whoever makes it.
var userLibraries = map[string]bool{"ntdll.dll": true, "kernel32.dll": true, "kernelbase.dll": true, "wow64.dll": true, "wow64cpu.dll": true}

// requestedByDriver is for a call of the kernel's function, made from the first of the frames.
func requestedByDriver(f *facts, o origin, frames []requestFrame) origin {
	e := evidence{clue: clueRequestStack, detail: "nt!" + captureForWER}
	if len(frames) == 0 || frames[0].user || frames[0].module == "" {
		o.evidence = append(o.evidence, e)
		return o
	}
	r := frames[0]
	e.detail += " from " + r.String()
	if o.cause == causeComponent && !r.kernel && !r.own { // who asks can use the code of another
		o.detail = r.module
		if f.code.info.Requester != "" {
			o.detail += ", with the code of " + f.code.info.Requester + ","
		}
		if o.confidence == report.Likely && !slices.ContainsFunc(o.evidence, func(e evidence) bool { return e.contrary }) {
			o.confidence = report.Certain
		}
	}
	o.evidence = append(o.evidence, e)
	return o
}
