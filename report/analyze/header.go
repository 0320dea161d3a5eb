package analyze

import (
	"fmt"
	"math/bits"
	"reflect"
	"strings"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/nt"
	"github.com/dmplens/dmplens/report"
)

// known returns a pointer to v, nil where it is absent.
func known[T any](v T, ok bool) *T {
	if !ok {
		return nil
	}
	return &v
}

// dump is what the header and the shared data say of the dump and the system.
func (f *facts) dump() *report.Dump {
	h := &report.Dump{
		Format: report.Format(f.Format), Bits: f.Bits, DumpType: known(f.DumpType()), Processors: known(f.NumberProcessors()),
		Build: known(f.MinorVersion()), BuildLab: f.snapshot.BuildLab, CapturedAt: known(f.SystemTime()), BootID: known(f.BootID()),
		Banner: banners[f.Format], VersionUser: f.versionUser,
	}
	if f.Format == dmpfile.BitmapFull && f.hasAttribute(dmpfile.FilterDumpFile) {
		h.Active, h.Banner = known(true, true), activeBanner
	}
	if m, ok := f.Machine(); ok {
		if h.Machine = m.String(); h.Machine == "" {
			h.Machine = report.Hex(m)
		}
	}
	if major, ok := f.MajorVersion(); ok && (major == 0xF || major == 0xC) {
		h.Checked = known(major == 0xC, true)
	}
	if p, ok := f.ProductType(); ok {
		h.Product = products[p]
	}
	if up, ok := f.SystemUpTime(); ok {
		h.UptimeSeconds = known(up.Seconds(), true)
	}
	if f.attributesSet {
		h.Attributes = f.attributes.Names()
		// In a full dump the bit is left over from a header that another tool copied.
		h.Live = known(f.attributes&dmpfile.LiveDumpGenerated != 0, f.Format != dmpfile.Full)
	}
	if c, ok := f.Comment(); ok {
		h.Comment = report.ValidUTF8(c)
	}
	if diag := f.diagnostics; f.hasDiagnostics {
		h.StatusLine = report.ValidUTF8(diag.LastLine)
		h.Revision = known(diag.Revision, diag.HasRevision)
	}
	f.addresses(h)
	f.sharedData(h)
	f.boots(h)
	if build := f.system().Build; build != 0 {
		h.Release = nt.Release(build, h.Product, h.CapturedAt)
	}
	return h
}

// addresses adds where the kernel's structures are, and the memory of the machine.
func (f *facts) addresses(h *report.Dump) {
	address := func(a dmpfile.VirtAddr, ok bool) string {
		if !ok {
			return ""
		}
		return f.pointer(a)
	}
	root, ok := f.DirectoryTableBase()
	h.DirectoryTableBase = address(dmpfile.VirtAddr(root), ok)
	h.PsLoadedModuleList = address(f.PsLoadedModuleList())
	h.PsActiveProcessHead = address(f.PsActiveProcessHead())
	h.KdDebuggerDataBlock = address(f.KdDebuggerDataBlock())
	if f.kernel != nil {
		h.KernelBase = address(f.kernel.Base())
	}
	runs, pages, ok := f.Memory()
	if !ok {
		return
	}
	h.PhysicalMemory = known(pages*dmpfile.PageSize, true)
	for _, r := range runs {
		if !f.brief {
			h.MemoryRuns = append(h.MemoryRuns, report.Run{BasePage: report.Hex(r.Base), PageCount: r.Count})
		}
	}
}

// banners are the lines that WinDbg prints when it opens a dump. Of header-only and range dumps they are not known.
var banners = map[dmpfile.Format]string{
	dmpfile.Full:         "Kernel Complete Dump File: Full address space is available",
	dmpfile.Summary:      "Kernel Summary Dump File: Only kernel address space is available",
	dmpfile.TriageDump:   "Mini Kernel Dump File: Only registers and stack trace are available",
	dmpfile.BitmapFull:   "Kernel Bitmap Dump File: Full address space is available",
	dmpfile.BitmapKernel: "Kernel Bitmap Dump File: Kernel address space is available, User address space may not be available.",
}

const activeBanner = "Kernel Bitmap Dump File: Active memory is available"

// sharedData adds what KUSER_SHARED_DATA says and the header does not, and the suites of the header where it is not there.
func (f *facts) sharedData(h *report.Dump) {
	mask, _ := f.SuiteMask()
	if s := f.shared; s != nil {
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

// sizes are the parts of the file, nil where its length is not known.
func (f *facts) sizes() *report.Sizes {
	r := f.Regions
	if r.Total < 0 {
		return nil
	}
	s := &report.Sizes{Total: r.Total, Header: &r.Header, Required: known(f.RequiredDumpSpace())}
	if f.requiresPages() {
		*s.Required *= dmpfile.PageSize
	}
	if !r.Known {
		return s
	}
	s.Primary, s.Secondary, s.SecondaryUsed = &r.Primary, &r.Secondary, known(f.Secondary().Used, !f.OnlyHead())
	if f.Format != dmpfile.TriageDump {
		s.Pages = &r.Pages
	}
	if r.Missing > 0 {
		s.Missing = &r.Missing
		if f.Format != dmpfile.TriageDump {
			s.MissingPages = &r.MissingPages
		}
		if r.LastWholePage != nil {
			s.LastWholePage = report.Hex(*r.LastWholePage)
		}
	}
	return s
}

// hardware is what the secondary data says of the machine.
func (f *facts) hardware() *report.Hardware {
	h := f.Hardware()
	bios := h.BIOSVersion
	if h.BIOSVendor != "" && bios != "" {
		bios = h.BIOSVendor + " " + bios
	}
	if h.BIOSDate != "" && bios != "" {
		bios += " (" + h.BIOSDate + ")"
	}
	board := strings.TrimSpace(h.BoardManufacturer + " " + h.BoardProduct)
	if h.BoardProduct == "" {
		board = "" // a maker alone is none
	}
	r := report.Hardware{
		Manufacturer: h.Manufacturer, Model: h.Model, Board: board, BIOS: bios, Processor: h.Processor,
	}
	for _, s := range []*string{&r.Manufacturer, &r.Model, &r.Board, &r.BIOS, &r.Processor} {
		*s = report.ValidUTF8(*s)
	}
	if !f.heads {
		f.identify(&r)
	}
	if reflect.ValueOf(r).IsZero() {
		return nil
	}
	return &r
}

func (f *facts) streams() []report.Stream {
	if !f.Regions.Known || f.OnlyHead() {
		return nil
	}
	list := []report.Stream{}
	for _, s := range f.Secondary().Streams {
		list = append(list, report.Stream{Index: s.Index, GUID: s.GUID.String(), Name: s.Name(), Offset: s.Offset, Size: s.Size})
	}
	return list
}
