package console

import (
	"context"
	"time"
)

// SetLook changes how often a page that is watched is looked at again.
func SetLook(c *Console, d time.Duration) { c.look = d }

// Routes lists the pages and actions of people who have logged in, with their roles.
func Routes(c *Console) map[string]string {
	all := map[string]string{}
	for _, one := range c.table() {
		all[one.pattern] = one.role
	}
	return all
}

// ShownRuns counts the runs that have ended whose pages are kept.
func ShownRuns(c *Console) int {
	c.shown.mu.Lock()
	defer c.shown.mu.Unlock()
	return len(c.shown.last)
}

// Frame makes what somebody sees who watches a run, as at the first look.
func Frame(c *Console, ctx context.Context, id string) ([]byte, error) {
	v := &view{}
	if err := c.renew(ctx, v, id, "first", true); err != nil {
		return nil, err
	}
	return v.live, nil
}
