package serve

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"sync"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/internal/event"
)

// rejoin finds a run that was begun before: it waits for its end, goes on with it,
// or has its answer.
func (s *Server) rejoin(ctx context.Context, g *running) *report.Problem {
	j := s.records
	b, err := j.Beginning(ctx, g.id)
	if err != nil {
		return s.notBegun(g, err)
	}
	if b.Trigger != g.route.trigger.Name || !event.Same(b.Event, g.digest) {
		return keyReused(g)
	}
	g.known(b)
	switch b.State {
	case journal.Running, journal.Waiting:
		return s.join(ctx, g)
	case journal.Interrupted:
		leave, p := s.enterAgain(ctx, g.route)
		if p != nil {
			return p
		}
		return s.goOn(ctx, g, leave)
	}
	if g.isFed() {
		return s.endedBefore(ctx, g, b)
	}
	a, err := j.Answer(ctx, g.id)
	if err != nil || a == nil {
		s.config.Notice(Notice{Problem: true, Text: "the answer of a run that has ended is not to be had", Run: g.id, Err: err})
		a = report.Problem{Status: http.StatusInternalServerError, Code: "NoAnswer", Run: g.id, Detail: "the run has ended, and its answer is not to be had"}.Answer()
	}
	g.answer = a
	s.runs.over(g)
	return nil
}

// join waits for a run of another process.
func (s *Server) join(ctx context.Context, g *running) *report.Problem {
	h, err := s.records.attach(context.WithoutCancel(s.life), g.id)
	if err != nil {
		return s.notBegun(g, err)
	}
	g.handle, g.elsewhere = h, true
	s.follow(g, s.works(g, func() {}))
	return nil
}

// goOn goes on with a run that was interrupted, in the place that leave gives back.
func (s *Server) goOn(ctx context.Context, g *running, leave func()) *report.Problem {
	options := s.config.Options
	if g.route != nil {
		options = s.options(g.route.served)
	}
	told, not := s.tells(g, leave)
	h, err := s.config.Journal.StartResume(context.WithoutCancel(s.life), g.id, s.config.Registry, slices.Concat(options, told)...)
	if err == nil {
		g.handle, g.rested = h, h.Rested()
		return nil
	}
	not()
	var running *journal.RunningError
	if errors.As(err, &running) {
		return s.join(ctx, g)
	}
	return s.notBegun(g, err)
}

// tells returns options by which a run of this process tells of its end and its rest: the
// goroutine that carries it does what there is to do then. not takes that back where the
// run did not begin, and gives its place back.
func (s *Server) tells(g *running, leave func()) (options []flows.RunOption, not func()) {
	rest := s.works(g, leave)
	s.work.Add(1)
	return []flows.RunOption{flows.WithRested(rest), flows.WithEnded(func() {
		defer s.work.Done()
		<-g.begun // g has its handle
		s.ended(g, rest)
	})}, func() { rest(); s.work.Done() }
}

// follow waits for the end of a run that others carry, in a goroutine of its own that Run
// waits for.
func (s *Server) follow(g *running, rest func()) {
	s.work.Add(1)
	s.goroutines.Go(func() {
		defer s.work.Done()
		s.ended(g, rest)
	})
}

// works counts a run that begins. rest, of which only the first call counts, is for when
// it holds nothing of the process any more.
func (s *Server) works(g *running, leave func()) (rest func()) {
	if g.started.IsZero() {
		g.started = s.config.Now()
	}
	s.runs.works(1)
	return sync.OnceFunc(func() { leave(); s.runs.works(-1) })
}

// ended does what there is to do at the end of a run.
func (s *Server) ended(g *running, rest func()) {
	_, err := g.handle.Wait(context.Background())
	g.err, g.answer = err, g.handle.Answer()
	g.state = stateOf(err)
	s.stopped(g)
	if g.answer == nil && s.records != nil && !g.isFed() {
		g.answer = s.answerOf(g)
	}
	if g.answer != nil && g.answer.Err != nil {
		s.config.Notice(Notice{Problem: true, Text: "the answer of a run could not be made as its trigger says", Run: g.id, Err: g.answer.Err})
	}
	rest()
	s.measures.ended(g, s.config.Now())
	s.noticed(g)
	s.runs.over(g)
}

// answerOf returns the answer of a run that ended elsewhere; nil for one that did
// not end.
func (s *Server) answerOf(g *running) *flows.Answer {
	a, err := s.records.Answer(context.WithoutCancel(s.life), g.id)
	if err != nil {
		return nil
	}
	return a
}
