package limit

import (
	"container/list"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Keys has the same rate for each of many callers. It remembers a bounded number
// of them, and forgets first who has not come for the longest time. It is safe for
// concurrent use.
type Keys struct {
	rate Rate
	most int

	mu     sync.Mutex
	known  map[string]*list.Element
	latest *list.List // of *keyed; who came last is in front
}

type keyed struct {
	key     string
	limiter *rate.Limiter
}

// NewKeys returns the rate for each of at most so many callers. A caller who was
// away may do all of a rate's count at once.
func NewKeys(r Rate, most int) *Keys {
	return &Keys{rate: r, most: max(most, 1), known: map[string]*list.Element{}, latest: list.New()}
}

// Allow reports whether a caller may do something now, and counts it; else it
// returns how long to wait.
func (k *Keys) Allow(key string, now time.Time) (wait time.Duration, ok bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	turn := k.of(key).ReserveN(now, 1)
	if wait = turn.DelayFrom(now); wait <= 0 {
		return 0, true
	}
	turn.CancelAt(now)
	return wait, false
}

func (k *Keys) of(key string) *rate.Limiter {
	if e := k.known[key]; e != nil {
		k.latest.MoveToFront(e)
		return e.Value.(*keyed).limiter
	}
	for k.latest.Len() >= k.most {
		oldest := k.latest.Back()
		delete(k.known, k.latest.Remove(oldest).(*keyed).key)
	}
	limiter := rate.NewLimiter(k.rate.limit(), k.rate.Count)
	k.known[key] = k.latest.PushFront(&keyed{key, limiter})
	return limiter
}
