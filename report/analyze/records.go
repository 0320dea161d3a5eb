package analyze

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/dmplens/dmplens/bugcheck"
	"github.com/dmplens/dmplens/bugcheck/ntstatus"
	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/nt"
	"github.com/dmplens/dmplens/report"
)

// record is what a parameter points to, or what that leads to.
type record struct {
	parameter int               // its number; 0 where no parameter leads there
	at        dmpfile.VirtAddr  // where the record is in the memory of the machine; 0 for the header's
	from      report.RecordFrom // how it was found
	kind      string            // what should be there
	value     any               // one of package nt's records, a dmpfile.Exception or dmpfile.Context; nil where it could not be read
	err       error             // why it could not
	fault     bool              // it is the state of the processor when it met what the bug check is about
}

// deviceObject is what nt.ReadDevice says of a device object, and stackLocation what nt.IRP says of its current location.
type (
	deviceObject  struct{ nt.Device }
	stackLocation struct{ nt.IRP }
	threadObject  struct {
		nt.Thread
		process *nt.Process // nil where it is not known
		current bool        // it is the thread that was current
	}
)

// readRecords follows the parameters that point to records into the memory of the dump.
func (f *facts) readRecords() {
	if e, ok := f.exception(); ok && !f.isLive() {
		f.records = append(f.records, record{from: report.RecordHeader, kind: "exception record", value: e})
	}
	if f.kernel == nil {
		return // no memory to follow them into
	}
	for i, p := range f.code.Parameters {
		if f.code.has[i] && p.Value != 0 {
			f.follow(p)
		}
	}
	f.findTrapFrame()
	f.readDeviceStack()
}

// add adds a record that was read, or why it could not be. Where its layout is not known, or the dump does not say where its memory is,
// there is nothing to say.
func (f *facts) add(p bugcheck.Parameter, a dmpfile.VirtAddr, kind string, value any, err error) (ok bool) {
	switch {
	case errors.Is(err, nt.ErrUnknownLayout) || errors.Is(err, nt.ErrNoAddressSpace):
		return false
	case err != nil:
		value = nil
	}
	r := record{parameter: p.Index, at: a, from: report.RecordParameter, kind: kind, value: value, err: err}
	switch value.(type) {
	case dmpfile.Context, nt.TrapFrame:
		r.fault = err == nil
	}
	f.records = append(f.records, r)
	return err == nil
}

// follow reads the record that a parameter points to, if it points to one.
func (f *facts) follow(p bugcheck.Parameter) {
	a := dmpfile.VirtAddr(p.Value)
	machine, _ := f.Machine()
	if f.Bits == 64 && f.followObject(p, a) {
		return
	}
	switch p.Type {
	case bugcheck.TypeExceptionRecord:
		e, err := f.readException(a)
		f.add(p, a, "exception record", e, err)
	case bugcheck.TypeContextRecord:
		c, err := nt.ReadContext(f.memory, a, machine)
		f.add(p, a, "context record", c, err)
	case bugcheck.TypeTrapFrame:
		t, err := nt.ReadTrapFrame(f.memory, a, machine)
		f.add(p, a, "trap frame", t, err)
	case bugcheck.TypeWHEARecord:
		r, err := nt.ReadErrorRecord(f.memory, a)
		f.add(p, a, "WHEA record", r, err)
		if err != nil {
			break
		}
		for _, s := range r.Telling() {
			f.add(p, a+dmpfile.VirtAddr(s.Offset), "section", errorSection{s}, nil)
		}
	case bugcheck.TypeProcess:
		x, err := f.kernel.ProcessAt(a)
		f.add(p, a, "process", x, err)
	case bugcheck.TypeThread:
		f.readThread(p, a)
	case bugcheck.TypeAddress:
		if f.isHungProcessor(p.Index) {
			x, err := f.readProcessor(a, uint32(f.code.values[3]))
			f.add(p, a, "PRCB", x, err)
		}
	}
}

