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
}

func (r requestFrame) String() string {
	if r.symbol == "" {
		return r.module
	}
	return report.DebuggerName(r.module) + "!" + r.symbol
}

// requestFrames are the frames of the current thread by which a live dump was captured: from the first function of the kernel on that captures
// one. What was found by scan may be left from another call, and is none of them. They are none without symbols.
func (f *facts) requestFrames() []requestFrame {
	if f.symbols == nil || f.kernel == nil || !f.isLive() {
		return nil
	}
	var list []requestFrame
	for _, x := range f.stack() {
		if x.Trust == unwind.Scan {
			break
		}
		r := requestFrame{user: x.User, kernel: f.inKernel(x.IP)}
		if m := f.moduleOf(x.IP); m != nil {
			r.module = report.ValidUTF8(m.Name)
			r.own = !x.User && ofWindows(m.Name, m.Path)
		}
		r.symbol, _ = f.symbolAt(x.IP, x.Returned())
		if len(list) > 0 || r.kernel && report.CapturesLiveDump(r.symbol) {
			list = append(list, r)
		}
	}
	return list
}

// requesters are the programs that are known by their frames in user mode, with the function if any will not do.
var requesters = []struct {
	module, symbol string
	cause          *cause
}{
	{"taskmgr", "", causeTaskManager},
	{"mispace", "CLogCollectionServer::CaptureLiveDump", causeStorageStack},
}

// withRequestStack adds what the stack shows of who asked for a live dump. It can say more than the header does, and make it surer; where it shows nothing, that
// proves nothing.
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
	case len(frames) == 0 || o.kind != report.KindLive:
		return o
	case system >= 0:
		return requestedByUser(o, frames[system+1:])
	case wer >= 0:
		return requestedByDriver(f, o, frames[wer+1:])
	}
	o.evidence = append(o.evidence, evidence{clue: clueCaptureStack, detail: frames[0].String()})
	return o
}

// requestedByUser is for the system call, made from the frames.
func requestedByUser(o origin, frames []requestFrame) origin {
	for _, r := range frames {
		if !r.user {
			continue
		}
		module := strings.ToLower(report.DebuggerName(r.module))
		for _, q := range requesters {
			if module != q.module || q.symbol != "" && r.symbol != q.symbol {
				continue
			}
			e := evidence{clue: clueRequestStack, detail: "nt!" + captureForUser + " from " + r.String()}
			switch {
			case o.cause == q.cause, o.source == report.SourceUnlabelled, o.source == report.SourceStorage && q.cause == causeStorageStack:
				if o.cause != q.cause { // then this is what says so
					o.cause, o.confidence, o.evidence = q.cause, report.Certain, slices.Insert(o.evidence, 0, e)
					return o
				}
				o.confidence = report.Certain
			default: // it has the label of another
				e = against(e)
			}
			o.evidence = append(o.evidence, e)
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

// userLibraries are those of Windows that a request from user mode goes through, whoever makes it.
var userLibraries = map[string]bool{"ntdll.dll": true, "kernel32.dll": true, "kernelbase.dll": true, "wow64.dll": true, "wow64cpu.dll": true}

// requestedByDriver is for a call of the kernel's function, made from the frames.
func requestedByDriver(f *facts, o origin, frames []requestFrame) origin {
	e := evidence{clue: clueRequestStack, detail: "nt!" + captureForWER}
	for _, r := range frames {
		if r.user {
			break
		}
		if r.kernel || r.module == "" {
			continue
		}
		e.detail += " from " + r.String()
		if o.cause == causeComponent && !r.own { // who asks can use the code of another
			o.detail = r.module
			if f.code.info.Requester != "" {
				o.detail += ", with the code of " + f.code.info.Requester + ","
			}
		}
		break
	}
	if o.source == report.SourceComponent {
		o.confidence = report.Certain
	}
	o.evidence = append(o.evidence, e)
	return o
}
