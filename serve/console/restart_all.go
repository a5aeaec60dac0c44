package console

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/journal"
)

const (
	mostRestarted = 100  // runs that one request begins anew
	mostLooked    = 2000 // runs that are looked at for these
	mostBatches   = 16
)

// restartsPage says which runs would begin anew, and how.
type restartsPage struct {
	Form runsForm
	From string // the path of the step that all begin anew from; empty for the one that failed
	With string // "file" for the flow as its file is now
	File string // of the flow that the filter names; empty for none
	// Mistakes are those of File, which can then not be chosen.
	Mistakes string
	Version  string // of the file that the runs begin anew with; empty for those that they began with
	Runs     []restartRow
	Fit      int    // runs that can begin anew
	Older    string // leads to those before; empty where there are none
	Shown    bool   // somebody asked what would happen
	after    string // the key of the run that the page begins behind; empty for the latest
}

// Hidden are the filters as the form of the restart sends them again.
func (p *restartsPage) Hidden() map[string]string {
	all := map[string]string{}
	for name, texts := range p.Form.values() {
		all[name] = texts[0]
	}
	for name, text := range map[string]string{"with": p.With, "from": p.From, "after": p.after, "version": p.Version} {
		if text != "" {
			all[name] = text
		}
	}
	return all
}

// restartRow is what would become of a run, or what became of it.
type restartRow struct {
	Run     journal.Run
	Plan    *journal.RestartPlan
	Refused *refusal
	State   string // of the new run; empty before it has begun
	Next    string
}

// restartsFilter reads which runs are asked for.
func (c *Console) restartsFilter(q url.Values) (*restartsPage, journal.Filter, error) {
	p := &restartsPage{Form: readRunsForm(q), From: strings.TrimSpace(q.Get("from")), With: q.Get("with"), Shown: q.Has("plan"), after: q.Get("after")}
	if p.Form.State == "" {
		p.Form.State = string(journal.Failed)
	}
	filter, err := p.Form.filter(c.config.Now())
	p.Form.States = []journal.State{journal.Failed, journal.Canceled}
	if err == nil && !slices.Contains(p.Form.States, filter.State) {
		err = fmt.Errorf("runs that are %s do not begin anew: choose the state failed or canceled", p.Form.State)
	}
	return p, filter, err
}

// chosen finds the runs that are asked for and were not restarted, the latest first.
// next is the key behind which there may be others; empty where there are none.
func (c *Console) chosen(ctx context.Context, filter journal.Filter, after string) (list []journal.Run, next string, err error) {
	filter.After = after
	for looked := 0; looked < mostLooked; {
		filter.Limit = mostRestarted
		some, err := c.config.Journal.Runs(ctx, filter)
		if err != nil || len(some) == 0 {
			return list, "", err //nolint:wrapcheck // it says all
		}
		looked += len(some)
		for _, run := range some {
			switch {
			case run.Next != "":
			case len(list) == mostRestarted:
				return list, list[len(list)-1].Key, nil
			default:
				list = append(list, run)
			}
		}
		filter.After = some[len(some)-1].Key
	}
	return list, filter.After, nil
}

// errWhichFile is of a choice that needs to know which file is meant.
var errWhichFile = errors.New("to restart with a file, write the name of its flow below Flow: then the file can be chosen below With")

// how reads how the runs begin anew. began is the file that they began with.
func (c *Console) how(ctx context.Context, p *restartsPage, filter journal.Filter, began string) (journal.Restart, error) {
	how := journal.Restart{From: p.From}
	if filter.Flow == "" {
		if p.With == withFile {
			return how, errWhichFile
		}
		return how, mended{}.refuses(p.With).err()
	}
	now := c.mended(ctx, filter.Flow, began)
	p.File, p.Mistakes = now.file, now.mistakes
	if p.With == withFile && now.flow != nil {
		how.Flow, p.Version = now.flow, now.flow.Version()
	}
	return how, now.refuses(p.With).err()
}

// request is what the journal is asked to do with some of the runs.
func (c *Console) request(filter journal.Filter, how journal.Restart, chosen []string) journal.RestartAll {
	return journal.RestartAll{
		Which: filter, How: how,
		Only: func(r journal.Run) bool { return slices.Contains(chosen, r.ID) },
		Options: func(ctx context.Context, d *journal.Details) ([]flows.RunOption, func(), error) {
			return c.options(ctx, d.Flow, d.File), nil, nil
		},
	}
}

func (c *Console) planRestarts(w http.ResponseWriter, r *request) {
	p, filter, err := c.restartsFilter(r.URL.Query())
	if err == nil {
		err = c.planned(r.Context(), p, filter)
	}
	c.restartsPage(w, r, http.StatusOK, p, err)
}

func (c *Console) restartsPage(w http.ResponseWriter, r *request, status int, p *restartsPage, err error) {
	all := page{Title: "Restart runs", Here: "runs", Body: p}
	if err != nil {
		all.Problem, status = sentence(err), max(status, http.StatusBadRequest)
	}
	c.render(w, r, status, "restarts", all)
}

