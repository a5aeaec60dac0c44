package journal

import (
	"sync"
	"time"

	"github.com/medlar-flow/medlar/flows/internal/runtime"
)

// cleanup is the time limit of undos and finally steps, which runs from when
// the branch around them is stopped. A nil one has none.
type cleanup struct {
	outer runtime.Local
	limit time.Duration
	stop  func(runtime.Cause)
	hold  func() (release func()) // keeps the run from being put down

	mu     sync.Mutex
	unhook func() bool // nil before begin
	timer  *time.Timer
	// release ends what the timer's begin holds.
	release func()
	ended   bool
}

// begin lets the time run, from the first call on: what is read back takes
// none.
func (c *cleanup) begin() {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.unhook == nil && !c.ended {
		c.unhook = c.outer.OnStop(c.start)
	}
}

func (c *cleanup) start() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.ended {
		c.release = c.hold()
		c.timer = time.AfterFunc(c.limit, func() { c.stop(runtime.ByTimeout) })
	}
}

func (c *cleanup) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ended = true
	if c.unhook != nil {
		c.unhook()
	}
	if c.timer != nil {
		c.timer.Stop()
		c.release()
	}
}
