package machine_test

import (
	"testing"

	"github.com/dmplens/dmplens/dmpfile/internal/machine"
)

func TestSerial(t *testing.T) {
	for _, none := range []string{
		"No Serial", "None Specified", "XXXX-XXXX-XXXX", "(null)", "12345", "03000200-0400-0500-0006-000700080009", "Serial", "Board Serial",
		"BaseBoard Serial", "N/A Serial", "Type2Serial", "invalid serial", "Default_string", "Unspecified System", "OEM_Serial", "0x00000000", "0000000001",
		"00000000-0000-0000-0000-000000000000", "TestSerial", "EVAL", "QEMU",
		// others of these kinds
		"Chassis Serial 02", "SN: 00001", "OEM-1234567", "Mainboard Serial Number 1", "54321", "SN-0011223344", "11111-22222", "FFFF-FFFF-0000", "A-1-2", "$$$$$",
		"XXXX-1234", "Engineering Sample 3", "12345678-1234-5678-90AB-CDDEEFAABBCC", "asset tag 0042",
		"B550M-C", "ASRock", "asrock b550m c", // the names of its board
	} {
		if got := machine.Serial(none, "ASRock", "B550M-C", "ASRockB550M-C"); got != "" {
			t.Errorf("%q is a serial number", got)
		}
	}
	for _, own := range []string{
		"PF3XK7Q9", "PTMA0A5800123", "/4KXYZ12/CNWS2000AB01CD/", "5ZPYPX9", "BSER777", "SYS-7Q42X9", "M80-E5019902437", "0000-0007-2430-4256-8467-0395-96",
		"200366712405932", "SN7302X9", "VMware-56 4d 1a 0b 7c 2e 9f 33-61 d0", "NA-48371", "ABC12346",
	} {
		if got := machine.Serial(own, "ASRock", "B550M-C", "", "ASRockB550M-C"); got != own {
			t.Errorf("%q is %q", own, got)
		}
	}
}
