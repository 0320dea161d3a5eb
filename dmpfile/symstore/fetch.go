package symstore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
)

// Fetch returns a file as Open does, and asks the servers of the path, in their order, for one that no local place has. Nothing but the path of
// a file, made of its name and identity, is sent. What a server has, or a store that is not the first one of its chain, is put into the first
// one: under its name only once it is whole and its identity is right. A transfer that was broken off leaves a temporary file there
// (.dmplens-*.part), with which the next Fetch goes on where the server can do that.
//
// progress, which may be nil, is told how many bytes of how many were transferred, -1 where that is not known. It is called by this goroutine.
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
	part, err := createPart(dir)
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
	two, known := t.server.knownTiers()
	if !known || !two {
		if f, err := t.tier(t.name, t.key); f != nil || err != nil {
			return f, err
		}
	}
	if !known {
		var err error
		if two, err = t.server.askTiers(t.ctx); err != nil {
			return nil, err
		}
	}
	if !two {
		return nil, nil
	}
	return t.tier(firstTier(t.name), t.name, t.key)
}

// tier asks for the file itself, for the cabinet that has it, and where it is, below a folder.
func (t *transfer) tier(folder ...string) (*File, error) {
	for _, name := range []string{t.name, compressed(t.name)} {
		if f, err := t.download(t.server.join(slices.Concat(folder, []string{name})...), name != t.name); f != nil || err != nil {
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
		return nil, &serverError{address(u), err}
	}
	return t.follow(u, b)
}

// follow takes the file from where a file.ptr of the server says it is. It may be at another server, or a file of this machine; a share is not
// opened because a server says so, which would tell that share's machine who is here.
func (t *transfer) follow(u *url.URL, b []byte) (*File, error) {
	target, err := pointer(b)
	if err == nil && isURL(target) {
		at, err := url.Parse(target)
		if err != nil || at.Hostname() == "" || u.Scheme == "https" && at.Scheme != "https" {
			t.refuse(address(u), fmt.Errorf("it leads to %q, which is no address to go on to", target))
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
		t.refuse(address(u), err)
		return nil, nil
	}
	f := t.openTarget(address(u), target)
	if f == nil {
		return nil, nil
	}
	return t.keep(t.store, f), nil
}

// download is what is at an address, on its way into the store.
type download struct {
	*transfer
	url       *url.URL
	inCabinet bool
	part      *part  // nil until the server has something
	validator string // of what the server has
	total     int64  // its length in bytes, -1 where it is not known
}

// How often something is tried that fails, and how many bytes must come in between for it to be tried as often again.
const (
	tries        = 4
	enoughToGoOn = 1 << 20
)

var (
	errAbsent = errors.New("the server has no such file")
	errGoOn   = errors.New("an earlier run has the beginning")
)

// download brings what is at an address into the store; it returns nil where there is nothing, or nothing of the right kind.
func (t *transfer) download(u *url.URL, inCabinet bool) (f *File, err error) {
	d := &download{transfer: t, url: u, inCabinet: inCabinet, total: -1}
	defer func() {
		switch {
		case d.part == nil:
		case t.ctx.Err() != nil || errors.As(err, new(*serverError)): // only then it can be gone on with
			d.part.release(u, d.validator, d.total)
		default:
			d.part.remove()
		}
	}()
	for failures := 0; ; {
		before := d.size()
		err := d.try()
		var refused *Refused
		switch {
		case err == nil:
			return d.settle()
		case t.ctx.Err() != nil:
			return nil, t.ctx.Err()
		case err == errAbsent:
			return nil, nil
		case err == errGoOn:
			continue
		case errors.As(err, &refused):
			t.refused = append(t.refused, refused)
			return nil, nil
		case errors.As(err, new(*serverError)), errors.As(err, new(*localError)):
			return nil, err
		}
		if d.size()-before >= enoughToGoOn {
			failures = 0
		}
		if failures++; failures == tries {
			return nil, &serverError{address(u), err}
		}
		if err := wait(t.ctx, failures, ""); err != nil {
			return nil, err
		}
	}
}

// size is how many bytes there are.
func (d *download) size() int64 {
	if d.part == nil {
		return 0
	}
	return d.part.size
}

func (d *download) refusal(err error) error { return &Refused{address(d.url), err} }

// try transfers what is missing. An error that is neither a *Refused nor a *serverError nor a *localError can pass.
func (d *download) try() error {
	resp, err := d.server.ask(d.ctx, d.url, d.size(), d.validator)
	switch {
	case err != nil:
		return err
	case resp == nil:
		return errAbsent
	}
	defer resp.Body.Close()
	if resp.start == 0 { // the first answer, or all of it once more
		if err := d.begin(resp); err != nil {
			return err
		}
		if d.size() > 0 && d.size() < d.total {
			return errGoOn
		}
	}
	if d.size() == d.total {
		return nil
	}
	err = d.part.fill(resp.Body, d.total, d.progress)
	if err == errTooLarge {
		err = d.refusal(err)
	}
	return err
}

// begin looks at the beginning of an answer, and makes the file for it.
func (d *download) begin(resp *response) error {
	d.total, d.validator = resp.total, resp.validator
	if d.total > maxFile {
		return d.refusal(fmt.Errorf("%w: %d bytes", errTooLarge, d.total))
	}
	head, err := resp.peek()
	if err != nil {
		return err
	}
	if err := d.kind(head); err != nil {
		return d.refusal(err)
	}
	if d.part != nil {
		return d.part.clear()
	}
	dir, err := d.place(d.store)
	if err == nil {
		d.part, err = createPart(dir)
	}
	if err != nil {
		return &localError{err}
	}
	return d.part.resume(d.url, d.validator, d.total)
}

// kind says whether the first bytes can be of what was asked for, so that a page of a web server is not transferred to its end.
func (d *download) kind(head []byte) error {
	magic := "MZ"
	switch {
	case d.inCabinet:
		magic = "MSCF"
	case d.id.isPDB:
		magic = "Microsoft C/C++ MSF"
	}
	switch {
	case bytes.HasPrefix(head, []byte(magic)):
		return nil
	case d.inCabinet:
		return fmt.Errorf("it is no cabinet, but %s", describe(bytes.NewReader(head), int64(len(head))))
	}
	f := &File{Size: int64(len(head)), r: bytes.NewReader(head)}
	return f.identify(d.id)
}

// settle gives what was transferred its name in the store, if it is the right file.
func (d *download) settle() (*File, error) {
	p := d.part
	if d.inCabinet {
		var err error
		if p, err = createPart(filepath.Dir(d.part.file.Name())); err != nil {
			return nil, err
		}
		defer p.remove()
		if err := expand(p.file, d.part.file, d.part.size, d.name); err != nil {
			if errors.As(err, new(*localError)) {
				return nil, err
			}
			d.refuse(address(d.url), err)
			return nil, nil
		}
	}
	f, err := d.search.settle(p)
	var refused *Refused
	if errors.As(err, &refused) {
		d.refuse(address(d.url), refused.Err)
		return nil, nil
	}
	return f, err
}
