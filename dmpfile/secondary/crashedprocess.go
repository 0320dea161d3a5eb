package secondary

// CrashedProcess is a program that crashed in user mode, earlier than the stop: it is not its cause.
type CrashedProcess struct {
	Path string // of its image
}

// ReadCrashedProcess reads a stream be84d651.
func ReadCrashedProcess(b []byte) (*CrashedProcess, int, error) { return &CrashedProcess{}, 0, nil }

// Fields is all of it.
func (p *CrashedProcess) Fields() []Field { return nil }
