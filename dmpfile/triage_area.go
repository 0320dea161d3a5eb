package dmpfile

import "github.com/dmplens/dmplens/dmpfile/internal/bin"

// area is a part of a file that was read.
type area struct {
	off int64
	b   []byte
}

// maxArea bounds the area of the sections: real ones are 60 to 190 KiB long. What lies behind it is read on its own.
const maxArea = 256 << 10

// sections returns the area behind the header where a triage dump has its sections, without the blocks of memory: one read brings what
// some ten would. It is read when it is first asked for, and empty where it cannot be read: then so is what is looked for in it.
func (t *Triage) sections() *area {
	t.areaOnce.Do(func() {
		f := t.file
		begin := int64(f.layout.size)
		end := begin
		for _, s := range [...]struct {
			off  uint32
			size int64
		}{
			{t.UnloadedDriversOffset, maxUnloadedList},
			{t.DebuggerDataOffset, int64(t.DebuggerDataSize)},
			{t.DriverListOffset, int64(t.DriverCount) * int64(driver64.minStride)},
			{t.StringPoolOffset, int64(t.StringPoolSize)},
			{t.DataBlocksOffset, int64(t.DataBlocksCount) * blockEntry},
		} {
			if int64(s.off) < begin+maxArea {
				end = max(end, int64(s.off)+s.size)
			}
		}
		if b, err := readInto(*f.room, f.r, begin, min(end-begin, maxArea), f.size); err == nil {
			f.area.Store(&area{begin, b})
			*f.room = b
		}
	})
	return t.file.area.Load()
}

// slice returns the n bytes at a file offset. ok is false where the area does not have all of them.
func (a *area) slice(off, n int64) (b []byte, ok bool) {
	if a == nil || off < a.off || off-a.off > int64(len(a.b)) || n > int64(len(a.b)) {
		return nil, false
	}
	return bin.Slice(a.b, int(off-a.off), int(n))
}

// upTo returns n bytes at a file offset, or what the file has of them. They must not be changed.
func (t *Triage) upTo(off uint32, n int64) ([]byte, error) {
	if b, ok := t.sections().slice(int64(off), min(n, t.file.size-int64(off))); ok {
		return b, nil
	}
	return readUpTo(t.file.r, int64(off), n, t.file.size)
}
