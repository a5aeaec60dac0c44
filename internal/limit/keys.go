package limit

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Keys has the same rate for each of many callers. It remembers a bounded number
// of them, and forgets first who has not come for the longest time. It is safe for
// concurrent use.
type Keys struct {
	rate Rate

	mu    sync.Mutex // held while a caller's turn is taken, and given back
	byKey latest[string, *rate.Limiter]
}

// NewKeys returns the rate for each of at most so many callers. A caller who was
// away may do all of a rate's count at once.
func NewKeys(r Rate, most int) *Keys {
	return &Keys{rate: r, byKey: latest[string, *rate.Limiter]{most: max(most, 1)}}
}

// Allow reports whether a caller may do something now, and counts it; else it
// returns how long to wait.
func (k *Keys) Allow(key string, now time.Time) (wait time.Duration, ok bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	limiter := k.byKey.of(key, func() *rate.Limiter { return rate.NewLimiter(k.rate.limit(), k.rate.Count) })
	turn := limiter.ReserveN(now, 1)
	if wait = turn.DelayFrom(now); wait <= 0 {
		return 0, true
	}
	turn.CancelAt(now)
	return wait, false
}
