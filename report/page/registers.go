package page

import (
	"fmt"
	"strings"
	"sync"

	"github.com/dmplens/dmplens/report"
)

// Registers is the context of the header, or of the one processor that was asked for, and what each processor was running.
func Registers(r *report.Report) *Page {
	p := titled(r)
	p.none(r)
	switch {
	case r.Context != nil && r.Context.From == report.ContextProcessor:
		p.registers("the current processor: the header has none", r.Context)
	case r.Context != nil:
		p.registers("header"+prefixed(", ", r.Context.At.Phrase()), r.Context)
	case len(r.Processors) == 1 && r.Processors[0].Context != nil:
		c := r.Processors[0].Context
		p.registers(fmt.Sprintf("processor %d", r.Processors[0].Number)+prefixed(", ", c.At.Phrase()), c)
	}
	for _, x := range r.Records {
		if len(x.Registers) > 0 {
			c := &report.Context{Registers: x.Registers, InstructionPointer: x.InstructionPointer, Module: x.Module, Offset: x.Offset}
			p.registers(recordOf(r, x.Address), c)
		}
	}
	t, missing := Table{Columns: []Column{{Name: "cpu", Right: true}, {Name: "running"}, {Name: "at"}, {}}}, 0
	for _, x := range r.Processors {
		if x.Missing != "" {
			missing++
			continue
		}
		at, mark := x.Context, ""
		if x.Current != nil && *x.Current {
			mark = "(current)"
			if r.Context != nil {
				at = r.Context // of the crash itself, where the processor has saved another one
			}
		}
		if at != nil && at.At == report.PointLastSaved {
			mark = "(last saved: it hung)"
		}
		where := unknown
		if at != nil {
			where = place(at)
		}
		t.Rows = append(t.Rows, []string{fmt.Sprint(x.Number), running(x), where, mark})
	}
	if len(t.Rows) > 0 {
		p.add(Section{t})
	}
	if missing > 0 && r.Context != nil {
		why := "the dump has nothing of them"
		if r.Dump != nil && r.Dump.Format == report.FormatTriage {
			why = "a small dump keeps the current one, and sometimes others"
		}
		p.add(Section{Row{Label: "Unknown", Value: plural(missing, "processor") + ": " + why}})
	}
	return p
}

// registers adds a context.
func (p *Page) registers(from string, c *report.Context) {
	s := Section{Note{Text: "from: " + from, Tone: Dim}, pairsOf(c.Registers)}
	if c.Module != "" {
		s = append(s, Note{Text: "at " + place(c)})
	}
	p.add(s)
}

// pairsOf are registers in the order in which debuggers print them.
func pairsOf(registers map[string]string) Pairs {
	var pairs Pairs
	for _, name := range registerOrder() {
		if value, ok := registers[name]; ok {
			pairs = append(pairs, Pair{name, shortened(name, value)})
		}
	}
	return pairs
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
	if cut := len(value) - digits; cut >= 2 && strings.Trim(value[2:cut], "0") == "" {
		return "0x" + value[cut:]
	}
	return value
}

// registerOrder is the order in which debuggers print the registers of all machines.
var registerOrder = sync.OnceValue(func() []string {
	list := strings.Fields("eax ebx ecx edx esi edi eip esp ebp rax rbx rcx rdx rsi rdi rip rsp rbp r8 r9 r10 r11 r12 r13 r14 r15")
	for i := range 8 {
		list = append(list, fmt.Sprint("r", i)) // of ARM
	}
	for i := range 29 {
		list = append(list, fmt.Sprint("x", i))
	}
	return append(list, strings.Fields("fp lr sp pc efl cs ss ds es fs gs mxcsr cpsr fpcr fpsr")...)
})

// running names what a processor was running.
func running(x report.Processor) string {
	switch {
	case idle(x.Thread):
		return "idle"
	case x.Process == nil:
		return unknown
	}
	return threadName(x.Process, x.Thread)
}
