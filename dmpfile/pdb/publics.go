package pdb

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/binary"
	"io"
	"iter"
	"math"
	"slices"

	"github.com/dmplens/dmplens/dmpfile"
)

// Symbol is a public symbol.
type Symbol struct {
	Name     string // as decorated in the file, any bytes
	RVA      uint32
	Function bool // the linker says that it names a function
}

// public is a symbol in the index: its RVA and where its record is. Records begin at multiples of 4: the low bits hold flags.
type public struct {
	rva uint32
	at  uint32
}

const (
	flagFunction = 1 << 0
	flagData     = 1 << 1 // by its name it is data
	flags        = 3
)

// Records of public symbols (cvinfo.h), in the form of today and in that whose names have their length before them. Lengths do not count
// themselves.
const (
	recordPublic    = 0x110E // S_PUB32
	recordPublicOld = 0x1009 // S_PUB32_ST

	recordKind    = 0x02
	publicFlags   = 0x04
	publicOffset  = 0x08
	publicSection = 0x0C
	publicName    = 0x0E

	publicIsFunction = 2 // cvpsfFunction
	maxRecord        = 2 + math.MaxUint16
)

// ranked is a symbol before it is in the index. Of those at one address the one with the lowest rank is best.
type ranked struct {
	public
	rank uint32
}

// A rank is the length of the name, and above it how many underscores are in front and these.
const (
	rankUnderscore = 1 << 16
	rankDecorated  = 1 << 24 // by C++
	rankData       = 1 << 25
	rankNoFunction = 1 << 26
)

// index reads the stream of symbol records from its beginning to its end and keeps where the public symbols are.
func (f *File) index(c *container, h *header, l layout) error {
	s, err := c.open(h.records)
	if err == errNoStream {
		return nil
	}
	if err != nil {
		return err
	}
	f.records = s
	list, err := f.scan(l)
	if err != nil {
		return err
	}
	// The linker says of functions that they are: what C++ decorates else is data. Where it never says so it does not know.
	if slices.ContainsFunc(list, func(x ranked) bool { return x.rank&rankNoFunction == 0 }) {
		for i := range list {
			if list[i].rank&(rankNoFunction|rankDecorated) == rankNoFunction|rankDecorated {
				list[i].rank |= rankData
			}
		}
	}
	slices.SortFunc(list, func(a, b ranked) int {
		if a.rva != b.rva { // as nearly always
			return cmp.Compare(a.rva, b.rva)
		}
		return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(a.at, b.at))
	})
	f.publics = make([]public, len(list))
	for i, x := range list {
		if x.rank&rankNoFunction == 0 {
			x.at |= flagFunction
		} else if x.rank&rankData != 0 {
			x.at |= flagData
		}
		f.publics[i] = x.public
	}
	return nil
}

// scan reads the records of public symbols and gives those that are at an address.
func (f *File) scan(l layout) ([]ranked, error) {
	s := f.records
	list := make([]ranked, 0, s.size/64)
	r := bufio.NewReaderSize(io.NewSectionReader(s, 0, s.size), maxRecord+1)
	le := binary.LittleEndian
	for at := int64(0); at < s.size; {
		b, err := r.Peek(4)
		if err != nil {
			return nil, recordError(s, at, err)
		}
		n := 2 + int(le.Uint16(b))
		if n < 4 || n%4 != 0 {
			return nil, &dmpfile.FormatError{Offset: s.offset(at), What: "a symbol record has an impossible length", Value: uint32(n - 2)}
		}
		kind := le.Uint16(b[recordKind:])
		if kind == recordPublic || kind == recordPublicOld {
			if b, err = r.Peek(n); err != nil {
				return nil, recordError(s, at, err)
			}
			name, ok := nameOf(b)
			if !ok {
				return nil, &dmpfile.FormatError{Offset: s.offset(at), What: "a public symbol has no name that ends; length of the record", Value: uint32(n - 2)}
			}
			f.read++
			if rva, ok := l.place(le.Uint16(b[publicSection:]), le.Uint32(b[publicOffset:])); ok {
				function := le.Uint32(b[publicFlags:])&publicIsFunction != 0
				list = append(list, ranked{public{rva, uint32(at)}, rank(name, function)})
			}
		}
		if _, err := r.Discard(n); err != nil {
			return nil, recordError(s, at, err)
		}
		at += int64(n)
	}
	return list, nil
}

