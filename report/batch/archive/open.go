package archive

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/report"
	"github.com/dmplens/dmplens/report/analyze"
)

// Member is a file of an archive that was opened.
type Member struct {
	Source analyze.Source
	member *member
	notes  []report.Finding
}

// Note adds to a report on the member what is wrong with it in the archive.
func (m *Member) Note(rep *report.Report) {
	for _, f := range m.notes {
		add(rep, f)
	}
	noteNested(rep)
	m.member.noteName(rep)
}

// ChoiceError says that a name chooses no member, or that without a name there is no dump, or more than one.
type ChoiceError struct {
	Name  string   // that was asked for, "" where none was
	Dumps int      // how many dumps were found: 0, or 2 and more
	Count int      // how many members there are
	Names []string // of the first dumps, else of the first members
	Near  string   // what may have been meant by Name
}

// maxNames is how many names a ChoiceError has, and maxShown how many bytes of each it says.
const (
	maxNames = 10
	maxShown = 200
)

func (e *ChoiceError) Error() string {
	var short []string // a name can have 64 KiB
	for _, name := range e.Names {
		if len(name) > maxShown {
			name = name[:maxShown] + "..."
		}
		short = append(short, name)
	}
	names := strings.Join(short, ", ")
	more := ""
	if e.Count > len(e.Names) {
		more = fmt.Sprintf(" and %d more", e.Count-len(e.Names))
	}
	switch {
	case e.Near != "":
		return fmt.Sprintf("the archive has no member %s: did you mean %s?", e.Name, e.Near)
	case e.Count == 0:
		return "the archive is empty"
	case e.Name != "":
		return fmt.Sprintf("the archive has no member %s: it has %s%s", e.Name, names, more)
	case e.Dumps == 0 && e.Count > maxLooks:
		return fmt.Sprintf("no dump is among the %d members of the archive that were looked at: it has %s%s", maxLooks, names, more)
	case e.Dumps == 0:
		return fmt.Sprintf("no dump is in the archive: it has %s%s", names, more)
	case e.Dumps > len(e.Names):
		return fmt.Sprintf("the archive has more than %d dumps: %s ...", len(e.Names), names)
	}
	return fmt.Sprintf("the archive has %d dumps: %s", e.Dumps, names)
}

// ErrUnreadable says that an archive cannot be read, or takes too much memory.
var ErrUnreadable = errors.New("the archive cannot be read")

// TooLargeError says that a member does not fit the memory that it may take.
type TooLargeError struct {
	Size, Limit int64 // in bytes; Size is -1 where the archive does not say it
	Budget      int64 // of a Budget that would be enough, 0 where that is not known
}

func (e *TooLargeError) Error() string {
	if e.Size < 0 {
		return fmt.Sprintf("the member has more than the %d bytes that there is memory for", e.Limit)
	}
	return fmt.Sprintf("the member has %d bytes, and there is memory for %d", e.Size, e.Limit)
}

