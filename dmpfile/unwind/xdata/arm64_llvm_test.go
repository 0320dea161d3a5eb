package xdata

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/dmptest"
	"github.com/dmplens/dmplens/dmpfile/pe"
)

// readobjARM64 is what llvm-readobj says of the unwind data of an image: the lines on each function, by its RVA. Before version 22
// it was wrong about packed data.
func readobjARM64(t *testing.T, file string, imageBase uint64) map[uint32][]string {
	t.Helper()
	var tool string
	for _, name := range []string{"llvm-readobj-22", "llvm-readobj"} {
		if p, err := exec.LookPath(name); err == nil {
			tool = p
			break
		}
	}
	if tool == "" {
		t.Skip("SKIPPED: llvm-readobj is not installed, or what this test proves is not proven")
	}
	out, err := exec.Command(tool, "--unwind", file).Output()
	if err != nil {
		t.Fatal(err)
	}
	text, err := exec.Command(tool, "--version").Output()
	if err != nil {
		t.Fatal(err)
	}
	version := 0
	if _, v, ok := strings.Cut(string(text), "LLVM version "); ok {
		fmt.Sscanf(v, "%d.", &version)
	}
	if version < 22 {
		t.Skipf("SKIPPED: llvm-readobj is of version %d and has to be of 22, or what this test proves is not proven", version)
	}
	functions := map[uint32][]string{}
	var at uint32
	for line := range strings.Lines(string(out)) {
		line = strings.TrimSpace(line)
		if a, ok := strings.CutPrefix(line, "Function: "); ok {
			v, err := strconv.ParseUint(strings.Trim(a[strings.LastIndexByte(a, ' ')+1:], "()"), 0, 64)
			if err != nil {
				t.Fatal(err)
			}
			at = uint32(v - imageBase)
			functions[at] = []string{}
			continue
		}
		if at != 0 && line != "]" && line != "}" && !strings.HasPrefix(line, "RuntimeFunction") {
			functions[at] = append(functions[at], line)
		}
	}
	return functions
}

// listARM64 says what readobjARM64 says, of one function.
func listARM64(t *testing.T, im *pe.Image, f Function) (lines []string) {
	add := func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }
	yes := map[bool]string{true: "Yes", false: "No"}
	length := f.End - f.Begin
	if f.Unwind&3 != 0 {
		p := unpack(f)
		s, err := p.sequence(false)
		if err != nil {
			t.Fatal(err)
		}
		add("Fragment: %s", yes[p.fragment])
		add("FunctionLength: %d", length)
		add("RegF: %d", max(p.floats-1, 0))
		add("RegI: %d", p.integers)
		add("HomedParameters: %s", yes[p.homes])
		add("CR: %d", p.cr)
		add("FrameSize: %d", p.frame)
		add("Prologue [")
		return append(lines, textsARM64(t, s, 0, true)...)
	}
	h, err := readHeaderARM64(im, f.Unwind)
	if err != nil {
		t.Fatal(err)
	}
	s, err := sequenceARM64(im, f, f.Begin)
	if err != nil {
		t.Fatal(err)
	}
	add("Version: 0")
	add("FunctionLength: %d", length)
	add("EpiloguePacked: %s", yes[h.packed])
	if h.packed {
		add("EpilogueOffset: %d", h.epilogues)
	} else {
		add("EpilogueScopes: %d", h.epilogues)
	}
	add("ByteCodeLength: %d", h.codes)
	add("Prologue [")
	lines = append(lines, textsARM64(t, s, 0, true)...)
	if h.packed {
		if h.epilogues != 0 {
			add("Epilogue [")
			lines = append(lines, textsARM64(t, s, int(h.epilogues), false)...)
		}
		return lines
	}
	add("EpilogueScopes [")
	for n := range h.epilogues {
		// Each is found by its beginning.
		e, _, err := lastARM64(im, "", h.next+4*n, 1, 4, 0, 0)
		if err != nil {
			t.Fatal(err)
		}
		start := uint32(e & 0x3FFFF)
		found, err := sequenceARM64(im, f, f.Begin+4*start)
		if err != nil {
			t.Fatal(err)
		}
		index := len(s.codes) - len(found.codes)
		if found.skip != 0 && int(start) >= found.skip {
			t.Errorf("%#x: epilogue at %#x is %d instructions in", f.Begin, start, found.skip)
		}
		add("EpilogueScope {")
		add("StartOffset: %d", start)
		add("EpilogueStartIndex: %d", index)
		add("Opcodes [")
		lines = append(lines, textsARM64(t, s, index, false)...)
	}
	return lines
}

// textsARM64 writes codes from an index on as LLVM writes them.
func textsARM64(t *testing.T, s sequence, i int, prologue bool) (lines []string) {
	t.Helper()
	for {
		c, n, err := s.decode(i)
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, textARM64(c, prologue))
		if c.op == opEnd {
			return lines
		}
		i += n
	}
}

