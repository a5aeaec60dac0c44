package serve

import (
	"context"
	"sync"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/serve/internal/metrics"
)

// eventMeasures is what is counted of the events of sources.
type eventMeasures struct {
	received, redelivered, settled *metrics.Counter
	inFlight                       *metrics.Counter
}

// What became of an event, beyond the fates that a source is told.
const (
	eventRecorded  = "recorded"  // it is done, since its run is on disk
	eventUnsettled = "unsettled" // the source was told nothing, or did not take it
)

// fateName is a fate as metrics call it.
func fateName(fate connector.Fate) string {
	switch fate {
	case connector.EventDone:
		return "done"
	case connector.EventAgain:
		return "again"
	case connector.EventStays:
		return "stays"
	default:
		return ""
	}
}

// add adds the families.
func (m *eventMeasures) add(set *metrics.Set, s *Server) {
	labels := []string{"source", "flow", "trigger"}
	m.received = set.Counter("medlar_events_received_total", "Events that sources gave.", labels...)
	m.redelivered = set.Counter("medlar_events_redelivered_total", "Those of them that had been given before.", labels...)
	m.settled = set.Counter("medlar_events_settled_total",
		"Events by what became of them: done, recorded (done, since the run is on disk), again, stays (no run may begin), unsettled (the source was not told).",
		append(labels, "outcome")...)
	m.inFlight = set.Level("medlar_events_in_flight", "Events that were given and are not settled.", labels...)
	set.Gauge("medlar_events_waiting", "Events that sources have, by where they stand: ready, hidden, dead.", s.waiting(), append(labels, "state")...)
}

// labels are those of a feed.
func (f *feed) labels() []string {
	return []string{f.trigger.Source, f.served.Flow.Name(), f.trigger.Name}
}

// given counts an event that was given.
func (m *measures) given(f *feed, e *connector.Event) {
	if m == nil {
		return
	}
	m.events.received.Add(1, f.labels()...)
	m.events.inFlight.Add(1, f.labels()...)
	if e.Attempt > 1 {
		m.events.redelivered.Add(1, f.labels()...)
	}
}

// settled counts what became of an event.
func (m *measures) settled(f *feed, outcome string) {
	if m == nil {
		return
	}
	m.events.inFlight.Add(-1, f.labels()...)
	m.events.settled.Add(1, append(f.labels(), outcome)...)
}

// How much waits at the sources is asked for when somebody asks for metrics, and
// counts for a while, since asking a service costs money.
const (
	backlogKept = 15 * time.Second
	backlogTime = 3 * time.Second // for all sources together
)

// backlog is what waits at the source of a feed.
type backlog struct {
	feed *feed
	is   map[connector.BacklogState]int64
}

// waiting returns what reads how much waits at each source.
func (s *Server) waiting() func(is func(float64, ...string)) {
	read := rarely(backlogKept, s.backlogs)
	return func(is func(float64, ...string)) {
		for _, b := range read() {
			for _, state := range []connector.BacklogState{connector.BacklogReady, connector.BacklogHidden, connector.BacklogDead} {
				if n, known := b.is[state]; known {
					is(float64(n), append(b.feed.labels(), string(state))...)
				}
			}
		}
	}
}

// backlogs asks all sources at the same time. One that does not answer is left out.
func (s *Server) backlogs() []backlog {
	t := s.now.Load()
	if t == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(s.life, backlogTime)
	defer cancel()
	list := make([]backlog, len(t.feeds))
	var all sync.WaitGroup
	for i, f := range t.feeds {
		all.Go(func() { list[i] = backlog{f, f.backlog(ctx)} })
	}
	all.Wait()
	return list
}

// backlog asks the source of the feed.
func (f *feed) backlog(ctx context.Context) map[connector.BacklogState]int64 {
	f.mu.Lock()
	listening := f.listening
	f.mu.Unlock()
	if listening == nil {
		return nil
	}
	is, err := listening.Backlog(ctx) // nobody waits for it who ends the listening
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case err == nil:
		f.mute = false
	case !f.mute && f.server.life.Err() == nil:
		f.mute = true
		f.tell("how much waits at the source is not known", "", err)
	}
	return is
}

// listens notes what the feed listens to, and returns what forgets it.
func (f *feed) listens(l backlogger) (forget func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.listening = l
	return func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		if f.listening == l { // and not to another one, already
			f.listening = nil
		}
	}
}

// backlogger is a listening.
type backlogger interface {
	Backlog(ctx context.Context) (map[connector.BacklogState]int64, error)
}
