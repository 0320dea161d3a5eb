package nt

import (
	"errors"
	"strings"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/internal/bin"
)

// UserMode says where the user mode of a thread keeps what describes it.
type UserMode struct {
	TEB, PEB              dmpfile.VirtAddr // TEB is 0 where the dump does not have it
	StackLimit, StackBase dmpfile.VirtAddr // of the stack, from StackLimit up to StackBase; both 0 where they are not known
}

// userLayout holds the offsets by which the user mode of a process is found, the same since Windows XP (winternl.h, System Informer's
// phnt). Those of 64 bits are the same on amd64 and ARM64.
type userLayout struct {
	stackBase, stackLimit, self, clientID, peb int // in a TEB
	ldr                                        int // in a PEB
	loadOrder                                  int // in a PEB_LDR_DATA: the head of the list

	// In a LDR_DATA_TABLE_ENTRY, which begins with the links of that list.
	base, size, baseName, timeStamp, length int
}

var (
	user64 = userLayout{0x08, 0x10, 0x30, 0x40, 0x60, 0x18, 0x10, 0x30, 0x40, 0x58, 0x80, 0x84}
	user32 = userLayout{0x04, 0x08, 0x18, 0x20, 0x30, 0x0C, 0x0C, 0x18, 0x20, 0x2C, 0x44, 0x48}
)

func (k *Kernel) userLayout() *userLayout {
	if k.file.Bits == 32 {
		return &user32
	}
	return &user64
}

// isUser says whether an address can be one of user mode.
func (k *Kernel) isUser(a dmpfile.VirtAddr) bool {
	const lowest = 0x10000
	if k.file.Bits == 32 {
		return a >= lowest && a < 0xC0000000 // some systems give 3 GiB to it
	}
	return a >= lowest && a < 1<<56
}

// UserMode finds the user mode of a thread, whose process has to be the one whose page tables the header of the dump names: that of the
// current thread. What is there has to belong to that thread. Of a 32-bit program on a 64-bit Windows it is the 64-bit part.
//
// The error is ErrNotThere for a thread that has no user mode, or is attached to another process, or for which what is there is another's.
// It is ErrUnknownLayout without debugger data or for a triage dump, else it says that the dump has neither the TEB nor another way to
// the PEB.
func (k *Kernel) UserMode(thread dmpfile.VirtAddr) (UserMode, error) {
	if k.DebuggerData == nil || k.space == nil {
		return UserMode{}, ErrUnknownLayout
	}
	offset, ok := k.DebuggerData.offsetKThreadTeb()
	if !ok {
		return UserMode{}, ErrUnknownLayout
	}
	t, owner, err := k.thread(thread)
	if err != nil {
		return UserMode{}, err
	}
	object := k.structureAt(thread)
	u := UserMode{}
	if u.TEB, err = object.pointer(offset); err != nil {
		return UserMode{}, err
	}
	attached := object.field(k.DebuggerData.offsetKThreadApcProcess)
	switch {
	case !k.isUser(u.TEB) || u.TEB%dmpfile.PageSize != 0, owner != 0 && attached != 0 && owner != attached:
		return UserMode{}, ErrNotThere
	case attached != 0 && !k.isCurrent(attached):
		return UserMode{}, ErrNotThere
	}
	var known dmpfile.VirtAddr // the PEB, by the process
	if owner != 0 {
		known = k.structureAt(owner).field(k.DebuggerData.offsetEprocessPeb)
	}
	err = k.readTEB(&u, t)
	switch {
	case err == nil && known != 0 && known != u.PEB:
		return UserMode{}, ErrNotThere
	case err == nil:
		return u, nil
	case errors.Is(err, ErrNotThere), errors.Is(err, ErrLimit), !k.isUser(known):
		return UserMode{}, err
	}
	return UserMode{PEB: known}, nil
}

