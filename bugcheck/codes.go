package bugcheck

import (
	_ "embed"
	"slices"
	"strconv"
	"sync"
)

// A Use says what kind of dump a code marks.
type Use uint8

const (
	Crash Use = iota + 1 // the system stopped
	Live                 // the system ran on
	Both                 // either of the two
)

// String returns "crash", "live" or "both".
func (u Use) String() string {
	switch u {
	case Crash:
		return "crash"
	case Live:
		return "live"
	case Both:
		return "both"
	}
	return "Use(" + strconv.Itoa(int(u)) + ")"
}

// A Code is a bug check or live dump code and what is known of it.
type Code struct {
	Value   uint32
	Name    string
	Aliases []string // other names of the same number; not to be changed
	Use     Use

	// Requester is a noun phrase for who asks for the live dump.
	// It is empty for codes that only mark crashes.
	Requester string

	// Summary is one sentence on what the code says, or empty.
	Summary string

	undocumented bool // only the name is published
	params       *[4]parameter
}

// Lookup returns the code with the given value. It takes the value as it is:
// 0x1000007E is a code of its own, see [Base].
func Lookup(value uint32) (Code, bool) {
	codes := table()
	i, ok := find(codes, value)
	if !ok {
		return Code{}, false
	}
	return codes[i], true
}

// Codes returns all codes, in ascending order of their values.
func Codes() []Code {
	return slices.Clone(table())
}

// Base returns the code as event logs say it. Windows sets bit 28 in the codes
// of some dumps: 0x1000009F is then 0x9F. The bit is taken off only if what
// remains is a known code below 0x10000, since a code of someone else's making
// may have it too.
func Base(raw uint32) uint32 {
	const bit = 0x10000000
	if raw>>28 != bit>>28 {
		return raw
	}
	code := raw &^ bit
	if code >= 0x10000 {
		return raw
	}
	if _, ok := find(table(), code); !ok {
		return raw
	}
	return code
}

func find(codes []Code, value uint32) (int, bool) {
	return slices.BinarySearchFunc(codes, value, func(c Code, v uint32) int {
		switch {
		case c.Value < v:
			return -1
		case c.Value > v:
			return +1
		}
		return 0
	})
}

//go:embed codes.txt
var codesText string

var table = sync.OnceValue(func() []Code {
	codes, err := parse(codesText)
	if err != nil {
		panic(err) // the file is part of the program, and tested
	}
	return codes
})
