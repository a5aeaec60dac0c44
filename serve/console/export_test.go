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
func Frame(c *Console, ctx context.Context, id string) error {
	v := newView(id, c.config.Journal)
	if err := c.renew(ctx, v, id, true); err != nil {
		return err
	}
	c.views.keep(v, 0)
	_, _, err := c.seen(v, &visitor{owner: true}, 0, "")
	return err
}

// Watch returns what looks at a run that somebody watches, and makes the frame that is
// sent; empty for none. All who watch a run share what is made.
func Watch(c *Console, ctx context.Context, id string) func() (string, error) {
	v, _ := c.views.of(id, c.config.Journal)
	version, has := 0, ""
	return func() (string, error) {
		v.mu.Lock()
		defer v.mu.Unlock()
		if err := c.renew(ctx, v, id, true); err != nil || version == v.version {
			return "", err
		}
		text, tells, err := c.seen(v, &visitor{owner: true}, version, has)
		version, has = v.version, tells
		return string(text), err
	}
}

// WatchMade has what is shown of a run made once more, though nothing has come.
func WatchMade(c *Console, ctx context.Context, id string) error {
	v, done := c.views.of(id, c.config.Journal)
	defer done()
	v.mu.Lock()
	defer v.mu.Unlock()
	v.mark = ""
	if err := c.renew(ctx, v, id, true); err != nil {
		return err
	}
	_, _, err := c.seen(v, &visitor{owner: true}, v.version-1, "")
	return err
}

// KeepSteps changes how many steps are kept of runs that are watched.
func KeepSteps(c *Console, most int) { c.views.most = most }

// KeptSteps counts the steps that are kept of runs that are watched.
func KeptSteps(c *Console) int {
	c.views.mu.Lock()
	defer c.views.mu.Unlock()
	return c.views.steps
}

// EndWatches does what those do who watch runs, when they go.
func EndWatches(c *Console) {
	for id, v := range c.views.all {
		for v.readers > 1 {
			v.readers--
		}
		_, done := c.views.of(id, c.config.Journal)
		v.readers--
		done()
	}
}

// SetBehind has a console show runs as those of a journal that shows less than was written.
func SetBehind(c *Console, why error) { c.behind = func(context.Context) error { return why } }
