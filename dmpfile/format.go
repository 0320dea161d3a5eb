package dmpfile

// Format is how a file is laid out. The values are those of the JSON record.
type Format string

// Formats of a file.
const (
	Full             Format = "full"              // DumpType 1: every page of the machine's memory runs
	Summary          Format = "summary"           // DumpType 2: kernel memory, before Windows 8
	HeaderOnly       Format = "header-only"       // DumpType 3
	TriageDump       Format = "triage"            // DumpType 4: a small dump, also called minidump
	BitmapFull       Format = "bitmap-full"       // DumpType 5: all memory, pages named by a bitmap
	BitmapKernel     Format = "bitmap-kernel"     // DumpType 6 and 7: kernel memory and live dumps
	Range            Format = "range"             // DumpType 8, 9, 10: written by recent WinDbg
	OfflineRaw       Format = "offline-raw"       // UEFI offline crash dump, not yet converted
	OfflineEncrypted Format = "offline-encrypted" // the same, encrypted
	UserMinidump     Format = "user-minidump"     // one process (MDMP), no kernel dump
	NotADump         Format = "not-a-dump"        // see What
)

// Signatures of the sub-header after the dump header.
const (
	sigSDMP = 0x504D4453 // "SDMP"
	sigFDMP = 0x504D4446 // "FDMP"
	sigRDMP = 0x504D4452 // "RDMP"
	sigDUMP = 0x504D5544 // "DUMP"
)
