package unwind_test

import (
	"errors"
	"testing"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/dmptest"
	"github.com/dmplens/dmplens/dmpfile/unwind"
	"github.com/dmplens/dmplens/dmpfile/unwind/xdata"
)

// Return addresses in functions of the sample frames.sys, and what they do.
const (
	leafARM64      = driverAt + 0x1000 // leaves all as it is
	chainedARM64   = driverAt + 0x1110 // x29 and lr at sp, x19 and x20 at 0x20, 0x30 bytes
	unchainedARM64 = driverAt + 0x1214 // lr at 0x38, 0x50 bytes; it keeps x29
	signedARM64    = driverAt + 0x1424 // x29 and lr at x29, which is sp, 0x250 bytes
	onlyLRARM64    = driverAt + 0x1610 // lr at 0x1000, 0x1010 bytes
	machineARM64   = driverAt + 0x210C // x30 at 0x18, a machine frame at 0x20
	trapARM64      = driverAt + 0x2210 // x19, x20, x29 and x30 from sp on, a trap frame at 0x20
	signature      = 0x00FF << 48      // bits of a signature; those of an address of the kernel are all set
)

// newARM64Machine has the sample frames.sys for a driver, in a store, and a stack: a leaf function was called by unchained, that by onlylr, that by
// chained, that by the kernel, which has no image, and that, by its frame pointer, by signed. That was called by chained, which nothing called.
func newARM64Machine(t testing.TB) *machine {
	x := newMachine(dmpfile.MachineARM64)
	x.stack.Image = store{driverAt: openImage(t, sample(t, "arm64/frames.sys"))}.image
	x.Words(stackAt+0x120, 0x1900, 0x2000, 0x2100, onlyLRARM64)
	x.Words(stackAt+0x1150, chainedARM64)
	x.Words(stackAt+0x1160, stackAt+0x1200, kernelAt+0x5004)
	x.Words(stackAt+0x1180, 0x1901, 0x2001)
	x.Words(stackAt+0x1200, stackAt+0x1280, signedARM64)
	x.Words(stackAt+0x1280, stackAt+0x14D0, chainedARM64&^uint64(0xFFFF<<48)|signature)
	return x
}

var walkARM64 = []string{"driver+1000 +100 context", "driver+1214 +100 unwind", "driver+1610 +150 unwind", "driver+1110 +1160 unwind",
	"nt+5004 +1190 unwind", "driver+1424 +1210 frame-pointer", "driver+1110 +14d0 frame-pointer"}

// atARM64 is a frame whose registers were saved.
func atARM64(ip, sp, fp, lr uint64) unwind.Frame {
	f := at(ip, sp)
	f.FP = dmpfile.VirtAddr(fp)
	f.ARM64.Set(29, fp)
	f.ARM64.Set(30, lr)
	return f
}

