package evtx

import (
	"encoding/binary"
	"encoding/hex"
	"math"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/dmplens/dmplens/dmpfile/internal/bin"
)

// Types of values (MS-EVEN6 2.2.12). An array has arrayFlag and the type of its items.
const (
	typeNull       = 0x00
	typeString     = 0x01
	typeANSI       = 0x02
	typeInt8       = 0x03
	typeUint8      = 0x04
	typeInt16      = 0x05
	typeUint16     = 0x06
	typeInt32      = 0x07
	typeUint32     = 0x08
	typeInt64      = 0x09
	typeUint64     = 0x0A
	typeFloat      = 0x0B
	typeDouble     = 0x0C
	typeBool       = 0x0D
	typeBinary     = 0x0E
	typeGUID       = 0x0F
	typeSize       = 0x10
	typeFiletime   = 0x11
	typeSystemtime = 0x12
	typeSID        = 0x13
	typeHex32      = 0x14
	typeHex64      = 0x15
	typeHandle     = 0x20
	typeBinXML     = 0x21
	typeXML        = 0x23

	arrayFlag = 0x80
)

// widths are the sizes of the types that have one, in bytes.
var widths = map[uint8]int{
	typeInt8: 1, typeUint8: 1, typeInt16: 2, typeUint16: 2, typeInt32: 4, typeUint32: 4, typeInt64: 8, typeUint64: 8,
	typeFloat: 4, typeDouble: 8, typeBool: 4, typeGUID: 16, typeFiletime: 8, typeSystemtime: 16, typeHex32: 4, typeHex64: 8,
}

// appendValue appends a value of one of the types as Windows renders it. Bytes that are no value of their type are rendered as hexadecimal digits.
func appendValue(text []byte, typ uint8, b []byte) []byte {
	if w := widths[typ]; w != 0 && len(b) != w {
		return appendHex(text, b)
	}
	switch typ {
	case typeNull:
	case typeString, typeXML:
		return bin.AppendUTF16Z(text, b)
	case typeANSI:
		return appendANSI(text, b)
	case typeInt8, typeInt16, typeInt32, typeInt64:
		shift := 64 - 8*len(b)
		return strconv.AppendInt(text, int64(integer(b)<<shift)>>shift, 10)
	case typeUint8, typeUint16, typeUint32, typeUint64:
		return strconv.AppendUint(text, integer(b), 10)
	case typeFloat:
		return strconv.AppendFloat(text, float64(math.Float32frombits(uint32(integer(b)))), 'g', -1, 32)
	case typeDouble:
		return strconv.AppendFloat(text, math.Float64frombits(integer(b)), 'g', -1, 64)
	case typeBool:
		return strconv.AppendBool(text, integer(b) != 0)
	case typeGUID:
		return appendGUID(text, b)
	case typeSize, typeHandle, typeHex32, typeHex64:
		if len(b) != 4 && len(b) != 8 {
			return appendHex(text, b)
		}
		return strconv.AppendUint(append(text, "0x"...), integer(b), 16)
	case typeFiletime:
		if t, ok := bin.Filetime(integer(b)); ok {
			return t.AppendFormat(text, timeLayout)
		}
		if integer(b) == 0 {
			return append(text, "1601-01-01T00:00:00.000000000Z"...)
		}
		return appendHex(text, b) // after the year 9999
	case typeSystemtime:
		return appendSystemtime(text, b)
	case typeSID:
		return appendSID(text, b)
	default: // binary data and types that nobody has described
		return appendHex(text, b)
	}
	return text
}

// timeLayout is how Windows writes the time of an event.
const timeLayout = "2006-01-02T15:04:05.000000000Z"

// integer reads the little-endian number that b is, of up to 8 bytes.
func integer(b []byte) uint64 {
	var v uint64
	for i := len(b) - 1; i >= 0; i-- {
		v = v<<8 | uint64(b[i])
	}
	return v
}

