package dmpfile_test

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/dmptest"
)

// Where the builder puts the parts of a minidump.
const (
	mdDirectory = 0x20
	mdInfo      = 0x48
	mdModules   = 0x80
	mdException = 0xF0
)

func TestReadMinidump(t *testing.T) {
	stamp := time.Date(2025, 3, 14, 9, 26, 53, 0, time.UTC)
	built := dmptest.Minidump{
		Build: 26100, Processors: 8, Time: stamp, ThreadID: 4242,
		Module:    dmptest.Module{Path: `C:\Contoso\example.exe`, Base: 0x7FF612340000, Size: 0x54000, TimeDateStamp: 0x67C00000, CheckSum: 0x5A3F1},
		Exception: dmptest.Exception{Code: 0xC0000005, Flags: 1, Address: 0x7FF612341234, Info: []uint64{0, 0x10}},
	}
	module := dmpfile.Module{
		Name: "example.exe", Path: `C:\Contoso\example.exe`, Base: 0x7FF612340000, Size: 0x54000, TimeStamp: 0x67C00000, CheckSum: 0x5A3F1,
	}
	exception := dmpfile.Exception{Code: 0xC0000005, Flags: 1, Address: 0x7FF612341234, Information: []uint64{0, 0x10}}
	whole := func() *dmpfile.Minidump {
		e := exception
		return &dmpfile.Minidump{
			Machine: dmpfile.MachineAMD64, Build: 26100, Processors: 8, Time: stamp, MainModule: module, Exception: &e, ThreadID: 4242,
		}
	}
	for _, c := range []struct {
		name  string
		patch func(m *dmptest.Image)
		want  func(m *dmpfile.Minidump)
	}{
		{name: "whole"},
		{name: "x86", patch: func(m *dmptest.Image) { m.PutU16(mdInfo, 0) }, want: func(m *dmpfile.Minidump) { m.Machine = dmpfile.MachineX86 }},
		{name: "ARM64", patch: func(m *dmptest.Image) { m.PutU16(mdInfo, 12) }, want: func(m *dmpfile.Minidump) { m.Machine = dmpfile.MachineARM64 }},
		{name: "a machine not known", patch: func(m *dmptest.Image) { m.PutU16(mdInfo, 0xFFFF) }, want: func(m *dmpfile.Minidump) { m.Machine = 0 }},
		{name: "no time", patch: func(m *dmptest.Image) { m.PutU32(0x14, 0) }, want: func(m *dmpfile.Minidump) { m.Time = time.Time{} }},
		{name: "no streams", patch: func(m *dmptest.Image) { m.PutU32(8, 0) }, want: func(m *dmpfile.Minidump) { *m = dmpfile.Minidump{Time: stamp} }},
		{name: "directory behind the file", patch: func(m *dmptest.Image) { m.PutU32(12, 0xFFFFFFFF) }, want: func(m *dmpfile.Minidump) { *m = dmpfile.Minidump{Time: stamp} }},
		{name: "4 Gi streams", patch: func(m *dmptest.Image) { m.PutU32(8, 0xFFFFFFFF) }},
		{name: "process id", patch: func(m *dmptest.Image) {
			m.PutU32(mdDirectory, 15, 12, uint32(m.Align(4))) // MiscInfo in place of SystemInfo
			m.PutU32(m.Len(), 12, 1, 777)
		}, want: func(m *dmpfile.Minidump) { m.Machine, m.Build, m.Processors, m.ProcessID = 0, 0, 0, 777 }},
		{name: "process id not set", patch: func(m *dmptest.Image) {
			m.PutU32(mdDirectory, 15, 12, uint32(m.Align(4)))
			m.PutU32(m.Len(), 12, 2, 777)
		}, want: func(m *dmpfile.Minidump) { m.Machine, m.Build, m.Processors = 0, 0, 0 }},
		{name: "module list with padding", patch: func(m *dmptest.Image) {
			entry := append([]byte{}, m.Data()[mdModules+4:mdModules+0x70]...)
			m.PutU32(mdDirectory+12, 4, 8+108, uint32(m.Align(8)))
			m.PutU32(m.Len(), 1, 0)
			m.Append(entry)
		}},
		{name: "no module", patch: func(m *dmptest.Image) { m.PutU32(mdModules, 0) }, want: func(m *dmpfile.Minidump) { m.MainModule = dmpfile.Module{} }},
		{name: "a module's name behind the file", patch: func(m *dmptest.Image) { m.PutU32(mdModules+0x18, 0xFFFFFFF0) },
			want: func(m *dmpfile.Minidump) { m.MainModule.Name, m.MainModule.Path = "", "" }},
		{name: "a module's name without folder", patch: func(m *dmptest.Image) {
			m.PutU32(mdModules+0x18, uint32(m.Align(4)))
			m.PutU32(m.Len(), 2*5)
			m.PutUTF16(m.Len(), "a.exe and what follows")
		}, want: func(m *dmpfile.Minidump) { m.MainModule.Name, m.MainModule.Path = "a.exe", "" }},
		{name: "16 exception words", patch: func(m *dmptest.Image) { m.PutU32(mdException+0x20, 16) },
			want: func(m *dmpfile.Minidump) { m.Exception.Information = append([]uint64{0, 0x10}, make([]uint64, 13)...) }},
		{name: "a short exception stream", patch: func(m *dmptest.Image) { m.PutU32(mdDirectory+24, 6, 0x1F) },
			want: func(m *dmpfile.Minidump) { m.Exception, m.ThreadID = nil, 0 }},
		{name: "cut behind the head", patch: func(m *dmptest.Image) { m.Truncate(0x18) }, want: func(m *dmpfile.Minidump) { *m = dmpfile.Minidump{Time: stamp} }},
		{name: "cut inside the system information", patch: func(m *dmptest.Image) { m.Truncate(mdInfo + 0x10) },
			want: func(m *dmpfile.Minidump) {
				*m = dmpfile.Minidump{Time: stamp, Machine: dmpfile.MachineAMD64, Processors: 8}
			}},
		{name: "nothing", patch: func(m *dmptest.Image) { m.Truncate(0) }, want: func(m *dmpfile.Minidump) { *m = dmpfile.Minidump{} }},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := built.Image()
			if c.patch != nil {
				c.patch(m)
			}
			want := whole()
			if c.want != nil {
				c.want(want)
			}
			got, err := dmpfile.ReadMinidump(bytes.NewReader(m.Data()), int64(m.Len()))
			if err != nil {
				t.Fatal(err)
			}
			expect(t, "minidump", got, want)
		})
	}
	data := built.Image().Data()
	if _, err := dmpfile.ReadMinidump(brokenReader{bytes.NewReader(data), 0}, int64(len(data))); !errors.Is(err, errBroken) {
		t.Errorf("a broken disk: %v", err)
	}
}
