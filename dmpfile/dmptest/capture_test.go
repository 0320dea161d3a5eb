package dmptest

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"maps"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func captureImages(t *testing.T) map[string][]byte {
	t.Helper()
	images, err := ReadImages("../../testdata/capture/symbols")
	if err != nil {
		t.Fatal(err)
	}
	return images
}

var requesters = map[string]Requester{"task-manager": ByTaskManager, "storage": ByStorageDiagnostics, "driver": ByDriver}

// The frames, as a debugger of Windows shows them.
var captureStacks = map[Requester]string{
	ByTaskManager: `
		nt!IopLiveDumpEndMirroringCallback+0x19 nt!MmDuplicateMemory+0x39 nt!IopLiveDumpCaptureMemoryPages+0x27 nt!IoCaptureLiveDump+0x25
		nt!DbgkCaptureLiveKernelDump+0x35 nt!NtSystemDebugControl+0x31 nt!KiSystemServiceCopyEnd+0x25 ntdll!NtSystemDebugControl+0x14
		Taskmgr!LiveDump::Request::Capture+0x53 Taskmgr!WdcDumpThread+0x96 KERNEL32!BaseThreadInitThunk+0xd ntdll!RtlUserThreadStart+0x1d`,
	ByStorageDiagnostics: `
		nt!IopLiveDumpEndMirroringCallback+0x19 nt!MmDuplicateMemory+0x39 nt!IopLiveDumpCaptureMemoryPages+0x27 nt!IoCaptureLiveDump+0x25
		nt!DbgkCaptureLiveKernelDump+0x35 nt!NtSystemDebugControl+0x31 nt!KiSystemServiceCopyEnd+0x25 ntdll!NtSystemDebugControl+0x14
		mispace!CLogCollectionServer::CaptureLiveDump+0x7e mispace!CLogCollectionServer::Run+0x18 KERNEL32!BaseThreadInitThunk+0xd
		ntdll!RtlUserThreadStart+0x1d`,
	ByDriver: `
		nt!IopLiveDumpEndMirroringCallback+0x19 nt!MmDuplicateMemory+0x39 nt!IopLiveDumpCaptureMemoryPages+0x27 nt!IoCaptureLiveDump+0x25
		nt!DbgkpWerCaptureLiveFullDump+0x13 nt!DbgkWerCaptureLiveKernelDump+0x25 sample!SampleReportTimeout+0x41
		sample!SampleWatchdogWork+0x2d nt!ExpWorkerThread+0x13 nt!PspSystemThreadStartup+0xd nt!KiStartSystemThread+0x12`,
}

func TestCaptureFrames(t *testing.T) {
	images := captureImages(t)
	for name, by := range requesters {
		c := NewCapture(by, 0, images)
		var got []string
		for _, f := range c.Frames {
			got = append(got, f.String())
		}
		if want := strings.Fields(captureStacks[by]); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s:\n%q, not\n%q", name, got, want)
		}
	}
}

// TestCaptureUnwinds unwinds the stacks by nothing but the machine's memory.
func TestCaptureUnwinds(t *testing.T) {
	images := captureImages(t)
	for name, by := range requesters {
		t.Run(name, func(t *testing.T) {
			c := NewCapture(by, 0, images)
			u := &unwinder{t: t, sp: c.Space, ip: c.Frames[0].IP, rsp: c.Frames[0].SP, registers: maps.Clone(c.Frames[0].Registers)}
			for _, m := range c.System.Modules {
				u.add(m.Base, len(m.Mapped))
			}
			for _, m := range c.User.Modules {
				u.add(m.Base, len(m.Mapped))
			}
			for i, f := range c.Frames {
				if u.ip != f.IP || u.rsp != f.SP || !maps.Equal(u.registers, f.Registers) {
					t.Fatalf("frame %d: %#x %#x %#x, not %#x %#x %#x", i, u.ip, u.rsp, u.registers, f.IP, f.SP, f.Registers)
				}
				if !called(readVirtual(t, c.Space, f.IP-6, 6)) {
					t.Errorf("frame %d: nothing is called ahead of %#x", i, f.IP)
				}
				u.step()
				if f.Slot != u.slot {
					t.Errorf("frame %d: the address that it returns to is at %#x, not %#x", i, f.Slot, u.slot)
				}
			}
			if u.ip != 0 {
				t.Errorf("the last frame returns to %#x", u.ip)
			}
		})
	}
}

// called says whether 6 bytes of code end with a call: of an address, through a register or memory, or of the system.
func called(b []byte) bool {
	return b[1] == 0xE8 || b[0] == 0xFF && b[1] == 0x15 || b[4] == 0xFF || b[3] == 0xFF || b[4] == 0x0F && b[5] == 0x05
}

