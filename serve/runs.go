package serve

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/internal/event"
	"github.com/medlar-flow/medlar/schema"
)

// handle is a run under way: of a journal, or of this process alone.
type handle interface {
	ID() string
	Wait(ctx context.Context) (*flows.Result, error)
	Cancel()
	Interrupt()
	Answer() *flows.Answer
	Signal(ctx context.Context, name, key string, values map[string]any) error
}

// running is a run that callers wait for, or have waited for.
type running struct {
	id     string
	digest []byte
	route  *route // nil for one that no route of this server began
	// version is that of the flow that the run began with; to be read once it has begun.
	version string
	// flow and trigger name the trigger where route is nil; started is when the run
	// began, and elsewhere is true where another process carries it.
	flow, trigger string
	started       time.Time
	elsewhere     bool
	// begun is closed when the run has begun, or could not; problem says why not.
	begun   chan struct{}
	problem *report.Problem
	handle  handle // runs.handleOf gives it to others than those who begin and follow the run

	// done is closed when the run has ended, or was put down; answer is nil then
	// where it goes on elsewhere.
	done   chan struct{}
	answer *flows.Answer
	err    error
	ended  time.Time
	state  journal.State // of a run without a journal, and of one that an event of a source began
	taken  []string      // signals, by their hashes; without a journal
	// rested is closed when the run only waits for the first time; nil for one of
	// another process.
	rested <-chan struct{}
	before bool // it had ended when an event found it
}

// names are those of the flow and of the trigger that began the run.
func (g *running) names() (flow, trigger string) {
	if g.route == nil {
		return g.flow, g.trigger
	}
	return g.route.served.Flow.Name(), g.route.trigger.Name
}

// known takes what the journal has of the beginning of the run.
func (g *running) known(b *journal.Beginning) {
	g.version, g.flow, g.trigger, g.started = b.Version, b.Flow, b.Trigger, b.Started
}

// runs are those that this process knows of, by their names.
type runs struct {
	server *Server

	mu   sync.Mutex
	all  map[string]*running
	busy int           // of those that do something
	idle chan struct{} // closed while none does; nil where nobody waits for it

	// kept are runs that have ended, the oldest first, and size the bytes of their
	// answers: of a server without a journal.
	kept []*running
	size int
}

// What a server without a journal remembers of runs that have ended, at most.
const (
	mostKept  = 10_000
	bytesKept = 64 << 20
)

func (r *runs) init(s *Server) { r.server, r.all = s, map[string]*running{} }

// claim returns the run of a name; mine is true where the caller is to begin it.
func (r *runs) claim(id string, digest []byte, of *route) (g *running, mine bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.forget()
	if g := r.all[id]; g != nil {
		return g, false
	}
	g = &running{id: id, digest: digest, route: of, begun: make(chan struct{}), done: make(chan struct{})}
	r.all[id] = g
	return g, true
}

// refused notes that a run could not begin. What was refused is not kept.
func (r *runs) refused(g *running, p *report.Problem) {
	r.mu.Lock()
	delete(r.all, g.id)
	r.mu.Unlock()
	g.problem = p
	close(g.begun)
	close(g.done)
}

// find returns a run that this process knows of; nil for none.
func (r *runs) find(id string) *running {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.forget()
	return r.all[id]
}

// handleOf returns the handle of a run, once that has begun; nil for one that could
// not, and for one that has ended of a server without a journal.
func (r *runs) handleOf(g *running) handle {
	<-g.begun
	r.mu.Lock()
	defer r.mu.Unlock()
	return g.handle
}

// list returns the runs that have not ended.
func (r *runs) list() []*running {
	r.mu.Lock()
	defer r.mu.Unlock()
	var list []*running
	for _, g := range r.all {
		select {
		case <-g.done:
		default:
			list = append(list, g)
		}
	}
	return list
}

// works changes how many runs do something.
func (r *runs) works(by int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.busy += by; r.busy == 0 && r.idle != nil {
		close(r.idle)
		r.idle = nil
	}
}

// whenIdle returns a channel that is closed when no run does anything.
func (r *runs) whenIdle() <-chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.idle == nil {
		r.idle = make(chan struct{})
	}
	idle := r.idle
	if r.busy == 0 {
		close(r.idle)
		r.idle = nil
	}
	return idle
}

