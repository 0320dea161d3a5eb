package pdb

import (
	"bytes"
	"fmt"
)

// NotPDBError says that a file is no PDB with symbols of Windows code, and what it is instead.
type NotPDBError struct {
	What string // an empty file, a portable PDB (BSJB) ...
}

func (e *NotPDBError) Error() string { return "this is no PDB file but " + e.What }

// magic begins a PDB of the form in use since 2002, MSF 7.00.
const magic = "Microsoft C/C++ MSF 7.00\r\n\x1aDS\x00\x00\x00"

// foreign names what a file is that does not begin with magic. Stores hold such files under the names of PDBs: answers of web servers,
// packed files, and PDBs of other kinds.
func foreign(head []byte) error {
	for _, k := range [...]struct{ begin, what string }{
		{"Microsoft C/C++ program database 2.00\r\n\x1aJG", "a PDB of the old form (program database 2.00, JG), which is not read"},
		{"Microsoft C/C++ MSF", "an MSF file of another version"},
		{"MSFZ", "a compressed PDB (MSFZ), which is not read"},
		{"Microsoft MSFZ", "a compressed PDB (MSFZ), which is not read"},
		{"BSJB", "a portable PDB (BSJB), which has the symbols of managed code"},
		{"MSCF", "a cabinet (MSCF): a symbol server compressed the PDB, expand it first"},
		{"PK\x03\x04", "a ZIP archive"},
		{"\x1f\x8b", "a gzip file"},
		{"MZ", "a program or driver (MZ)"},
		{"PATH:", "a pointer to a file elsewhere (file.ptr)"},
		{"MSG:", "a message of a symbol server (file.ptr)"},
		{"version https://git-lfs", "a pointer of Git LFS"},
	} {
		if bytes.HasPrefix(head, []byte(k.begin)) {
			return &NotPDBError{k.what}
		}
	}
	text := bytes.ToLower(bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \t\r\n"))
	switch {
	case len(head) == 0:
		return &NotPDBError{"an empty file"}
	case bytes.HasPrefix(text, []byte("<!doctype")), bytes.HasPrefix(text, []byte("<html")):
		return &NotPDBError{"an HTML page, perhaps the answer of a web server"}
	case bytes.HasPrefix(text, []byte("<?xml")):
		return &NotPDBError{"an XML document, perhaps the answer of a web server"}
	case len(bytes.Trim(head, "\x00")) == 0:
		return &NotPDBError{"zeros"}
	case bytes.HasPrefix([]byte(magic), head):
		return &NotPDBError{"the beginning of one, cut off"}
	}
	return &NotPDBError{fmt.Sprintf("something that begins with %q", head[:min(8, len(head))])}
}
