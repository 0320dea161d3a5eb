package secondary

import (
	"fmt"
	"time"

	"github.com/dmplens/dmplens/dmpfile/internal/bin"
)

// addPrivate appends a field that can name a person, a machine or a network, where there is a text.
func addPrivate(f []Field, name, v string) []Field {
	if v == "" {
		return f
	}
	return append(f, Field{Name: name, Value: v, Private: true})
}

// addCount appends a number with its unit where it is known, which 0 is not.
func addCount(f []Field, name string, v uint64, unit string) []Field {
	if v == 0 {
		return f
	}
	return append(f, Field{Name: name, Value: fmt.Sprint(v) + unit})
}

// addTime appends a time where there is one.
func addTime(f []Field, name string, t time.Time) []Field {
	if t.IsZero() {
		return f
	}
	return append(f, textField(name, t.Format(time.RFC3339Nano)))
}

// addGroup appends fields under one name, where there are any.
func addGroup(f []Field, name string, fields []Field) []Field {
	if len(fields) == 0 {
		return f
	}
	return append(f, Field{Name: name, Fields: fields})
}

func yesField(name string, v bool) Field {
	if v {
		return textField(name, "yes")
	}
	return textField(name, "no")
}

// time is the FILETIME at off at which something happened, zero where there is none.
func (b le) time(off int) time.Time {
	t, _ := bin.EventTime(b.u64(off))
	return t
}

// whole returns what a decoder of a structure of a fixed size returns for its stream: it has size bytes, and what follows is not known.
func whole(b []byte, size int) (int, error) {
	if len(b) > size {
		return size, stopped(size, "bytes follow the end of the structure: their number", len(b)-size)
	}
	return len(b), nil
}
