package page

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/dmplens/dmplens/report"
)

// mostFields is how many fields of a stream a page has.
const mostFields = 1000

// Decoded is what the streams of secondary data say, each with its fields, and which of them nobody can decode.
func Decoded(r *report.Report) *Page {
	r = filled(r)
	if r.Error != nil || len(r.Streams) == 0 {
		return Streams(r)
	}
	p := titled(r)
	var last Section
	reasons, without := []string(nil), map[string][]string{}
	for _, x := range r.Streams {
		d := x.Decoded
		switch {
		case d == nil:
			continue
		case d.Read == 0 && len(d.Fields) == 0 && d.Stopped != "":
			if without[d.Stopped] == nil {
				reasons = append(reasons, d.Stopped)
			}
			without[d.Stopped] = append(without[d.Stopped], strconv.Itoa(x.Index)+inBrackets(x.Name))
			continue
		}
		head := fmt.Sprintf("stream %d", x.Index)
		if x.Name != "" {
			head += ", " + x.Name
		}
		s := Section{Note{Text: fmt.Sprintf("%s, %s", head, plural(uint64(x.Size), "byte")), Tone: Strong}}
		t := tree{left: mostFields}
		if list := t.of(d.Fields); len(list) > 0 {
			s = append(s, Tree(list))
		} else {
			s.row("Fields", "none: the stream has nothing to say")
		}
		if t.out > 0 {
			s.row("Not shown", plural(t.out, "more field")+": --json has them")
		}
		if d.Cut > 0 {
			s.row("Left out", plural(d.Cut, "more field")+": there are too many")
		}
		if d.Stopped != "" {
			s.toned("Stopped", fmt.Sprintf("%s; %s of %s are understood", d.Stopped, report.Commas(d.Read), plural(uint64(x.Size), "byte")), Warning)
		}
		if d.Hidden > 0 {
			s.row("Private", hidden(d.Hidden))
		}
		p.add(s)
	}
	label := "Others"
	for _, why := range reasons {
		numbers := without[why]
		noun := "stream "
		if len(numbers) > 1 {
			noun = "streams "
		}
		last.row(label, noun+strings.Join(numbers, ", ")+": "+why)
		label = ""
	}
	p.add(last)
	return p
}

// hidden says how many values are left out because they are private.
func hidden(n int) string {
	if n == 1 {
		return "1 value that can name a person or a machine is left out; --show-private shows it"
	}
	return plural(n, "value") + " that can name a person or a machine are left out; --show-private shows them"
}

func inBrackets(s string) string {
	if s == "" {
		return ""
	}
	return " (" + s + ")"
}

// tree makes the items of a tree, as many as there is room for.
type tree struct{ left, out int }

func (t *tree) of(list []report.StreamField) (items List) {
	for _, x := range list {
		if t.left == 0 {
			t.out++
			t.of(x.Fields)
			continue
		}
		t.left--
		item := Item{Term: x.Name, Meaning: x.Value}
		if x.Private && x.Value == "" && len(x.Fields) == 0 {
			item.Meaning = "(private)"
		}
		item.List = t.of(x.Fields)
		items = append(items, item)
	}
	return items
}
