package bugcheck

import "testing"

func TestMachineCheckStatus(t *testing.T) {
	for status, want := range map[uint64]string{
		0:                  "MCi_STATUS 0x0, no error code",
		0xbe00000000800400: "MCi_STATUS 0xbe00000000800400, VAL UC EN MISCV ADDRV PCC, internal timer error",
		0xfa00000000070f0f: "MCi_STATUS 0xfa00000000070f0f, VAL OVER UC EN MISCV PCC, bus or interconnect error, any level",
		0xb200000000020005: "MCi_STATUS 0xb200000000020005, VAL UC EN PCC, internal parity error",
		0x8c00004000010091: "MCi_STATUS 0x8c00004000010091, VAL MISCV ADDRV, memory controller error",
		0xbea0000000000108: "MCi_STATUS 0xbea0000000000108, VAL UC EN MISCV ADDRV PCC, cache error, generic, level 0",
		0x9c0000000000110a: "MCi_STATUS 0x9c0000000000110a, VAL EN MISCV ADDRV, cache error, generic, level 2",
		0x8000000000000014: "MCi_STATUS 0x8000000000000014, VAL, TLB error, data, level 0",
		0x800000000000ffff: "MCi_STATUS 0x800000000000ffff, VAL",
	} {
		if got := MachineCheckStatus(status); got != want {
			t.Errorf("%#x: %q, want %q", status, got, want)
		}
	}
}
