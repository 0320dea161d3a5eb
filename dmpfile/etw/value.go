package etw

import (
	"bytes"
	"encoding/binary"
	"math"
	"time"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/internal/bin"
)

var le = binary.LittleEndian

// kind is a type of a value in a payload. The numbers are the in types of TraceLogging, TlgIn_t in TraceLoggingProvider.h.
type kind uint8

const (
	kindNull kind = iota
	kindUTF16Z
	kindASCIIZ
	kindInt8
	kindUint8
	kindInt16
	kindUint16
	kindInt32
	kindUint32
	kindInt64
	kindUint64
	kindFloat
	kindDouble
	kindBool32
	kindBinary
	kindGUID
	kindPointer
	kindFiletime
	kindSystemTime
	kindSID
	kindHex32
	kindHex64
	kindCountedUTF16
	kindCountedASCII
	kindStruct
	kindCountedBinary
)

// kindOf are the types of layouts.txt.
var kindOf = map[string]kind{
	"z": kindUTF16Z, "a": kindASCIIZ, "b": kindBool32,
	"i8": kindInt8, "u8": kindUint8, "i16": kindInt16, "u16": kindUint16,
	"i32": kindInt32, "u32": kindUint32, "i64": kindInt64, "u64": kindUint64,
	"f32": kindFloat, "f64": kindDouble,
	"x32": kindHex32, "x64": kindHex64, "status": kindHex32, "ptr": kindPointer,
	"guid": kindGUID, "ft": kindFiletime, "st": kindSystemTime, "sid": kindSID,
	"bytes": kindBinary,
}

func (k kind) hex() bool { return k == kindHex32 || k == kindHex64 || k == kindPointer }

// text reports whether values of the type hold free text or bytes, which can be private.
func (k kind) text() bool {
	switch k {
	case kindUTF16Z, kindASCIIZ, kindBinary, kindSID, kindCountedUTF16, kindCountedASCII, kindCountedBinary:
		return true
	}
	return false
}

// reader takes values off the front of a payload. After the first that does not fit everything fails.
type reader struct {
	b       []byte
	pointer int // width in bytes
	failed  bool
}

// bytes takes n bytes.
func (r *reader) bytes(n int) []byte {
	if r.failed || n < 0 || n > len(r.b) {
		r.failed = true
		return nil
	}
	b := r.b[:n:n]
	r.b = r.b[n:]
	return b
}

// uint takes a number of 1, 2, 4 or 8 bytes.
func (r *reader) uint(size int) uint64 {
	b := r.bytes(size)
	switch len(b) {
	case 1:
		return uint64(b[0])
	case 2:
		return uint64(le.Uint16(b))
	case 4:
		return uint64(le.Uint32(b))
	case 8:
		return le.Uint64(b)
	}
	return 0
}

// utf16Z takes a UTF-16 text with its NUL.
func (r *reader) utf16Z() string {
	end := endOfUTF16Z(r.b)
	if end < 0 {
		r.failed = true
		return ""
	}
	return bin.UTF16(r.bytes(end)[:end-2])
}

// endOfUTF16Z returns where the first UTF-16 text of b ends, behind its NUL; -1 where it has none.
func endOfUTF16Z(b []byte) int {
	for i := 0; i+1 < len(b); i += 2 {
		if b[i] == 0 && b[i+1] == 0 {
			return i + 2
		}
	}
	return -1
}

// asciiZ takes a text of bytes with its NUL.
func (r *reader) asciiZ() string {
	end := bytes.IndexByte(r.b, 0)
	if end < 0 {
		r.failed = true
		return ""
	}
	return string(r.bytes(end + 1)[:end])
}

// value takes a value that is no structure.
func (r *reader) value(k kind) any {
	switch k {
	case kindUTF16Z:
		return r.utf16Z()
	case kindASCIIZ:
		return r.asciiZ()
	case kindInt8:
		return int64(int8(r.uint(1)))
	case kindUint8:
		return r.uint(1)
	case kindInt16:
		return int64(int16(r.uint(2)))
	case kindUint16:
		return r.uint(2)
	case kindInt32:
		return int64(int32(r.uint(4)))
	case kindUint32, kindHex32:
		return r.uint(4)
	case kindInt64:
		return int64(r.uint(8))
	case kindUint64, kindHex64:
		return r.uint(8)
	case kindFloat:
		return float64(math.Float32frombits(uint32(r.uint(4))))
	case kindDouble:
		return math.Float64frombits(r.uint(8))
	case kindBool32:
		return r.uint(4) != 0
	case kindPointer:
		return r.uint(r.pointer)
	case kindGUID:
		var g dmpfile.GUID
		copy(g[:], r.bytes(len(g)))
		return g
	case kindFiletime:
		t, _ := bin.Filetime(r.uint(8))
		return t
	case kindSystemTime:
		return r.systemTime()
	case kindSID:
		return r.sid()
	case kindBinary, kindCountedBinary:
		return r.bytes(int(r.uint(2)))
	case kindCountedUTF16:
		n := int(r.uint(2))
		if n%2 != 0 {
			r.failed = true
		}
		return bin.UTF16(r.bytes(n))
	case kindCountedASCII:
		return string(r.bytes(int(r.uint(2))))
	}
	r.failed = true
	return nil
}

// systemTime takes a SYSTEMTIME. One that is no time is the zero time.
func (r *reader) systemTime() time.Time {
	b := r.bytes(16)
	if b == nil {
		return time.Time{}
	}
	at := func(i int) int { return int(le.Uint16(b[2*i:])) }
	t := time.Date(at(0), time.Month(at(1)), at(3), at(4), at(5), at(6), at(7)*1e6, time.UTC)
	if at(0) < 1601 || at(0) > 9999 || int(t.Month()) != at(1) || t.Day() != at(3) || t.Hour() != at(4) {
		return time.Time{}
	}
	return t
}

// sid takes a security identifier, as text.
func (r *reader) sid() string {
	if len(r.b) < 2 || r.b[1] > 15 {
		r.failed = true
		return ""
	}
	text := SIDText(r.bytes(8 + 4*int(r.b[1])))
	if text == "" {
		r.failed = true
	}
	return text
}
