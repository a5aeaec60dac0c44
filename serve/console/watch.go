package console

import (
	"context"
	"net/http"
	"sync"
	"time"
)

// views are what those see who watch runs. All who watch the same run share what is
// made for one of them.
type views struct {
	mu  sync.Mutex
	all map[string]*view
}

// view is a run as it was last shown.
type view struct {
	readers int // guarded by views.mu

	mu      sync.Mutex
	mark    string    // what the journal said of the run then
	good    time.Time // until when it is shown also where the run has changed
	live    []byte    // the state
	both    []byte    // the state and the actions
	actions string    // tells the actions from others
	ended   bool
}

// of returns the view of a run; done is called when nobody looks any more.
func (v *views) of(id string) (one *view, done func()) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.all == nil {
		v.all = map[string]*view{}
	}
	one = v.all[id]
	if one == nil {
		one = &view{}
		v.all[id] = one
	}
	one.readers++
	return one, func() {
		v.mu.Lock()
		defer v.mu.Unlock()
		if one.readers--; one.readers == 0 {
			delete(v.all, id)
		}
	}
}

// renew makes a view anew where the run is another than it shows, and where that was
// not done a moment ago or a reader has seen nothing yet.
func (c *Console) renew(ctx context.Context, v *view, id, mark string, first bool) error {
	if mark == v.mark || !first && time.Now().Before(v.good) {
		return nil
	}
	began := time.Now()
	p, err := c.run(ctx, id)
	if err != nil {
		return err
	}
	p.Sources = c.source(ctx, p.Run.Flow) != nil
	actions, err := c.text("run-actions", page{Body: p})
	if err != nil {
		return err
	}
	live, err := c.text("run-live", page{Body: p})
	if err != nil {
		return err
	}
	both, err := c.text("run-live-actions", page{Body: p})
	if err != nil {
		return err
	}
	v.mark, v.actions, v.live, v.both, v.ended = mark, digest(actions), live, both, ended(p.Run.State)
	v.good = time.Now().Add(max(c.look, restFactor*time.Since(began)))
	return nil
}

// watchRun streams what changes of a run, until it has ended. The actions are sent
// only where they are not what the page has: somebody may be writing into their forms.
func (c *Console) watchRun(w http.ResponseWriter, r *request) {
	id, last, has := r.PathValue("run"), "", r.URL.Query().Get("has")
	v, done := c.views.of(id)
	defer done()
	c.stream(w, r, func() ([]byte, bool, error) {
		mark, err := c.config.Journal.Mark(r.Context(), id)
		if err != nil || mark == last {
			return nil, false, err //nolint:wrapcheck // the stream ends
		}
		v.mu.Lock()
		defer v.mu.Unlock()
		if err := c.renew(r.Context(), v, id, mark, last == ""); err != nil {
			return nil, false, err
		}
		if v.mark == last {
			return nil, false, nil
		}
		last = v.mark
		if v.actions == has {
			return v.live, v.ended, nil
		}
		has = v.actions
		return v.both, v.ended, nil
	})
}
