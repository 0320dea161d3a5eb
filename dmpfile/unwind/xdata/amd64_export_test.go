package xdata

import (
	"fmt"
	"strings"

	"github.com/dmplens/dmplens/dmpfile/pe"
	"github.com/dmplens/dmplens/dmpfile/unwind/insn"
)

// EntriesAMD64 returns the table of functions.
func EntriesAMD64(im *pe.Image) (list []Function, err error) {
	d, err := im.ExceptionDirectory()
	if err == pe.ErrNone {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	for at := uint32(0); at+entrySize <= d.Size; at += entrySize {
		f, err := readEntry(im, d.RVA+at)
		if err != nil {
			return nil, err
		}
		list = append(list, f)
	}
	return list, nil
}

// DirectAMD64 is direct.
func DirectAMD64(im *pe.Image, f Function) (Function, error) { return direct(im, f) }

// InfoAMD64 writes the unwind data at an RVA as llvm-readobj --unwind does, with single spaces. epilogues are those that it lists.
func InfoAMD64(im *pe.Image, rva uint32) (text string, epilogues []uint32, err error) {
	var u infoAMD64
	if err := u.parse(im, rva); err != nil {
		return "", nil, err
	}
	var w strings.Builder
	fmt.Fprintf(&w, "Version: %d Flags [ (0x%X)", u.version, u.flags)
	for i, name := range []string{"ExceptionHandler", "TerminateHandler", "ChainInfo"} {
		if u.flags>>i&1 != 0 {
			fmt.Fprintf(&w, " %s (0x%X)", name, 1<<i)
		}
	}
	fmt.Fprintf(&w, " ] PrologSize: %d ", u.prologue)
	frame := strings.ToUpper(insn.Register(u.frameRegister).String())
	if u.frameRegister == 0 {
		w.WriteString("FrameRegister: - FrameOffset: -")
	} else {
		fmt.Fprintf(&w, "FrameRegister: %s (0x%X) FrameOffset: 0x%X", frame, u.frameRegister, u.frameOffset/16)
	}
	fmt.Fprintf(&w, " UnwindCodeCount: %d UnwindCodes [ ", u.count)
	slots := 0 // of epilogues
	for i := 0; i < u.count; {
		c, err := u.code(i)
		if err != nil {
			return "", nil, err
		}
		i += c.slots
		if c.op == epilogue {
			if slots += c.slots; i < u.count {
				if next, err := u.code(i); err != nil || next.op == epilogue {
					continue
				}
			}
			epilogues = u.writeEpilogues(&w, slots)
			continue
		}
		fmt.Fprintf(&w, "0x%02X: ", c.offset)
		register := strings.ToUpper(insn.Register(c.info).String())
		switch c.op {
		case pushNonvolatile:
			fmt.Fprintf(&w, "PUSH_NONVOL reg=%s ", register)
		case allocLarge:
			fmt.Fprintf(&w, "ALLOC_LARGE size=%d ", c.value)
		case allocSmall:
			fmt.Fprintf(&w, "ALLOC_SMALL size=%d ", c.value)
		case setFrame:
			fmt.Fprintf(&w, "SET_FPREG reg=%s, offset=0x%X ", frame, u.frameOffset)
		case saveNonvolatile:
			fmt.Fprintf(&w, "SAVE_NONVOL reg=%s, offset=0x%X ", register, c.value)
		case saveNonvolatileFar:
			fmt.Fprintf(&w, "SAVE_NONVOL_FAR reg=%s, offset=0x%X ", register, c.value)
		case saveXMM128:
			fmt.Fprintf(&w, "SAVE_XMM128 reg=XMM%d, offset=0x%X ", c.info, c.value)
		case saveXMM128Far:
			fmt.Fprintf(&w, "SAVE_XMM128_FAR reg=XMM%d, offset=0x%X ", c.info, c.value)
		case pushMachineFrame:
			fmt.Fprintf(&w, "PUSH_MACHFRAME errcode=%s ", map[bool]string{true: "yes", false: "no"}[c.info != 0])
		default:
			fmt.Fprintf(&w, "%d ", c.op)
		}
	}
	w.WriteString("] ")
	switch {
	case u.flags&chainInfo != 0:
		fmt.Fprintf(&w, "Chained { %s } ", EntryAMD64(im, u.chained))
	case u.flags&(exceptionHandler|unwindHandler) != 0:
		fmt.Fprintf(&w, "Handler: (0x%X) ", uint64(im.ImageBase)+uint64(u.handler))
	}
	return w.String(), epilogues, nil
}

// EntryAMD64 writes an entry as llvm-readobj --unwind does.
func EntryAMD64(im *pe.Image, f Function) string {
	base := uint64(im.ImageBase)
	return fmt.Sprintf("StartAddress: (0x%X) EndAddress: (0x%X) UnwindInfoAddress: (0x%X)",
		base+uint64(f.Begin), base+uint64(f.End), base+uint64(f.Unwind))
}

func (u *infoAMD64) writeEpilogues(w *strings.Builder, slots int) (list []uint32) {
	u.epilogues(func(fromEnd, _ uint32) bool {
		list = append(list, fromEnd)
		return true
	})
	atEnd, others := "no", list
	if u.bytes[infoHead+1]>>4&1 != 0 {
		atEnd, others = "yes", list[1:]
	}
	fmt.Fprintf(w, "0x%02X: EPILOG atend=%s, length=0x%X ", u.bytes[infoHead], atEnd, u.bytes[infoHead])
	for _, n := range others {
		fmt.Fprintf(w, "0x%02X: EPILOG offset=0x%X ", n&0xFF, n)
	}
	if 1+len(others) < slots {
		w.WriteString("0x00: EPILOG padding ")
	}
	return list
}
