package secondary

// Winlogon is the last notification that Winlogon noted.
type Winlogon struct {
	Pending bool   // it was being handled when the machine stopped
	Name    string // as in "ShellRestart"
}

// ReadWinlogon reads a stream 80cc79cf.
func ReadWinlogon(b []byte) (*Winlogon, int, error) { return &Winlogon{}, 0, nil }

// Fields is all of it.
func (w *Winlogon) Fields() []Field { return nil }
