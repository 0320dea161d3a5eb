package dmpfile

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

// IndexBytes returns how much memory the page index takes by a bitmap, and by spans: one of them is 0.
func IndexBytes(f *File) (bitmap, spans int) {
	x, err := f.index()
	if err != nil {
		return 0, 0
	}
	bitmap = cap(x.blocks) * int(blockBytes)
	for _, b := range x.blocks {
		bitmap += 12 * cap(b.words)
	}
	return bitmap, 24*len(x.stored) + 4*len(x.byFrame.from)
}
