// Package evtx reads Windows event logs: the EVTX files of %SystemRoot%\System32\winevt\Logs, and the XML that Event Viewer and
// wevtutil save.
//
// [NewFile] opens an EVTX file, [File.Records] goes through its records. [ReadXML] does the same for XML. Both build only the
// records that somebody wants: which provider wrote a record, and which event it is, is known long before its fields are.
//
// An EVTX file is a header and chunks of 64 KiB that stand for themselves: names and templates are found by their offset in the same
// chunk. A chunk whose checksums are not right is skipped, and its error says so; but for the newest chunk of a log that Windows had open,
// see [OpenChunk]. What lies behind the last record of a chunk is left from an earlier use of those bytes and is not read.
//
// Values read as Windows renders them: numbers in decimal, those typed as hexadecimal with 0x, binary data as hexadecimal digits, times
// in RFC 3339. Texts come from the log as they are: they can hold anything.
//
// Sources of the format facts: Microsoft's MS-EVEN6 (the binary XML), Joachim Metz' "Windows XML Event Log (EVTX) format" (the file and
// its chunks), and real logs of Windows 7, 10 and 11.
package evtx
