// Package text renders reports for people.
package text

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/dmplens/dmplens/report"
)

// Style is how reports are rendered. The zero Style is 80 columns without colour.
type Style struct {
	Width int  // columns to wrap at; less than 60 means 80
	Color bool // write ANSI colour
}

func (s Style) width() int {
	if s.Width < 60 {
		return 80
	}
	return s.Width
}

// keyWidth is where the values of a section begin.
const keyWidth = 13

// page collects the output of one report, so that a failing writer is met once.
type page struct {
	bytes.Buffer
	style Style
}

// Write renders one report.
func Write(w io.Writer, r *report.Report, style Style) error {
	p := &page{style: style}
	r = filled(r)
	p.title(r)
	p.WriteByte('\n')
	if r.Error != nil {
		p.notDump(r)
	} else {
		p.whatHappened(r)
		p.origin(r)
		p.machine(r)
		p.kernel(r)
		p.WriteByte('\n')
		if err := p.sizes(r); err != nil {
			return err
		}
		p.verdict(r)
	}
	_, err := w.Write(p.Bytes())
	return err
}

// filled returns a copy of a report that has the sections that every report of ours has: a record from elsewhere may lack them.
func filled(r *report.Report) *report.Report {
	c := *r
	if c.Dump == nil {
		c.Dump = &report.Dump{}
	}
	if c.Sizes == nil {
		c.Sizes = &report.Sizes{}
	}
	return &c
}

// Colours that are used, as SGR codes.
const (
	bold   = "1"
	red    = "31"
	green  = "32"
	yellow = "33"
	dim    = "2"
)

func (p *page) paint(code, s string) string {
	if !p.style.Color || code == "" || s == "" {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

// row writes a key and a value, wrapped behind the key. An empty key continues the row above.
func (p *page) row(key, value string) { p.paintedRow(key, value, "") }

// paintedRow colours the value after wrapping, so that escape codes do not count as columns.
func (p *page) paintedRow(key, value, color string) {
	if value == "" {
		return
	}
	for _, line := range wrap(Clean(value), p.style.width()-keyWidth) {
		fmt.Fprintf(p, "  %-*s%s\n", keyWidth-2, key, p.paint(color, line))
		key = ""
	}
}

// rows writes a grid whose first line stands behind the key. The last column is wrapped to the width of the page.
func (p *page) rows(key string, rows [][]string, right ...int) error {
	if len(rows) == 0 {
		return nil
	}
	last := len(rows[0]) - 1
	room := p.style.width() - keyWidth
	for i := range last {
		widest := 0
		for _, r := range rows {
			widest = max(widest, len([]rune(r[i])))
		}
		room -= widest + 2
	}
	var wrapped [][]string
	for _, r := range rows {
		lines := wrap(Clean(r[last]), max(room, 20))
		wrapped = append(wrapped, append(r[:last:last], strings.Join(lines[:min(1, len(lines))], "")))
		for _, line := range lines[min(1, len(lines)):] {
			wrapped = append(wrapped, append(make([]string, last), line))
		}
	}
	var b strings.Builder
	if err := grid(&b, strings.Repeat(" ", keyWidth), wrapped, right...); err != nil {
		return err
	}
	fmt.Fprintf(p, "  %-*s%s", keyWidth-2, key, b.String()[keyWidth:])
	return nil
}

// title writes the first line: the file, what it is, the machine type and the size; on two lines where one is too narrow.
func (p *page) title(r *report.Report) {
	about := []string{kindOf(r)}
	if r.Dump.Machine != "" {
		about = append(about, r.Dump.Machine)
	}
	if sized(r) {
		about = append(about, human(r.Sizes.Total))
	}
	name, rest := Clean(r.File.Path), strings.Join(about, "   ")
	if r.File.Member != "" {
		name += ": " + Clean(r.File.Member)
	}
	if len([]rune(name))+3+len([]rune(rest)) <= p.style.width() {
		fmt.Fprintf(p, "%s   %s\n", p.paint(bold, name), rest)
		return
	}
	fmt.Fprintf(p, "%s\n", p.paint(bold, name))
	if len(rest)+2 > p.style.width() {
		rest = strings.Join(about, "\n  ")
	}
	fmt.Fprintf(p, "  %s\n", rest)
}

// sized says whether the length of the file is known: that of a member of an archive may not be.
func sized(r *report.Report) bool { return r.Sizes.Total != 0 || r.File.Size != nil }

// kindOf says what the file is in a few words.
func kindOf(r *report.Report) string {
	d := r.Dump
	if d.Format == report.FormatNotADump {
		return "not a dump"
	}
	layout := d.Format.Phrase()
	if layout == "" {
		return "kernel dump of an unknown type"
	}
	if r.Verdict == report.NotADump {
		return layout
	}
	kind := "kernel dump"
	if r.Origin != nil && r.Origin.KindKnown() && r.Origin.Kind != "" {
		kind = "kernel " + r.Origin.Kind.Phrase()
	}
	return kind + " (" + layout + ")"
}
