package text

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/dmplens/dmplens/report"
)

// symbolsWidth is how wide a page is that has room for the column of symbols.
const symbolsWidth = 140

// Modules writes the loaded and unloaded modules as tables. On a wide page each has its PDB.
func Modules(w io.Writer, r *report.Report, style Style) error {
	p := &page{style: style}
	if !p.listTitle(r) {
		return p.flush(w)
	}
	wide := style.width() >= symbolsWidth
	head := []string{"base", "size", "time stamp", "version", "name"}
	if wide {
		head = append(head, "symbols")
	}
	rows := [][]string{head}
	for _, m := range r.Modules {
		row := []string{m.Base, fmt.Sprintf("%#x", m.Size), orDash(m.Timestamp), known(m.Version, m, "version"), orDash(m.Name)}
		if wide {
			row = append(row, known(symbols(m.PDB), m, "pdb"))
		}
		rows = append(rows, row)
	}
	if err := grid(p, "  ", rows, 1); err != nil {
		return err
	}
	if len(r.UnloadedModules) > 0 {
		p.WriteByte('\n')
		rows := [][]string{{"base", "end", "unloaded", "name"}}
		for _, m := range r.UnloadedModules {
			when := "-"
			if m.UnloadedAt != nil {
				when = instant(*m.UnloadedAt)
			}
			rows = append(rows, []string{m.Base, m.End, when, orDash(m.Name)})
		}
		if err := grid(p, "  ", rows); err != nil {
			return err
		}
	}
	p.listFindings(r, report.FindingModuleList, report.FindingUnloadedModules)
	return p.flush(w)
}

// known is a value of a module's image, or that the dump does not have it.
func known(value string, m report.Module, part string) string {
	if value == "" && (slices.Contains(m.Missing, part) || slices.Contains(m.Missing, "headers")) {
		return "not in dump"
	}
	return orDash(value)
}

// symbols identifies a PDB as a symbol server does: name, GUID and age in one.
func symbols(p *report.PDB) string {
	if p == nil {
		return ""
	}
	return p.Name + " " + strings.ToUpper(strings.ReplaceAll(p.GUID, "-", "")) + strings.ToUpper(strconv.FormatUint(uint64(p.Age), 16))
}

// Processes writes the processes as a table.
func Processes(w io.Writer, r *report.Report, style Style) error {
	p := &page{style: style}
	if r.Error != nil && r.Process != nil {
		p.title(filled(r))
		p.WriteByte('\n')
		p.row("Processes", r.Error.Message)
		p.row("Current", processLine(r))
		p.row("Do next", r.Error.Next)
		return p.flush(w)
	}
	if !p.listTitle(r) {
		return p.flush(w)
	}
	rows := [][]string{{"pid", "parent", "created", "process object", "name"}}
	for _, x := range r.Processes {
		row := []string{"-", "-", "-", orDash(x.Address), orDash(x.Name)}
		if x.PID != nil {
			row[0] = fmt.Sprint(*x.PID)
		}
		if x.ParentPID != nil {
			row[1] = fmt.Sprint(*x.ParentPID)
		}
		if x.CreatedAt != nil {
			row[2] = instant(*x.CreatedAt)
		}
		if r.Process != nil && r.Process.Address != "" && r.Process.Address == x.Address {
			row[4] += "  (current)"
		}
		rows = append(rows, row)
	}
	if err := grid(p, "  ", rows, 0, 1); err != nil {
		return err
	}
	p.listFindings(r, report.FindingProcessList)
	return p.flush(w)
}

// Registers writes the context of the header, or of the one processor that was asked for, and the processors as a table.
func Registers(w io.Writer, r *report.Report, style Style) error {
	p := &page{style: style}
	p.listTitle(r)
	switch {
	case r.Context != nil && r.Context.From == report.ContextProcessor:
		p.registers("the current processor: the header has none", r.Context)
	case r.Context != nil:
		p.registers("header", r.Context)
	case len(r.Processors) == 1 && r.Processors[0].Context != nil:
		p.registers(fmt.Sprintf("processor %d", r.Processors[0].Number), r.Processors[0].Context)
	}
	rows, unknown := [][]string{{"cpu", "running", "at", ""}}, 0
	for _, x := range r.Processors {
		if x.Missing != "" {
			unknown++
			continue
		}
		at := x.Context
		if mark(x) != "" && r.Context != nil {
			at = r.Context // of the crash itself, where the processor has saved another one
		}
		rows = append(rows, []string{fmt.Sprint(x.Number), running(x), place(at), mark(x)})
	}
	if len(rows) > 1 {
		p.WriteByte('\n')
		if err := grid(p, "  ", rows, 0); err != nil {
			return err
		}
	}
	if unknown > 0 && r.Context != nil {
		p.WriteByte('\n')
		why := "the dump has nothing of them"
		if r.Dump.Format == report.FormatTriage {
			why = "a small dump keeps the current one, and sometimes others"
		}
		p.row("Unknown", plural(unknown, "processor")+": "+why)
	}
	return p.flush(w)
}

