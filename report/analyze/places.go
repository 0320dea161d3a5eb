package analyze

import (
	"errors"
	"fmt"

	"github.com/dmplens/dmplens/bugcheck"
	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/nt"
	"github.com/dmplens/dmplens/report"
)

const (
	nullPages      = 0x10000 // bytes at 0 that Windows never maps
	sharedDataUser = 0x7FFE0000
)

// sharedFields are the fields of KUSER_SHARED_DATA that code reads most (ntddk.h), in ascending order: where they begin and end.
var sharedFields = []struct {
	from, to dmpfile.VirtAddr
	name     string
}{
	{0x8, 0x14, "interrupt time"}, {0x14, 0x20, "system time"}, {0x20, 0x2C, "time zone"}, {0x30, 0x238, "system root"}, {0x264, 0x268, "product type"},
	{0x26C, 0x274, "version"}, {0x274, 0x2B4, "processor features"}, {0x2D0, 0x2D4, "suites"}, {0x2D4, 0x2D5, "debugger enabled"}, {0x300, 0x308, "performance counter frequency"},
	{0x320, 0x330, "tick count"}, {0x330, 0x334, "cookie"}, {0x3C0, 0x3C4, "active processors"},
}

// describe says where an address lies that is in no loaded module, as far as its number and the lists of the dump tell; "" where they do
// not.
func (f *facts) describe(a dmpfile.VirtAddr) string {
	machine, _ := f.Machine()
	for _, shared := range []dmpfile.VirtAddr{nt.SharedDataAddress(f.Bits), sharedDataUser} {
		if off := a - shared; off < dmpfile.PageSize {
			return "KUSER_SHARED_DATA" + sharedField(off)
		}
	}
	switch {
	case a == 0:
		return "null"
	case a < nullPages:
		return fmt.Sprintf("null + %#x", uint64(a))
	case a < f.userEnd():
		return "a user-mode address"
	case machine == dmpfile.MachineAMD64 && !canonical(a):
		return "not canonical: the processor has no such address"
	}
	if m, ok := f.unloadedAt(a); ok {
		return fmt.Sprintf("%s + %#x, which was unloaded", report.ValidUTF8(m.Name), uint64(a-m.Base))
	}
	return ""
}

// userEnd is where the addresses of user mode end.
func (f *facts) userEnd() dmpfile.VirtAddr {
	if f.Bits == 32 {
		return 0x80000000
	}
	return 1 << 47
}

// isNoKernelAddress says whether no object of the kernel can lie at an address.
func (f *facts) isNoKernelAddress(a dmpfile.VirtAddr) bool {
	machine, _ := f.Machine()
	return a < f.userEnd() || machine == dmpfile.MachineAMD64 && !canonical(a)
}

// unloadedAt is the unloaded module that had an address.
func (f *facts) unloadedAt(a dmpfile.VirtAddr) (nt.UnloadedModule, bool) {
	for _, m := range f.unloaded {
		if m.Base <= a && a < m.End {
			return m, true
		}
	}
	return nt.UnloadedModule{}, false
}

func sharedField(off dmpfile.VirtAddr) string {
	s := fmt.Sprintf(" + %#x", uint64(off))
	for _, x := range sharedFields {
		if x.from <= off && off < x.to {
			return s + " (" + x.name + ")"
		}
	}
	return s
}

// describeCode is describe for an address of code.
func (f *facts) describeCode(a dmpfile.VirtAddr) string {
	if s := f.describe(a); s != "" {
		return s
	}
	if f.modules.Len() > 0 && f.listed == nil {
		return "in no module"
	}
	return ""
}

// parameterSays says where the address lies that a parameter has, where it is in no module.
func (f *facts) parameterSays(i int) string {
	p := f.code.Parameters[i]
	a := dmpfile.VirtAddr(p.Value)
	switch {
	case !f.code.has[i] || !p.Type.IsAddress() || a == 0 || f.isNoAddress(p.Value) || f.parameterPlace(i).module != nil:
		return ""
	case p.Type == bugcheck.TypeCodeAddress:
		return f.describeCode(a)
	}
	if s := f.describe(a); s != "" || p.Type != bugcheck.TypeAddress || f.kernel == nil {
		return s
	}
	var b [1]byte
	if _, err := f.memory.ReadVirtual(b[:], a); err != nil && !errors.Is(err, nt.ErrLimit) {
		return missing(err)
	}
	return ""
}
