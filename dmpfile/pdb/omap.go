package pdb

import (
	"cmp"
	"encoding/binary"
	"math"
	"slices"

	"github.com/dmplens/dmplens/dmpfile"
)

// mapping is an entry of an OMAP table: what begins at from, up to the next entry, is at to. to is 0 for what is not there.
type mapping struct{ from, to uint32 }

const mappingSize = 8

// readMap reads an OMAP table. It is nil where the PDB has none.
func readMap(c *container, number int) ([]mapping, error) {
	s, err := c.open(number)
	if err == errNoStream {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	b, err := s.read(0, s.size/mappingSize*mappingSize)
	if err != nil {
		return nil, err
	}
	list := make([]mapping, len(b)/mappingSize)
	for i := range list {
		list[i] = mappingOf(b[i*mappingSize:])
		if i > 0 && list[i].from < list[i-1].from {
			return nil, &dmpfile.FormatError{Offset: s.offset(int64(i) * mappingSize), What: "the map of the reordered image is not in order; an address", Value: list[i].from}
		}
	}
	return list, nil
}

func mappingOf(b []byte) mapping {
	return mapping{binary.LittleEndian.Uint32(b), binary.LittleEndian.Uint32(b[4:])}
}

// translate looks an address up.
func translate(list []mapping, rva uint32) (uint32, bool) {
	i, found := slices.BinarySearchFunc(list, rva, func(m mapping, rva uint32) int { return cmp.Compare(m.from, rva) })
	if !found {
		i--
	}
	if i < 0 || list[i].to == 0 || rva-list[i].from > math.MaxUint32-list[i].to {
		return 0, false
	}
	return list[i].to + rva - list[i].from, true
}
