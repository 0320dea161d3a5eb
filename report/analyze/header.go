package analyze

import (
	"fmt"
	"math/bits"
	"time"

	"github.com/dmplens/dmplens/bugcheck/ntstatus"
	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/report"
)

// known returns a pointer to v, nil where it is absent.
func known[T any](v T, ok bool) *T {
	if !ok {
		return nil
	}
	return &v
}

// keep returns where a value is kept, nil where it is absent. Values that are kept beside one another take no memory of their own.
func keep[T any](to *T, v T, ok bool) *T {
	if !ok {
		return nil
	}
	*to = v
	return to
}

// header is what the dump header says.
func (d *dump) header() *report.Dump {
	x := new(struct {
		report.Dump
		dumpType, processors, build, revision, bootID uint32
		checked, live                                 bool
		uptime                                        float64
		captured                                      time.Time
		memory                                        uint64
	})
	h := &x.Dump
	h.Format, h.Bits = report.Format(d.Format), d.Bits
	u32 := func(to *uint32, from func() (uint32, bool)) *uint32 {
		v, ok := from()
		return keep(to, v, ok)
	}
	h.DumpType = u32(&x.dumpType, d.DumpType)
	if m, ok := d.Machine(); ok {
		if h.Machine = m.String(); h.Machine == "" {
			h.Machine = report.Hex(m)
		}
	}
	h.Processors = u32(&x.processors, d.NumberProcessors)
	h.Build = u32(&x.build, d.MinorVersion)
	if major, ok := d.MajorVersion(); ok && (major == 0xF || major == 0xC) {
		h.Checked = keep(&x.checked, major == 0xC, true)
	}
	if p, ok := d.ProductType(); ok {
		h.Product = products[p]
	}
	if t, ok := d.SystemTime(); ok {
		h.CapturedAt = keep(&x.captured, t, true)
	}
	if up, ok := d.SystemUpTime(); ok {
		h.UptimeSeconds = keep(&x.uptime, up.Seconds(), true)
	}
	if a, ok := d.Attributes(); ok {
		h.Attributes = a.Names()
		// In a full dump the bit is left over from a header that another tool copied.
		if d.Format != dmpfile.Full {
			h.Live = keep(&x.live, a&dmpfile.LiveDumpGenerated != 0, true)
		}
	}
	if c, ok := d.Comment(); ok {
		h.Comment = report.ValidUTF8(c)
	}
	if diag, ok := d.Diagnostics(); ok {
		h.StatusLine = report.ValidUTF8(diag.LastLine)
		h.Revision = keep(&x.revision, diag.Revision, diag.HasRevision)
	}
	h.BootID = u32(&x.bootID, d.BootID)
	if v, ok := d.DirectoryTableBase(); ok {
		h.DirectoryTableBase = d.pointer(dmpfile.VirtAddr(v))
	}
	for _, p := range []struct {
		to   *string
		from func() (dmpfile.VirtAddr, bool)
	}{
		{&h.PsLoadedModuleList, d.PsLoadedModuleList},
		{&h.PsActiveProcessHead, d.PsActiveProcessHead},
		{&h.KdDebuggerDataBlock, d.KdDebuggerDataBlock},
	} {
		if v, ok := p.from(); ok {
			*p.to = d.pointer(v)
		}
	}
	if runs, pages, ok := d.PhysicalMemory(); ok && pages < 1<<40 {
		h.PhysicalMemory = keep(&x.memory, pages*dmpfile.PageSize, true)
		if !d.brief {
			for _, r := range runs {
				h.MemoryRuns = append(h.MemoryRuns, report.Run{BasePage: report.Hex(r.Base), PageCount: r.Count})
			}
		}
	}
	h.Banner = banners[d.Format]
	h.BuildLab = d.snapshot.BuildLab
	if d.kernel != nil {
		if base, ok := d.kernel.Base(); ok {
			h.KernelBase = d.pointer(base)
		}
	}
	d.sharedData(h)
	return h
}

// banners are the lines that WinDbg prints when it opens a dump. Of header-only and range dumps they are not known.
var banners = map[dmpfile.Format]string{
	dmpfile.Full:         "Kernel Complete Dump File: Full address space is available",
	dmpfile.Summary:      "Kernel Summary Dump File: Only kernel address space is available",
	dmpfile.TriageDump:   "Mini Kernel Dump File: Only registers and stack trace are available",
	dmpfile.BitmapFull:   "Kernel Bitmap Dump File: Full address space is available",
	dmpfile.BitmapKernel: "Kernel Bitmap Dump File: Kernel address space is available, User address space may not be available.",
}

