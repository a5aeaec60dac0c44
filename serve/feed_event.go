package serve

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/internal/event"
)

// manyTimes is how often an event may be given before that is more than passing.
const manyTimes = 5

// settleTime is how long an event may take to be settled, also while the server ends.
const settleTime = 10 * time.Second

// handle has an event begin its run, or find it, and settles it. ctx ends when no
// event is taken any more.
func (f *feed) handle(ctx context.Context, e connector.Event) {
	x := &delivery{feed: f, event: e, outcome: eventUnsettled}
	f.server.measures.given(f, &e)
	x.counted = sync.OnceFunc(func() { f.server.measures.settled(f, x.outcome) })
	defer x.counted()
	x.extend()
	defer x.stop()
	s, err := x.run(ctx)
	if err != nil {
		f.again("event "+e.Identity+" is given again", err, e.Attempt < manyTimes)
	}
	if s != nil {
		x.stop()
		x.settle(*s)
	}
}

// delivery is an event that was given.
type delivery struct {
	*feed
	event connector.Event
	// lost is closed where the event does not stay here any more: it is given again,
	// and finds the run by its name.
	lost    chan struct{}
	stop    func() // ends the extending
	outcome string // what became of it, for metrics
	counted func() // counts that, once
}

// extend has the event stay here until stop is called.
func (x *delivery) extend() {
	x.lost, x.stop = make(chan struct{}), func() {}
	if x.event.ExtendEvery <= 0 || x.event.Extended == nil {
		return
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(x.server.life))
	ended := make(chan struct{})
	x.server.work.Go(func() {
		defer close(ended)
		for {
			if sleep(ctx, x.event.ExtendEvery, nil); ctx.Err() != nil {
				return
			}
			once, done := context.WithTimeout(ctx, settleTime)
			err := x.event.Extended(once)
			done()
			if err != nil && ctx.Err() == nil && !transient(err) {
				close(x.lost)
				return
			}
		}
	})
	x.stop = func() { cancel(); <-ended }
}

// transient reports whether an error says nothing of the event itself.
func transient(err error) bool {
	var e *connector.Error
	if !errors.As(err, &e) {
		return errors.Is(err, context.DeadlineExceeded)
	}
	switch e.Class {
	case connector.ClassInvalid, connector.ClassNotFound, connector.ClassConflict, connector.ClassPrecondition:
		return false
	default:
		return true
	}
}

// settle tells the source what became of the event.
func (x *delivery) settle(s connector.Settlement) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(x.server.life), settleTime)
	defer cancel()
	if err := x.event.Settled(ctx, s); err != nil {
		x.again("event "+x.event.Identity+" could not be settled: it is given again, and finds its run", err, x.event.Attempt < manyTimes)
		return
	}
	x.outcome = fateName(s.Fate)
}

// stays says why no run begins of the event, and leaves it to the source.
func (x *delivery) stays(why error, run string) *connector.Settlement {
	x.tell("event "+x.event.Identity+" begins no run, and stays until its source takes it away", run, why)
	return &connector.Settlement{Fate: connector.EventStays, After: backoff(x.event.Attempt)}
}

// run begins the run of the event and waits for it. What it returns is nil where the
// event is not to be settled: it was accepted, it is another's, or the run goes on
// after the end of the server.
func (x *delivery) run(ctx context.Context) (*connector.Settlement, error) {
	if x.event.Wrong != nil {
		return x.stays(x.event.Wrong, ""), nil
	}
	e, err := event.Given(x.served.Flow, x.trigger, x.event.Value, x.event.Identity, x.server.config.Now())
	if err != nil {
		return x.stays(err, ""), nil
	}
	if e == nil {
		return &connector.Settlement{Fate: connector.EventDone}, nil
	}
	n, err := x.generations(ctx, e.Identity)
	if err != nil {
		return x.back(), err
	}
	for n = max(n, 1); ; n++ {
		g, p := x.begin(ctx, e, n)
		if p != nil {
			return x.refused(p)
		}
		if x.trigger.Ack == ackRecorded {
			return nil, x.accepted(g)
		}
		select {
		case <-g.done:
		case <-x.lost:
			return nil, nil
		}
		s, again := x.settlement(g)
		if !again {
			return s, nil
		}
	}
}