// recordError is what to say about a record that cannot be read.
func recordError(s stream, at int64, err error) error {
	if err == io.EOF {
		return &dmpfile.FormatError{Offset: s.offset(at), What: "a symbol record runs past the end of its stream; size of the stream", Value: s.size}
	}
	return err
}

// nameOf returns the name in the record of a public symbol, which may have been cut.
func nameOf(b []byte) (name []byte, ok bool) {
	if len(b) <= publicName {
		return nil, false
	}
	name = b[publicName:]
	if binary.LittleEndian.Uint16(b[recordKind:]) == recordPublicOld {
		n := int(name[0])
		if n > len(name)-1 {
			return nil, false
		}
		return name[1 : 1+n], true
	}
	n := bytes.IndexByte(name, 0)
	if n < 0 {
		return nil, false
	}
	return name[:n], true
}

// rank orders symbols at one address: a function is best, then a name that is not that of data, then one without C++ decoration, the fewest
// underscores in front, the shortest.
func rank(name []byte, function bool) uint32 {
	underscores := min(len(name)-len(bytes.TrimLeft(name, "_")), 0xFF)
	r := uint32(min(len(name), math.MaxUint16)) + rankUnderscore*uint32(underscores)
	if bytes.HasPrefix(name, []byte("?")) {
		r |= rankDecorated
	}
	if !function {
		r |= rankNoFunction
		if isData(name) {
			r |= rankData
		}
	}
	return r
}

// isData says whether a name is that of data which compilers and linkers make: tables of virtual functions and bases, strings, run-time type
// information, imports, constants. Other names can be labels in assembler code, such as KiSystemServiceCopyEnd, even where the linker
// says of functions that they are.
func isData(name []byte) bool {
	for _, begin := range [...]string{
		"??_7", "??_8", "??_C@", "??_R", "__imp_", "__real@", "__xmm@", "__ymm@", "__zmm@", "__mask@@", "__NULL_IMPORT_DESCRIPTOR", "__IMPORT_DESCRIPTOR_", "\x7f",
	} {
		if bytes.HasPrefix(name, []byte(begin)) {
			return true
		}
	}
	return false
}

// Publics returns how many public symbols the file has, those included that are at no address of the image.
func (f *File) Publics() int { return f.read }

// At returns the symbol of an address: the nearest at or below it in the same section. Code is not named by data: what in an executable section
// is no function to the linker, and data by its name, is passed over, unless it is at that very address. Of several
// symbols at one address the plainest is taken: functions first, names without C++ decoration, with the fewest underscores in front, the
// shortest; at last the one whose record is first. ok is false too where the name cannot be read.
func (f *File) At(rva uint32) (s Symbol, ok bool) {
	in, ok := sectionAt(f.sections, rva)
	if !ok {
		return Symbol{}, false
	}
	// first is the first symbol above an address, or at it.
	first := func(rva uint64) int {
		i, _ := slices.BinarySearchFunc(f.publics, rva, func(p public, rva uint64) int { return cmp.Compare(uint64(p.rva), rva) })
		return i
	}
	for i := first(uint64(rva) + 1); i > 0; {
		at := f.publics[i-1].rva
		if at < in.rva {
			break
		}
		i = first(uint64(at)) // the best of those there
		if p := f.publics[i]; !in.executable || p.at&flagData == 0 || at == rva {
			return f.symbol(p)
		}
	}
	return Symbol{}, false
}

// Symbols returns the symbols that are at an address, by RVA; those of one address as At prefers them. Names that cannot be read are left out.
func (f *File) Symbols() iter.Seq[Symbol] {
	return func(yield func(Symbol) bool) {
		for _, p := range f.publics {
			if s, ok := f.symbol(p); ok && !yield(s) {
				return
			}
		}
	}
}

// symbol reads the name of a symbol.
func (f *File) symbol(p public) (Symbol, bool) {
	at := int64(p.at &^ flags)
	var short [0x100]byte // most names are shorter
	b := short[:min(int64(len(short)), f.records.size-at)]
	if _, err := f.records.ReadAt(b, at); err != nil {
		return Symbol{}, false
	}
	n := 2 + int64(binary.LittleEndian.Uint16(b))
	if n > int64(len(b)) {
		long, err := f.records.read(at, n)
		if err != nil {
			return Symbol{}, false
		}
		b = long
	}
	name, ok := nameOf(b[:min(n, int64(len(b)))])
	return Symbol{Name: string(name), RVA: p.rva, Function: p.at&flagFunction != 0}, ok
}
