package report

import (
	"strconv"
	"strings"
)

// PatternSchemaVersion is the version of the record Pattern. The second number grows when fields are added.
const PatternSchemaVersion = "1.0.0"

// Pattern is what many dumps say together. It is the JSON record of a line of `dmplens report --patterns --format jsonl`.
type Pattern struct {
	SchemaVersion string `json:"schema_version" jsonschema:"version of this record; fields are only ever added"`

	Kind       PatternKind        `json:"kind" jsonschema:"unrelated-problems, same-bit, one-driver, many-machines, began, ended, fixed-uptime, after-boot, live-before-crash, unclean-boots"`
	Key        string             `json:"key" jsonschema:"what it is about: a signature, a module, a machine"`
	Text       string             `json:"text" jsonschema:"what it says, in a sentence"`
	Confidence Confidence         `json:"confidence" jsonschema:"likely, possible"`
	Machines   int                `json:"machines" jsonschema:"how many machines it is of, those that can be told apart"`
	Dumps      int                `json:"dumps" jsonschema:"how many dumps it rests on, copies not counted"`
	Examples   []string           `json:"examples" jsonschema:"paths of the first of them"`
	Numbers    map[string]float64 `json:"numbers,omitempty" jsonschema:"what it was counted from. Of every kind with others to compare with: chance, an estimate of how probable it is that chance makes such a thing anywhere in these dumps. Of unrelated-problems: signatures, days, stops of the machine. Of same-bit: bit, dumps_with_a_bit of the machine. Of one-driver: stops of the machine or folder, signatures. Of many-machines, where they have something in common: with_both (signature and attribute), with_signature, with_attribute (that alone), with_neither, machines each; tried, how many values and signatures. Of began and ended: others (dumps), those of them on the same side (others_in_that_time), independent (machines or days that count). Of fixed-uptime: uptime_seconds, stops of the signature. Of after-boot: stops of the machine. Of live-before-crash: pairs, after_a_stop (live dumps that come behind one). Of unclean-boots: boots, first_boot, last_boot, dumps_that_tell."`
}

// PatternKind is what sort of pattern it is.
type PatternKind string

// Kinds of patterns.
const (
	PatternUnrelated  PatternKind = "unrelated-problems" // of one machine
	PatternSameBit    PatternKind = "same-bit"           // wrong in several dumps of one machine
	PatternOneDriver  PatternKind = "one-driver"         // behind most stops of one place
	PatternMachines   PatternKind = "many-machines"      // with one signature
	PatternBegan      PatternKind = "began"              // a signature, on a day
	PatternEnded      PatternKind = "ended"
	PatternUptime     PatternKind = "fixed-uptime"
	PatternAfterBoot  PatternKind = "after-boot"
	PatternLiveBefore PatternKind = "live-before-crash"
	PatternUnclean    PatternKind = "unclean-boots" // of one machine, of which there are no dumps
)

// Sentence is the pattern as a line of text: what it says, how sure that is, and where to look.
func (p Pattern) Sentence() string {
	return p.Text + " (" + string(p.Confidence) + "): " + p.Where()
}

// Where names the dumps that it rests on, as many as there are examples.
func (p Pattern) Where() string {
	s := strings.Join(p.Examples, ", ")
	if more := p.Dumps - len(p.Examples); more > 0 {
		s += " and " + strconv.Itoa(more) + " more"
	}
	return s
}

// PatternColumns are the columns of patterns for a spreadsheet.
func PatternColumns() []Column[Pattern] {
	return []Column[Pattern]{
		{Name: "kind", Value: func(p Pattern) string { return string(p.Kind) }},
		{Name: "key", Cut: CutEnd, Value: func(p Pattern) string { return p.Key }},
		{Name: "confidence", Value: func(p Pattern) string { return string(p.Confidence) }},
		{Name: "machines", Right: true, Value: func(p Pattern) string { return strconv.Itoa(p.Machines) }},
		{Name: "dumps", Right: true, Value: func(p Pattern) string { return strconv.Itoa(p.Dumps) }},
		{Name: "text", Cut: CutEnd, Value: func(p Pattern) string { return p.Text }},
		{Name: "example", Cut: CutStart, Value: func(p Pattern) string { return p.Examples[0] }},
	}
}
