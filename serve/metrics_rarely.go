package serve

import (
	"sync"
	"time"
)

// keptFor is how long a measurement counts that costs something: a scrape asks for it
// several times, and several scrapers ask.
const keptFor = time.Second

// rarely returns a function that gives what read gave, until that is older than keep.
func rarely[T any](keep time.Duration, read func() T) func() T {
	var mu sync.Mutex
	var last T
	var at time.Time
	return func() T {
		mu.Lock()
		defer mu.Unlock()
		if at.IsZero() || time.Since(at) > keep {
			last, at = read(), time.Now()
		}
		return last
	}
}
