package nt

import (
	"errors"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/internal/bin"
)

// Thread is a thread as its ETHREAD shows it.
type Thread struct {
	Address               dmpfile.VirtAddr
	ProcessID             uint64
	ID                    uint64           // 0 where it is not known, and for idle threads
	StackLimit, StackBase dmpfile.VirtAddr // of its kernel stack: from StackLimit up to StackBase; 0 where they are not known
}

// StackKind says whose stack was captured.
type StackKind string

// Kinds of a captured stack. Anything but the thread's own means that the current thread was interrupted by what ran on the
// stack, so its process and thread are not those of the crash.
const (
	ThreadStack    StackKind = "thread"
	DPCStack       StackKind = "dpc"
	InterruptStack StackKind = "interrupt"
	OtherStack     StackKind = "other" // not the thread's own; which one is not known
)

// Snapshot is what the kernel structures say of the moment of the crash or capture. A nil or zero field is not known.
type Snapshot struct {
	DebuggerData *DebuggerData
	BuildLab     string // "26100.1.amd64fre.ge_release.240331-1435"
	Processor    *uint32
	Thread       *Thread
	Process      *Process
	Idle         bool             // the current thread is the processor's idle thread
	Stack        StackKind        // "" where the thread's stack limits are not known
	StackTop     dmpfile.VirtAddr // where that stack begins, its highest address; dumps of pages only
	Context      *dmpfile.Context // that the current processor saved (PRCB.Context), at ContextAddress
	ContextAt    dmpfile.VirtAddr
}

// ReadTriage reads the kernel structures that a triage dump has copies of. The error says why there is nothing to be had; missing
// parts are no error.
func ReadTriage(f *dmpfile.File) (*Snapshot, error) {
	if f.Triage == nil {
		return nil, &dmpfile.FormatError{What: "not a triage dump", Value: string(f.Format)}
	}
	b, err := f.Triage.DebuggerData()
	if err != nil {
		return nil, err
	}
	kdbg, err := ParseDebuggerData(b, f.Bits)
	var at *dmpfile.FormatError
	if errors.As(err, &at) {
		at.Offset += int64(f.Triage.DebuggerDataOffset) // from the block to the file
	}
	if err != nil {
		return nil, err
	}
	r := reader{f: f, kdbg: kdbg}
	r.prcb = r.copyOf("the PRCB", f.Triage.PrcbOffset, kdbg.sizePrcb)
	r.process = r.copyOf("the process", f.Triage.ProcessOffset, kdbg.sizeEProcess)
	r.thread = r.copyOf("the thread", f.Triage.ThreadOffset, kdbg.sizeEThread)

	t := &Snapshot{DebuggerData: kdbg, BuildLab: r.buildLab(), Stack: r.stackKind()}
	if off, ok := kdbg.offsetPrcbNumber(); ok {
		if n, ok := bin.U32(r.prcb, off); ok {
			t.Processor = &n
		}
	}
	t.Process, t.Thread, t.Idle = r.current()
	if at, ok := r.pointer(r.prcb, kdbg.offsetPrcbContext); ok {
		m, _ := f.Machine()
		c := make([]byte, dmpfile.ContextSize(m))
		if _, err := f.Triage.ReadVirtual(c, at); err == nil {
			if ctx, ok := dmpfile.ParseContext(c, m); ok {
				t.Context, t.ContextAt = &ctx, at
			}
		}
	}
	return t, nil
}

// reader holds the copies of the current processor's structures; a missing one is empty.
type reader struct {
	f                     *dmpfile.File
	kdbg                  *DebuggerData
	prcb, process, thread []byte
}

// copyOf returns a section whose length the debugger data states.
func (r *reader) copyOf(name string, off uint32, size func() (int, bool)) []byte {
	n, ok := size()
	if !ok {
		return nil
	}
	b, err := r.f.Triage.Section(name, off, n)
	if err != nil {
		return nil
	}
	return b
}

// pointer reads a pointer out of a structure, at an offset that the debugger data states. A null pointer is none.
func (r *reader) pointer(b []byte, offset func() (int, bool)) (dmpfile.VirtAddr, bool) {
	off, ok := offset()
	if !ok {
		return 0, false
	}
	v, ok := bin.Pointer(b, off, r.f.Bits)
	return dmpfile.VirtAddr(v), ok && v != 0
}

func (r *reader) buildLab() string {
	at, ok := r.kdbg.NtBuildLab()
	if !ok {
		return ""
	}
	b := make([]byte, 128)
	n, _ := r.f.Triage.ReadVirtual(b, at)
	text := bin.ASCIIZ(b[:n])
	if len(text) == n || !printable(text) { // without its end the text may be cut
		return ""
	}
	return text
}

// stackKind says whose stack was captured.
func (r *reader) stackKind() StackKind {
	sp := r.f.Triage.TopOfStack
	if c, ok := r.f.Context(); ok {
		sp = c.SP // in a dump of an exception this is the exception's
	}
	limit, _ := r.pointer(r.thread, r.kdbg.offsetKThreadStackLimit)
	base, _ := r.pointer(r.thread, r.kdbg.offsetKThreadStackBase)
	m, _ := r.f.Machine()
	dpc, _ := r.pointer(r.prcb, r.kdbg.offsetPrcbDpcStack)
	interrupt, _ := r.pointer(r.prcb, r.kdbg.offsetPrcbIsrStack)
	return kindOfStack(sp, limit, base, m, dpc, interrupt)
}

// current returns the current process and thread, where the two confirm each other.
func (r *reader) current() (p *Process, t *Thread, idle bool) {
	m, _ := r.f.Machine()
	build, _ := r.f.MinorVersion()
	row := rowFor(m, build, r.kdbg)
	if row == nil {
		return nil, nil, false
	}
	pid, ok1 := bin.Pointer(r.process, row.uniqueProcessID, r.f.Bits)
	image, ok2 := bin.Slice(r.process, row.imageFileName, 15)
	cidProcess, ok3 := bin.Pointer(r.thread, row.cid, r.f.Bits)
	cidThread, ok4 := bin.Pointer(r.thread, row.cid+r.f.Bits/8, r.f.Bits)
	if !ok1 || !ok2 || !ok3 || !ok4 {
		return nil, nil, false
	}
	address, _ := r.pointer(r.prcb, r.kdbg.offsetPrcbCurrentThread)
	idleThread, ok := r.pointer(r.prcb, r.kdbg.offsetPrcbIdleThread)
	if ok && idleThread == address && cidProcess == 0 && cidThread == 0 {
		// The copy of the process is the one that an idle thread is attached to (System), not its own.
		return &Process{Name: "Idle"}, &Thread{Address: address}, true
	}
	name := bin.ASCIIZ(image)
	if pid == 0 || pid != cidProcess || pid%4 != 0 || pid >= 1<<32 || cidThread == 0 || cidThread%4 != 0 || cidThread >= 1<<32 || !printable(name) {
		return nil, nil, false
	}
	return &Process{Name: name, ID: pid}, &Thread{Address: address, ProcessID: cidProcess, ID: cidThread}, false
}

// printable says whether s is a text that the kernel would keep: not empty and without control characters.
func printable(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] == 0x7f {
			return false
		}
	}
	return s != ""
}
