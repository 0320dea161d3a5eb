package paging

import "github.com/dmplens/dmplens/dmpfile"

// Kernel is what the form of entries that are not valid depends on. Zero stands for a value that is not known.
type Kernel struct {
	// Build is the build number of Windows. From 17134 on the number of a page file is in bits 12 to 15 of an entry, not 1 to 4.
	Build uint32
	// L1TFHighBit and L1TFSwizzleBit are KDDEBUGGER_DATA64's L1tfHighPhysicalBitIndex and L1tfSwizzleBitIndex. Values that cannot
	// be right count as zero.
	L1TFHighBit, L1TFSwizzleBit uint8
}

// defaultSwizzle is where Windows has the swizzle bit (MMPTE_SOFTWARE, MMPTE_TRANSITION).
const defaultSwizzle = 4

// SetKernel says which kernel the tables are of, for entries that are not valid. It drops the caches.
func (s *Space) SetKernel(k Kernel) {
	if k.L1TFHighBit < 32 || k.L1TFHighBit > 47 {
		k.L1TFHighBit = 0
	}
	if k.L1TFSwizzleBit == 0 || k.L1TFSwizzleBit > 9 {
		k.L1TFSwizzleBit = defaultSwizzle
	}
	s.kernel = k
	s.l1tf = geometries[s.mode].l1tf
	if k.L1TFHighBit != 0 && s.l1tf != 0 {
		s.l1tf = 1 << k.L1TFHighBit
	}
	s.caches = &noCaches
}

// flipped returns the bits of an entry that the L1TF mitigation made wrong.
func (s *Space) flipped(e uint64) uint64 {
	if e>>s.kernel.L1TFSwizzleBit&1 != 0 {
		return 0
	}
	return s.l1tf
}

// software returns the physical address in an entry that is not valid, but in transition. For any other the error says what it is.
func (s *Space) software(a dmpfile.VirtAddr, level int, e uint64) (uint64, error) {
	switch {
	case e == 0 || e&present != 0: // the second is reserved on ARM
		return 0, &NotMappedError{a, level, e}
	case e&prototype != 0:
		at, _ := s.prototypeAddress(e)
		return 0, &PagedOutError{Address: a, Level: level, Entry: e, Place: Prototype, Prototype: at}
	case e&inTransition != 0:
		return e & s.transition &^ s.flipped(e), nil
	}
	out := &PagedOutError{Address: a, Level: level, Entry: e, Place: DemandZero}
	number, offset := 1, e>>12
	if s.entry == 8 {
		offset = e >> 32
		if s.kernel.L1TFHighBit != 0 { // else it cannot be told from a bit of the offset
			offset = e &^ s.flipped(e) >> 32
		}
		if s.kernel.Build == 0 || s.kernel.Build >= 17134 {
			number = 12
		}
	}
	if offset != 0 { // the head of a page file holds no page
		out.Place, out.File, out.Offset = PageFile, int(e>>number&0xF), offset
	}
	return 0, out
}

// prototypeAddress returns the address of the prototype that an entry points to; false where it says nothing of use.
func (s *Space) prototypeAddress(e uint64) (dmpfile.VirtAddr, bool) {
	var a uint64
	switch {
	case s.entry == 4: // an offset from a base that only symbols tell
		return 0, false
	case s.bits == 32:
		a = e >> 32
	default:
		a = uint64(int64(e) >> 16)
	}
	const askVAD = 0xFFFFFFFFFFFF0000 // MI_PTE_LOOKUP_NEEDED; on x86 it is 0xffffffff, which is not aligned
	if a == 0 || a == askVAD || a%uint64(s.entry) != 0 {
		return 0, false
	}
	return dmpfile.VirtAddr(a), true
}

// followPrototype returns where a page is whose entry points to a prototype.
func (s *Space) followPrototype(a dmpfile.VirtAddr, e uint64) (dmpfile.PhysAddr, error) {
	at, ok := s.prototypeAddress(e)
	if !ok {
		_, err := s.software(a, 1, e)
		return 0, err
	}
	where, err := s.walk(at, false)
	var b [8]byte
	if err == nil {
		_, err = s.readPhysical(b[:s.entry], where)
	}
	if err != nil {
		return 0, &PagedOutError{Address: a, Level: 1, Entry: e, Place: Prototype, Prototype: at, Err: err}
	}
	p := s.widen(b[:])
	in := uint64(a) % dmpfile.PageSize
	if p&s.valid == s.valid {
		return dmpfile.PhysAddr(p&s.frame | in), nil
	}
	// A prototype for a part of a file has bit 10 and the address of its subsection in the upper bits. From build 22621 on it is
	// that address itself, which a place in a page file and a frame cannot be.
	const kernelHalf, low = 0xFFFF800000000000, 0xF
	if p&(present|prototype) == prototype || s.bits > 32 && p&(kernelHalf|low) == kernelHalf {
		return 0, &PagedOutError{Address: a, Level: 1, Entry: p, Place: MappedFile, Prototype: at}
	}
	frame, err := s.software(a, 1, p)
	if err != nil {
		if out, ok := err.(*PagedOutError); ok {
			out.Prototype = at
		}
		return 0, err
	}
	return dmpfile.PhysAddr(frame | in), nil
}
