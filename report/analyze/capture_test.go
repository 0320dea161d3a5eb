package analyze_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dmplens/dmplens/dmpfile/dmptest"
	"github.com/dmplens/dmplens/report"
	"github.com/dmplens/dmplens/report/analyze"
)

const captureSymbols = "../../testdata/capture/symbols"

func newCapture(t testing.TB, by dmptest.Requester, parameter1 uint64) *dmptest.Capture {
	t.Helper()
	images, err := dmptest.ReadImages(captureSymbols)
	if err != nil {
		t.Fatal(err)
	}
	return dmptest.NewCapture(by, parameter1, images)
}

func sourceOf(data []byte) analyze.Source {
	return analyze.Reader(bytes.NewReader(data), int64(len(data)), report.File{Path: "capture.dmp"})
}

// TestCaptureStacks walks the stack of a thread that captures a live dump, kernel and user mode: with what is in the dump, and with what a store
// has. Every frame, stack pointer and name is what a debugger shows.
func TestCaptureStacks(t *testing.T) {
	a := analyze.Analyzer{Symbols: symbolStore(t, captureSymbols)}
	for _, by := range []dmptest.Requester{dmptest.ByTaskManager, dmptest.ByStorageDiagnostics, dmptest.ByDriver} {
		for name, leave := range map[string]func(c *dmptest.Capture) []byte{
			"full":                       func(c *dmptest.Capture) []byte { return c.Full().Data() },
			"live":                       func(c *dmptest.Capture) []byte { return c.Live().Data() },
			"live, without images":       func(c *dmptest.Capture) []byte { c.DropImages(); return c.Live().Data() },
			"live, without user images":  func(c *dmptest.Capture) []byte { c.DropUserImages(); return c.Live().Data() },
			"live, without user memory":  func(c *dmptest.Capture) []byte { c.DropUser(); return c.Live().Data() },
			"live, without any of these": func(c *dmptest.Capture) []byte { c.DropImages(); c.DropUser(); return c.Live().Data() },
		} {
			c := newCapture(t, by, 0)
			d, err := a.Open(sourceOf(leave(c)))
			if err != nil {
				t.Fatal(err)
			}
			var want, got []string
			for i, f := range c.Frames {
				trust := report.TrustUnwind
				if i == 0 {
					trust = report.TrustContext
				}
				if strings.HasSuffix(name, "user memory") || strings.HasSuffix(name, "of these") {
					if f.User {
						want = append(want, fmt.Sprintf("%#016x user %s", f.SP, trust))
						break
					}
				}
				want = append(want, fmt.Sprintf("%#016x %s %s", f.SP, f, trust))
			}
			for _, x := range d.Stack().Stack {
				var sp uint64
				fmt.Sscan(x.StackPointer, &sp)
				says := "user"
				if x.Symbol != "" {
					says = report.DebuggerName(x.Module) + "!" + x.Symbol + "+" + x.Displacement
				}
				got = append(got, fmt.Sprintf("%#016x %s %s", sp, says, x.Trust))
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("requester %d, %s (-want +got):\n%s", by, name, d)
			}
			d.Close()
		}
	}
}