func appendHex(text, b []byte) []byte {
	at := len(text)
	text = hex.AppendEncode(text, b)
	for i, c := range text[at:] {
		if c >= 'a' {
			text[at+i] = c - 'a' + 'A'
		}
	}
	return text
}

// appendANSI reads the text as Latin-1, whose letters most code pages of western systems share: the log does not say which was used.
func appendANSI(text, b []byte) []byte {
	for _, c := range b {
		if c == 0 {
			break
		}
		text = utf8.AppendRune(text, rune(c))
	}
	return text
}

func appendGUID(text, b []byte) []byte {
	le := binary.LittleEndian
	var o [16]byte
	binary.BigEndian.PutUint32(o[0:], le.Uint32(b[0:]))
	binary.BigEndian.PutUint16(o[4:], le.Uint16(b[4:]))
	binary.BigEndian.PutUint16(o[6:], le.Uint16(b[6:]))
	copy(o[8:], b[8:])
	text = append(text, '{')
	for i, end := range []int{4, 6, 8, 10, 16} {
		start := 0
		if i > 0 {
			text = append(text, '-')
			start = 2 + 2*i
		}
		text = appendHex(text, o[start:end])
	}
	return append(text, '}')
}

func appendSystemtime(text, b []byte) []byte {
	var f [8]int // year, month, day of the week, day, hour, minute, second, milliseconds
	for i := range f {
		f[i] = int(binary.LittleEndian.Uint16(b[2*i:]))
	}
	t := time.Date(f[0], time.Month(f[1]), f[3], f[4], f[5], f[6], f[7]*1e6, time.UTC)
	if t.Year() != f[0] || int(t.Month()) != f[1] || t.Day() != f[3] || t.Hour() != f[4] || t.Minute() != f[5] || t.Second() != f[6] {
		return appendHex(text, b)
	}
	return t.AppendFormat(text, "2006-01-02T15:04:05.000Z")
}

// appendSID renders a security identifier: revision, count, an authority in 6 bytes high byte first, and count 32-bit numbers.
// An authority from 2^32 on is hexadecimal (MS-DTYP 2.4.2.1).
func appendSID(text, b []byte) []byte {
	n, ok := sidSize(b)
	if !ok || n != len(b) {
		return appendHex(text, b)
	}
	text = strconv.AppendUint(append(text, "S-"...), uint64(b[0]), 10)
	authority := uint64(binary.BigEndian.Uint16(b[2:]))<<32 | uint64(binary.BigEndian.Uint32(b[4:]))
	if authority>>32 != 0 {
		text = hex.AppendEncode(append(text, "-0x"...), b[2:8])
	} else {
		text = strconv.AppendUint(append(text, '-'), authority, 10)
	}
	for at := 8; at < n; at += 4 {
		text = strconv.AppendUint(append(text, '-'), uint64(binary.LittleEndian.Uint32(b[at:])), 10)
	}
	return text
}

func sidSize(b []byte) (int, bool) {
	if len(b) < 8 {
		return 0, false
	}
	n := 8 + 4*int(b[1])
	return n, n <= len(b)
}

// nextItem cuts the first item off an array. Texts end with a zero.
func nextItem(typ uint8, b []byte) (item, rest []byte) {
	n := widths[typ]
	switch typ {
	case typeString:
		for n = 0; n+1 < len(b); n += 2 {
			if b[n] == 0 && b[n+1] == 0 {
				return b[:n], b[n+2:]
			}
		}
	case typeANSI:
		for n = 0; n < len(b); n++ {
			if b[n] == 0 {
				return b[:n], b[n+1:]
			}
		}
	case typeSID:
		n, _ = sidSize(b)
	case typeSize:
		n = 8
		if len(b)%8 != 0 {
			n = 4
		}
	}
	if n == 0 || n > len(b) {
		n = len(b)
	}
	return b[:n], b[n:]
}
