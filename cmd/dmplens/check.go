package main

import (
	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/dmplens/dmplens/report"
	"github.com/dmplens/dmplens/report/analyze"
	"github.com/dmplens/dmplens/report/page"
)

var checkVerb = &verb{
	name: "check", args: "[flags] FILE...", short: "say whether a dump is whole and what it holds",
	long: `
Say whether each dump is complete, partial or damaged and at which offset, what a
debugger will find in it, and what to do about each finding: before 30 GB are
copied to a machine with WinDbg. Of a dump of pages it counts what every debugger
needs: the debugger data block, the module list, the processors, the current stack
and page directory, the shared data, and the images of the kernel and the HAL.

By default no more is read than that takes, and the end of the file: a copy that
stopped in a file of the right length leaves zeros there. Where what is never zeros
lies in them the dump is damaged; where they are only unlikely it is partial.
With --deep the file is read once: that finds what a disk cannot read, counts pages
of zeros, names what cannot be zeros and is, and gives the SHA-256 of the file.

With --private, list what in a dump can name a person, a machine or a network, by
kind, number and place: product keys, names of users, computers and wireless
networks, SIDs, addresses of network cards, serial numbers, folders of users. It
looks at the streams of secondary data, the events in them and the modules; with
--deep also at memory, for texts that can be told by their form. To find nothing
is no proof. The values are shown only with --show-private.

FILE can be - for standard input, an archive, or a dump in one, as for info.

Exit code 1 says that a dump is damaged or looks unfinished, or that a file is no
kernel dump.`,
	examples: `  dmplens check MEMORY.DMP
  dmplens check --deep LiveDump.dmp
  dmplens check --private MEMORY.DMP
  dmplens check --jsonl *.dmp > checked.jsonl
`,
	run: runCheck,
}

// checkPages is how many pages of memory a check may read: those of processors and modules of the largest machines, 64 MiB.
const checkPages = 1 << 14

func runCheck(c *command, args []string) (int, error) {
	deep := c.flags.Bool("deep", false, "read the whole file once")
	a := analyze.Analyzer{ToolVersion: version, Pages: checkPages}
	c.flags.BoolVar(&a.FindPrivate, "private", false, "list what can name a person, a machine or a network; with --deep in memory too")
	c.symbolsFlag()
	c.privateFlag(&a.Private)
	out, files, err := c.reportFlags(args, page.Check)
	if err != nil {
		return exitUnusable, err
	}
	if a.Symbols, err = c.symbols(); err != nil {
		return exitUnusable, err
	}
	defer a.Symbols.Close()
	if *deep {
		a.Depth = report.DepthDeep
		if stderr, ok := terminal(c.stderr); ok {
			bars := mpb.New(mpb.WithOutput(stderr))
			defer bars.Wait()
			a.Progress = progress(bars)
		}
	}
	return c.reports(&a, files, out, nil)
}

// progress returns what shows one bar for each file that is read.
func progress(bars *mpb.Progress) func(done, of uint64) {
	var bar *mpb.Bar
	return func(done, of uint64) {
		if bar == nil {
			bar = bars.AddBar(int64(of), mpb.BarRemoveOnComplete(),
				mpb.PrependDecorators(decor.CountersNoUnit("%d of %d pages")),
				mpb.AppendDecorators(decor.AverageETA(decor.ET_STYLE_GO)))
		}
		bar.SetCurrent(int64(done))
		if done >= of {
			bar = nil
		}
	}
}