// unwinder unwinds functions of amd64 with version 1 of the unwind data, as far as the images need it.
type unwinder struct {
	t             *testing.T
	sp            *Space
	modules       [][2]uint64 // base and end
	ip, rsp, slot uint64
	registers     map[string]uint64
}

func (u *unwinder) add(base uint64, n int) {
	if n > 0 {
		u.modules = append(u.modules, [2]uint64{base, base + uint64(n)})
	}
}

func (u *unwinder) u32(at uint64) uint64 {
	return uint64(binary.LittleEndian.Uint32(readVirtual(u.t, u.sp, at, 4)))
}
func (u *unwinder) u64(at uint64) uint64 { return u64(readVirtual(u.t, u.sp, at, 8), 0) }

func (u *unwinder) step() {
	base := uint64(0)
	for _, m := range u.modules {
		if m[0] <= u.ip && u.ip < m[1] {
			base = m[0]
		}
	}
	if base == 0 {
		u.t.Fatalf("no module at %#x", u.ip)
	}
	header := base + u.u32(base+0x3C)
	table, size := u.u32(header+0xA0), u.u32(header+0xA4)
	for at := base + table; at < base+table+size; at += 12 {
		if u.u32(at) <= u.ip-base && u.ip-base < u.u32(at+4) {
			if u.apply(base, base+u.u32(at+8)) {
				return
			}
			break
		}
	}
	u.slot, u.ip, u.rsp = u.rsp, u.u64(u.rsp), u.rsp+8
}

// apply undoes what the codes say. It reports whether they end with a machine frame.
func (u *unwinder) apply(base, info uint64) bool {
	head := readVirtual(u.t, u.sp, info, 4)
	names := []string{"rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15"}
	frame := u.rsp
	if r := head[3] & 15; r != 0 {
		frame = u.registers[names[r]] - uint64(head[3]>>4)*16
	}
	codes := readVirtual(u.t, u.sp, info+4, 2*int(head[2])+2)
	for i := 0; i < int(head[2]); i++ {
		op, arg := codes[2*i+1]&15, codes[2*i+1]>>4
		slot := uint64(binary.LittleEndian.Uint16(codes[2*i+2:]))
		switch op {
		case 0:
			u.registers[names[arg]] = u.u64(u.rsp)
			u.rsp += 8
		case 1:
			u.rsp += slot * 8
			i++
		case 2:
			u.rsp += uint64(arg)*8 + 8
		case 3:
			u.rsp = frame
		case 4:
			u.registers[names[arg]] = u.u64(frame + slot*8)
			i++
		case 8:
			i++
		case 10:
			u.slot, u.ip, u.rsp = u.rsp, u.u64(u.rsp), u.u64(u.rsp+0x18)
			return true
		default:
			u.t.Fatalf("code %d", op)
		}
	}
	if head[0]>>3&4 != 0 {
		return u.apply(base, base+u.u32(info+4+2*uint64((head[2]+1)&^1)+8))
	}
	return false
}

