package secondary

import (
	"github.com/dmplens/dmplens/dmpfile/internal/bin"
	"github.com/dmplens/dmplens/dmpfile/internal/private"
)

// CrashedProcess is a program that crashed in user mode, earlier than the stop: it is not its cause.
type CrashedProcess struct {
	Path string // of its image; private where it is in a user's folder
}

const crashedPath = 8 // offset of the path, behind version 1 and the size of the stream

// ReadCrashedProcess reads a stream be84d651.
func ReadCrashedProcess(b []byte) (*CrashedProcess, int, error) {
	d := le(b)
	p := &CrashedProcess{}
	if v := d.u32(0); v != 1 || !d.has(0, crashedPath) {
		return p, 0, stopped(0, "no version of the record of a crashed process that is known", v)
	}
	size := int(min(d.u32(4), uint32(len(b))))
	if size < crashedPath || int64(d.u32(4)) != int64(size) {
		return p, 4, stopped(4, "the record's size does not fit into the stream", d.u32(4))
	}
	p.Path = bin.UTF16Z(b[crashedPath:size])
	n, err := whole(b, size)
	return p, n, err
}

// Fields is all of it.
func (p *CrashedProcess) Fields() []Field { return addPath(nil, "image", p.Path) }

// addPath appends a path, which is private where it goes through a user's folder.
func addPath(f []Field, name, path string) []Field {
	if path == "" {
		return f
	}
	return append(f, Field{Name: name, Value: path, Private: private.NamesUser(path)})
}
