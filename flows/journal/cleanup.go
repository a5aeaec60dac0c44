package journal

import (
	"sync"
	"time"

	"github.com/medlar-flow/medlar/flows"
)

// cleanup is the time limit of undos and finally steps. A nil one has none.
type cleanup struct {
	limit time.Duration
	stop  func(flows.Cause)

	mu    sync.Mutex
	timer *time.Timer
	ended bool
}

// begin starts the time, at the first call.
func (c *cleanup) begin() {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.timer == nil && !c.ended {
		c.timer = time.AfterFunc(c.limit, func() { c.stop(flows.ByTimeout) })
	}
}

func (c *cleanup) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ended = true
	if c.timer != nil {
		c.timer.Stop()
	}
}
