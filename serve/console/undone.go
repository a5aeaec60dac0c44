package console

import (
	"net/http"
	"time"

	"github.com/medlar-flow/medlar/flows/journal"
)

// undonePage lists the runs that did not take back all that they did.
type undonePage struct {
	Now   time.Time
	Form  runsForm
	Runs  []journal.NotUndone
	Older string // leads to those before; empty where there are none
}

// mostLooks is how many lots of runs are looked through for the first that was not
// undone.
const mostLooks = 5

func (c *Console) listUndone(w http.ResponseWriter, r *request) {
	q := r.URL.Query()
	p := undonePage{Now: c.config.Now(), Form: readRunsForm(q)}
	filter, err := p.Form.filter(p.Now)
	status, problem := http.StatusOK, ""
	if err == nil {
		filter.Limit, filter.After = 0, q.Get("after")
		var next string
		for range mostLooks {
			if p.Runs, next, err = c.config.Journal.NotUndone(r.Context(), filter); len(p.Runs) > 0 || next == "" {
				break
			}
			filter.After = next
		}
		if next != "" {
			older := p.Form.values()
			older.Set("after", next)
			p.Older = c.config.Prefix + "/undone?" + older.Encode()
		}
	}
	if err != nil {
		status, problem = http.StatusBadRequest, sentence(err)
	}
	c.render(w, r, status, "undone", page{Title: "Not undone", Here: "overview", Problem: problem, Body: p})
}
