package symstore

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"
)

// userAgent begins as that of Microsoft's client does: some servers answer everything else with a page for people.
const userAgent = "Microsoft-Symbol-Server/10.0 (dmplens)"

// client takes proxies from the environment. Bytes come as they are stored, so that a transfer can be gone on with.
var client = &http.Client{
	Transport: &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         (&net.Dialer{Timeout: 15 * time.Second}).DialContext,
		TLSHandshakeTimeout: 15 * time.Second,
		IdleConnTimeout:     90 * time.Second,
		MaxIdleConnsPerHost: 8,
		ForceAttemptHTTP2:   true,
		DisableCompression:  true,
	},
	CheckRedirect: func(req *http.Request, via []*http.Request) error {
		switch {
		case len(via) >= 10:
			return &redirectError{"it redirects more than ten times"}
		case via[len(via)-1].URL.Scheme == "https" && req.URL.Scheme != "https":
			return &redirectError{"it redirects from https to " + req.URL.Scheme}
		}
		return nil
	},
}

type redirectError struct{ text string }

func (e *redirectError) Error() string { return e.text }

// Variables for tests.
var (
	idle    = time.Minute            // how long a server may send nothing
	backoff = 500 * time.Millisecond // ahead of the second try; twice as long ahead of each further one
)

// maxRetryAfter bounds how long a server may tell to wait.
const maxRetryAfter = 30 * time.Second

// server is a symbol server.
type server struct {
	base *url.URL

	mu      sync.Mutex
	downErr *serverError // it could not be reached
	known   bool         // whether it has two tiers
	two     bool
	asking  sync.Mutex // held while that is asked
}

// serverError says that a server failed, so that it can have the file.
type serverError struct {
	place string
	err   error
}

func (e *serverError) Error() string { return e.place + ": " + e.err.Error() }

func (s *server) String() string { return address(s.base) }

// DownError says that a server cannot be reached. A Path does not ask it again.
type DownError struct {
	Server string // its address, without a password
	Err    error
}

func (e *DownError) Error() string { return e.Err.Error() + "; it is not asked again" }
func (e *DownError) Unwrap() error { return e.Err }

// place says who was asked for what is at an address: the server, or another one that it led to.
func (s *server) place(u *url.URL) string {
	if u.Host == s.base.Host {
		return s.String()
	}
	return u.Scheme + "://" + u.Host
}

// ignoresCase says whether it is known of a server that the letter case of names and keys does not count: clients of Microsoft's own ask as the
// dump spells them, or in lower case, and get the same.
func (s *server) ignoresCase() bool {
	return strings.EqualFold(s.base.Hostname(), "msdl.microsoft.com")
}

// address is an address to show: without a password, and without a query, which can be a key.
func address(u *url.URL) string {
	shown := *u
	shown.RawQuery = ""
	return shown.Redacted()
}

// join returns the address of something on the server.
func (s *server) join(names ...string) *url.URL {
	var escaped []string
	for _, n := range names {
		escaped = append(escaped, url.PathEscape(n))
	}
	return s.base.JoinPath(escaped...)
}

// down returns why the server was not reached before, nil if it was.
func (s *server) down() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.downErr != nil {
		return s.downErr
	}
	return nil
}

func (s *server) knownTiers() (two, known bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.two, s.known
}

