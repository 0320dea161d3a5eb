package events

import (
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/dmplens/dmplens/dmpfile/whea"
)

// wheaFields are what the record says that an event of WHEA-Logger has as its RawData: fields that the event itself does not have, for the rules. An event
// without a record has none of them.
//
//	RecordSeverity   recoverable, fatal, corrected, informational
//	RecordSays       what the most telling section says
//	RecordUnit       the unit whose bank of machine check registers it is
//	RecordAddress    the address of a machine check
//	RecordErrors     the errors that a PCI Express device has noted
//	RecordMemory     the kind of a memory error, and the parts that it is in
func wheaFields(f fields) (list fields) {
	raw, ok := f.get("RawData")
	if !ok {
		return nil
	}
	b, err := hex.DecodeString(strings.TrimPrefix(strings.TrimPrefix(strings.TrimSpace(raw), "0x"), "0X"))
	if err != nil {
		return nil
	}
	r, _ := whea.Read(b) // what could be read is as good as the whole
	if r == nil {
		return nil
	}
	add := func(name, value string) {
		if _, has := list.get(name); value != "" && !has { // the first section that says it
			list = append(list, Field{name, value})
		}
	}
	add("RecordSeverity", r.Severity.String())
	for _, s := range r.Telling() {
		if says := s.Says(); says != "" {
			add("RecordSays", s.TypeName()+", "+says)
		}
		switch {
		case s.MachineCheck != nil:
			add("RecordUnit", s.MachineCheck.BankName)
			if a := s.MachineCheck.Address; a != nil {
				add("RecordAddress", fmt.Sprintf("%#x", *a))
			}
		case s.PCI != nil:
			add("RecordErrors", strings.Join(s.PCI.Errors(), ", "))
		case s.Memory != nil:
			where := s.Memory.Location()
			if s.Memory.Kind != "" && where != "" {
				where = ", " + where
			}
			add("RecordMemory", s.Memory.Kind+where)
		}
	}
	return list
}
