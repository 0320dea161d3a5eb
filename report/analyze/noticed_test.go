package analyze

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dmplens/dmplens/dmpfile/dmptest"
	"github.com/dmplens/dmplens/report"
)

// stoppedAt is the stop of the dumps below.
var stoppedAt = time.Date(2025, 3, 14, 9, 26, 53, 0, time.UTC)

// machineDump is a small dump with a code and streams.
func machineDump(code uint32, verifier *[3]uint32, blobs ...dmptest.Blob) []byte {
	return dmptest.Triage{
		Header:    dmptest.Header{Build: 26100, Code: &code, Params: [4]uint64{1, 2, 3, 4}, Time: stoppedAt, Uptime: time.Hour},
		Stack:     dmptest.Block{VA: 0xFFFFF5825DE0EA00, Data: make([]byte, 0x100)},
		Verifier:  verifier,
		Secondary: dmptest.Secondary(26100, blobs...),
	}.Image().Data()
}

func ticksBefore(d time.Duration) uint64 { return dmptest.FileTime(stoppedAt.Add(-d)) }

func TestNoticed(t *testing.T) {
	request := func(opcode byte, took, ended time.Duration) dmptest.StorageRequest {
		return dmptest.StorageRequest{Command: []byte{opcode}, Start: ticksBefore(ended + took), End: ticksBefore(ended), Status: 1}
	}
	const read, write, flush, inquiry = 0x28, 0x2A, 0x35, 0x12
	port := func(r ...dmptest.StorageRequest) dmptest.Blob { return dmptest.StorageBlob("storahci", r...) }
	module := func(maker, part string, rated, runs uint16) dmptest.MemoryModule {
		return dmptest.MemoryModule{Slot: "DIMM1", Manufacturer: maker, Part: part, Type: 0x1A, Size: 8192, Speed: rated, Configured: runs}
	}
	memory := func(m ...dmptest.MemoryModule) dmptest.Blob {
		return dmptest.SMBIOS{Manufacturer: "Contoso", Product: "C1", Memory: m}.Blob()
	}
	guest := dmptest.SMBIOS{Manufacturer: "Microsoft Corporation", Product: "Virtual Machine"}.Blob()
	registers := func(signature, microcode, thermal uint32) dmptest.Blob {
		genuine := [4]uint32{0x1B, 0x756E6547, 0x6C65746E, 0x49656E69}
		return dmptest.Registers(
			dmptest.Register{Index: 0, First: genuine, Second: genuine},
			dmptest.Register{Index: 1, First: [4]uint32{signature}, Second: [4]uint32{signature}},
			dmptest.Register{MSR: true, Index: 0x8B, First: [4]uint32{0, microcode}, Second: [4]uint32{0, microcode}},
			dmptest.Register{MSR: true, Index: 0x19C, First: [4]uint32{0x88000000}, Second: [4]uint32{thermal}},
		)
	}
	const cool, hot = 0x882D0000, 0x88020005
	named := func(brand string) dmptest.Blob {
		return dmptest.CPURegistry(brand, "GenuineIntel", "Intel64 Family 6 Model 183 Stepping 1", 2100)
	}
	desktop := named("13th Gen Intel(R) Core(TM) i7-13700")
	pci := func(f dmptest.PCIFunction) dmptest.Blob { return dmptest.PCIBlob(f) }
	network := dmptest.PCIFunction{Bus: 4, Vendor: 0x10EC, DeviceID: 0x8168, Class: 0x020000, Power: 3}
	awake := network
	awake.Power = 0
	faulty := func(bits, mask uint32) dmptest.PCIFunction {
		return dmptest.PCIFunction{Bus: 1, Vendor: 0x10DE, DeviceID: 0x2484, Class: 0x030000, Express: &dmptest.PCIExpress{Speed: 3, Width: 16, MostSpeed: 4, MostWidth: 16},
			Errors: &dmptest.PCIErrors{Uncorrectable: bits, UncorrectableMask: mask}}
	}
	for _, c := range []struct {
		name  string
		code  uint32
		blobs []dmptest.Blob
		want  []string // pieces of the lines, in order
	}{
		{"slow requests", 0x9F, []dmptest.Blob{port(request(write, 20200*time.Millisecond, 32*time.Second), request(flush, 20*time.Second, 40*time.Second), request(read, 6*time.Second, 50*time.Second))},
			[]string{"disk: a write took 20.2 s, a flush took 20.0 s, a read took 6.0 s; the last such request ended 32 s before the stop"}},
		{"one slow request", 0xD1, []dmptest.Blob{port(request(read, 7*time.Second, 3*time.Second))}, []string{"disk: a read took 7.0 s, ended 3.0 s before the stop"}},
		{"fast ones, an old one, and one that may take long", 0xD1, []dmptest.Blob{port(request(read, 4*time.Second, time.Second), request(flush, 9*time.Second, time.Second),
			request(write, 20*time.Second, time.Hour), request(inquiry, time.Minute, time.Second))}, nil},
		{"longer than Windows ran", 0x7A, []dmptest.Blob{port(request(read, 500*time.Hour, time.Second))}, nil},
		{"one that had not ended", 0x7A, []dmptest.Blob{port(dmptest.StorageRequest{Command: []byte{read}, Start: ticksBefore(15 * time.Second)})},
			[]string{"disk: a read that began 15.0 s before the stop had not ended"}},
		{"failed", 0x7A, []dmptest.Blob{port(dmptest.StorageRequest{Command: []byte{read}, Start: ticksBefore(2 * time.Second), End: ticksBefore(time.Second), Status: 0x84})},
			[]string{"disk: a read failed ("}},
		{"an overrun is no failure", 0x7A, []dmptest.Blob{port(dmptest.StorageRequest{Command: []byte{read}, Start: ticksBefore(2 * time.Second), End: ticksBefore(time.Second), Status: 0x12})}, nil},

		{"a network adapter asleep", 0x9F, []dmptest.Blob{pci(network)}, []string{"the network controller 10ec:8168 (04:00.0) is powered down (D3)"}},
		{"awake", 0x9F, []dmptest.Blob{pci(awake)}, nil},
		{"asleep at another stop", 0xD1, []dmptest.Blob{pci(network)}, nil},
		{"gone", 0x116, []dmptest.Blob{pci(dmptest.PCIFunction{Bus: 1, Gone: true})}, []string{"the PCI device 01:00.0 does not answer, usually because it is powered off"}},
		{"all gone: the reading failed", 0x116, []dmptest.Blob{dmptest.PCIBlob(dmptest.PCIFunction{Gone: true}, dmptest.PCIFunction{Bus: 1, Gone: true})}, nil},
		{"gone at another stop", 0xD1, []dmptest.Blob{pci(dmptest.PCIFunction{Bus: 1, Gone: true})}, nil},
		{"errors of the bus", 0x116, []dmptest.Blob{pci(faulty(1<<4, 0))}, []string{"PCI Express errors are noted at 10de:2484 (01:00.0): "}},
		{"those of enumeration", 0x116, []dmptest.Blob{pci(faulty(1<<20|1<<15, 0))}, nil},
		{"those that are masked", 0x116, []dmptest.Blob{pci(faulty(1<<4, 1<<4))}, nil},

		{"a display time-out", 0x116, []dmptest.Blob{dmptest.DisplayBlob(&dmptest.DisplayTimeOut{Ticks: 3597 * 64, Reason: 9, Node: 2})},
			[]string{"display time-out: reason 9 (TdrEngineTimeoutPromotedToAdapterReset), engine (node) 2, noted 3.0 s before the stop"}},
		{"a time-out of ones", 0x116, []dmptest.Blob{dmptest.DisplayBlob(&dmptest.DisplayTimeOut{Reason: 0xFFFFFFFF, Node: 0xFFFFFFFF})}, nil},
		{"a time-out of zeros", 0x116, []dmptest.Blob{dmptest.DisplayBlob(&dmptest.DisplayTimeOut{})}, nil},
		{"of another stop", 0xD1, []dmptest.Blob{dmptest.DisplayBlob(&dmptest.DisplayTimeOut{Ticks: 3597 * 64, Reason: 9, Node: 2})}, nil},
		{"the page of a store", 0x1C7, []dmptest.Blob{dmptest.StorePageBlob(2, 3, 4, make([]byte, 4096))}, []string{"the page of compressed memory that failed its check (4096 bytes)"}},

		{"old microcode", 0xA, []dmptest.Blob{registers(0xB0671, 0x11D, cool), desktop}, []string{"microcode 0x11d is older than 0x12b"}},
		{"the fix", 0xA, []dmptest.Blob{registers(0xB0671, 0x12B, cool), desktop}, nil},
		{"microcode that is not known", 0xA, []dmptest.Blob{registers(0xB0671, 0, cool), desktop}, nil},
		{"microcode that a hypervisor hides", 0xA, []dmptest.Blob{registers(0xB0671, 0xFFFFFFFF, cool), desktop}, nil},
		{"another processor", 0xA, []dmptest.Blob{registers(0xA0671, 0x11D, cool), desktop}, nil},
		{"a revision that a hypervisor makes up", 0xA, []dmptest.Blob{registers(0xB0671, 1, cool), desktop}, nil},
		{"a mobile processor", 0xA, []dmptest.Blob{registers(0xB0671, 0x11D, cool), named("13th Gen Intel(R) Core(TM) i9-13900HX")}, nil},
		{"a Xeon", 0xA, []dmptest.Blob{registers(0xB0671, 0x11D, cool), named("Intel(R) Xeon(R) E-2488")}, nil},
		{"in a guest", 0xA, []dmptest.Blob{registers(0xB0671, 0x11D, cool), desktop, guest}, nil},
		{"hot", 0x101, []dmptest.Blob{registers(0xA0671, 0x3C, hot)}, []string{"the processor that stopped was at its thermal limit: slowed down for its temperature, 2 degrees below the maximum"}},

		{"a limit far below the maximum", 0x101, []dmptest.Blob{registers(0xA0671, 0x3C, 0x887F0005)}, nil},
		{"no reading", 0x101, []dmptest.Blob{registers(0xA0671, 0x3C, 0xFFFFFFFF)}, nil},

		{"one kit in two spellings", 0x1E, []dmptest.Blob{memory(module("Samsung", "M471A1G44", 3200, 3200), module("SAMSUNG", "m471a1g44", 3200, 3200))}, nil},
		{"a module without a part number", 0x1E, []dmptest.Blob{memory(module("Samsung", "", 3200, 3200), module("Samsung", "M471A1G44", 3200, 3200))}, nil},
		{"a mixed kit", 0x1E, []dmptest.Blob{memory(module("Samsung", "M471", 3200, 3200), module("Hynix", "HMAA", 3200, 3200))},
			[]string{"memory modules of 2 kinds are mixed: Samsung M471, Hynix HMAA"}},
		{"makers that nobody filled in", 0x1E, []dmptest.Blob{memory(module("Manufacturer0", "Unknown", 3200, 3200), module("Manufacturer1", "Unknown", 3200, 3200))}, nil},
		{"above its rating", 0x1E, []dmptest.Blob{memory(module("A", "B", 2667, 3200), module("A", "B", 2667, 3200))}, []string{"memory runs at 3200 MT/s, above its rating of 2667 (usually an XMP profile)"}},
		{"one module", 0x1A, []dmptest.Blob{memory(module("Kingston", "KF3200", 3200, 3200))}, []string{"all memory is one module (Kingston KF3200 in DIMM1)"}},
		{"one module at a stop of a driver", 0xD1, []dmptest.Blob{memory(module("Kingston", "KF3200", 3200, 3200))}, nil},
		{"a virtual machine", 0x1A, []dmptest.Blob{guest}, []string{"Windows ran in a virtual machine (Microsoft Corporation Virtual Machine)"}},

		{"a hypervisor of Windows' own", 0x18B, []dmptest.Blob{dmptest.Registers(dmptest.Register{Index: 1, First: [4]uint32{0xA0671, 0, 1 << 31, 0}, Second: [4]uint32{0xA0671, 0, 0, 0}})},
			[]string{"Windows ran on a hypervisor of its own"}},
		{"that of a guest", 0x18B, []dmptest.Blob{dmptest.Registers(dmptest.Register{Index: 1, First: [4]uint32{0xA0671, 0, 1 << 31, 0}}), guest}, nil},

		{"boots without a clean shutdown", 0x50, []dmptest.Blob{dmptest.BootStatus{Size: 0xC8, BootID: 20, LastGoodShutdown: 10}.Blob()}, []string{"no clean shutdown for 10 boots, with this one"}},
		{"ids of boots that are none", 0x50, []dmptest.Blob{dmptest.BootStatus{Size: 0xC8, BootID: 20, LastGoodShutdown: 0xFFFFFFFF}.Blob()}, nil},
		{"the last boot was clean", 0x50, []dmptest.Blob{dmptest.BootStatus{Size: 0xC8, BootID: 20, LastGoodShutdown: 19}.Blob()}, nil},
		{"the power button", 0x1C8, []dmptest.Blob{dmptest.BootStatus{Size: 0xC0, BootID: 20, LastGoodShutdown: 19, PressTime: stoppedAt.Add(-7 * time.Second), PressBootID: 20}.Blob()},
			[]string{"the power button was pressed 7.0 s before the stop"}},
		{"pressed in another boot", 0x50, []dmptest.Blob{dmptest.BootStatus{Size: 0xC0, BootID: 20, LastGoodShutdown: 19, PressTime: stoppedAt.Add(-7 * time.Hour)}.Blob()}, nil},

		{"the most telling first", 0x1C7, []dmptest.Blob{
			dmptest.BootStatus{Size: 0xC8, BootID: 20, LastGoodShutdown: 10}.Blob(), registers(0xB0671, 0x11D, hot), desktop, port(request(read, 7*time.Second, 3*time.Second)),
			dmptest.StorePageBlob(2, 3, 4, make([]byte, 4096)), memory(module("A", "B", 2667, 3200)),
		}, []string{"disk: a read", "the page of compressed memory", "microcode", "thermal limit", "one module", "above its rating", "no clean shutdown for 10 boots, with this one"}},
		{"a live dump that somebody asked for", 0x161, []dmptest.Blob{registers(0xB0671, 0x11D, hot)}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := analyzed(t, "x.dmp", machineDump(c.code, nil, c.blobs...))
			if len(r.Noticed) != len(c.want) {
				t.Fatalf("%+v", r.Noticed)
			}
			for i, n := range r.Noticed {
				if !strings.Contains(n.Text, c.want[i]) || !strings.HasPrefix(n.Source, "stream ") || n.Kind == "" {
					t.Errorf("%+v, want %q", n, c.want[i])
				}
			}
		})
	}
	r := analyzed(t, "x.dmp", machineDump(0xC4, &[3]uint32{0, 0x209BB, 0}))
	if len(r.Noticed) != 1 || !strings.HasPrefix(r.Noticed[0].Text, "Driver Verifier is on (settings 0x209bb)") {
		t.Errorf("%+v", r.Noticed)
	}
}