// over notes the end of a run. A journal keeps it; without one its answer is
// remembered here for a while.
func (r *runs) over(g *running) {
	r.mu.Lock()
	g.ended = r.server.config.Now()
	if r.server.config.Journal != nil || g.answer == nil {
		if r.all[g.id] == g {
			delete(r.all, g.id)
		}
	} else {
		g.handle = nil
		r.kept = append(r.kept, g)
		r.size += len(g.answer.Body)
		r.forget()
	}
	r.mu.Unlock()
	close(g.done)
}

// forget drops what is too old, or too much. r.mu is held.
func (r *runs) forget() {
	if len(r.kept) == 0 {
		return
	}
	old := r.server.config.Now().Add(-r.server.config.KeepKeys)
	n := 0
	for n < len(r.kept) && (r.kept[n].ended.Before(old) || len(r.kept)-n > mostKept || r.size > bytesKept) {
		r.size -= len(r.kept[n].answer.Body)
		delete(r.all, r.kept[n].id)
		r.kept[n] = nil
		n++
	}
	r.kept = r.kept[n:]
}

// begin begins the run of an event, or finds the one that it has begun already.
func (s *Server) begin(ctx context.Context, r *route, start *event.Start, more ...flows.RunOption) (*running, *report.Problem) {
	id := start.Run
	if id == "" {
		id = rand.Text()
	}
	g, mine := s.runs.claim(id, start.Digest, r)
	if mine {
		if p := s.start(ctx, g, start.Inputs, more...); p != nil {
			s.runs.refused(g, p)
			return nil, p
		}
		close(g.begun)
		return g, nil
	}
	select {
	case <-g.begun:
	case <-ctx.Done():
		return nil, &report.Problem{Status: http.StatusServiceUnavailable, Code: "CallerGone"}
	}
	switch {
	case g.problem != nil:
		return nil, g.problem
	case !bytes.Equal(g.digest, start.Digest):
		return nil, keyReused(id)
	}
	return g, nil
}

func keyReused(run string) *report.Problem {
	return &report.Problem{
		Status: http.StatusUnprocessableEntity, Code: "KeyReused", Run: run,
		Detail: "another request came with this key, or this identity",
		Help:   "send the first request again as it was, or take a new key",
	}
}