// askTiers asks once whether the server has two tiers.
func (s *server) askTiers(ctx context.Context) (bool, error) {
	s.asking.Lock()
	defer s.asking.Unlock()
	if two, known := s.knownTiers(); known {
		return two, nil
	}
	resp, err := s.ask(ctx, s.join("index2.txt"), 0, "")
	if err != nil && ctx.Err() != nil {
		return false, err
	}
	two := false
	if resp != nil {
		head, err := resp.peek()
		two = err == nil && !strings.HasPrefix(strings.TrimSpace(string(head)), "<") // no page that every address has
		resp.Body.Close()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.two, s.known = two, true
	return two, nil
}

// response is what a server has at an address.
type response struct {
	Body      *body
	start     int64  // of the first byte of Body in the file
	total     int64  // of the file, -1 where it is not known
	validator string // of this version of the file, "" where the server does not say one
}

// peek returns the first bytes, without taking them.
func (r *response) peek() ([]byte, error) {
	head, err := r.Body.buf.Peek(512)
	if err == io.EOF {
		err = nil
	}
	return head, err
}

// body is the body of an answer. Reads fail when the server sends nothing for too long.
type body struct {
	raw   io.ReadCloser
	buf   *bufio.Reader
	ctx   context.Context
	timer *time.Timer
	stop  context.CancelCauseFunc
}

func (b *body) Read(p []byte) (int, error) {
	return b.buf.Read(p)
}

// Close gives the connection up, unless all was read.
func (b *body) Close() error {
	b.timer.Stop()
	b.stop(nil)
	return b.raw.Close()
}

// watched resets the timer with every read.
type watched struct{ b *body }

func (w watched) Read(p []byte) (int, error) {
	n, err := w.b.raw.Read(p)
	w.b.timer.Reset(idle)
	if err != nil && err != io.EOF {
		if cause := context.Cause(w.b.ctx); cause != nil {
			err = cause
		}
	}
	return n, err
}

// ask asks for what is at an address from byte start on, if validator still holds, or else from the beginning. It asks again what fails for the
// moment. Where there is nothing, it returns nil; where the server fails, a *serverError.
func (s *server) ask(ctx context.Context, u *url.URL, start int64, validator string) (*response, error) {
	for failures := 1; ; failures++ {
		resp, err := s.askOnce(ctx, u, start, validator)
		var after string
		var status *statusError
		switch {
		case ctx.Err() != nil:
			if resp != nil {
				resp.Body.Close()
			}
			return nil, ctx.Err()
		case err == nil:
			return resp, nil
		case errors.As(err, &status):
			after = status.retryAfter
			if status.code == http.StatusRequestedRangeNotSatisfiable && start > 0 {
				start = 0 // the file has become shorter
				continue
			}
			if status.code < 500 && status.code != http.StatusTooManyRequests && status.code != http.StatusRequestTimeout {
				return nil, &serverError{s.place(u), err}
			}
		case isFinal(err):
			return nil, s.unreachable(u, err)
		}
		if failures == tries {
			if status == nil {
				return nil, s.unreachable(u, err)
			}
			return nil, &serverError{s.place(u), err}
		}
		if err := wait(ctx, failures, after); err != nil {
			return nil, err
		}
	}
}

// unreachable remembers that no connection to the server is had: it is not asked for the next file.
func (s *server) unreachable(u *url.URL, err error) error {
	if u.Host == s.base.Host && (isFinal(err) || isDial(err) || errors.As(err, new(*idleError))) && !errors.As(err, new(*redirectError)) {
		down := &serverError{s.String(), &DownError{s.String(), err}}
		s.mu.Lock()
		s.downErr = down
		s.mu.Unlock()
		return down
	}
	return &serverError{s.place(u), err}
}

// idleError says that a server sends nothing.
type idleError struct{ time.Duration }

func (e *idleError) Error() string { return fmt.Sprintf("the server sends nothing for %v", e.Duration) }

// statusError is an answer that is neither the file nor that there is none.
type statusError struct {
	code       int
	text       string
	retryAfter string
}

func (e *statusError) Error() string { return "the server answers " + e.text }

// askOnce returns nil where there is nothing at the address.
func (s *server) askOnce(ctx context.Context, u *url.URL, start int64, validator string) (*response, error) {
	ctx, stop := context.WithCancelCause(ctx)
	b := &body{ctx: ctx, stop: stop}
	b.timer = time.AfterFunc(idle, func() { stop(&idleError{idle}) })
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		stop(nil)
		return nil, err
	}
	req.Header.Set("User-Agent", userAgent)
	if start > 0 && validator != "" {
		req.Header.Set("Range", fmt.Sprintf("bytes=%d-", start))
		req.Header.Set("If-Range", validator)
	}
	resp, err := client.Do(req)
	if err != nil {
		if cause := context.Cause(ctx); cause != nil {
			err = cause
		}
		b.timer.Stop()
		stop(nil)
		var e *url.Error
		if errors.As(err, &e) { // it has the address, with its query
			err = e.Err
		}
		return nil, err
	}
	b.raw = resp.Body
	b.buf = bufio.NewReader(watched{b})
	r := &response{Body: b, total: resp.ContentLength, validator: strongValidator(resp.Header)}
	switch resp.StatusCode {
	case http.StatusOK:
		return r, nil
	case http.StatusPartialContent:
		var end int64
		n, err := fmt.Sscanf(resp.Header.Get("Content-Range"), "bytes %d-%d/%d", &r.start, &end, &r.total)
		if n == 3 && err == nil && r.start == start && end == r.total-1 && start > 0 && (r.validator == "" || r.validator == validator) {
			return r, nil
		}
		b.Close()
		return nil, &statusError{http.StatusRequestedRangeNotSatisfiable, "with another range than was asked for", ""}
	}
	io.CopyN(io.Discard, b, 64<<10) // a short page is read to its end, so that the connection serves the next request
	b.Close()
	if resp.StatusCode == http.StatusNotFound || resp.StatusCode == http.StatusGone {
		return nil, nil
	}
	return nil, &statusError{resp.StatusCode, resp.Status, resp.Header.Get("Retry-After")}
}

// strongValidator returns what tells this version of a file from every other, for If-Range.
func strongValidator(h http.Header) string {
	if tag := h.Get("ETag"); tag != "" && !strings.HasPrefix(tag, "W/") {
		return tag
	}
	return h.Get("Last-Modified")
}

// isFinal says whether it is no use to ask again.
func isFinal(err error) bool {
	var dns *net.DNSError
	return errors.As(err, &dns) && dns.IsNotFound || errors.As(err, new(*tls.CertificateVerificationError)) || errors.As(err, new(*redirectError))
}

// isDial says whether there was no connection, to the server or to the proxy.
func isDial(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && (op.Op == "dial" || op.Op == "proxyconnect")
}

// wait waits ahead of another try, as long as the server says.
func wait(ctx context.Context, failures int, retryAfter string) error {
	d := backoff << (failures - 1)
	if seconds, err := strconv.Atoi(retryAfter); err == nil && seconds > 0 {
		d = min(time.Duration(seconds)*time.Second, maxRetryAfter)
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
