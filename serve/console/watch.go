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

	mu    sync.Mutex
	mark  string    // what the journal said of the run then
	good  time.Time // until when it is shown also where the run has changed
	page  *runPage
	live  []byte             // the frame of the state
	acts  map[string]*action // by who may do what
	ended bool
}

// action is what people may do with a run who have the same rights.
type action struct {
	tells string // tells the actions from others
	both  []byte // the frame of the state and the actions; nil until somebody needs it
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
	p, err := c.runAt(ctx, id, mark, false)
	if err != nil {
		return err
	}
	p.Sources = c.source(ctx, p.Run.Flow) != nil
	live, err := c.text("run-live", page{Body: p})
	if err != nil {
		return err
	}
	v.mark, v.page, v.live, v.acts, v.ended = mark, p, frame(live), map[string]*action{}, ended(p.Run.State)
	v.good = time.Now().Add(max(c.look, restFactor*time.Since(began)))
	return nil
}

// seen returns the frame for somebody who has seen some actions, and what tells those
// that the frame has.
func (c *Console) seen(v *view, by *visitor, has string) (text []byte, tells string, err error) {
	acts := v.acts[by.rights()]
	if acts == nil {
		text, err := c.text("run-actions", page{Body: v.page, by: by})
		if err != nil {
			return nil, "", err
		}
		acts = &action{tells: digest(text)}
		v.acts[by.rights()] = acts
	}
	if acts.tells == has {
		return v.live, has, nil
	}
	if acts.both == nil {
		text, err := c.text("run-live-actions", page{Body: v.page, by: by})
		if err != nil {
			return nil, "", err
		}
		acts.both = frame(text)
	}
	return acts.both, acts.tells, nil
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
		text, tells, err := c.seen(v, &r.visitor, has)
		last, has = v.mark, tells
		return text, v.ended, err
	})
}
