package dumpstack

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/dmplens/dmplens/dmpfile"
)

const (
	headSize = 0x20    // the text begins here, with an empty line
	maxText  = 1 << 20 // real files have 8 to 12 KiB
)

// NotLogError says that a file is no DumpStack log.
type NotLogError struct {
	What string // what it is instead, as far as its bytes tell
}

func (e *NotLogError) Error() string { return "not a DumpStack log: " + e.What }

// Read reads a log of size bytes. The error is a *NotLogError where the file has not the head of a log, a [*dmpfile.FormatError] where the
// head is one that is not known or not whole, or that of r.
//
// The head has 0x20 bytes: "DLOGFILE", "00010000" (taken as the version), "DUMP", a uint32 at 0x14, and zeros. That uint32 is the offset in
// the file at which the text ends: exactly so in 7 of 7 logs that Windows finished, where zeros follow. In 2 of 2 logs that it did not
// finish it is the size of the file, and the text ends at the first zero byte. It is taken where it fits one of these, and the log says
// which in [Log.Ending]; where an editor has changed it, as in one log seen, the text ends at the first zero byte or with the file.
// Nothing behind the end is read: it can be what stood there before.
func Read(r io.ReaderAt, size int64) (*Log, error) {
	data := make([]byte, max(0, min(size, maxText)))
	if n, err := r.ReadAt(data, 0); err != nil {
		if !errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("read the log: %w", err)
		}
		data = data[:n]
	}
	if !bytes.HasPrefix(data, []byte("DLOGFILE")) {
		return nil, &NotLogError{whatElse(data)}
	}
	switch {
	case len(data) < headSize:
		return nil, &dmpfile.FormatError{Offset: int64(len(data)), What: "the file ends inside the head of a DumpStack log, which has so many bytes", Value: headSize}
	case string(data[8:0x10]) != "00010000":
		return nil, &dmpfile.FormatError{Offset: 8, What: "not the known version of DumpStack logs", Value: string(data[8:0x10])}
	case string(data[0x10:0x14]) != "DUMP":
		return nil, &dmpfile.FormatError{Offset: 0x10, What: "a log of another kind than DUMP", Value: string(data[0x10:0x14])}
	}

	text, ending := textOf(data, int64(len(data)) < size)
	l := &Log{Ending: ending}
	l.Edited = len(bytes.Trim(data[0x18:headSize], "\x00")) != 0 || bytes.Count(text, []byte("\n")) != bytes.Count(text, []byte("\r\n"))
	for line := range strings.SplitSeq(string(text), "\n") {
		line = strings.TrimSuffix(line, "\r")
		if strings.TrimSpace(line) == "" {
			continue
		}
		l.Lines = append(l.Lines, line)
	}
	l.understand()
	return l, nil
}

// textOf returns the text of a log and how it ends. The length in the head is believed only where the bytes around it agree.
func textOf(data []byte, cut bool) ([]byte, Ending) {
	length := int64(binary.LittleEndian.Uint32(data[0x14:]))
	end := len(data)
	if length >= headSize && length < int64(len(data)) {
		end = int(length)
	}
	text := data[headSize:end]
	zero := bytes.IndexByte(text, 0)
	if zero >= 0 {
		text = text[:zero]
	}
	switch {
	case len(bytes.TrimSpace(text)) == 0:
		return nil, Empty
	case cut: // this file is larger than any log
		return text, Unsure
	case length == int64(len(data)) && zero < 0:
		return text, Full
	case length == int64(len(data)):
		return text, Unclosed
	case length >= headSize && length < int64(len(data)) && zero < 0 && bytes.HasSuffix(text, []byte("\n")):
		return text, Closed
	}
	return text, Unsure
}

// whatElse says what a file without the head of a log is.
func whatElse(data []byte) string {
	if bytes.Contains(data, []byte(" secondary callback.")) || bytes.Contains(data, []byte("Dump stack initialized at UTC: ")) {
		return "it has lines of such a log but not its head: an editor or another program has changed it"
	}
	if isRandom(data) {
		return "every value of a byte occurs in it about as often as every other, as in random, encrypted or compressed data; no log was written into it"
	}
	_, err := dmpfile.NewFile(bytes.NewReader(data), int64(len(data)))
	if other, ok := errors.AsType[*dmpfile.NotDumpError](err); ok {
		return other.Message
	}
	return "it begins as a memory dump does"
}

// isRandom says whether every value of a byte occurs about as often as every other.
func isRandom(data []byte) bool {
	var counts [256]int
	for _, b := range data {
		counts[b]++
	}
	return slices.Min(counts[:]) > 0 && slices.Max(counts[:]) < 4*len(data)/256
}
