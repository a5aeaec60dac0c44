package console

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"

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
	d, err := c.details(r.Context(), r.PathValue("run"))
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
	p := stepsPage{Run: d, Steps: rows(d, from, to), From: min(from+1, total), To: to, Total: total, Older: -1, Newer: -1}
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
	State   string
	Unknown string // why the parameters are not known
}

// showStep shows a step with its parameters, which are found out by going through the
// program and the records.
func (c *Console) showStep(w http.ResponseWriter, r *request) {
	d, err := c.config.Journal.Show(r.Context(), r.PathValue("run"))
	if err != nil {
		c.fail(w, r, http.StatusInternalServerError, err)
		return
	}
	n, err := strconv.Atoi(r.URL.Query().Get("n"))
	if err != nil || n < 0 || n >= len(d.Steps) {
		c.fail(w, r, http.StatusNotFound, errors.New("the run has no step of that number"))
		return
	}
	p := stepPage{Run: d}
	if err := c.config.Journal.ReadBack(r.Context(), d, c.config.Registry); err != nil {
		p.Unknown = sentence(err)
	}
	p.Step = &d.Steps[n]
	p.State = stateOf(d, p.Step)
	c.render(w, r, http.StatusOK, "step", page{Title: fmt.Sprintf("Step %s", p.Step.Path), Here: "runs", Body: p})
}

// oneLine returns a value as short JSON.
func oneLine(v any) string {
	text, err := value.EncodeJSON(value.Brief(value.Plain(v)))
	if err != nil {
		return ""
	}
	return string(text)
}
