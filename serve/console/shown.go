package console

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/medlar-flow/medlar/flows/journal"
)

// shown are pages of runs that have ended: they are looked at again and again, and to
// read ten thousand steps takes long. What a journal marks otherwise is made anew.
type shown struct {
	mu   sync.Mutex
	last []shownRun // the latest last
}

type shownRun struct {
	id, mark string
	until    time.Time
	page     *runPage
}

const (
	mostShownRuns = 8
	// A run that was deleted may come again under its name, and have the same mark.
	shownTime = time.Minute
)

// find returns what was made of a run with a mark; nil for nothing.
func (s *shown) find(id, mark string, now time.Time) *runPage {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, one := range s.last {
		if one.id == id && one.mark == mark && now.Before(one.until) {
			return one.page
		}
	}
	return nil
}

// keep keeps what was made, in place of what was made before.
func (s *shown) keep(one shownRun) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last = slices.DeleteFunc(s.last, func(other shownRun) bool { return other.id == one.id })
	if len(s.last) >= mostShownRuns {
		s.last = slices.Delete(s.last, 0, 1)
	}
	s.last = append(s.last, one)
}

// run returns what is shown of a run; the caller may change the page itself, and
// nothing that it leads to. What is damaged is told beside what could be read. Where it
// is to be quick, what a long program tells is left for later.
func (c *Console) run(ctx context.Context, id string, quick bool) (*runPage, error) {
	mark, err := c.config.Journal.Mark(ctx, id)
	if err != nil {
		mark = ""
	}
	return c.runAt(ctx, id, mark, quick)
}

// runAt is run for a mark that the journal gave the run before; empty for none.
func (c *Console) runAt(ctx context.Context, id, mark string, quick bool) (*runPage, error) {
	now := c.config.Now()
	var p *runPage
	if mark != "" {
		if kept := c.shown.find(id, mark, now); kept != nil {
			again := *kept
			again.Now = now
			if p = &again; !p.Later {
				return p, nil
			}
		}
	}
	if p == nil {
		var err error
		if p, err = c.readRun(ctx, id); err != nil {
			return p, err
		}
	}
	if !quick || p.Run.Size() < longProgram || c.programs.known(p.Run) != nil {
		c.complete(p)
	}
	if mark != "" && p.Damaged == "" && ended(p.Run.State) {
		kept := *p
		c.shown.keep(shownRun{id: id, mark: mark, until: now.Add(shownTime), page: &kept})
	}
	return p, nil
}

// details returns what the journal tells of a run. Where it is shared others look at it,
// too: nobody changes it.
func (c *Console) details(ctx context.Context, id string) (d *journal.Details, shared bool, err error) {
	if mark, err := c.config.Journal.Mark(ctx, id); err == nil {
		if p := c.shown.find(id, mark, c.config.Now()); p != nil {
			return p.Run, true, nil
		}
	}
	d, err = c.config.Journal.Show(ctx, id)
	return d, false, err //nolint:wrapcheck // it says all
}
