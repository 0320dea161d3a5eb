package bugcheck

import (
	"fmt"
	"math"
	"strconv"
)

// format returns what v says by the type alone, or nothing.
func (t Type) format(v uint64) string {
	switch t {
	case TypePoolTag:
		return poolTag(v)
	case TypeFileLine:
		if n, ok := low32(v); ok && n != 0 {
			return fmt.Sprintf("file %#x, line %d", n>>16, n&0xffff)
		}
	case TypeCount:
		if 9 < v && v <= math.MaxInt64 {
			return grouped(v) + " decimal"
		}
	case TypeSigned:
		if n := signed(v); n < 0 || n > 9 {
			return strconv.FormatInt(n, 10) + " decimal"
		}
	case TypeSignedHalves:
		if halves, ok := low32(v); ok {
			return fmt.Sprintf("special %d, normal %d", int16(halves>>16), int16(halves))
		}
	case TypeID:
		if 9 < v && v <= math.MaxUint32 { // more is most likely an address
			return strconv.FormatUint(v, 10) + " decimal"
		}
	}
	return t.formatTime(v)
}

// signed returns the number that the sign of the lowest 16 or 32 bits was
// extended from, or was not: 0xffff and 0xffffffff are -1 too.
func signed(v uint64) int64 {
	switch {
	case v>>16 == 0:
		return int64(int16(v))
	case v>>32 == 0:
		return int64(int32(v))
	}
	return int64(v)
}

// poolTag returns the four characters of a pool tag in quotes.
func poolTag(v uint64) string {
	if v>>32 != 0 {
		return ""
	}
	tag := []byte{byte(v), byte(v >> 8), byte(v >> 16), byte(v >> 24)}
	for _, c := range tag {
		if c < 0x20 || c > 0x7e {
			return ""
		}
	}
	return `"` + string(tag) + `"`
}

// formatTime returns a duration with its unit, if t is one and v can be one.
func (t Type) formatTime(v uint64) string {
	if v > math.MaxInt64 {
		return ""
	}
	unit := ""
	switch t {
	case TypeTimeNS:
		unit = "ns"
	case TypeTime100NS:
		return format100NS(v)
	case TypeTimeUS:
		unit = "us"
	case TypeTimeMS:
		unit = "ms"
	case TypeTimeS:
		unit = "s"
	case TypeTimeTicks:
		unit = "ticks"
		if v == 1 {
			unit = "tick"
		}
	default:
		return ""
	}
	return grouped(v) + " " + unit
}

// format100NS returns v units of 100 ns in the largest unit that makes it a
// whole number.
func format100NS(v uint64) string {
	switch {
	case v%10_000_000 == 0:
		return grouped(v/10_000_000) + " s"
	case v%10_000 == 0:
		return grouped(v/10_000) + " ms"
	case v%10 == 0:
		return grouped(v/10) + " us"
	case v > math.MaxUint64/100:
		return ""
	}
	return grouped(v*100) + " ns"
}

// grouped returns v with a comma between groups of three digits.
func grouped(v uint64) string {
	digits := strconv.FormatUint(v, 10)
	out := make([]byte, 0, len(digits)+len(digits)/3)
	for i := range len(digits) {
		if i > 0 && (len(digits)-i)%3 == 0 {
			out = append(out, ',')
		}
		out = append(out, digits[i])
	}
	return string(out)
}