// readThread reads a thread object. A small dump does not say where its copy of the current thread was, but its PRCB does.
func (f *facts) readThread(p bugcheck.Parameter, a dmpfile.VirtAddr) {
	if t := f.snapshot.Thread; t != nil && t.Address == a {
		f.add(p, a, "thread", threadObject{*t, f.snapshot.Process, true}, nil)
		return
	}
	t, process, err := f.kernel.ThreadAt(a)
	f.add(p, a, "thread", threadObject{t, process, false}, err)
}

// isHungProcessor says whether parameter n is the PRCB of the processor that did not take its clock interrupt, whose number is
// parameter 4 of 0x101.
func (f *facts) isHungProcessor(n int) bool {
	return f.code.value == codeClockWatchdog && n == 3 && f.code.has[3] && f.code.values[3] < maxProcessors
}

// readProcessor reads the PRCB that should be that of processor n. One of another processor is taken for that where its number is one of
// the machine's, and where it looks like a PRCB otherwise: it has a thread, or begins like one.
func (f *facts) readProcessor(a dmpfile.VirtAddr, n uint32) (*nt.Processor, error) {
	x, err := f.kernel.ProcessorAt(a, n)
	if !errors.Is(err, nt.ErrNotThere) {
		return x, err
	}
	number, numberErr := f.kernel.ProcessorNumber(a)
	if count, ok := f.NumberProcessors(); numberErr != nil || !ok || number >= count {
		return nil, err
	}
	other, otherErr := f.kernel.ProcessorAt(a, number)
	if otherErr != nil || other.Thread == nil && !f.beginsLikeProcessor(a) {
		return nil, err
	}
	return other, nil
}

// beginsLikeProcessor says whether memory begins as a PRCB of amd64 does: with the MXCSR that Windows gives every processor.
func (f *facts) beginsLikeProcessor(a dmpfile.VirtAddr) bool {
	const initial = 0x1F80
	machine, _ := f.Machine()
	var b [4]byte
	_, err := f.memory.ReadVirtual(b[:], a)
	return machine == dmpfile.MachineAMD64 && err == nil && binary.LittleEndian.Uint32(b[:]) == initial
}

// hungDisagreements are what speaks against the processor that parameter 4 of 0x101 names.
func (f *facts) hungDisagreements() []string {
	c := &f.code
	if c.value != codeClockWatchdog || !c.has[3] {
		return nil
	}
	var list []string
	n := c.values[3]
	for _, r := range f.records {
		if x, ok := r.value.(*nt.Processor); ok && uint64(x.Number) != n {
			list = append(list, fmt.Sprintf("parameter 3 is the PRCB of processor %d, parameter 4 says %d", x.Number, n))
		}
	}
	if count, ok := f.NumberProcessors(); ok && n >= uint64(count) {
		list = append(list, fmt.Sprintf("parameter 4 says that processor %d hung, the header has %d processors, from 0", n, count))
	} else if current := f.snapshot.Processor; current != nil && uint64(*current) == n {
		list = append(list, fmt.Sprintf("parameter 4 says that processor %d hung, which is the one that noticed it", n))
	}
	return list
}

// hungProcessor is the processor that hung while another one noticed it: by parameter 4, if nothing speaks against that.
func (f *facts) hungProcessor() (uint32, bool) {
	if !f.isHungProcessor(3) || !f.code.has[2] || f.code.values[2] == 0 {
		return 0, false
	}
	for _, r := range f.records {
		if r.kind == "PRCB" && errors.Is(r.err, nt.ErrNotThere) {
			return 0, false // what is there is none
		}
	}
	return uint32(f.code.values[3]), len(f.hungDisagreements()) == 0
}