// start begins the run of an event that nobody here has begun.
func (s *Server) start(ctx context.Context, g *running, inputs map[string]any, more ...flows.RunOption) *report.Problem {
	leave, p := s.enter(ctx)
	if p != nil {
		return p
	}
	r := g.route
	leave, g.version = r.table.held(leave), r.version
	options := append(s.options(r.served), flows.WithRunID(g.id), flows.WithTrigger(r.trigger.Name, g.digest))
	options = append(options, more...)
	var err error
	if j := s.config.Journal; j == nil {
		var h *flows.Handle
		if h, err = r.served.Flow.Start(s.life, inputs, options...); err == nil {
			g.handle = h
			s.follow(g, leave, nil)
		}
	} else {
		var h *journal.Handle
		if h, err = j.Start(context.WithoutCancel(s.life), r.served.Flow, inputs, options...); err == nil {
			g.handle = h
			s.follow(g, leave, h.Rested())
		}
	}
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

// enter takes a place among the runs.
func (s *Server) enter(ctx context.Context) (leave func(), p *report.Problem) {
	if s.drains.Load() {
		return nil, shuttingDown()
	}
	leave, ok := s.room.enter(ctx, s.config.QueueTime)
	switch {
	case s.drains.Load():
		if ok {
			leave()
		}
		return nil, shuttingDown()
	case !ok:
		return nil, &report.Problem{
			Status: http.StatusServiceUnavailable, Code: codeOverCapacity,
			Detail: "as many runs are under way as the server takes", Help: "send the request again later",
		}
	}
	return leave, nil
}

// The codes of what a server does not take at the moment.
const (
	codeOverCapacity = "OverCapacity"
	codeShuttingDown = "ShuttingDown"
)

func shuttingDown() *report.Problem {
	return &report.Problem{Status: http.StatusServiceUnavailable, Code: codeShuttingDown, Detail: "the server takes no new work", Help: "send the request again later"}
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
	s.config.Notice(Notice{Problem: true, Text: "a run could not begin", Run: g.id, Err: err})
	return &report.Problem{Status: http.StatusServiceUnavailable, Code: "NotBegun", Detail: "the run could not begin", Help: "send the request again later"}
}

// aboutSecrets reports whether the mistakes are the server's and not the caller's.
func aboutSecrets(e *report.InputError) bool {
	return slices.ContainsFunc(e.Errors, func(one schema.FieldError) bool { return one.Rule == "missing-secret" })
}

// rejoin finds a run that was begun before: it waits for its end, goes on with it,
// or has its answer.
func (s *Server) rejoin(ctx context.Context, g *running) *report.Problem {
	j := s.config.Journal
	b, err := j.Beginning(ctx, g.id)
	if err != nil {
		return s.notBegun(g, err)
	}
	if b.Trigger != g.route.trigger.Name || !bytes.Equal(b.Event, g.digest) {
		return keyReused(g.id)
	}
	g.known(b)
	switch b.State {
	case journal.Running, journal.Waiting:
		return s.join(ctx, g)
	case journal.Interrupted:
		leave, p := s.enter(ctx)
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
	h, err := s.config.Journal.Attach(context.WithoutCancel(s.life), g.id)
	if err != nil {
		return s.notBegun(g, err)
	}
	g.handle, g.elsewhere = h, true
	s.follow(g, func() {}, nil)
	return nil
}

// goOn goes on with a run that was interrupted, in the place that leave gives back.
func (s *Server) goOn(ctx context.Context, g *running, leave func()) *report.Problem {
	options := s.config.Options
	if g.route != nil {
		options = s.options(g.route.served)
	}
	h, err := s.config.Journal.StartResume(context.WithoutCancel(s.life), g.id, s.config.Registry, options...)
	if err == nil {
		g.handle = h
		s.follow(g, leave, h.Rested())
		return nil
	}
	leave()
	var running *journal.RunningError
	if errors.As(err, &running) {
		return s.join(ctx, g)
	}
	return s.notBegun(g, err)
}

// follow waits for the end of a run, in a goroutine of its own that Run waits for.
func (s *Server) follow(g *running, leave func(), rested <-chan struct{}) {
	if g.started.IsZero() {
		g.started = s.config.Now()
	}
	s.runs.works(1)
	g.rested = rested
	rest := sync.OnceFunc(func() { leave(); s.runs.works(-1) })
	s.work.Go(func() {
		ended := make(chan struct{})
		if rested != nil {
			s.work.Go(func() {
				select {
				case <-rested: // it holds nothing of the process any more
					rest()
				case <-ended:
				}
			})
		}
		_, err := g.handle.Wait(context.WithoutCancel(s.life))
		close(ended)
		g.err, g.answer = err, g.handle.Answer()
		g.state = stateOf(err)
		if g.answer == nil && s.config.Journal != nil && !g.isFed() {
			g.answer = s.answerOf(g)
		}
		if g.answer != nil && g.answer.Err != nil {
			s.config.Notice(Notice{Problem: true, Text: "the answer of a run could not be made as its trigger says", Run: g.id, Err: g.answer.Err})
		}
		rest()
		s.measures.ended(g, s.config.Now())
		s.noticed(g)
		s.runs.over(g)
	})
}

// isFed reports whether an event of a source began the run, so that nobody asks for
// an answer.
func (g *running) isFed() bool { return g.route != nil && g.route.trigger.Source != "" }

func stateOf(err error) journal.State {
	switch {
	case err == nil:
		return journal.Done
	case report.AsRunError(err).Class == connector.ClassCanceled:
		return journal.Canceled
	}
	return journal.Failed
}

// answerOf returns the answer of a run that ended elsewhere; nil for one that did
// not end.
func (s *Server) answerOf(g *running) *flows.Answer {
	a, err := s.config.Journal.Answer(context.WithoutCancel(s.life), g.id)
	if err != nil {
		return nil
	}
	return a
}
