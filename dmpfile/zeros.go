package dmpfile

import "bytes"

// ZeroTail is the run of zeros that reaches the end of a file.
type ZeroTail struct {
	// Offset is where the zeros begin, in bytes; the length of the file where it does not end in zeros.
	Offset int64
	// Exact says that every byte from Offset on was read. Else samples between were, and all of them are zeros.
	Exact bool
}

// How the end of a file is looked at: its last bytes say all of most files, and tailSize of nearly all others. Of a file that is zeros
// there, samples are read in rounds, each of which looks closer at the gap that the run begins in, and then once more over all of the run.
const (
	lastSize      = 512
	tailSize      = 64 << 10
	sampleSize    = 16 << 10
	roundSamples  = 15
	maxTailRounds = 10
)

// MaxTailReads is how many reads ZeroTail takes at most, of 64 KiB at most.
const MaxTailReads = 2 + maxTailRounds*(roundSamples+1)

// ZeroTail looks for zeros at the end of the file, as a copy leaves them that stopped in a file that had been made as long before.
func (f *File) ZeroTail() (ZeroTail, error) {
	var b []byte
	begin := f.size
	for _, n := range [...]int{lastSize, tailSize} {
		b, begin = make([]byte, n), max(0, f.size-int64(n))
		last, err := f.lastByte(b, begin, f.size)
		if err != nil || last >= 0 || begin == 0 {
			return ZeroTail{last + 1, true}, err
		}
	}
	// low is the end of the last bytes that are known not to be zeros, high where all samples behind it are zeros.
	low, high, verified := int64(0), begin, false
	for range maxTailRounds {
		if high-low <= tailSize {
			last, err := f.lastByte(b, low, high)
			if err != nil {
				return ZeroTail{f.size, false}, err
			}
			if last >= 0 {
				low = last + 1
			}
			if verified || high == begin {
				return ZeroTail{low, high == begin && f.size-low <= 2*tailSize}, nil
			}
			high, verified = begin, true // are there others behind it, which the samples missed?
		}
		found, err := f.sample(b[:sampleSize], &low, &high)
		if err != nil {
			return ZeroTail{f.size, false}, err
		}
		if verified && !found {
			return ZeroTail{Offset: low}, nil
		}
		verified = verified && !found
	}
	return ZeroTail{Offset: low}, nil
}

// sample reads samples between low and high, moves low behind the last byte of them that is not zero, and high to the sample after that.
// found says whether low moved.
func (f *File) sample(b []byte, low, high *int64) (found bool, err error) {
	first, step := *low, (*high-*low)/(roundSamples+1)
	for i := int64(roundSamples); i > 0; i-- {
		at := (first + i*step) &^ (PageSize - 1)
		last, err := f.lastByte(b, at, min(at+sampleSize, *high))
		if err != nil {
			return found, err
		}
		if last >= *low {
			*low = last + 1
			return true, nil
		}
		*high = max(at, *low)
	}
	return false, nil
}

// lastByte returns the offset of the last byte from off to end that is not zero, -1 where all are. It reads into b.
func (f *File) lastByte(b []byte, off, end int64) (int64, error) {
	if off >= end {
		return -1, nil
	}
	b, err := readInto(b, f.r, off, min(end-off, int64(len(b))), f.size)
	if err != nil {
		return -1, err
	}
	for len(b) >= PageSize && allZero(b[len(b)-PageSize:]) {
		b = b[:len(b)-PageSize]
	}
	if n := len(bytes.TrimRight(b, "\x00")); n > 0 {
		return off + int64(n) - 1, nil
	}
	return -1, nil
}

var zeroPage [PageSize]byte

func allZero(b []byte) bool { return bytes.Equal(b, zeroPage[:len(b)]) }
