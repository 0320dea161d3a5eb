// Package etw reads records of Event Tracing for Windows: the stream that Windows adds to the secondary data of a dump, and .etl
// files.
//
// Both hold buffers of the same records. A Log lists the sessions that were read, and Events walks their records in the order of the
// buffers, which is not the order of time: a buffer that is free keeps its old events.
//
//	log, err := etw.ReadStream(data) // or NewFile
//	for e, err := range log.Events() {
//		if err != nil {
//			continue // a damaged piece; reading goes on behind it
//		}
//		fields, ok := e.Fields()
//	}
//
// An event names its values itself (TraceLogging, and those of the classic event log), or this package has a layout for it
// (layouts.txt). Values are given only where every byte of the payload belongs to one of them: else the payload is of another
// version, and any value could be wrong.
//
// Nothing is taken on trust: a log that is cut or damaged gives what it has, and errors (of type *dmpfile.FormatError) say where
// in the stream or file it fails. No more memory is used than the bytes back.
package etw
