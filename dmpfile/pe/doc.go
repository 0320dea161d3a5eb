// Package pe reads PE images by relative virtual address (RVA): as they are mapped in the memory of a dumped machine, or as a file.
//
// [NewMapped] and [NewFile] give the same [Image]. Headers and the section table are read when it is opened. What they lead to is read
// when it is asked for: Windows discards and pages out parts of a driver, so the identity of the PDB can be in a dump that lacks the
// version resource, and the other way round. Each fact has its own error:
//
//   - [ErrNone]: the image has no such data.
//   - *[dmpfile.FormatError]: the bytes contradict the format. Its Offset is an RVA, which in the headers is the file offset too.
//   - The error of the source, such as *[dmpfile.NotInDumpError]: the bytes cannot be had. They are never read as zeros.
//
// Sources of the format facts: Microsoft's "PE Format" and the SDK header winnt.h; for the CodeView record and the symbol server's
// paths the public readers of PDB files, and real drivers.
package pe
