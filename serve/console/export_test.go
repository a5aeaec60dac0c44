package console

import "time"

// SetLook changes how often a page that is watched is looked at again.
func SetLook(c *Console, d time.Duration) { c.look = d }