func TestCaptureDumps(t *testing.T) {
	images := captureImages(t)
	c := NewCapture(ByTaskManager, TaskManagerLabel, images)
	b := c.Live().Data()
	if !bytes.Equal(b, NewCapture(ByTaskManager, TaskManagerLabel, images).Live().Data()) {
		t.Error("the dump differs from call to call")
	}
	expect(t, b, at{0x10, uint64(0x1B2002)}, at{0x38, uint32(0x161)}, at{0x40, "rgmksaT\x00"}, at{0x348 + 0xF8, c.Frames[0].IP},
		at{0x348 + 0x98, c.Frames[0].SP}, at{0xF98, uint32(6)}, at{0x1050, uint32(0x1010)}, at{0x2000, "SDMPDUMP"})
	t.Logf("%d bytes", len(b))

	// The kernel, as its list of modules has it.
	entry := readVirtual(t, c.Space, c.System.EntryAt(0), 0xA0)
	file := images["ntoskrnl.exe"]
	expect(t, entry, at{0x30, uint64(0xFFFFF80312400000)}, at{0x40, uint32(0xC000)}, at{0x9C, uint32(u32(file, u32(file, 0x3C)+8))})
	expect(t, readVirtual(t, c.Space, 0xFFFFF80312400000, 2), at{0, "MZ"})
	expect(t, readVirtual(t, c.Space, c.System.KdbgAt(), 0x20), at{0x10, "KDBG"}, at{0x18, uint64(0xFFFFF80312400000)})

	// The user mode of the thread.
	thread := readVirtual(t, c.Space, c.System.ThreadAt(0), 0x100)
	teb := u64(thread, 0xF0)
	expect(t, readVirtual(t, c.Space, teb, 0x68), at{0x30, teb}, at{0x40, uint64(0x2324)})
	peb := u64(readVirtual(t, c.Space, teb, 0x68), 0x60)
	if eprocess := readVirtual(t, c.Space, c.System.ProcessAt(5), 0x2E8); u64(eprocess, 0x2E0) != peb {
		t.Error("the PEB is not that of the process")
	}
	ldr := u64(readVirtual(t, c.Space, peb, 0x20), 0x18)
	module := u64(readVirtual(t, c.Space, ldr, 0x20), 0x10)
	entry = readVirtual(t, c.Space, module, 0x90)
	expect(t, entry, at{0x30, uint64(0x7FF612340000)}, at{0x40, uint32(0x4000)}, at{0x8, ldr + 0x10})
	expect(t, readVirtual(t, c.Space, u64(entry, 0x60), 0x16), at{0, "T\x00a\x00s\x00k\x00m\x00g\x00r\x00.\x00e\x00x\x00e\x00"})
	expect(t, readVirtual(t, c.Space, u64(thread, 0x90)+0x168, 0x28), at{0, []uint64{0x7FFB3E2A1014, 0x33, 0x246, c.Frames[7].SP, 0x2B}})

	// What can be left out.
	present := func(va uint64) bool {
		pfn, ok := c.Space.Frame(va)
		return ok && c.Space.Pages()[pfn] != nil
	}
	c.DropImages()
	if present(0xFFFFF80312400000) || present(0xFFFFF80312401029) || present(driverBase) || !present(c.System.KdbgAt()) ||
		!present(0x7FFB3E2A1000) {
		t.Error("the images are in the dump")
	}
	c.DropUserImages()
	if present(0x7FFB3E2A1000) || !present(peb) || !present(c.Frames[7].SP) {
		t.Error("the user images are in the dump")
	}
	c.DropUser()
	if present(peb) || present(teb) || present(c.Frames[7].SP) || present(module) || present(ldr) || !present(c.Frames[6].SP) {
		t.Error("user memory is in the dump")
	}
	expect(t, NewCapture(ByDriver, 3, images).Full().Data(), at{0x38, uint32(0x1D4)}, at{0x40, uint64(3)}, at{0xF98, uint32(1)})
}

// TestLLVMCapture compares the symbols of the calls with the PDBs, as llvm-pdbutil shows them.
func TestLLVMCapture(t *testing.T) {
	tool := ""
	for _, name := range []string{"llvm-pdbutil-22", "llvm-pdbutil-19", "llvm-pdbutil"} {
		if path, err := exec.LookPath(name); err == nil {
			tool = path
			break
		}
	}
	if tool == "" {
		t.Skip("SKIPPED: llvm-pdbutil is not installed; nothing else compares the names of the frames with the PDBs")
	}
	public := regexp.MustCompile("`(.+)`\n.*addr = 0001:([0-9]+)")
	symbols := map[string]string{} // by module and RVA, all names
	paths, _ := filepath.Glob("../../testdata/capture/symbols/*.pdb/*/*.pdb")
	for _, path := range paths {
		out, err := exec.Command(tool, "dump", "-publics", path).CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", path, err, out)
		}
		for _, m := range public.FindAllStringSubmatch(string(out), -1) {
			off, _ := strconv.Atoi(m[2])
			key := fmt.Sprintf("%s+%#x", strings.ToLower(filepath.Base(path)), off+0x1000)
			symbols[key] += " " + m[1]
		}
	}
	pdbs := map[string]string{"ntoskrnl.exe": "ntkrnlmp.pdb"}
	images := captureImages(t)
	for name, by := range requesters {
		c := NewCapture(by, 0, images)
		base := map[string]uint64{}
		for i, m := range c.System.Modules {
			base[m.Name] = c.System.BaseAt(i)
		}
		for _, m := range c.User.Modules {
			base[m.Name] = m.Base
		}
		for _, f := range c.Frames {
			stem, _, _ := strings.Cut(strings.ToLower(f.Module), ".")
			key := fmt.Sprintf("%s+%#x", orElse(pdbs[f.Module], stem+".pdb"), f.IP-f.Displacement-base[f.Module])
			parts := strings.Split(f.Symbol, "::")
			slices.Reverse(parts)
			decorated := strings.Join(parts, "@")
			if !strings.Contains(symbols[key], decorated) {
				t.Errorf("%s: %s is %q, not %s", name, key, symbols[key], decorated)
			}
		}
	}
}
