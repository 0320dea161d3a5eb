package nt

import "github.com/dmplens/dmplens/dmpfile"

// buildRow holds the offsets that the debugger data does not give, for the kernels they are known for. The four values that the
// debugger data does give identify the layout: a kernel whose values differ has another one.
type buildRow struct {
	machine            dmpfile.Machine
	minBuild, maxBuild uint32
	sizeEProcess       int
	sizesEThread       []int
	peb, parentCID     int // in EPROCESS

	uniqueProcessID int // in EPROCESS, a pointer-sized number; the links of the list of processes follow it
	imageFileName   int // in EPROCESS, 15 bytes
	createTime      int // in EPROCESS, a FILETIME
	cid             int // in ETHREAD: process id, thread id
	owner           int // in KTHREAD: the process that the thread belongs to, also while it is attached to another
}

// buildRows were each verified on triage dumps of their first build: process and thread name each other, and the process list leads
// there. The later builds of a row are the same kernel with features switched on.
var buildRows = []buildRow{
	{dmpfile.MachineAMD64, 9600, 9600, 0x6F0, []int{0x778}, 0x3E8, 0x3D0, 0x2E0, 0x438, 0x2D0, 0x620, 0x220},
	{dmpfile.MachineAMD64, 19041, 19045, 0xA40, []int{0x898}, 0x550, 0x540, 0x440, 0x5A8, 0x468, 0x478, 0x220},
	{dmpfile.MachineAMD64, 26100, 26200, 0x840, []int{0x788, 0x798}, 0x2E0, 0x2D0, 0x1D0, 0x338, 0x1F8, 0x508, 0x220},
	{dmpfile.MachineARM64, 22000, 22000, 0xC80, []int{0x910}, 0x508, 0x4F8, 0x3F8, 0x560, 0x420, 0x4E8, 0x240},
}

// rowFor returns the row for a kernel, nil where none is known. Without debugger data the build alone tells.
func rowFor(m dmpfile.Machine, build uint32, d *DebuggerData) *buildRow {
	if d == nil {
		return rowOfBuild(m, build)
	}
	process, _ := d.sizeEProcess()
	thread, _ := d.sizeEThread()
	peb, _ := d.offsetEprocessPeb()
	parent, _ := d.offsetEprocessParent()
	for i := range buildRows {
		r := &buildRows[i]
		if r.machine != m || build < r.minBuild || build > r.maxBuild || r.sizeEProcess != process || r.peb != peb || r.parentCID != parent {
			continue
		}
		for _, s := range r.sizesEThread {
			if s == thread {
				return r
			}
		}
	}
	return nil
}

func rowOfBuild(m dmpfile.Machine, build uint32) *buildRow {
	for i := range buildRows {
		if r := &buildRows[i]; r.machine == m && r.minBuild <= build && build <= r.maxBuild {
			return r
		}
	}
	return nil
}
