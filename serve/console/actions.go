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
	"github.com/medlar-flow/medlar/serve/people"
)

// escapeRun returns the name of a run for a path: one that is dots alone would lead
// elsewhere.
func escapeRun(id string) string {
	if id == "." || id == ".." {
		return strings.ReplaceAll(id, ".", "%2E")
	}
	return url.PathEscape(id)
}

// back leads to the page of a run that was acted on.
func (c *Console) back(w http.ResponseWriter, r *request, run, did string) {
	http.Redirect(w, r.Request, c.config.Prefix+"/runs/"+escapeRun(run)+"?did="+did, http.StatusSeeOther)
}

// refused shows the page of a run with the reason why nothing happened.
func (c *Console) refused(w http.ResponseWriter, r *request, run string, why error, form *waiting) {
	status := http.StatusConflict
	p, err := c.run(r.Context(), run, false)
	if err != nil {
		c.fail(w, r, http.StatusInternalServerError, err)
		return
	}
	if form != nil {
		status = http.StatusUnprocessableEntity
		for i := range p.Waits {
			if p.Waits[i].Name == form.Name && p.Waits[i].Key == form.Key {
				p.Waits[i].Fields = form.Fields
			}
		}
	}
	c.runPage(w, r, status, p, why)
}

// acted tells of an action, and shows what came of it.
func (c *Console) acted(w http.ResponseWriter, r *request, a Action) {
	c.audit(r, a)
	if a.Err != nil {
		c.refused(w, r, a.Run, a.Err, nil)
		return
	}
	c.back(w, r, a.Run, a.What)
}

func (c *Console) cancel(w http.ResponseWriter, r *request) {
	id := r.PathValue("run")
	c.acted(w, r, Action{What: "cancel", Run: id, Err: c.config.Journal.Cancel(r.Context(), id)})
}

// resume goes on with a run in this process.
func (c *Console) resume(w http.ResponseWriter, r *request) {
	id := r.PathValue("run")
	d, err := c.config.Journal.Show(r.Context(), id)
	if err == nil {
		_, err = c.config.Journal.StartResume(context.WithoutCancel(c.life), id, c.config.Registry, c.options(r.Context(), d.Flow, d.File)...)
	}
	c.acted(w, r, Action{What: "resume", Run: id, Err: err})
}

// errBadForm is of a form that is longer than forms may be, or is none.
var errBadForm = errors.New("the form cannot be read: it is longer than 2 MiB, or was broken off on its way; go back and send it again")

// source returns the file of a flow of a name, of several the one that is called as that
// which runs began with, and what its page is found by; nil and empty for none. One with
// mistakes is none.
func (c *Console) source(ctx context.Context, name, began string) (found *Source, link string) {
	sources := c.config.Flows()
	for i := range sources {
		s := &sources[i]
		if flow, _, err := s.Load(ctx); err != nil || flow == nil || flow.Name() != name {
			continue
		}
		if found == nil {
			found, link = s, name // whose page is that of the name
		}
		if fits(s.File, began) {
			if s != found {
				link = s.File
			}
			return s, link
		}
	}
	return found, link
}

// options are those of runs of a flow.
func (c *Console) options(ctx context.Context, flow, began string) []flows.RunOption {
	if s, _ := c.source(ctx, flow, began); s != nil {
		return slices.Concat(c.config.Options, s.Options)
	}
	return c.config.Options
}

// waiting is a wait for a signal, with the form that answers it.
type waiting struct {
	Name, Key string
	Path      string
	Until     string
	Fields    []field
	Roles     []string // of people who may answer; nil for whoever may run flows
}

// waitsOf lists what a run waits for.
func waitsOf(d *journal.Details, flow *flows.Flow) []waiting {
	if ended(d.State) {
		return nil
	}
	var list []waiting
	for i := range d.Steps {
		s := &d.Steps[i]
		if s.Signal == "" || !s.Ended.IsZero() || s.Err != nil {
			continue
		}
		for _, known := range flow.Signals() {
			if known.Name != s.Signal {
				continue
			}
			one := waiting{Name: s.Signal, Key: s.Key, Path: s.Path, Roles: known.Roles, Fields: fieldsOf(known.Accepts, "v")}
			if !s.Until.IsZero() {
				one.Until = clock(s.Until)
			}
			list = append(list, one)
		}
	}
	return list
}

// oneOf names roles of which somebody needs one.
func oneOf(roles []string) string {
	switch len(roles) {
	case 0:
		return "the role " + people.Run
	case 1:
		return "the role " + roles[0]
	}
	return "one of the roles " + strings.Join(roles, ", ")
}

// signal gives a run the values of a form.
func (c *Console) signal(w http.ResponseWriter, r *request) {
	id := r.PathValue("run")
	if err := r.ParseForm(); err != nil {
		c.fail(w, r, http.StatusBadRequest, errBadForm)
		return
	}
	name, key := r.PostForm.Get("signal"), r.PostForm.Get("key")
	a := Action{What: "signal", Run: id, Detail: name}
	flow, err := c.config.Journal.Load(r.Context(), id, c.config.Registry)
	if err != nil {
		a.Err = err
		c.acted(w, r, a)
		return
	}
	form := waiting{Name: name, Key: key}
	for _, known := range flow.Signals() {
		if known.Name == name {
			form.Fields, form.Roles = fieldsOf(known.Accepts, "v"), known.Roles
		}
	}
	if !r.mayAnswer(form.Roles) {
		c.forbid(w, r, "to answer "+name+" needs "+oneOf(form.Roles))
		return
	}
	values, ok := read(form.Fields, r.PostForm, func(field, text string) (any, error) { return flow.ParseSignal(name, field, text) })
	if !ok {
		a.Err = errors.New("the values are not those that the run waits for")
		_, _, err := flow.CheckSignal(name, key, values)
		var wrong *report.SignalError
		if errors.As(err, &wrong) {
			note(form.Fields, wrong.Errors)
		}
	} else if err := c.config.Journal.Signal(r.Context(), id, c.config.Registry, name, key, values); err != nil {
		a.Err = err
		var wrong *report.SignalError
		if errors.As(err, &wrong) {
			note(form.Fields, wrong.Errors)
		}
	}
	c.audit(r, a)
	if a.Err != nil {
		c.refused(w, r, id, a.Err, &form)
		return
	}
	c.back(w, r, id, a.What)
}
