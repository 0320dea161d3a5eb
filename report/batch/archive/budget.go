package archive

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
)

// Budget bounds what all Readers that have shares of it hold in memory. It is safe for concurrent use.
type Budget struct {
	members     pool // what is unpacked, and the windows of zstd streams
	directories pool // of zips
}

// NewBudget returns a budget of so many bytes. Half of it is for what is unpacked and an eighth for directories; the rest is left to reports
// and to garbage. A reader takes from directories first, and never waits while it holds some of what others wait for.
func NewBudget(size int64) *Budget {
	return &Budget{members: pool{size: size / 2, free: size / 2}, directories: pool{size: size / 8, free: size / 8}}
}

// Share is what one Reader holds of a budget. Its methods do nothing where it is nil, and bound nothing.
type Share struct {
	Budget *Budget
	// Around is called with what waits until others have given back enough, and calls it, unless the Reader is to end. nil only calls it.
	Around func(wait func())

	members, directory atomic.Int64 // what is held
}

// Release gives all back. Another goroutine may call it for a Reader that nobody waits for any more.
func (s *Share) Release() {
	if s != nil {
		s.Budget.members.give(s.members.Swap(0))
		s.Budget.directories.give(s.directory.Swap(0))
	}
}

// most is the most that can be unpacked of a member, together with its window.
func (s *Share) most() int64 {
	if s == nil {
		return 1 << 62
	}
	return max(s.Budget.members.size-spare, 0)
}

// spare is what else unpacking a member takes.
const spare = 2 << 20

func (s *Share) takeMember(ctx context.Context, n int64) error {
	if s == nil {
		return nil
	}
	return s.take(ctx, &s.Budget.members, &s.members, n+spare)
}

func (s *Share) giveMember() {
	if s != nil {
		s.Budget.members.give(s.members.Swap(0))
	}
}

// errMemory is why a directory is not read that does not fit the budget.
var errMemory = errors.New("its directory takes more memory than the limit leaves to it")

func (s *Share) takeDirectory(ctx context.Context, n int64) error {
	if s == nil {
		return nil
	}
	if n > s.Budget.directories.size {
		return errMemory
	}
	return s.take(ctx, &s.Budget.directories, &s.directory, n)
}

func (s *Share) take(ctx context.Context, p *pool, held *atomic.Int64, n int64) error {
	n = min(n, p.size)
	ready := p.ask(n)
	select {
	case <-ready:
	default:
		err := context.Canceled
		wait := func() {
			select {
			case <-ready:
				err = nil
			case <-ctx.Done():
				err = ctx.Err()
			}
		}
		if s.Around != nil {
			s.Around(wait)
		} else {
			wait()
		}
		if err != nil {
			p.withdraw(ready, n)
			return err
		}
	}
	held.Add(n)
	return nil
}

// pool is a number of bytes. Who asks for some gets them in turn, so that who asks for many is not left out.
type pool struct {
	size    int64
	mu      sync.Mutex
	free    int64
	waiting []waiter
}

type waiter struct {
	n     int64
	ready chan struct{}
}

// ask returns a channel that is closed when n bytes are given.
func (p *pool) ask(n int64) (ready chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	ready = make(chan struct{})
	p.waiting = append(p.waiting, waiter{n, ready})
	p.serve()
	return ready
}

// withdraw takes back what was asked for.
func (p *pool) withdraw(ready chan struct{}, n int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	before := len(p.waiting)
	p.waiting = slices.DeleteFunc(p.waiting, func(w waiter) bool { return w.ready == ready })
	if len(p.waiting) == before { // it was given
		p.free += n
	}
	p.serve()
}

func (p *pool) give(n int64) {
	if n == 0 {
		return
	}
	if n > muchGarbage {
		runtime.GC() // else it would stay, and as much again as it would let the garbage of rows grow to
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.free += n
	p.serve()
}

// muchGarbage is how much has to be given back for its memory to be collected at once.
const muchGarbage = 32 << 20

// serve gives to those who wait, in turn. The caller holds mu.
func (p *pool) serve() {
	for len(p.waiting) > 0 && p.waiting[0].n <= p.free {
		p.free -= p.waiting[0].n
		close(p.waiting[0].ready)
		p.waiting = p.waiting[1:]
	}
}
