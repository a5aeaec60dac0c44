package console

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/internal/value"
)

// stepsPage is a part of the steps of a run.
type stepsPage struct {
	Run          *journal.Details
	Steps        []stepRow
	From, To     int // numbers of the first and the last one, from 1
	Total        int
	Older, Newer int // where the next parts begin; -1 for none
}

func (c *Console) showSteps(w http.ResponseWriter, r *request) {
	d, _, err := c.details(r.Context(), r.PathValue("run"))
	if err != nil {
		c.fail(w, r, http.StatusInternalServerError, err)
		return
	}
	total := len(d.Steps)
	from, err := strconv.Atoi(r.URL.Query().Get("from"))
	if err != nil || from < 0 || from > total {
		from = max(0, total-stepsShown)
	}
	to := min(from+stepsShown, total)
	p := stepsPage{Run: d, Steps: rows(d, from, to, c.config.Now()), From: min(from+1, total), To: to, Total: total, Older: -1, Newer: -1}
	if from > 0 {
		p.Older = max(0, from-stepsShown)
	}
	if to < total {
		p.Newer = to
	}
	c.render(w, r, http.StatusOK, "steps", page{Title: "Steps of run " + d.ID, Here: "runs", Body: p})
}

// stepPage is one attempt of a step.
type stepPage struct {
	Run     *journal.Details
	Step    *journal.Step
	Number  int
	State   string
	Ended   time.Time
	Unknown string // why the parameters are not known
	Later   bool   // the parameters are not there yet: to find them takes long
	Left    any    // what iterations left that are one record
}

// longRun is how many steps a run has at least that is gone through after its page has
// been sent.
const longRun = 1000

// long reports whether to go through a run takes longer than to show a page.
func long(d *journal.Details) bool { return len(d.Steps) >= longRun || d.Size() >= longProgram }

// stepOf finds the attempt that a query names.
func stepOf(d *journal.Details, query string, now time.Time) (*stepPage, error) {
	n, err := strconv.Atoi(query)
	if err != nil || n < 0 || n >= len(d.Steps) {
		return nil, errors.New("the run has no step of that number")
	}
	return &stepPage{Run: d, Step: &d.Steps[n], Number: n, State: stateOf(d, &d.Steps[n], now), Ended: endOf(d, &d.Steps[n], now)}, nil
}

// readParams finds out the parameters of the steps of a run, by going through the
// program and the records.
func (c *Console) readParams(ctx context.Context, d *journal.Details) (why string) {
	one, err := c.programs.of(d, c.config.Registry)
	if err == nil {
		err = c.config.Journal.ReadBackIn(ctx, d, one.flow)
	}
	if err != nil {
		return sentence(err)
	}
	return ""
}

// showStep shows a step with its parameters.
func (c *Console) showStep(w http.ResponseWriter, r *request) {
	d, shared, err := c.details(r.Context(), r.PathValue("run"))
	later := err == nil && !r.URL.Query().Has("whole") && long(d)
	if err == nil && !later && shared { // the parameters are put into it
		d, err = c.config.Journal.Show(r.Context(), r.PathValue("run"))
	}
	if err != nil {
		c.fail(w, r, http.StatusInternalServerError, err)
		return
	}
	p, err := stepOf(d, r.URL.Query().Get("n"), c.config.Now())
	if err != nil {
		c.fail(w, r, http.StatusNotFound, err)
		return
	}
	p.Left = c.config.Journal.Left(d, p.Number)
	if p.Later = later && p.Step.Operation != ""; !later {
		p.Unknown = c.readParams(r.Context(), d)
	}
	c.render(w, r, http.StatusOK, "step", page{Title: fmt.Sprintf("Step %s", p.Step.Path), Here: "runs", Body: p})
}

// showParams gives the parameters that a page of a step lacks.
func (c *Console) showParams(w http.ResponseWriter, r *request) {
	d, err := c.config.Journal.Show(r.Context(), r.PathValue("run"))
	var p *stepPage
	if err == nil {
		p, err = stepOf(d, r.URL.Query().Get("n"), c.config.Now())
	}
	if err != nil {
		http.Error(w, "the run has no such step", http.StatusNotFound)
		return
	}
	p.Unknown = c.readParams(r.Context(), d)
	c.render(w, r, http.StatusOK, "step-params", page{Body: p})
}

// oneLine returns a value as short JSON.
func oneLine(v any) string {
	text, err := value.EncodeJSON(value.Brief(value.Plain(v)))
	if err != nil {
		return ""
	}
	return string(text)
}
