package interp

import (
	"context"
	"errors"

	"github.com/medlar-flow/medlar/connector"
)

// guarded are the events of a source, whose functions are somebody else's: what
// panics in them fails, what they leave out does nothing, and what they give is
// what Events promises.
type guarded struct {
	events connector.Events
	source string
	rest   []connector.Event // given beyond what was asked for
}

// guardEvents returns the events that open gives.
func guardEvents(source string, open func() (connector.Events, error)) (connector.Events, error) {
	events, err := protected("event source "+source, ": opening it", nil, open)
	switch {
	case err != nil:
		return nil, err
	case events == nil:
		return nil, errors.New("event source " + source + ": Open returned neither events nor an error")
	}
	g := &guarded{events: events, source: "event source " + source}
	if b, ok := events.(connector.Backlogged); ok {
		return &guardedBacklog{guarded: g, backlog: b}, nil
	}
	return g, nil
}

// errNoEvents says that a source did not wait for events.
var errNoEvents = errors.New("Next returned neither events nor an error: it is to wait for at least one")

// errNoIdentity says why no run begins of an event.
var errNoIdentity = errors.New("its source gave it no Identity, by which it would be known when it comes again")

// Next returns at least one event and at most so many.
func (g *guarded) Next(ctx context.Context, most int) ([]connector.Event, error) {
	list := g.rest
	if len(list) == 0 {
		var err error
		list, err = protected(g.source, ": Next", nil, func() ([]connector.Event, error) { return g.events.Next(ctx, most) })
		switch {
		case err != nil:
			return nil, err
		case len(list) == 0:
			return nil, errNoEvents
		}
	}
	n := min(len(list), max(most, 1))
	given := make([]connector.Event, n)
	for i, e := range list[:n] {
		given[i] = g.event(e)
	}
	g.rest = list[n:]
	return given, nil
}

// Close ends the listening.
func (g *guarded) Close() error {
	_, err := protected(g.source, ": closing it", nil, func() (any, error) { return nil, g.events.Close() })
	return err
}

// event returns an event all of whose functions can be called.
func (g *guarded) event(e connector.Event) connector.Event {
	settled, accepted, extended := e.Settled, e.Accepted, e.Extended
	if e.Identity == "" && e.Wrong == nil {
		e.Wrong = errNoIdentity
	}
	e.Settled = func(ctx context.Context, s connector.Settlement) error {
		if settled == nil {
			return nil
		}
		return g.call(": Settled", func() error { return settled(ctx, s) })
	}
	e.Accepted = func(ctx context.Context) error {
		if accepted == nil {
			return e.Settled(ctx, connector.Settlement{Fate: connector.EventDone})
		}
		return g.call(": Accepted", func() error { return accepted(ctx) })
	}
	if extended != nil {
		e.Extended = func(ctx context.Context) error {
			return g.call(": Extended", func() error { return extended(ctx) })
		}
	}
	return e
}

// call calls a function of an event.
func (g *guarded) call(doing string, do func() error) error {
	_, err := protected(g.source, doing, nil, func() (any, error) { return nil, do() })
	return err
}

// guardedBacklog is guarded for a source that tells how much waits.
type guardedBacklog struct {
	*guarded
	backlog connector.Backlogged
}

// Backlog counts events by where they stand.
func (g *guardedBacklog) Backlog(ctx context.Context) (map[connector.BacklogState]int64, error) {
	return protected(g.source, ": Backlog", nil, func() (map[connector.BacklogState]int64, error) { return g.backlog.Backlog(ctx) })
}

// closed closes a connection; what panics in it is its error.
func closed(conn connector.Connection) error {
	_, err := protected("the connection", ": closing it", nil, func() (any, error) { return nil, conn.Close() })
	return err
}
