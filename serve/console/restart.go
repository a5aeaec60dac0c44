package console

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/internal/graph"
	"github.com/medlar-flow/medlar/serve/people"
)

// restartPage says what a restart would do, before it does it.
type restartPage struct {
	Run   *journal.Details
	From  string // as it was asked for; empty for the step that failed
	With  string // "file" for the flow as its file is now
	Steps []string
	// What else was asked for: other inputs, steps that are made once more, and what
	// steps gave, as it was written.
	Fields         []field
	Again, Results string
	Others         bool // something of it
	// File is the flow's file; empty where there is none.
	File     string
	Mistakes string // of the file
	Changed  bool   // the file is not what the run began with
	Version  string // of the file that the plan is made of; empty where it is what the run began with

	Plan *journal.RestartPlan
	// Unplanned is true where nobody has asked yet, and to find out takes long.
	Unplanned bool
	Anew      []string // steps that ran, and run again
	Refused   *refusal
	// Forbidden is true where somebody asks for what is for an admin.
	Forbidden bool
}

// refusal is why a run cannot begin anew from there.
type refusal struct{ Why, Help, Latest string }

// mostNamed is how many steps of a plan are named.
const mostNamed = 200

// restartOf finds out what a restart would do.
func (c *Console) restartOf(r *request, q url.Values) (*restartPage, error) {
	id := r.PathValue("run")
	d, _, err := c.details(r.Context(), id)
	if err != nil {
		return nil, err
	}
	p := &restartPage{Run: d, From: q.Get("from"), With: q.Get("with"), Steps: restartable(d), Again: strings.TrimSpace(q.Get("again")), Results: strings.TrimSpace(q.Get("results"))}
	if (p.Again != "" || p.Results != "") && !r.may(people.Admin) {
		p.Forbidden = true
		p.Refused = &refusal{Why: "Steps that are made once more, and what steps gave, need the role admin."}
		return p, nil
	}
	now := c.mended(r.Context(), d.Flow, d.File)
	if p.File, p.Mistakes = now.file, now.mistakes; now.file != "" {
		p.Changed = now.changed(d)
	}
	if r.Method == http.MethodGet && !q.Has("from") && long(d) {
		p.Unplanned = true
		return p, nil
	}
	if p.Refused = now.refuses(p.With); p.Refused != nil {
		return p, nil
	}
	if p.With == withFile {
		p.Version = now.flow.Version()
	}
	how, refused := c.restartAs(p, now.flow, q)
	if refused != nil {
		p.Refused = refused
		return p, nil
	}
	plan, err := c.config.Journal.PlanRestart(r.Context(), id, c.config.Registry, how, c.options(r.Context(), d.Flow, d.File)...)
	if err != nil {
		p.Refused = refusalOf(err)
		var wrong *report.InputError
		if errors.As(err, &wrong) {
			note(p.Fields, wrong.Errors)
		}
		return p, nil
	}
	p.Plan = plan
	p.Anew = anew(d, plan)
	if len(plan.Kept) > mostNamed {
		plan.Kept = append(plan.Kept[:mostNamed:mostNamed], "and more")
	}
	return p, nil
}

// anew names the steps of a run that run again by a plan.
func anew(d *journal.Details, plan *journal.RestartPlan) (list []string) {
	known := map[string]bool{}
	for _, kept := range slices.Concat(plan.Kept, plan.Waited) {
		known[graph.StepOf(kept)] = true
	}
	for i := range d.Steps {
		path := graph.StepOf(d.Steps[i].Path)
		if known[path] || strings.Contains(path, "/undo/") { // that ran since the run failed
			continue
		}
		if known[path] = true; len(list) < mostNamed {
			list = append(list, path)
		}
	}
	return list
}

// mended is the flow of runs as its file is now.
type mended struct {
	file     string      // empty where there is none
	flow     *flows.Flow // nil where there is none, and where it has mistakes
	text     func(file string) []byte
	mistakes string
}

