package bugcheck

import (
	"fmt"
	"iter"
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
	there := true
	leads := func(n int) bool {
		nowhere := false
		if resolve != nil {
			_, nowhere = resolve(n)
		}
		return d.leads(n-1, resolve == nil) && !nowhere
	}
	filled := ""
	for n, words := range pieces(sentence) {
		name := ""
		if n != 0 && resolve != nil {
			name, _ = resolve(n)
		}
		if name != "" {
			filled += name
			continue
		}
		filled += words
		there = there && (n == 0 || leads(n))
		for n := range spoken(words) {
			there = there && leads(n)
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

// spoken yields the parameters that a sentence speaks of, by their numbers: "parameter 2", "parameters 1, 3 and 4".
func spoken(sentence string) iter.Seq[int] {
	return func(yield func(n int) bool) {
		for {
			_, rest, found := strings.Cut(sentence, "parameter")
			if !found {
				return
			}
			sentence = rest
			rest, more := strings.CutPrefix(strings.TrimPrefix(rest, "s"), " ")
			for more && rest != "" && '1' <= rest[0] && rest[0] <= '4' {
				if !yield(int(rest[0] - '0')) {
					return
				}
				rest, more = cutLink(rest[1:])
			}
		}
	}
}

// cutLink cuts what stands between two numbers of parameters.
func cutLink(s string) (rest string, found bool) {
	for _, link := range [...]string{", ", " and ", " or ", " to "} {
		if rest, found = strings.CutPrefix(s, link); found {
			return rest, true
		}
	}
	return s, false
}

// pieces yields a sentence in pieces: the words of its places with their
// numbers, and what stands between them with 0.
func pieces(sentence string) iter.Seq2[int, string] {
	return func(yield func(n int, words string) bool) {
		for sentence := sentence; sentence != ""; {
			if sentence[0] == '{' {
				words, rest, closed := strings.Cut(sentence[1:], "}")
				if closed && len(words) > 2 && '1' <= words[0] && words[0] <= '4' && words[1] == '|' && !strings.ContainsAny(words[2:], "{|") {
					if !yield(int(words[0]-'0'), words[2:]) {
						return
					}
					sentence = rest
					continue
				} // else checkLook finds it
			}
			end := strings.IndexByte(sentence[1:], '{') + 1
			if end == 0 {
				end = len(sentence)
			}
			if !yield(0, sentence[:end]) {
				return
			}
			sentence = sentence[end:]
		}
	}
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
	s := ""
	for _, words := range pieces(sentence) {
		s += words
	}
	return s
}

// checkLook checks the form of a look.
func checkLook(sentence string) error {
	plain := ownWords(sentence)
	if strings.ContainsAny(plain, "{|}") {
		return fmt.Errorf("a place is not {N|WORDS}")
	}
	return checkSentence(plain, 160)
}
