package etw

import "github.com/dmplens/dmplens/dmpfile/dmptest"

// AsFiles returns the sessions of a stream as .etl files.
func AsFiles(l *Log) [][]byte {
	files := make([][]byte, len(l.Sessions))
	for i, s := range l.Sessions {
		f := dmptest.ETL{
			ETWSession: dmptest.ETWSession{
				Name: s.Name, LoggerID: s.LoggerID, Clock: uint32(s.Clock), BufferSize: uint32(s.BufferSize), Reference: s.clock.utc, ReferenceClock: s.clock.stamp,
			},
			Build: l.Build, MHz: l.MHz, Frequency: l.Frequency, End: s.clock.utc,
		}
		for _, b := range l.buffers {
			if b.session == i {
				records := l.stream[b.off+bufferHeader : b.off+int64(b.length)]
				f.Buffers = append(f.Buffers, dmptest.ETWBuffer{Processor: b.processor, Records: [][]byte{records}})
			}
		}
		files[i] = f.Image().Data()
	}
	return files
}