// mended loads the flow of a name as its file is now: of several the one whose file is
// called as that which runs began with. By that one with mistakes is known, too.
func (c *Console) mended(ctx context.Context, name, began string) mended {
	var broken, other mended
	sources := c.config.Flows()
	for i := range sources {
		s := &sources[i]
		flow, found, err := s.Load(ctx)
		switch {
		case err != nil && fits(s.File, began):
			broken = mended{file: s.File, text: s.Text, mistakes: sentence(err)}
		case err != nil: // another file, of which its own page tells
		case flow == nil && fits(s.File, began):
			broken = mended{file: s.File, text: s.Text, mistakes: mistakes(found, nil, s.Text)}
		case flow == nil || flow.Name() != name:
		case fits(s.File, began):
			return mended{file: s.File, flow: flow, text: s.Text}
		case other.file == "":
			other = mended{file: s.File, flow: flow, text: s.Text}
		}
	}
	if other.file != "" {
		return other
	}
	return broken
}

// changed reports whether the file is not what a run began with.
func (m mended) changed(d *journal.Details) bool {
	return m.flow == nil || len(d.Changed(func(name string) ([]byte, error) {
		if text := m.text(name); text != nil {
			return text, nil
		}
		return nil, errors.New("it is not there")
	})) > 0
}

// refuses says why runs cannot begin anew with what somebody chose; nil where they can.
func (m mended) refuses(with string) *refusal {
	switch {
	case with == "":
		return nil
	case with != withFile:
		return &refusal{Why: "There is no such choice of what to restart with: " + shorten(with, 40) + ".", Help: "Choose one of those below With."}
	case m.file == "":
		return &refusal{Why: "The console has no file of this flow.", Help: "Restart with the flow that the run began with, or start the console with the file."}
	case m.flow == nil:
		return &refusal{Why: "The file " + m.file + " has mistakes.", Help: "Mend them, and look at this page again."}
	}
	return nil
}

// err is the refusal as one sentence; nil for none.
func (r *refusal) err() error {
	if r == nil {
		return nil
	}
	return errors.New(strings.TrimSpace(r.Why + " " + r.Help))
}

// errUnseen is of a form that was made of another file than there is now.
var errUnseen = errors.New("the file has changed since: look again; nothing has begun")

// unseen reports whether whoever sent a form was shown another version of a flow than
// would run. A form without a version comes from no page.
func unseen(form url.Values, version string) bool {
	shown := form.Get("version")
	return shown != "" && shown != version
}

// withFile is what With is for the flow as its file is now.
const withFile = "file"

// refusalOf says why a run is not restarted.
func refusalOf(err error) *refusal {
	var refused *journal.RestartError
	if errors.As(err, &refused) {
		return &refusal{Why: sentence(refused), Help: refused.Help, Latest: refused.Latest}
	}
	return &refusal{Why: sentence(err)}
}

func (c *Console) planRestart(w http.ResponseWriter, r *request) {
	p, err := c.restartOf(r, r.URL.Query())
	if err != nil {
		c.fail(w, r, http.StatusInternalServerError, err)
		return
	}
	c.render(w, r, http.StatusOK, "restart", page{Title: "Restart run " + p.Run.ID, Here: "runs", Body: p})
}

// restart begins what planRestart showed.
func (c *Console) restart(w http.ResponseWriter, r *request) {
	if err := r.ParseForm(); err != nil {
		c.fail(w, r, http.StatusBadRequest, errBadForm)
		return
	}
	p, err := c.restartOf(r, r.PostForm)
	if err != nil {
		c.fail(w, r, http.StatusInternalServerError, err)
		return
	}
	a := Action{What: "restart", Run: p.Run.ID, Flow: p.Run.Flow}
	all := page{Title: "Restart run " + p.Run.ID, Here: "runs", Body: p}
	if p.Refused != nil {
		a.Err = errors.New(p.Refused.Why)
	} else if unseen(r.PostForm, p.Version) {
		a.Err, all.Problem = errUnseen, sentence(errUnseen)
	} else if _, err := p.Plan.Start(context.WithoutCancel(c.life)); err != nil {
		a.Err, p.Refused, p.Plan = err, refusalOf(err), nil
	} else {
		a.Detail = p.Plan.RunID
	}
	c.audit(r, a)
	if a.Err != nil {
		status := http.StatusConflict
		if p.Forbidden {
			status = http.StatusForbidden
		}
		c.render(w, r, status, "restart", all)
		return
	}
	c.back(w, r, p.Plan.RunID, "restart")
}
