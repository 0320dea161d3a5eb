package batch

import (
	"context"
	"testing"
	"time"
)

// TestWithin gives up on what does not answer, and waits for what makes progress.
func TestWithin(t *testing.T) {
	const timeout = 2 * time.Second // a busy machine can stop for a while
	hang := make(chan struct{})
	defer close(hang)
	never := func() (int, error) { <-hang; return 1, nil }
	if v, err := within(context.Background(), timeout, nil, never); v != 0 || err == nil || err.Error() != "given up: no answer within 2s" {
		t.Errorf("%d, %v", v, err)
	}
	ctx, stop := context.WithCancel(context.Background())
	stop()
	if v, err := within(ctx, time.Hour, nil, never); v != 0 || err != context.Canceled {
		t.Errorf("%d, %v", v, err)
	}
	progress := make(chan struct{})
	slow := func() (int, error) {
		for range 10 {
			time.Sleep(timeout / 8)
			progress <- struct{}{}
		}
		return 2, nil
	}
	if v, err := within(context.Background(), timeout, progress, slow); v != 2 || err != nil {
		t.Errorf("%d, %v", v, err)
	}
}
