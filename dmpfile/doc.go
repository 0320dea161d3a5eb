// Package dmpfile reads the file format of Windows kernel dumps: crash dumps and live dumps, of 32 and 64 bits and of every
// DumpType.
//
// [Open] and [NewFile] recognise a file and read its header. A file that begins with PAGEDUMP or PAGEDU64 is a kernel dump,
// however short or damaged: what cannot be read is absent, and [File.Findings] says so. Anything else gives a [*NotDumpError]
// that says what the file is instead. A [Reader] opens many, one after another, in the same memory.
//
// Windows fills a dump header with the text "PAGE" before it sets fields, so a field can be absent, which is not the same as
// zero. Accessors therefore return (value, ok).
//
// A [File] holds no page of the dump. It reads what is asked for through io.ReaderAt, is immutable after opening, and is safe
// for concurrent use. No input makes it panic, loop without end, or allocate more than the file can back.
//
// The package imports the standard library and its own package bin, and nothing else. It says what bytes of the file hold, with typed
// values and no judgement: words of reports and conclusions are made elsewhere. A new fact goes where its bytes are: a field of the
// header into header.go (a Field, its offsets, an accessor), what the layout of a format says into pages.go, what only a triage dump has
// into the triage files, a stream's name into streamnames.go, another kind of file into probe.go, and what is odd about a file is a
// Problem in finding.go.
//
// Sources of the format facts: the SDK header mindumpdef.h for the dump headers, the public readers kdmp-parser, volatility3,
// rekall, rizin and LeechCore for page layouts, and real dumps of builds 9600 to 26100 for everything that they show.
package dmpfile
