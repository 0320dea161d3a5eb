package analyze

import (
	"errors"
	"fmt"
	"strings"

	"github.com/dmplens/dmplens/bugcheck"
	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/nt"
	"github.com/dmplens/dmplens/dmpfile/paging"
	"github.com/dmplens/dmplens/report"
)

// numberFacts is what several parameters say together.
func (d *dump) numberFacts() []report.Fact {
	m, _ := d.Machine()
	c := &d.code
	if m != dmpfile.MachineAMD64 && m != dmpfile.MachineX86 || !c.has[0] || !c.has[2] || !c.has[3] {
		return nil
	}
	status, ok := machineCheck(c.value, c.values)
	if !ok {
		return nil
	}
	return []report.Fact{{Fact: status, Where: d.at(d.Offset(dmpfile.FieldBugCheckParameter3))}}
}

// found is what was read at an address.
type found struct {
	text string
	at   dmpfile.VirtAddr
}

// memoryFacts follows the parameters that point to records into the memory of the dump. What a parameter points to and the dump
// does not have is said to be not there; memory that holds something else than the record is said to do so.
func (d *dump) memoryFacts() []report.Fact {
	if d.kernel == nil {
		return nil // no memory to follow them into
	}
	var facts []report.Fact
	for i, p := range d.code.Parameters {
		if !d.code.has[i] || p.Value == 0 {
			continue
		}
		for _, f := range d.follow(p) {
			facts = append(facts, report.Fact{Fact: fmt.Sprintf("parameter %d: %s", p.Index, f.text), Where: "memory at " + d.pointer(f.at)})
		}
	}
	return facts
}

// follow reads the record that a parameter points to, if it points to one.
func (d *dump) follow(p bugcheck.Parameter) []found {
	a := dmpfile.VirtAddr(p.Value)
	if wide := d.Bits == 64; wide {
		switch {
		case d.isPowerBlock(p.Index):
			list, err := d.powerBlock(a)
			return orMissing(list, err, "triage block", a)
		case d.poolHeader(p.Index) == header:
			list, err := d.pool(a)
			return orMissing(list, err, "pool header", a)
		case d.poolHeader(p.Index) == behindHeader && a&0xfff != 0: // a block that fills pages has no header
			list, _ := d.pool(a - nt.PoolHeaderSize) // nor have all blocks of newer pools, so nothing is missed
			return list
		}
	}
	read := d.reader(p.Type)
	if read == nil {
		return nil
	}
	list, err := read(a)
	return orMissing(list, err, typeWords.Replace(string(p.Type)), a)
}

// typeWords turns the name of a type into words.
var typeWords = strings.NewReplacer("-", " ", "irp", "IRP", "whea", "WHEA")

// orMissing adds why a record could not be read. Where its layout is not known, or the dump does not say where its memory is, there is
// nothing to say.
func orMissing(list []found, err error, what string, a dmpfile.VirtAddr) []found {
	if err == nil || errors.Is(err, nt.ErrUnknownLayout) || errors.Is(err, nt.ErrNoAddressSpace) {
		return list
	}
	return append(list, found{what + ": " + missing(err), a})
}

// missing says why a record could not be read.
func missing(err error) string {
	var hole *dmpfile.NotInDumpError
	var page *dmpfile.PageMissingError
	var out *paging.PagedOutError
	var unmapped *paging.NotMappedError
	switch {
	case errors.As(err, &hole), errors.As(err, &page):
		return "not in this dump"
	case errors.As(err, &out) && out.Place == paging.PageFile:
		return "not in this dump: it was paged out"
	case errors.As(err, &out):
		return "not in this dump: it was not in memory"
	case errors.As(err, &unmapped):
		return "not in this dump, by its page tables"
	case errors.Is(err, nt.ErrNotThere):
		return "the dump has something else there"
	}
	return "cannot be read, " + err.Error()
}

// reader returns what reads the record that a parameter of a type points to, nil where nothing does.
func (d *dump) reader(t bugcheck.Type) func(dmpfile.VirtAddr) ([]found, error) {
	switch t {
	case bugcheck.TypeExceptionRecord:
		return d.exceptionRecord
	case bugcheck.TypeContextRecord:
		return d.contextRecord
	case bugcheck.TypeTrapFrame:
		return d.trapFrame
	case bugcheck.TypeWHEARecord:
		return d.errorRecord
	case bugcheck.TypeProcess:
		return d.process
	}
	if d.Bits != 64 {
		return nil
	}
	switch t {
	case bugcheck.TypeIRP:
		return d.irp
	case bugcheck.TypeDeviceObject:
		return d.device
	case bugcheck.TypeDriverObject:
		return d.driver
	}
	return nil
}

// isPowerBlock says whether parameter n is the block that 0x9F documents.
func (d *dump) isPowerBlock(n int) bool {
	const stuckIRP, pnpTimeout = 3, 4
	return d.code.value == 0x9F && (n == 3 && d.code.is(stuckIRP) || n == 4 && d.code.is(pnpTimeout))
}

// What a parameter is to a pool block.
const (
	noPool       = iota
	header       // the address of its header
	behindHeader // the address of the block itself
)

// poolHeader says what parameter n is to a pool block, by the documentation of the pool's bug checks. Addresses that are no pool, by
// the word of the bug check itself, are left out.
func (d *dump) poolHeader(n int) int {
	c := &d.code
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
