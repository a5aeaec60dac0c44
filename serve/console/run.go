package console

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/diag"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/internal/late"
)

// stepsShown is how many steps one page of a run shows.
const stepsShown = 200

// runPage is all that is shown of a run.
type runPage struct {
	Run      *journal.Details
	Now      time.Time
	State    string
	Damaged  string // why not all of it can be read
	Graph    template.HTML
	Timeline template.HTML
	Groups   []rowGroup // of the latest steps
	Total    int        // of the steps
	More     bool
	Failure  *failure
	Before   string // the run that it was restarted from
	Live     string // what to connect to; empty for a run that has ended
	Later    bool   // what the program tells is not there yet: it is long

	Waits   []waiting
	Sources string // what the page of its flow is found by; empty where none can be started
	Restart []string
}

// stepRow is a step in a list.
type stepRow struct {
	Number int // of Details.Steps
	Path   string
	What   string
	State  string
	Started, Ended,
	Until time.Time
	Text string
	Kept bool // of the run that this one was restarted from
}

// failure is what is told of a failed run.
type failure struct {
	Err     *report.RunError
	Excerpt string
	Cause   string // the error, or what a function said, that led to it
	Unknown bool   // nobody knows whether the call happened
}

func failureOf(e *report.RunError) *failure {
	f := &failure{Err: e, Unknown: e.Outcome == connector.OutcomeUnknown}
	if cause, ok := e.Caused(); ok {
		f.Cause = cause.Error()
	} else if e.Cause != nil {
		f.Cause = oneLine(e.Cause)
	}
	return f
}

// ended reports whether a run goes on by nothing.
func ended(s journal.State) bool {
	return s == journal.Done || s == journal.Failed || s == journal.Canceled
}

// readRun reads what is shown of a run without its program.
func (c *Console) readRun(ctx context.Context, id string) (*runPage, error) {
	d, err := c.config.Journal.Show(ctx, id)
	p, err := c.pageOf(d, err)
	if err != nil {
		return nil, err
	}
	p.Before = c.before(ctx, id)
	p.Groups, p.More = groupsOf(c.config.Prefix, d, nil, 0, p.Now)
	return p, nil
}

// pageOf is what the journal tells of a run, for people; err is what it said with that.
func (c *Console) pageOf(d *journal.Details, err error) (*runPage, error) {
	var damaged *journal.DamagedError
	if err != nil && (!errors.As(err, &damaged) || d == nil) {
		return nil, err
	}
	p := &runPage{Run: d, Now: c.config.Now(), State: string(d.State), Total: len(d.Steps), Later: true}
	if damaged != nil {
		p.Damaged = damaged.Error()
	}
	p.Timeline = timeline(d, p.Now)
	if !ended(d.State) {
		p.Live = c.config.Prefix + "/live/run/" + escapeRun(d.ID)
	}
	if d.Err != nil {
		p.Failure = failureOf(d.Err)
	}
	p.Restart = restartable(d)
	return p, nil
}

// before returns the run that one was restarted from; empty for none that is there.
func (c *Console) before(ctx context.Context, id string) string {
	before := restartedFrom(id)
	if before != "" {
		if _, err := c.config.Journal.Beginning(ctx, before); err != nil {
			return ""
		}
	}
	return before
}

// complete adds what the program of a run tells. Without one, what the journal knows is
// shown.
func (c *Console) complete(p *runPage) { c.completeFrom(p, &standing{}, 0) }

// completeFrom is complete where st knows where the steps before from stood when the
// graph of the page was drawn.
func (c *Console) completeFrom(p *runPage, st *standing, from int) {
	d := p.Run
	p.Later = false
	one, err := c.programs.of(d, c.config.Registry)
	if err != nil {
		p.Restart = nil
		return
	}
	if st.update(d, from, p.Now) || p.Graph == "" {
		p.Graph = one.drawn(st)
	}
	if p.Failure != nil {
		told := *p.Failure
		told.Excerpt = excerpt(d, one.flow, d.Err)
		p.Failure = &told
	}
	p.Waits = waitsOf(d, one.flow)
}

// restartedFrom returns the run whose restart a run may be: "r" of "r.2", "r.2" of
// "r.3"; empty for none.
func restartedFrom(id string) string {
	i := strings.LastIndexByte(id, '.')
	if i < 1 {
		return ""
	}
	n, err := strconv.Atoi(id[i+1:])
	switch {
	case err != nil || n < 2:
		return ""
	case n == 2:
		return id[:i]
	}
	return id[:i] + "." + itoa(n-1)
}

// rows returns the steps from one number to another, the latest first.
func rows(d *journal.Details, from, to int, now time.Time) []stepRow {
	var list []stepRow
	for i := from; i < to; i++ {
		s := &d.Steps[i]
		row := stepRow{Number: i, Path: s.Path, What: s.Operation, State: stateOf(d, s, now), Started: s.Started, Ended: endOf(d, s, now), Kept: s.Kept}
		if row.State == "waiting" {
			row.Until = s.Until
		}
		switch {
		case s.Signal != "":
			row.What = "signal " + s.Signal
		case s.Iterations > 0:
			row.What, row.Text = "loop", strconv.FormatInt(s.Iterations, 10)+" iterations ended; they are one record"
		case s.Operation == "":
			row.What = "wait"
		}
		switch {
		case s.Err != nil:
			row.Text = shorten(s.Err.Code+": "+s.Err.Message, mostFailure)
		case s.Withheld:
			row.Text = "the result holds a secret and is not stored"
		case s.Result != nil:
			row.Text = resultText(s.Result)
		}
		list = append(list, row)
	}
	slices.Reverse(list)
	return list
}

// What a row tells of a failure and of a result, in bytes.
const (
	mostFailure = 300
	mostResult  = 160
)

