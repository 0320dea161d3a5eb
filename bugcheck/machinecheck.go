package bugcheck

import (
	"fmt"
	"strings"
)

// MachineCheckStatus says what an MCi_STATUS register holds: its number, the
// architectural bits that are set, and the meaning of the error code in its low
// 16 bits, where it is one of the compound codes that Intel and AMD share
// (Intel SDM volume 3, chapter 16; AMD APM volume 2, chapter 9).
func MachineCheckStatus(status uint64) string {
	parts := []string{fmt.Sprintf("MCi_STATUS %#x", status)}
	var bits []string
	for i, name := range []string{"PCC", "ADDRV", "MISCV", "EN", "UC", "OVER", "VAL"} {
		if status&(1<<(57+i)) != 0 {
			bits = append([]string{name}, bits...)
		}
	}
	if len(bits) > 0 {
		parts = append(parts, strings.Join(bits, " "))
	}
	if code := machineCheckCode(uint16(status)); code != "" {
		parts = append(parts, code)
	}
	return strings.Join(parts, ", ")
}

// machineCheckCode returns the meaning of an MCA error code, or nothing.
func machineCheckCode(code uint16) string {
	level := []string{"level 0", "level 1", "level 2", "any level"}[code&3]
	transaction := []string{"instruction", "data", "generic", "reserved"}[code>>2&3]
	const filtered = 1 << 12 // in all compound codes: some such errors were left out
	compound := code &^ filtered
	switch {
	case code == 0:
		return "no error code"
	case code == 1:
		return "unclassified error"
	case code == 2:
		return "microcode ROM parity error"
	case code == 3:
		return "external error"
	case code == 4:
		return "redundancy check error"
	case code == 5:
		return "internal parity error"
	case code == 0x400:
		return "internal timer error"
	case code&0xfc00 == 0x400:
		return "internal unclassified error"
	case compound&0xfffc == 0x000c:
		return "cache hierarchy error, " + level
	case compound&0xfff0 == 0x0010:
		return "TLB error, " + transaction + ", " + level
	case compound&0xff80 == 0x0080:
		return "memory controller error"
	case compound&0xff00 == 0x0100:
		return "cache error, " + transaction + ", " + level
	case compound&0xf800 == 0x0800:
		return "bus or interconnect error, " + level
	}
	return ""
}
