package main

import (
	"github.com/dmplens/dmplens/report"
	"github.com/dmplens/dmplens/report/analyze"
	"github.com/dmplens/dmplens/report/page"
)

var stackVerb = &verb{
	name: "stack", args: "[flags] FILE", short: "show the frames of a stack, and how sure each is",
	long: `
Show which code was running and which called it. The dump alone tells some of
that; with the images and PDBs of its modules each frame is found and named. They
are taken from the memory of the dump, and from the folders and stores of
--symbols or of the environment variable _NT_SYMBOL_PATH. "dmplens symbols
--stack FILE" lists which ones a stack needs, and fetches them when it is told to;
this verb sends nothing.

The stack is the one that the dump was captured on, and goes through the fault
where the dump has registers of it. Of the current thread user mode follows, where
the dump has its memory. With --cpu it is the stack of a processor, from the
registers on that it saved; of a processor that hung these are old. With --thread
it is that of a thread, from where it goes on; with --all that of each processor
that the dump has registers of.

Each frame says what it was found by, the surest first:
  context        registers that were saved: of the header, a record or a trap
                 frame
  exact          a call proven by what it left: the arguments of the one that
                 stopped Windows, or the trap frame or record of a handler
  unwind         the unwind data of the image, and nothing in the dump disagrees
  history        functions that the kernel itself unwound, by the table it left
  frame-pointer  the chain of frame pointers, of ARM64 and x86
  code           code behind the call, which was followed to its return
  scan           a word on the stack that can be a return address. It may be
                 left from a call that has long returned: it is marked with ?
No frame is surer than the one that it was reached from, but for context and exact.
"other" marks modules that are not Windows' own, as modules --third-party lists them.

Exit code 1 says that the dump is damaged, or does not have the processor, the thread
or their registers. ADDRESS is that of the thread object, a hexadecimal number.`,
	examples: `  dmplens stack MEMORY.DMP
  dmplens stack --symbols 'srv*' MEMORY.DMP
  dmplens stack LiveDump.dmp --cpu 1
  dmplens stack --json MEMORY.DMP
`,
	run: runStack,
}

func runStack(c *command, args []string) (int, error) {
	cpu := c.flags.Int("cpu", -1, "that of processor `N`, from 0")
	thread := c.flags.String("thread", "", "that of the thread object at `ADDRESS`")
	all := c.flags.Bool("all", false, "those of all processors")
	c.symbolsFlag()
	return c.listOrFail(args, func(d *analyze.Dump) (*report.Report, func(*report.Report) *page.Page, error) {
		byCPU, byThread := c.flags.Changed("cpu"), c.flags.Changed("thread")
		switch {
		case byCPU && byThread, *all && (byCPU || byThread):
			return nil, nil, c.usageError("choose one of --cpu, --thread and --all")
		case byCPU && *cpu < 0:
			return nil, nil, c.usageError("--cpu is the number of a processor, from 0, not %d", *cpu)
		case byCPU:
			return d.ProcessorStack(*cpu), page.Stack, nil
		case *all:
			return d.Stacks(), page.Stack, nil
		case !byThread:
			return d.Stack(), page.Stack, nil
		}
		address, _, err := readNumber(*thread, 64)
		if err != nil {
			return nil, nil, c.usageError("--thread: %v", err)
		}
		return d.ThreadStack(address), page.Stack, nil
	})
}
