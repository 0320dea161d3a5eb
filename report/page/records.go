package page

import (
	"strconv"

	"github.com/dmplens/dmplens/report"
)

// deviceStack appends the devices of the stack that holds an IRP, the highest first.
func (s *Section) deviceStack(r *report.Report) {
	var rows [][]string
	for _, d := range r.DeviceStack {
		location, image, says := "", d.Image, d.PowerState
		if d.Location != nil {
			location = strconv.Itoa(*d.Location)
		}
		if image == "" {
			image = d.Missing
		}
		if d.Current != nil && *d.Current {
			says += ", has the IRP"
		}
		if d.Completion != "" {
			says += ", then " + d.Completion
		}
		rows = append(rows, []string{location, d.Driver, image, says})
	}
	s.table("Devices", make([]Column, 4), rows)
}

// records appends the registers of the records that say where the fault was: what they are otherwise stands with the facts.
func (s *Section) records(r *report.Report, verbose bool) {
	if !verbose {
		return
	}
	for _, x := range r.Records {
		if len(x.Registers) == 0 {
			continue
		}
		s.row("Registers", "of the "+x.Kind.Phrase()+" at "+x.Address)
		*s = append(*s, pairsOf(x.Registers))
	}
}