// Machines that differ in a serial number are two, of one model; without a serial number that somebody gave there is the model alone.
func TestIdentity(t *testing.T) {
	identity := func(s dmptest.SMBIOS) [2]string {
		h := analyzed(t, "x.dmp", machineDump(0xD1, nil, s.Blob())).Hardware
		return [2]string{h.MachineID, h.ModelID}
	}
	base := dmptest.SMBIOS{Manufacturer: "Contoso", Product: "C1", BoardManufacturer: "Fabrikam", BoardProduct: "F2", BoardSerial: "PF3XK7Q9", Serial: "SYS-4411"}
	first := identity(base)
	other := base
	other.BoardSerial = "PF3XK7R0"
	second := identity(other)
	if first[0] == "" || second[0] == "" || first[0] == second[0] || first[1] != second[1] || first[1] == "" {
		t.Errorf("two machines of one model: %q, %q", first, second)
	}
	same := base
	same.Serial = "SYS-9999" // the board is the machine
	if got := identity(same); got != first {
		t.Errorf("the same board: %q, %q", got, first)
	}
	system := base
	system.BoardSerial = "Default string"
	if got := identity(system); got[0] == "" || got[0] == first[0] || got[1] != first[1] {
		t.Errorf("by the serial number of the system: %q", got)
	}
	for _, none := range []string{"", "To be filled by O.E.M.", "Default string", "0000000000", "123456789", "System Serial Number"} {
		blank := base
		blank.BoardSerial, blank.Serial = none, none
		if got := identity(blank); got[0] != "" || got[1] != first[1] {
			t.Errorf("without a serial number (%q): %q", none, got)
		}
	}
	model := base
	model.Product = "C2"
	if got := identity(model); got[1] == first[1] {
		t.Errorf("another model has the id %q too", got[1])
	}
	// Without the tables of the firmware the places on the bus are the model.
	bus := func(numbers ...uint8) string {
		var list []dmptest.PCIFunction
		for _, n := range numbers {
			list = append(list, dmptest.PCIFunction{Bus: n, Vendor: 0x8086, DeviceID: 1, Class: 0x020000})
		}
		return analyzed(t, "x.dmp", machineDump(0xD1, nil, dmptest.PCIBlob(list...))).Hardware.ModelID
	}
	if a, b, c := bus(1, 2), bus(2, 1), bus(1, 3); a == "" || a != b || a == c {
		t.Errorf("by the bus: %q, %q, %q", a, b, c)
	}
	if id := identityOf("board", "Contoso", "C1", "x"); len(id) != 32 || id == identityOf("board", "ContosoC1", "", "x") || id != identityOf("board", " CONTOSO ", "c1", "X") {
		t.Errorf("%q", id)
	}
	if got := report.ShortID(first[0]); len(got) != 8 || !strings.HasPrefix(first[0], got) || !slices.Contains(report.GroupKeys, "machine_id") {
		t.Errorf("%q", got)
	}
}

// Of a table of the firmware that is cut nobody knows how many modules there are.
func TestCutMemory(t *testing.T) {
	b := dmptest.SMBIOS{Manufacturer: "Contoso", Product: "C1", Memory: []dmptest.MemoryModule{
		{Slot: "DIMM1", Manufacturer: "Kingston", Part: "KF3200", Type: 0x1A, Size: 8192}, {Slot: "DIMM2", Manufacturer: "Kingston", Part: "KF3200", Type: 0x1A, Size: 8192},
	}}.Blob()
	whole := analyzed(t, "x.dmp", machineDump(0x1A, nil, b))
	b.Data = b.Data[:len(b.Data)-30]
	if r := analyzed(t, "x.dmp", machineDump(0x1A, nil, b)); len(whole.Hardware.Memory) != 2 || r.Hardware.Memory != nil || r.Noticed != nil {
		t.Errorf("%+v, %+v", r.Hardware, r.Noticed)
	}
}
