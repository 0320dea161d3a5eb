package report

// Decoded is what a stream says.
type Decoded struct {
	Read    int64         `json:"read" jsonschema:"bytes of the stream that were understood"`
	Stopped string        `json:"stopped,omitempty" jsonschema:"where reading stopped and why; left out where all of the stream was understood"`
	Fields  []StreamField `json:"fields,omitempty"`
	Hidden  int           `json:"hidden,omitempty" jsonschema:"how many values are left out because they can name a person, a machine or a network"`
	Cut     int           `json:"cut,omitempty" jsonschema:"how many fields are left out because there are too many"`
}

// StreamField is a named value of a stream, or a group of them.
type StreamField struct {
	Name    string        `json:"name"`
	Value   string        `json:"value,omitempty" jsonschema:"left out of a group that has none, and of what is private and was not asked for"`
	Private bool          `json:"private,omitempty" jsonschema:"it can name a person, a machine or a network"`
	Fields  []StreamField `json:"fields,omitempty" jsonschema:"of a group, or of what the value names"`
}
