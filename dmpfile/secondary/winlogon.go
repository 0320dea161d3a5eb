package secondary

import "github.com/dmplens/dmplens/dmpfile/internal/bin"

// Winlogon is the last notification that Winlogon noted.
type Winlogon struct {
	Pending bool   // it was being handled when the machine stopped
	Name    string // as in "ShellRestart"
}

// Offsets in a stream of Winlogon.
const (
	winlogonSize    = 4 // of the stream in bytes; version 1 is before it
	winlogonPending = 8
	winlogonName    = 12
)

// ReadWinlogon reads a stream 80cc79cf.
func ReadWinlogon(b []byte) (*Winlogon, int, error) {
	d := le(b)
	w := &Winlogon{}
	if v := d.u32(0); v != 1 || !d.has(0, winlogonName) {
		return w, 0, stopped(0, "no version of Winlogon's record that is known", v)
	}
	size := int(min(d.u32(winlogonSize), uint32(len(b))))
	if size < winlogonName || int64(d.u32(winlogonSize)) != int64(size) {
		return w, winlogonSize, stopped(winlogonSize, "the record's size does not fit into the stream", d.u32(winlogonSize))
	}
	w.Pending, w.Name = d.u32(winlogonPending) != 0, bin.UTF16Z(b[winlogonName:size])
	n, err := whole(b, size)
	return w, n, err
}

// Fields is all of it.
func (w *Winlogon) Fields() []Field {
	return []Field{textField("notification", w.Name), yesField("pending", w.Pending)}
}
