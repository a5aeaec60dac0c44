package console

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/internal/schedule"
)

const perPage = 50

// runsPage lists runs.
type runsPage struct {
	Form  runsForm
	Runs  []journal.Run
	Now   time.Time
	Older string // leads to the page behind; empty where there is none
	Live  string // what to connect to; empty for an older page
	// Restarts leads to where runs like these begin anew; empty where none could.
	Restarts string
}

// runsForm holds the filters as they were written.
type runsForm struct {
	State, Flow, Label, Since, Until, Code, Class, Step, Text string

	States []journal.State
}

// readRunsForm reads the filters of a query.
func readRunsForm(q url.Values) runsForm {
	get := func(name string) string { return strings.TrimSpace(q.Get(name)) }
	return runsForm{
		State: get("state"), Flow: get("flow"), Label: get("label"), Since: get("since"), Until: get("until"),
		Code: get("code"), Class: get("class"), Step: get("step"), Text: get("text"), States: journal.States(),
	}
}

// values returns the filters that are set, as a query.
func (f runsForm) values() url.Values {
	q := url.Values{}
	for name, text := range map[string]string{
		"state": f.State, "flow": f.Flow, "label": f.Label, "since": f.Since, "until": f.Until, "code": f.Code, "class": f.Class, "step": f.Step, "text": f.Text,
	} {
		if text != "" {
			q.Set(name, text)
		}
	}
	return q
}

// filter reads what is asked for.
func (f runsForm) filter(now time.Time) (journal.Filter, error) {
	filter := journal.Filter{State: journal.State(f.State), Flow: f.Flow, Code: f.Code, Class: f.Class, Step: f.Step, Text: f.Text, Limit: perPage}
	if f.State != "" && !slices.Contains(journal.States(), filter.State) {
		return filter, fmt.Errorf("there is no state %q", f.State)
	}
	for label := range strings.FieldsSeq(f.Label) {
		name, text, ok := strings.Cut(label, "=")
		if !ok || name == "" {
			return filter, fmt.Errorf("a label is written as name=value, and several with spaces between them; %q is none", label)
		}
		if filter.Labels == nil {
			filter.Labels = map[string]string{}
		}
		filter.Labels[name] = text
	}
	var err error
	if filter.Since, err = moment("Since", f.Since, now); err == nil {
		filter.Until, err = moment("Until", f.Until, now)
	}
	return filter, err
}

// moment reads how long ago something was, a day or a point in time.
func moment(name, text string, now time.Time) (time.Time, error) {
	t, ok := schedule.Moment(text, now)
	if !ok {
		return t, fmt.Errorf("%s: %s, not %q", name, schedule.HelpMoment, text)
	}
	return t, nil
}

// runs finds what a query asks for.
func (c *Console) runs(r *request) (runsPage, error) {
	q := r.URL.Query()
	p := runsPage{Form: readRunsForm(q), Now: c.config.Now()}
	filter, err := p.Form.filter(p.Now)
	if err != nil {
		return p, err
	}
	filter.After = q.Get("after")
	if p.Runs, err = c.config.Journal.Runs(r.Context(), filter); err != nil {
		return p, err //nolint:wrapcheck // it says all
	}
	again := p.Form.values()
	if n := len(p.Runs); n == perPage {
		older := p.Form.values()
		older.Set("after", p.Runs[n-1].Key)
		p.Older = c.config.Prefix + "/runs?" + older.Encode()
	}
	if len(p.Runs) > 0 && (filter.State == journal.Failed || filter.State == journal.Canceled) {
		p.Restarts = c.config.Prefix + "/restart?" + again.Encode()
	}
	if filter.After == "" {
		p.Live = c.config.Prefix + "/live/runs?" + again.Encode()
	}
	return p, nil
}

func (c *Console) listRuns(w http.ResponseWriter, r *request) {
	p, err := c.runs(r)
	if err != nil {
		c.render(w, r, http.StatusBadRequest, "runs", page{Title: "Runs", Here: "runs", Problem: sentence(err), Body: p})
		return
	}
	c.render(w, r, http.StatusOK, "runs", page{Title: "Runs", Here: "runs", Body: p})
}

// watchRuns streams the list whenever it changes.
func (c *Console) watchRuns(w http.ResponseWriter, r *request) {
	c.stream(w, r, func() ([]byte, bool, error) {
		p, err := c.runs(r)
		if err != nil {
			return nil, false, err
		}
		text, err := c.text("runs-list", page{Body: p})
		return frame(text), false, err
	}, noNews)
}
