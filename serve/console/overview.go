package console

import (
	"context"
	"html/template"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/medlar-flow/medlar/flows/journal"
)

// numbers are what the overview counts. They are counted again when they are older
// than a second, and less often where that takes long: whoever looks all the time takes
// a twentieth of a core.
type numbers struct {
	mu   sync.Mutex
	good time.Time // until when they are not counted again
	page overviewPage
}

const (
	mostCounted = 2000 // runs that charts look at
	mostCalled  = 20   // runs that need somebody, by their kind
	hours       = 24
	minutes     = 60
)

// overviewPage says what there is, and what needs somebody.
type overviewPage struct {
	Now      time.Time
	Counted  time.Time // when it was counted; what needs somebody is as it is now
	States   []stateCount
	Needs    []need
	Owed     []journal.NotUndone
	More     bool // there may be others that were not undone
	Hours    span
	Recent   span // the last hour, by minutes
	Fine     bool // somebody wants to see Recent
	Triggers []trigger
	Others   bool // there are more triggers
}

// span is what ran in some time.
type span struct {
	Title, Bar, Since string // Since as a filter has it
	Flows             []flowCount
	From              time.Time // when the oldest run began that was looked at
	Whole             bool      // all of the time was looked at
}

// Shown is the time that somebody wants to see.
func (p *overviewPage) Shown() span {
	if p.Fine {
		return p.Recent
	}
	return p.Hours
}

type stateCount struct {
	State journal.State
	Runs  int64
}

// need is a kind of runs that need somebody.
type need struct {
	Title, What string
	State       journal.State
	Runs        []journal.Run
	More        bool
}

// flowCount are the runs of a flow in the last hours.
type flowCount struct {
	Name         string
	Runs, Failed int
	Ended        int // those that Median and Most are of
	Median, Most time.Duration
	Chart, Times template.HTML
}

func (c *Console) overview(w http.ResponseWriter, r *request) {
	j, now := c.config.Journal, c.config.Now()
	counted, err := c.numbers.read(r.Context(), j, now)
	if err == nil {
		counted.Needs, err = needs(r.Context(), j)
	}
	if err != nil {
		c.fail(w, r, http.StatusInternalServerError, err)
		return
	}
	counted.Now = now
	counted.Triggers, counted.Others = c.triggers(r)
	counted.Fine = r.URL.Query().Get("by") == "minutes"
	c.render(w, r, http.StatusOK, "overview", page{Title: "Overview", Here: "overview", Body: &counted})
}

// kinds are those of runs that need somebody.
var kinds = []need{
	{Title: "Waiting", What: "They wait for a signal or a time. One that waits for a signal can be answered on its page.", State: journal.Waiting},
	{Title: "Interrupted", What: "No process runs them. They go on where they stopped when somebody resumes them.", State: journal.Interrupted},
	{Title: "Failed", What: "They ended with a failure and were not restarted.", State: journal.Failed},
}

// needs finds the runs that need somebody.
func needs(ctx context.Context, j *journal.Journal) (list []need, err error) {
	for _, kind := range kinds {
		runs, err := j.Runs(ctx, journal.Filter{State: kind.State, Limit: mostCalled})
		if err != nil {
			return nil, err //nolint:wrapcheck // it says all
		}
		kind.More = len(runs) == mostCalled
		kind.Runs = slices.DeleteFunc(runs, func(r journal.Run) bool { return r.Next != "" })
		if len(kind.Runs) > 0 {
			list = append(list, kind)
		}
	}
	return list, nil
}

// read counts the runs, or returns what was counted a moment ago.
func (n *numbers) read(ctx context.Context, j *journal.Journal, now time.Time) (overviewPage, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if now.Before(n.good) {
		return n.page, nil
	}
	began := time.Now()
	p := overviewPage{Counted: now}
	if stats, err := j.Stats(ctx); err == nil { // a store of one's own may count nothing
		for _, state := range journal.States() {
			p.States = append(p.States, stateCount{state, stats.Runs[state]})
		}
	}
	recent, err := j.Runs(ctx, journal.Filter{Since: now.Add(-hours * time.Hour), Limit: mostCounted})
	if err != nil {
		return p, err //nolint:wrapcheck // it says all
	}
	owed, next, err := j.NotUndone(ctx, journal.Filter{})
	if err != nil {
		return p, err //nolint:wrapcheck // it says all
	}
	p.More = next != "" || len(owed) > mostCalled
	p.Owed = owed[:min(len(owed), mostCalled)]
	whole := len(recent) < mostCounted
	p.Hours = inSpan("The last 24 hours", "24h", recent, whole, now, bars{hours, time.Hour})
	older := slices.IndexFunc(recent, func(r journal.Run) bool { return r.Started.Before(now.Add(-time.Hour)) })
	if older >= 0 {
		recent, whole = recent[:older], true
	}
	p.Recent = inSpan("The last hour", "1h", recent, whole, now, bars{minutes, time.Minute})
	n.page, n.good = p, now.Add(max(lookEvery, restFactor*time.Since(began)))
	return p, nil
}

// inSpan counts runs of some time, the latest first.
func inSpan(title, since string, runs []journal.Run, whole bool, now time.Time, by bars) span {
	s := span{Title: title, Bar: by.unit(), Since: since, Whole: whole}
	s.Flows, s.From = counted(runs, now, by)
	return s
}

// counted counts the runs of each flow.
func counted(runs []journal.Run, now time.Time, by bars) (list []flowCount, since time.Time) {
	byFlow := map[string][]journal.Run{}
	for _, r := range runs {
		byFlow[r.Flow] = append(byFlow[r.Flow], r)
		since = r.Started
	}
	for name, of := range byFlow {
		f := flowCount{Name: name, Runs: len(of), Chart: by.runs(of, now), Times: by.times(of, now)}
		var times []time.Duration
		for _, r := range of {
			if r.State == journal.Failed {
				f.Failed++
			}
			if !r.Ended.IsZero() {
				times = append(times, r.Ended.Sub(r.Started))
			}
		}
		f.Ended = len(times)
		f.Median, f.Most = middle(times)
		list = append(list, f)
	}
	slices.SortFunc(list, func(a, b flowCount) int { return strings.Compare(a.Name, b.Name) })
	return list, since
}

// middle returns the median of times, and the longest; 0 for none.
func middle(times []time.Duration) (median, most time.Duration) {
	if len(times) == 0 {
		return 0, 0
	}
	slices.Sort(times)
	return rounded(times[len(times)/2]), rounded(times[len(times)-1])
}