// planned finds the runs, and what would become of each where somebody asks.
func (c *Console) planned(ctx context.Context, p *restartsPage, filter journal.Filter) error {
	list, next, err := c.chosen(ctx, filter, p.after)
	if err != nil {
		return err
	}
	if next != "" {
		older := url.Values{}
		for name, text := range p.Hidden() {
			older.Set(name, text)
		}
		older.Set("after", next)
		older.Del("version")
		p.Older = c.config.Prefix + "/restart?" + older.Encode()
	}
	place := map[string]int{}
	var ids []string
	for i, run := range list {
		p.Runs, ids = append(p.Runs, restartRow{Run: run}), append(ids, run.ID)
		place[run.ID] = i
	}
	how, err := c.how(ctx, p, filter, c.beganWith(ctx, ids))
	if err != nil || !p.Shown {
		p.Shown = false
		return err
	}
	if len(list) > 0 { // the others are not looked up again
		filter.Since, filter.Until = list[len(list)-1].Started, list[0].Started.Add(time.Millisecond)
	}
	ask := c.request(filter, how, ids)
	ask.DryRun = true
	ask.Each = func(o journal.RestartOutcome) {
		row := &p.Runs[place[o.Run.ID]]
		if row.Plan = o.Plan; o.Refused != nil {
			row.Refused = refusalOf(o.Refused)
		} else {
			p.Fit++
		}
	}
	return c.config.Journal.RestartAll(ctx, c.config.Registry, ask) //nolint:wrapcheck // it says all
}

// beganWith returns the file that the first of some runs began with.
func (c *Console) beganWith(ctx context.Context, ids []string) string {
	if len(ids) == 0 {
		return ""
	}
	d, _, err := c.details(ctx, ids[0])
	if err != nil {
		return "" // the page of the run says why
	}
	return d.File
}

// batches are restarts of several runs, the latest last.
type batches struct {
	mu    sync.Mutex
	count int
	list  []*batch
}

// batch is a restart of several runs.
type batch struct {
	number int

	mu    sync.Mutex
	rows  []restartRow
	place map[string]int
}

// begin keeps a new batch, and gives up the oldest of many.
func (b *batches) begin(ids []string) *batch {
	one := &batch{place: map[string]int{}}
	for i, id := range ids {
		one.place[id] = i
		one.rows = append(one.rows, restartRow{Run: journal.Run{ID: id}})
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.count++
	one.number = b.count
	b.list = append(b.list, one)
	if len(b.list) > mostBatches {
		b.list = b.list[1:]
	}
	return one
}

func (b *batches) find(number string) *batch {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, one := range b.list {
		if strconv.Itoa(one.number) == number {
			return one
		}
	}
	return nil
}

// restarts begins the runs anew that somebody chose of those that the page showed.
func (c *Console) restarts(w http.ResponseWriter, r *request) {
	if err := r.ParseForm(); err != nil {
		c.fail(w, r, http.StatusBadRequest, errBadForm)
		return
	}
	p, filter, err := c.restartsFilter(r.PostForm)
	ids := r.PostForm["run"]
	var how journal.Restart
	readable, status := err == nil, http.StatusBadRequest
	switch {
	case !readable:
	case len(ids) == 0:
		err = errors.New("no run is chosen: mark those that shall begin anew, and press the button again")
	case len(ids) > mostRestarted:
		err = fmt.Errorf("%d runs are too many at once: restart at most %d, and then the others", len(ids), mostRestarted)
	default:
		how, err = c.how(r.Context(), p, filter, c.beganWith(r.Context(), ids))
		if err == nil && unseen(r.PostForm, p.Version) {
			err, status = errUnseen, http.StatusConflict
		}
	}
	if err != nil {
		c.audit(r, Action{What: "restart", Err: err})
		p.Shown = true // what was chosen is there to be chosen again
		if readable && c.planned(r.Context(), p, filter) != nil {
			p.Shown = false
		}
		c.restartsPage(w, r, status, p, err)
		return
	}
	slices.Sort(ids)
	one := c.batches.begin(slices.Compact(ids))
	ask := c.request(filter, how, ids)
	ask.Begun = func(plan *journal.RestartPlan, _ *journal.Handle) {
		one.begun(plan)
		c.audit(r, Action{What: "restart", Run: plan.Of, Detail: plan.RunID})
	}
	ask.Each = func(o journal.RestartOutcome) {
		if one.ended(o); o.Refused != nil {
			c.audit(r, Action{What: "restart", Run: o.Run.ID, Flow: o.Run.Flow, Err: o.Refused})
		}
	}
	go func() {
		err := cmp.Or(c.config.Journal.RestartAll(c.life, c.config.Registry, ask), errLeftOut)
		for _, id := range one.close(err) {
			c.audit(r, Action{What: "restart", Run: id, Err: err})
		}
	}()
	http.Redirect(w, r.Request, c.config.Prefix+"/restarts/"+itoa(one.number), http.StatusSeeOther)
}
