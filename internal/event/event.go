// Package event makes the inputs of a run of what a trigger got, a request or a
// tick: where a flow is served, and where a test says what comes.
//
// It begins nothing, and does not know who the caller of a request is: that is
// told. What it refuses is worded for callers.
package event

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/serve/auth"
)

// Route makes runs of the requests that a trigger gets.
type Route struct {
	Flow    *flows.Flow
	Trigger *flows.Trigger

	places     map[string][]string
	parameters map[string]flows.InputParameter
}

// NewRoute returns the route of a trigger of a flow.
func NewRoute(flow *flows.Flow, trigger *flows.Trigger) *Route {
	return &Route{Flow: flow, Trigger: trigger, places: trigger.InputPlaces(), parameters: trigger.InputParameters()}
}

// Request is what a route was sent.
type Request struct {
	Method string
	Header http.Header
	Path   map[string]any // the parts, by their names
	Query  map[string]any
	Raw    []byte // the body
	Body   any    // what Raw says
	Caller auth.Caller
	At     time.Time // when it came
}

// Start is the run that an event asks for.
type Start struct {
	Run    string // its name; empty where the event is known by nothing
	Digest []byte // tells the event from others of its identity; see Same
	Inputs map[string]any
}

// Refusal is why an event begins no run.
type Refusal struct {
	report.Problem

	// Cause is what an expression says, for those who run the server alone; nil
	// where the problem says all.
	Cause error
}

func refusal(p *report.Problem) *Refusal {
	if p == nil {
		return nil
	}
	return &Refusal{Problem: *p}
}

// Start returns the run that a request asks for; nil where the trigger's if turns
// it away.
func (r *Route) Start(req *Request) (*Start, *Refusal) {
	s, no := r.start(req)
	if no != nil && no.Code != codeBadKey {
		if p := r.otherMedia(req); p != nil {
			no.Problem = *p
		}
	}
	return s, no
}

func (r *Route) start(req *Request) (*Start, *Refusal) {
	e := r.event(req)
	if wanted, err := r.Trigger.Wants(e); err != nil {
		return nil, r.unfit(err, e)
	} else if !wanted {
		return nil, nil
	}
	s := &Start{}
	own, no := r.identify(s, req, e)
	if no != nil {
		return nil, no
	}
	var err error
	if r.Trigger.ByName {
		var p *report.Problem
		if s.Inputs, p = r.byName(req); p != nil {
			return nil, refusal(p)
		}
	} else if s.Inputs, err = r.Trigger.Inputs(e); err != nil {
		return nil, r.unfit(err, e)
	}
	var wrong *report.InputError
	if err := r.Flow.CheckInputs(s.Inputs); errors.As(err, &wrong) {
		return nil, refusal(r.WrongInputs(wrong))
	} else if err != nil {
		return nil, r.unfit(err, e)
	}
	if own {
		s.Digest = WithInputs(s.Digest, r.Flow, s.Inputs)
	}
	return s, nil
}

// event is what the trigger's expressions see. Headers that say who the caller is
// are left out.
func (r *Route) event(req *Request) flows.TriggerEvent {
	e := flows.TriggerEvent{Now: req.At}
	if !r.Trigger.ReadsEvent() {
		return e
	}
	headers, private := make(map[string]any, len(req.Header)), r.Trigger.PrivateHeaders()
	for name, list := range req.Header {
		if name = strings.ToLower(name); slices.Contains(private, name) {
			continue
		}
		if text := strings.Join(list, ", "); utf8.ValidString(text) {
			headers[name] = text
		}
	}
	e.Request = map[string]any{
		"method": req.Method, "path": req.Path, "query": req.Query, "headers": headers, "body": req.Body,
		"caller": nil, "time": value.FormatTime(req.At),
	}
	if name := req.Caller.Name; name != "" {
		e.Request["caller"] = name
	}
	return e
}

// Tick returns the run that a tick of a schedule asks for; nil where the trigger's
// if turns it away. now is when it came, at when it was planned.
func Tick(flow *flows.Flow, t *flows.Trigger, at, now time.Time) (*Start, error) {
	e := flows.TriggerEvent{Tick: map[string]any{"time": value.FormatTime(at), "trigger": t.Name}, Now: now}
	if wanted, err := t.Wants(e); err != nil || !wanted {
		return nil, err //nolint:wrapcheck // it names the place
	}
	s := &Start{Run: RunName(flow.Name(), t.Name, "tick", value.FormatTime(at))}
	own, err := t.Identity(e)
	if err != nil {
		return nil, err //nolint:wrapcheck // it names the place
	}
	if own != "" {
		s.Run = RunName(flow.Name(), t.Name, "id", own)
	}
	s.Digest = Hash("tick", s.Run)
	if !t.ByName {
		if s.Inputs, err = t.Inputs(e); err != nil {
			return nil, err //nolint:wrapcheck // it names the place
		}
	}
	if err := flow.CheckInputs(s.Inputs); err != nil {
		return nil, err //nolint:wrapcheck // it says all
	}
	return s, nil
}
