package flowtest

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/medlar-flow/medlar/diag"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/internal/event"
	"github.com/medlar-flow/medlar/internal/schedule"
	"github.com/medlar-flow/medlar/internal/value"
)

// starters are the keys that say how a test starts the flow.
var starters = []string{"inputs", "request", "tick"}

// startedBy reads how a test starts the flow: by inputs, a request or a tick, or
// else as the one does that it is like.
func (r *reader) startedBy(n *node, t *Test, base *Suite, like *Test) {
	var given []string
	for _, key := range starters {
		if n.Get(key) != nil {
			given = append(given, key)
		}
	}
	if len(given) > 1 {
		r.fail(n.Key(given[1]), "two-starts", "leave one of the two out", "a flow starts by %s or by %s", given[0], given[1])
		return
	}
	switch {
	case len(given) == 0 && like != nil && like.event != nil:
		t.event, t.inputs = like.event, like.inputs
	case n.Get("request") != nil:
		t.event = r.request(n.Get("request"), t)
	case n.Get("tick") != nil:
		t.event = r.tick(n, t)
	default:
		t.inputs = r.inputs(n, base)
		return
	}
	if t.event != nil && t.event.start != nil {
		t.inputs = t.event.start.Inputs
	}
}

// request reads a request, and what its route makes of it. Nobody is
// authenticated: the test says who the caller is.
func (r *reader) request(n *node, t *Test) *happening {
	if !r.isMap(n, "request", "method", "path", "headers", "query", "body", "caller") {
		return nil
	}
	for _, key := range []string{"method", "path"} {
		if n.Get(key) == nil {
			r.fail(n, "missing-key", "write request: {method: POST, path: /orders}", "the request has no %s", key)
			return nil
		}
	}
	method, _ := r.words(n.Get("method"), "method")
	path, _ := r.words(n.Get("path"), "path")
	in := &event.Request{Method: method, Header: http.Header{}, At: t.startedAt}
	for name, text := range r.texts(n.Get("headers"), "headers") {
		in.Header.Set(name, text)
	}
	in.Caller.Name, _ = r.words(n.Get("caller"), "caller")
	path, query, _ := strings.Cut(path, "?")
	if at := n.Get("query"); at != nil {
		more := url.Values{}
		for name, text := range r.texts(at, "query") {
			more.Set(name, text)
		}
		query = strings.TrimPrefix(query+"&"+more.Encode(), "&")
	}
	in.Raw = r.rawBody(n.Get("body"))
	if r.flow == nil {
		return nil
	}
	route, valueOf := r.routeOf(method, path)
	if route == nil {
		r.noRoute(n, method, path)
		return nil
	}
	h := &happening{trigger: route.Trigger, within: event.Patience(in.Header, route.Trigger.AnswerWithin)}
	h.ofRequest(made(route, in, valueOf, query))
	return h
}

// made returns what a route makes of a request, as the server does.
func made(route *event.Route, in *event.Request, valueOf func(string) string, query string) (*event.Start, *event.Refusal) {
	p := event.Uncompressed(in.Header)
	if p == nil {
		in.Path, p = route.Path(valueOf)
	}
	if p == nil {
		in.Query, p = route.Query(query)
	}
	if p == nil {
		in.Body, p = event.Body(in.Header.Get("Content-Type"), in.Raw)
	}
	if p != nil {
		return nil, &event.Refusal{Problem: *p}
	}
	return route.Start(in)
}

// rawBody returns the bytes of a body: text as it is, all else as JSON.
func (r *reader) rawBody(n *node) []byte {
	if n == nil {
		return nil
	}
	switch v := r.value(n, nil, kind{}).(type) {
	case string:
		return []byte(v)
	case []byte:
		return v
	default:
		raw, err := value.EncodeJSON(v)
		if err != nil {
			r.fail(n, "wrong-type", "", "the body: %v", err)
		}
		return raw
	}
}

// found is a route as net/http finds it.
type found struct {
	route *event.Route
	got   *http.Request
}

// ServeHTTP keeps the request, which has the parts of the path by now.
func (f *found) ServeHTTP(_ http.ResponseWriter, req *http.Request) { f.got = req }

// routeOf returns the route of the flow that takes a request, and what gives the
// parts of its path; nil for none.
func (r *reader) routeOf(method, path string) (*event.Route, func(name string) string) {
	u, err := url.ParseRequestURI(path)
	if err != nil || !event.PlainPath(u.Path) {
		return nil, nil
	}
	mux := http.NewServeMux()
	for _, t := range r.flow.Triggers() {
		if t.Path != "" {
			mux.Handle(t.Method+" "+t.Path, &found{route: event.NewRoute(r.flow, t)})
		}
	}
	req := &http.Request{Method: method, URL: u, Host: "flow.test"}
	handler, _ := mux.Handler(req)
	f, ok := handler.(*found)
	if !ok || f.route.Trigger.Method != method {
		return nil, nil
	}
	mux.ServeHTTP(nil, req)
	return f.route, f.got.PathValue
}

