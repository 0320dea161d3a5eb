//go:build unix

package main

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/dmplens/dmplens/dmpfile/dmptest"
)

const pageSize = 0x1000

// hello builds a program that says hello, and returns its path.
func (m *measurement) hello() (string, error) {
	source, path := m.path("hello.go"), m.path("hello")
	text := "package main\n\nimport \"fmt\"\n\nfunc main() { fmt.Println(\"hello world\") }\n"
	if err := os.WriteFile(source, []byte(text), 0o600); err != nil {
		return "", err
	}
	out, err := exec.Command("go", "build", "-o", path, source).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return path, nil
}

// make makes files in a process of its own: the peak memory of a process begins with that of the one that starts it.
func (m *measurement) make(what string, args ...string) error {
	fmt.Fprintln(os.Stderr, "making", what, "...")
	out, err := exec.Command(m.self(), append([]string{"make", what}, args...)...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	return nil
}

// makeFiles makes what make names: args are a path, then how many files or bytes, then where real dumps are.
func makeFiles(what string, args []string) error {
	path, n := args[0], 0
	if len(args) > 1 {
		var err error
		if n, err = strconv.Atoi(args[1]); err != nil {
			return err
		}
	}
	switch what {
	case "one":
		return os.WriteFile(path, smallDump(0), 0o600)
	case "small":
		return write(path, n, func(i int) []byte { return smallDump(uint64(i)) })
	case "heads":
		return headers(path, n)
	case "real":
		return realDumps(path, args[2], n)
	case "bitmap8":
		return bitmapDump(path, 8<<30/pageSize)
	case "bitmap64":
		return bitmapDump(path, 64<<30/pageSize)
	case "ranges8":
		return rangeDump(path)
	case "full":
		return fullDump(path, uint64(n))
	}
	return fmt.Errorf("unknown: %s", what)
}

// smallDump is a small memory dump with as many modules and blocks of memory as real ones have. No two are alike.
func smallDump(seed uint64) []byte {
	const kernel, stack = 0xFFFFF80312400000, 0xFFFFF5825DE0E000
	random := rand.New(rand.NewPCG(seed, 0))
	build := dmptest.Build19041
	modules := []dmptest.Module{{Path: `\SystemRoot\system32\ntoskrnl.exe`, Base: kernel, Size: 0x1046000, TimeDateStamp: 0x60A1F2C3}}
	for i := range uint64(160) {
		modules = append(modules, dmptest.Module{
			Path: fmt.Sprintf(`\SystemRoot\System32\drivers\driver%03d.sys`, i), Base: kernel + 0x10000000 + i*0x80000,
			Size: 0x20000 + uint32(random.IntN(0x40))*pageSize, TimeDateStamp: 0x5F000000 + random.Uint32N(1<<24),
		})
	}
	h := dmptest.Header{
		Build: 19041, Processors: 8, Code: new(uint32(0xD1)), DirectoryTableBase: 0x1AD002, PsLoadedModuleList: kernel + 0xC2A7A0,
		PsActiveProcessHead: kernel + 0xC1E200, KdDebuggerDataBlock: kernel + 0xC00B20,
		Params: [4]uint64{random.Uint64(), 2, 0, modules[1+random.IntN(20)].Base + 0x1234},
		Time:   time.Date(2026, 3, 14, 9, 26, 53, 0, time.UTC).Add(time.Duration(random.IntN(1e6)) * time.Second), Uptime: 26 * time.Hour,
		Context: &dmptest.Context{IP: kernel + 0x3F5A80, SP: stack},
	}
	words := make([]byte, 0x1800)
	for i := 0; i < len(words); i += 8 {
		w := random.Uint64()
		if i%24 == 0 {
			w = modules[random.IntN(len(modules))].Base + 0x1000 + w%0x8000
		}
		binary.LittleEndian.PutUint64(words[i:], w)
	}
	blocks := []dmptest.Block{{VA: kernel + 0xC0F120, Data: []byte("19041.1.amd64fre.vb_release.191206-1406\x00")}}
	for range 500 {
		blocks = append(blocks, dmptest.Block{VA: kernel + 0x20000000 + random.Uint64N(1<<24)<<8, Data: words[:0x100]})
	}
	var unloaded []dmptest.Unloaded
	for i := range uint64(30) {
		start := kernel + 0x30000000 + i*0x20000
		unloaded = append(unloaded, dmptest.Unloaded{Name: "WdFilter.sys", Start: start, End: start + 0x18000})
	}
	return dmptest.Triage{
		Header: h, Modules: modules, Unloaded: unloaded, Stack: dmptest.Block{VA: stack, Data: words},
		KDBG: &dmptest.KDBG{Build: build, KernBase: kernel, NtBuildLab: kernel + 0xC0F120},
		Processor: &dmptest.Processor{
			Build: build, CurrentThread: 0xFFFFA18C41E8B080, IdleThread: kernel + 0xD27600, DpcStack: 0xFFFFF80317C89FB0, Mhz: 3700,
		},
		Process: &dmptest.Process{Build: build, PID: 4, Name: "System"},
		Thread: &dmptest.Thread{
			Build: build, Self: 0xFFFFA18C41E8B080, PID: 4, TID: 0x1F4, StackLimit: stack - 0x4000, StackBase: stack + uint64(len(words)),
		},
		Blocks: blocks,
		Secondary: dmptest.Secondary(19041,
			dmptest.CPURegistry("Contoso C1 16-Core Processor", "ContosoCPU00", "AMD64 Family 25 Model 33 Stepping 2", 3700)),
	}.Image().Data()
}

// write writes files into folders of 1000 each.
func write(folder string, n int, content func(i int) []byte) error {
	for i := range n {
		sub := filepath.Join(folder, fmt.Sprintf("host%03d", i/1000))
		if i%1000 == 0 {
			if err := os.MkdirAll(sub, 0o700); err != nil {
				return err
			}
		}
		if err := os.WriteFile(filepath.Join(sub, fmt.Sprintf("%05d.dmp", i)), content(i), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// headers makes small dumps whose headers differ.
func headers(folder string, n int) error {
	data := smallDump(0)
	data = data[:min(len(data), 64<<10)]
	return write(folder, n, func(i int) []byte {
		binary.LittleEndian.PutUint64(data[0x40:], uint64(i)) // the first parameter
		return data
	})
}

// realDumps copies the small dumps below a folder, n in all, each of which ends in other bytes.
func realDumps(folder, corpus string, n int) error {
	var all [][]byte
	err := filepath.WalkDir(corpus, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.EqualFold(filepath.Ext(path), ".dmp") {
			return err
		}
		if info, err := d.Info(); err != nil || info.Size() > 4<<20 {
			return err
		}
		data, err := os.ReadFile(path)
		if len(data) > 0x2000 && string(data[:4]) == "PAGE" {
			all = append(all, data)
		}
		return err
	})
	if err == nil && len(all) == 0 {
		err = fmt.Errorf("no small dump is in %s", corpus)
	}
	if err != nil {
		return err
	}
	return write(folder, n, func(i int) []byte {
		data := all[i%len(all)]
		binary.LittleEndian.PutUint32(data[len(data)-4:], uint32(i))
		return data
	})
}

func bitmapDump(path string, frames uint64) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = dmptest.SparseBitmap(f, dmptest.Header{Build: 26100, DumpType: 6}, frames, nil)
	return err
}

// rangeDump makes the range dump of a machine of 16 GiB, half of which is in it, in ranges of 1 to 5 pages, as holes.
func rangeDump(path string) error {
	const pages = 8 << 30 / pageSize
	random := rand.New(rand.NewPCG(1, 0))
	m := dmptest.Range{}.Image()
	at, n, pfn := 0x2030, uint32(0), uint64(1)
	for left := uint64(pages); left > 0; n++ {
		count := min(left, 1+random.Uint64N(5))
		m.PutU64(at, pfn, count)
		pfn += count + 1 + random.Uint64N(5)
		left -= count
		at += 16
	}
	m.PutU32(0x2020, n)
	m.PutU64(0x2028, pages)
	m.PutU64(0x2010, uint64(at-0x2020), uint64(at))
	size := int64(at) + pages*pageSize
	m.PutU64(0xFA0, uint64(size))
	if err := os.WriteFile(path, m.Data(), 0o600); err != nil {
		return err
	}
	return os.Truncate(path, size)
}

// fullDump writes a full dump of about so many bytes: a kernel, and pages of random bytes.
func fullDump(path string, size uint64) error {
	s := dmptest.System{
		Build: dmptest.Build26100, BuildLab: "26100.1.amd64fre.synthetic.000000-0000",
		Header:     dmptest.Header{Build: 26100, Code: new(uint32(0xE2))},
		Modules:    []dmptest.SystemModule{{Name: "ntoskrnl.exe", Image: &dmptest.PE{TimeDateStamp: 0x1234}}, {Name: "hal.dll", Size: 0x6000}},
		Processors: []dmptest.SystemProcessor{{}},
		Processes:  []dmptest.Process{{}, {Name: "smss.exe"}},
		Shared:     &dmptest.SharedData{InterruptTime: time.Hour, ProductType: 1},
	}
	s.Header.Context = new(s.Registers(0))
	full := s.Full(s.Space())
	const other = 0x100000
	pages := size / pageSize
	full.Header.Runs = append(full.Header.Runs, dmptest.Run{Base: other, Count: pages})
	for _, r := range full.Header.Runs[:len(full.Header.Runs)-1] {
		pages += r.Count
	}
	full.Header.DumpType = 1
	m := full.Header.Image()
	m.PutU64(0xFA0, uint64(m.Len())+pages*pageSize)
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	w := bufio.NewWriterSize(f, 1<<20)
	w.Write(m.Data())
	random := rand.NewChaCha8([32]byte{})
	page := make([]byte, pageSize)
	for _, r := range full.Header.Runs {
		for pfn := r.Base; pfn < r.Base+r.Count; pfn++ {
			data := full.Pages[pfn]
			if pfn >= other {
				random.Read(page)
				data = page
			}
			w.Write(data)
			w.Write(make([]byte, pageSize-len(data)))
		}
	}
	return w.Flush()
}