func TestWalkImagesARM64(t *testing.T) {
	const broken = 0x1234567
	leaf := atARM64(leafARM64, stackAt+0x100, stackAt+0x1160, unchainedARM64)
	for _, c := range []struct {
		name string
		from unwind.Frame
		put  func(*machine)
		want []string
	}{
		{"an image in a store", leaf, func(*machine) {}, walkARM64},
		{"an image in memory", leaf, func(x *machine) {
			x.stack.Image = nil
			x.code(driverAt, dmptest.MapImage(sample(t, "arm64/frames.sys"), driverAt))
		}, walkARM64},
		{"an image in memory that lacks .pdata", leaf, func(x *machine) {
			x.code(driverAt, dmptest.MapImage(sample(t, "arm64/frames.sys"), driverAt)[:0x3000])
		}, walkARM64},
		{"the frame pointer is lost, up to where a function has its frame by it", atARM64(leafARM64, stackAt+0x100, broken, unchainedARM64), func(*machine) {},
			[]string{walkARM64[0], walkARM64[1], walkARM64[2], walkARM64[3] + " error"}},
		{"a signed return address in lr", atARM64(leafARM64, stackAt+0x100, stackAt+0x1160, unchainedARM64&^uint64(0xFFFF<<48)|signature),
			func(*machine) {}, walkARM64},
		{"a signed return address on the stack", leaf, func(x *machine) {
			x.Words(stackAt+0x138, onlyLRARM64&^uint64(0xFFFF<<48)|signature)
		}, walkARM64},
		{"without an image or a frame pointer", atARM64(leafARM64, stackAt+0x100, broken, unchainedARM64), func(x *machine) { x.stack.Image = nil }, walkARM64[:1]},
		{"without an image, by frame pointers", leaf, func(x *machine) { x.stack.Image = nil },
			[]string{walkARM64[0], "nt+5004 +1170 frame-pointer", "driver+1424 +1210 frame-pointer",
				"driver+1110 +1290 frame-pointer"}},
		{"lr is what is no code", atARM64(leafARM64, stackAt+0x100, broken, driverEnd), func(*machine) {}, []string{walkARM64[0] + " error"}},
		{"lr is 0", atARM64(leafARM64, stackAt+0x100, broken, 0), func(*machine) {}, []string{walkARM64[0] + " error"}},
		{"lr is of no instruction", atARM64(leafARM64, stackAt+0x100, broken, unchainedARM64+2), func(*machine) {}, []string{walkARM64[0] + " error"}},
		{"lr is in a leaf function", atARM64(leafARM64, stackAt+0x100, broken, leafARM64+8), func(*machine) {}, []string{walkARM64[0], "driver+1008 +100 unwind error"}},
		{"lr is of what calls nothing", atARM64(leafARM64, stackAt+0x100, broken, driverAt+0x1314), func(*machine) {},
			[]string{walkARM64[0], "driver+1314 +100 unwind error"}},
		{"no return address on the stack", atARM64(leafARM64, stackAt+0x100, broken, unchainedARM64), func(x *machine) { x.Words(stackAt+0x1150, driverAt+0x3010) },
			[]string{walkARM64[0], walkARM64[1], walkARM64[2] + " error"}},
		{"no return address on the stack, but a frame pointer", leaf,
			func(x *machine) { x.Words(stackAt+0x1150, driverAt+0x3010) },
			[]string{walkARM64[0], walkARM64[1], walkARM64[2] + " error", "nt+5004 +1170 frame-pointer", "driver+1424 +1210 frame-pointer",
				"driver+1110 +14d0 frame-pointer"}},
		{"to user mode", atARM64(leafARM64, stackAt+0x100, broken, unchainedARM64), func(x *machine) { x.Words(stackAt+0x1150, 0x7FF612341000) }, []string{walkARM64[0], walkARM64[1], walkARM64[2] + " error"}},
		{"down the stack", atARM64(chainedARM64, stackAt+0x1160, stackAt+0x40, 0), func(x *machine) { x.Words(stackAt+0x40, stackAt+0x20, kernelAt+0x5004) },
			[]string{"driver+1110 +1160 context error", "nt+5004 +50 frame-pointer"}},
		{"by a frame pointer to a function that has no frame by it", leaf, func(x *machine) { x.Words(stackAt+0x1208, unchainedARM64) },
			append(walkARM64[:5:5], "driver+1214 +1210 frame-pointer error", "driver+1110 +1290 frame-pointer")},
		{"a machine frame", atARM64(machineARM64, stackAt, stackAt+0x1160, 0), func(x *machine) {
			x.Words(stackAt+0x18, 0x1234, stackAt+0x100, driverAt+0x1210)
		}, append([]string{"driver+210c +0 context", "driver+1210 +100 unwind"}, walkARM64[2:]...)},
		{"a machine frame of what is no code", atARM64(machineARM64, stackAt, broken, 0), func(x *machine) {
			x.Words(stackAt+0x18, 0x1234, stackAt+0x100, driverEnd)
		}, []string{"driver+210c +0 context error"}},
		{"a trap frame", unwind.Frame{IP: trapARM64, SP: stackAt, Trust: unwind.Context}, func(x *machine) {
			x.Words(stackAt+0x20+0x98, stackAt+0x200)
			x.Words(stackAt+0x20+0x138, unchainedARM64, broken, leafARM64) // lr, x29 and pc
		}, []string{"driver+2210 +0 context", "driver+1000 +200 unwind", "driver+1214 +200 unwind"}}, // which nothing called
	} {
		x := newARM64Machine(t)
		c.put(x)
		expectWalk(t, c.name, x.build().Walk(c.from), c.want...)
	}

	x := newARM64Machine(t)
	got := x.build().Walk(leaf)
	for i, want := range []bool{false, true, true, true, true, true, true} {
		if i < len(got) && got[i].Returned() != want {
			t.Errorf("frame %d was returned to: %t", i, !want)
		}
	}
	for n, want := range map[int]uint64{19: 0x1901, 20: 0x2001, 21: 0x2100, 29: stackAt + 0x1200, 31: stackAt + 0x1190} {
		if v, ok := got[4].ARM64.Get(n); !ok || v != want {
			t.Errorf("register %d is %#x, known: %t; want %#x", n, v, ok, want)
		}
	}
	if _, ok := got[4].ARM64.Get(0); ok {
		t.Error("x0 is known after a call")
	}
	if got[1].Slot != 0 || got[2].Slot != stackAt+0x138 || got[4].FP != stackAt+0x1200 {
		t.Errorf("places: %+v", got)
	}
}

