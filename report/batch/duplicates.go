package batch

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"hash/maphash"
	"io"
	"os"
	"time"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/report"
)

// duplicates finds files with the same content. What their rows say of them tells most apart; only where that is the same are both files
// read.
type duplicates struct {
	ctx     context.Context
	timeout time.Duration
	first   firsts
	hashes  map[string][sha256.Size]byte // of files that were read as a whole
}

// contentKey stands for what a row says of the content of a dump: its length and the fields of its header. Rows that were read again from
// JSON have the same keys as before. Other rows have none.
func contentKey(r *report.Report) (key, bool) {
	if r.File.Member != "" || r.File.Size == nil || r.Dump == nil || r.Bugcheck == nil || r.Verdict == report.NotADump {
		return 0, false
	}
	var h maphash.Hash
	h.SetSeed(seed)
	b := binary.LittleEndian.AppendUint64(nil, uint64(*r.File.Size))
	if at := r.Dump.CapturedAt; at != nil {
		b = binary.LittleEndian.AppendUint64(b, uint64(at.UnixNano()))
	}
	h.Write(b)
	for _, s := range []string{r.Dump.DirectoryTableBase, r.Dump.PsLoadedModuleList, r.Bugcheck.RawCode} {
		h.WriteString(s)
	}
	for _, p := range r.Bugcheck.Parameters {
		h.WriteString(p.Value)
	}
	if r.Context != nil {
		h.WriteString(r.Context.InstructionPointer)
		h.WriteString(r.Context.StackPointer)
	}
	return key(h.Sum64()), true
}

// mark names the earlier file in the row of a later one with the same content, and says whether there is one.
func (d *duplicates) mark(row *report.Report, name string) bool {
	k, ok := contentKey(row)
	if !ok {
		return false
	}
	first, ok := d.first.add(k, name)
	if !ok || first == name || !d.same(first, name) { // the same name is looked at again
		return false
	}
	row.File.DuplicateOf = report.ValidUTF8(first)
	return true
}

// same says whether two files have the same content. Names of one file need not be read for that.
func (d *duplicates) same(first, name string) bool {
	stat := func(name string) (os.FileInfo, error) {
		return within(d.ctx, d.timeout, nil, func() (os.FileInfo, error) { return os.Stat(name) })
	}
	one, err1 := stat(first)
	if err1 != nil {
		return false
	}
	two, err2 := stat(name)
	if err2 != nil || one.Size() != two.Size() {
		return false
	}
	if os.SameFile(one, two) {
		return true
	}
	a, ok1 := d.hash(first)
	b, ok2 := d.hash(name)
	delete(d.hashes, name) // later files are compared with the first
	return ok1 && ok2 && a == b
}

// hash reads a whole file, if that does not take too long: rows wait for it.
func (d *duplicates) hash(name string) (sum [sha256.Size]byte, ok bool) {
	if sum, ok = d.hashes[name]; ok {
		return sum, true
	}
	ctx, stop := context.WithCancel(d.ctx)
	defer stop()
	sum, err := within(ctx, d.timeout, nil, func() ([sha256.Size]byte, error) { return hashFile(ctx, name) })
	if err != nil {
		return sum, false
	}
	if d.hashes == nil {
		d.hashes = map[string][sha256.Size]byte{}
	}
	d.hashes[name] = sum
	return sum, true
}

// hashFile reads a file until the context ends.
func hashFile(ctx context.Context, name string) (sum [sha256.Size]byte, err error) {
	f, _, err := dmpfile.OpenRegular(name)
	if err != nil {
		return sum, err
	}
	defer f.Close()
	h := sha256.New()
	b := make([]byte, 1<<20)
	for off := int64(0); err == nil; {
		var n int
		n, err = f.ReadAt(b, off)
		h.Write(b[:n])
		off += int64(n)
		if err == nil {
			err = ctx.Err()
		}
	}
	if err != io.EOF {
		return sum, err
	}
	h.Sum(sum[:0])
	return sum, nil
}
