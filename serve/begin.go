package serve

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"slices"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/internal/event"
	"github.com/medlar-flow/medlar/schema"
)

// begin begins the run of an event, or finds the one that it has begun already.
func (s *Server) begin(ctx context.Context, r *route, start *event.Start, more ...flows.RunOption) (*running, *report.Problem) {
	name := nameOf(start)
	for {
		g, mine := s.runs.claim(name, start.Digest, r)
		p := s.beginOr(ctx, g, mine, start, more)
		if mine || !leftToOthers(ctx, p) {
			return g, p
		}
	}
}

// codeCallerGone is that of what nobody waits for any more.
const codeCallerGone = "CallerGone"

func callerGone() *report.Problem {
	return &report.Problem{Status: http.StatusServiceUnavailable, Code: codeCallerGone}
}

// leftToOthers reports whether a run did not begin since the caller that was to begin it
// has gone, where this one has not: then it is this one's to begin.
func leftToOthers(ctx context.Context, p *report.Problem) bool {
	return p != nil && p.Code == codeCallerGone && ctx.Err() == nil
}

// nameOf is the name of the run of an event.
func nameOf(start *event.Start) string {
	if start.Run == "" {
		return rand.Text()
	}
	return start.Run
}

// beginOr begins a run that is the caller's to begin, and else waits until it has begun.
func (s *Server) beginOr(ctx context.Context, g *running, mine bool, start *event.Start, more []flows.RunOption) *report.Problem {
	if mine {
		r := g.route
		g.named = start.Run != ""
		g.own = start.Run == "" && r.trigger.Path != "" && !r.served.Flow.MakesSignalURLs()
		if p := s.start(ctx, g, start.Inputs, more...); p != nil {
			s.runs.refused(g, p)
			return p
		}
		close(g.begun)
		return nil
	}
	select {
	case <-g.begun:
	case <-ctx.Done():
		return callerGone()
	}
	switch {
	case g.problem != nil:
		return g.problem
	case !event.Same(g.digest, start.Digest):
		return keyReused(g)
	}
	return nil
}

// keyReused refuses an event that is known by what another one was known by before.
func keyReused(g *running) *report.Problem {
	p := &report.Problem{Status: http.StatusUnprocessableEntity, Code: "KeyReused", Run: g.id}
	switch r := g.route; {
	case r == nil || r.trigger.Path != "":
		p.Detail, p.Help = "another request came with this key, or this identity", "send the first request again as it was, or take a new key"
	case r.trigger.Tool != nil:
		p.Detail, p.Help = "another call came with this key", "call again with the arguments of the first call, or with a new key"
	default:
		p.Detail = "an event that came before has the same id, and gave the flow other inputs"
		p.Help = "have the id of the trigger tell the two apart, or leave out of its with what each delivery has anew"
	}
	return p
}

// start begins the run of an event that nobody here has begun.
func (s *Server) start(ctx context.Context, g *running, inputs map[string]any, more ...flows.RunOption) *report.Problem {
	r := g.route
	if s.hasBegun(ctx, g) {
		return s.rejoin(ctx, g)
	}
	leave, p := s.enter(ctx, r)
	switch {
	case p == nil:
	case p.Code == codeOverCapacity && s.hasBegun(ctx, g): // who had the last place came between
		return s.rejoin(ctx, g)
	default:
		return p
	}
	leave, g.version = r.table.held(leave), r.version
	options := slices.Concat(r.options, []flows.RunOption{flows.WithRunID(g.id), flows.WithTrigger(r.trigger.Name, g.digest)}, more)
	err := s.startOn(g, leave, inputs, options)
	if err == nil {
		return nil
	}
	leave()
	var exists *journal.ExistsError
	if errors.As(err, &exists) {
		return s.rejoin(ctx, g)
	}
	return s.notBegun(g, err)
}

// startOn begins a run where the server keeps its runs. Where this process carries it,
// the goroutine that does so does what there is to do at its end.
func (s *Server) startOn(g *running, leave func(), inputs map[string]any, options []flows.RunOption) error {
	flow := g.route.served.Flow
	var err error
	if s.config.Carrier != nil {
		if g.handle, g.rested, err = s.records.start(context.WithoutCancel(s.life), flow, inputs, g.own, options); err == nil {
			rest := s.works(g, leave)
			rest() // it takes no room of this process
			s.follow(g, rest)
		}
		return err //nolint:wrapcheck // it says all
	}
	told, not := s.tells(g, leave)
	options = append(options, told...)
	if s.records == nil {
		g.handle, err = started(flow.Start(s.life, inputs, options...))
	} else {
		g.handle, g.rested, err = s.records.start(context.WithoutCancel(s.life), flow, inputs, g.own, options)
	}
	if err != nil {
		not()
	}
	return err //nolint:wrapcheck // it says all
}

// started is a run as a handle.
func started(h *flows.Handle, err error) (handle, error) {
	if err != nil {
		return nil, err
	}
	return h, nil
}

// The codes of what a server does not take at the moment.
const (
	codeOverCapacity = "OverCapacity"
	codeShuttingDown = "ShuttingDown"
)

// helpLater is what to do about what is over soon.
const helpLater = "send the request again later"

// helpLater is what those who ask for a run of the route do about it.
func (r *route) helpLater() string {
	if r != nil && r.trigger.Tool != nil {
		return "call again later"
	}
	return helpLater
}

func shuttingDown() *report.Problem {
	return &report.Problem{Status: http.StatusServiceUnavailable, Code: codeShuttingDown, Detail: "the server takes no new work", Help: helpLater}
}

// notBegun says why a run did not begin: nothing is kept of it.
func (s *Server) notBegun(g *running, err error) *report.Problem {
	var wrong *report.InputError
	if g.route != nil && g.route.maker != nil && errors.As(err, &wrong) && !aboutSecrets(wrong) {
		return g.route.maker.WrongInputs(wrong)
	}
	if errors.Is(err, journal.ErrClosed) {
		return shuttingDown()
	}
	if s.unwritten(err, 1, 0) {
		return g.route.journalFailed("")
	}
	s.config.Notice(Notice{Problem: true, Text: "a run could not begin", Run: g.id, Err: err})
	return &report.Problem{Status: http.StatusServiceUnavailable, Code: "NotBegun", Detail: "the run could not begin", Help: helpLater}
}

// aboutSecrets reports whether the mistakes are the server's and not the caller's.
func aboutSecrets(e *report.InputError) bool {
	return slices.ContainsFunc(e.Errors, func(one schema.FieldError) bool { return one.Rule == "missing-secret" })
}
