package secondary

import "time"

// NTFS is what the file system noted of operations that took long.
type NTFS struct {
	Time    time.Time
	Slots   []NTFSSlot   // operations that run; those that are used
	Records []NTFSRecord // of slow operations
}

// NTFSSlot is an operation that runs: addresses in the kernel.
type NTFSSlot struct {
	IRP, SCB, Thread uint64
}

// NTFSRecord is a noted operation. Kind 1 is slow I/O, 2 an oplock.
type NTFSRecord struct {
	Kind   uint16
	Length uint16 // in bytes
}

// ReadNTFS reads a stream 00afe9c4.
func ReadNTFS(b []byte) (*NTFS, int, error) { return &NTFS{}, 0, nil }

// Fields is all of it.
func (n *NTFS) Fields() []Field { return nil }
