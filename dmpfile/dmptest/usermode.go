package dmptest

// UserMode is what describes the user mode of a process, and of one of its threads, in its memory.
type UserMode struct {
	Teb, Peb              uint64
	Loader                uint64 // address of the loader's data, PEB_LDR_DATA
	PID, TID              uint64
	StackLimit, StackBase uint64
	Modules               []UserModule
}

// UserModule is a module of a process.
type UserModule struct {
	Name, Path          string
	Base                uint64
	Size, TimeDateStamp uint32
	Mapped              []byte // the image as it is in memory; nil: it is not in memory
}

// EntryAt is the address of the loader's entry of a module. Each has a page of its own, with its names. For the module behind the last one
// it is that of the list's head.
func (u UserMode) EntryAt(module, pointer int) uint64 {
	switch {
	case module >= 0 && module < len(u.Modules):
		return u.Loader + 0x1000*uint64(module+1) + 0x10
	case pointer == 4:
		return u.Loader + 0xC
	}
	return u.Loader + 0x10
}

type memoryRange struct {
	at uint64
	n  int
}

// Map writes it to the memory of its process. The KTHREAD has Teb, and the EPROCESS Peb, if the caller put them there.
func (u UserMode) Map(sp *Space) { u.mapAll(sp) }

// mapAll returns what was written where.
func (u UserMode) mapAll(sp *Space) (ranges []memoryRange) {
	write := func(at uint64, data []byte) {
		sp.Map(at, data)
		ranges = append(ranges, memoryRange{at, len(data)})
	}
	put := func(at uint64, v ...uint64) {
		var m Image
		m.PutPtr(0, sp.pointer(), v...)
		write(at, m.Data())
	}
	ptr := sp.pointer()
	o := struct{ stack, self, client, peb, image, base, size, full, name, stamp, length int }{
		0x8, 0x30, 0x40, 0x60, 0x10, 0x30, 0x40, 0x48, 0x58, 0x80, 0x58,
	}
	if ptr == 4 {
		o.stack, o.self, o.client, o.peb, o.image, o.base, o.size, o.full, o.name, o.stamp, o.length =
			0x4, 0x18, 0x20, 0x30, 0x8, 0x18, 0x20, 0x24, 0x2C, 0x44, 0x30
	}
	put(u.Teb+uint64(o.stack), u.StackBase, u.StackLimit)
	put(u.Teb+uint64(o.self), u.Teb)
	put(u.Teb+uint64(o.client), u.PID, u.TID)
	put(u.Teb+uint64(o.peb), u.Peb)
	if len(u.Modules) > 0 {
		put(u.Peb+uint64(o.image), u.Modules[0].Base)
	}
	put(u.Peb+uint64(o.image+ptr), u.Loader)
	put(u.Loader, uint64(o.length))
	last := len(u.Modules) - 1
	put(u.EntryAt(-1, ptr), u.EntryAt(0, ptr), u.EntryAt(last, ptr))
	for i, m := range u.Modules {
		if m.Mapped != nil {
			write(m.Base, m.Mapped)
		}
		at := u.EntryAt(i, ptr)
		e := &Image{}
		e.PutPtr(0, ptr, u.EntryAt(i+1, ptr), u.EntryAt(i-1, ptr))
		e.PutPtr(o.base, ptr, m.Base, m.Base+0x1000)
		e.PutU32(o.size, m.Size)
		sp.text(e, o.full, m.Path, at+0x400)
		sp.text(e, o.name, m.Name, at+0x800)
		e.PutU32(o.stamp, m.TimeDateStamp)
		write(at, e.Data())
	}
	return ranges
}
