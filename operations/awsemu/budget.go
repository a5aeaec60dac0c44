package awsemu

import (
	"net/http"
	"sync"
)

// bodiesLimit is how many bytes the bodies of requests under way may have
// together; small ones do not count.
const (
	bodiesLimit = 512 << 20
	smallBody   = 64 << 10
)

// budget is shared by all who need a part of it.
type budget struct {
	mu    sync.Mutex
	left  int64
	freed chan struct{} // closed when something is given back
}

func newBudget(n int64) *budget { return &budget{left: n, freed: make(chan struct{})} }

// take waits until n is left; it gives false where done comes first.
func (b *budget) take(n int64, done <-chan struct{}) bool {
	for {
		b.mu.Lock()
		if b.left >= n {
			b.left -= n
			b.mu.Unlock()
			return true
		}
		freed := b.freed
		b.mu.Unlock()
		select {
		case <-freed:
		case <-done:
			return false
		}
	}
}

func (b *budget) give(n int64) {
	if n == 0 {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.left += n
	close(b.freed)
	b.freed = make(chan struct{})
}

// bodySize is the part of the budget that reading a request may need: what it
// announces, else all that it may have.
func bodySize(r *http.Request, limit int64) int64 {
	switch n := r.ContentLength; {
	case r.Body == nil, n >= 0 && n <= smallBody, n > limit:
		return 0
	case n > 0:
		return n
	}
	return limit
}
