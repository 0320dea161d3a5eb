package whea

import (
	"fmt"
	"slices"
	"strings"
)

// Telling returns the sections by how much they tell of the cause: what failed before what was done about it, and what is known before what is not.
func (r *Record) Telling() []*Section {
	list := make([]*Section, len(r.Sections))
	for i := range r.Sections {
		list[i] = &r.Sections[i]
	}
	rank := func(s *Section) int {
		switch {
		case s.MachineCheck != nil, s.Memory != nil, s.PCI != nil:
			return 0
		case s.Processor != nil:
			return 1
		case s.Says() != "":
			return 2
		}
		return 3
	}
	slices.SortStableFunc(list, func(a, b *Section) int { return rank(a) - rank(b) })
	return list
}

// Says is what a section says in a line, the most telling of it and nothing private; "" where it is known by its type alone.
func (s *Section) Says() string {
	switch {
	case s.MachineCheck != nil:
		return s.MachineCheck.says()
	case s.PCI != nil:
		return s.PCI.says()
	case s.Memory != nil:
		return s.Memory.says()
	case s.Processor != nil:
		return s.Processor.says()
	}
	var list []string
	for _, f := range s.Fields {
		if !f.Private && f.Value != "" && (f.Name == "error status" || f.Name == "error type" || f.Name == "fault" || f.Name == "requester" || f.Name == "flags") {
			list = append(list, f.Name+" "+f.Value)
		}
	}
	return strings.Join(list, ", ")
}

func (m *MachineCheck) says() string {
	list := []string{fmt.Sprintf("processor %d", m.Processor), bankText(m.Bank, m.BankName), m.Status.String()}
	if m.Address != nil {
		list = append(list, "address "+hex(*m.Address))
	}
	if port := m.RootPort(); port != "" {
		list = append(list, "reported by the root port "+port)
	}
	if n := len(m.Others); n == 1 {
		list = append(list, "and one more bank")
	} else if n > 1 {
		list = append(list, fmt.Sprintf("and %d more banks", n))
	}
	return strings.Join(list, ", ")
}

// BankText is the bank's number, with the unit that it is of where that is known: "bank 5 (execution unit)".
func (m *MachineCheck) BankText() string { return bankText(m.Bank, m.BankName) }

func bankText(number uint32, name string) string {
	s := fmt.Sprintf("bank %d", number)
	if name != "" {
		s += " (" + name + ")"
	}
	return s
}

func (p *PCI) says() string {
	var list []string
	if p.Port != "" {
		list = append(list, p.Port)
	}
	if at := p.Location(); at != "" {
		list = append(list, at)
	}
	if p.Identified {
		list = append(list, fmt.Sprintf("id %04x:%04x", p.Vendor, p.DeviceID))
	}
	return strings.Join(append(list, p.Errors()...), ", ")
}

func (m *Memory) says() string {
	var list []string
	if m.Kind != "" {
		list = append(list, m.Kind)
	}
	if m.Address != nil {
		list = append(list, "physical address "+hex(*m.Address))
	}
	if at := m.Location(); at != "" {
		list = append(list, at)
	}
	return strings.Join(list, ", ")
}

func (p *Processor) says() string {
	var list []string
	if p.ID != nil {
		list = append(list, fmt.Sprintf("processor id %d", *p.ID))
	}
	if p.Kind != "" {
		list = append(list, p.Kind+" error")
	}
	if p.Address != nil {
		list = append(list, "address "+hex(*p.Address))
	}
	return strings.Join(list, ", ")
}
