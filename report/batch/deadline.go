package batch

import (
	"context"
	"fmt"
	"time"
)

// within calls f in a goroutine of its own, because a dead mount can hold it for ever. It gives up where f has neither ended nor made
// progress for as long as the timeout says, or when the context ends.
func within[T any](ctx context.Context, timeout time.Duration, progress <-chan struct{}, f func() (T, error)) (v T, err error) {
	type answer struct {
		v   T
		err error
	}
	done := make(chan answer, 1)
	go func() {
		v, err := f()
		done <- answer{v, err}
	}()
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	for {
		select {
		case a := <-done:
			return a.v, a.err
		case <-progress:
			timer.Reset(timeout)
		case <-timer.C:
			return v, givenUp(timeout)
		case <-ctx.Done():
			return v, ctx.Err()
		}
	}
}

func givenUp(timeout time.Duration) error {
	return fmt.Errorf("given up: no answer within %v", timeout)
}
