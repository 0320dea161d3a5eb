package symstore

import (
	"bytes"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
)

// download is what is at an address, on its way into the store.
type download struct {
	*transfer
	url       *url.URL
	inCabinet bool
	part      *part  // nil until the server has something
	validator string // of what the server has
	version   string // of what the part was begun with, "" where it cannot be gone on with
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
		case d.version != "" && (t.ctx.Err() != nil || errors.As(err, new(*serverError))):
			d.part.leave()
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
			return nil, &serverError{d.server.place(u), err}
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

func (d *download) refusal(err error) error { return &Refused{d.server.place(d.url), err} }

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
	version := versionOf(d.url, d.validator, d.total)
	if d.part != nil {
		if version != d.version {
			d.version = "" // the name of the part stays that of what it was begun with
		}
		return d.part.clear()
	}
	dir, err := d.place(d.store)
	if err == nil {
		d.version = version
		d.part, err = createPart(dir, version)
	}
	switch {
	case err != nil:
		return &localError{err}
	case d.size() > 0 && d.size() > d.total:
		return d.part.clear()
	}
	return nil
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
	case isPage(head):
		return ErrPage
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
		if p, err = createPart(filepath.Dir(d.part.file.Name()), ""); err != nil {
			return nil, err
		}
		defer p.remove()
		if err := expand(p.file, d.part.file, d.part.size, d.name); err != nil {
			if errors.As(err, new(*localError)) {
				return nil, err
			}
			d.refuse(d.server.place(d.url), err)
			return nil, nil
		}
	}
	f, err := d.search.settle(p)
	var refused *Refused
	if errors.As(err, &refused) {
		d.refuse(d.server.place(d.url), refused.Err)
		return nil, nil
	}
	return f, err
}
