package machine

import (
	"encoding/hex"
	"strings"
)

// memoryMakers are makers of memory by their number in JEDEC's JEP106: how many continuation codes 0x7F stand before it, and the number with its parity bit.
// The numbers agree in two public lists, those of OpenOCD and of an editor for the chips that describe memory modules.
var memoryMakers = map[uint16]string{
	0x002C: "Micron", 0x0089: "Intel", 0x00AD: "SK hynix", 0x00C1: "Infineon", 0x00CE: "Samsung",
	0x0194: "Smart Modular", 0x0198: "Kingston", 0x014F: "Transcend", 0x017A: "Apacer", 0x01BA: "PNY",
	0x029E: "Corsair", 0x02B5: "SpecTek", 0x02FE: "Elpida",
	0x030B: "Nanya", 0x0313: "GeIL", 0x0325: "Kingmax", 0x0394: "Mushkin",
	0x0443: "Ramaxel", 0x04B0: "OCZ", 0x04CB: "A-DATA", 0x04CD: "G.Skill", 0x04EF: "Team Group",
	0x0502: "Patriot", 0x0551: "Qimonda", 0x059B: "Crucial", 0x05D6: "Walton Chaintech",
	0x0616: "Avexir", 0x0634: "Super Talent", 0x06D3: "Silicon Power", 0x06E9: "SanMax", 0x06F1: "Innodisk",
	0x0725: "Ramos",
}

// MemoryMaker names a maker of memory by the two bytes that the description of a module has of it (SPD): the number of continuation codes, with or without
// its parity bit, and the number. "" where the maker is not known.
func MemoryMaker(continuations, number byte) string {
	return memoryMakers[uint16(continuations&0x7F)<<8|uint16(number)]
}

// MemoryMakerText names a maker of memory where firmware gives its number in the place of its name: as in "80CE", "0x2C00000000000000", "7F7F7F7F7FCB" or
// "802C0000802C", where that of the chips follows. "" where the text is no number of a maker that is known.
func MemoryMakerText(text string) string {
	s := strings.TrimPrefix(strings.ToLower(text), "0x")
	b, err := hex.DecodeString(s)
	if err != nil || len(b) < 2 || len(b) > 16 {
		return ""
	}
	n := 0
	for n < len(b)-1 && b[n] == 0x7F {
		n++
	}
	switch {
	case n > 0:
		return MemoryMaker(byte(n), b[n])
	case b[1] == 0:
		return MemoryMaker(0, b[0])
	}
	return MemoryMaker(b[0], b[1])
}