func (r *reader) noRoute(n *node, method, path string) {
	var known []string
	for _, t := range r.flow.Triggers() {
		if t.Path != "" {
			known = append(known, t.Method+" "+t.Path)
		}
	}
	help := r.otherStart()
	if len(known) > 0 {
		help = diag.Suggest(method+" "+path, known, "routes are")
	}
	r.fail(n.Get("path"), "no-such-route", help, "%s has no route that takes %s %s", r.flow.Name(), method, quote(path))
}

// otherStart says by what a test can start the flow that has no trigger of the kind
// which the test names.
func (r *reader) otherStart() string {
	routes, schedules := false, false
	for _, t := range r.flow.Triggers() {
		routes = routes || t.Path != ""
		schedules = schedules || t.Schedule != ""
	}
	switch {
	case routes:
		return "start it by a request of its route"
	case schedules:
		return "start it by a tick: its triggers are schedules"
	case len(r.flow.Triggers()) == 0:
		return "start it by inputs: it has no triggers"
	default:
		return byInputs
	}
}

// byInputs is how a test starts a flow whose events it cannot make.
const byInputs = "start it by inputs: those that the trigger makes of an event"

// isEvent reports whether a key names the events of a source, by which no test starts a
// flow.
func (r *reader) isEvent(key string) bool {
	if r.flow == nil {
		return false
	}
	for _, t := range r.flow.Triggers() {
		if t.Event != nil && (key == t.Event.Name || key == t.Event.Event || key == "event") {
			return true
		}
	}
	return false
}

// tick reads a tick of a schedule, and what the trigger makes of it. A test that
// does not say when it begins, begins then.
func (r *reader) tick(test *node, t *Test) *happening {
	n := test.Get("tick")
	if !n.IsNull() && !r.isMap(n, "tick", "trigger", "time") {
		return nil
	}
	at := t.startedAt
	if given := n.Get("time"); given != nil {
		at = r.timestamp(given)
		if t.startedAt.Equal(defaultStart()) {
			t.startedAt = at
		}
	}
	name, _ := r.words(n.Get("trigger"), "trigger")
	if r.flow == nil {
		return nil
	}
	trigger := r.scheduleOf(n, name)
	if trigger == nil {
		return nil
	}
	r.offSchedule(n, trigger, at)
	h := &happening{trigger: trigger}
	h.ofTick(event.Tick(r.flow, trigger, at, t.startedAt))
	return h
}

// scheduleOf returns the schedule of a name, or the only one.
func (r *reader) scheduleOf(n *node, name string) *flows.Trigger {
	var known []string
	var first *flows.Trigger
	for _, t := range r.flow.Triggers() {
		switch {
		case t.Schedule == "" && t.Name != name:
			continue
		case t.Schedule == "":
			r.fail(n.Get("trigger"), "no-such-schedule", r.otherStart(), "the trigger %q is no schedule", name)
			return nil
		case t.Name == name:
			return t
		}
		known, first = append(known, t.Name), t
	}
	switch {
	case name == "" && len(known) == 1:
		return first
	case len(known) == 0:
		r.fail(n, "no-such-schedule", r.otherStart(), "%s has no schedule", r.flow.Name())
	case name == "":
		r.fail(n, "no-such-schedule", "write trigger: and one of: "+strings.Join(known, ", "), "%s has several schedules", r.flow.Name())
	default:
		r.fail(n.Get("trigger"), "no-such-schedule", diag.Suggest(name, known, "schedules are"), "%s has no schedule %q", r.flow.Name(), name)
	}
	return nil
}

// offSchedule warns of a time at which the schedule does not tick.
func (r *reader) offSchedule(n *node, t *flows.Trigger, at time.Time) {
	given := n.Get("time")
	zone, err := schedule.Zone(t.Zone)
	if err != nil || given == nil {
		return
	}
	times, err := schedule.Parse(t.Schedule, zone)
	if err != nil {
		return
	}
	if next, ok := times.Next(at.Add(-time.Nanosecond)); ok && !next.Equal(at) {
		r.warn(given, "off-schedule", fmt.Sprintf("the next tick is at %s", next.UTC().Format(time.RFC3339)), "%s does not tick then", t.Name)
	}
}

// unasked finds what a test expects that no event of its kind has.
func (r *reader) unasked(n *node, t *Test) {
	if t.event == nil && t.expect.outcome == endNotBegun && r.flow != nil {
		r.fail(n.Get("outcome"), "no-event", "start it by a request or a tick", "a flow that starts by its inputs begins")
	}
	for _, key := range []string{"response", "answer"} {
		if at := n.Key(key); at != nil && r.flow != nil && (t.event == nil || t.event.trigger.Path == "") {
			r.fail(at, "no-event", "start the flow by a request", "nobody is told anything where no request starts the flow")
		}
	}
}

// response reads what a caller is to be told; nil where there is nothing.
func (r *reader) response(n *node, key string) *wantedResponse {
	at := n.Get(key)
	if at == nil || !r.isMap(at, key, "status", "headers", "body", "bodyContains") {
		return nil
	}
	w := &wantedResponse{what: key, body: r.wanted(at.Get("body")), part: r.wanted(at.Get("bodyContains"))}
	if status := at.Get("status"); status != nil {
		w.status = r.count(status, "status", 200)
	}
	w.headers = r.texts(at.Get("headers"), "headers")
	return w
}