// returned is f as that of a call.
func returned(f unwind.Frame) unwind.Frame {
	f.Slot = f.SP - 8
	return f
}

// TestWalkImageErrorsARM64 has what unwind data says where it does not tell a caller.
func TestWalkImageErrorsARM64(t *testing.T) {
	for _, c := range []struct {
		name string
		from unwind.Frame
		want error
	}{
		{"a leaf function that was returned to", unwind.Frame{IP: leafARM64 + 8, SP: stackAt, Slot: stackAt - 8, Trust: unwind.Exact}, xdata.ErrLeaf},
		{"lr is not known", at(leafARM64, stackAt), xdata.ErrRegister},
		{"a frame of ARM64EC", at(driverAt+0x2404, stackAt), xdata.ErrFrame},
		{"a function that calls nothing was returned to, though lr is known", returned(atARM64(driverAt+0x1314, stackAt, 0, unchainedARM64)), xdata.ErrLeaf},
	} {
		x := newARM64Machine(t)
		got := x.build().Walk(c.from)
		if len(got) != 1 || !errors.Is(got[0].Err, c.want) {
			t.Errorf("%s: %v, want %v; the walk is\n%s", c.name, got[0].Err, c.want, text(got))
		}
	}
}

// TestWalkUserARM64 goes on in user mode, by unwind data alone.
func TestWalkUserARM64(t *testing.T) {
	const stack = 0xA00000F000
	walk := func(put func(*machine)) []unwind.Frame {
		x := newARM64Machine(t)
		im := openImage(t, sample(t, "arm64/frames.sys"))
		x.stack.Image = store{driverAt: im, userAt: im}.image
		kernel := x.stack.Module
		x.stack.Module = func(a dmpfile.VirtAddr) (base, end dmpfile.VirtAddr, ok bool) {
			if userAt <= a && a < userAt+0x5000 {
				return userAt, userAt + 0x5000, true
			}
			return kernel(a)
		}
		x.Words(stackAt+0x18, userAt+0x1214, stack, userAt+0x1000)
		other := dmptest.NewCallStack(stack, 0x2000)
		other.Words(stack+0x38, userAt+0x1610)
		other.Words(stack+0x1050, userAt+0x1214)
		x.add(other.Block())
		put(x)
		return x.build().Walk(atARM64(machineARM64, stackAt, stack+0x100, 0))
	}
	const handler, user, called = "driver+210c +0 context", "7ff612341000 a00000f000 unwind user", "7ff612341610 a00000f050 unwind user"
	expectWalk(t, "by lr", walk(func(*machine) {}), handler, user, "7ff612341214 a00000f000 unwind user", called, "7ff612341214 a000010060 unwind user")
	inUnchained := func(x *machine) { x.Words(stackAt+0x28, userAt+0x1210) }
	expectWalk(t, "by the stack", walk(inUnchained), handler, "7ff612341210 a00000f000 unwind user", called, "7ff612341214 a000010060 unwind user")
	expectWalk(t, "to the kernel", walk(func(x *machine) {
		inUnchained(x)
		copy(x.memory[stack][0x1050:], "\x14\x12\x00\x20\x03\xF8\xFF\xFF")
	}), handler, "7ff612341210 a00000f000 unwind user", called+" error")
	expectWalk(t, "without an image, though a frame pointer is there", walk(func(x *machine) {
		inUnchained(x)
		x.stack.Image = store{driverAt: x.stack.Image(driverAt)}.image
		copy(x.memory[stack][0x108:], "\x14\x12\x34\x12\xF6\x7F")
	}), handler, "7ff612341210 a00000f000 unwind user")
}