// registers writes a context, three registers on a line.
func (p *page) registers(from string, c *report.Context) {
	fmt.Fprintf(p, "  %s\n", p.paint(dim, "from: "+from))
	var names []string
	for _, name := range registerOrder {
		if _, ok := c.Registers[name]; ok {
			names = append(names, name)
		}
	}
	per := 3
	if len(c.InstructionPointer) <= 10 {
		per = 4
	}
	for i, name := range names {
		sep := "  "
		if (i+1)%per == 0 || i == len(names)-1 {
			sep = "\n"
		}
		if i%per == 0 {
			p.WriteString("  ")
		}
		value := shortened(name, c.Registers[name])
		if sep == "\n" {
			value = strings.TrimRight(value, " ")
		}
		fmt.Fprintf(p, "%5s %s%s", name, value, sep)
	}
	if c.Module != "" {
		fmt.Fprintf(p, "  at %s+%s\n", Clean(c.Module), c.Offset)
	}
}

// shortened cuts the leading zeros of registers that are shorter than a pointer.
func shortened(name, value string) string {
	digits := len(value)
	switch name {
	case "cs", "ss", "ds", "es", "fs", "gs":
		digits = 4
	case "efl", "mxcsr", "cpsr", "fpcr", "fpsr":
		digits = 8
	}
	if cut := len(value) - digits; digits < len(value) && strings.Trim(value[2:cut], "0") == "" {
		return fmt.Sprintf("%-*s", len(value), "0x"+value[cut:])
	}
	return value
}

// registerOrder is the order in which debuggers print the registers of all machines.
var registerOrder = func() []string {
	list := strings.Fields("eax ebx ecx edx esi edi eip esp ebp rax rbx rcx rdx rsi rdi rip rsp rbp r8 r9 r10 r11 r12 r13 r14 r15")
	for i := range 8 {
		list = append(list, fmt.Sprint("r", i)) // of ARM
	}
	for i := range 29 {
		list = append(list, fmt.Sprint("x", i))
	}
	return append(list, strings.Fields("fp lr sp pc efl cs ss ds es fs gs mxcsr cpsr fpcr fpsr")...)
}()

// running names what a processor was running.
func running(x report.Processor) string {
	switch {
	case x.Thread != nil && x.Thread.Idle != nil && *x.Thread.Idle:
		return "idle"
	case x.Process == nil:
		return "-"
	}
	s := x.Process.Name
	if x.Process.PID != nil {
		s += fmt.Sprintf(" (%d)", *x.Process.PID)
	}
	if x.Thread != nil && x.Thread.ID != nil {
		s += fmt.Sprintf(", thread %d", *x.Thread.ID)
	}
	return s
}

func place(c *report.Context) string {
	switch {
	case c == nil:
		return "-"
	case c.Module != "":
		return c.Module + "+" + c.Offset
	}
	return c.InstructionPointer
}

func mark(x report.Processor) string {
	if x.Current != nil && *x.Current {
		return "(current)"
	}
	return ""
}

// listTitle writes the first line, and why there is no list where there is none. It says whether there is one.
func (p *page) listTitle(r *report.Report) bool {
	p.title(filled(r))
	p.WriteByte('\n')
	if r.Error == nil {
		return true
	}
	key := "None"
	if r.Dump == nil || r.Dump.Format == report.FormatNotADump || r.Dump.Format == report.FormatUserMinidump {
		key = "This is"
	}
	p.row(key, r.Error.Message)
	p.row("Do next", r.Error.Next)
	return false
}

// listFindings writes the findings that say that a list is not whole.
func (p *page) listFindings(r *report.Report, ids ...report.FindingID) {
	for _, f := range r.Findings {
		for _, id := range ids {
			if f.ID == id {
				p.WriteByte('\n')
				p.row("Finding", string(f.ID)+": "+f.Message)
			}
		}
	}
}

func (p *page) flush(w io.Writer) error {
	_, err := w.Write(p.Bytes())
	return err
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
