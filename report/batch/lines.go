package batch

import (
	"sync"

	"github.com/dmplens/dmplens/report"
)

// lines makes the lines of rows. Their room is used again when they have been yielded.
type lines struct {
	encode func(b []byte, row *report.Report) ([]byte, error) // nil where lines are not asked for
	room   sync.Pool                                          // of *[]byte
}

// of gives a result the line of its row as it is now.
func (l *lines) of(r *result) {
	if l.encode == nil || r.row == nil {
		return
	}
	if r.line == nil {
		r.line, _ = l.room.Get().(*[]byte)
	}
	if r.line == nil {
		r.line = new([]byte)
	}
	*r.line, r.err = l.encode((*r.line)[:0], r.row)
}
