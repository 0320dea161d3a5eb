package dmpfile

import (
	"bytes"
	"encoding/binary"
	"io"
	"math/bits"
	"slices"
)

// readIndex reads what the bitmap, runs or ranges list.
func (f *File) readIndex() (*pageIndex, error) {
	x := new(pageIndex)
	p := f.pages
	var err error
	switch {
	case f.Format == TriageDump:
		return x, nil
	case !p.known:
		return nil, ErrPagesUnknown
	case p.bitmap != 0:
		err = f.readBitmap(x)
	default:
		err = f.indexRuns(x)
	}
	if err != nil {
		return nil, err
	}
	x.counts.Declared = p.count
	x.pages = min(p.count, x.counts.Listed)
	x.countBefore()
	x.whole = min(x.pages, uint64(max(0, f.size-p.first))/PageSize)
	return x, nil
}

func (f *File) readBitmap(x *pageIndex) error {
	p := f.pages
	if int64(p.bitmapBits+7)/8 > f.size-p.bitmap {
		return &FormatError{Offset: p.bitmap, What: "the file ends inside the bitmap; its length in bits", Value: p.bitmapBits}
	}
	x.blocks = make([]bitmapBlock, 0, (p.bitmapBits+blockFrames-1)/blockFrames)
	whole, err := f.eachBitmapBlock(p, func(_ uint64, bitmap []byte) bool {
		for part := range slices.Chunk(bitmap, blockFrames/8) {
			b := newBitmapBlock(part, x.counts.Listed)
			x.counts.Listed += b.pages()
			x.blocks = append(x.blocks, b)
		}
		return true
	})
	if err == nil && !whole {
		err = io.ErrUnexpectedEOF // the file has become shorter
	}
	return err
}

// newBitmapBlock ranks a block of the bitmap that has so many stored pages before it.
func newBitmapBlock(bitmap []byte, before uint64) bitmapBlock {
	b := bitmapBlock{before: before}
	if bytes.Count(bitmap, []byte{0}) == len(bitmap) {
		return b
	}
	b.words = make([]bitmapWord, len(bitmap)/8)
	rank := 0
	for i := range b.words {
		word := binary.LittleEndian.Uint64(bitmap[i*8:])
		b.words[i] = bitmapWord{uint32(word), uint32(word >> 32), uint32(rank)}
		rank += bits.OnesCount64(word)
	}
	return b
}

// pages returns how many page frames of the block are stored.
func (b bitmapBlock) pages() uint64 {
	if b.words == nil {
		return 0
	}
	last := &b.words[len(b.words)-1]
	return uint64(last.rank) + uint64(bits.OnesCount64(last.bits()))
}
