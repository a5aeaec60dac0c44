package console

import (
	"context"
	"crypto/rand"
	"errors"
	"html/template"
	"net/http"
	"slices"
	"strings"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/internal/graph"
	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/schema"
)

var errNoFlow = errors.New("there is no flow of that name here; the command names the files that it shows")

var errNoLike = errors.New("the run whose inputs stood in the form is not in the journal any more; nothing began")

// flowPage reads a flow for its page. It is nil where there is none.
func (c *Console) flowPage(r *request, name string) (*flowPage, *Source, *flows.Flow, error) {
	s, flow, found, err := c.find(r, name)
	if err != nil || s == nil {
		return nil, nil, nil, err
	}
	p := &flowPage{File: s.File, Name: s.File, Link: name}
	if flow == nil {
		p.Mistakes = mistakes(found, nil, s.Text)
		return p, s, nil, nil
	}
	p.Name, p.About, p.Version = flow.Name(), flow.Description(), flow.Version()
	if warnings := flow.Warnings(); warnings != nil {
		p.Mistakes = mistakes(nil, warnings, s.Text)
	}
	p.Graph = template.HTML(graph.Of(flow.Name(), flow.Outline()).SVG(graph.Options{})) //nolint:gosec // it is escaped there
	if own := ownFile(flow); own != "" {
		p.Source = shorten(string(masked(flow.Warnings(), s.Text)(own)), 4*mostShown)
	}
	for _, t := range flow.Triggers() {
		p.Triggers = append(p.Triggers, c.triggerOf(flow, t))
	}
	p.Fields, p.Once = fieldsOf(flow.Inputs(), "i"), rand.Text()
	return p, s, flow, nil
}

// ownFile returns the name that a flow's places have its file under.
func ownFile(flow *flows.Flow) string {
	for _, step := range flow.Outline() {
		return step.File
	}
	return ""
}

func (c *Console) showFlow(w http.ResponseWriter, r *request) {
	p, _, flow, err := c.flowPage(r, r.PathValue("flow"))
	switch {
	case err != nil:
		c.fail(w, r, http.StatusInternalServerError, err)
		return
	case p == nil:
		c.fail(w, r, http.StatusNotFound, errNoFlow)
		return
	}
	if like := r.URL.Query().Get("like"); like != "" && flow != nil {
		c.prefill(r.Context(), p, like)
	}
	c.render(w, r, http.StatusOK, "flow", page{Title: "Flow " + p.Name, Here: "flows", Body: p})
}

// prefill writes the inputs of a run into the form, but for what is secret. It is false
// where there is no such run.
func (c *Console) prefill(ctx context.Context, p *flowPage, run string) bool {
	d, err := c.config.Journal.Show(ctx, run)
	if err != nil || d.Flow != p.Name {
		return false
	}
	p.Like = run
	for i := range p.Fields {
		f := &p.Fields[i]
		v, ok := d.Inputs[f.Name]
		switch {
		case !ok || v == nil || f.Secret:
		case strings.Contains(textOf(v), schema.Masked):
			f.About = strings.TrimSpace(f.About + " It held a secret, and is to be given again.")
		default:
			f.fill(value.Plain(v))
		}
	}
	return true
}

// start begins a run with the values of a form.
func (c *Console) start(w http.ResponseWriter, r *request) {
	p, s, flow, err := c.flowPage(r, r.PathValue("flow"))
	switch {
	case err != nil:
		c.fail(w, r, http.StatusInternalServerError, err)
		return
	case p == nil || flow == nil:
		c.fail(w, r, http.StatusNotFound, errNoFlow)
		return
	}
	if err := r.ParseForm(); err != nil {
		c.fail(w, r, http.StatusBadRequest, errBadForm)
		return
	}
	of := &started{} // a form of no page
	if once := r.PostForm.Get("once"); once != "" {
		of = c.starts.of(p.File + "\n" + once)
	}
	of.Lock()
	defer of.Unlock()
	if run := of.begun(r.PostForm); run != "" {
		c.back(w, r, run, "started")
		return
	}
	a := Action{What: "start", Flow: flow.Name()}
	if like := r.PostForm.Get("like"); like != "" && !c.prefill(r.Context(), p, like) {
		// What was left as it was would be something else.
		a.Err = errNoLike
		c.audit(r, a)
		c.fail(w, r, http.StatusConflict, errNoLike)
		return
	}
	inputs, ok := read(p.Fields, r.PostForm, flow.ParseInput)
	if unseen(r.PostForm, p.Version) {
		a.Err = errUnseen
		c.audit(r, a)
		c.render(w, r, http.StatusConflict, "flow", page{Title: "Flow " + p.Name, Here: "flows", Body: p, Problem: sentence(errUnseen)})
		return
	}
	problem := "The inputs are not those that the flow takes."
	if ok {
		h, err := c.config.Journal.Start(context.WithoutCancel(c.life), flow, inputs, slices.Concat(c.config.Options, s.Options)...)
		if err == nil {
			a.Run = h.ID()
			of.began(r.PostForm, a.Run)
			c.audit(r, a)
			c.back(w, r, a.Run, a.What)
			return
		}
		a.Err = err
		var wrong *report.InputError
		if errors.As(err, &wrong) {
			note(p.Fields, wrong.Errors)
			problem += " " + sentence(err)
		} else {
			problem = sentence(err)
		}
	} else {
		a.Err = errors.New("inputs are wrong")
		var wrong *report.InputError
		if errors.As(flow.CheckInputs(inputs), &wrong) {
			note(p.Fields, wrong.Errors)
		}
	}
	c.audit(r, a)
	c.render(w, r, http.StatusUnprocessableEntity, "flow", page{Title: "Flow " + p.Name, Here: "flows", Body: p, Problem: problem})
}
