package serve

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"time"

	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/internal/stack"
)

// Listener is where somebody answers.
type Listener struct {
	Listener net.Listener // closed by Serve
	Handler  http.Handler // the server itself, or its Admin
	TLS      *tls.Config  // nil for HTTP without it
}

// ErrRuns is the error of a Run that is called while another one is under way, or after
// it: a server runs once.
var ErrRuns = errors.New("the server runs already, or has ended: make another one")

// lookEvery is how often a server looks for runs that another process left.
const lookEvery = 10 * time.Second

// Run goes on with runs that were interrupted, follows the schedules, and returns
// when ctx has ended and the runs too: they have Config.DrainTime for that. Then those of a journal are
// put down, to go on at the next start, and those without one are canceled.
// Callers that wait are told where their run is. Events that come meanwhile are
// refused. It is called once; the error of another call is ErrRuns.
func (s *Server) Run(ctx context.Context) error {
	if s.ran.Swap(true) {
		return ErrRuns
	}
	if s.config.Journal != nil {
		s.work.Go(func() {
			stack.Grow() // SQLite goes deep
			s.takeUp(ctx)
		})
	}
	s.work.Go(func() {
		stack.Grow()
		s.followSources(ctx)
	})
	if s.notifier != nil {
		s.work.Go(func() { s.notifier.Run(s.life) })
	}
	<-ctx.Done()
	s.drains.Store(true)
	s.room.line.close()
	timer := time.NewTimer(s.config.DrainTime)
	defer timer.Stop()
	select {
	case <-s.runs.whenIdle():
	case <-timer.C:
	case <-s.hurried:
	}
	for _, g := range s.runs.list() {
		if h := s.runs.handleOf(g); h != nil && s.records != nil {
			h.Interrupt()
		}
	}
	s.end()
	s.work.Wait()
	s.reloads.mu.Lock() // none is taken any more
	defer s.reloads.mu.Unlock()
	s.now.Load().drop()
	return nil
}

// takeUp goes on with runs of the server's triggers that nobody runs: at the
// start, and every now and then, since another process may end, and the runs of this one
// stop while the journal cannot be written.
func (s *Server) takeUp(ctx context.Context) {
	refused := map[string]bool{}
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	for {
		if err := s.takeAll(ctx, refused); err != nil && ctx.Err() == nil && !s.unwritten(err, 0, 0) {
			s.config.Notice(Notice{Problem: true, Text: "looking for interrupted runs", Err: err})
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		case <-s.trouble.over:
		}
	}
}

func (s *Server) takeAll(ctx context.Context, refused map[string]bool) error {
	for r, err := range s.interrupted(ctx) {
		if err != nil {
			return err
		}
		if refused[r.ID] || ctx.Err() != nil {
			continue
		}
		b, err := s.config.Journal.Beginning(ctx, r.ID)
		if err != nil || b.Trigger == "" || b.State != journal.Interrupted {
			continue // another process may have it by now; others than the triggers' are resumed by hand
		}
		g, mine := s.runs.claim(r.ID, b.Event, s.routeOf(b))
		if !mine {
			continue
		}
		g.known(b)
		p := s.goOnPatiently(ctx, g)
		if p == nil {
			close(g.begun)
			continue
		}
		s.runs.refused(g, p)
		if p.Code == codeJournalFailed {
			return nil // so would the others fail
		}
		if ctx.Err() == nil {
			refused[r.ID] = true
		}
	}
	return nil
}

// goOnPatiently goes on with a run that this process has claimed, once there is room
// for it. Run waits for such a run only where it was claimed before the drain.
func (s *Server) goOnPatiently(ctx context.Context, g *running) *report.Problem {
	if s.drains.Load() {
		return shuttingDown()
	}
	leave, ok := s.room.wait(ctx)
	if !ok {
		return shuttingDown()
	}
	out := g.route.goesOn()
	return s.goOn(ctx, g, func() { leave(); out() })
}

// Hurry ends the time that runs have to end, once the server is to.
func (s *Server) Hurry() { s.hurry() }

func quiet() *log.Logger { return log.New(io.Discard, "", 0) }