func textARM64(c codeARM64, prologue bool) string {
	pick := func(yes, no string) string {
		if prologue {
			return yes
		}
		return no
	}
	switch c.op {
	case opNop:
		return "nop"
	case opAlloc:
		return fmt.Sprintf("%s sp, #%d", pick("sub", "add"), c.n)
	case opAllocZ:
		return fmt.Sprintf("addvl sp, #%s%d", pick("-", ""), c.n)
	case opSaveNext:
		return pick("save next", "restore next")
	case opSetFP:
		if c.n != 0 {
			return fmt.Sprintf(pick("add fp, sp, #%d", "sub sp, fp, #%d"), c.n)
		}
		return pick("mov fp, sp", "mov sp, fp")
	case opSign:
		return pick("pacibsp", "autibsp")
	case opSave, opSaveLR:
		op, registers := pick("str", "ldr"), fmt.Sprintf("%c%d", c.file, c.register)
		if c.pair || c.op == opSaveLR {
			op = pick("stp", "ldp")
			second := fmt.Sprintf("%c%d", c.file, c.register+1)
			if c.op == opSaveLR {
				second = "x30"
			}
			registers += ", " + second
		}
		switch {
		case c.file == 'z' || c.file == 'p':
			return fmt.Sprintf("%s %s, [sp, #%d, mul vl]", op, registers, c.n)
		case !c.index:
			return fmt.Sprintf("%s %s, [sp, #%d]", op, registers, c.n)
		case prologue:
			return fmt.Sprintf("%s %s, [sp, #-%d]!", op, registers, c.n)
		}
		return fmt.Sprintf("%s %s, [sp], #%d", op, registers, c.n)
	}
	return map[opARM64]string{opEnd: "end", opEndC: "end_c", opTrapFrame: "trap frame", opMachineFrame: "machine frame", opContext: "context",
		opContextEC: "EC context", opNotCalled: "clear unwound to call"}[c.op]
}

var homeStore = regexp.MustCompile(`^stp x[0246], x[1357], `)

// normalARM64 takes from the lines of LLVM what this package does not read, and writes packed data as it writes the other.
func normalARM64(lines []string) (list []string) {
	version := -1
	for _, l := range lines {
		switch _, code, ok := strings.Cut(l, " ; "); {
		case ok:
			l = code
		case strings.HasPrefix(l, "Function"), strings.HasPrefix(l, "EpiloguePacked"):
		case strings.HasPrefix(l, "Exception"), strings.HasPrefix(l, "Routine"), strings.HasPrefix(l, "Parameter"):
			continue
		case strings.HasPrefix(l, "Version"):
			version = len(list)
		case homeStore.MatchString(l):
			l = "nop"
		}
		l = strings.NewReplacer(", lr,", ", x30,", "str lr", "str x30", "ldr lr", "ldr x30", "mov x29, sp", "mov fp, sp", "[sp], #", "[sp], #",
			"[sp]", "[sp, #0]", "sub sp, sp,", "sub sp,").Replace(l)
		list = append(list, l)
	}
	if version > 0 { // before the length
		list[version-1], list[version] = list[version], list[version-1]
	}
	return list
}

// TestLLVMARM64 compares all that is read of unwind data with what LLVM reads.
func TestLLVMARM64(t *testing.T) {
	for _, name := range []string{"frames.sys", "compiled.sys", "signed.sys"} {
		t.Run(name, func(t *testing.T) {
			im := openARM64(t, name)
			functions := readobjARM64(t, "testdata/arm64/"+name, uint64(im.ImageBase))
			d, err := im.ExceptionDirectory()
			if err != nil || len(functions) != int(d.Size/8) || len(functions) < 10 {
				t.Fatal(len(functions), d, err)
			}
			for rva, lines := range functions {
				f, ok, err := FunctionARM64(im, rva)
				if err != nil || !ok || f.Begin != rva {
					t.Fatal(f, ok, err)
				}
				if last, ok, err := FunctionARM64(im, f.End-4); err != nil || !ok || last != f {
					t.Error(last, ok, err)
				}
				if diff := cmp.Diff(normalARM64(lines), listARM64(t, im, f)); diff != "" {
					t.Errorf("%#x (-LLVM +here):\n%s", rva, diff)
				}
			}
		})
	}
}

// packedImage is an image with every packed frame that there can be, of some sizes each, and of both kinds. A function of it has 64
// instructions. The other result is the words of packed data, in order.
func packedImage() (dmptest.PE, []uint32) {
	const each = 64 * 4
	var table dmptest.Image
	var words []uint32
	for w := uint32(0); w < 1<<23; w += 1 << 13 {
		for _, frame := range []int{16, 112, 224, 512, 528, 720, 4096, 4288, 8176} {
			for kind := uint32(1); kind <= 2; kind++ {
				if kind == 2 && frame != 720 {
					continue
				}
				w := w | kind | 64<<2 | uint32(frame/16)<<23
				if _, err := unpack(Function{Unwind: w}).sequence(false); err != nil {
					continue
				}
				table.PutU32(8*len(words), uint32(0x1000+each*len(words)), w)
				words = append(words, w)
			}
		}
	}
	return dmptest.PE{Machine: dmptest.ARM64, ImageBase: 0x180000000, Exceptions: table.Data(), Sections: []dmptest.PESection{
		{Name: ".text", Data: []byte{0}, Size: uint32(each * len(words)), Characteristics: 0x60000020}}}, words
}

