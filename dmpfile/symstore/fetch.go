package symstore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"
)

// Fetch returns a file as Open does, and asks the servers of the path, in their order, for one that no local place has. Nothing but the path of
// a file, made of its name and identity, is sent. What a server has, or a store that is not the first one of its chain, is put into the first
// one: under its name only once it is whole and its identity is right. A transfer that was broken off leaves a temporary file there
// (.dmplens-*.part), with which the next Fetch goes on where the server can do that.
//
// progress, which may be nil, is told how many bytes of how many were transferred, -1 where that is not known. It is called by this goroutine.
//
// A server is asked for the name and the identity as they are spelled, and, where it says that there is nothing, in lower case.
//
// Where no place has the file, the error is a *NotFoundError. Other errors are those of ctx and of the local store.
func (p *Path) Fetch(ctx context.Context, id ID, progress func(done, total int64)) (*File, error) {
	s := p.search(id)
	for _, e := range p.elements {
		f, store := s.element(e)
		if f == nil {
			continue
		}
		if first := e.first(); !e.plain && first < store {
			return s.keep(e.stores[first], f), nil
		}
		return f, nil
	}
	if s.name == "" {
		return nil, s.notFound()
	}
	if progress == nil {
		progress = func(int64, int64) {}
	}
	failed := false
	asked := map[*server]bool{}
	for _, e := range p.elements {
		if e.server == nil || asked[e.server] {
			continue
		}
		asked[e.server] = true
		first := e.first()
		if first < 0 {
			s.refuse(e.text, errors.New("none of its stores can be on this system, so that there is nothing to fill"))
			failed = true
			continue
		}
		t := &transfer{search: s, ctx: ctx, server: e.server, store: e.stores[first], progress: progress}
		f, err := t.fetch()
		var server *serverError
		switch {
		case errors.As(err, &server):
			s.refuse(server.place, server.err)
			failed = true
		case f != nil || err != nil:
			return f, err
		}
	}
	err := s.notFound()
	err.Failed = failed
	return nil, err
}

// first returns the index of the store that is filled, -1 where there is none.
func (e element) first() int {
	return slices.IndexFunc(e.stores, func(dir string) bool { return dir != "" && !foreign(dir) })
}

// keep copies a file of another store into one, and returns the copy. A store that cannot be written is passed over.
func (s *search) keep(store string, f *File) *File {
	dir, err := s.place(store)
	if err != nil {
		return f
	}
	part, err := createPart(dir, "")
	if err != nil {
		return f
	}
	defer part.remove()
	if _, err := io.Copy(part.file, io.NewSectionReader(f, 0, f.Size)); err != nil {
		return f
	}
	kept, err := s.settle(part)
	if err != nil {
		return f
	}
	f.Close()
	return kept
}

// transfer asks one server for one file.
type transfer struct {
	*search
	ctx      context.Context
	server   *server
	store    string // which it is put into
	progress func(done, total int64)
}

// fetch returns the file; nil where the server does not have it. Where the server fails, the error is a *serverError.
func (t *transfer) fetch() (*File, error) {
	if err := t.server.down(); err != nil {
		return nil, err
	}
	spellings := t.asked()
	two, known := t.server.knownTiers()
	if !known {
		if f, err := t.ask(false, spellings[0]); f != nil || err != nil {
			return f, err
		}
		var err error
		if two, err = t.server.askTiers(t.ctx); err != nil {
			return nil, err
		}
		if !two {
			spellings = spellings[1:]
		}
	}
	for _, s := range spellings {
		if f, err := t.ask(two, s); f != nil || err != nil {
			return f, err
		}
	}
	return nil, nil
}

// spelling is the name and the key of a file, as a server is asked for them.
type spelling struct{ name, key string }

// asked returns how the server is asked for the file: as the dump and the debuggers spell it, with the name in lower case, as it stands on many a
// disk, and all in lower case, as stores are filled that are no work of SymStore. A web server tells these apart.
func (t *transfer) asked() []spelling {
	list := []spelling{{t.name, t.key}}
	if t.server.ignoresCase() || !utf8.ValidString(t.name) {
		return list
	}
	name := strings.ToLower(t.name)
	return slices.Compact(append(list, spelling{name, t.key}, spelling{name, strings.ToLower(t.key)}))
}

// ask asks for the file itself, for the cabinet that has it, and for where it is.
func (t *transfer) ask(twoTiers bool, s spelling) (*File, error) {
	folder := []string{s.name, s.key}
	if twoTiers {
		folder = slices.Insert(folder, 0, firstTier(s.name))
	}
	for _, name := range []string{s.name, compressed(s.name)} {
		if f, err := t.download(t.server.join(slices.Concat(folder, []string{name})...), name != s.name); f != nil || err != nil {
			return f, err
		}
	}
	u := t.server.join(slices.Concat(folder, []string{"file.ptr"})...)
	resp, err := t.server.ask(t.ctx, u, 0, "")
	if err != nil || resp == nil {
		return nil, err
	}
	b, err := io.ReadAll(io.LimitReader(resp.Body, maxPointer))
	resp.Body.Close()
	switch {
	case t.ctx.Err() != nil:
		return nil, t.ctx.Err()
	case err != nil:
		return nil, &serverError{t.server.place(u), err}
	}
	return t.follow(u, b)
}

// follow takes the file from where a file.ptr of the server says it is. It may be at another server, or a file of this machine; a share is not
// opened because a server says so, which would tell that share's machine who is here.
func (t *transfer) follow(u *url.URL, b []byte) (*File, error) {
	if isPage(b) {
		t.refuse(t.server.place(u), ErrPage)
		return nil, nil
	}
	place := t.server.place(u) + ", file.ptr"
	target, err := pointer(b)
	if err == nil && isURL(target) {
		at, err := url.Parse(target)
		if err != nil || at.Hostname() == "" || u.Scheme == "https" && at.Scheme != "https" {
			t.refuse(place, fmt.Errorf("it leads to %q, which is no address to go on to", target))
			return nil, nil
		}
		return t.download(at, strings.HasSuffix(at.Path, "_"))
	}
	switch {
	case err != nil:
	case strings.HasPrefix(strings.ReplaceAll(target, "/", `\`), `\\`):
		err = fmt.Errorf("it leads to the share %q: add that to the symbol path if it is to be used", target)
	default:
		if target, err = targetFile(target); err == nil && !filepath.IsAbs(target) {
			err = fmt.Errorf("it leads to %q, which is no whole path", target)
		}
	}
	if err != nil {
		t.refuse(place, err)
		return nil, nil
	}
	f := t.openTarget(place, target)
	if f == nil {
		return nil, nil
	}
	return t.keep(t.store, f), nil
}