// followObject reads the records whose layout is known for 64 bits alone. It says whether the parameter is taken for one.
func (f *facts) followObject(p bugcheck.Parameter, a dmpfile.VirtAddr) bool {
	switch pool := f.poolHeader(p.Index); {
	case f.isPowerBlock(p.Index):
		b, err := nt.ReadPowerBlock(f.memory, a)
		f.add(p, a, "triage block", b, err)
	case pool == header:
		h, err := nt.ReadPoolHeader(f.memory, a)
		f.add(p, a, "pool header", h, err)
	case pool == behindHeader && a&0xfff != 0: // a block that fills pages has no header
		if h, err := nt.ReadPoolHeader(f.memory, a-nt.PoolHeaderSize); err == nil { // nor have all blocks of newer pools, so nothing is missed
			f.add(p, a-nt.PoolHeaderSize, "pool header", h, nil)
		}
	case p.Type == bugcheck.TypeIRP:
		f.readIRP(p, a)
	case p.Type == bugcheck.TypeDeviceObject:
		f.readDevice(p, a)
	case p.Type == bugcheck.TypeDriverObject:
		f.readDriver(p, a)
	default:
		return false
	}
	return true
}

// readException reads an exception record. Where parameter 1 is the exception's code too, one of another code is taken for a record only
// where that is a status and its address one of code, or the instruction of the bug check.
func (f *facts) readException(a dmpfile.VirtAddr) (dmpfile.Exception, error) {
	e, err := nt.ReadException(f.memory, a, f.Bits)
	if c := &f.code; err == nil && c.has[0] && c.Parameters[0].Type == bugcheck.TypeNTStatus && uint32(c.values[0]) != e.Code {
		ip, ok := f.faultingInstruction()
		_, named := ntstatus.Name(e.Code)
		if !named || !f.placeOf(e.Address).named() && !(ok && dmpfile.VirtAddr(ip.Value) == e.Address) {
			return e, nt.ErrNotThere
		}
	}
	return e, err
}

func (f *facts) readIRP(p bugcheck.Parameter, a dmpfile.VirtAddr) {
	irp, err := nt.ReadIRP(f.memory, a)
	if !f.add(p, a, "IRP", irp, err) || !irp.HasLocation || irp.CurrentLocation > irp.StackCount {
		return
	}
	f.add(p, irp.Location, "stack location", stackLocation{irp}, nil)
	if irp.Device != 0 {
		f.readDevice(p, irp.Device)
	}
}

func (f *facts) readDevice(p bugcheck.Parameter, a dmpfile.VirtAddr) {
	d, err := nt.ReadDevice(f.memory, a)
	if f.add(p, a, "device object", deviceObject{d}, err) {
		f.readDriver(p, d.Driver)
	}
}

func (f *facts) readDriver(p bugcheck.Parameter, a dmpfile.VirtAddr) {
	driver, err := nt.ReadDriver(f.memory, a)
	f.add(p, a, "driver object", driver, err)
}

// isPowerBlock says whether parameter n is the block that 0x9F documents.
func (f *facts) isPowerBlock(n int) bool {
	return f.code.value == codePowerState && (n == 3 && f.code.is(stuckIRP) || n == 4 && f.code.is(pnpTimeout))
}

// What a parameter is to a pool block.
const (
	noPool       = iota
	header       // the address of its header
	behindHeader // the address of the block itself
)

// poolHeader says what parameter n is to a pool block, by the documentation of the pool's bug checks. Addresses that are no pool, by
// the word of the bug check itself, are left out.
func (f *facts) poolHeader(n int) int {
	c := &f.code
	if !c.has[0] {
		return noPool
	}
	switch violation := c.values[0]; c.value {
	case 0x19:
		switch violation {
		case 2, 3, 0xA:
			return when(n == 2, header)
		case 5, 6, 9:
			return when(n == 2 || n == 4, header)
		case 7, 8:
			return when(n == 4, header)
		case 0x20:
			return when(n == 2 || n == 3, header)
		case 0x21:
			return when(n == 2, behindHeader)
		}
	case 0xC2:
		switch violation {
		case 1, 2, 4:
			return when(n == 2, header)
		case 6:
			return when(n == 3, header)
		case 7, 9:
			return when(n == 4, behindHeader)
		case 0xA:
			return when(n == 2, behindHeader)
		}
	case 0x13A:
		return when(n == 3, behindHeader)
	}
	return noPool
}

func when(yes bool, kind int) int {
	if yes {
		return kind
	}
	return noPool
}
