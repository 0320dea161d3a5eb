package dmpfile

import "github.com/dmplens/dmplens/dmpfile/internal/bin"

// What tests look at from outside.
var (
	DecodeSMBIOS = decodeSMBIOS
	ReadMinidump = readMinidump
)

type Block = block

func (t *Triage) Blocks() []Block { return t.blockList() }

func RegistryValues(b []byte) map[string]string {
	values := map[string]string{}
	eachTextValue(b, func(key, data []byte) { values[bin.UTF16Z(key)] = textValue(data) })
	return values
}