// TestLLVMPackedARM64 compares the prologues that packed data stands for with those of LLVM, and unwinds from each instruction of them, and of
// the epilogues that they call for, after the instructions before it have been executed.
func TestLLVMPackedARM64(t *testing.T) {
	p, words := packedImage()
	data := p.File().Data()
	file := filepath.Join(t.TempDir(), "packed.sys")
	if err := os.WriteFile(file, data, 0o666); err != nil {
		t.Fatal(err)
	}
	functions := readobjARM64(t, file, p.ImageBase)
	im, err := pe.NewFile(strings.NewReader(string(data)), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	if len(functions) != len(words) || len(words) < 3000 {
		t.Fatal(len(functions), len(words))
	}
	entered := enteredARM64()
	for i, w := range words {
		rva := uint32(0x1000 + 256*i)
		f, ok, err := FunctionARM64(im, rva+252)
		if err != nil || !ok || f != (Function{rva, rva + 256, w}) {
			t.Fatal(f, ok, err)
		}
		lines := normalARM64(functions[rva])
		if diff := cmp.Diff(lines, listARM64(t, im, f)); diff != "" {
			t.Fatalf("%#x (-LLVM +here):\n%s", w, diff)
		}
		prologue := lines[slices.Index(lines, "Prologue [")+1 : len(lines)-1] // without the end
		slices.Reverse(prologue)
		states := []armState{enteredARM64()}
		for _, l := range prologue {
			states = append(states, states[len(states)-1].execute(t, l))
		}
		var offsets []int // of the instructions that states are before
		if w&3 == 2 {     // a part, in which all has been done
			states, offsets = states[len(states)-1:], []int{0}
		} else {
			for i := range states {
				offsets = append(offsets, 4*i)
			}
			// The epilogue undoes what the prologue did but two things, and returns.
			undone := []armState{states[0]}
			for i, l := range prologue {
				if l != "nop" && l != "mov fp, sp" {
					undone = append(undone, states[i+1])
				}
			}
			for i, s := range undone {
				states, offsets = append(states, s), append(offsets, 252-4*i)
			}
		}
		for i, s := range states {
			c, err := CallerARM64(im, armBase, s.memory, armBase+dmpfile.VirtAddr(rva)+dmpfile.VirtAddr(offsets[i]), s.registers, false)
			if err != nil {
				t.Fatalf("%#x +%#x: %v", w, offsets[i], err)
			}
			wrong := c.IP != armReturn || c.Slot != s.slot
			for n := 19; n < 32; n++ {
				v, known := c.Registers.Get(n)
				want, _ := entered.registers.Get(n)
				wrong = wrong || n != 30 && (!known || v != want)
			}
			if wrong {
				t.Fatalf("%#x +%#x: %+v\n%s", w, offsets[i], c, strings.Join(prologue, "\n"))
			}
		}
	}
}

func enteredARM64() armState {
	s := armState{memory: armMemory{}}
	for n := 19; n < 30; n++ {
		s.registers.Set(n, armKept(n))
	}
	s.registers.Set(30, armReturn)
	s.registers.Set(31, armStack)
	return s
}

var (
	storeText = regexp.MustCompile(`^(str|stp) ([xd])(\d+)(?:, [xd](\d+))?, \[sp, #(-?\d+)\](!?)$`)
	subText   = regexp.MustCompile(`^sub sp, #(\d+)$`)
)

// execute is the state after an instruction of a prologue. What has been saved is no more in the register.
func (s armState) execute(t *testing.T, text string) armState {
	t.Helper()
	after := armState{registers: s.registers, memory: armMemory{}, slot: s.slot}
	for a, v := range s.memory {
		after.memory[a] = v
	}
	sp, _ := s.registers.Get(31)
	number := func(s string) int {
		n, err := strconv.Atoi(s)
		if err != nil {
			t.Fatal(text, err)
		}
		return n
	}
	if m := subText.FindStringSubmatch(text); m != nil {
		after.registers.Set(31, sp-uint64(number(m[1])))
		return after
	}
	switch text {
	case "nop":
		return after
	case "mov fp, sp":
		after.registers.Set(29, sp)
		return after
	case "pacibsp":
		after.registers.Set(30, armSigned)
		return after
	}
	m := storeText.FindStringSubmatch(text)
	if m == nil {
		t.Fatal(text)
	}
	at := sp + uint64(number(m[5]))
	if m[6] != "" {
		after.registers.Set(31, at)
	}
	registers := []string{m[3]}
	if m[1] == "stp" {
		registers = append(registers, m[4])
	}
	for i, name := range registers {
		if m[2] == "d" {
			continue
		}
		n, a := number(name), dmpfile.VirtAddr(at)+dmpfile.VirtAddr(8*i)
		after.memory[a], _ = s.registers.Get(n)
		after.registers.Set(n, 0xBAD0000000000000|uint64(n))
		if n == 30 {
			after.slot = a
		}
	}
	return after
}
