package nt

import (
	"time"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/internal/bin"
)

// Addresses of KUSER_SHARED_DATA in the kernel's half, fixed since Windows NT.
const (
	sharedData64 = 0xFFFFF78000000000
	sharedData32 = 0xFFDF0000
)

// SharedData is what KUSER_SHARED_DATA says (ntddk.h, public symbols): the page that the kernel shares with all processes.
type SharedData struct {
	Major, Minor     uint32 // 10, 0
	Build            uint32
	ProductType      uint32    // 1 workstation, 2 domain controller, 3 server
	SuiteMask        uint32    // VER_SUITE bits of the edition
	BootID           uint32    // counts boots; 0 on kernels that do not
	SystemTime       time.Time // the clock at the capture
	Uptime           time.Duration
	ActiveProcessors uint32 // 0 on kernels that do not say
	PhysicalPages    uint32 // of memory that Windows uses
	SystemRoot       string // "C:\WINDOWS"
	SafeMode         bool
	DebuggerEnabled  bool // the system was booted for kernel debugging
}

// SharedDataAddress returns where KUSER_SHARED_DATA is in a kernel of 32 or 64 bits.
func SharedDataAddress(bits int) dmpfile.VirtAddr {
	if bits == 32 {
		return sharedData32
	}
	return sharedData64
}

// ReadSharedData reads KUSER_SHARED_DATA of a kernel of 32 or 64 bits. The error is ErrNotThere where its product type or version is
// none, or says that the dump does not have it.
func ReadSharedData(m Memory, bits int) (SharedData, error) {
	b, err := readAll(m, SharedDataAddress(bits), 0x3D0)
	if err != nil {
		return SharedData{}, err
	}
	u32 := func(off int) uint32 {
		v, _ := bin.U32(b, off)
		return v
	}
	clock := func(off int) uint64 { return uint64(u32(off+4))<<32 | uint64(u32(off)) } // KSYSTEM_TIME {low, high, high again}
	const freeBuild = 0xF0000000
	s := SharedData{
		Major: u32(0x26C), Minor: u32(0x270), Build: u32(0x260) &^ freeBuild,
		ProductType: u32(0x264), SuiteMask: u32(0x2D0), BootID: u32(0x2C4), ActiveProcessors: u32(0x3C0), PhysicalPages: u32(0x2E8),
		SystemRoot: bin.UTF16Z(b[0x30:0x238]), SafeMode: b[0x2EC] != 0, DebuggerEnabled: b[0x2D4]&1 != 0,
	}
	s.SystemTime, _ = bin.Filetime(clock(0x14))
	if up := clock(0x08); up < 1<<62/100 {
		s.Uptime = time.Duration(up) * 100
	}
	if s.ProductType < 1 || s.ProductType > 3 || s.Major < 5 || s.Major > 20 || u32(0x18) != u32(0x1C) {
		return SharedData{}, ErrNotThere
	}
	return s, nil
}
