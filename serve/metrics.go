package serve

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"runtime"
	"strconv"
	"time"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/serve/internal/metrics"
)

// measures is what a server counts for operators; nil where nobody asks, and then
// nothing is counted.
type measures struct {
	runMeasures

	set            metrics.Set
	requests       *metrics.Counter
	requestSeconds *metrics.Histogram
	events         eventMeasures
	refused        *metrics.Counter
}

// The upper bounds of what is measured, in seconds: calls and requests take
// milliseconds to minutes, runs up to days.
var (
	shortTimes = []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60}
	longTimes  = []float64{.01, .05, .1, .5, 1, 5, 10, 30, 60, 300, 900, 3600, 21600, 86400}
)

// newMeasures makes what a server counts.
func newMeasures(s *Server) *measures {
	m := &measures{}
	set := &m.set
	m.requests = set.Counter("medlar_http_requests_total", "Requests by route and status; no route is one that nothing takes.", "route", "status")
	m.requestSeconds = set.Histogram("medlar_http_request_duration_seconds", "Time until a request was answered.", shortTimes, "route")
	m.runMeasures = newRunMeasures(set)
	set.Gauge("medlar_runs_busy", "Runs that do something.", func(is func(float64, ...string)) { taken, _, _ := s.room.stands(); is(float64(taken)) })
	set.Gauge("medlar_runs_max", "The most runs that do something at the same time.", func(is func(float64, ...string)) { _, most, _ := s.room.stands(); is(float64(most)) })
	set.Gauge("medlar_queue_depth", "Events that wait for room.", func(is func(float64, ...string)) { is(float64(s.room.line.depth())) })
	set.Gauge("medlar_queue_max", "The most events that wait for room.", func(is func(float64, ...string)) { is(float64(s.room.line.most)) })
	set.Gauge("medlar_undos_owed", "Steps that runs under way, also those that wait, would have to undo if they failed now.", s.owed)
	m.events.add(set, s)
	m.places(set, s)
	set.Gauge("go_goroutines", "Goroutines of the process.", func(is func(float64, ...string)) { is(float64(runtime.NumGoroutine())) })
	return m
}

// journalled adds what is known of the journal: stats is called for each scrape.
func (m *measures) journalled(stats func() *journal.Stats) {
	of := func(get func(s *journal.Stats) int64) func(is func(float64, ...string)) {
		return func(is func(float64, ...string)) {
			if s := stats(); s != nil {
				is(float64(get(s)))
			}
		}
	}
	m.set.Gauge("medlar_journal_bytes", "Size of the journal on disk, with its log.", of(func(s *journal.Stats) int64 { return s.Size }))
	m.set.Gauge("medlar_journal_free_bytes", "Part of the journal that is free for what is written next.", of(func(s *journal.Stats) int64 { return s.Free }))
	m.set.Gauge("medlar_journal_processes", "Processes that run the runs of the journal.", of(func(s *journal.Stats) int64 { return s.Processes }))
	m.set.CounterOf("medlar_journal_flushes_total", "Transactions that this process wrote to the journal.", of(func(s *journal.Stats) int64 { return s.Flushes }))
	m.set.Gauge("medlar_journal_runs", "Runs that the journal has, by state.", func(is func(float64, ...string)) {
		if s := stats(); s != nil {
			for _, state := range journal.States() {
				is(float64(s.Runs[state]), string(state))
			}
		}
	}, "state")
}

// owed counts what the runs of this process would have to undo.
func (s *Server) owed(is func(float64, ...string)) {
	n := 0
	for _, g := range s.runs.list() {
		select {
		case <-g.begun:
		default:
			continue
		}
		if h, ok := s.runs.handleOf(g).(interface{ Owed() []string }); ok {
			n += len(h.Owed())
		}
	}
	is(float64(n))
}

// request counts a request.
func (m *measures) request(x *Access) {
	if m == nil {
		return
	}
	m.requests.Add(1, x.Route, strconv.Itoa(x.Status))
	m.requestSeconds.Observe(x.Duration.Seconds(), x.Route)
}

// ended counts a run that has ended here.
func (m *measures) ended(g *running, now time.Time) {
	closed := errors.Is(g.err, journal.ErrClosed) || errors.Is(g.err, journal.ErrNotOwner)
	if m == nil || g.elsewhere || closed || wasInterrupted(g.err) {
		return
	}
	flow, trigger := g.names()
	var failure *report.RunError
	if g.err != nil {
		failure = report.AsRunError(g.err)
	}
	m.count(flow, trigger, g.version, string(g.state), failure, now.Sub(g.started))
}

// showMetrics answers with all that is counted.
func (s *Server) showMetrics(x *exchange, req *http.Request) {
	x.access.Route = "GET /metrics"
	var b bytes.Buffer
	_ = s.measures.set.Write(&b) // a buffer takes everything
	x.send(&flows.Answer{Status: http.StatusOK, Headers: map[string]string{"Content-Type": metrics.ContentType}, Body: b.Bytes()})
}

// measure has the server count, for whoever asks Admin.
func (s *Server) measure() {
	s.measures = newMeasures(s)
	s.config.Options = append(s.config.Options[:len(s.config.Options):len(s.config.Options)], flows.WithListener(s.measures.listen))
	j := s.config.Journal
	if j == nil {
		return
	}
	s.measures.journalled(rarely(keptFor, func() *journal.Stats {
		ctx, cancel := context.WithTimeout(s.life, 5*time.Second)
		defer cancel()
		stats, err := j.Stats(ctx)
		switch {
		case errors.Is(err, errors.ErrUnsupported), errors.Is(err, journal.ErrClosed):
		case err != nil:
			s.config.Notice(Notice{Problem: true, Text: "the journal cannot be measured", Err: err})
		}
		return stats
	}))
}