// sharedData adds what KUSER_SHARED_DATA says and the header does not, and the suites of the header where it is not there.
func (d *dump) sharedData(h *report.Dump) {
	mask, _ := d.SuiteMask()
	if s := d.shared; s != nil {
		h.Version = fmt.Sprintf("%d.%d", s.Major, s.Minor)
		h.SystemRoot = report.ValidUTF8(s.SystemRoot)
		h.SafeMode, h.DebuggerEnabled = &s.SafeMode, &s.DebuggerEnabled
		if h.BootID == nil && s.BootID != 0 {
			h.BootID = &s.BootID
		}
		if h.CapturedAt == nil && !s.SystemTime.IsZero() {
			h.CapturedAt = &s.SystemTime
		}
		if h.UptimeSeconds == nil && s.Uptime > 0 {
			h.UptimeSeconds = known(s.Uptime.Seconds(), true)
		}
		if h.Product == "" {
			h.Product = products[s.ProductType]
		}
		mask = s.SuiteMask
	}
	if mask != 0 {
		h.Suites = make([]string, 0, bits.OnesCount32(mask))
	}
	for i, name := range suites {
		if mask>>i&1 != 0 && name != "" {
			h.Suites = append(h.Suites, name)
		}
	}
}

// products are the product types of header and shared data.
var products = map[uint32]string{1: "workstation", 2: "domain-controller", 3: "server"}

// suites are the VER_SUITE bits (winnt.h) by their number.
var suites = [...]string{
	0: "small-business", 1: "enterprise", 2: "back-office", 4: "terminal-server", 5: "small-business-restricted", 6: "embedded", 7: "datacenter",
	8: "single-user-terminal-server", 9: "home", 10: "web-server", 13: "storage-server", 14: "compute-server", 15: "home-server",
}

// exception is the header's exception record. For a bug check that no exception led to, Windows writes a breakpoint at the place
// of the call; that is left out, because nothing of the kind happened.
func (d *dump) exception() *report.Exception {
	const breakpoint, noncontinuable = 0x80000003, 1
	e, ok := d.Exception()
	if !ok || e.Code == breakpoint && e.Flags == noncontinuable && len(e.Information) == 0 {
		return nil
	}
	r := newException(e, d.Bits)
	r.Module, r.Offset = d.moduleAt(e.Address)
	return r
}

// newException names the exception code, which is a status by definition.
func newException(e dmpfile.Exception, bits int) *report.Exception {
	r := &report.Exception{Code: report.Hex(e.Code), Address: report.Pointer(e.Address, bits)}
	r.Name, _ = ntstatus.Name(e.Code)
	return r
}

// sizes are the parts of the file, nil where its length is not known.
func (d *dump) sizes() *report.Sizes {
	r := d.Regions
	if r.Total < 0 {
		return nil
	}
	x := &struct {
		report.Sizes
		dmpfile.Regions
		required uint64
		used     int64
	}{Regions: r}
	s := &x.Sizes
	required, ok := d.RequiredDumpSpace()
	s.Total, s.Header, s.Required = r.Total, &x.Regions.Header, keep(&x.required, required, ok)
	if !r.Known {
		return s
	}
	s.Primary, s.Secondary, s.SecondaryUsed = &x.Regions.Primary, &x.Regions.Secondary, keep(&x.used, d.Secondary().Used, !d.OnlyHead())
	if d.Format != dmpfile.TriageDump {
		s.Pages = &x.Regions.Pages
	}
	if r.Missing > 0 {
		s.Missing = &x.Regions.Missing
		if d.Format != dmpfile.TriageDump {
			s.MissingPages = &x.Regions.MissingPages
		}
		if r.LastWholePage != nil {
			s.LastWholePage = report.Hex(*r.LastWholePage)
		}
	}
	return s
}

// hardware is what the secondary data says of the machine.
func (d *dump) hardware() *report.Hardware {
	h := d.Hardware()
	bios := h.BIOSVersion
	if h.BIOSVendor != "" && bios != "" {
		bios = h.BIOSVendor + " " + bios
	}
	if h.BIOSDate != "" && bios != "" {
		bios += " (" + h.BIOSDate + ")"
	}
	r := report.Hardware{Manufacturer: h.Manufacturer, Model: h.Model, BIOS: bios, Processor: h.Processor}
	for _, s := range []*string{&r.Manufacturer, &r.Model, &r.BIOS, &r.Processor} {
		*s = report.ValidUTF8(*s)
	}
	if r == (report.Hardware{}) {
		return nil
	}
	return &r
}

func (d *dump) streams() []report.Stream {
	if !d.Regions.Known || d.OnlyHead() {
		return nil
	}
	list := []report.Stream{}
	for _, s := range d.Secondary().Streams {
		list = append(list, report.Stream{Index: s.Index, GUID: s.GUID.String(), Name: s.Name(), Offset: s.Offset, Size: s.Size})
	}
	return list
}