// brief is a result of which nothing is kept but what a row tells of it.
type brief string

func resultText(result any) string {
	if text, ok := result.(brief); ok {
		return string(text)
	}
	return shorten(oneLine(result), mostResult)
}

// trim drops what rows do not tell of a step.
func trim(s *journal.Step) {
	if s.Result != nil {
		s.Result = brief(resultText(s.Result))
	}
	if s.Err != nil {
		s.Err = &report.RunError{Failure: report.Failure{Code: s.Err.Code, Message: shorten(s.Err.Message, mostFailure)}}
	}
}

// endOf returns when a step ended, zero where that is not known or is to come: of a wait
// for a time the journal has no end.
func endOf(d *journal.Details, s *journal.Step, now time.Time) time.Time {
	if !s.Ended.IsZero() || s.Until.IsZero() || s.Signal != "" || s.Until.After(now) || !d.Ended.IsZero() && s.Until.After(d.Ended) {
		return s.Ended
	}
	if s.Until.Before(s.Started) { // it was over when it was written down
		return s.Started
	}
	return s.Until
}

// stateOf says where a step stands.
func stateOf(d *journal.Details, s *journal.Step, now time.Time) string {
	switch {
	case s.Err != nil:
		return "failed"
	case !s.Ended.IsZero() || s.Iterations > 0:
		return "done"
	case ended(d.State):
		return "done" // a wait that is over, or a call that was given up
	case s.Kept && s.Signal == "", !s.Until.IsZero() && s.Signal == "" && !s.Until.After(now):
		return "done" // a wait that is over
	case s.Signal != "" || !s.Until.IsZero():
		return "waiting"
	case d.State == journal.Interrupted:
		return "interrupted" // nobody is at it
	}
	return "running"
}

// excerpt returns the line of the pinned program where a run failed.
func excerpt(d *journal.Details, flow *flows.Flow, e *report.RunError) string {
	span, ok := spanOf(e.Place)
	if !ok {
		return ""
	}
	var out bytes.Buffer
	list := diag.List{{Span: span, Severity: diag.Error, Rule: e.Code, Message: e.Message}}
	if diag.Print(&out, list, masked(flow.Warnings(), d.Text)) != nil {
		return ""
	}
	return out.String()
}

// spanOf reads "release.yaml:17:5".
func spanOf(place string) (diag.Span, bool) {
	rest, col, ok := cutLast(place)
	file, line, both := cutLast(rest)
	if !ok || !both {
		return diag.Span{}, false
	}
	return diag.Span{File: file, Line: line, Col: col, Width: 1}, true
}

func cutLast(text string) (rest string, n int, ok bool) {
	i := strings.LastIndexByte(text, ':')
	if i < 0 {
		return text, 0, false
	}
	n, err := strconv.Atoi(text[i+1:])
	return text[:i], n, err == nil && n > 0
}

// restartable lists the steps that somebody may want to restart from: what failed
// first, then the others that the run came to, the latest first.
func restartable(d *journal.Details) []string {
	if d.State != journal.Failed && d.State != journal.Canceled || d.Next != "" {
		return nil
	}
	var list []string
	seen := map[string]bool{}
	add := func(path string) {
		path, _, _ = strings.Cut(path, "#")
		if path != "" && !seen[path] && len(list) < stepsShown {
			seen[path] = true
			list = append(list, path)
		}
	}
	if d.Err != nil {
		add(d.Err.Step)
	}
	for _, s := range slices.Backward(d.Steps) {
		if s.Iterations == 0 && !strings.Contains(s.Path, "/undo/") {
			add(s.Path)
		}
	}
	return list
}

func (c *Console) showRun(w http.ResponseWriter, r *request) {
	p, err := c.run(r.Context(), r.PathValue("run"), !r.URL.Query().Has("whole"))
	if err != nil {
		c.fail(w, r, http.StatusInternalServerError, err)
		return
	}
	c.runPage(w, r, http.StatusOK, p, nil)
}

// showRest gives what a page of a run lacks whose program is long.
func (c *Console) showRest(w http.ResponseWriter, r *request) {
	p, err := c.run(r.Context(), r.PathValue("run"), false)
	if err != nil {
		c.fail(w, r, http.StatusInternalServerError, err)
		return
	}
	_, p.Sources = c.source(r.Context(), p.Run.Flow, p.Run.File)
	c.render(w, r, http.StatusOK, "run-live-actions", page{Body: p})
}

// runPage writes the page of a run, with a reason why something did not happen.
func (c *Console) runPage(w http.ResponseWriter, r *request, status int, p *runPage, why error) {
	if !p.Later {
		_, p.Sources = c.source(r.Context(), p.Run.Flow, p.Run.File)
	}
	all := page{Title: "Run " + p.Run.ID, Here: "runs", Body: p, Note: told.Get()[r.URL.Query().Get("did")]}
	if why != nil {
		all.Problem = sentence(why)
	}
	if p.Live != "" {
		all.by = &r.visitor
		actions, _ := c.text("run-actions", all)
		p.Live += "?has=" + digest(actions)
	}
	c.render(w, r, status, "run", all)
}

// digest tells one text from another.
func digest(text []byte) string {
	sum := sha256.Sum256(text)
	return base64.RawURLEncoding.EncodeToString(sum[:12])
}

// told is what a page says after an action.
var told = late.Value[map[string]string]{Make: func() map[string]string {
	return map[string]string{
		"cancel": "The run is asked to stop and to undo what it did.", "resume": "The run goes on in this process.",
		"restart": "The run began anew.", "signal": "The signal is given.", "start": "The run has begun.",
		"started": "The run had begun already, by the same form: nothing began now. Open the form anew to begin another.",
	}
}}
