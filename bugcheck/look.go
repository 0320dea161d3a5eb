package bugcheck

import (
	"fmt"
	"regexp"
	"strings"
)

// A look is a sentence on what to look at first. Where it speaks of what a
// parameter leads to, it has a place for the name: "See {4|the driver that
// holds the instruction in parameter 4}." What stands behind the bar are the
// words for it where the name is not known.
type look struct {
	sentence string
	depth    int // of the case that it belongs to
}

// slot finds the places of a look.
var slot = regexp.MustCompile(`\{([1-4])\|([^{}|]+)\}`)

// spoken finds where a sentence speaks of parameters.
var spoken = regexp.MustCompile(`parameters? [1-4](?:(?:, | and | or | to )[1-4])*`)

// FirstLook returns one sentence on what to look at first, or nothing. It is
// that of the innermost case that speaks of no parameter which leads nowhere:
// one that is null, not valid here, or not known, or of which resolve says so.
//
// resolve returns a name for what parameter n, 1 to 4, leads to, such as the
// module of an address, or nothing; and whether it was looked up and leads
// nowhere. It can be nil: what was not given is then taken for something that
// the reader has.
func (d *Decoded) FirstLook(resolve func(n int) (name string, nowhere bool)) string {
	for _, l := range d.looks {
		if s, ok := d.fill(l.sentence, resolve); ok {
			return s
		}
	}
	return ""
}

// fill puts names into the places of a sentence, and reports whether what the
// sentence then speaks of is there.
func (d *Decoded) fill(sentence string, resolve func(n int) (name string, nowhere bool)) (string, bool) {
	own := ""     // the words that are not a name
	there := true // what the sentence speaks of
	leads := func(n int) bool {
		nowhere := false
		if resolve != nil {
			_, nowhere = resolve(n)
		}
		return d.leads(n-1, resolve == nil) && !nowhere
	}
	filled := replacePlaces(sentence, func(n int, words string) string {
		if resolve != nil {
			if name, _ := resolve(n); name != "" {
				return name
			}
		}
		there = there && leads(n)
		own += words + ". "
		return words
	})
	own += replacePlaces(sentence, func(int, string) string { return "" })
	for _, s := range spoken.FindAllString(own, -1) {
		for _, c := range s {
			if '1' <= c && c <= '4' && !leads(int(c-'0')) {
				there = false
			}
		}
	}
	if !there {
		return "", false
	}
	return capital(filled), true
}

// leads reports whether there is something to see at parameter i+1.
func (d *Decoded) leads(i int, unknown bool) bool {
	switch p := &d.Parameters[i]; {
	case !d.has[i]:
		return unknown
	case p.Type == TypeNotValid:
		return false
	case p.Type.IsAddress():
		return p.Value != 0
	}
	return true
}

// replacePlaces returns a sentence with what replace makes of its places.
func replacePlaces(sentence string, replace func(n int, words string) string) string {
	return slot.ReplaceAllStringFunc(sentence, func(s string) string {
		return replace(int(s[1]-'0'), s[3:len(s)-1])
	})
}

// FirstLook returns what to look at first in the case, in words for all
// values, or nothing.
func (c *Case) FirstLook() string {
	if len(c.Looks) == 0 {
		return ""
	}
	return capital(ownWords(c.Looks[0]))
}

// capital gives a sentence that begins with a name its capital.
func capital(s string) string {
	if rest, ok := strings.CutPrefix(s, "the "); ok {
		return "The " + rest
	}
	return s
}

// ownWords returns a look as it is without names.
func ownWords(sentence string) string {
	return replacePlaces(sentence, func(_ int, words string) string { return words })
}

// checkLook checks the form of a look.
func checkLook(sentence string) error {
	plain := ownWords(sentence)
	if strings.ContainsAny(plain, "{|}") {
		return fmt.Errorf("a place is not {N|WORDS}")
	}
	return checkSentence(plain, 160)
}
