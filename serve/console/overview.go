package console

import (
	"context"
	"fmt"
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
)

// overviewPage says what there is, and what needs somebody.
type overviewPage struct {
	Now    time.Time
	States []stateCount
	Needs  []need
	Flows  []flowCount
	Ticks  []comingTick
	Since  time.Time // of the oldest run that the charts look at
	Whole  bool      // they look at all of the last hours
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
	Median, Most time.Duration
	Chart        template.HTML
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
	counted.Ticks = c.ticks(r)
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
	p := overviewPage{Now: now}
	if stats, err := j.Stats(ctx); err == nil { // a store of one's own may count nothing
		for _, state := range journal.States() {
			p.States = append(p.States, stateCount{state, stats.Runs[state]})
		}
	}
	recent, err := j.Runs(ctx, journal.Filter{Since: now.Add(-hours * time.Hour), Limit: mostCounted})
	if err != nil {
		return p, err //nolint:wrapcheck // it says all
	}
	p.Whole = len(recent) < mostCounted
	p.Flows, p.Since = counted(recent, now)
	n.page, n.good = p, now.Add(max(lookEvery, restFactor*time.Since(began)))
	return p, nil
}

// counted counts the runs of each flow.
func counted(runs []journal.Run, now time.Time) (list []flowCount, since time.Time) {
	byFlow := map[string][]journal.Run{}
	for _, r := range runs {
		byFlow[r.Flow] = append(byFlow[r.Flow], r)
		since = r.Started
	}
	for name, of := range byFlow {
		f := flowCount{Name: name, Runs: len(of), Chart: chart(of, now)}
		var times []time.Duration
		for _, r := range of {
			if r.State == journal.Failed {
				f.Failed++
			}
			if !r.Ended.IsZero() {
				times = append(times, r.Ended.Sub(r.Started))
			}
		}
		slices.Sort(times)
		if len(times) > 0 {
			f.Median, f.Most = times[len(times)/2].Round(time.Millisecond), times[len(times)-1].Round(time.Millisecond)
		}
		list = append(list, f)
	}
	slices.SortFunc(list, func(a, b flowCount) int { return strings.Compare(a.Name, b.Name) })
	return list, since
}

// chart draws a bar for each of the last hours: how many runs began, and of these how
// many failed.
func chart(runs []journal.Run, now time.Time) template.HTML {
	const barW, height = 8, 36
	var all, bad [hours]int
	most := 1
	for _, r := range runs {
		i := hours - 1 - int(now.Sub(r.Started)/time.Hour)
		if i < 0 || i >= hours {
			continue
		}
		all[i]++
		if r.State == journal.Failed {
			bad[i]++
		}
		most = max(most, all[i])
	}
	var out strings.Builder
	fmt.Fprintf(&out, `<svg class="chart" role="img" width="%d" height="%d" viewBox="0 0 %d %d" aria-label="runs of the last %d hours, an hour a bar; at most %d">`,
		hours*barW, height+1, hours*barW, height+1, hours, most)
	for i := range all {
		h, f := all[i]*height/most, bad[i]*height/most
		if bad[i] > 0 {
			f = max(f, 2)
		}
		h = max(h, f)
		fmt.Fprintf(&out, `<rect class="good" x="%d" y="%d" width="%d" height="%d"/><rect class="bad" x="%d" y="%d" width="%d" height="%d"/>`,
			i*barW, height-h, barW-1, h-f, i*barW, height-f, barW-1, f)
	}
	fmt.Fprintf(&out, `<path class="axis" d="M0 %dH%d"/></svg>`, height, hours*barW)
	return template.HTML(out.String()) //nolint:gosec // numbers alone
}
