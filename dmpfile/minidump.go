package dmpfile

import (
	"io"
	"time"

	"github.com/dmplens/dmplens/dmpfile/internal/bin"
)

// Minidump is what a user-mode minidump (MDMP) says cheaply of the process that it shows. Zero fields are not known.
type Minidump struct {
	Machine    Machine
	Build      uint32
	Processors uint8
	Time       time.Time
	ProcessID  uint32
	MainModule Module // the first module of the list, the program itself
	Exception  *Exception
	ThreadID   uint32 // of the thread that raised the exception
}

// Stream types (SDK minidumpapiset.h).
const (
	streamModuleList = 4
	streamException  = 6
	streamSystemInfo = 7
	streamMiscInfo   = 15
)

// maxMinidumpStreams bounds the directory: real ones have some twenty entries.
const maxMinidumpStreams = 4096

// readMinidump reads the facts of a user-mode minidump of size bytes. What is missing or damaged is left out.
func readMinidump(r io.ReaderAt, size int64) (*Minidump, error) {
	at := func(off, n int64) []byte {
		b, err := readUpTo(r, off, n, size)
		if err != nil {
			return nil
		}
		return b
	}
	head, err := readUpTo(r, 0, 32, size)
	if err != nil {
		return nil, err
	}
	m := &Minidump{}
	if t, ok := bin.U32(head, 0x14); ok && t != 0 {
		m.Time = time.Unix(int64(t), 0).UTC()
	}
	streams, _ := bin.U32(head, 8)
	directory, _ := bin.U32(head, 12)
	entries := at(int64(directory), int64(min(streams, maxMinidumpStreams))*12)
	for ; len(entries) >= 12; entries = entries[12:] {
		kind, _ := bin.U32(entries, 0)
		length, _ := bin.U32(entries, 4)
		rva, _ := bin.U32(entries, 8)
		b := at(int64(rva), min(int64(length), 0xB0))
		switch kind {
		case streamSystemInfo:
			m.systemInfo(b)
		case streamException:
			m.exception(b)
		case streamModuleList:
			m.firstModule(b, length, at)
		case streamMiscInfo:
			if flags, ok := bin.U32(b, 4); ok && flags&1 != 0 { // MINIDUMP_MISC1_PROCESS_ID
				m.ProcessID, _ = bin.U32(b, 8)
			}
		}
	}
	return m, nil
}

func (m *Minidump) systemInfo(b []byte) {
	architecture, ok := bin.U16(b, 0)
	if !ok {
		return
	}
	m.Machine = map[uint16]Machine{0: MachineX86, 5: MachineARM, 6: MachineIA64, 9: MachineAMD64, 12: MachineARM64}[architecture]
	if n, ok := bin.Slice(b, 6, 1); ok {
		m.Processors = n[0]
	}
	m.Build, _ = bin.U32(b, 0x10)
}

func (m *Minidump) exception(b []byte) {
	code, ok1 := bin.U32(b, 8)
	flags, ok2 := bin.U32(b, 12)
	address, ok3 := bin.U64(b, 0x18)
	if !ok1 || !ok2 || !ok3 {
		return
	}
	m.ThreadID, _ = bin.U32(b, 0)
	m.Exception = &Exception{Code: code, Flags: flags, Address: VirtAddr(address)}
	n, _ := bin.U32(b, 0x20)
	for i := range int(min(n, maxExceptionParameters)) {
		if v, ok := bin.U64(b, 0x28+8*i); ok {
			m.Exception.Information = append(m.Exception.Information, v)
		}
	}
}

// firstModule reads the first entry of the module list. Some writers put 4 bytes of padding after the count.
func (m *Minidump) firstModule(b []byte, length uint32, at func(off, n int64) []byte) {
	const entry = 108
	n, ok := bin.U32(b, 0)
	if !ok || n == 0 {
		return
	}
	off := 4
	if uint64(length) == 8+entry*uint64(n) {
		off = 8
	}
	base, _ := bin.U64(b, off)
	name, ok := bin.U32(b, off+0x14)
	if !ok {
		return
	}
	size, _ := bin.U32(at(int64(name), 4), 0) // in bytes
	path := bin.UTF16Z(at(int64(name)+4, int64(min(size, 2*maxNameUnits))))
	m.MainModule = Module{Name: baseName(path), Base: VirtAddr(base)}
	if m.MainModule.Name != path {
		m.MainModule.Path = path
	}
	m.MainModule.Size, _ = bin.U32(b, off+8)
	m.MainModule.CheckSum, _ = bin.U32(b, off+0x0C)
	m.MainModule.TimeStamp, _ = bin.U32(b, off+0x10)
}
