package dmptest

import "time"

// triageMachine is a small dump of a machine that did not go to sleep, with much of what its secondary data can say of it.
func triageMachine() *Image {
	h := header26100(0x9F)
	h.Params = [4]uint64{0x3, 0xFFFFA18C38D10060, 0xFFFFF5825DE0E680, 0xFFFFA18C44B5C010}
	h.Attributes = new(uint32(0x20000 | AttrDiagnostics))
	h.Diagnostics = diagnostics()
	ago := func(d time.Duration) uint64 { return FileTime(sampleTime.Add(-d)) }
	request := func(opcode byte, took, ended time.Duration) StorageRequest {
		return StorageRequest{Command: []byte{opcode}, Start: ago(ended + took), End: ago(ended), Status: 1, Tag: 0x38D10060}
	}
	module := func(slot, maker, part, serial string) MemoryModule {
		return MemoryModule{Slot: slot, Bank: "BANK 0", Manufacturer: maker, Part: part, Serial: serial, Form: 9, Type: 0x1A, Size: 8192, Speed: 2667, Configured: 3200}
	}
	const microcode, signature = 0x3C, 0xA0671
	blobs := []Blob{
		StorageBlob("storahci", request(0x2A, 20200*time.Millisecond, 32*time.Second), request(0x35, 20*time.Second, 32*time.Second), request(0x28, 3*time.Millisecond, 31*time.Second)),
		BootStatus{Size: 0xC8, BootID: 42, LastGoodShutdown: 37, LastReportedAbnormal: 41, Flags: 1, Reference: sampleTime.Add(-time.Minute)}.Blob(),
		SMBIOS{
			BIOSVendor: "Contoso Firmware", BIOSVersion: "1.07", BIOSDate: "02/14/2025",
			Manufacturer: "Contoso", Product: "Workbench 16", Version: "Rev A", Serial: "CW16-2B7QX9", SKU: "WB16", Family: "Workbench",
			BoardManufacturer: "Fabrikam", BoardProduct: "F-200", BoardVersion: "1.0", BoardSerial: "FB200-77A1Z3", Chassis: 10,
			CPUManufacturer: "Contoso", CPU: "Contoso C1 16-Core Processor",
			Memory: []MemoryModule{module("DIMM1", "Northwind", "NW8G26", "0A1B2C3D"), module("DIMM2", "Tailspin", "TS-8192", "4E5F6071"), {Slot: "DIMM3"}, {Slot: "DIMM4"}},
		}.Blob(),
		CPURegistry("Contoso C1 16-Core Processor", "GenuineIntel", "Intel64 Family 6 Model 167 Stepping 1", 3700),
		Registers(
			Register{Index: 0, First: [4]uint32{0x1B, 0x756E6547, 0x6C65746E, 0x49656E69}, Second: [4]uint32{0x1B, 0x756E6547, 0x6C65746E, 0x49656E69}},
			Register{Index: 1, First: [4]uint32{signature, 0, 1 << 23, 0}, Second: [4]uint32{signature, 0, 1 << 23, 0}},
			Register{MSR: true, Index: 0x8B, First: [4]uint32{0, microcode}, Second: [4]uint32{0, microcode}},
			Register{MSR: true, Index: 0x19C, First: [4]uint32{0x88300000}, Second: [4]uint32{0x882D0000}},
		),
		PCIBlob(
			PCIFunction{Bus: 0, Device: 2, Vendor: 0x8086, DeviceID: 0x4C8A, Class: 0x030000},
			PCIFunction{Bus: 5, Vendor: 0x10EC, DeviceID: 0x8168, Class: 0x020000, Power: 3,
				Express: &PCIExpress{Speed: 1, Width: 1, MostSpeed: 1, MostWidth: 1}, Errors: &PCIErrors{Uncorrectable: 1 << 20}},
		),
	}
	b := Build26100
	const stackBase = 0xFFFFF5825DE10000
	return Triage{
		Header: h, Kernel: true, Modules: sampleModules(), Unloaded: sampleUnloaded(),
		Stack: stack(0xFFFFF5825DE0EA00, stackBase-0xFFFFF5825DE0EA00, 8, map[int]uint64{0x0: kernelBase + 0x4C8069, 0x8: 0x9F, 0x10: 3}),
		KDBG:  sampleKDBG(b),
		Processor: &Processor{
			Build: b, CurrentThread: thread, IdleThread: kernelBase + 0xD27600, DpcStack: 0xFFFFF80317C89FB0, IsrStack: 0xFFFFF80317C92FB0, Mhz: 3700, Vendor: "GenuineIntel",
		},
		Process: &Process{Build: b, PID: 4, Name: "System", DirectoryTableBase: 0x1AD002, Next: process + 0x448, Previous: processHead, Created: sampleTime.Add(-sampleUptime)},
		Thread: &Thread{
			Build: b, Self: thread, PID: 4, TID: 0x1F4, Process: process, StackLimit: 0xFFFFF5825DE0A000, StackBase: stackBase, KernelStack: 0xFFFFF5825DE0F3B0,
			Created: sampleTime.Add(-time.Hour),
		},
		Blocks:    triageBlocks(h, "26100.1.amd64fre.ge_release.240331-1435", 0xFFFFF80310A2F8C0),
		Secondary: Secondary(26100, blobs...),
	}.Image()
}