// Open opens the member of an archive that has the name, as reports of Members name it; where none has, the one that does but for case and
// the direction of slashes. Where the name is empty it opens the only dump. That is told by content, of the members whose names end in .dmp
// if there are any; one that is all of a gzip or zstd file is opened whatever it is.
//
// r must stay readable as long as the member is used, and the memory is taken from a.Memory until it is released. The error is a
// *ChoiceError, a *TooLargeError, around ErrUnreadable, one of reading r or of ctx, or says why the member cannot be read.
func (a *Reader) Open(ctx context.Context, r io.ReaderAt, archive *report.Report, name string) (*Member, error) {
	u := a.unpacker(ctx, r, archive)
	what := dmpfile.What(archive.Dump.What)
	members, err := u.members(what)
	if u.src.err != nil {
		return nil, u.src.err
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	m, err := u.choose(u.distinct(members), name, what == dmpfile.Zip)
	if u.src.err != nil {
		return nil, u.src.err
	}
	if err != nil {
		return nil, err
	}
	u.left = bombRatio*u.src.size + 4*u.Limit // what was looked at to choose does not count
	return u.open(m)
}

// maxLooks is how many members are looked at for a dump.
const maxLooks = 1000

// choose finds the member to open.
func (u *unpacker) choose(members iter.Seq[*member], name string, many bool) (*member, error) {
	var found *member
	var all, alike []*member
	for m := range members {
		switch {
		case name == "" && !many:
			return m, nil
		case m.name == name:
			found = m
		case fold(m.name) == fold(name):
			alike = append(alike, m)
		}
		all = append(all, m)
	}
	if found == nil && len(alike) == 1 {
		found = alike[0]
	}
	switch {
	case found != nil:
		for _, m := range all {
			if found.name == found.listed && m != found && m.listed == found.name {
				found.next = m.name
				break
			}
		}
		return found, nil
	case name != "":
		return nil, choiceError(name, all, nil)
	}
	list := dumpNames(all)
	if len(list) == 0 {
		list = all
	}
	var dumps []*member
	for _, m := range list[:min(len(list), maxLooks)] {
		is, err := u.mayBeDump(m)
		switch {
		case err != nil:
			return nil, err
		case u.left < 0:
			return nil, fmt.Errorf("what was looked at of the archive has more than %d times its size: name a member", bombRatio)
		case is:
			dumps = append(dumps, m)
		}
		if len(dumps) > maxNames {
			break
		}
	}
	if len(dumps) == 1 && len(list) <= maxLooks {
		return dumps[0], nil
	}
	return nil, choiceError("", all, dumps)
}

// fold is a name of a member without case, and with slashes.
func fold(name string) string { return strings.ToLower(strings.ReplaceAll(name, `\`, "/")) }

// dumpNames are the members that are named as dumps are.
func dumpNames(all []*member) (list []*member) {
	for _, m := range all {
		if strings.HasSuffix(fold(m.listed), ".dmp") {
			list = append(list, m)
		}
	}
	return list
}

func choiceError(name string, all, dumps []*member) *ChoiceError {
	e := &ChoiceError{Name: name, Dumps: len(dumps), Count: len(all)}
	list := all
	if len(dumps) > 0 {
		list = dumps
	}
	var names []string
	for _, m := range list {
		names = append(names, m.name)
	}
	e.Names = names[:min(len(names), maxNames)]
	if name != "" {
		e.Near = nearMember(name, names)
	}
	return e
}

// nearMember is the only name that ends so, after a slash, else the one that is near.
func nearMember(name string, names []string) string {
	near, several := "", false
	for _, n := range names {
		if strings.HasSuffix("/"+fold(n), "/"+fold(name)) {
			near, several = n, near != ""
		}
	}
	if near != "" && !several {
		return near
	}
	const enough = 10000 // of many members the first
	return report.Nearest(name, names[:min(len(names), enough)])
}

// mayBeDump says by its first bytes whether a member is a dump. One that cannot be looked at may be, if its name says so.
func (u *unpacker) mayBeDump(m *member) (bool, error) {
	named := len(dumpNames([]*member{m})) > 0
	if m.refused != nil {
		return named, nil
	}
	m.window = min(m.window, u.maxWindow())
	end, err := u.read(m, smallHead, smallHead)
	defer u.letGo()
	if err != nil {
		return false, err
	}
	if end != nil && u.buf.size == 0 && m.size != 0 {
		return named, nil
	}
	return u.isDump(), nil
}

// open unpacks a member that was chosen.
func (u *unpacker) open(m *member) (*Member, error) {
	if m.refused != nil {
		return nil, fmt.Errorf("%s: %s", m.refused.Message, m.refused.Next)
	}
	end, err := u.unpack(m)
	if err != nil {
		return nil, err
	}
	if u.unopened(end, m) {
		return nil, errors.New(u.endFinding(end, m, 0).Message)
	}
	file := u.file
	if m.name != file.Path { // else it is called so for want of a name
		file.Member = m.name
	}
	var notes []report.Finding
	switch {
	case end != nil:
		if end != io.EOF {
			notes = append(notes, u.endFinding(end, m, u.buf.size))
		}
		return &Member{analyze.Reader(&u.buf, u.buf.size, file), m, notes}, nil
	case m.plain != nil:
		return &Member{analyze.Reader(m.plain, m.size, file), m, append(notes, unchecked())}, nil
	}
	size := int64(-1) // the claim of a stream can be that of a part of it
	if m.whole {
		size = m.size
	}
	if u.isDump() {
		e := &TooLargeError{Size: size, Limit: u.limit(m)}
		if size >= 0 {
			e.Budget = 2 * (size + m.window + spare + 1)
		}
		return nil, e
	}
	return &Member{analyze.Head(u.buf.head(), size, file), m, notes}, nil
}