// settlement says what becomes of the event now that its run has ended, or was put
// down; again is true where another run is to begin.
func (x *delivery) settlement(g *running) (s *connector.Settlement, again bool) {
	switch {
	case !wasInterrupted(g.err):
	case x.server.drains.Load():
		return nil, false // it was put down, and goes on at the next start
	default: // it could not be written down, and goes on once it can: the event finds it
		return &connector.Settlement{Fate: connector.EventAgain, After: backoff(x.event.Attempt)}, false
	}
	if g.err != nil && x.server.config.Journal == nil && x.server.drains.Load() {
		return x.back(), false // it was stopped with the server
	}
	fate := x.fate(g, x.event.Attempt)
	switch {
	case fate.Fate == connector.EventAgain && g.before:
		return nil, true // that it failed was told before, and now it is given again
	case fate.Fate == connector.EventStays:
		return x.stays(g.err, g.id), false
	}
	return &fate, false
}

// begin begins a run, once there is room for it.
func (x *delivery) begin(ctx context.Context, e *event.Asked, n int) (*running, *report.Problem) {
	start := &event.Start{Run: x.runName(e.Identity, n), Digest: event.Hash("event", x.key(), e.Identity, string(x.event.Digest)), Inputs: e.Inputs}
	if e.ByID {
		start.Digest = event.WithInputs(start.Digest, x.served.Flow, e.Inputs)
	}
	for {
		g, p := x.server.begin(ctx, x.route, start, x.server.calledBy(x.route, nil)...)
		if p == nil || p.Code != codeOverCapacity {
			return g, p
		}
		select {
		case <-x.lost:
			return nil, p
		case <-ctx.Done():
			return nil, shuttingDown()
		case <-time.After(time.Second):
		}
	}
}

// refused says what becomes of an event whose run could not begin.
func (x *delivery) refused(p *report.Problem) (*connector.Settlement, error) {
	why := &problemError{p}
	if p.Status < 500 { // nobody else begins it either
		return x.stays(why, p.Run), nil
	}
	if p.Code == codeShuttingDown {
		return x.back(), nil
	}
	return &connector.Settlement{Fate: connector.EventAgain, After: backoff(x.event.Attempt)}, why
}

// back gives the event to others, at once.
func (x *delivery) back() *connector.Settlement {
	return &connector.Settlement{Fate: connector.EventAgain}
}

// accepted tells the source that the run is on disk, so that the event is done. Its
// place is the run's until that has ended, or only waits.
func (x *delivery) accepted(g *running) error {
	x.stop()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(x.server.life), settleTime)
	defer cancel()
	if err := x.event.Accepted(ctx); err != nil {
		return err
	}
	x.outcome = eventRecorded
	x.counted() // the source has it no more, however long the run is under way
	select {
	case <-g.done:
	case <-g.rested:
	}
	return nil
}

// problemError is a problem as an error.
type problemError struct{ problem *report.Problem }

// Error says what is wrong, and where.
func (e *problemError) Error() string {
	text := e.problem.Code
	if e.problem.Detail != "" {
		text += ": " + e.problem.Detail
	}
	for _, one := range e.problem.Errors {
		text += "; " + one.Pointer + one.Parameter + " " + one.Detail
	}
	if e.problem.Code == "KeyReused" { // others speak of requests
		text += ": " + e.problem.Help
	}
	return text
}

// notUndone lists the steps that a run has not taken back.
func notUndone(err error) []string { return report.AsRunError(err).NotUndone }

// endedBefore notes how a run ended before the event was given. Where people have
// restarted it, what it was restarted as counts, whose end is waited for.
func (s *Server) endedBefore(ctx context.Context, g *running, b *journal.Beginning) *report.Problem {
	id := g.id
	for b.Next != "" {
		next, err := s.config.Journal.Beginning(ctx, b.Next)
		var unknown *journal.UnknownRunError
		if errors.As(err, &unknown) {
			break // it was deleted
		}
		if err != nil {
			return s.notBegun(g, err)
		}
		id, b = b.Next, next
	}
	h, err := s.config.Journal.Attach(context.WithoutCancel(s.life), id)
	if err != nil {
		return s.notBegun(g, err)
	}
	if b.Ended.IsZero() {
		g.handle = h
		s.follow(g, s.works(g, func() {}))
		return nil
	}
	_, g.err = h.Wait(ctx)
	if g.err != nil && ctx.Err() != nil {
		return shuttingDown()
	}
	g.before, g.state = true, b.State
	s.runs.over(g)
	return nil
}
