package dmpfile

import "github.com/dmplens/dmplens/dmpfile/internal/bin"

// What tests look at from outside.
var (
	DecodeSMBIOS = decodeSMBIOS
	ReadMinidump = readMinidump
)

// Block is a block of memory of a triage dump.
type Block struct {
	Address VirtAddr
	Offset  int64
	Size    uint32
}

func (t *Triage) Blocks() (list []Block) {
	for _, b := range t.blockList() {
		list = append(list, Block{b.Address, b.Offset, b.Size})
	}
	return list
}

func RegistryValues(b []byte) map[string]string {
	values := map[string]string{}
	eachTextValue(b, func(key, data []byte) { values[bin.UTF16Z(key)] = textValue(data) })
	return values
}