// TestCaptureOrigins says who asked for the dump by the stack, as far as the dump has it: what is not there lowers nothing.
func TestCaptureOrigins(t *testing.T) {
	const label = 0x00000000414C504D // the text "ALPM"
	for _, c := range []struct {
		name       string
		by         dmptest.Requester
		parameter1 uint64
		leave      func(c *dmptest.Capture)
		source     report.Source
		confidence report.Confidence
		first      string // of the evidence
		any        string // piece of it
	}{
		{"Task Manager", dmptest.ByTaskManager, dmptest.TaskManagerLabel, nil, report.SourceTaskManager, report.Certain,
			"parameter 1", "on the stack of the request: nt!NtSystemDebugControl from Taskmgr!LiveDump::Request::Capture"},
		{"without its label", dmptest.ByTaskManager, 0, nil, report.SourceTaskManager, report.Certain,
			"on the stack of the request: nt!NtSystemDebugControl from Taskmgr!LiveDump::Request::Capture", "no label"},
		{"with the label of another", dmptest.ByTaskManager, label, nil, report.SourceLabelled, report.Certain,
			"parameter 1", "Taskmgr!LiveDump::Request::Capture"},
		{"with Task Manager's label from the storage provider", dmptest.ByStorageDiagnostics, dmptest.TaskManagerLabel, nil, report.SourceTaskManager, report.Likely,
			"parameter 1", "mispace!CLogCollectionServer::CaptureLiveDump, which disagrees"},
		{"in another process", dmptest.ByTaskManager, 0, nil,
			report.SourceTaskManager, report.Likely, "on the stack of the request", "captured in the process notepad.exe"},
		{"without user memory", dmptest.ByTaskManager, 0, (*dmptest.Capture).DropUser, report.SourceUnlabelled, report.Certain,
			"bug check code", "on the stack of the request: nt!NtSystemDebugControl"},
		{"storage provider", dmptest.ByStorageDiagnostics, 0, nil, report.SourceStorage, report.Certain,
			"on the stack of the request: nt!NtSystemDebugControl from mispace!CLogCollectionServer::CaptureLiveDump", "captured in the process WmiPrvSE.exe"},
		{"storage provider, images of the store", dmptest.ByStorageDiagnostics, 0, func(c *dmptest.Capture) { c.DropImages(); c.DropUserImages() },
			report.SourceStorage, report.Certain, "on the stack of the request: nt!NtSystemDebugControl from mispace!CLogCollectionServer::CaptureLiveDump", ""},
		{"storage provider, without user memory", dmptest.ByStorageDiagnostics, 0, (*dmptest.Capture).DropUser, report.SourceStorage, report.Possible,
			"bug check code", "on the stack of the request: nt!NtSystemDebugControl"},
		{"Task Manager, in a full dump", dmptest.ByTaskManager, dmptest.TaskManagerLabel, nil, report.SourceTaskManager, report.Certain,
			"parameter 1", "Taskmgr!LiveDump::Request::Capture"},
		{"storage provider, in a full dump", dmptest.ByStorageDiagnostics, 0, nil, report.SourceStorage, report.Likely,
			"on the stack of the request: nt!NtSystemDebugControl from mispace!CLogCollectionServer::CaptureLiveDump", "dump type 1 (full)"},
		{"driver", dmptest.ByDriver, 3, nil, report.SourceComponent, report.Certain,
			"bug check code", "on the stack of the request: nt!DbgkWerCaptureLiveKernelDump from sample!SampleReportTimeout"},
	} {
		m := newCapture(t, c.by, c.parameter1)
		if c.leave != nil {
			c.leave(m)
		}
		a := analyze.Analyzer{Symbols: symbolStore(t, captureSymbols)}
		data := m.Live().Data()
		if c.name == "in another process" {
			data = bytes.ReplaceAll(data, []byte("Taskmgr.exe\x00"), []byte("notepad.exe\x00"))
		}
		if strings.HasSuffix(c.name, "a full dump") {
			data = m.Full().Data()
		}
		s := sourceOf(data)
		r, err := a.Report(s)
		if err != nil {
			t.Fatal(err)
		}
		var facts []string
		for _, e := range r.Origin.Evidence {
			facts = append(facts, e.Fact)
		}
		all := strings.Join(facts, "\n")
		if r.Origin.Source != c.source || r.Origin.Confidence != c.confidence || !strings.HasPrefix(all, c.first) || !strings.Contains(all, c.any) {
			t.Errorf("%s: %s, %s:\n%s", c.name, r.Origin.Source, r.Origin.Confidence, all)
		}
		sameSignature(t, &a, s)
		if brief, err := (&analyze.Analyzer{Symbols: a.Symbols, Brief: true}).Report(s); err != nil || brief.Origin.Source != c.source {
			t.Errorf("%s: a row has another origin: %v, %v", c.name, brief.Origin.Source, err)
		}
		if text := fmt.Sprint(r.Stack, r.Origin); strings.Contains(text, "jdoe") {
			t.Errorf("%s: the path of a user is shown", c.name)
		}
	}
}