// isCurrent says whether a process has the page tables by which memory is read. Where the dump does not have the process, nothing speaks
// against it.
func (k *Kernel) isCurrent(process dmpfile.VirtAddr) bool {
	off, ok := k.DebuggerData.offsetEprocessDirectory()
	if !ok {
		return true
	}
	table, err := k.structureAt(process).pointer(off)
	flags := dmpfile.VirtAddr(0xFFF)
	if k.file.Bits == 32 {
		flags = 0x1F // a PAE table is smaller than a page
	}
	const address = 1<<48 - 1 // above it ARM64 has a number of the address space
	return err != nil || (table^dmpfile.VirtAddr(k.space.Root()))&address&^flags == 0
}

// readTEB reads the TEB of a thread, which points to itself and names the thread.
func (k *Kernel) readTEB(u *UserMode, t Thread) error {
	l := k.userLayout()
	teb := k.structureAt(u.TEB)
	b, err := teb.bytes(0, l.peb+k.pointerSize())
	if err != nil {
		return err
	}
	at := func(off int) dmpfile.VirtAddr {
		v, _ := bin.Pointer(b, off, k.file.Bits)
		return dmpfile.VirtAddr(v)
	}
	process, id := uint64(at(l.clientID)), uint64(at(l.clientID+k.pointerSize()))
	u.PEB = at(l.peb)
	if at(l.self) != u.TEB || !k.isUser(u.PEB) || t.ID != 0 && (process != t.ProcessID || id != t.ID) {
		return ErrNotThere
	}
	if limit, base := at(l.stackLimit), at(l.stackBase); k.isUser(limit) && k.isUser(base) && limit < base {
		u.StackLimit, u.StackBase = limit, base
	}
	return nil
}

// UserModules returns the modules that the loader of a user mode lists, in load order: the program, ntdll.dll, others. Nothing but their
// names without folders is read of their paths, which can tell who used the machine: Path stays empty, after Identify too. The errors are
// those of Modules; and of reading the dump where it does not have the head of the list, as a live dump without user memory.
func (k *Kernel) UserModules(u UserMode) (Modules, error) {
	if k.space == nil {
		return Modules{}, ErrUnknownLayout
	}
	l := k.userLayout()
	ldr, err := k.structureAt(u.PEB).pointer(l.ldr)
	switch {
	case err != nil:
		return Modules{}, err
	case !k.isUser(u.PEB) || !k.isUser(ldr): // 0 until the process has begun
		return Modules{}, ErrNotThere
	}
	var list []*Module
	err = k.walkEntries("InLoadOrderModuleList", ldr+dmpfile.VirtAddr(l.loadOrder), func(entry dmpfile.VirtAddr) error {
		m, err := k.userModuleAt(entry, l)
		if err == nil {
			list = append(list, &m)
		}
		return err
	})
	return Modules{list: list}, err
}

// userModuleAt reads a LDR_DATA_TABLE_ENTRY. Its name can be missing from the dump, and is "" then.
func (k *Kernel) userModuleAt(a dmpfile.VirtAddr, l *userLayout) (Module, error) {
	if !k.isUser(a) {
		return Module{}, ErrNotThere
	}
	b, err := readAll(k, a, l.length)
	if err != nil {
		return Module{}, err
	}
	m := Module{Entry: a}
	base, _ := bin.Pointer(b, l.base, k.file.Bits)
	m.Base = dmpfile.VirtAddr(base)
	m.Size, _ = bin.U32(b, l.size)
	m.TimeStamp, _ = bin.U32(b, l.timeStamp)
	if !k.isUser(m.Base) || m.Base%dmpfile.PageSize != 0 || m.Size == 0 {
		return Module{}, ErrNotThere
	}
	name := readUnicode(b, l.baseName, k.file.Bits)
	if !k.isUser(name.buffer) {
		return m, nil
	}
	text, err := name.text(k)
	if err == ErrLimit {
		return Module{}, err
	}
	m.Name = text[strings.LastIndexAny(text, `\/`)+1:]
	return m, nil
}
