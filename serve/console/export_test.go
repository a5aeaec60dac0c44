package console

import "time"

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
