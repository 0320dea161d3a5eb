package dmpfile

import (
	"cmp"
	"slices"

	"github.com/dmplens/dmplens/dmpfile/internal/sections"
)

// maxSections bounds what is read of the stream of named sections: real ones have up to 142 KB.
const maxSections = 4 << 20

// firstKernel is where the addresses of a 64-bit kernel begin: what a section gives for another is not the kernel's memory.
const firstKernel VirtAddr = 0xFFFF8000_00000000

// addedMemory returns the memory in the named sections of the secondary data, in the order of its addresses and without overlaps: where two have an address
// the one that begins first counts, and of equal ones the first in the file.
func (t *Triage) addedMemory() []extent {
	var list []extent
	if t.file.Bits != 64 {
		return nil // no 32-bit kernel writes them
	}
	for _, s := range t.file.Secondary().Streams {
		if s.GUID != guidSections {
			continue
		}
		b, err := readUpTo(t.file.r, s.Offset, min(s.Size, maxSections), t.file.size)
		if err != nil {
			continue
		}
		found, _, _ := sections.Read(b)
		for _, section := range found {
			for _, m := range section.Blocks {
				first := VirtAddr(m.VA)
				if last := first + VirtAddr(m.Size) - 1; m.Size > 0 && first >= firstKernel && last >= first {
					list = append(list, extent{first, last, s.Offset + int64(m.Off)})
				}
			}
		}
	}
	slices.SortStableFunc(list, func(a, b extent) int { return cmp.Compare(a.first, b.first) })
	return fillHoles(nil, list)
}

// fillHoles adds to the ranges of memory those parts of others that they lack. Both are in the order of their addresses; ranges do not overlap, while what is
// added can.
func fillHoles(ranges, added []extent) []extent {
	all := make([]extent, 0, len(ranges)+len(added))
	for _, e := range added {
		for {
			for len(ranges) > 0 && ranges[0].first <= e.first {
				all = append(all, ranges[0])
				ranges = ranges[1:]
			}
			if n := len(all); n > 0 && all[n-1].last >= e.first { // its beginning is there already
				if all[n-1].last >= e.last {
					break
				}
				e = e.from(all[n-1].last + 1)
				continue
			}
			if len(ranges) == 0 || ranges[0].first > e.last {
				all = append(all, e)
				break
			}
			all = append(all, extent{e.first, ranges[0].first - 1, e.off})
			e = e.from(ranges[0].first)
		}
	}
	return append(all, ranges...)
}

// from returns what a range has from an address in it on.
func (e extent) from(a VirtAddr) extent { return extent{a, e.last, e.off + int64(a-e.first)} }
