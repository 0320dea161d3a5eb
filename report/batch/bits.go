package batch

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dmplens/dmplens/report"
)

// SameBits finds the bit that is wrong in several dumps of one board. In one dump it can be chance; the same one again is not likely to be.
// Its zero value is ready.
type SameBits struct {
	seen map[boardBit]*bitCount
}

// boardBit is a bit of the machines that have one board, firmware and processor.
type boardBit struct {
	board string
	bit   int
}

type bitCount struct {
	dumps int64
	first []string // names of the first few
}

const (
	maxBoardBits = 1 << 16 // a share has no more machines with such dumps; what comes behind them is not counted
	bitExamples  = 3
	leastBit     = 12 // below, a difference can be an offset in a structure
)

// Add counts a row. Copies, and dumps that do not say which board they are of, do not count.
func (s *SameBits) Add(r *report.Report) {
	bit := oddBit(r)
	if bit == nil || *bit < leastBit || r.File.DuplicateOf != "" || r.Hardware == nil || r.Hardware.Board == "" {
		return
	}
	h := r.Hardware
	key := boardBit{strings.Join([]string{h.Board, h.BIOS, h.Processor}, "\x00"), *bit}
	n := s.seen[key]
	if n == nil {
		if len(s.seen) == maxBoardBits {
			return
		}
		if s.seen == nil {
			s.seen = map[boardBit]*bitCount{}
		}
		n = new(bitCount)
		s.seen[key] = n
	}
	n.dumps++
	if len(n.first) < bitExamples {
		name := r.File.Path
		if r.File.Member != "" {
			name += ": " + r.File.Member
		}
		n.first = append(n.first, name)
	}
}

// oddBit is the one bit that would make a better value of what the dump is about, nil for none.
func oddBit(r *report.Report) *int {
	switch {
	case r.Fault != nil && r.Fault.Bit != nil:
		return r.Fault.Bit
	case r.Bugcheck != nil:
		return r.Bugcheck.Bit
	}
	return nil
}

// Sentences says which bit was wrong in two dumps of one board or more, in the order of the boards.
func (s *SameBits) Sentences() []string {
	var list []string
	for key, n := range s.seen {
		if n.dumps < 2 {
			continue
		}
		board, _, _ := strings.Cut(key.board, "\x00")
		names := strings.Join(n.first, ", ")
		if more := n.dumps - int64(len(n.first)); more > 0 {
			names += fmt.Sprintf(" and %d more", more)
		}
		list = append(list, fmt.Sprintf("bit %d looks wrong in %d dumps of one board, %s: its memory or processor, or code that sets that bit in memory of others, is likely: %s",
			key.bit, n.dumps, board, names))
	}
	slices.Sort(list)
	return list
}
